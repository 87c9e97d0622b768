"""The jail around a student's kernel: what it can reach of this machine, by level.

full     user, mount, process, network, IPC and host name spaces of its own: a private root that holds the Python
         environment (read-only) and a scratch folder in memory, no /proc, no network, no process but its own; and all
         of `limited`. Needs Linux 5.12 or later with unprivileged user name spaces, or root.
limited  where name spaces are refused: landlock (files, signals, TCP), a system call filter (no sockets, no tracing,
         nothing done to other processes, no System V memory), limits on memory, processes, processor time and file
         size, and no way to gain rights. Its folder is removed afterwards.
none     nothing but the limits that every Unix has. Only when asked for.

As root every level drops to an ordinary user, because root is above most limits.

The threat: code that ends, fills, reads, changes, spies on or survives. What this cannot stop: a hole in the Linux
kernel itself; in `limited`, seeing that other processes exist, and many files that together fill the disk until the
submission ends; in `none`, anything that its user may do.
"""

import os
import signal
import sys
import tempfile

from dltools.grading.jail import filters, mounts
from dltools.grading.jail.mounts import call
from dltools.grading.model import Caps
from dltools.running.threads import ONE_THREAD

LEVELS = ("full", "limited", "none")
SCRATCH = "/home/student"
USERS = range(60_578, 61_184)
"""The user ids that root drops to, one for each zygote: neither people (up to 60000), nor systemd's homed
(60001-60513), container (60514-60577) and dynamic ids (61184-65519), nor subordinate ids (from 65536 on)."""
ENVIRONMENT = {
    "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/bin", "/bin"]),
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JOBLIB_MULTIPROCESSING": "0",  # a submission has one core; joblib's own processes want a /proc
    "PIP_RETRIES": "0",  # `!pip install` finds no network; it need not look for it five times
    **ONE_THREAD,
}
"""All of the environment that student code sees, besides HOME and TMPDIR."""
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38


def die_with_parent() -> None:
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter(level: str) -> None:
    """Prepare the zygote, once, before it forks kernels: the private root, the network, the ordinary user."""
    die_with_parent()
    call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    user, needed = free_user(), mounts.readable_paths()
    if level == "full":
        mounts.private_root(SCRATCH)
    if os.getuid() == 0:
        drop_root(user)
    require_readable(needed)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)


def free_user() -> int:
    """A user id that no process has, so that no zygote can signal the kernels of another."""
    taken = set(mounts.owners().values())
    first = os.getpid() % len(USERS)
    user: int = next(user for user in [*USERS[first:], *USERS[:first]] if user not in taken)
    return user


def drop_root(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self, where the id maps are written, belongs to root
    die_with_parent()  # which the change of the user has undone


class Unreadable(Exception):
    """Python cannot be read by the user that student code runs as; one sentence that says what to do."""


def require_readable(paths: list[str]) -> None:
    for path in paths:
        if not os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)):
            raise Unreadable(
                f"Python needs {path}, which the user that student code runs as cannot read (never root): "
                "grade as an ordinary user, with --jail full, or with a Python that everybody can read."
            )


def scratch_folder(level: str) -> str:
    """The working folder of the next kernel; outside of `full` the caller removes it afterwards."""
    return SCRATCH if level == "full" else tempfile.mkdtemp(prefix="dltools-student-")


def fork(level: str) -> int:
    """Fork a kernel of the zygote, for `confine`; returns as os.fork does."""
    return mounts.fork_alone() if level == "full" else os.fork()


def confine(level: str, caps: Caps, scratch: str) -> None:
    """Jail this process, which `fork` has just made, for ever.

    In `full` it is the first process of its own process name space: when it ends, every process in there ends too.
    """
    os.setsid()
    die_with_parent()
    if level == "full":
        mounts.own_world(SCRATCH, caps.scratch)
        mounts.drop_capabilities()
    os.environ.update({"HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": scratch, "IPYTHONDIR": scratch})
    tempfile.tempdir = None
    os.chdir(scratch)
    filters.set_limits(caps, 0 if level == "full" else mounts.tasks(os.getuid()))
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if level == "limited":
        filters.landlock(mounts.readable_paths(), scratch)
    if level != "none":
        filters.filter_calls(alone=level == "full")


def end_children() -> None:
    """Kill every process that came from this one, however deep, and wait until they are gone."""
    while children := mounts.children():
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)


def why_unavailable(level: str) -> str | None:
    """None where this machine can do the level, else one sentence that says why not."""
    if not sys.platform.startswith("linux"):
        return None if level == "none" else f"The jail's level {level} needs Linux; this is {sys.platform}."
    if level == "limited" and not filters.landlock_version():
        return "This Linux has no landlock (5.13 or later has)."
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, (tried(level) or "").encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        reason = pipe.read()
    status = os.waitpid(child, 0)[1]
    return reason or ("The jail could not be tried: its process was ended." if status else None)


def tried(level: str) -> str | None:
    """Enter the level in this process, which is of no more use afterwards; what was amiss in one sentence, or None."""
    try:
        enter(level)
        if level == "full":
            if child := fork(level):
                os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 127)
            mounts.own_world(SCRATCH, 1 << 20)
    except Unreadable as error:
        return str(error)
    except Exception as error:
        return f"This system refuses what the jail {level} needs ({error})."
    return None
