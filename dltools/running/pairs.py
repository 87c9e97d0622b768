"""What to say where a tuple stands in place of an array: which line keeps all that a function returned."""

import ast
import inspect
import linecache
import textwrap
from types import FrameType

import numpy as np

from dltools.running.pieces import looked_at, operands

SIGNS = ("'tuple'", "type tuple", "concatenate tuple", "inhomogeneous shape", "multiply sequence by")
"""What the exceptions say of a tuple that is taken for an array."""


def tuple_in_words(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Which name holds a tuple or a list, where that comes from, and what to do; "" where it is not certain."""
    parts = arguments(node) if isinstance(node, ast.Call) else operands(node)
    said = (in_words(part, frame, isinstance(node, ast.Call)) for part in parts)
    return next(filter(None, said), "")


def arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def in_words(part: ast.expr, frame: FrameType, is_argument: bool) -> str:
    """A sentence on one operand; an argument may well be a tuple, so that only a whole result is spoken of."""
    text, value = ast.unparse(part), looked_at(part, frame)
    if isinstance(value, list):
        return list_in_words(text, value)
    if not isinstance(value, tuple):
        return ""
    line, call = keeper(text, frame)
    if call:
        names = ", ".join("abcdefgh"[: len(value)])
        return (
            f"{text} is the whole tuple of {len(value)} that {call} returns (line {line}): take it apart there, as in "
            f"{names} = {call}(...)."
        )
    if is_argument:
        return ""
    return f"{text} is {shown(value)} here: take it apart first."


def shown(value: tuple[object, ...]) -> str:
    numbers = all(isinstance(one, int | float) for one in value)
    return f"the pair {value}" if numbers and len(value) == 2 else str(value) if numbers else f"a tuple of {len(value)}"


def list_in_words(text: str, value: list[object]) -> str:
    if any(isinstance(one, tuple) for one in value):
        return f"{text} is a list of tuples: take apart what a function returns before you append it."
    shapes = {one.shape for one in value if isinstance(one, np.ndarray)}
    return f"The arrays in {text} have different shapes: go through them one by one." if len(shapes) > 1 else ""


def keeper(name: str, frame: FrameType) -> tuple[int, str]:
    """The line that had kept a call's whole result under a name when this one ran, and what it calls; or (0, "")."""
    first = frame.f_code.co_firstlineno
    lines = inspect.getblock(linecache.getlines(frame.f_code.co_filename, frame.f_globals)[first - 1 :])
    try:
        body = ast.parse(textwrap.dedent("".join(lines)))
    except SyntaxError:
        return 0, ""
    kept = [node for node in ast.walk(body) if isinstance(node, ast.Assign) and is_kept(node, name)]
    here = frame.f_lineno - first + 1
    loops = [node for node in ast.walk(body) if isinstance(node, ast.For | ast.While)]
    now = next((node for node in kept if covers(node, here)), None)
    earlier = max((node for node in kept if (node.end_lineno or 0) < here), default=None, key=lambda node: node.lineno)
    found = earlier
    if now and any(covers(loop, here) for loop in loops):  # its own last round may have kept it
        found = None if earlier and is_own_call(earlier) else now
    return (found.lineno + first - 1, called(found)) if found and called(found) else (0, "")


def is_kept(node: ast.Assign, name: str) -> bool:
    return [ast.unparse(target) for target in node.targets] == [name]


def covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def called(node: ast.Assign) -> str:
    return ast.unparse(node.value.func) if isinstance(node.value, ast.Call) else ""


def is_own_call(node: ast.Assign) -> bool:
    """Whether a function that may return a tuple was called: NumPy's own give an array."""
    return bool(called(node)) and not called(node).startswith("np.")
