"""The smallest example: the first case for a pencil in which an answer is wrong, with both results and the sum."""

import inspect
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from types import SimpleNamespace
from typing import Any

import numpy as np

from dltools.checks.calling import Printed, keep_output_aside
from dltools.checks.comparing import Difference, all_leaves, first_difference
from dltools.checks.exercise import IN_SINGLE, Case, Criterion, Exercise, Pencil, StudentError
from dltools.checks.pencil.picture import RIGHT, WRONG, Panel, as_html, as_text, panels
from dltools.checks.pencil.sums import number
from dltools.checks.trials import AFTER, Judged, Seen, Trial, forfeited, is_about_dtype, look, make_trial

TITLE = "A small example, for a pencil"
HERE_TOO = "The same happens here."


@dataclass(frozen=True)
class Example:
    """One call for a pencil: what goes in, what came out, what is right, and how one entry of that is made."""

    call: Case
    sentence: str
    """Where the answer first differs, or what the function raised."""
    name: str = ""
    """The result that differs first, such as "grad_x"; empty where nothing came back."""
    index: tuple[int, ...] = ()
    yours: Any = None
    right: Any = None
    sum: str = ""
    told: bool = False
    """Whether the verdict has the sentence already."""

    @property
    def given(self) -> list[Panel]:
        return [panel for name, value in self.call.items() for panel in panels(name, value)]

    @property
    def results(self) -> list[list[Panel]]:
        """Yours, and what is right, with the entry framed that differs first; nothing where nothing came back."""
        if not self.name:
            return []
        framed = (
            is_one(self.yours)
            and np.shape(self.yours) == np.shape(self.right)
            and len(self.index) == np.ndim(self.right)
        )
        both = (("yours", self.yours, WRONG), ("right", self.right, RIGHT))
        found = [panels(f"{whose}: {self.name}", v, self.index, sign if framed else "") for whose, v, sign in both]
        return found if max(map(len, found)) > 1 else [[*found[0], *found[1]]]

    def __str__(self) -> str:
        given = [f"{TITLE}. Given:", as_text(self.given)] if self.call else [f"{TITLE}."]
        return "\n".join(filter(None, [*given, *map(as_text, self.results), self.said, self.sum]))

    @property
    def said(self) -> str:
        """The sentence, told once."""
        return HERE_TOO if self.told else self.sentence

    def html(self) -> str:
        """As HTML, with the same words."""
        given = f" Given:</p>{as_html(self.given)}" if self.call else "</p>"
        sum_ = f"<p><code>{escape(self.sum)}</code></p>" if self.sum else ""
        results = "".join(map(as_html, self.results))
        return f"<section><p><b>{TITLE}.</b>{given}{results}<p>{escape(self.said)}</p>{sum_}</section>"

    def to_dict(self) -> dict[str, Any]:
        """The example as plain data for JSON."""
        return {
            "given": {name: plain(value) for name, value in self.call.items()},
            "name": self.name,
            "index": list(self.index),
            "yours": plain(self.yours),
            "right": plain(self.right),
            "sum": self.sum,
            "sentence": self.sentence,
        }


def is_one(value: Any) -> bool:
    """Whether a value is one array, number or text, and not a collection of them."""
    return not isinstance(value, list | tuple | dict)


@dataclass(frozen=True)
class Beyond:
    """Where no small example shows what is wrong: what the smallest case is in which it does."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def html(self) -> str:
        """As HTML."""
        return f"<p>{escape(self.sentence)}</p>"

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"sentence": self.sentence}


def plain(value: Any) -> Any:
    """A value as JSON has it; a function or a generator by its name, nan as text."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return getattr(value, "__name__", type(value).__name__)


def smallest_example(exercise: Exercise, function: Any, forward: Any, found: list[Judged]) -> Example | Beyond | None:
    """The first of the exercise's cases for a pencil that the function fails.

    Args:
        exercise: what is asked.
        function: the student's function.
        forward: the student's forward, where the exercise is a backward.
        found: what its criteria have found.

    Returns:
        None if nothing is wrong, if the exercise has no such cases, or if a call does not end.
    """
    problems = [judged.problem for judged in found if judged.problem]
    kinds = {problem.kind for problem in problems}
    if not exercise.pencil or not problems or kinds & {"unwritten", "endless"}:
        return None
    passed_over = False
    with keep_output_aside(Printed()):
        try:
            for trial in (*pencil_trials(exercise), *dtype_trials(exercise, found)):
                seen = look(exercise, function, forward, trial, exercise.seconds, between=True)
                if forfeited(trial, seen):
                    passed_over = True
                elif example := shown(exercise.pencil, trial, seen):
                    return replace(example, told=isinstance(seen, StudentError) and kinds == {seen.kind + seen.place})
        except TimeoutError:
            return None
    return None if passed_over else beyond(found)


