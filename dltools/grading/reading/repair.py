"""Restoring a submitted notebook from the instructor's cells, wherever the student's answer can be told."""

import re
from dataclasses import dataclass, field
from typing import Any

from dltools.grading.model import Assignment, Notebook, Submission
from dltools.grading.reading.beside import helpers
from dltools.grading.reading.choosing import Choice, choose
from dltools.grading.reading.document import Reading, defined_names, read
from dltools.grading.reading.matching import DROPPED, Cell, is_intact, is_locked, is_needed, owners
from dltools.running.cells import is_answer, is_graded, nbgrader

GUESS = r" was (?:changed|moved|made a )| stands in another cell"
"""Repairs that guess at an order: the student's own may have been another."""


@dataclass
class Repaired:
    """A notebook that can be graded, what was repaired, what a person must see to, and the exercises in doubt."""

    notebook: Notebook
    repairs: list[str] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    """grade_ids of graded cells whose answer was perhaps lost with the end of the file."""
    doubts: list[str] = field(default_factory=list)
    """What may have cost points without being wrong: for a person, if the work does not get full points."""
    answer_lost: bool = False
    absent: list[str] = field(default_factory=list)
    """Exercises of which neither the answer nor the check is there."""
    solved: list[str] = field(default_factory=list)
    """The exercises that were solved by the student's own checks, as the notebook was saved."""
    files: dict[str, bytes] = field(default_factory=dict)
    """The student's own helper modules and data that the notebook finds beside it, by their path."""


def repair(submission: Submission, assignment: Assignment) -> Repaired:
    """Turn whatever was handed in into the assignment's notebook with the student's answers in it.

    Never raises because of what is in the files: what cannot be told becomes a sentence for a person.
    """
    readings, unreadable = readings_of(submission)
    if not readings:
        return unreadable_notebook(assignment, unreadable or [no_notebook(submission)])
    choice = choose(readings, assignment, submission.times)
    name = choice.name
    repaired = restore(readings[name], assignment)
    if not choice.contents[name].known:
        repaired.person.append(f"{name} has no cell of this assignment: is it the right file?")
        repaired.doubtful |= set(assignment.points)
    if name != assignment.notebook + ".ipynb":
        repaired.repairs.insert(0, f"taken from {name}")
    report_choice(repaired, submission, choice, assignment)
    repaired.repairs += [sentence.rstrip(".") for sentence in unreadable]
    repaired.doubts += unreadable
    add_helpers(repaired, submission, name, assignment)
    repaired.doubts += work_beside(repaired, assignment)
    return repaired


def readings_of(submission: Submission) -> tuple[dict[str, Reading], list[str]]:
    """What can be read of the files that may be the notebook, and what is amiss with the others."""
    readings, unreadable = {}, list(submission.notes)
    for name, content in (submission.files or under_other_names(submission)).items():
        try:
            readings[name] = read(content)
        except ValueError as error:
            unreadable.append(f"{name} {error}.")
        except Exception as error:  # whatever a hostile file does to the parsers is one submission's affair
            unreadable.append(f"{name} cannot be read: {type(error).__name__}.")
    return readings, unreadable


def under_other_names(submission: Submission) -> dict[str, bytes]:
    """The files that have a notebook in them and not in their names, such as 01-small.txt."""
    begun = re.compile(rb'\s*\{[\s\S]*?"cells"\s*:')
    return {name: content for name, content in submission.beside.items() if begun.match(content)}


def no_notebook(submission: Submission) -> str:
    there = [*submission.beside]
    more = f" and {len(there) - 5} more" if len(there) > 5 else ""
    return f"There is no notebook in the folder{', only ' * bool(there)}{', '.join(there[:5])}{more}."


def report_choice(repaired: Repaired, submission: Submission, choice: Choice, assignment: Assignment) -> None:
    """Say what was not graded: files as they were released in a line, what may be the work to a person."""
    released = [name for name, found in choice.contents.items() if name != choice.name and found.is_released]
    repaired.repairs += [f"{name} is as released" for name in released]
    doubted = [*choice.rivals, *(name for name in submission.files if name not in choice.contents)]
    sentence = f"{len(doubted) + 1} files may be the notebook; {choice.name} was graded"
    if choice.rivals:
        repaired.person.append(f"{sentence}, {choice.reason}; {', '.join(choice.rivals)} has answers too.")
    elif doubted and choice.name != assignment.notebook + ".ipynb":
        repaired.person.append(f"{sentence}.")


def add_helpers(repaired: Repaired, submission: Submission, name: str, assignment: Assignment) -> None:
    repaired.files, refused = helpers(submission, name, assignment)
    if repaired.files:
        repaired.repairs.append(f"handed in beside the notebook: {', '.join(repaired.files)}")
    repaired.repairs += refused
    repaired.doubts += [f"{sentence}." for sentence in refused]


