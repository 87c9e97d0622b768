"""From what a platform says of a student to the student's id: by numbers, ids and whole names, never by resemblance."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dltools.grading.book.people import Person
from dltools.grading.collecting.platforms import Owner
from dltools.grading.reading.names import letters, nfc

LONGEST = 60
"""Characters of an id that is made here."""


@dataclass
class Identified:
    """The id of each owner by the owner's key, and a sentence for each whose id cannot be told."""

    ids: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    """Owners who are not in the roster."""
    doubtful: list[str] = field(default_factory=list)


def by_roster(owners: Iterable[Owner], people: list[Person]) -> Identified:
    """Each owner's id in the class list; who is not there, or may be two of it, is a person's."""
    found: dict[str, Person] = {}
    result = Identified()
    for owner in owners:
        matches = matching(owner, people)
        if len(matches) == 1:
            found[owner.key] = matches[0]
        elif matches:
            result.doubtful.append(f"{owner} may be {' or '.join(person.id for person in matches)}.")
        else:
            result.unknown.append(str(owner))
    result.doubtful += other_names(owners, found)
    names = {owner.key: owner for owner in owners}
    for person in {person.id: person for person in found.values()}.values():
        keys = [key for key, each in found.items() if each.id == person.id]
        if len(keys) > 1 and len({names[key].platform for key in keys}) < len(keys):
            who = " and ".join(str(names[key]) for key in keys)
            result.doubtful.append(f"{who} may both be {person.id}: files of neither were taken.")
        else:
            result.ids |= dict.fromkeys(keys, person.id)
    return result


def other_names(owners: Iterable[Owner], found: dict[str, Person]) -> list[str]:
    """A sentence where Canvas has people's numbers under other names: of a group it gives one member's number."""
    pairs = [(owner, found[owner.key]) for owner in owners if owner.squeezed and owner.key in found]
    others = [(owner, who) for owner, who in pairs if who.name and letters(owner.squeezed) not in squeezed(who)]
    said = ", ".join(f"{owner} for {who.id}" for owner, who in others)
    return [f"by number, but not by name, {said}: groups? The others of a group have no file."] if said else []


def matching(owner: Owner, people: list[Person]) -> list[Person]:
    """The people of the class list whom the first thing that tells anything agrees with.

    The platform's number where the class list has numbers, then the email address, the id, the whole name.
    """
    own = [person for person in people if person.platform == owner.platform]
    tests: list[tuple[str, Callable[[Person], str]]] = [
        (owner.number, lambda person: person.number if person.platform in ("", owner.platform) else ""),
        (owner.email.casefold(), lambda person: person.email.casefold()),
        (nfc(owner.id.strip()), lambda person: nfc(person.id.strip())),
        (nfc(owner.id.strip()).casefold(), lambda person: nfc(person.id.strip()).casefold()),
        (owner.id.casefold(), lambda person: person.email.casefold()),
        (owner.id.casefold(), lambda person: person.number.casefold()),
    ]
    for said, of in tests:
        if said and (found := [person for person in people if of(person) == said]):
            return agreeing(owner, found)
    if owner.number and own and all(person.number for person in own):
        return []  # the class list is the platform's own, and this number is not in it
    if owner.squeezed:
        return [person for person in people if letters(owner.squeezed) in squeezed(person)]
    return [person for person in people if owner.name and letters(owner.name) in names(person)]


def agreeing(owner: Owner, found: list[Person]) -> list[Person]:
    """All of them, or those of the owner's name where there are several."""
    named = [person for person in found if owner.name and letters(owner.name) in names(person)]
    return named if len(found) > 1 and named else found


def names(person: Person) -> set[str]:
    """The person's whole name, first name first and last name first."""
    both = {person.first_name + person.last_name, person.last_name + person.first_name, person.full_name}
    return {letters(name) for name in both} - {""}


def squeezed(person: Person) -> set[str]:
    """As Canvas begins its file names: the last name first."""
    return {letters(person.last_name + person.first_name)} - {""}


def without_roster(owners: Iterable[Owner]) -> Identified:
    """An id for each owner, made from what the platform says; two owners never get one id."""
    result = Identified()
    taken: dict[str, str] = {}
    for owner in owners:
        student = slug(
            owner.id or owner.email or f"{owner.name or owner.squeezed}-{owner.number}".strip("-") or owner.key
        )
        number = 2
        wanted = student
        while student.casefold() in taken:
            student, number = f"{wanted}-{number}", number + 1
        if student != wanted:
            result.doubtful.append(f"{owner} would be {wanted}, which is another student; is now {student}.")
        taken[student.casefold()] = owner.key
        result.ids[owner.key] = student
    return result


def slug(name: str) -> str:
    """A name that can be a folder's on every system, and an id in nbgrader's gradebook."""
    short = re.sub(r"[^\w.@-]+", "-", nfc(name.strip())).strip(".-") or "nameless"
    if len(short) <= LONGEST and len(short.encode()) <= 2 * LONGEST:
        return short
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{short[: LONGEST // 2]}-{mark}"
