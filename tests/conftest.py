"""What all tests share: how hypothesis draws, and what a machine may lack."""

import os
import sys

import pytest
from hypothesis import settings

from dltools.running.threads import ONE_THREAD

os.environ |= ONE_THREAD  # before NumPy is loaded: as in the students' kernels, or small trainings wait for each other

from dltools.student.doctor import find_browser, find_postgresql

# Machines are noisy: a slow example is no defect. A failing one is printed so that it can be repeated.
settings.register_profile("course", deadline=None, print_blob=True)
settings.load_profile("course")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also what takes hours: 50 seeds of every check, ...")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes hours; runs with --long only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_runtest_setup() -> None:
    """IPython puts a main module without __spec__ in place of ours; processes that are spawned need one."""
    main = sys.modules["__main__"]
    main.__spec__ = getattr(main, "__spec__", None)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The path of a Chromium; skips the test, and says so, where there is none."""
    return find_browser() or pytest.skip("no Chromium: `python3 run.py doctor` tells how to get one")


@pytest.fixture(scope="session")
def postgresql_programs() -> str:
    """The folder of PostgreSQL's programs; skips the test, and says so, where there is none."""
    return find_postgresql() or pytest.skip("no PostgreSQL: `python3 run.py doctor` tells how to get it")
