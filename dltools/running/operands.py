"""NumPy's errors about shapes in words: which operand has which shape, and what would fit."""

import ast
import linecache
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

import numpy as np

PLAIN = (np.ndarray, int, float, tuple, list, type(None))
"""What may be looked at again after an error without running anybody's code."""
HARMLESS = (ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp)
PIECES = (*HARMLESS, ast.operator, ast.unaryop, ast.expr_context)


def shapes_in_words(error: BaseException, is_meant: Callable[[FrameType], bool]) -> str:
    """What does not fit, with the names and shapes of both operands; "" for any other error.

    Args:
        error: with its traceback.
        is_meant: whether a frame is in the code that is to be mended.
    """
    message, steps = str(error), [step for step in steps_of(error) if is_meant(step.tb_frame)]
    for signs, words in KINDS:
        if steps and any(sign in message for sign in signs):
            return words(operation(steps[-1]), steps[-1].tb_frame, message)
    return ""


def steps_of(error: BaseException) -> Iterator[TracebackType]:
    """The steps of an error's traceback, the innermost last."""
    step = error.__traceback__
    while step:
        yield step
        step = step.tb_next


def operation(step: TracebackType) -> ast.AST | None:
    """The piece of code that was running, as Python itself recorded its place; None where its text is not there."""
    code = step.tb_frame.f_code
    first, last, begin, end = next(islice(code.co_positions(), step.tb_lasti // 2, None))
    if None in (first, last, begin, end):
        return None
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(first, last + 1)]  # type: ignore
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    text = b"".join(lines).decode(errors="replace")
    for attempt in (f"({text}\n)", textwrap.dedent(text)):
        try:
            statement = ast.parse(attempt).body[0]
        except (SyntaxError, IndexError):
            continue
        return statement.value if isinstance(statement, ast.Expr) else statement
    return None


def operands(node: ast.AST | None) -> list[ast.expr]:
    """The operands of a piece of code: of a sum, a product, a comparison, a call."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.AugAssign(target=target, value=value):
            return [target, value]
        case ast.Compare(left=left, comparators=comparators):
            return [left, *comparators]
        case ast.BoolOp(values=[first, *_]) | ast.While(test=first) | ast.If(test=first):
            return operands(first) or [first]
        case ast.Call(args=arguments):
            return [argument for argument in arguments if not isinstance(argument, ast.Starred)]
    return []


def described(nodes: list[ast.expr], frame: FrameType) -> list[str]:
    """The arrays among the operands with their shapes: "x (4, 3)"."""
    pairs = [(ast.unparse(node), looked_at(node, frame)) for node in nodes]
    return [f"{text} has the shape {value.shape}" for text, value in pairs if isinstance(value, np.ndarray)]


def looked_at(node: ast.expr, frame: FrameType) -> Any:
    """The value of an operand, where asking for it runs nothing but NumPy's own arithmetic; else None."""
    names = {**frame.f_globals, **frame.f_locals}
    parts = list(ast.walk(node))
    if not all(isinstance(part, PIECES) for part in parts):
        return None
    used = [names.get(part.id) for part in parts if isinstance(part, ast.Name)]
    if not all(type(value) in PLAIN for value in used):
        return None
    try:
        return eval(ast.unparse(node), {"__builtins__": {}}, names)
    except Exception:  # an operand that fails by itself is described elsewhere
        return None


def product(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of a matrix product."""
    if len(told := described(operands(node), frame)) < 2:
        return ""
    rule = "In a product @ the last axis of the first must be as long as the last but one (or only) axis of the second."
    return f"{told[0]} and {told[1]}. {rule}"


def broadcast(node: ast.AST | None, frame: FrameType, message: str) -> str:
    """Of two shapes that do not fit; NumPy's own message has them in the order of the operands."""
    shapes, texts = re.findall(r"\([\d,]*\)", message), [ast.unparse(one) for one in operands(node)]
    if len(shapes) < 2:
        return ""
    if "input array from" in message:
        return f"What is put in has the shape {shaped(shapes[0])}, and its place has {shaped(shapes[1])}."
    if "non-broadcastable" in message:
        texts = [*texts[:1], "the result"]
    first, second = texts if len(texts) == 2 else ("the first", "the second")
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


KINDS = (
    (("numpy boolean subtract",), subtraction),
    (("inhomogeneous shape",), ragged),
    (("matmul:", "not aligned", "shape-mismatch for sum"), product),
    (("could not be broadcast", "could not broadcast", "non-broadcastable output"), broadcast),
    (("truth value of an array",), truth),
)
"""The signs of an error, and who puts it into words."""
