"""What a criterion sees of a function in each of its cases, beside what it sees of the reference."""

import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, wraps
from typing import Any

import numpy as np

from dltools.checks.calling import ForwardError, attempt, copied, draw_upstream, fresh
from dltools.checks.comparing import (
    Difference,
    Tolerance,
    all_leaves,
    first_difference,
    is_real,
    nudge,
    short_text,
    side_by_side,
    spreads,
)
from dltools.checks.exercise import IN_SINGLE, Attempt, Case, Criterion, Exercise, Mistake, StudentError
from dltools.checks.relations import arithmetic, of_inputs, other_result, relation
from dltools.running.calling import quiet

DTYPE, AFTER = ".dtype", " after the call"
"""The ends of names that a criterion gives to what any layer can do wrong."""
MOST_DRAWS = 100
"""How often cases are drawn until they tell a mistake; the tests find one that none tells."""


def is_about_dtype(path: str) -> bool:
    """Whether this is a result's dtype, or its values beside it."""
    return path.endswith(DTYPE) or IN_SINGLE in path


def is_habit(name: str) -> bool:
    """Whether a criterion gives this name to what any layer can do wrong."""
    return is_about_dtype(name) or name.endswith(AFTER)


@dataclass(frozen=True)
class Sight:
    """What a criterion sees of one attempt."""

    values: dict[str, Any]
    single: bool = False
    """Whether arrays or numbers of float32 came back."""
    misfit: bool = False
    """Whether the student's forward returned other shapes than the reference's, whose gradients come from above."""
    faults: frozenset[str] = frozenset()
    """What went wrong in the arithmetic, such as "overflow": the reason for a nan."""
    says: str = ""
    """What is worth knowing, if the criterion is passed."""


Seen = Sight | StudentError
"""What a criterion sees, or why there is nothing to see."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with an attempt: a sentence, two small arrays side by side, and what makes it the same problem."""

    sentence: str
    picture: str = ""
    kind: str = ""
    path: str = ""
    """What differs, by its name; empty where there was nothing to compare."""


@dataclass
class Trial:
    """One case of a criterion with what the reference makes of it."""

    criterion: Criterion
    case: Case
    upstream: Case
    expected: dict[str, Any]
    tolerance: Tolerance
    of_mistakes: dict[Mistake, Seen] = field(default_factory=dict)
    """What was seen of known mistakes so far."""
    forwards: dict[Callable[..., Any], Any] = field(default_factory=dict)
    """What the forwards of known mistakes returned so far."""
    wrong_by: dict[Mistake, list[str]] = field(default_factory=dict)
    """The results that known mistakes make wrong, so far."""
    results: Callable[[], dict[str, Any]] = dict
    """All that the reference returns here."""
    partners: Callable[[], Collection[tuple[str, str]]] = tuple
    """Arguments and results that belong together entry by entry; none where a case stands alone."""

    def problem(self, seen: Seen) -> Problem | None:
        """How what was seen differs from the reference; None where it does not."""
        if isinstance(seen, StudentError):
            return Problem(str(seen), kind=seen.kind + seen.place)
        found = first_difference(self.expected, seen.values, self.within(seen))
        if found is None:
            return None
        given = {**self.case, **self.upstream}
        call = f" The call: {describe(given)}." if given else ""
        picture = "" if found.expected is None or found.got is None else side_by_side(found.expected, found.got)
        related = self.relation(found, seen, given)
        sentence = f"{found.sentence.removesuffix('.')}{self.inputs_at(found)}.{related}{call}"
        return Problem(sentence, picture, "", found.path)

    def relation(self, found: Difference, seen: Sight, given: Case) -> str:
        """A fact that relates what came back to what is right: a factor, another result's place, an overflow."""
        if not found.both or AFTER in found.path:
            return ""
        right, mine = found.both
        if np.isfinite(right).all() and is_real(mine) and not np.isfinite(mine).all():
            return arithmetic(seen.faults)
        said = relation(right, mine, given) or other_result(found.path, mine, self.results)
        return said or of_inputs(right, mine, {n: v for n, v in given.items() if self.pairs(n, found.path)})

    def is_failed(self, seen: Seen) -> bool:
        """Whether there is a problem, without a word on it."""
        return isinstance(seen, StudentError) or bool(first_difference(self.expected, seen.values, self.within(seen)))

    def differs(self, name: str, seen: Sight) -> bool:
        """Whether what was seen under a name differs from the reference."""
        return first_difference({name: self.expected[name]}, seen.values, self.within(seen)) is not None

    def wrong_names(self, seen: Sight) -> list[str]:
        """The results that differ from the reference, dtype and changed arguments aside."""
        return [name for name in self.results_named if self.differs(name, seen)]

    def inputs_at(self, found: Difference) -> str:
        """The arguments' entries at the place of the difference, where they belong to that entry of the result."""
        if found.expected is None or not found.index:
            return ""
        place = ", ".join(map(str, found.index))
        arrays = {n: v for n, v in {**self.case, **self.upstream}.items() if isinstance(v, np.ndarray)}
        there = [f"{n}[{place}] = {short_text(v[found.index])}" for n, v in arrays.items() if self.pairs(n, found.path)]
        return f", where {' and '.join(there)}" if there else ""

    def pairs(self, argument: str, result: str) -> bool:
        """Whether an entry of the argument belongs to the same entry of the result."""
        return (argument, result) in self.partners()

    def within(self, seen: Sight) -> Tolerance:
        """The tolerance for what came back: values in float32 are compared as float32, arguments as they were."""
        about_results = not all(name.endswith(AFTER) for name in self.expected)
        return replace(self.tolerance, single=True) if seen.single and about_results else self.tolerance

    def narrowed(self, seen: Seen) -> bool:
        """Whether float32 came back where float64 is expected."""
        if isinstance(seen, StudentError) or not seen.single:
            return False
        expected = [leaf for leaf in all_leaves(self.expected).values() if isinstance(leaf, np.ndarray | np.floating)]
        return bool(expected) and all(leaf.dtype == np.float64 for leaf in expected if leaf.dtype.kind == "f")

    def needs_epsilon(self, seen: Seen) -> bool:
        """Whether the values are accepted by the room for an epsilon alone."""
        if isinstance(seen, StudentError) or not self.tolerance.epsilon:
            return False
        strict = replace(self.within(seen), epsilon=0.0)
        return first_difference(self.expected, seen.values, strict) is not None

    @property
    def results_named(self) -> list[str]:
        """What is compared here by name, dtype and changed arguments aside."""
        return [name for name in self.expected if not is_habit(name)]

    @property
    def size(self) -> int:
        """How many entries the arrays of the case have."""
        arguments = (*self.case.values(), *self.upstream.values())
        return sum(value.size for value in arguments if isinstance(value, np.ndarray))

    @property
    def numbers(self) -> list[np.ndarray]:
        """All that the criterion compares here, as arrays."""
        return [np.asarray(leaf) for leaf in all_leaves(self.expected).values()]


