"""Opening a download, whatever is in it: bounded, no name leads outside, one damaged file costs no other."""

import lzma
import os
import stat
import time
import zipfile
import zlib
from dataclasses import dataclass, field
from email import message_from_binary_file, policy
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from dltools.grading.model import GradingError
from dltools.grading.reading.files import printable_name
from dltools.grading.reading.names import nfc
from dltools.running.files import JUNK

LARGEST, LARGEST_INNER, MOST = 4_000_000_000, 500_000_000, 200_000
"""Bytes that one download, and a zip in it with all zips inside, may unpack to; files of a download."""
DEEPEST_ZIP, DEEPEST = 4, 40
"""Zips in zips, and folders in folders, that are opened."""
STRANGE = (".rar", ".7z", ".tar", ".gz", ".tgz", ".xz", ".bz2")
BLOCK = 1 << 20
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What Python's zipfile raises for zips that are damaged, encrypted or packed in a way that it does not know."""

Path_ = tuple[str, ...]


class TooMuch(ValueError):
    """A zip that unpacks to more than it may."""


@dataclass
class Item:
    """One file of a download: where it stood, zips counted as folders, where its bytes lie, and when it was changed."""

    path: Path_
    file: Path
    time: float
    sender: str = ""
    """Of an email's attachment: the address that it came from."""
    sent: float | None = None

    @property
    def name(self) -> str:
        return self.path[-1]

    def __str__(self) -> str:
        return printable_name("/".join(self.path))


@dataclass
class Download:
    """The files of a download, and a sentence for each that a person must see to."""

    folder: Path
    """Where unpacked bytes may lie."""
    items: list[Item] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    bytes_left: int = LARGEST
    written: int = 0

    def new_file(self) -> Path:
        """A name of its own for some unpacked bytes: what the download calls them never becomes a name on the disk."""
        self.written += 1
        return self.folder / str(self.written)


def open_download(source: Path, folder: Path) -> Download:
    """Every file of a folder or zip, and of the zips and emails in it; nothing in `source` is changed.

    Args:
        source: what the platform gave.
        folder: empty; unpacked bytes go there.

    Raises:
        GradingError: if it is neither a folder nor a zip, or unpacks to too much.
    """
    download = Download(folder)
    if source.is_dir():
        walk(source, download)
    elif source.is_file() and zipfile.is_zipfile(source):
        try:
            unzip(Item((), source, source.stat().st_mtime), download, 0)
        except DAMAGE as error:
            raise GradingError(f"{source} cannot be unpacked ({reason(error)}); download it again.") from error
    else:
        raise GradingError(f"{source} is neither a folder nor a zip.")
    return download


def walk(source: Path, download: Download) -> None:
    for here, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in JUNK and not name.startswith(".git"))
        for name in [*names, *(name for name in folders if (Path(here) / name).is_symlink())]:
            file = Path(here) / name
            path = tuple(nfc(part) for part in file.relative_to(source).parts)
            status = file.lstat()
            if stat.S_ISREG(status.st_mode):
                take(Item(path, file, status.st_mtime), download, 0)
            else:
                download.strange.append(f"{printable_name('/'.join(path))} is no file but a link or a pipe: left out.")


def take(item: Item, download: Download, depth: int) -> None:
    """Keep a file, or open it if it holds others; what cannot be opened is kept and told."""
    if set(item.path) & set(JUNK) or item.name.startswith("._"):
        return
    if len(download.items) >= MOST:
        raise GradingError(f"The download has more than {MOST:,} files.")
    name = item.name.lower()
    if name.endswith(".zip"):
        open_inner(item, download, depth)
        return
    if name.endswith(".eml"):
        attachments(item, download, depth)
        return
    if name.endswith(STRANGE):
        download.strange.append(f"{item} is an archive that cannot be opened here; unpack it, or ask for a zip.")
    download.items.append(item)


