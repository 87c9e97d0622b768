"""`dltools lab`: JupyterLab on the student's own working copy, the same on every machine."""

import argparse
import os
from pathlib import Path

from dltools.places import REPOSITORY
from dltools.running.threads import ONE_THREAD
from dltools.student.work import update_work

WORK = REPOSITORY / "work"
SETTINGS = Path(__file__).with_name("lab_settings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lab`; every other argument is JupyterLab's own."""
    parser.add_argument("--staff", action="store_true", help="open the whole folder, with nbgrader's menus")
    parser.epilog = "Other options go to JupyterLab, for example --no-browser or --port 8890."
    parser.set_defaults(passes_on=True)


def run(args: argparse.Namespace) -> int:
    """Update work/ from course/, say what changed, and start JupyterLab there."""
    for sentence in update_work(REPOSITORY / "course", WORK):
        print(sentence, flush=True)
    os.environ.update(variables(WORK, staff=args.staff))
    os.environ.pop("JUPYTER_PATH", None)
    from jupyterlab.labapp import LabApp  # slow, and to be imported after the variables are set

    root = REPOSITORY if args.staff else WORK
    os.chdir(root)
    LabApp.launch_instance([f"--ServerApp.root_dir={root}", *args.passed_on])
    return 0


def variables(work: Path, staff: bool = False) -> dict[str, str]:
    """The environment variables that keep Jupyter's files inside `work`, out of the user's home, and hide what only
    staff need."""
    own = work / ".jupyter"
    found = {
        **ONE_THREAD,
        "DLTOOLS_PROGRESS": str(own / "progress.json"),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
    }
    return found if staff else {**found, "JUPYTER_CONFIG_PATH": str(SETTINGS)}
