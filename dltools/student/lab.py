"""`dltools lab`: JupyterLab on the student's own working copy, the same on every machine."""

import argparse
import json
import os
import sys
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dltools.course import read_course, time_left
from dltools.places import OWN_FOLDER, course_home
from dltools.running.threads import ONE_THREAD
from dltools.student.work import left_last, update_work

SETTINGS = Path(__file__).with_name("lab_settings")
"""Configuration of the students' server, and an extension that shows a figure's picture where its kernel is gone."""
NO_COURSE = (
    "dltools lab: there is no course/ in {}, and this dltools was installed without one: unpack the students' edition"
    " and start `dltools lab` in its folder."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lab`; every other argument is JupyterLab's own."""
    parser.add_argument("--staff", action="store_true", help="open the whole folder, with nbgrader's menus")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="your working copy (default: work, beside course)")
    parser.epilog = "Other options go to JupyterLab, for example --no-browser or --port 8890."
    parser.set_defaults(passes_on=True)


def run(args: argparse.Namespace) -> int:
    """Update work/ from course/, say what changed and what is due, and open the unit that was left last."""
    home = course_home("course")
    if home is None:
        print(NO_COURSE.format(Path.cwd()), file=sys.stderr)
        return 1
    course, work = home / "course", (args.work or home / "work").expanduser().resolve()
    try:
        said = update_work(course, work)
        configure_kernels(work)
    except OSError as error:
        print(f"dltools lab: {work} cannot be written ({error.strerror}). {OWN_FOLDER}", file=sys.stderr)
        return 1
    for sentence in [*said, *deadlines(home, datetime.now(UTC))]:
        print(sentence, flush=True)
    os.environ.update(variables(work, staff=args.staff))
    root = home if args.staff else work
    page = "lab" if args.staff else f"lab/tree/{quote(left_last(course, work))}"
    if server := running_server(root):
        reuse(address(server, page), opens_browser="--no-browser" not in args.passed_on)
    else:
        start(root, page, args.passed_on)
    return 0


def running_server(root: Path) -> dict[str, Any] | None:
    """What a JupyterLab that runs on `root` says of itself; None where there is none."""
    from jupyter_server.serverapp import list_running_servers  # slow, and to be asked after the variables are set

    return next((server for server in list_running_servers() if Path(server["root_dir"]) == root), None)


def reuse(place: str, opens_browser: bool) -> None:
    """Open a page of a JupyterLab that runs already, and say where."""
    print(f"JupyterLab is running already: {place}", flush=True)
    if opens_browser:
        webbrowser.open(place)


def start(root: Path, page: str, options: list[str]) -> None:
    """Start JupyterLab on `root`, print its address in one line, and serve until it is stopped."""
    from jupyterlab.labapp import LabApp  # slow, and to be imported after the variables are set

    os.chdir(root)
    own = ["--Application.log_level=ERROR", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/{page}"]
    server = LabApp.initialize_server([*own, *options])
    server.identity_provider.token_generated = False  # or it prints its address once more, in six lines
    print(f"JupyterLab: {address(server.server_info(), page)} (Ctrl-C here stops it)", flush=True)
    server.start()


def address(server: dict[str, Any], page: str) -> str:
    """The address of a page, with the token that opens it."""
    token = f"?token={server['token']}" if server["token"] else ""
    return f"{server['url']}{page}{token}"


def deadlines(folder: Path, now: datetime) -> list[str]:
    """What course.toml says is still to come, the next first, one sentence each.

    Args:
        folder: of course.toml and course/.
        now: with a time zone.
    """
    try:
        course = read_course(folder)
    except (ValueError, OSError) as error:
        return [f"The deadlines cannot be read: {error}"]
    given = [(moment, unit) for unit, moment in course.due.items() if (folder / "course" / unit).is_dir()]
    return [
        f"{unit} is due {time_left(moment, now)}: {course.shown(moment)}."
        for moment, unit in sorted(given)
        if moment > now
    ]


def configure_kernels(work: Path) -> None:
    """Let the kernels say where a name comes from that no cell has made yet.

    Raises:
        OSError: if `work` cannot be written.
    """
    profile = work / ".jupyter" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    config = {"IPKernelApp": {"extra_extensions": ["dltools.running.first_cell"]}}
    (profile / "ipython_kernel_config.json").write_text(json.dumps(config), encoding="utf-8")


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
        "JUPYTER_PATH": str(SETTINGS),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
    }
    return found if staff else {**found, "JUPYTER_CONFIG_PATH": str(SETTINGS)}
