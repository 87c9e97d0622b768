"""The private world of `--jail full`, by Linux name spaces: see unshare(2), mount_setattr(2), pivot_root(2).

It is made in two steps. The zygote, once: a private root in memory that holds the Python environment, read-only, and an
empty network. Each kernel: a user name space (so that limits on processes are its own), its own processes, its own IPC
and its own scratch folder in memory, which is gone when it is. Only the readable paths below are ever visible; they are
never taken from `sys.path`, which has the course folder on it.

What it cannot stop: a kernel that fills its scratch folder to the limit; that is memory until it ends.
"""

import contextlib
import ctypes
import itertools
import os
import platform
import secrets
import signal
import socket
import struct
import sys
import sysconfig
from pathlib import Path

from dltools.places import PACKAGE

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NOSUID, NODEV, BIND, REC, PRIVATE = 2, 4, 4096, 16384, 1 << 18
MNT_DETACH, AT_FDCWD, AT_RECURSIVE = 2, -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
ARM = platform.machine() in ("aarch64", "arm64")
PIVOT_ROOT, CAPSET, MOUNT_SETATTR, CLONE = (41, 91, 442, 220) if ARM else (155, 126, 442, 56)
CHILD_SETTID, CHILD_CLEARTID, PR_GET_TID_ADDRESS = 0x1000000, 0x200000, 40
STUDENT = 1000
"""The user id that a kernel has inside."""
LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
DATA = ("/usr/share/zoneinfo",)
PROGRAMS = ("/bin", "/usr/bin")  # for `!ls` and `%%bash`: they can do nothing that the notebook's Python cannot
SHARED = "/dev/shm"
"""Where the locks and queues of multiprocessing and joblib lie."""
DEVICES = ("null", "zero", "full", "random", "urandom")

libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None
proc: int | None = None
"""The system's /proc, kept open by the zygote: in the private root there is none."""
owner = (0, 0)
"""User and group that the zygote runs as."""


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library; OSError with its name where it fails."""
    values = [a.encode() if isinstance(a, str) else ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(getattr(libc, name)(*values))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def readable_paths() -> list[str]:
    """The Python environment, the system's programs and libraries; where dltools lies among them, all but dltools."""
    paths = sysconfig.get_paths()
    library = sysconfig.get_config_var("LIBDIR")
    environment = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    environment += [sys.prefix + "/lib", sys.prefix + "/pyvenv.cfg", library, os.path.dirname(sys.executable)]
    environment += [os.path.realpath(sys.executable), os.path.dirname(os.path.realpath(sys.executable))]
    wanted = [path for path in [*LIBRARIES, *DATA, *PROGRAMS, *environment] if path and os.path.exists(path)]
    return [shown for path in outermost(wanted) for shown in without_dltools(path)]


def outermost(paths: list[str]) -> list[str]:
    """The paths without repeats and without those inside of another."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path == k or path.startswith(k + "/") for k in kept):
            kept.append(path)
    return kept


def without_dltools(path: str) -> list[str]:
    """The path, or its parts where dltools lies somewhere in it."""
    if not PACKAGE.is_relative_to(path):
        return [path]
    return [
        part
        for name in sorted(os.listdir(path))
        if (inner := Path(path) / name) != PACKAGE
        for part in without_dltools(str(inner))
    ]


def private_root(scratch: str) -> None:
    """Give this process a root of its own with nothing in it but what is readable, and no network."""
    global proc
    paths = readable_paths()
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    user, group = os.getuid(), os.getgid()
    call("unshare", NEWNS | NEWNET | (NEWUSER if user else 0))
    if user:
        map_user(user, group, user)
    call("mount", None, "/", None, REC | PRIVATE, None)
    new = "/proc"  # a folder that is everywhere and that nothing below lies in
    call("mount", "tmpfs", new, "tmpfs", NOSUID | NODEV, "size=4m,mode=755")
    for path in paths:
        show(path, new + path)
    for name in DEVICES:
        show(f"/dev/{name}", f"{new}/dev/{name}", devices=True)
    os.makedirs(new + scratch)
    os.makedirs(new + SHARED)
    protect(new, recursive=False)
    os.chdir(new)
    call("syscall", PIVOT_ROOT, ".", ".")
    call("umount2", ".", MNT_DETACH)
    os.chdir("/")


def show(path: str, target: str, devices: bool = False) -> None:
    """Make a path visible at the target, read-only; a symbolic link as a link."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    call("mount", path, target, None, BIND | REC, None)
    if not devices:
        protect(target)


