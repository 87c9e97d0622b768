"""Calling a student's function on one case, so that nothing it does can break the check."""

import copy
import inspect
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from types import FrameType
from typing import Any

import numpy as np

from dltools.checks.comparing import first_difference
from dltools.checks.exercise import Attempt, Case, Exercise, Outputs, StudentError, plain_or_refusal
from dltools.running.calling import error_text, line_phrase, of_file, quiet
from dltools.running.limits import call_within
from dltools.running.operands import shapes_in_words
from dltools.running.plain import Refused


class ForwardError(StudentError):
    """A backward could not be tried, because the student's forward failed on the case: that costs the forward alone."""


class Printed(io.StringIO):
    """Keeps the first `limit` characters that a student's code prints."""

    limit = 2000

    def write(self, text: str) -> int:
        super().write(text[: max(0, self.limit - self.tell())])
        return len(text)


@contextmanager
def keep_output_aside(printed: io.StringIO) -> Iterator[None]:
    """Keep prints out of the notebook and warnings out of stderr, where nbgrader would count them as failure."""
    with redirect_stdout(printed), redirect_stderr(printed), quiet():
        yield


def call(function: Callable[..., Any], arguments: list[Any], seconds: float | None) -> Any:
    """Call the function; whatever it raises becomes a StudentError, a run beyond the limit a TimeoutError."""
    name = getattr(function, "__name__", "the function")
    try:
        return function(*arguments) if seconds is None else call_within(seconds, lambda: function(*arguments))
    except TimeoutError as error:
        where = line_phrase(function, error.__context__ or error)
        raise TimeoutError(f"{name} {error}{where}; look for a loop that never stops.") from None
    except NotImplementedError:
        raise StudentError(f"{name} is not written yet.", "unwritten") from None
    except StudentError:
        raise
    except (Exception, SystemExit) as error:
        what, where = error_text(error), line_phrase(function, error)
        raise StudentError(f"{name} raises {what}{where}.{advice(error, of_file(function))}", what, where) from None


ADVICE = {
    r"^NameError: name '(\w+)' is not defined": "Is {} spelled right? If another cell defines it, run that cell; after "
    "a restart of the kernel, run all cells from the top.",
    r"^UnboundLocalError: .*'(\w+)'": "On this way through the function no line has given {} a value: does every "
    "branch of an if do so?",
    r"as an integer|slice indices must be": "/ gives a float even where nothing is left over: sizes and places come "
    "from //.",
    r"unsupported operand.*'tuple'|concatenate tuple": "A tuple has no arithmetic; a forward returns one, the output "
    "and its cache: take it apart first.",
    r"multiply sequence by|unsupported operand.*'list'": "A list or a pair has no arithmetic: go through a list in a "
    "loop, and take the pair that a forward returns apart first.",
    r"does not result in an equal division": "np.split cuts the first axis unless it is told which: axis=1 cuts the "
    "columns.",
    r"pad\(\) missing .*'pad_width'|with remapped shapes.*requested shape": "np.pad is told a pair for each axis, how "
    "much before it and how much behind: ((0, 0), (0, 0), (p, p), (p, p)) for images of shape (N, C, H, W).",
    r"Generator' object is not callable": "A generator is asked by its methods: rng.random(shape), "
    "rng.normal(size=shape).",
    r"NoneType": "Something is None here: an argument that may be left out, or what a function without a return line "
    "gives back.",
    r"must have the same number of dimensions": "Give indices and values one more axis of length 1, as in "
    "k[:, :, None].",
    r"axis 1 is out of bounds for array of dimension 1": "This array has one axis alone, axis 0; the last axis of any "
    "array is axis=-1.",
    r"arrays can be converted to Python scalars": "math and float() take one number: for an array use NumPy's own, "
    "such as np.exp for math.exp.",
    r"^TypeError: .*\(\) (missing \d+ required|takes (no|\d+|from \d+ to \d+) (positional )?argument)": "A call must "
    "give as many arguments as the def line takes; a def line stays as the unit gave it, with its defaults.",
}
"""What an exception says, and what helps: the pattern's group, if it has one, goes into the sentence."""


def advice(error: BaseException, is_meant: Callable[[FrameType], bool]) -> str:
    """NumPy's errors about shapes in words, and what helps with others that beginners often meet; after a space.

    Args:
        error: with its traceback.
        is_meant: whether a frame is in the code that is to be mended.
    """
    if words := shapes_in_words(error, is_meant):
        return f" {words}"
    text = error_text(error)
    found = ((re.search(pattern, text), sentence) for pattern, sentence in ADVICE.items())
    return next((" " + sentence.format(*match.groups()) for match, sentence in found if match), "")


