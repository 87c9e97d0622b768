"""All benchmarks: `python -m benchmarks` writes docs/speed.md and docs/speed.json. A quarter of an hour.

python -m benchmarks --only layers          the others keep what docs/speed.json has of them
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.tables import markdown
from dltools.places import REPOSITORY

DATA, PAGE = REPOSITORY / "docs" / "speed.json", REPOSITORY / "docs" / "speed.md"
HEAD = """# How fast it is

`python -m benchmarks` wrote this page and `speed.json` beside it; neither is edited. A number holds for the machine
that is named below it; ratios are of one run on one machine.
"""
LAYERS = """## Layers, beside PyTorch

`python -m benchmarks.layers` (with PyTorch: `python3 run.py install torch`) runs each layer and PyTorch in turn on one
thread. `ratio` is the median of our CPU time for forward and backward by PyTorch's; below 1 is faster than PyTorch.
`products` is our time by that of the layer's matrix products alone, `peak` the most memory by the size of all inputs,
outputs and gradients. PyTorch's pooling is in its default layout; its `channels_last` is faster.

Some targets were lower once. For pooling and batch norm of a million numbers NumPy goes through the memory once for
every operation, where PyTorch goes once for all; dropout's time is that of drawing random numbers; SciPy's erf, in
GELU, goes number by number; what remains in a small LSTM and in the small CNN's step is Python's time for the calls.
The targets hold on two kinds of machine: of a processor with AVX-512 PyTorch makes more than NumPy and SciPy do, so
that ratios are up to twice as high as on one without, though every layer is faster.
The fastest forms that were tried stand in the second table, `python -m benchmarks.tried`.
"""
GRADING = """## Grading, beside plain nbgrader

`python -m benchmarks.grading` makes a class from the exercises of a unit and grades it in three ways, each with
everything switched on and with feedback; the scores are asserted to be equal. Each way has graded two students before,
so that Python's byte code is on disk. The time of the processors is that of all processes, to the last that ends.

How many times nbgrader depends on what notebooks import, as nbgrader's kernels import it anew for each and ours are
forks of one that has. The targets, 20 times with 60 submissions and 25 with 240, were set when unit 04 imported
scikit-learn at its top, as units 01 and 10 do further down: they hold of the last table.
"""
MEMORY = """## Memory of grading

`python -m benchmarks.grading --memory --students 300`: megabytes of `dltools grade` and all its processes, two graders
and the maker of feedback among them; of pages that processes share each has its part. It does not grow with the class.
The target was 250 and is 400: what nbgrader imports to write the gradebook is most of the command, some 90, and of the
fork of it that makes the pages, some 80. The rest is the process that has imported what notebooks import, and what each
kernel and each checker writes to, be it only the count of who uses an object.
"""
UNITS = """## Units

`python -m benchmarks.units`: seconds of the processor for its imports, for the slowest of its checks (of a function
that is wrong in a known way, before any other check), and for "Restart & Run All" of the solved notebook with Jupyter's
start. Units 01 and 10 import scikit-learn only where they compare with it: a second more, there.
"""
STARTS = """## Starts

`python -m benchmarks.starts`: seconds by the clock until `python3 run.py lab` prints the address, in the students'
edition, freshly unpacked, with an empty home; the packages come from the network. MB are those of its environment.
"""
FIGURES = """## Figures

`python -m benchmarks.figures` presses keys on a figure's slider in a real JupyterLab and a real browser, and reads in
the page itself how long it takes from the key to the new picture. An empty answer is a slider of ipywidgets whose
number the kernel writes back; `pointer` is from a move of the pointer to the frame that shows where it points, `first`
from running the cell of a notebook's first figure to the picture. The median's parts: `browser` until the message is
sent, `there` until the kernel begins, `kernel` until the answer is made, `back` until the page has it, `picture` until
the picture is another, `frame` until it is shown.
"""


def layers() -> dict[str, Any]:
    from benchmarks.layers import CASES, measure  # first: it sets the number of threads that NumPy reads

    rows = [measure(case, case.target_type, turns=15) for case in CASES]
    from benchmarks import tried

    return {"rows": rows, "tried": tried.measure()}


def layers_page(found: dict[str, Any]) -> str:
    from benchmarks.tried import COLUMNS

    rows = [{**row, "": "missed" if row["target"] and row["ratio"] > row["target"] else ""} for row in found["rows"]]
    columns = {"layer": 0, "size": 0, "type": 0, "ms": 3, "ratio": 2, "target": 2, "products": 1, "peak": 1, "": 0}
    return markdown(columns, rows) + "\n\n" + markdown(COLUMNS, found["tried"])


def grading() -> dict[str, Any]:
    from benchmarks.grading import measure, parser

    heavy = measure(parser().parse_args(["--module", "sklearn.datasets"]))
    return {**measure(parser().parse_args([])), "heavy": heavy}


def grading_page(found: dict[str, Any]) -> str:
    from benchmarks.grading import beside_nbgrader, report

    return f"{report(found)}\n\n{beside_nbgrader(found['heavy'])}"


def memory() -> dict[str, Any]:
    from benchmarks.grading import memory, parser

    return {"rows": memory(parser().parse_args(["--students", "300"]))}


def memory_page(found: dict[str, Any]) -> str:

    from benchmarks.grading import MEMORY as COLUMNS

    return markdown(COLUMNS, found["rows"])


def units() -> dict[str, Any]:
    from benchmarks.units import UNITS, measure

    return {"rows": measure(list(UNITS))}


def units_page(found: dict[str, Any]) -> str:
    from benchmarks.units import COLUMNS, TARGETS

    return markdown(COLUMNS, [*found["rows"], {"unit": "target", **TARGETS}])


def starts() -> dict[str, Any]:
    from benchmarks.starts import measure

    return {"rows": measure()}


def starts_page(found: dict[str, Any]) -> str:
    from benchmarks.starts import COLUMNS

    return markdown(COLUMNS, found["rows"])


def figures() -> dict[str, Any]:
    from benchmarks.figures import measure

    return {"rows": measure()}


def figures_page(found: dict[str, Any]) -> str:
    from benchmarks.figures import COLUMNS

    return markdown(COLUMNS, found["rows"])


PARTS = {
    "layers": (LAYERS, layers, layers_page),
    "grading": (GRADING, grading, grading_page),
    "memory": (MEMORY, memory, memory_page),
    "units": (UNITS, units, units_page),
    "starts": (STARTS, starts, starts_page),
    "figures": (FIGURES, figures, figures_page),
}
"""Each benchmark: what the page says of it, what measures it, and what makes its tables."""


def page(data: dict[str, Any]) -> str:
    """docs/speed.md: every part that has been measured, with the machine that it was measured on."""
    sections = [
        f"{text}\n{tables(data[name])}\n\nOn {machine.markdown(data[name]['machine'])}\n"
        for name, (text, _, tables) in PARTS.items()
        if name in data
    ]
    return "\n".join([HEAD, *sections])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure these anew")
    args = parser.parse_args()
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    for name in args.only:
        described = machine.describe()
        print(f"{name} ...", flush=True)
        data[name] = {"machine": described, **PARTS[name][1]()}
        write(DATA, json.dumps(data, indent=1) + "\n")
    write(PAGE, page(data))


def write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")
    print(f"written: {path}", flush=True)


if __name__ == "__main__":
    main()
