"""course.toml, beside nbgrader_config.py: a course's time zone, its deadlines, and how its units count together."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

from dateutil import tz

FILE = "course.toml"
TIME = re.compile(r"(20\d\d-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?) ?(.*)")
OFFSET = re.compile(r"[+-]\d\d:?\d\d")
PLACE = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}")
"""A zone's name such as Europe/Berlin; PST and its like are several zones, or one for half the year."""
KEYS = {"time_zone", "due", "weights", "drop_lowest", "absent"}
ABSENT = ("zero", "excused")


@dataclass(frozen=True)
class Course:
    """What course.toml says; a course without the file has no deadlines, and its units count alike."""

    time_zone: str = ""
    """Such as Europe/Berlin: the zone of the deadlines, and of the times that are shown; "" is this machine's."""
    due: dict[str, datetime] = field(default_factory=dict)
    """The deadlines by unit, in UTC."""
    weights: dict[str, float] = field(default_factory=dict)
    """What a unit counts in the course's total; 1 where nothing is said."""
    drop_lowest: int = 0
    """How many of each student's lowest units do not count."""
    absent: str = "zero"
    """Whether a unit that was not handed in counts as zero or not at all ("excused")."""

    @property
    def zone(self) -> tzinfo | None:
        """The zone of the times that are shown; None is this machine's, as `datetime.astimezone` takes it."""
        return tz.gettz(self.time_zone) if self.time_zone else None

    def shown(self, moment: datetime) -> str:
        """A time in UTC and in the course's zone."""
        there = f"in {self.time_zone}" if self.time_zone else "local time"
        local = moment.astimezone(self.zone)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {local:%A %Y-%m-%d %H:%M} ({local:%z}) {there}"


def read_course(folder: Path, units: Iterable[str] = ()) -> Course:
    """The course's own settings, or the usual ones where the folder has no course.toml.

    Args:
        folder: of the file.
        units: all that there are; a name that is none of them is refused. Nothing is refused where none are given.

    Raises:
        ValueError: if the file cannot be meant; the text is one sentence.
    """
    path = folder / FILE
    if not path.is_file():
        return Course()
    try:
        return course_of(tomllib.loads(path.read_text(encoding="utf-8-sig")), set(units))
    except ValueError as error:  # TOML's and Unicode's own are some
        raise ValueError(f"{path}: {error}") from None


def course_of(said: Mapping[str, Any], units: set[str]) -> Course:
    """The settings of a file that was read.

    Raises:
        ValueError: with the first thing that cannot be meant.
    """
    if unknown := sorted(said.keys() - KEYS):
        raise ValueError(f"{unknown[0]} is no setting; there are {', '.join(sorted(KEYS))}.")
    name, due, weights = said.get("time_zone", ""), said.get("due", {}), said.get("weights", {})
    drop, absent = said.get("drop_lowest", 0), said.get("absent", "zero")
    for setting, table in (("due", due), ("weights", weights)):
        if not isinstance(table, dict):
            raise ValueError(f"{setting} is a table: write [{setting}], and below it a line a unit.")
        if units and (strange := sorted(table.keys() - units)):
            raise ValueError(f"[{setting}] names {strange[0]}, and the units are {', '.join(sorted(units))}.")
    zone = zone_of(str(name)) if name else None
    if wrong := [unit for unit, weight in weights.items() if not is_number(weight)]:
        raise ValueError(f"[weights]: {wrong[0]} is no number from 0 on.")
    if not isinstance(drop, int) or not is_number(drop):
        raise ValueError(f"drop_lowest is {drop!r}, and must be a whole number from 0 on.")
    if absent not in ABSENT:
        raise ValueError(f"absent is {absent!r}, and must be one of {', '.join(ABSENT)}.")
    times = {unit: parse_time(str(time), zone) for unit, time in due.items()}
    return Course(str(name), times, weights, drop, absent)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def parse_time(text: str, zone: tzinfo | None = None) -> datetime:
    """A time in UTC.

    Args:
        text: such as "2027-01-31 23:59 UTC", with +01:00 or Europe/Berlin in the place of UTC.
        zone: that is meant where the text names none.

    Raises:
        ValueError: if the text can be meant in two ways, or in none.
    """
    found = TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a date and a time of day; write it as 2027-01-31 23:59 Europe/Berlin.")
    try:
        naive = datetime.fromisoformat(f"{found[1]} {found[2]}")
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time: {error}.") from None
    there = zone_of(found[3]) if found[3] else zone
    if there is None:
        raise ValueError(f"{text!r} has no time zone; add UTC or a name such as Europe/Berlin.")
    moment = naive.replace(tzinfo=there)
    if not tz.datetime_exists(moment) or tz.datetime_ambiguous(moment):
        raise ValueError(f"{text!r} is in the hour when the clocks change; write it in UTC.")
    return moment.astimezone(UTC)


def zone_of(name: str) -> tzinfo:
    """A time zone by its name.

    Raises:
        ValueError: if it is not one that has one meaning.
    """
    if name in ("UTC", "GMT", "Z"):
        return UTC
    if OFFSET.fullmatch(name) and int(name[1:3]) <= 14 and int(name[-2:]) < 60:
        size = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
        return timezone(-size if name[0] == "-" else size)
    found: tzinfo | None = tz.gettz(name) if PLACE.fullmatch(name) else None
    if found:
        return found
    raise ValueError(f"{name!r} is not a time zone; write UTC, +01:00, or a name such as America/Los_Angeles.")


def time_left(moment: datetime, now: datetime) -> str:
    """How far a deadline is, in the greatest unit that says something."""
    return f"in {duration(moment - now)}" if moment > now else f"{duration(now - moment)} ago"


def duration(time: timedelta) -> str:
    """A length of time in words, rounded down."""
    minutes = int(time.total_seconds()) // 60
    for length, name in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * length:
            return f"{minutes // length} {name}s"
    return f"{minutes} minutes" if minutes != 1 else "1 minute"
