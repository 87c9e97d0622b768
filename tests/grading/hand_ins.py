"""Ways to hand in: what may have happened to a notebook on its way, each as a function of the answers."""

import json
from collections.abc import Callable
from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from course import EXERCISES, UNIT, Answers

NAME = f"{UNIT}.ipynb"
ALL = (2.0, 2.0, 8.0)
NONE = (None, None, None)
Files = dict[str, bytes]


def text(notebook: dict[str, Any], encoding: str = "utf-8") -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode(encoding)


def at(notebook: dict[str, Any], name: str) -> int:
    return next(index for index, cell in enumerate(notebook["cells"]) if cell["id"] == name)


def edited(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Answers], Files]:
    """The perfect notebook after an edit in place."""

    def files(answers: Answers) -> Files:
        notebook = answers.perfect()
        edit(notebook)
        return {NAME: text(notebook)}

    return files


def change(name: str, **fields: Any) -> Callable[[Answers], Files]:
    return edited(lambda notebook: notebook["cells"][at(notebook, name)].update(fields))


def delete(*names: str) -> Callable[[Answers], Files]:
    def edit(notebook: dict[str, Any]) -> None:
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in names]

    return edited(edit)


def copied(name: str, position: int = 0, **fields: Any) -> Callable[[Answers], Files]:
    """Ctrl-C, Ctrl-V: the copy has the same nbgrader metadata and another id."""

    def edit(notebook: dict[str, Any]) -> None:
        index = at(notebook, name)
        notebook["cells"].insert(index + position, {**notebook["cells"][index], "id": "pasted", **fields})

    return edited(edit)


def untouched_copy(position: int) -> Callable[[Answers], Files]:
    """The released cell once more, beside the answer."""

    def files(answers: Answers) -> Files:
        released = answers.released()["cells"]
        stub = next(cell["source"] for cell in released if cell["id"] == FORWARD)
        return copied(FORWARD, position, source=stub)(answers)

    return files


def moved(name: str, to: int) -> Callable[[Answers], Files]:
    return edited(lambda notebook: notebook["cells"].insert(to, notebook["cells"].pop(at(notebook, name))))


def without_metadata(ids: bool) -> Callable[[Answers], Files]:
    def edit(notebook: dict[str, Any]) -> None:
        for number, cell in enumerate(notebook["cells"]):
            cell["metadata"] = {}
            cell["id"] = cell["id"] if ids else f"new-{number}"

    return edited(edit)


def every_nbgrader(**fields: Any) -> Callable[[Answers], Files]:
    def edit(notebook: dict[str, Any]) -> None:
        for cell in notebook["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"].update(fields)

    return edited(edit)


def bulky(notebook: dict[str, Any]) -> None:
    """60 MB of output."""
    cell = notebook["cells"][at(notebook, "check_conv2d_forward")]
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 60_000_000}]


def many_cells(notebook: dict[str, Any]) -> None:
    extra = [
        {"cell_type": "code", "id": f"extra-{n}", "metadata": {}, "source": "", "outputs": [], "execution_count": None}
        for n in range(3000)
    ]
    notebook["cells"][3:3] = extra


def format_3(answers: Answers) -> Files:
    cells = [
        {
            "cell_type": cell["cell_type"],
            "metadata": cell["metadata"],
            **({"input": cell["source"], "language": "python", "outputs": []} if cell["cell_type"] == "code" else {}),
            **({"source": cell["source"]} if cell["cell_type"] != "code" else {}),
        }
        for cell in answers.perfect()["cells"]
    ]
    document = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    return {NAME: json.dumps(document).encode()}


def with_umlaut(encoding: str) -> Callable[[Answers], Files]:
    def files(answers: Answers) -> Files:
        notebook = answers.perfect()
        notebook["cells"][0]["source"] = "Übung für später"
        return {NAME: text(notebook, encoding)}

    return files


def cut_before(name: str) -> Callable[[Answers], Files]:
    """The file ends in the middle of the cell."""

    def files(answers: Answers) -> Files:
        content = text(answers.perfect())
        return {NAME: content[: content.index(f'"grade_id": "{name}"'.encode())]}

    return files


def own_cells_around(notebook: dict[str, Any]) -> None:
    """Helper cells of the student's own, printing, warning, and one that fails."""
    for source in ("1 / 0", "import warnings; warnings.warn('careful')", "print('hello')"):
        cell = {"cell_type": "code", "id": f"own-{len(source)}", "metadata": {}, "source": source}
        notebook["cells"].insert(2, {**cell, "outputs": [], "execution_count": None})


