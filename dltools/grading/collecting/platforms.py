"""Whose a file is, by what each platform writes: one function a platform, each with the rule that it follows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import yaml

from dltools.grading.collecting.unpack import Download, Item, Path_
from dltools.grading.reading.files import NOTEBOOK
from dltools.grading.reading.names import letters

MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_(?P<rest>.*))?")
FILED = r"_(?:(?:question_\d+_)?(?P<attachment>\d+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))"
CANVAS = re.compile(rf"(?P<name>.+?)_(?P<late>LATE_)?(?P<number>\d+){FILED}", re.IGNORECASE)
ANONYMOUS = re.compile(rf"(?P<late>LATE_)?(?P<code>anon_[A-Za-z0-9]{{5}}){FILED}")
BLACKBOARD = re.compile(r"(?P<prefix>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)")
RECEIPT = re.compile(r"^\s*Name:\s*(?P<name>.+?)\s*\((?P<user>[^()\s]+)\)\s*$", re.MULTILINE)
EXCHANGE = re.compile(
    r"(?P<student>[^+]+)\+(?P<unit>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC(?:\+.*)?"
)
COPY = r"(?:copy|kopie|copie|copia) (?:\d+ )?(?:of|von|de) "
"""What Drive and Colab put before the name of a copy."""
METADATA = "submission_metadata.yml"


@dataclass(frozen=True)
class Owner:
    """What a platform says of the student of a file."""

    key: str
    """The same for all files of one student of this download, and of nobody else's."""
    platform: str = ""
    id: str = ""
    name: str = ""
    squeezed: str = ""
    """Last and first name as Canvas writes them: small letters without blanks."""
    email: str = ""
    number: str = ""
    attachment: str = ""
    stands: str = ""
    """The name of the platform's folder or file, which some want back."""
    time: datetime | None = None
    late: bool = False

    def __str__(self) -> str:
        said = self.name or self.id or self.email or self.squeezed or self.key
        return f"{said} ({self.number})" if self.number else said


@dataclass
class Claim:
    """A file, whose it is (None: nobody can tell), and its path among that student's files."""

    item: Item
    owner: Owner | None
    path: Path_


def claims(download: Download, unit: str, is_known: Callable[[str], bool], zone: tzinfo | None) -> list[Claim]:
    """Every file of a download with its owner, by the first platform whose rule it follows.

    Args:
        download: opened.
        unit: its name.
        is_known: whether a folder's name is a student's.
        zone: of the times that name none; None is this machine's.
    """
    items = unwrapped(download.items, unit, is_known)
    rules = [gradescope(items), blackboard(items, zone), moodle, canvas, exchange, email]
    rules += [drive(unit), github(items, unit)]
    found: list[Claim] = []
    for item in items:
        answers = next((answers for rule in rules if (answers := list(rule(item)))), [])
        found += answers or [plain(item, unit)]
    return [timed(claim) for claim in found if claim.path]


def timed(claim: Claim) -> Claim:
    """A file of which the platform says when it was handed in was changed then, so that the later attempt counts."""
    if claim.owner and claim.owner.time:
        claim.item = replace(claim.item, time=claim.owner.time.timestamp())
    return claim


def unwrapped(items: list[Item], unit: str, is_known: Callable[[str], bool]) -> list[Item]:
    """Without the folders around all of it: a zip that was zipped again, an export's own folder."""
    while len({item.path[0] for item in items}) == 1 and is_wrapper([item.path for item in items], unit):
        if is_known(items[0].path[0]):
            break
        items = [replace(item, path=item.path[1:]) for item in items]
    return items


def is_wrapper(paths: list[Path_], unit: str) -> bool:
    """Whether the one folder around everything is the download's, not a student's."""
    if any(len(path) < 2 for path in paths) or any(pattern.fullmatch(paths[0][0]) for pattern in (MOODLE, EXCHANGE)):
        return False
    inside = {path[1] for path in paths}
    patterns = (MOODLE, ANONYMOUS, CANVAS, BLACKBOARD, EXCHANGE)
    if METADATA in inside or any(pattern.fullmatch(name) for pattern in patterns for name in inside):
        return True
    if any(re.search(rf" - (?:{COPY})?{re.escape(unit)}", path[-1], re.IGNORECASE) for path in paths):
        return True  # Google Classroom's copies, in the folders of a Drive
    folders = {path[1] for path in paths if len(path) > 2}
    if folders & {"course", "work", "dltools", unit} or not folders:
        return any(name.endswith(".eml") or name.startswith(f"{unit}_") for name in inside)
    return len(folders) > 1 or all(path[2] == unit for path in paths if len(path) > 2)


