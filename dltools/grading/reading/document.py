"""From a file's bytes to the cells of a notebook, whatever happened to it on its way."""

import codecs
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from dltools.running import cells as nb

SMALL = 2_000_000
"""Bytes that are read at once; more are read in a process with limits, for JSON can take forty times its size."""
MEMORY, SECONDS = 3 << 30, 60
MOST_CELLS = 10_000
CELL_TYPES = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown", "html": "markdown"}
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
SOLVED = re.compile(r"<b>(\w+): solved, ")
"""How a verdict of all points begins (checks/verdict.py)."""
DEFINITIONS = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
CELL = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|metadata|outputs|source)"')
"""How a cell begins in a file."""
MOST_DAMAGES = 100
CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
KINDS = {
    rb"PK\x03\x04": "a zip file",
    rb"\x1f\x8b": "a gzip file",
    rb"%PDF-": "a PDF",
    rb"\s*<(?:!doctype|html)": "a web page",
    rb"\{\\rtf": "a text of a word processor",
    rb"bplist": "a placeholder of a file that iCloud has not loaded",
    rb"version https://git-lfs": "a pointer of Git LFS",
    rb'\s*\{\s*"(?:url|doc_id)"': "a link to Google Drive",
}
"""How files begin that are handed in for notebooks."""
IMPORTS = re.compile(r"^from\s+\S+\s+import\s+\(?([\w\s,]+)", re.MULTILINE)


@dataclass
class Reading:
    """One file's cells, what was mended to get at them, and what else it tells."""

    cells: list[dict[str, Any]]
    repairs: list[str] = field(default_factory=list)
    damage: str = ""
    """What is wrong with the file, if cells were perhaps lost by that; it follows "The file"."""
    solved: list[str] = field(default_factory=list)
    """The exercises whose check, as the student saved the notebook, shows all points."""


def read(content: bytes) -> Reading:
    """The cells in a file's bytes.

    Raises:
        ValueError: if there are none; the sentence says what the file is instead.
    """
    return read_at_once(content) if len(content) <= SMALL else read_apart(content)


def read_apart(content: bytes) -> Reading:
    """`read_at_once` in a process of its own, with limits of time and memory."""
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=3 * SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ValueError("takes too long to read") from error
    if done.returncode:
        raise ValueError("is too large or too deep to be read as a notebook")
    answer = json.loads(done.stdout)
    if isinstance(answer, str):
        raise ValueError(answer)
    return Reading(**answer)


def main() -> None:
    """Read standard input; write the reading, or the sentence that says why there is none."""
    limit_this_process()
    try:
        answer: Any = asdict(read_at_once(sys.stdin.buffer.read()))
    except ValueError as error:
        answer = str(error)
    json.dump(answer, sys.stdout)


def limit_this_process() -> None:
    try:
        import resource  # not on Windows, where the clock outside is all there is
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def read_at_once(content: bytes) -> Reading:
    """As `read`, in this process."""
    if not content.strip():
        raise ValueError("is empty")
    if found := next((kind for start, kind in KINDS.items() if re.match(start, content, re.IGNORECASE)), ""):
        raise ValueError(f"is {found} and not a notebook")
    text, repairs = decode(content)
    try:
        document, damage = json.loads(text, strict=False), ""
    except (ValueError, RecursionError):
        document, damage = salvage(text)
        repairs.append(f"the file {damage or 'is damaged'}: {len(document['cells'])} cells could be read")
    cells = as_cells(document, repairs)
    solved = {name for cell in document.get("cells", ()) for name in solved_in(cell)}
    return Reading(cells, repairs, damage, sorted(solved))


