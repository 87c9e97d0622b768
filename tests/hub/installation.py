"""An installation that all accounts of this machine can run, as docs/hub.md has it: not editable, root's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.figures.live_jupyter import ROOT

NOBODY = 65534
MINOR = "{}.{}".format(*sys.version_info)
SITE = Path("lib", f"python{MINOR}", "site-packages")


def shared(folder: Path) -> Path | None:
    """A copy of this environment in `folder`, mostly of links; None where accounts cannot be had."""
    python = next((path for path in (sys.executable, f"/usr/bin/python{MINOR}") if all_may_run(path)), None)
    if os.geteuid() or python is None:
        return None
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    for part in ("lib", "etc", "share"):
        link(Path(sys.prefix, part), folder / part)
    if python != sys.executable:  # another patch of Python, for which the lock may have other versions
        lock = ["--no-deps", "--require-hashes", "-r", ROOT / "requirements-staff.lock"]
        subprocess.run(
            [Path(sys.prefix, "bin", "uv"), "pip", "install", "--quiet", "--python", folder / "bin" / "python", *lock],
            check=True,
        )
    install_course(folder / SITE)
    for script in Path(sys.prefix, "bin").iterdir():
        rewrite(script, folder / "bin")
    return folder if all_may_run(folder / "bin" / "python", "import dltools") else None


def all_may_run(python: str | Path, code: str = "") -> bool:
    try:
        process = subprocess.run([python, "-c", code], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/")
    except OSError:
        return False
    return process.returncode == 0


def link(source: Path, target: Path) -> None:
    """Copy a folder by hard links, or, on another disk, by its content."""
    target.mkdir(exist_ok=True)
    if subprocess.run(["cp", "-al", f"{source}/.", target], capture_output=True).returncode:
        subprocess.run(["cp", "-a", f"{source}/.", target], check=True)


def install_course(site: Path) -> None:
    """Put dltools itself there in place of the way to the repository."""
    for editable in site.glob("__editable__*dltools*"):
        editable.unlink()
    shutil.copytree(ROOT / "dltools", site / "dltools", ignore=shutil.ignore_patterns("__pycache__"))


def rewrite(script: Path, folder: Path) -> None:
    """The same script for the Python of another environment."""
    head = f"#!{sys.prefix}/bin/".encode()
    if script.is_file() and (content := script.read_bytes()).startswith(head):
        (folder / script.name).write_bytes(content.replace(head, f"#!{folder}/".encode(), 1))
        (folder / script.name).chmod(0o755)
