"""The piece of code that was running at an error, and the values that stand in it."""

import ast
import linecache
import textwrap
from collections.abc import Iterator
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

import numpy as np

PLAIN = (np.ndarray, int, float, tuple, list, type(None))
"""What may be looked at again after an error without running anybody's code."""
HARMLESS = (ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp)
PIECES = (*HARMLESS, ast.operator, ast.unaryop, ast.expr_context)


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
        case ast.Call(func=ast.Attribute(value=left, attr="dot"), args=[right]):
            return [left, right]
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
