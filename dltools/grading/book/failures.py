"""What stops a whole course, such as a full disk or a locked gradebook, in one sentence that says what to do.

A server of the gradebook that is restarted stops nothing: it is waited for, and the grading goes on.
"""

import errno
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from traitlets import TraitError

from dltools.grading.model import GradingError

Result = TypeVar("Result")
PATIENCE = 60
"""Seconds that SQLite waits for another program that writes the gradebook, and we for a server that is restarted."""
RESTARTS = 5
"""How often it is waited for."""
AGAIN = "then run the same command again: it goes on from here."
REASONS = {
    errno.ENOSPC: "the disk is full; make room,",
    errno.EDQUOT: "the quota of disk space is used up; make room,",
    errno.EROFS: "the file system can only be read; grade in a copy of the course,",
    errno.EACCES: "this user may not do that; give the right to write there,",
    errno.EPERM: "this user may not do that; give the right to write there,",
    errno.EMFILE: "too many files are open; use fewer --workers,",
    errno.EISDIR: "a folder is where a file should be; move it away,",
    errno.ENOTDIR: "a file is where a folder should be; move it away,",
    errno.EEXIST: "a file is where a folder should be; move it away,",
}
DATABASE = {
    "locked": "another program holds it; close formgrader and other graders,",
    "full": "the disk is full; make room,",
    "readonly": "it can only be read; give the right to write to it and to its folder,",
    "unable to open": "it cannot be opened; see that the path exists and may be written,",
    "not a database": "the file is no database; put back a copy of it, or move it away,",
    "malformed": "the file is damaged; put back a copy of it, or move it away,",
}
AWAY = {
    "terminat": "its server ended the connection; wait until it is up,",
    "closed": "its server ended the connection; wait until it is up,",
    "shutting down": "its server is being shut down; wait until it is up,",
    "starting up": "its server is starting; wait until it is up,",
    "connect": "its server does not answer; start it,",
}
"""A server that may be back in a moment."""


@contextmanager
def explain_failures() -> Iterator[None]:
    """Turn what the machine, the gradebook and nbgrader's settings refuse into a GradingError."""
    try:
        yield
    except DatabaseError as error:
        raise GradingError(f"The gradebook: {of_database(error)} {AGAIN}") from error
    except TraitError as error:
        raise GradingError(f"nbgrader_config.py: {error} Correct it, {AGAIN}") from error
    except OSError as error:
        raise GradingError(of_machine(error)) from error


def of_machine(error: OSError) -> str:
    """What the machine refuses, where, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{REASONS.get(error.errno or 0, f'{error.strerror or error};')} {AGAIN}"


def of_database(error: DatabaseError) -> str:
    text = " ".join(str(error.orig).split())
    return known(text) or f"{text[:300]};"


def known(text: str) -> str:
    """What a data base's own words mean; "" where they say something else."""
    return next((says for sign, says in (DATABASE | AWAY).items() if sign in text.lower()), "")


def told_by_nbgrader(reason: str) -> str:
    """What to do about what one of nbgrader's converters failed with; "" where it is no failure of the machine."""
    if number := re.search(r"\[Errno (\d+)\]", reason):
        says = REASONS.get(int(number[1]), "")
        return f"{says} {AGAIN}" if says else ""
    says = known(reason) if "OperationalError" in reason else ""
    return f"the gradebook: {says} {AGAIN}" if says else ""


def raise_what_stops_all(error: BaseException) -> None:
    """Raise the failure of the disk, of the gradebook or of a setting that is behind an error, if there is one.

    A GradingError says already what to do.
    """
    behind: BaseException | None = None if isinstance(error, GradingError) else error
    while behind:
        if isinstance(behind, OSError | OperationalError | TraitError):
            raise behind
        behind = behind.__cause__ or behind.__context__


def is_away(error: DatabaseError) -> bool:
    return of_database(error) in AWAY.values()


def through_restarts(db_url: str, work: Callable[[], Result]) -> Result:
    """Do the work; do it again where the gradebook's server went away in its midst and came back.

    Args:
        db_url: of the gradebook.
        work: what can be done again: it goes on from what is in the gradebook.
    """
    for _ in range(RESTARTS):
        try:
            return work()
        except DatabaseError as error:
            if not is_away(error):
                raise
            print(f"The gradebook: {of_database(error)} it is waited for.", file=sys.stderr)
            wait_for_server(db_url)
    return work()


def wait_for_server(db_url: str) -> None:
    """Return as soon as the server answers; what it says instead after `PATIENCE` seconds is raised."""
    end = time.monotonic() + PATIENCE
    while True:
        engine = create_engine(db_url)
        try:
            engine.connect().close()
            return
        except DatabaseError as error:
            if not is_away(error) or time.monotonic() > end:
                raise
            time.sleep(1)
        finally:
            engine.dispose()


@event.listens_for(Engine, "connect")
def wait_for_others(connection: Any, _: object) -> None:
    """SQLite gives up after five seconds; formgrader may take longer to write."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