def named(*names: str) -> Callable[[Answers], Files]:
    return lambda answers: {name: text(answers.perfect()) for name in names}


def given(content: bytes, name: str = NAME) -> Callable[[Answers], Files]:
    return lambda answers: {name: content}


def merged(*names: str) -> Callable[[Answers], Files]:
    """JupyterLab's "merge cells": the first one's metadata, all texts; no names: everything in one cell."""

    def edit(notebook: dict[str, Any]) -> None:
        chosen = [cell for cell in notebook["cells"] if (cell["id"] in names if names else cell["cell_type"] == "code")]
        chosen[0]["source"] = "\n\n".join(cell["source"] for cell in chosen)
        notebook["cells"] = [cell for cell in notebook["cells"] if cell not in chosen[1:]]

    return edited(edit)


def answered_in(place: int, stub: bool, replaced: str = "") -> Callable[[Answers], Files]:
    """The answer in a cell of the student's own; the answer's own cell as released, or deleted."""

    def files(answers: Answers) -> Files:
        notebook = answers.notebook(EXERCISES[:2])
        if not stub:
            notebook["cells"].pop(at(notebook, FORWARD))
        own = {"cell_type": "code", "id": "own", "metadata": {}, "source": replaced or answers.solution(FORWARD)}
        notebook["cells"].insert(place % (len(notebook["cells"]) + 1), own)
        return {NAME: text(notebook)}

    return files


def inside_its_test(answers: Answers) -> Files:
    notebook = answers.notebook(EXERCISES[:2])
    notebook["cells"][at(notebook, CHECK)]["source"] = answers.solution(FORWARD) + "\n\ncheck(conv2d_forward)"
    notebook["cells"].pop(at(notebook, FORWARD))
    return {NAME: text(notebook)}


def with_beside(name: str, content: str = "", uses: str = "", own: bytes = b"") -> Callable[[Answers], Files]:
    """A helper module or data beside the notebook, which the answer uses."""

    def files(answers: Answers) -> Files:
        notebook = answers.perfect()
        notebook["cells"][at(notebook, FORWARD)]["source"] += uses
        return {NAME: text(notebook), name: own or content.encode() or answers.solution(FORWARD).encode()}

    return files


def another_edition(notebook: dict[str, Any]) -> None:
    """The test cell of an older unit, intact by its own checksum."""
    cell = nbformat.from_dict(notebook["cells"][at(notebook, CHECK)])
    cell.source = "check(conv2d_forward, points=5)"
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    notebook["cells"][at(notebook, CHECK)] = cell


def lines_without_ends(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].split("\n")


def windows_lines(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def half_a_character(notebook: dict[str, Any]) -> None:
    notebook["cells"][at(notebook, FORWARD)]["source"] += "\n# \ud83d"


def tiny_cells(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [{"cell_type": "code", "source": "", "metadata": {}}] * 300_000


def ascii_text(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Answers], Files]:
    def files(answers: Answers) -> Files:
        notebook = answers.perfect()
        edit(notebook)
        return {NAME: json.dumps(notebook).encode()}

    return files


def two_of_the_unit(answers: Answers) -> Files:
    """The file of the right name as released, the answers in another."""
    return {NAME: text(answers.released()), "01-small-mine.ipynb": text(answers.perfect())}


def damaged(before: str, after: str) -> Callable[[Answers], Files]:
    """The perfect notebook, a line a field, with something else in its text."""

    def files(answers: Answers) -> Files:
        written = json.dumps(answers.perfect(), indent=1)
        assert written.count(before) == 1
        return {NAME: written.replace(before, after).encode()}

    return files


def merge_conflict(answers: Answers) -> Files:
    """The text of the first answer twice, as `git merge` leaves it."""
    lines = json.dumps(answers.perfect(), indent=1).split("\n")
    at = next(number for number, line in enumerate(lines) if '"source": "def conv2d_output_size' in line)
    lines[at : at + 1] = ["<<<<<<< HEAD", lines[at], "=======", lines[at], ">>>>>>> main"]
    return {NAME: "\n".join(lines).encode()}


def beside_the_work(name: str, *answered: str) -> Callable[[Answers], Files]:
    """A notebook with some answers, and all of them in another file."""

    def files(answers: Answers) -> Files:
        code = "\n\n".join(answers.solution(exercise) for exercise in EXERCISES)
        return {NAME: text(answers.notebook(answered)), name: code.encode()}

    return files


FORWARD, CHECK = "conv2d_forward", "check_conv2d_forward"
