"""A Dask cluster gives the gradebook that this machine gives; one that is gone or alike in name only costs nobody."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from test_batch import (  # noqa: F401
    HERE,
    contents,
    free_port,
    parsed,
    run,
    sqlite,
    submitted,
    workers_find_the_executor,
)

from dltools.grading import grade, seeds, workers
from dltools.grading.book.gradebook import Book
from dltools.places import PACKAGE


class Cluster:
    """A Dask scheduler and workers, each a process in an empty folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.processes = root, list[subprocess.Popen[bytes]]()
        self.address = f"tcp://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self.start(["scheduler", "--port", port, "--no-dashboard", "--host", "127.0.0.1"])

    def start(self, arguments: list[str], dltools: Path = HERE.parents[1]) -> subprocess.Popen[bytes]:
        folder = self.root / f"machine-{len(self.processes)}"
        folder.mkdir()
        line = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(dltools)])}
        with (folder / "log").open("wb") as log:
            self.processes.append(subprocess.Popen(line, cwd=folder, env=env, stdout=log, stderr=log))
        return self.processes[-1]

    def worker(self, dltools: Path = HERE.parents[1]) -> None:
        self.start(["worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny"], dltools)

    def end(self) -> None:
        for process in self.processes:
            process.kill()  # a worker that is asked politely may wait for ever for a scheduler that is gone
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.end()


def test_a_dask_cluster_gives_the_same_gradebook(submitted: Path, cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
    alone = Path(shutil.copytree(submitted, tmp_path / "alone"))
    (submitted / seeds.SECRET).write_bytes(seeds.secret(alone))
    run(alone)
    cluster.worker()
    cluster.worker()
    wait_for_workers(cluster, 1)
    run(submitted, "--scheduler", cluster.address, "--workers", "2")
    assert contents(sqlite(submitted)) == contents(sqlite(alone))


def wait_for_workers(cluster: Cluster, number: int) -> None:
    with Client(cluster.address, set_as_default=False, timeout=120) as client:
        client.wait_for_workers(number, timeout=240)


def test_a_worker_with_another_dltools_grades_nothing(
    submitted: Path,  # noqa: F811
    cluster: Cluster,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line of one check is another there."""
    other = tmp_path / "other"
    shutil.copytree(PACKAGE, other / "dltools", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "dltools" / "checks" / "convolution.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    cluster.worker()
    cluster.worker(other)
    wait_for_workers(cluster, 2)
    assert grade.run(parsed(submitted, "--scheduler", cluster.address)) == grade.RUN_AGAIN
    told = capsys.readouterr().err.splitlines()[-1]
    assert "dltools with the hash" in told and "Install the same on both" in told
    assert not (submitted / "autograded").exists()


def test_a_scheduler_that_is_killed_costs_nobody_a_point(
    submitted: Path,  # noqa: F811
    cluster: Cluster,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It dies when the third is recorded; the same command, with another pool, goes on from there."""
    alone = Path(shutil.copytree(submitted, tmp_path / "alone"))
    (submitted / seeds.SECRET).write_bytes(seeds.secret(alone))
    run(alone)
    cluster.worker()
    wait_for_workers(cluster, 1)
    record, numbers = Book.record, iter(range(1, 100))

    def record_and_kill(*args: Any) -> None:
        record(*args)
        if next(numbers) == 3:
            cluster.scheduler.kill()

    monkeypatch.setattr(Book, "record", record_and_kill)
    monkeypatch.setattr(workers, "CONNECTING", 2)
    assert grade.run(parsed(submitted, "--scheduler", cluster.address)) == grade.RUN_AGAIN
    shown = capsys.readouterr()
    assert "No Dask scheduler answers" in shown.out + shown.err  # of those sent to it, in their rows
    assert "Traceback" not in shown.out
    assert grade.run(parsed(submitted)) == grade.ALL_GRADED
    assert contents(sqlite(submitted)) == contents(sqlite(alone))
