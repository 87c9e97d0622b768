"""What an exercise is: a reference, criteria with their seeded cases, and the mistakes that are known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

Case = dict[str, Any]
"""One call of the student's function: its arguments by name, in the order of the signature."""

Wrong = TypeVar("Wrong", bound=Callable[..., Any])


@dataclass
class Attempt:
    """One call and what came of it."""

    arguments: Case
    """The arguments, gradients from above included, as they were after the call."""
    outputs: dict[str, Any]
    """What the function returned, by the exercise's names."""
    made: tuple[Any, ...] = ()
    """Where the exercise is a backward: what the forward before it returned, without its cache."""


def values(*names: str) -> Callable[[Attempt], dict[str, Any]]:
    """Look at the returned values with these names; at all but the cache if none is given."""

    def look(attempt: Attempt) -> dict[str, Any]:
        return {name: attempt.outputs[name] for name in names or attempt.outputs if name != "cache"}

    return look


all_values = values()


def shapes(attempt: Attempt) -> dict[str, Any]:
    """Look at the shapes of the returned arrays."""
    return {f"{name}.shape": np.shape(value) for name, value in all_values(attempt).items()}


def dtypes(attempt: Attempt) -> dict[str, Any]:
    """Look at the dtypes of the returned arrays."""
    return {f"{name}.dtype": str(np.asarray(value).dtype) for name, value in all_values(attempt).items()}


def arguments(attempt: Attempt) -> dict[str, Any]:
    """Look at the arguments after the call: a layer must not change them."""
    return {
        f"{name} after the call": value
        for name, value in attempt.arguments.items()
        if isinstance(value, np.ndarray | list | dict)
    }


@dataclass(frozen=True)
class Criterion:
    """Points for one property: what `look` sees of the student's attempt must equal what it sees of the reference's."""

    name: str
    points: float
    cases: Callable[[np.random.Generator], Iterable[Case]]
    look: Callable[[Attempt], dict[str, Any]] = all_values
    tolerance: float | None = None
    """Absolute; None derives it from the conditioning of the case."""
    after: str = ""
    """A criterion that must be passed first: what is wrong throughout earns nothing for good manners."""
    draw: str = ""
    """Criteria with the same name here are given the same cases; without one, each has its own."""
    ask: Callable[..., Any] | None = None
    """ask(function, *arguments) calls the function where one plain call is not enough: twice, say, or bit by bit."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong variant of the exercise's function, and the sentence for the student who made it."""

    name: str
    says: str
    function: Callable[..., Any]
    forward: Callable[..., Any] | None = None
    """A wrong forward that goes with the function, where the exercise is a backward."""


@dataclass(frozen=True)
class Exercise:
    """A function that students write: `reference` is ours, `returns` names what it returns.

    Its own mistakes stand below it, each under `@EXERCISE.mistake("the sentence for the student")`.
    """

    reference: Callable[..., Any]
    returns: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    forward: Callable[..., Any] | None = None
    """Where the exercise is a backward: the reference forward, called first to make the cache."""
    mistakes_forward: Callable[..., Any] | None = None
    """Where the exercise is a backward: a forward with a simple cache, for its own mistakes to run on."""
    common: tuple[Callable[["Exercise"], Mistake], ...] = ()
    """The mistakes of common_mistakes.py that are made here too."""
    own: list[Mistake] = field(default_factory=list)
    """The mistakes that `mistake` has recorded."""
    seconds: float = 10.0
    """How long one call may take."""
    unit: str = ""
    """The unit's folder; filled in by the table of units."""

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def points(self) -> float:
        return sum(criterion.points for criterion in self.criteria)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        return (*self.own, *(mistake(self) for mistake in self.common))

    def mistake(self, says: str, forward: Callable[..., Any] | None = None) -> Callable[[Wrong], Wrong]:
        """Record the decorated function as a known mistake of this exercise, with the sentence for who makes it."""

        def record(function: Wrong) -> Wrong:
            self.own.append(Mistake(function.__name__, says, function, forward or self.mistakes_forward))
            return function

        return record