def protect(path: str, recursive: bool = True) -> None:
    """Make a mount read-only, without devices and without set-user-id."""
    attributes = struct.pack("QQQQ", ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    call("syscall", MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, len(attributes))


def fork_alone() -> int:
    """Fork this process, which has one thread, as the first process in name spaces of its own; returns as os.fork does.

    unshare(2) and os.fork would be two copies of a large process. What glibc's fork does for a second thread is left
    out. What Python's does is done, and the thread's number, which glibc keeps, is written anew where Linux tells it.
    """
    global owner
    owner, flags, address = (os.getuid(), os.getgid()), NEWUSER | NEWNS | NEWPID | NEWIPC | NEWUTS, ctypes.c_ulong()
    with contextlib.suppress(OSError):
        call("prctl", PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0)
        flags |= CHILD_SETTID | CHILD_CLEARTID
    python = ctypes.PyDLL(None, use_errno=True)  # as os.fork is called: no other thread of Python runs meanwhile
    python.PyOS_BeforeFork()
    whole = ctypes.c_ulong(flags | signal.SIGCHLD)
    child: int = python.syscall(ctypes.c_long(CLONE), whole, None, None, address, address)
    error = ctypes.get_errno()
    python.PyOS_AfterFork_Parent() if child else python.PyOS_AfterFork_Child()
    if child < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return child


def own_world(scratch: str, size: int) -> None:
    """Furnish the name spaces of a process that fork_alone has made."""
    map_user(*owner, STUDENT)
    call("mount", None, "/", None, REC | PRIVATE, None)
    options = f"size={size},mode=700,uid={STUDENT},gid={STUDENT}"
    memory, shared = os.path.dirname(scratch), os.path.dirname(scratch) + "/shared"  # one size for all files together
    call("mount", "tmpfs", memory, "tmpfs", NOSUID | NODEV, options)
    os.mkdir(scratch)
    os.mkdir(shared)
    call("mount", shared, SHARED, None, BIND, None)
    socket.sethostname("jail")
    assert proc is not None
    os.close(proc)


def map_user(user: int, group: int, inside: int) -> None:
    """Name this process's user and group, as they were outside, inside of its new user name space."""
    for file, text in (("setgroups", "deny"), ("gid_map", f"{inside} {group} 1"), ("uid_map", f"{inside} {user} 1")):
        descriptor = os.open(f"self/{file}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def drop_capabilities() -> None:
    """Give up the rights that the maker of a user name space has in it."""
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    call("syscall", CAPSET, header, nothing)


def children() -> list[int]:
    """The children of this process, which has one thread."""
    if proc is None:
        return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    descriptor = os.open(f"self/task/{os.getpid()}/children", os.O_RDONLY, dir_fd=proc)
    try:
        return [int(word) for word in os.read(descriptor, 1 << 16).split()]
    finally:
        os.close(descriptor)


def owners() -> dict[str, int]:
    """The user of every process that can be seen, by its folder."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # it has just ended
            found[f"/proc/{name}"] = os.stat(f"/proc/{name}").st_uid
    return found


def tasks(user: int) -> int:
    """How many processes and threads a user has."""
    count = 0
    for folder, owner in owners().items():
        if owner == user:
            with contextlib.suppress(OSError):
                count += len(os.listdir(f"{folder}/task"))
    return count


def remove(folder: str) -> None:
    """Delete a folder of this user's, whatever is in it: locked folders, and some so deep that no path reaches them.

    The entries of each inner folder are moved up into the outermost, so that no path has more than two steps.
    """
    names = (f"moved-{secrets.token_hex(4)}-{number}" for number in itertools.count())
    os.chmod(folder, 0o700)
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in list(os.scandir(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, 0o700)
                os.rename(inner.path, os.path.join(folder, next(names)))
            os.rmdir(entry.path)
    os.rmdir(folder)