@dataclass
class Judged:
    """What was found for one criterion: its trials, what was seen in each, and the first problem."""

    criterion: Criterion
    trials: list[Trial]
    seen: list[Seen]
    problem: Problem | None = None
    untried: bool = False
    """The student's forward failed on every case: that costs the forward alone, so that the others decide."""
    note: str = ""
    of_last_call: bool = False
    """The backward is right only if its forward was called for nothing else in between."""
    of_chance: bool = False
    """The same call gives another result the second time, although no generator is given."""
    rows: list[tuple[Trial, Seen]] = field(default_factory=list)
    """The trials that count, with what was seen."""

    @property
    def rank(self) -> tuple[int, int]:
        """Its place when mistakes are tried: what compares many results rules out most, what is small is cheap."""
        first, _ = self.rows[0]
        return -len(first.expected), first.size

    def __post_init__(self) -> None:
        told = list(zip(self.trials, self.seen))
        self.rows = [(trial, seen) for trial, seen in told if not forfeited(trial, seen)]
        self.untried = not self.rows and bool(told)
        problems = (trial.problem(seen) for trial, seen in self.rows or told)
        self.problem = next((problem for problem in problems if problem), None)
        if not self.problem:
            self.note = next((seen.says for _, seen in self.rows if isinstance(seen, Sight) and seen.says), "")
            if any(trial.needs_epsilon(seen) for trial, seen in self.rows):
                self.note = "epsilon"


def forfeited(trial: Trial, seen: Seen) -> bool:
    """Whether a case says nothing about a backward, because the forward before it failed."""
    if isinstance(seen, StudentError):
        return isinstance(seen, ForwardError)
    return seen.misfit and trial.is_failed(seen)


def describe(case: Case) -> str:
    """A call in one line: large arrays by their shape, everything else by its value."""
    return ", ".join(
        f"{name} of shape {value.shape}"
        if isinstance(value, np.ndarray) and value.size > 6
        else f"{name} = {short_text(value)}"
        for name, value in case.items()
    )


