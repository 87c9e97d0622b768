"""An executor without kernels: runs a notebook's cells right here. Fast, for tests of all that is around execution."""

import ast
import io
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_output

from dltools.grading.model import Limits, Notebook


def execute(notebook: Notebook, limits: Limits, seed: int, files: dict[str, bytes]) -> nbformat.NotebookNode:
    """The Executor protocol, by exec and eval."""
    executed, names = nbformat.from_dict(notebook), {"__name__": "__main__"}
    for number, cell in enumerate(executed.cells, 1):
        if cell.cell_type == "code" and cell.source.strip():
            cell.execution_count = number
            cell.outputs = run(cell.source, names, number)
    return executed


def tell_limits(notebook: Notebook, limits: Limits, seed: int, files: dict[str, bytes]) -> nbformat.NotebookNode:
    """The same, which leaves the limits in the file that LIMITS_SEEN names."""
    Path(os.environ["LIMITS_SEEN"]).write_text(str(limits), encoding="utf-8")
    return execute(notebook, limits, seed, files)


def run(source: str, names: dict[str, Any], number: int) -> list[Any]:
    out, err, outputs = io.StringIO(), io.StringIO(), []
    try:
        with redirect_stdout(out), redirect_stderr(err):
            result = value_of(source, names)
        if result is not None:
            bundle = getattr(result, "_repr_mimebundle_", lambda: {"text/plain": repr(result)})()
            outputs.append(new_output("execute_result", bundle, execution_count=number))
    except BaseException as error:
        outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[str(error)]))
    streams = [("stdout", out.getvalue()), ("stderr", err.getvalue())]
    return [new_output("stream", name=name, text=text) for name, text in streams if text] + outputs


def value_of(source: str, names: dict[str, Any]) -> Any:
    """Run the statements; the value of the last one, if it is an expression."""
    body = ast.parse(re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)).body  # magics are the kernel's affair
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