def named(function: Callable[..., Any], names: tuple[str, ...], returned: Any) -> dict[str, Any]:
    """The returned values by name; a StudentError where their number is wrong."""
    name = getattr(function, "__name__", "the function")
    if returned is None:
        raise StudentError(
            f"{name} returns None; it must return {', '.join(names)}. Is the return line missing?", "None"
        )
    if len(names) == 1:
        return {names[0]: returned}
    several = issubclass(type(returned), tuple | list)
    values = parts(returned) if several else [returned]
    if not several or len(values) != len(names):
        sentence = f"{name} returns {len(values)} value{'s' * (len(values) != 1)}; it must return {', '.join(names)}."
        raise StudentError(sentence, f"{len(values)} values")
    return dict(zip(names, values))


def parts(returned: Any) -> list[Any]:
    """What a tuple or a list holds, whatever a student's own kind of it says of that."""
    return list((tuple if issubclass(type(returned), tuple) else list).__iter__(returned))


def attempt(
    exercise: Exercise,
    function: Callable[..., Any],
    forward: Callable[..., Any] | None,
    given: Case,
    upstream: Case,
    seconds: float | None = None,
    between: bool = False,
) -> Attempt:
    """Call the function on copies of a case; a backward runs on the cache of the forward that belongs to it.

    With `between`, the forward is called once more before the backward, on other numbers: as in a net where a layer
    comes twice, so that only the cache tells which call is meant.

    Raises StudentError, ForwardError, TimeoutError.
    """
    case, upstream_case = fresh(given), fresh(upstream)
    if forward is None:
        returned = named(function, exercise.returns, call(function, list(case.values()), seconds))
        return Attempt(given, Outputs(returned), lambda: changeable_arguments(case))
    made = run_forward(forward, case, len(upstream), seconds)
    before = changeable_arguments(case)
    if between:
        call_on_others(forward, given, seconds)
    arguments = [*upstream_case.values(), made.pop("cache")]
    returned = named(function, exercise.returns, call(function, arguments, seconds))

    def after() -> Case:
        return unless_same(before, changeable_arguments(case), changeable_arguments(given)) | changeable_arguments(
            upstream_case
        )

    return Attempt({**given, **upstream}, Outputs(returned), after, Outputs(made))


def fresh(case: Case) -> Case:
    """A copy of a case that a function may change as it likes."""
    return {name: copied(value) for name, value in case.items()}


def copied(value: Any) -> Any:
    """A copy down to the last array; quickly of plain arrays and tuples of them, as nearly all is made of these."""
    if type(value) is np.ndarray and value.dtype != object:
        return value.copy(order="K")
    if type(value) is tuple:
        return tuple(map(copied, value))
    return copy.deepcopy(value)


def other(value: Any) -> Any:
    """Other fractions, whole numbers turned round, another generator; anything else as it is."""
    if isinstance(value, np.random.Generator):
        return np.random.default_rng(1)
    if not isinstance(value, np.ndarray):
        return value
    return 0.5 - value if value.dtype.kind == "f" else np.flip(value)


def call_on_others(forward: Callable[..., Any], given: Case, seconds: float | None) -> None:
    """Call the forward on the arrays of a case in another order; what comes of it is not looked at."""
    case = {name: other(value) for name, value in fresh(given).items()}
    with keep_output_aside(Printed()), suppress(StudentError):
        call(forward, list(case.values()), seconds)


def run_forward(forward: Callable[..., Any], case: Case, outputs: int, seconds: float | None) -> dict[str, Any]:
    """What the forward returns, by the names "output 1", ... and "cache"; ForwardError where it fails."""
    names = (*(f"output {i + 1}" for i in range(outputs)), "cache")
    try:
        return named(forward, names, call(forward, list(case.values()), seconds))
    except StudentError as error:
        raise ForwardError(str(error), error.kind, error.place) from None


def changeable_arguments(case: Case) -> Case:
    """What a function may change among its arguments, as plain data; what it put in that is not plain, in words."""
    changeable = {name: plain_or_refusal(v) for name, v in case.items() if isinstance(v, np.ndarray | list | dict)}
    return {name: str(v) if isinstance(v, Refused) else v for name, v in changeable.items()}


def unless_same(before: Case, after: Case, given: Case) -> Case:
    """The arguments after a backward: what its forward had changed before it counts as given."""
    changed = (name for name in after if first_difference({name: before[name]}, after))
    return given | {name: after[name] for name in changed}


def draw_upstream(exercise: Exercise, case: Case, rng: np.random.Generator) -> Case:
    """Random gradients from above for a backward, one for each output of the reference's forward."""
    if exercise.forward is None:
        return {}
    *outputs, _ = exercise.forward(*fresh(case).values())
    names = list(inspect.signature(exercise.reference).parameters)[: len(outputs)]
    return {
        name: np.asarray(rng.normal(size=np.shape(out)), dtype=np.asarray(out).dtype)
        for name, out in zip(names, outputs)
    }
