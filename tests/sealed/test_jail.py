"""The parts of the jail by themselves: limits below those that this machine allows, and what is removed afterwards."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dltools.grading.jail import levels, mounts

LIMITED = """
import resource
from dltools.grading.jail.filters import set_limits
from dltools.grading.model import Caps
resource.setrlimit(resource.{name}, ({allowed}, {allowed}))
set_limits(Caps(), others={others})
print(*resource.getrlimit(resource.{name}))
"""
LOGIN_NODE = {
    "RLIMIT_CPU": (600, 600),
    "RLIMIT_AS": (3 << 30, 3 << 30),
    "RLIMIT_NOFILE": (100, 100),
    "RLIMIT_FSIZE": (1 << 20, 1 << 20),
    "RLIMIT_NPROC": (20_000, 132),
    "RLIMIT_MEMLOCK": (4096, 0),
}
"""What a login node allows, and what the jail makes of it."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize("name, allowed, kept", [(name, *pair) for name, pair in LOGIN_NODE.items()])
def test_a_limit_is_never_above_what_this_machine_allows(name, allowed, kept):
    code = LIMITED.format(name=name, allowed=allowed, others=100)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == [str(kept), str(kept)], done.stderr


def deep(folder: Path) -> None:
    """3,000 folders in each other: deeper than a path may be long and than Python may recurse."""
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    for _ in range(3000):
        os.mkdir("d" * 20)
        os.chdir("d" * 20)
    Path("file").write_text("x")
    os.fchdir(here)
    os.close(here)


def locked(folder: Path) -> None:
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    for path in (inner, folder / "a", folder):
        path.chmod(0)


def linked(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent)
    (folder / "nowhere").symlink_to("/no/such/file")
    os.mkfifo(folder / "pipe")


def named(folder: Path) -> None:
    for name in (b"\xff\xfe", "é".encode("latin-1"), b"moved", b"-rf", b"new\nline"):
        os.mkdir(os.path.join(os.fsencode(folder), name))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the jail needs Linux")
@pytest.mark.parametrize("fill", [deep, locked, linked, named])
def test_whatever_a_submission_leaves_is_removed(tmp_path, fill):
    """As an ordinary user, to whom a locked folder is locked."""
    (tmp_path / "kept").write_text("x")
    tmp_path.chmod(0o777)
    if (child := os.fork()) == 0:
        done = 1
        try:
            if os.getuid() == 0:
                tempfile.tempdir = "/tmp"
                os.setresuid(levels.USERS[0], levels.USERS[0], levels.USERS[0])
            folder = tempfile.mkdtemp()
            fill(Path(folder))
            mounts.remove(folder)
            done = int(os.path.exists(folder))
        finally:
            os._exit(done)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "kept").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the jail needs Linux")
def test_a_user_that_nobody_is():
    user = levels.free_user()
    assert user in levels.USERS
    assert user not in mounts.owners().values()
    assert mounts.tasks(user) == 0 < mounts.tasks(os.getuid())


def test_python_that_cannot_be_read_is_said_in_one_sentence(tmp_path):
    """Root can read all: a path that is not there stands for one that cannot be read."""
    with pytest.raises(levels.Unreadable, match="which the user that student code runs as cannot read"):
        levels.require_readable([str(tmp_path), str(tmp_path / "python")])


REFUSED = levels.why_unavailable("full")
FIRST = """
import os, threading
from dltools.grading.jail import mounts
if {without}:
    mounts.PR_GET_TID_ADDRESS = -1
if child := mounts.fork_alone():
    print("parent", child > 1, os.waitpid(child, 0)[1], flush=True)
else:
    thread = threading.Thread(target=lambda: print(os.getpid(), threading.active_count(), flush=True))
    thread.start()
    thread.join()
    inner = os.fork() or os._exit(7)
    print(inner, os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]), flush=True)
    raise SystemExit
"""


@pytest.mark.skipif(REFUSED is not None, reason=str(REFUSED))
@pytest.mark.parametrize("without", [False, True])
def test_what_is_forked_alone_is_the_first_process_and_can_use_threads_and_forks(without):
    """Also where Linux does not tell where glibc keeps the thread's number."""
    code = FIRST.format(without=without)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["1 2", "3 7", "parent True 0"], done.stderr
