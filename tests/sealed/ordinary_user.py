"""As an ordinary user, whom the tests are not where they run as root: `python ordinary_user.py COMMAND...`.

A root's Python may lie where nobody else can read. The command sees Python and this repository where they are, in the
same folders but open ones, by mounts of its own; HOME and temporary files are in a folder that is gone afterwards.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dltools.grading.jail.mounts import BIND, NEWNS, PRIVATE, REC, call
from dltools.places import REPOSITORY

USER = 65534
"""Nobody."""


def others_can_enter(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005


def open_up(paths: list[Path]) -> None:
    """Show the paths to everybody: a shut folder above one of them becomes an open one that holds nothing else."""
    call("unshare", NEWNS)
    call("mount", None, "/", None, REC | PRIVATE, None)
    held = {path: os.open(path, os.O_PATH) for path in paths}
    for path, descriptor in held.items():
        if shut := next((folder for folder in [*reversed(path.parents), path] if not others_can_enter(folder)), None):
            call("mount", "tmpfs", str(shut), "tmpfs", 0, "mode=755")
        if not path.is_dir():
            path.mkdir(parents=True)
        if not os.path.samestat(os.stat(path), os.stat(descriptor)):
            call("mount", f"/proc/self/fd/{descriptor}", str(path), None, BIND | REC, None)


def drop_root() -> None:
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


def main(command: list[str]) -> int:
    """The exit code of the command; who is an ordinary user already stays it."""
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as home:
        if is_root:
            os.chown(home, USER, USER)
            open_up([Path(sys.base_prefix).resolve(), Path(sys.prefix), REPOSITORY])
        env = {**os.environ, "HOME": home, "TMPDIR": home, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, env=env, cwd=REPOSITORY, preexec_fn=drop_root if is_root else None).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