def solved_in(cell: Any) -> list[str]:
    """The exercises of which the cell's saved outputs say that they are solved; none, whatever else is there."""
    outputs = cell.get("outputs") if isinstance(cell, dict) else None
    bundles = [one.get("data") for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    shown = [str(bundle.get("text/html")) for bundle in bundles if isinstance(bundle, dict)]
    return [name for html in shown for name in SOLVED.findall(html)]


def decode(content: bytes) -> tuple[str, list[str]]:
    """Bytes to text by the byte-order mark, else as UTF-8, else as Windows writes it."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", "replace"), ["read as UTF-8 with a byte-order mark"]
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return content.decode("utf-32", "replace"), ["read as UTF-32"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), ["read as UTF-16"]
    if b"\0" in content[:4]:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace"), ["read as UTF-16"]
    try:
        return content.decode(), []
    except UnicodeDecodeError as error:
        if error.end >= len(content) - 3:
            return content.decode(errors="ignore"), []
        return content.decode("cp1252", "replace"), ["read as Latin-1"]


def salvage(text: str) -> tuple[dict[str, Any], str]:
    """The complete cells of a damaged notebook, and what is wrong with it if there were perhaps more."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    at = end = start.end() if start else len(text)
    cells: list[dict[str, Any]] = []
    broken: list[int] = []
    decoder = json.JSONDecoder(strict=False)
    while len(broken) < MOST_DAMAGES and (begun := CELL.search(text, at)):
        try:
            found, at = decoder.raw_decode(text, begun.start())
        except (ValueError, RecursionError):
            at = begun.end()
            broken.append(at)
            continue
        if "cell_type" in found:
            cells.append(found)
            end = at
    if not cells:
        raise ValueError("is not a notebook")
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, damage_of(text, end, broken)


def damage_of(text: str, end: int, broken: list[int]) -> str:
    """What is wrong with a file; "" where no cell can be lost.

    Args:
        text: of the file.
        end: of its last cell that could be read.
        broken: where cells begin that could not.
    """
    if conflict := CONFLICT.search(text):
        return f"has the marks of a Git merge in line {line_of(text, conflict.start())}"
    if not broken and re.match(r"[\s,]*\]", text[end : end + 100]):
        return ""
    if broken and text.rstrip().endswith("}"):
        return f"is damaged after line {line_of(text, broken[0])}"
    return "is cut off"


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def as_cells(document: Any, repairs: list[str]) -> list[dict[str, Any]]:
    """The document's cells in today's format, without outputs."""
    if not isinstance(document, dict) or not ("cells" in document or "worksheets" in document):
        raise ValueError("is not a notebook")
    version = document.get("nbformat", 4)
    if "worksheets" in document:
        import nbformat  # slow to import, and only for notebooks of before 2015

        repairs.append(f"converted from notebook format {version}")
        document = nbformat.convert(nbformat.from_dict({"metadata": {}, "nbformat_minor": 0, **document}), 4)
    elif version != 4:
        repairs.append(f"read as notebook format 4 instead of {version}")
    found = document["cells"] if isinstance(document["cells"], list) else []
    cells = [as_cell(cell) for cell in found if isinstance(cell, dict)]
    if not cells:
        raise ValueError("is a notebook without cells")
    if len(cells) > MOST_CELLS:
        raise ValueError(f"has {len(cells):,} cells, more than {MOST_CELLS:,}")
    return cells


def as_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell with what matters: type, id, source, pasted pictures, nbgrader's metadata."""
    return {
        "cell_type": CELL_TYPES.get(str(cell.get("cell_type", "")), "raw"),
        "id": whole(str(cell.get("id", ""))),
        "source": text_of(cell.get("source", cell.get("input", ""))),
        "attachments": pictures(cell.get("attachments")),
        "nbgrader": json.loads(json.dumps(dict(nb.nbgrader(cell)))),
        "grade_id": whole(nb.grade_id(cell)),
    }


def text_of(source: Any) -> str:
    """A cell's text, which may be a list of lines, with or without their ends; line ends are Python's."""
    if source is None:
        return ""
    if isinstance(source, list):
        lines = [str(line) for line in source]
        ended = any(line.endswith(("\n", "\r")) for line in lines[:-1])
        source = ("" if ended else "\n").join(lines)
    return whole(str(source)).replace("\r\n", "\n").replace("\r", "\n")


def whole(text: str) -> str:
    """Text without halves of characters, which no file and no gradebook can keep."""
    return text.encode("utf-8", "replace").decode()


def pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures that were pasted into a cell, by name."""
    found: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        kept = {kind: text_of(bundle[kind]) for kind in PICTURES if isinstance(bundle, dict) and kind in bundle}
        found |= {whole(str(name)): {kind: data for kind, data in kept.items() if is_base64(data)}} if kept else {}
    return {name: bundle for name, bundle in found.items() if bundle}


def is_base64(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9+/=\s]*", text) is not None


def defined_names(source: str) -> set[str]:
    """The names that a cell gives a value at its top level: functions, classes, variables, what it imports by name."""
    names = {name for pair in DEFINITIONS.findall(source) for name in pair if name}
    for imported in IMPORTS.findall(source):
        names |= {part.split()[-1] for part in imported.split(",") if part.split()}
    return names


if __name__ == "__main__":
    main()
