"""Set up the course and start it. Nothing but Python 3.11 or newer is needed.

    python3 run.py lab       open JupyterLab on your own copy of the course
    python3 run.py progress  tell what is solved and what to look at again, and make your page
    python3 run.py submit 04 look unit 04 over and pack it for handing in
    python3 run.py test      run every test
    python3 run.py doctor    tell what works on this machine, and how to mend what does not
    python3 run.py COMMAND   any other command of the course: release, grade
    python3 run.py install PACKAGE   add a package to the course's environment

On Windows: py run.py lab. The first start makes the folder .venv beside this file and installs exact packages there:
those of requirements.lock, or, where there is a requirements-staff.lock (students are given none), all that staff need.
That takes up to a minute and a network; nothing outside this folder is changed.
"""

# This file must be readable by old Pythons too, so that they can say which Python is needed.

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
STAFF_LOCK = HERE / "requirements-staff.lock"  # not in the students' edition
LOCK = STAFF_LOCK if STAFF_LOCK.exists() else HERE / "requirements.lock"
INSTALLER_LOCK = HERE / "requirements-installer.lock"
ENVIRONMENT = HERE / ".venv"
MARK = ENVIRONMENT / "course-ready.json"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
INSTALLER = ENVIRONMENT / "installer"
OUR_UV = "uv.exe" if os.name == "nt" else "uv"
UV = ["uv", "pip", "install", "--python", PYTHON]

OLDEST_PYTHON = (3, 11)

# What an installer or the system says, and the sentence that the user reads instead.
REASONS = (
    (
        ("No space left on device", "not enough space on the disk", "Disk quota exceeded"),
        f"The disk is full: free about 1 GB where {HERE} is, then run this again.",
    ),
    (
        ("Permission denied", "Access is denied", "Read-only file system", "Operation not permitted"),
        f"The course cannot write its environment in {HERE}: copy the folder to a place where you may write,"
        " or close the program that uses it, then run this again.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "invalid peer certificate", "UnknownIssuer"),
        "The network's certificate is not trusted: set SSL_CERT_FILE and PIP_CERT to your network's certificate file"
        " (ask who runs the network), then run this again.",
    ),
    (
        ("DO NOT MATCH THE HASHES", "Hash mismatch"),
        "A package that was downloaded is not the one that this course was tested with, so it was not installed:"
        " run this again, on another network if it happens twice.",
    ),
    (
        (
            "NewConnectionError",
            "NameResolutionError",
            "name resolution",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
            "dns error",
            "Failed to fetch",
            "error sending request",
            "Network is unreachable",
        ),
        "The first start needs a network to download the course's packages, and none was reached:"
        " connect (or set HTTPS_PROXY if your network has a proxy), then run this again.",
    ),
)


class SetUpError(Exception):
    """What went wrong, as one sentence for the user."""


def wrong_python(version: tuple) -> str:
    """The sentence for a Python that is too old; empty when `version` will do."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    newer = [name for name in ("python3.13", "python3.12", "python3.11") if works([name, "--version"])]
    mend = (
        f"run `{newer[0]} run.py` instead" if newer else "install a newer one from python.org or your system's packages"
    )
    return "This course needs Python 3.11 or newer, and this is Python {}.{}: {}.".format(*version[:2], mend)


def explain(text: str) -> str:
    """The sentence for what an installer or the system said; its own last lines when none is known."""
    for signs, sentence in REASONS:
        if any(sign in text for sign in signs):
            return sentence
    return "The set-up failed; these are the last lines of the installer:\n" + "\n".join(text.splitlines()[-12:])


def wanted_mark() -> dict:
    """What a finished environment is marked with: the Python, the place, and the packages that it was made for."""
    packages = hashlib.sha256(LOCK.read_bytes() + (HERE / "pyproject.toml").read_bytes()).hexdigest()
    return {"python": "{}.{}".format(*sys.version_info[:2]), "place": str(HERE), "packages": packages}


def read_mark() -> dict:
    """The mark of the environment; empty when there is none or its set-up was interrupted."""
    try:
        return json.loads(MARK.read_text(encoding="utf-8")) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def child_variables() -> dict:
    """The environment variables for everything that is started: the course's own Python and tools come first."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    variables["PATH"] = str(BIN) + os.pathsep + variables.get("PATH", os.defpath)
    variables["VIRTUAL_ENV"] = str(ENVIRONMENT)
    variables["PIP_USER"] = "0"
    return variables