def work_beside(repaired: Repaired, assignment: Assignment) -> list[str]:
    """A sentence where answers are missing and a file beside the notebook may have them.

    It may be any file if all are missing, else one that defines what is.
    """
    released = {cell["source"].strip() for cell in assignment.cells}
    own = [cell["source"] for cell in repaired.notebook["cells"] if cell["source"].strip() not in released]
    asked = names_in([cell["source"] for cell in assignment.cells if is_answer(cell)])
    missing = asked - names_in(own)
    texts = {path: content.decode("utf-8", "replace") for path, content in repaired.files.items()}
    found = [path for path, text in texts.items() if missing == asked or missing & defined_names(text)]
    if not (missing and found):
        return []
    return [f"Is the work in {', '.join(found)}? The notebook has no answer for {', '.join(sorted(missing))}."]


def names_in(sources: list[str]) -> set[str]:
    return {name for source in sources for name in defined_names(source)}


def unreadable_notebook(assignment: Assignment, reasons: list[str]) -> Repaired:
    """The assignment's own notebook with a note on top, for a person to grade."""
    sentence = " ".join(reasons)
    note = {
        "cell_type": "markdown",
        "id": "dltools-note",
        "metadata": {},
        "source": f"**This submission could not be read.** {sentence} Below is the notebook as it was released.",
    }
    notebook = new_notebook([note, *map(fresh, assignment.cells)], assignment)
    return Repaired(
        notebook, [], [f"{sentence} Ask the student for the notebook, then grade again."], set(assignment.points)
    )


def restore(reading: Reading, assignment: Assignment) -> Repaired:
    """Put the instructor's cells back into their places around the student's."""
    repaired = Repaired({}, list(reading.repairs), solved=reading.solved)
    found, repeated = owners(reading.cells, assignment)
    for ours, times in repeated:
        repaired.repairs.append(f"{ours['id']} was there {times} times")
        if is_answer(ours):
            repaired.doubts.append(f"{ours['id']} was there {times} times: does the right one count?")
    report_edition(reading.cells, found, assignment, repaired)
    cells = [new for at, cell in enumerate(reading.cells) for new in settled(cell, found.get(at), repaired)]
    ordered = arrange(cells, assignment, reading, repaired)
    report_absent(repaired)
    doubtful = [line for line in repaired.repairs if re.search(GUESS, line)]
    repaired.doubts += [f"{line}: have points been lost by that?" for line in doubtful]
    repaired.notebook = new_notebook(unique_ids(ordered), assignment)
    if reading.damage:
        repaired.person.append(f"The file {reading.damage}: ask the student for the whole file, then grade again.")
    return repaired


def report_edition(cells: list[Cell], found: dict[int, Cell], assignment: Assignment, repaired: Repaired) -> None:
    """Name a notebook that was made from another edition of the unit: its own tests are intact, and not today's."""
    names = {cell["id"] for cell in assignment.cells}
    other = [
        cell["grade_id"]
        for at, cell in enumerate(cells)
        if cell["nbgrader"].get("grade") and is_of_another_edition(cell, found.get(at), names) and is_intact(cell)
    ]
    if other:
        sentence = f"made from another edition of the unit: {', '.join(other)} not as in today's"
        repaired.repairs.append(sentence)
        repaired.doubts.append(f"The notebook was {sentence}; compare before the score counts.")


def is_of_another_edition(cell: Cell, ours: Cell | None, names: set[str]) -> bool:
    if ours is None:
        return cell["grade_id"] not in names
    return bool(cell["nbgrader"].get("checksum") != nbgrader(ours).get("checksum")) and is_changed(cell, ours)


def is_changed(cell: Cell, ours: Cell) -> bool:
    """Whether a locked cell's text is not the released one, which lacks the hidden tests of the gradebook's."""
    released = ours.get("released") or ours["source"]
    same = cell["source"].strip() in (ours["source"].strip(), released.strip())
    return not same and not (is_intact(cell) and cell["nbgrader"].get("checksum") == nbgrader(ours).get("checksum"))


def settled(cell: Cell, ours: Cell | None, repaired: Repaired) -> list[Cell]:
    """A submitted cell as it will be run: the instructor's metadata, and the instructor's text where it is locked.

    What the student wrote into a locked cell becomes a cell of its own above it: an answer may stand there.
    """
    if cell["cell_type"] == DROPPED:
        return []
    if ours is None:
        if cell["cell_type"] != "code" and defined_names(cell["source"]) and re.search(r"^def ", cell["source"], re.M):
            repaired.doubts.append("A cell of text reads like code: was it meant to run?")
        return [own_cell(cell, cell["cell_type"])]
    if cell["cell_type"] != ours["cell_type"]:
        repaired.repairs.append(f"{ours['id']} was made a {cell['cell_type']} cell")
    if not is_locked(ours):
        return [{**fresh(ours), "source": cell["source"], **pasted(cell, ours["cell_type"])}]
    if not is_changed(cell, ours):
        return [fresh(ours)]
    if is_intact(cell):  # as an earlier edition had it, whatever is in ours today
        return [fresh(ours)]
    repaired.repairs.append(f"{ours['id']} was changed")
    keeps = cell["source"].strip()
    return [own_cell(cell | {"id": ""}, ours["cell_type"]), fresh(ours)] if keeps else [fresh(ours)]


