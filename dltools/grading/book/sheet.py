"""CSV of any spreadsheet and platform: read cell by cell, and changed without touching a byte more."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from dltools.grading.model import GradingError
from dltools.grading.reading.names import nfc

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
WINDOWS = "Windows-1252"
LETTERS = {byte: bytes([byte]).decode("cp1252") for byte in range(128, 256) if byte not in (129, 141, 143, 144, 157)}
"""Of Windows-1252; the five bytes that it does not have stay as they are."""
NAMED = re.compile(r"\ufeff?sep=([,;\t])[ \t]*[\r\n]", re.IGNORECASE)
"""A first line that names the delimiter to Excel."""
LARGEST = 50_000_000
"""Bytes of a class list or a gradebook."""


@dataclass
class Cell:
    """One cell: what it says, and where it stands in the text of the sheet."""

    value: str
    start: int
    end: int


@dataclass
class Sheet:
    """A CSV: its text with all that is not content, its rows, and what it is written with."""

    path: Path
    text: str
    rows: list[list[Cell]]
    delimiter: str
    encoding: str

    @property
    def header(self) -> list[str]:
        return [cell.value.strip() for cell in self.rows[0]]

    def values(self, row: list[Cell]) -> list[str]:
        """The row's cells without blanks around them, as many as the header has."""
        cells = [cell.value.strip() for cell in row]
        return cells + [""] * (len(self.rows[0]) - len(cells))

    def changed(self, changes: list[tuple[Cell, str]]) -> bytes:
        """The file's bytes with other values in some cells; every other byte is as it was."""
        text = self.text
        for cell, value in sorted(changes, key=lambda change: change[0].start, reverse=True):
            text = text[: cell.start] + self.quoted(value) + text[cell.end :]
        return encode(text, self.encoding)

    def quoted(self, value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if re.search(f'["\r\n{self.delimiter}]', value) else value


def read_sheet(path: Path) -> Sheet:
    """Read a CSV with comma, semicolon or tab, in UTF-8, UTF-16 or Windows-1252.

    Raises:
        GradingError: if it is not there, cannot be read, or is no table.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GradingError(f"{path} cannot be read ({error.strerror}).") from error
    if content.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")) or len(content) > LARGEST:
        raise GradingError(f"{path} is no CSV; in the spreadsheet, save it as CSV (UTF-8).")
    text, encoding = decode(content)
    named = NAMED.match(text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = named[1] if named else max(",;\t", key=lambda sign: (outside_quotes(first).count(sign), sign == ","))
    rows = [row for row in split(text, delimiter)[bool(named) :] if any(cell.value.strip() for cell in row)]
    if not rows:
        raise GradingError(f"{path} is empty.")
    return Sheet(path, text, rows, delimiter, encoding)


def decode(content: bytes) -> tuple[str, str]:
    """Text and encoding, so that encoding the text gives the same bytes; a byte-order mark stays in the text."""
    for mark, encoding in MARKS.items():
        if content.startswith(mark) and is_in(content, encoding):
            return content.decode(encoding), encoding
    if is_in(content, "utf-8"):
        return content.decode(), "utf-8"
    return "".join(LETTERS.get(byte, chr(byte)) for byte in content), WINDOWS


def is_in(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def split(text: str, delimiter: str) -> list[list[Cell]]:
    """The rows of a CSV (RFC 4180), each cell with its place; blanks before a quote are allowed."""
    sign = re.escape(delimiter)
    blank = "[ ]*" if delimiter == "\t" else r"[ \t]*"
    cell = re.compile(rf'{blank}"((?:[^"]|"")*)"[^{sign}\r\n]*|([^{sign}\r\n]*)')
    rows: list[list[Cell]] = [[]]
    at = 1 if text.startswith("\ufeff") else 0
    while at <= len(text):
        found = cell.match(text, at)
        assert found is not None  # the second half matches the empty text
        quoted = found[1] is not None
        value = found[1].replace('""', '"') if quoted else found[2]
        rows[-1].append(Cell(nfc(value), at, found.end()))
        at = found.end()
        if text.startswith(delimiter, at):
            at += 1
        elif at < len(text):
            at += 2 if text.startswith("\r\n", at) else 1
            rows.append([])
        else:
            break
    return rows


def encode(text: str, encoding: str) -> bytes:
    """The bytes that `decode` read."""
    if encoding != WINDOWS:
        return text.encode(encoding)
    back = {letter: byte for byte, letter in LETTERS.items()}
    return bytes(back.get(letter, ord(letter)) for letter in text)
