"""The rows of this folder once more, as an ordinary user and in the level limited: the weightiest; with --long all.

The tests run as root in a container, where the jail is made in another way: it drops root, and needs no name space of
users for its private root.
"""

import os
import subprocess
import sys
from pathlib import Path

import ordinary_user
import pytest

HERE = Path(__file__).parent
ATTACKS = [
    "sealed: the reference found on the disk",
    "sealed: frames forged on every descriptor",
    "sealed: nothing",
    "jailed: a fork bomb of 200",
    "harmless: right, and the kernel kills all it sees",
    "harmless: no network",
    "harmless: no file of the system",
    "harmless: no environment of staff on the stack",
    "harmless: no limit, affinity or priority of another process",
    "harmless: no end that looks like the machine's doing",
    "harmless: no gradebook",
]
OF_ITS_LEVEL = {
    "full": ["test_sealed.py::test_nothing_outlives_its_submission"],
    "limited": [
        "test_accidents.py::test_the_level_limited_leaves_neither_memory_nor_folders",
        "test_sealed.py::test_two_submissions_at_one_time_cannot_see_or_signal_each_other",
    ],
}
ROW = "test_attacks.py::test_a_submission_gets_what_its_numbers_deserve"
NOT_OF_LIMITED = f"tests/sealed/{ROW}[harmless: no 1 GB of files]"
"""It has a limit for each file, and none for all files together."""
WHOLE = ["test_attacks.py", "test_accidents.py", "test_clocks.py", "test_same_verdict.py", "test_jail.py"]


def passed_as_an_ordinary_user(level: str, tests: list[str], *options: str) -> int:
    """How many of the tests pass in this level; none fails, and none is skipped."""
    pytest_command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        [sys.executable, ordinary_user.__file__, *pytest_command, *(str(HERE / test) for test in tests)],
        env={**os.environ, "DLTOOLS_TEST_JAIL": level},
        capture_output=True,
        text=True,
    )
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    assert done.returncode == 0 and "skipped" not in last, done.stdout + done.stderr
    return int(last.split()[0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the jail needs Linux")
@pytest.mark.parametrize("level", [pytest.param("full", marks=pytest.mark.long), "limited"])
def test_the_weightiest_rows_as_an_ordinary_user(level: str) -> None:
    tests = [*(f"{ROW}[{name}]" for name in ATTACKS), *OF_ITS_LEVEL[level]]
    assert passed_as_an_ordinary_user(level, tests) == len(tests)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("level", OF_ITS_LEVEL)
def test_all_rows_as_an_ordinary_user(level: str) -> None:
    left_out = ["--deselect", NOT_OF_LIMITED] if level == "limited" else []
    assert passed_as_an_ordinary_user(level, WHOLE, "--long", *left_out) > 150
