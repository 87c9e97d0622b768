"""run.py, on a copy of it in a folder of its own: nothing here touches the real environment or the network."""

import ast
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(path: Path):
    """Import run.py from `path`, so that its folder is the course's."""
    spec = importlib.util.spec_from_file_location("run_copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path):
    """run.py beside a lock and a project of two lines."""
    shutil.copy(ROOT / "run.py", tmp_path)
    (tmp_path / "requirements.lock").write_text("a==1 \\\n    --hash=sha256:00\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    return load(tmp_path / "run.py")


@pytest.fixture
def steps(run, monkeypatch):
    """The steps that set_up takes, noted instead of done."""
    noted = []

    def make_environment():
        noted.append("make")
        run.BIN.mkdir(parents=True, exist_ok=True)
        run.PYTHON.touch()

    monkeypatch.setattr(run, "make_environment", make_environment)
    monkeypatch.setattr(run, "install_course", lambda: noted.append("install"))
    return noted


def set_up_again(run, steps) -> list[str]:
    steps.clear()
    run.set_up()
    return list(steps)


# Which Python


def test_old_pythons_can_read_the_file():
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 1), (3, 10, 14), (2, 7, 18)])
def test_old_python_gets_one_sentence(run, monkeypatch, version):
    monkeypatch.setattr(run, "works", lambda command: False)
    sentence = run.wrong_python(version)
    assert sentence.startswith(f"This course needs Python 3.11 or newer, and this is Python {version[0]}.{version[1]}")
    assert "\n" not in sentence


def test_old_python_is_told_of_a_newer_one_that_is_here(run, monkeypatch):
    monkeypatch.setattr(run, "works", lambda command: command[0] == "python3.12")
    assert "run `python3.12 run.py` instead" in run.wrong_python((3, 9))


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2)])
def test_new_python_will_do(run, version):
    assert run.wrong_python(version) == ""


# When it sets up


def test_second_start_installs_nothing(run, steps):
    assert set_up_again(run, steps) == ["make", "install"]
    assert set_up_again(run, steps) == []


def test_new_lock_is_installed_into_the_same_environment(run, steps):
    run.set_up()
    run.LOCK.write_text("a==2", encoding="utf-8")
    assert set_up_again(run, steps) == ["install"]


@pytest.mark.parametrize("changed", ["python", "place"])
def test_other_python_or_place_makes_a_new_environment(run, steps, monkeypatch, changed):
    run.set_up()
    mark = run.wanted_mark()
    monkeypatch.setattr(run, "wanted_mark", lambda: {**mark, changed: "other"})
    assert set_up_again(run, steps) == ["make", "install"]


def test_environment_whose_python_is_gone_is_made_anew(run, steps):
    run.set_up()
    run.PYTHON.unlink()
    assert set_up_again(run, steps) == ["make", "install"]


@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, SystemExit])
def test_interrupted_set_up_is_redone(run, steps, monkeypatch, stopped_by):
    def interrupted():
        raise stopped_by

    with monkeypatch.context() as patch:
        patch.setattr(run, "install_course", interrupted)
        with pytest.raises(stopped_by):
            run.set_up()
    assert set_up_again(run, steps) == ["make", "install"]