def open_inner(item: Item, download: Download, depth: int) -> None:
    """Open a zip in the download; what is in it counts against a bound of its own too."""
    if depth >= DEEPEST_ZIP:
        download.strange.append(f"{item} lies in {depth} zips and was not opened.")
        download.items.append(item)
        return
    spare = max(0, download.bytes_left - LARGEST_INNER) if depth == 0 else 0
    download.bytes_left -= spare
    try:
        unzip(item, download, depth + 1)
    except DAMAGE as error:
        download.strange.append(f"{item} cannot be unpacked ({reason(error)}); ask the student for it.")
        download.items.append(item)
    finally:
        download.bytes_left += spare


def unzip(item: Item, download: Download, depth: int) -> None:
    """Take every entry of a zip; one that is damaged, or whose name leads outside, is told and left out."""
    inside = (*item.path[:-1], stem(item.name)) if item.path else ()
    with zipfile.ZipFile(item.file) as archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise RuntimeError("it is encrypted")
        for entry in entries:
            where = printable_name(f"{item}/{entry.filename}" if item.path else entry.filename)
            if entry.is_dir():
                continue
            if why := refused(entry):
                download.strange.append(f"{where} was left out: {why}.")
                continue
            path = inside + tuple(nfc(part) for part in entry.filename.replace("\\", "/").split("/") if part != ".")
            try:
                file = unpacked(archive, entry, download)
            except TooMuch:
                raise
            except DAMAGE as error:
                download.strange.append(f"{where} cannot be unpacked ({reason(error)}); ask the student for it.")
                continue
            take(Item(path, file, moment(entry)), download, depth)


def refused(entry: zipfile.ZipInfo) -> str:
    """Why an entry must not be taken; "" if it may."""
    parts = entry.filename.replace("\\", "/").split("/")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link"
    if ".." in parts or not parts[0] or parts[0][1:] == ":" or parts[0][1:2] == ":":
        return "its name leads outside of the zip"
    if not all(parts):
        return "its name is empty"
    return f"it lies in more than {DEEPEST} folders" if len(parts) > DEEPEST else ""


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, download: Download) -> Path:
    """The file that holds an entry's bytes, counted as they come: what a zip says of its sizes may be wrong.

    Raises:
        TooMuch: if there are more bytes than there may be.
    """
    file = download.new_file()
    with archive.open(entry) as source, file.open("wb") as target:
        while block := source.read(BLOCK):
            download.bytes_left -= len(block)
            if download.bytes_left < 0:
                raise TooMuch("it unpacks to too many bytes")
            target.write(block)
    return file


def attachments(item: Item, download: Download, depth: int) -> None:
    """The files that came with an email, with its sender and date."""
    try:
        with item.file.open("rb") as file:
            message = message_from_binary_file(file, policy=policy.default)
        sender = parseaddr(str(message["From"] or ""))[1]
        sent = parsedate_to_datetime(str(message["Date"])).timestamp() if message["Date"] else None
        parts = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]
        forwards = any(part.get_content_type() == "message/rfc822" for part in message.iter_attachments())
    except Exception as error:  # the parser raises whatever a strange message makes it raise
        download.strange.append(f"{item} cannot be read as an email ({type(error).__name__}).")
        return
    before = len(download.items)
    for name, content in parts:
        if name and isinstance(content, bytes):
            place = download.new_file()
            place.write_bytes(content)
            take(Item((*item.path, nfc(Path(name).name)), place, sent or item.time), download, depth + 1)
    for taken in download.items[before:]:
        taken.sender, taken.sent = sender, sent
    if forwards:  # whoever sends an email can write any sender into the one in it
        download.strange.append(f"{item} forwards another email, which was left out: save that as a file of its own.")
    elif len(download.items) == before:
        download.strange.append(f"{item} is an email without an attachment.")


def moment(entry: zipfile.ZipInfo) -> float:
    """An entry's time, which zips keep as local time."""
    try:
        return time.mktime((*entry.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def stem(name: str) -> str:
    return name[: -len(".zip")] or name
