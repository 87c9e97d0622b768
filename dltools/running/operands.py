"""Errors about operands in words: which one has which shape, what would fit, and which one is no function."""

import ast
import builtins
import re
from collections.abc import Callable
from types import FrameType, TracebackType

import numpy as np

from dltools.running.pairs import SIGNS, tuple_in_words
from dltools.running.pieces import described, looked_at, operands, operation, steps_of

VALUES = r"'(int|float|complex|bool|str|list|tuple|dict|set|numpy\.\w+)' object is not callable"
"""What is said of a value that is called."""


def shapes_in_words(error: BaseException, is_meant: Callable[[FrameType], bool]) -> str:
    """What does not fit, with the names and shapes of both operands; "" for any other error.

    Args:
        error: with its traceback.
        is_meant: whether a frame is in the code that is to be mended.
    """
    message, place = str(error), innermost(list(steps_of(error)), is_meant)
    if place is None:
        return ""
    inside, step = place
    fitting = [words for signs, words in KINDS if any(sign in message for sign in signs)]
    said = next(filter(None, (words(operation(step), step.tb_frame, message) for words in fitting)), "")
    return said and inside + said


def innermost(steps: list[TracebackType], is_meant: Callable[[FrameType], bool]) -> tuple[str, TracebackType] | None:
    """The step whose code failed, NumPy's own left out, and where that is, if in a function that the meant code calls.

    None where it is in nobody's notebook: an operand of ours has another name there.
    """
    at = max((i for i, step in enumerate(steps) if is_meant(step.tb_frame)), default=None)
    if at is None:
        return None
    meant = steps[at].tb_frame
    *_, last = (step for step in steps[at:] if not is_numpys(step.tb_frame))
    if last is steps[at]:
        return "", last
    if last.tb_frame.f_globals is not meant.f_globals:
        return None
    return f"In {last.tb_frame.f_code.co_name}, line {last.tb_lineno}: ", last


def is_numpys(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "numpy"


def product(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of a matrix product."""
    both = operands(node)
    told = described(both, frame)
    if len(told) < 2 and len(told := by_message(both, message) or by_lengths(both, message)) < 2:
        return ""
    rule = "In a product @ the last axis of the first must be as long as the last but one (or only) axis of the second."
    return f"{told[0]} and {told[1]}. {rule}{turned(both, frame)}"


def by_message(both: list[ast.expr], message: str) -> list[str]:
    """Two operands with the shapes that NumPy's message has; nothing where it has none."""
    shapes = re.findall(r"\([\d,]+\)", message)[:2]
    texts = (f"{ast.unparse(one)} has the shape {shaped(shape)}" for one, shape in zip(both, shapes))
    return list(texts) if len(both) == len(shapes) == 2 else []


def by_lengths(both: list[ast.expr], message: str) -> list[str]:
    """Two operands with the lengths that matmul's message has, the second one's first; nothing where it has none."""
    lengths = re.search(r"core dimension 0.*size (\d+) is different from (\d+)", message)
    if not lengths or len(both) != 2:
        return []
    left, right = map(ast.unparse, both)
    return [f"The last axis of {left} is {lengths[2]} long", f"the axis of {right} that meets it {lengths[1]}"]


def turned(both: list[ast.expr], frame: FrameType) -> str:
    """What fits where both are as long in their last axis, as in W @ h, which is written for columns."""
    (left, first), (right, second) = ((ast.unparse(node), np.shape(looked_at(node, frame))) for node in both)
    if len(first) != 2 or len(second) != 2 or first[1] != second[1]:
        return ""
    fits = f"{right} @ {left}.T fits, with a row for each row of {right}"
    return f" {fits}; so does {left} @ {right}.T, with one for each row of {left}."


def broadcast(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of two shapes that do not fit; NumPy's own message has them in the order of the operands."""
    if "remapped" in message:  # NumPy's own pad speaks of shapes that nobody wrote
        return ""
    shapes, texts = re.findall(r"\([\d,]*\)", message), [ast.unparse(one) for one in operands(node)]
    if len(shapes) < 2:
        return ""
    if "input array from" in message:
        return f"What is put in has the shape {shaped(shapes[0])}, and its place has {shaped(shapes[1])}."
    if "non-broadcastable" in message:
        texts = [*texts[:1], "the result"]
    first, second = texts if len(texts) == 2 else ("The first", "the second")
    rule = "Lined up from the right, two lengths must be equal, or one of them 1."
    return f"{first} has the shape {shaped(shapes[0])} and {second} has {shaped(shapes[1])}. {rule}"


def shaped(text: str) -> str:
    """(4, 3) for NumPy's (4,3)."""
    return re.sub(r",(?=\d)", ", ", text)


def truth(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of an array where one True or False is asked for."""
    told = described([node] if isinstance(node, ast.expr) else [], frame) or described(operands(node), frame)
    subject = f"{told[0]}: it" if told else "This array"
    return f"{subject} has one True or False for each entry, and here a single one is asked for (by if, and, or, max)."


def subtraction(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of True and False, which NumPy does not subtract; the ^ that its message names counts other things."""
    return "True and False have no difference: make numbers of them first, as (a == b).astype(float) does."


def ragged(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of a list whose parts differ in shape, mostly what a function returned that has several results."""
    return "A tuple or list of unequal parts stands where an array belongs: take apart what a function returns."


def called(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of a value that is called like a function: a product without its sign, or a name of Python's that was reused."""
    if not isinstance(node, ast.Call) or not re.search(VALUES, message):
        return ""
    text = ast.unparse(node.func)
    if isinstance(node.func, ast.Name) and hasattr(builtins, text):
        undo = "" if text in frame.f_code.co_varnames else f", and run `del {text}` in a cell"
        return f"{text} is a function of Python's own, and a value was given its name: choose another{undo}."
    return f"{text} is no function: a product is written with its sign, {text} * (...), an entry as {text}[...]."


KINDS = (
    (SIGNS, tuple_in_words),
    (("numpy boolean subtract",), subtraction),
    (("inhomogeneous shape",), ragged),
    (("matmul:", "not aligned", "shape-mismatch for sum"), product),
    (("could not be broadcast", "could not broadcast", "non-broadcastable output"), broadcast),
    (("truth value of an array",), truth),
    (("object is not callable",), called),
)
"""The signs of an error, and who puts it into words."""