@lru_cache(maxsize=256)  # an exercise has the same cases for all
def pencil_trials(exercise: Exercise) -> tuple[Trial, ...]:
    """The exercise's cases for a pencil, with what the reference makes of them."""
    pencil = exercise.pencil
    if pencil is None:
        return ()
    criterion = Criterion("pencil", 0, lambda rng: [], pencil.look, pencil.tolerance)
    return tuple(make_trial(exercise, criterion, *split(exercise, case)) for case in pencil.cases)


def split(exercise: Exercise, case: Case) -> tuple[Case, Case]:
    """The arguments of the forward, or of the function itself, and the gradients from above."""
    names = inspect.signature(exercise.forward).parameters if exercise.forward else case
    return {n: v for n, v in case.items() if n in names}, {n: v for n, v in case.items() if n not in names}


def dtype_trials(exercise: Exercise, found: list[Judged]) -> list[Trial]:
    """The first case for a pencil once more, as it is and in float32, where a criterion on the dtype is not passed."""
    wrong = [judged.criterion for judged in found if judged.problem and is_about_dtype(judged.problem.path)]
    if not wrong:
        return []
    criterion = replace(wrong[0], name="pencil", ask=None)
    case = exercise.pencil.cases[0] if exercise.pencil else {}
    return [make_trial(exercise, criterion, *split(exercise, one)) for one in (case, single(case))]


def single(value: Any) -> Any:
    """The same value, its arrays of fractions in float32."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype.kind == "f" else value
    if isinstance(value, dict):
        return {name: single(one) for name, one in value.items()}
    return [single(one) for one in value] if isinstance(value, list) else value


def shown(pencil: Pencil, trial: Trial, seen: Seen) -> Example | None:
    """What is shown of a case; None where the answer is right."""
    call = {**trial.case, **trial.upstream}
    if isinstance(seen, StudentError):
        return Example(call, str(seen))
    found = first_difference(trial.expected, seen.values, trial.within(seen))
    if found is None:
        return None
    right, yours = (
        all_leaves(values).get(found.path, values.get(found.path)) for values in (trial.expected, seen.values)
    )
    return Example(call, found.sentence, found.path, found.index, yours, right, sum_of(pencil, call, found))


def sum_of(pencil: Pencil, call: Case, found: Difference) -> str:
    """How the entry that differs first is made: "out[0, 1] = 1·3 + 0·(-1) + 2 = 5"; empty where there is no sum."""
    name, *inside = re.split(r"[\[\]]+", found.path.replace(IN_SINGLE, ""))
    write = pencil.sums.get(name)
    if write is None or found.expected is None or found.path.endswith(AFTER):
        return ""
    index = (*(int(i) for i in inside if i), *found.index)
    where = f"{name}[{', '.join(map(str, index))}]" if index else name
    return f"{where} = {write(SimpleNamespace(**call), *index)} = {number(found.expected[found.index]).strip('()')}"


def beyond(found: list[Judged]) -> Beyond | None:
    """The smallest of the criteria's own cases in which the answer is wrong."""
    wrong = [(judged, trial) for judged in found for trial, seen in judged.rows if trial.problem(seen)]
    if not wrong:
        return None
    judged, trial = min(wrong, key=lambda one: one[1].size)
    arrays = {n: v for n, v in {**trial.case, **trial.upstream}.items() if isinstance(v, np.ndarray)}
    shapes = ", ".join(f"{name} of shape {value.shape}" for name, value in arrays.items())
    where = f" has {shapes}" if shapes else " is larger"
    return Beyond(
        "On every small example for a pencil your answer is right: what is wrong shows in larger ones only. The"
        f" smallest that was found, one of “{judged.criterion.name}”,{where}."
    )