Rule = Callable[[Item], Iterator[Claim]]


def gradescope(items: list[Item]) -> Rule:
    """The export's submission_metadata.yml: each folder's submitters (name, sid, email) and when it was handed in."""
    metadata: dict[str, Any] = {}
    for item in items:
        if item.path == (METADATA,):
            metadata = read_yaml(item.file)

    def rule(item: Item) -> Iterator[Claim]:
        if item.path == (METADATA,) and metadata:
            yield Claim(item, None, ())
            return
        entry = metadata.get(item.path[0])
        entry = entry if isinstance(entry, dict) else {}
        submitters = entry.get(":submitters")
        for who in submitters if isinstance(submitters, list) else ():
            said = {name: str(who.get(f":{name}") or "").strip() for name in ("name", "sid", "email")}
            owner = Owner(
                f"gradescope {said['email'] or said['sid'] or said['name']}",
                "gradescope",
                id=said["sid"],
                name=said["name"],
                email=said["email"],
                number=item.path[0].rpartition("_")[2],
                stands=item.path[0],
                time=aware(entry.get(":created_at")),
            )
            yield Claim(item, owner, item.path[1:])

    return rule


def read_yaml(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def aware(time: object) -> datetime | None:
    """A time of YAML, which means UTC where it has no zone."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time.strip().replace(" UTC", "+00:00").replace(" Z", "+00:00"))
        except ValueError:
            return None
    if not isinstance(time, datetime):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def blackboard(items: list[Item], zone: tzinfo | None) -> Rule:
    """ASSIGNMENT_USER_attempt_TIME_FILE, and a receipt ASSIGNMENT_USER_attempt_TIME.txt that names the user."""
    matches = [match for item in items if len(item.path) == 1 and (match := BLACKBOARD.fullmatch(item.name))]
    receipts: dict[str, tuple[str, str]] = {}
    for item in items:
        match = BLACKBOARD.fullmatch(item.name)
        if match and not match["file"] and (found := RECEIPT.search(head(item.file))):
            receipts[match["prefix"]] = found["user"], found["name"]
    common = common_start([match["prefix"] for match in matches])

    def rule(item: Item) -> Iterator[Claim]:
        match = BLACKBOARD.fullmatch(item.path[0])
        if not match:
            return
        prefix = match["prefix"]
        user, name = receipts.get(prefix, (prefix[len(common) :] or prefix.rpartition("_")[2], ""))
        time = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S")
        time = time.replace(tzinfo=zone) if zone else time.astimezone()
        owner = Owner(f"blackboard {user}", "blackboard", id=user, name=name, stands=prefix, time=time)
        yield Claim(item, owner, (match["file"], *item.path[1:]) if match["file"] else ())

    return rule


def common_start(names: list[str]) -> str:
    """The assignment's title that all names begin with, up to its last "_"; "" for a single name."""
    different = sorted(set(names))
    if len(different) < 2:
        return ""
    first, last = different[0], different[-1]
    same = next((at for at, pair in enumerate(zip(first, last)) if pair[0] != pair[1]), min(len(first), len(last)))
    return first[: first[:same].rfind("_") + 1]


def head(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(4000).decode("utf-8", "replace")


def moodle(item: Item) -> Iterator[Claim]:
    """Full name_NUMBER_assignsubmission_file[_], a folder or, without folders, the beginning of the file's name."""
    if match := MOODLE.fullmatch(item.path[0]):
        key, name = f"moodle {match['number']}", match["name"]
        owner = Owner(key, "moodle", name=name, number=match["number"], stands=item.path[0])
        own = (match["rest"],) if match["rest"] else ()
        yield Claim(item, owner, own + item.path[1:])


def canvas(item: Item) -> Iterator[Claim]:
    """lastfirst_[LATE_]USER_ATTACHMENT_NAME, or [LATE_]anon_CODE_ATTACHMENT_NAME (canvas-lms, content_zipper.rb).

    The attachment's own name may have got a -1; of a text or an address that was handed in there is only a page.
    """
    if match := ANONYMOUS.fullmatch(item.path[0]):
        owner = Owner(f"canvas {match['code']}", "canvas", id=match["code"])
    elif match := CANVAS.fullmatch(item.path[0]):
        owner = Owner(f"canvas {match['number']}", "canvas", squeezed=match["name"], number=match["number"])
    else:
        return
    late, attachment = bool(match["late"]), match["attachment"] or ""
    owner = replace(owner, attachment=attachment, stands=item.path[0], late=late)
    yield Claim(item, owner, (match["file"] or match["page"], *item.path[1:]))


def exchange(item: Item) -> Iterator[Claim]:
    """nbgrader's exchange, inbound/: STUDENT+UNIT+TIME UTC[+HASH]/."""
    if match := EXCHANGE.fullmatch(item.path[0]):
        time = datetime.fromisoformat(match["time"]).replace(tzinfo=UTC)
        owner = Owner(f"exchange {match['student']}", "nbgrader", id=match["student"], stands=item.path[0], time=time)
        yield Claim(item, owner, item.path[1:])


def email(item: Item) -> Iterator[Claim]:
    """An attachment of a saved email (.eml): its sender."""
    if item.sender:
        time = datetime.fromtimestamp(item.sent, UTC) if item.sent is not None else None
        yield Claim(item, Owner(f"email {item.sender}", "email", email=item.sender, time=time), item.path[-1:])


def github(items: list[Item], unit: str) -> Rule:
    """GitHub Classroom: a repository a student, ASSIGNMENT-USER/; the assignment's name is what all begin with."""
    folders = sorted({item.path[0] for item in items if len(item.path) > 1})
    same = common_prefix(folders)
    start = same if len(folders) > 1 and letters(unit) in letters(same) else f"{unit}-"

    def rule(item: Item) -> Iterator[Claim]:
        folder = item.path[0]
        if len(item.path) > 1 and folder.startswith(start) and len(folder) > len(start):
            user = folder[len(start) :]
            yield Claim(item, Owner(f"github {user}", "github", id=user, stands=folder), item.path[1:])

    return rule


def common_prefix(names: list[str]) -> str:
    """What all names begin with, up to its last "-"."""
    if not names:
        return ""
    first, last = names[0], names[-1]
    same = next((at for at, pair in enumerate(zip(first, last)) if pair[0] != pair[1]), min(len(first), len(last)))
    return first[: first[:same].rfind("-") + 1]


def drive(unit: str) -> Rule:
    """Google Classroom's copies in a Drive folder: Full name - TITLE; and `dltools submit`: UNIT_STUDENT."""
    named = re.compile(rf"(?P<name>.+?) - (?:{COPY})?{re.escape(unit)}.*\.(ipynb|py)", re.IGNORECASE)
    packed = re.compile(rf"{re.escape(unit)}_(?P<id>[\w.@-]+?)(\.ipynb)?")

    def rule(item: Item) -> Iterator[Claim]:
        if match := named.fullmatch(item.path[0]):
            yield Claim(item, Owner(f"drive {match['name']}", "google", name=match["name"]), item.path)
        elif match := packed.fullmatch(item.path[0]):
            owner = Owner(f"plain {match['id']}", "submit", id=match["id"])
            yield Claim(item, owner, item.path[1:] or (f"{unit}.ipynb",))

    return rule


def plain(item: Item, unit: str) -> Claim:
    """No platform's rule: the folder, or the file's name, is the student's id, unless it is only the unit's name."""
    first = item.path[0]
    word = first if len(item.path) > 1 else first.rpartition(".")[0] or first
    if is_unit_name(word, unit) or (len(item.path) == 1 and not NOTEBOOK.search(first.lower())):
        return Claim(item, None, item.path)
    path = item.path[1:] or item.path
    path = path[1:] if len(path) > 1 and path[0] == unit else path
    return Claim(item, Owner(f"plain {word}", "folder", id=word, name=word), path)


def is_unit_name(word: str, unit: str) -> bool:
    """Whether a name is the unit's, a copy's of it (" (1)", "-Copy1", "Copy of ..."), or says nobody's name."""
    own = re.sub(
        r"(\s*\(\d+\)|[-_ ]+(copy|kopie|copie)[-_ ]*\d*|[-_]\d+|-release-\d+)+$", "", word, flags=re.IGNORECASE
    )
    own = re.sub(rf"^(?:{COPY})+", "", own, flags=re.IGNORECASE)
    own = re.sub(r"\.(ipynb|py)$", "", own, flags=re.IGNORECASE)
    short = unit.partition("-")[0]
    return letters(own) in {letters(unit), letters(short), "course", "work", "notebook", "untitled", ""}
