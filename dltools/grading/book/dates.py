"""Dates with times in any language, as Moodle's worksheet has them; read only where one meaning is left.

Moodle writes them in the language of who downloads ("Sonntag, 31. Januar 2027, 23:59"). The months, the days of the
week and the halves of the day are those of Unicode's CLDR, by Babel.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

from babel import Locale
from babel.localedata import locale_identifiers

from dltools.grading.reading.names import nfc

CLOCK = re.compile(r"(?<![\d.:])(\d{1,2})[:.h](\d\d)(?::(\d\d))?(?![.:]?\d)")
EASTERN = re.compile(r"(\d+)\s*[年년]\s*(\d+)\s*[月월]\s*(\d+)\s*[日일]")
AROUND = ("at", "à", "às", "alle", "kl", "klo", "o", "om", "um", "uhr", "в")
"""Words beside the time of day that Babel does not give."""
MANY = 6
"""So many times, all from 1 to 12 o'clock, are those of a clock of twelve hours, whose halves are not said."""

Words = dict[str, tuple[str, int]]
"""What words mean: ("month", 1 to 12), ("day", 0 to 6 from Monday on), ("half", 0 or 12 hours), ("", 0)."""


def read_times(texts: Sequence[str]) -> list[datetime] | None:
    """The times of one column, all in one language; None if they can be meant in no way, or in two.

    Args:
        texts: such as "Sonntag, 31. Januar 2027, 23:59".
    """
    for languages in (["en"], sorted(name for name in locale_identifiers() if "_" not in name)):
        found = {times for language in languages for times in readings(texts, language)}
        if found:
            return list(found.pop()) if len(found) == 1 else None
    return None


def readings(texts: Sequence[str], language: str) -> Iterator[tuple[datetime, ...]]:
    """What the whole column may mean in a language, by the two orders of day and month."""
    for day_first in (True, False):
        found = []
        for text in texts:
            if (one := moment(text, language, day_first)) is None:
                break
            found.append(one)
        else:
            if not is_half_a_clock(found):
                yield tuple(time for time, _ in found)


def is_half_a_clock(found: Sequence[tuple[datetime, bool]]) -> bool:
    return len(found) >= MANY and not any(said for _, said in found) and all(1 <= time.hour <= 12 for time, _ in found)


def moment(text: str, language: str, day_first: bool) -> tuple[datetime, bool] | None:
    """The time, and whether it says the half of the day; None if the language does not have all of its words."""
    clocks, plain = CLOCK.findall(text), simplified(CLOCK.sub(" ", EASTERN.sub(r"\1-\2-\3 ", text)))
    meanings, pattern = vocabulary(language)
    said = [meanings[word] for word in pattern.findall(plain)]
    rest = pattern.sub(" ", plain)
    date = date_of(re.findall(r"\d+", rest), [value for kind, value in said if kind == "month"], day_first)
    if len(clocks) != 1 or date is None or re.search(r"[^\W\d_]", rest):
        return None
    hour, minute, second = (int(part or 0) for part in clocks[0])
    halves = [value for kind, value in said if kind == "half"]
    try:
        time = datetime(*date, hour % 12 + halves[0] if halves else hour, minute, second)
    except ValueError:
        return None
    is_day = all(time.weekday() == value for kind, value in said if kind == "day")
    return (time, bool(halves)) if is_day and len(halves) < 2 else None


def date_of(numbers: list[str], months: list[int], day_first: bool) -> tuple[int, int, int] | None:
    """Year, month and day of a date's numbers; None if they are not a date's."""
    years = [int(number) for number in numbers if len(number) == 4]
    others = [int(number) for number in numbers if len(number) != 4]
    if len(years) != 1 or len(months) > 1 or len(others) + len(months) != 2:
        return None
    if months:
        return years[0], months[0], others[0]
    year_first = len(numbers[0]) == 4
    month, day = others if year_first or not day_first else reversed(others)
    return years[0], month, day


@cache
def vocabulary(language: str) -> tuple[Words, re.Pattern[str]]:
    """The words of dates in a language, and a pattern that finds them, the longest first."""
    locale, words = Locale.parse(language), Words()
    for width in ("wide", "abbreviated"):
        for use in ("format", "stand-alone"):
            for kind, names in (("month", locale.months), ("day", locale.days)):
                for value, name in names[use][width].items():
                    words.setdefault(simplified(name), (kind, value))
            periods = locale.day_periods.get(use, {}).get(width, {})
            for value, name in ((0, "am"), (12, "pm")):
                words.setdefault(simplified(periods.get(name, name)), ("half", value))
    formats = "".join(locale.date_formats[length].pattern for length in ("full", "long"))
    for name in [*AROUND, *re.findall(r"'([^']+)'", formats)]:
        words.setdefault(simplified(name), ("", 0))
    words.pop("", None)
    longest = sorted(words, key=len, reverse=True)
    return words, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")


def simplified(text: str) -> str:
    """In small letters, with single blanks and without the full stops of abbreviations."""
    return re.sub(r"(?<=[^\W\d_])\.", "", " ".join(nfc(text).casefold().split()))
