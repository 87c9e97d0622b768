"""What stops a whole course, such as a full disk or a locked gradebook, in one sentence that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from dltools.grading.model import GradingError

PATIENCE = 60
"""Seconds that SQLite waits for another program that writes the gradebook."""
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
}
DATABASE = {
    "locked": "another program holds it; close formgrader and other graders,",
    "full": "the disk is full; make room,",
    "readonly": "it can only be read; give the right to write to it and to its folder,",
    "unable to open": "it cannot be opened; see that the path exists and may be written,",
    "not a database": "the file is no database; put back a copy of it, or move it away,",
    "malformed": "the file is damaged; put back a copy of it, or move it away,",
    "terminat": "its server ended the connection; wait until it is up,",
    "closed": "its server ended the connection; wait until it is up,",
    "connect": "its server does not answer; start it,",
}


@contextmanager
def explain_failures() -> Iterator[None]:
    """Turn what the machine and the gradebook refuse into a GradingError."""
    try:
        yield
    except DatabaseError as error:
        raise GradingError(f"The gradebook: {of_database(error)} {AGAIN}") from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise GradingError(f"{where}{REASONS.get(error.errno or 0, f'{error.strerror or error};')} {AGAIN}") from error


def of_database(error: DatabaseError) -> str:
    text = " ".join(str(error.orig).split())
    return next((says for sign, says in DATABASE.items() if sign in text.lower()), f"{text[:300]};")


@event.listens_for(Engine, "connect")
def wait_for_others(connection: Any, _: object) -> None:
    """SQLite gives up after five seconds; formgrader may take longer to write."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