def test_interrupted_renewal_is_redone(run, steps, monkeypatch):
    run.set_up()
    run.LOCK.write_text("a==2", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(run, "install_course", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run.set_up()
    assert set_up_again(run, steps) == ["make", "install"]


def test_environment_is_made_with_a_python_and_nothing_in_it(run):
    run.make_environment()
    found = subprocess.run([run.PYTHON, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
    assert Path(found.stdout.strip()).resolve() == run.ENVIRONMENT
    assert not run.works([run.PYTHON, "-m", "pip", "--version"])


# How it installs


def commands_of(run, monkeypatch, failing: str = "") -> list[list[str]]:
    """The commands that install_course gives, the one that holds `failing` without success."""
    given = []

    def call(command):
        given.append([str(part) for part in command])
        if failing and failing in given[-1]:
            raise run.SetUpError(failing)

    monkeypatch.setattr(run, "call", call)
    run.install_course()
    return given


def test_uv_of_the_machine_installs_everything_by_hash(run, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/bin/{name}")
    lock, course = commands_of(run, monkeypatch)
    assert lock[:3] == course[:3] == ["uv", "pip", "install"]
    assert {"--require-hashes", "--no-deps", str(run.LOCK)} < set(lock)
    assert {"--no-build-isolation", "--no-deps", str(run.HERE)} < set(course)


@pytest.fixture
def without_uv(run, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "works", lambda command: True)
    run.INSTALLER.mkdir(parents=True)


def is_our_uv(run, word: str) -> bool:
    return Path(word).is_relative_to(run.INSTALLER) and Path(word).stem == "uv"


def test_pip_fetches_uv_where_the_machine_has_none_and_keeps_it_nowhere(run, monkeypatch, without_uv):
    fetch, *installs = commands_of(run, monkeypatch)
    assert {"--require-hashes", "--target", str(run.INSTALLER), str(run.INSTALLER_LOCK)} < set(fetch)
    assert fetch[0] == str(run.PYTHON)
    assert len(installs) == 2 and all(is_our_uv(run, command[0]) for command in installs)
    assert not run.INSTALLER.exists()


def test_pip_installs_where_uv_fails(run, monkeypatch, without_uv):
    *_, lock, course = commands_of(run, monkeypatch, failing=str(run.INSTALLER / "bin" / run.OUR_UV))
    assert lock[0] == course[0] == str(run.PYTHON)
    assert {"--require-hashes", str(run.LOCK)} < set(lock)


def test_staff_s_lock_is_installed_where_it_is(tmp_path, run):
    assert run.LOCK.name == "requirements.lock"
    (tmp_path / "requirements-staff.lock").touch()
    assert load(tmp_path / "run.py").LOCK.name == "requirements-staff.lock"


def test_pip_of_the_starting_python_serves_where_debian_has_no_ensurepip(run, monkeypatch):
    monkeypatch.setattr(run, "works", lambda command: command[0] == sys.executable)
    assert run.find_pip()[:5] == [sys.executable, "-m", "pip", "--python", run.PYTHON]


def test_no_pip_at_all_is_one_sentence(run, monkeypatch):
    monkeypatch.setattr(run, "works", lambda command: False)
    with pytest.raises(run.SetUpError, match="no pip: install python3-venv"):
        run.find_pip()


# What it says when it fails


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "needs a network"),
        ("error: Failed to fetch: `x`\n  Caused by: dns error", "needs a network"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("[Errno 30] Read-only file system: '/course/.venv'", "cannot write"),
        ("[WinError 5] Access is denied", "cannot write"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate is not trusted"),
    ],
)
def test_failure_is_said_in_one_sentence(run, said, sentence):
    explained = run.explain(said)
    assert sentence in explained
    assert "\n" not in explained


def test_unknown_failure_shows_what_the_installer_said(run):
    assert run.explain("one\ntwo\nthree").endswith("one\ntwo\nthree")


def test_failed_step_is_explained(run):
    failing = "print('No space left on device'); raise SystemExit(1)"
    with pytest.raises(run.SetUpError, match="disk is full"):
        run.call([sys.executable, "-c", failing])
    run.call([sys.executable, "-c", "pass"])


def test_folder_that_cannot_be_written_is_explained(run, monkeypatch):
    monkeypatch.setattr(run, "make_environment", lambda: os.mkdir(run.HERE / "missing" / ".venv"))
    with pytest.raises(run.SetUpError):
        run.set_up()


# What it starts


def test_what_is_started_finds_the_course_s_tools_first(run, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    variables = run.child_variables()
    assert variables["PATH"].split(os.pathsep)[0] == str(run.BIN)
    assert "PYTHONPATH" not in variables


def test_exit_code_is_that_of_what_it_started(run):
    assert run.wait_for([sys.executable, "-c", "raise SystemExit(3)"]) == 3


CLEANS_UP = """
import sys, time
print("started", flush=True)
try:
    time.sleep(30)
except KeyboardInterrupt:
    time.sleep(0.5)
    print("clean", flush=True)
    sys.exit(4)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends Ctrl-C as Unix does; on Windows the console sends it")
def test_control_c_waits_until_what_it_started_has_cleaned_up(tmp_path):
    child, parent = tmp_path / "child.py", tmp_path / "parent.py"
    child.write_text(CLEANS_UP, encoding="utf-8")
    shutil.copy(ROOT / "run.py", tmp_path)
    parent.write_text(f"import run, sys\nsys.exit(run.wait_for([sys.executable, {str(child)!r}]))", encoding="utf-8")
    terminal = {"start_new_session": True, "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen([sys.executable, parent], stdout=subprocess.PIPE, text=True, **terminal)
    assert process.stdout.readline() == "started\n"
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=20)[0] == "clean\n"
    assert process.returncode == 4


def test_help_needs_no_set_up(run, steps, capsys):
    assert run.main([]) == run.main(["--help"]) == 0
    assert "python3 run.py lab" in capsys.readouterr().out
    assert steps == []


# test


def test_tests_and_notebooks_are_run(run, monkeypatch):
    monkeypatch.chdir(run.HERE)
    (run.HERE / "tests").mkdir()
    [tests] = run.test_runs(["-x"])
    assert tests[-2:] == ["tests", "-x"]
    (run.HERE / "solutions" / "04").mkdir(parents=True)
    (run.HERE / "solutions" / "04" / "04.ipynb").touch()
    _, notebooks = run.test_runs(["-x"])
    assert notebooks[-3:] == ["--nbval", "solutions", "-x"]
    tests, notebooks = run.test_runs(["--cov", "--cov-report=", "-x"])
    assert tests[-3:] == ["--cov", "--cov-report=", "-x"]
    assert notebooks[-3:] == ["--nbval", "solutions", "-x"]


def test_named_paths_are_run_alone(run, monkeypatch):
    monkeypatch.chdir(run.HERE)
    (run.HERE / "tests").mkdir()
    (run.HERE / "solutions").mkdir()
    assert run.test_runs(["tests", "-q"]) == [["tests", "-q"]]
    assert run.test_runs(["solutions"]) == [["--nbval", "solutions"]]


@pytest.mark.parametrize(
    ("body", "code", "summary"),
    [("pass", 0, "1 passed, 0 failed, 0 skipped"), ("assert False", 1, "0 passed, 1 failed, 0 skipped")],
)
def test_result_of_all_tests_is_one_line_and_a_code(run, monkeypatch, capfd, body, code, summary):
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take seconds to import
    monkeypatch.setattr(run, "test_runs", lambda arguments: [["-p", "no:cacheprovider", "tests"]])
    monkeypatch.chdir(run.HERE)
    (run.HERE / "tests").mkdir()
    (run.HERE / "tests" / "test_one.py").write_text(f"def test_one():\n    {body}\n", encoding="utf-8")
    assert run.run_tests([]) == code
    assert capfd.readouterr().out.splitlines()[-1] == summary


@pytest.mark.parametrize(("codes", "result"), [([0, 0], 0), ([1, 0], 1), ([0, 1], 1), ([0, 5], 0), ([5, 5], 5)])
def test_either_part_that_fails_fails_the_whole(run, monkeypatch, codes, result):
    (run.HERE / "tests").mkdir()
    monkeypatch.chdir(run.HERE)
    left = list(codes)
    monkeypatch.setattr(run, "test_runs", lambda arguments: [[]] * len(codes))
    monkeypatch.setattr(run, "wait_for", lambda command: left.pop(0))
    assert run.run_tests([]) == result
    assert left == []


def test_students_edition_says_that_it_has_no_tests(run):
    with pytest.raises(run.SetUpError, match="students' edition"):
        run.run_tests([])