@lru_cache(maxsize=64)  # who checks again meets the same cases
def trials(exercise: Exercise, criterion: Criterion, seed: int) -> list[Trial]:
    """The criterion's cases for this seed; the same seed gives the same cases, whatever else is checked."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{exercise.name} {criterion.draw or criterion.name}".encode())])
    told = [mistake for mistake in exercise.mistakes if mistake.name in criterion.tells]
    for _ in range(MOST_DRAWS):
        made = [make_trial(exercise, criterion, c, draw_upstream(exercise, c, rng)) for c in criterion.cases(rng)]
        if all(shows(exercise, mistake, made) for mistake in told):
            break
    for trial in made:
        trial.partners = lambda: partners(exercise, seed)
    return made


@lru_cache(maxsize=8)
def partners(exercise: Exercise, seed: int) -> set[tuple[str, str]]:
    """The arguments with the shape of a result in every case of the exercise; in one alone it may be chance."""
    alike: dict[tuple[str, str], bool] = {}
    for trial in (one for criterion in exercise.criteria for one in trials(exercise, criterion, seed)):
        arguments = {**trial.case, **trial.upstream}.items()
        given = {name: value.shape for name, value in arguments if isinstance(value, np.ndarray)}
        for path, leaf in all_leaves(trial.expected).items():
            for name, shape in given.items():
                alike[name, path] = alike.get((name, path), True) and shape == np.shape(leaf)
    return {pair for pair, always in alike.items() if always}


def shows(exercise: Exercise, mistake: Mistake, made: list[Trial]) -> bool:
    """Whether the mistake differs from the reference in one of the cases."""
    with quiet():
        return any(trial.is_failed(look_at_mistake(exercise, mistake, trial)) for trial in made)


def make_trial(exercise: Exercise, criterion: Criterion, case: Case, upstream: Case) -> Trial:
    def seen(case: Case, upstream: Case) -> dict[str, Any]:
        return criterion.look(attempt(exercise, asked(exercise.reference, criterion), exercise.forward, case, upstream))

    def results() -> dict[str, Any]:
        return attempt(exercise, exercise.reference, exercise.forward, case, upstream).outputs.readable()

    expected = seen(case, upstream)
    if criterion.tolerance is not None:
        tolerance = Tolerance(bound=criterion.tolerance, epsilon=exercise.epsilon)
    else:
        moved = cache(lambda: spreads(expected, seen(nudge(case), nudge(upstream))))
        tolerance = Tolerance(moved, epsilon=exercise.epsilon)
    return Trial(criterion, case, upstream, expected, tolerance, results=results)


def asked(function: Callable[..., Any], criterion: Criterion) -> Callable[..., Any]:
    """The function as the criterion calls it: plainly, or by its `ask`, which then counts as one call."""
    ask = criterion.ask
    return wraps(function)(lambda *arguments: ask(function, *arguments)) if ask else function


def look(
    exercise: Exercise,
    function: Callable[..., Any],
    forward: Any,
    trial: Trial,
    seconds: float | None = None,
    between: bool = False,
) -> Seen:
    """What the trial's criterion sees of the function; who is not to be trusted has so many seconds for each call."""
    faults: set[str] = set()
    try:
        with quiet(faults):
            called = asked(function, trial.criterion)
            made = attempt(exercise, called, forward, trial.case, trial.upstream, seconds, between)
        seen, says = trial.criterion.look(made), trial.criterion.says
        return Sight(seen, is_single(made), is_misfit(made, trial), frozenset(faults), says(made) if says else "")
    except StudentError as error:
        return error
    except TimeoutError:
        raise
    except Exception as error:  # whatever the student returns, a check goes on
        return StudentError(f"What {exercise.name} returns cannot be read: {str(error).rstrip('.')}.", "unreadable")


def look_at_mistake(exercise: Exercise, mistake: Mistake, trial: Trial) -> Seen:
    """What the trial's criterion sees of a known mistake; kept, for who checks again."""
    if mistake not in trial.of_mistakes:
        trial.of_mistakes[mistake] = look(exercise, mistake.function, forward_of(exercise, mistake, trial), trial)
    return trial.of_mistakes[mistake]


def forward_of(exercise: Exercise, mistake: Mistake, trial: Trial) -> Callable[..., Any] | None:
    """The forward that goes with a mistake; the one that many share is called once for a case, and copied for each."""
    forward = mistake.forward or exercise.forward
    if forward is None or forward not in (exercise.forward, exercise.mistakes_forward):
        return forward
    if forward not in trial.forwards:
        trial.forwards[forward] = forward(*fresh(trial.case).values())
    return wraps(forward)(lambda *_: copied(trial.forwards[forward]))


def wrong_by(exercise: Exercise, mistake: Mistake, trial: Trial) -> list[str]:
    """The results that a known mistake makes wrong here; kept, for who checks again. None where it raises."""
    if mistake not in trial.wrong_by:
        seen = look_at_mistake(exercise, mistake, trial)
        trial.wrong_by[mistake] = [] if isinstance(seen, StudentError) else trial.wrong_names(seen)
    return trial.wrong_by[mistake]


def is_single(made: Attempt) -> bool:
    """Whether an array or a number of float32 came back."""
    leaves = all_leaves(made.outputs.readable()).values()
    return any(isinstance(leaf, np.ndarray | np.generic) and leaf.dtype == np.float32 for leaf in leaves)


def is_misfit(made: Attempt, trial: Trial) -> bool:
    """Whether the forward's outputs have other shapes than the gradients from above."""
    outputs = made.forward_outputs.readable().values()
    return any(np.shape(out) != np.shape(grad) for out, grad in zip(outputs, trial.upstream.values()))
