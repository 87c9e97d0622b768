"""What an exercise is: a reference, criteria with their seeded cases, and the mistakes that are known."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from dltools.checks.comparing import all_leaves
from dltools.running.plain import Refused, plain

Case = dict[str, Any]
"""One call of the student's function: its arguments by name, in the order of the signature."""

Wrong = TypeVar("Wrong", bound=Callable[..., Any])


class StudentError(Exception):
    """What a student's function did instead of returning what it should, as one sentence.

    `kind` is for comparing, such as an exception's type and message; `place` is the line of the student's code.
    """

    def __init__(self, sentence: str, kind: str, place: str = ""):
        super().__init__(sentence)
        self.kind = kind
        self.place = place


class Outputs(Mapping[str, Any]):
    """What a function returned, by name and as plain data.

    A value that cannot be made plain (running/plain.py) raises a StudentError where a criterion looks at it, so that it
    costs the criteria that need it and no other. A cache is the student's own and stays as it is.
    """

    def __init__(self, returned: Mapping[str, Any]):
        self._values = {name: value if name == "cache" else plain_or_refusal(value) for name, value in returned.items()}

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        if isinstance(value, Refused):
            raise StudentError(f"{name} is {value}; it must be made of plain NumPy arrays or numbers.", "refused")
        return value

    def readable(self) -> dict[str, Any]:
        """The values that could be made plain, without the cache."""
        return {n: value for n, value in self._values.items() if n != "cache" and not isinstance(value, Refused)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def plain_or_refusal(value: Any) -> Any:
    """The value as plain data, or the refusal."""
    try:
        return plain(value)
    except Refused as refusal:
        return refusal


@dataclass
class Attempt:
    """One call and what came of it."""

    arguments: Case
    """The arguments, gradients from above included, as they were given."""
    outputs: Outputs
    """What the function returned, by the exercise's names."""
    after: Callable[[], Case] = dict
    """Gives the arrays, lists and dictionaries among the arguments as the function left them."""
    forward_outputs: Outputs = field(default_factory=lambda: Outputs({}))
    """Where the exercise is a backward: what the forward before it returned, without its cache."""

    @property
    def made(self) -> tuple[Any, ...]:
        return tuple(self.forward_outputs.values())


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
    """Look at the dtypes of the returned arrays; a single number has none to keep, whatever kind of number it is."""
    return {f"{path}.dtype": dtype_of(leaf) for path, leaf in all_leaves(all_values(attempt)).items()}


def dtype_of(value: Any) -> str:
    """The name of an array's dtype; "any" for a single number, which may be of any kind."""
    return str(np.asarray(value).dtype) if np.ndim(value) else "any"


IN_SINGLE = " in float32"
"""The end of the names of results whose values are looked at beside their dtype."""


def beside_dtypes(look: Callable[[Attempt], dict[str, Any]]) -> Callable[[Attempt], dict[str, Any]]:
    """Look at the dtypes of the results first: who keeps float32 must be right in it."""
    return lambda attempt: dtypes(attempt) | {f"{name}{IN_SINGLE}": value for name, value in look(attempt).items()}


in_single = beside_dtypes(all_values)


def arguments(attempt: Attempt) -> dict[str, Any]:
    """Look at the arguments after the call: a layer must not change them."""
    return {f"{name} after the call": value for name, value in attempt.after().items()}


def arguments_and_single(attempt: Attempt) -> dict[str, Any]:
    """Look at both, where an exercise is too small for a criterion each."""
    return arguments(attempt) | in_single(attempt)


Cases = Callable[[np.random.Generator], Iterable[Case]]
"""Draws the cases of a criterion."""


def all_of(*cases: Cases) -> Cases:
    """The cases of all of these, in order."""
    return lambda rng: [case for draw in cases for case in draw(rng)]


@dataclass(frozen=True)
class Criterion:
    """Points for one property: what `look` sees of the student's attempt must equal what it sees of the reference's."""

    name: str
    points: float
    cases: Cases
    look: Callable[[Attempt], dict[str, Any]] = all_values
    tolerance: float | None = None
    """Absolute; None derives it from the conditioning of the case."""
    after: str = ""
    """A criterion that must be passed first: what is wrong throughout earns nothing for good manners."""
    draw: str = ""
    """Criteria with the same name here are given the same cases; without one, each has its own."""
    tells: tuple[str, ...] = ()
    """Mistakes that must show in the cases, which are drawn until they do: what shows by luck makes luck of points."""
    ask: Callable[..., Any] | None = None
    """ask(function, *arguments) calls the function where one plain call is not enough: twice, say, or bit by bit."""
    says: Callable[[Attempt], str] | None = None
    """What is worth knowing of an attempt that is passed, such as an accuracy."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known wrong variant of the exercise's function, and the sentence for the student who made it."""

    name: str
    says: str
    function: Callable[..., Any]
    forward: Callable[..., Any] | None = None
    """A wrong forward that goes with the function, where the exercise is a backward."""
    raises: str = ""
    """Where the mistake raises: a pattern that the student's exception must match to be this one."""


def values_and_arguments(attempt: Attempt) -> dict[str, Any]:
    """Look at all that is returned, then at the arguments after the call."""
    return all_values(attempt) | arguments(attempt)


@dataclass(frozen=True)
class Pencil:
    """Cases of an exercise that can be worked by hand: the first in which an answer is wrong is its example.

    They are public, and the same for everybody: nothing is graded by them.
    """

    cases: tuple[Case, ...]
    """From the smallest up; of a backward with the gradients from above, after the arguments of its forward."""
    sums: Mapping[str, Callable[..., str]] = field(default_factory=dict)
    """How an entry of a result is made, in numbers: sums[result](namespace of the case, *index)."""
    look: Callable[[Attempt], dict[str, Any]] = values_and_arguments
    tolerance: float | None = None
    """As a criterion's."""
    foresee: Case | None = None
    """The case whose result is asked for beforehand; None for the one in which most known mistakes show."""


HAND_IN_BITS = 128
"""The low bits of a seed, which the bytes that were handed in decide; those above are the student's."""


@dataclass(frozen=True, eq=False)
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
    epsilon: float = 0.0
    """How far, relatively, a small number that is added against a division by zero may move the result."""
    epsilon_says: str = ""
    """The sentence for an answer that is accepted by it."""
    exam: bool = False
    """Its cases depend on the student alone: who hands in again meets the same."""
    unit: str = ""
    """The unit's folder; filled in by the table of units."""
    pencil: Pencil | None = None
    """Its cases for a pencil (checks/pencil); filled in by the table of units."""

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def points(self) -> float:
        return sum(criterion.points for criterion in self.criteria)

    def seed_of(self, seed: int) -> int:
        """The part of the grader's seed that the cases are drawn from."""
        return seed >> HAND_IN_BITS if self.exam else seed

    @cached_property
    def shared(self) -> tuple[Mistake, ...]:
        return tuple(mistake(self) for mistake in self.common)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        return (*self.own, *self.shared)

    def mistake(
        self, says: str, forward: Callable[..., Any] | None = None, raises: str = "", name: str = ""
    ) -> Callable[[Wrong], Wrong]:
        """Record the decorated function as a known mistake of this exercise, with the sentence for who makes it."""

        def record(function: Wrong) -> Wrong:
            known = Mistake(name or function.__name__, says, function, forward or self.mistakes_forward, raises)
            self.own.append(known)
            return function

        return record