def own_cell(cell: Cell, kind: str) -> Cell:
    return {"cell_type": kind, "id": cell["id"], "metadata": {}, "source": cell["source"], **pasted(cell, kind)}


def pasted(cell: Cell, kind: str) -> dict[str, Any]:
    """The pictures that were pasted into a cell of text."""
    return {"attachments": cell["attachments"]} if cell["attachments"] and kind != "code" else {}


def arrange(cells: list[Cell], assignment: Assignment, reading: Reading, repaired: Repaired) -> list[Cell]:
    """Put back what is missing, and locked cells that stand too early, after the cell that they follow."""
    last, there = -1, {cell["id"] for cell in cells}
    for ours in assignment.cells:
        repaired.answer_lost &= not is_answer(ours)
        at = next((i for i, cell in enumerate(cells) if cell["id"] == ours["id"]), None)
        if at is None and not is_needed(ours):
            continue
        if is_answer(ours) and (elsewhere := defined_elsewhere(cells, ours, assignment)):
            at = elsewhere[-1]
            put_stub_first(cells, ours, elsewhere[0])
            repaired.repairs.append(f"{ours['id']}: the answer stands in another cell")
        elif at is None:
            at = last + 1
            cells.insert(at, fresh(ours))
            report_missing(ours, is_graded(ours) or check_of(ours, assignment) in there, reading, repaired)
        elif at < last and is_locked(ours):
            cells.insert(last, cells.pop(at))
            at = last
            repaired.repairs.append(f"{ours['id']} was moved")
        if repaired.answer_lost and ours["id"] in assignment.points:
            repaired.doubtful.add(ours["id"])
        last = max(last, at)
    return cells


def defined_elsewhere(cells: list[Cell], ours: Cell, assignment: Assignment) -> list[int]:
    """Where the student's cells define the answer, if its own cell is gone or does not."""
    names = defined_names(ours["source"])
    released = {cell["source"].strip() for cell in assignment.cells}
    written = [cell["cell_type"] == "code" and cell["source"].strip() not in released for cell in cells]
    found = [at for at, cell in enumerate(cells) if written[at] and names & defined_names(cell["source"])]
    return [] if any(cells[at]["id"] == ours["id"] for at in found) else found


def put_stub_first(cells: list[Cell], ours: Cell, before: int) -> None:
    """An answer's own cell that was left as released must not define the name anew below the answer."""
    at = next((i for i, cell in enumerate(cells) if cell["id"] == ours["id"]), before)
    if at > before:
        cells.insert(before, cells.pop(at))


def check_of(answer: Cell, assignment: Assignment) -> str:
    """The id of the test that follows an answer; "" where there is none."""
    below = assignment.cells[assignment.cells.index(answer) :]
    return next((str(cell["id"]) for cell in below if is_graded(cell)), "")


def report_missing(ours: Cell, has_check: bool, reading: Reading, repaired: Repaired) -> None:
    repaired.repairs.append(f"{ours['id']} was missing")
    if not is_answer(ours):
        return
    if reading.damage:
        repaired.answer_lost = True
    elif has_check:
        repaired.person.append(f"{ours['id']}: the answer's cell was deleted and no other cell defines it; ask for it.")
    else:
        repaired.absent.append(ours["id"])


def report_absent(repaired: Repaired) -> None:
    """One sentence on the exercises that are not in the notebook at all."""
    if repaired.absent:
        several = len(repaired.absent) > 1
        what = "neither the answers nor their checks are" if several else "neither the answer nor its check is"
        repaired.person.append(
            f"{', '.join(repaired.absent)}: {what} in the notebook; it is of an edition without them, or"
            f" {'they' if several else 'both'} were deleted."
        )


def new_notebook(cells: list[Cell], assignment: Assignment) -> Notebook:
    for cell in cells:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    metadata = {"kernelspec": assignment.kernelspec, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def unique_ids(cells: list[Cell]) -> list[Cell]:
    """Give student's cells without a good id one of their own; the instructor's cells have theirs."""
    taken = {cell["id"] for cell in cells if cell["metadata"]}
    for at, cell in enumerate(cells):
        if not cell["metadata"] and (cell["id"] in taken or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])):
            cell["id"] = f"student-{at}"
        taken.add(cell["id"])
    return cells


def fresh(ours: Cell) -> Cell:
    pictures = {"attachments": ours["attachments"]} if ours.get("attachments") else {}
    named = ("cell_type", "id", "metadata", "source")
    return {name: ours[name] for name in named} | pictures
