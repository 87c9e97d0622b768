"""An ordinary user, where the tests run as root: to whom a locked folder is locked."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

NOBODY = 65534


def given(folder: Path) -> Path:
    """The folder and all in it, made that user's own."""
    for path in (folder, *folder.rglob("*")) if os.getuid() == 0 else ():
        os.chown(path, NOBODY, NOBODY)
    return folder


def as_ordinary_user(work: Callable[[], int | None]) -> int:
    """Run something in a process of that user; returns its exit code, 99 for an exception."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            code = work() or 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