def show(line: str) -> None:
    """Show one line of progress over the last one, on a terminal only."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line.strip()[:width].ljust(width), end="", flush=True)


def call(command: list) -> None:
    """Run one step of the set-up, and raise SetUpError with the reason when it fails."""
    lines = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=str(HERE),
        env=child_variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            lines.append(line)
            show(line)
    show("")
    if process.returncode:
        raise SetUpError(explain("".join(lines)))


def works(command: list) -> bool:
    """Whether a command runs and succeeds; what it prints is not shown."""
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call([str(part) for part in command], env=child_variables(), stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


def find_pip() -> list:
    """The command that installs into .venv by pip: .venv's own, else the pip of the Python that runs this file."""
    options = ["install", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--no-compile"]
    if works([PYTHON, "-m", "pip", "--version"]) or works([PYTHON, "-m", "ensurepip"]):
        return [PYTHON, "-m", "pip", *options]
    # Debian and Ubuntu leave ensurepip out of their Python; their pip can install into another environment.
    if works([sys.executable, "-m", "pip", "--python", PYTHON, "--version"]):
        return [sys.executable, "-m", "pip", "--python", PYTHON, *options]
    raise SetUpError(
        "This Python has no pip: install python3-venv (on Debian and Ubuntu: sudo apt install python3-venv)"
        " or uv, then run this again."
    )


def fetch_uv(pip: list) -> list:
    """The command that installs by a uv of our own, which pip fetches: it takes a fifth of pip's time."""
    call([*pip, "--no-deps", "--require-hashes", "--target", INSTALLER, "-r", INSTALLER_LOCK])
    return [INSTALLER / "bin" / OUR_UV, "pip", "install", "--cache-dir", INSTALLER / "cache", "--python", PYTHON]


def install_lock(installer: list) -> None:
    """Install the exact packages of the lock, then this folder itself, so that `import dltools` reads its files."""
    call([*installer, "--no-deps", "--require-hashes", "-r", LOCK])
    call([*installer, "--no-deps", "--no-build-isolation", "-e", HERE])


def install_course() -> None:
    """Install by the uv of this machine, else by one of our own, else (it knows pip's settings) by pip."""
    if shutil.which("uv"):
        return install_lock(UV)
    pip = find_pip()
    our_uv = fetch_uv(pip)
    try:
        install_lock(our_uv)
    except SetUpError:
        install_lock(pip)
    shutil.rmtree(str(INSTALLER), ignore_errors=True)


def make_environment() -> None:
    """Make .venv anew, with nothing in it."""
    venv.create(str(ENVIRONMENT), clear=True, symlinks=os.name != "nt", with_pip=False)


def set_up() -> None:
    """Make .venv what the lock says. Does nothing when it is; adds to it when only the packages changed."""
    mark, wanted = read_mark(), wanted_mark()
    if mark == wanted:
        return
    print("Setting up the course in .venv: up to a minute, this once ...", flush=True)
    started = time.monotonic()
    try:
        if MARK.exists():
            MARK.unlink()
        if {**mark, "packages": ""} != {**wanted, "packages": ""}:
            make_environment()
        install_course()
        MARK.write_text(json.dumps(wanted), encoding="utf-8")
    except OSError as error:
        raise SetUpError(explain(str(error))) from error
    print(f"Ready after {time.monotonic() - started:.0f} seconds.", flush=True)


def wait_for(command: list) -> int:
    """Run a command and return its exit code. Ctrl-C is the command's to handle: this waits until it has cleaned up."""
    previous = signal.signal(signal.SIGINT, lambda *_: None)  # a command inherits what is ignored, but no handler
    try:
        with subprocess.Popen([str(part) for part in command], env=child_variables()) as process:
            return process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)


def hand_over(command: list) -> int:
    """Become the command, so that signals and the exit code are its own; Windows has no such call and waits for it."""
    if os.name == "nt":
        return wait_for(command)
    sys.stdout.flush()
    os.execve(str(command[0]), [str(part) for part in command], child_variables())


def test_runs(arguments: list) -> list:
    """The argument lists of pytest: tests/, then the notebooks of solutions/; or the paths that the user names."""
    parallel = ["-n", "auto", "--maxprocesses=4", "--dist=loadfile"]
    if any(Path(argument.split("::")[0]).exists() for argument in arguments):
        notebooks = any(".ipynb" in argument or argument.startswith("solutions") for argument in arguments)
        return [["--nbval", *arguments] if notebooks else arguments]
    runs = [[*parallel, "tests", *arguments]]
    if any((HERE / "solutions").glob("*/*.ipynb")):
        others = [argument for argument in arguments if not argument.startswith("--cov")]
        runs.append([*parallel, "--nbval", "solutions", *others])  # what kernels run is not measured: that takes long
    return runs


def count(report: Path) -> dict:
    """How many tests passed, failed and were skipped, from pytest's JUnit report; nothing when it was never written."""
    if not report.exists():
        return {"passed": 0, "failed": 0, "skipped": 0}
    suites = ElementTree.parse(str(report)).getroot().iter("testsuite")
    totals = [[int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")] for suite in suites]
    tests, failures, errors, skipped = (sum(column) for column in zip(*totals))
    return {"passed": tests - failures - errors - skipped, "failed": failures + errors, "skipped": skipped}


def run_tests(arguments: list) -> int:
    """Run pytest on tests/ and on the notebooks, both to the end, and sum up in one line."""
    if not (HERE / "tests").is_dir():
        raise SetUpError(
            "This is the students' edition, which has no tests; `python3 run.py doctor` tells if all works."
        )
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the tests themselves run side by side
    os.chdir(str(HERE))
    codes, total = [], {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as folder:
        for number, run in enumerate(test_runs(arguments)):
            report = Path(folder) / f"{number}.xml"
            codes.append(wait_for([PYTHON, "-m", "pytest", f"--junitxml={report}", *run]))
            total = {name: total[name] + found for name, found in count(report).items()}
            if codes[-1] == 2:  # pytest was interrupted
                break
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**total), flush=True)
    nothing_ran = 5  # pytest's code when a choice (-k) leaves one of the two parts empty
    return next((code for code in codes if code not in (0, nothing_ran)), min(codes))


def main(arguments: list) -> int:
    """Set up, then do what `arguments` say; returns the exit code."""
    problem = wrong_python(sys.version_info)
    if problem:
        raise SetUpError(problem)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0
    set_up()
    if arguments[0] == "test":
        return run_tests(arguments[1:])
    if arguments[0] == "install":
        call([*(UV if shutil.which("uv") else find_pip()), *arguments[1:]])
        return 0
    return hand_over([PYTHON, "-m", "dltools", *arguments])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetUpError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the next start goes on from here.")
