"""Many submissions at once: the same code on the processes of one machine and on a Dask cluster."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from itertools import chain
from multiprocessing import get_context, parent_process
from typing import Any

from dltools.grading.edition import fingerprint
from dltools.grading.model import GradingError
from dltools.grading.sealed.kernel_server import FORKS

Task = tuple[Any, ...]
"""The arguments of one call."""
Opener = Callable[[], Any]
AHEAD = 2
"""Tasks a worker that are read ahead, so that no worker waits and memory stays flat."""
CONNECTING = 20
"""Seconds for a scheduler to answer."""
FORKED: list[Executor] = []
"""The pool of processes that `forked` keeps, if any."""
LOOK = 2
"""Seconds after which it is looked whether a cluster that gives no result is still there."""


class Here(Executor):
    """No other process: each task is done at once, in this one; students' code has processes of its own."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def threads(workers: int) -> Iterator[Executor]:
    """Workers in this process, for what mostly waits: sealed grading has processes of its own."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def processes(workers: int, apart: bool = False) -> Iterator[Executor]:
    """Workers on this machine: new processes (a fork of a process with threads is not safe), or just this one.

    Args:
        workers: how many.
        apart: never this one, because a worker may have to be ended; those of `forked`, if they are there and alive.
    """
    if workers == 1 and not apart:
        yield Here()
        return
    if apart and FORKED and works(FORKED[0]):
        yield FORKED[0]
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def forked(workers: int, let_go: Callable[[], None]) -> Iterator[None]:
    """Meanwhile `processes` apart are forks of this one, which have imported what it has: a second and 100 MB less.

    Nothing is forked where that is not safe: on other systems than Linux, and if there is a second thread already.

    Args:
        workers: how many.
        let_go: closes, in the fork, what only this process may hold open.
    """
    if not FORKS or threading.active_count() > 1:
        yield
        return
    pool = ProcessPoolExecutor(workers, get_context("fork"), initializer=begin_apart, initargs=(let_go,))
    FORKED.append(pool)
    try:
        works(pool)
        yield
    finally:
        FORKED.clear()
        pool.shutdown(wait=False, cancel_futures=True)


def begin_apart(let_go: Callable[[], None]) -> None:
    """The first thing in a fork."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    let_go()
    end_with_parent()


def works(pool: Executor) -> bool:
    """Whether a pool does what it is asked: when one of its processes has died it takes no more tasks."""
    with suppress(BrokenExecutor):
        pool.submit(os.getpid).result()
        return True
    return False


def end_with_parent() -> None:
    """Let this worker end when the process that started it has ended, however that was."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_after(seconds: float) -> None:
    """End this worker when it has used so many more seconds of the processor: the others go on without it.

    Nothing is interrupted that would have to clean up. Where there is no such clock, as on Windows, there is no limit.
    """
    if parent_process() and hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


@contextmanager
def cluster(scheduler: str, prove: Callable[[], object] = lambda: None) -> Iterator[Executor]:
    """The workers of a Dask cluster, by its scheduler's address.

    Args:
        scheduler: its address.
        prove: runs once on every worker; what it raises is why the cluster cannot be used.

    Raises:
        GradingError: if no scheduler answers there, it has no workers, or one has another dltools or cannot grade.
    """
    from distributed import Client  # slow to import, and only for clusters

    try:
        client = Client(scheduler, set_as_default=False, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise GradingError(f"No Dask scheduler answers at {scheduler}: {error}. Is it running?") from None
    with client:
        require_alike(scheduler, client.run(fingerprint, on_error="return"))
        for worker, answer in client.run(prove, on_error="return").items():
            if isinstance(answer, Exception):
                raise GradingError(f"The Dask worker {worker} cannot grade: {answer}")
        yield Cluster(client)


class Cluster(Executor):
    """A Dask cluster by its client; futures of a scheduler that was killed never end, which `is_gone` tells."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.pool = client.get_executor(pure=False, retries=0)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        try:
            future: Future[Any] = self.pool.submit(function, *args, **kwargs)
        except Exception as error:  # distributed has no type of its own for a client that lost its scheduler
            raise RuntimeError(f"the Dask cluster takes no task: {error}") from error
        return future

    @property
    def is_gone(self) -> bool:
        return str(self.client.status) == "closed"


def require_alike(scheduler: str, workers: dict[str, Any]) -> None:
    """Refuse workers that would give other scores than this machine."""
    if not workers:
        raise GradingError(f"The Dask scheduler at {scheduler} has no workers; start some, then grade again.")
    here = fingerprint()
    for worker, there in sorted(workers.items()):
        if not isinstance(there, dict):
            raise GradingError(f"The Dask worker {worker} has another dltools: {there}. Install this one there.")
        for name in here.keys() | there.keys():
            if here.get(name) != there.get(name):
                raise GradingError(
                    f"The Dask worker {worker} has {name} {there.get(name)}, this machine has {here.get(name)}; "
                    "scores could differ. Install the same on both."
                )


def results(
    function: Callable[..., Any], tasks: Iterable[Task], opener: Opener, width: int
) -> Iterator[tuple[Task, Any]]:
    """Call `function` on every task and yield (task, result) as they come.

    A call that raises, or whose worker dies, is tried again when all others are done, alone, so that the guilty one is
    found and the others lose nothing; what it raises then is yielded as its result.

    Args:
        function: of the task's items; runs in the workers.
        tasks: read only as fast as they are worked on.
        opener: a new pool of workers; opened again if a worker dies and breaks the pool.
        width: number of workers.
    """
    waiting, failed = iter(tasks), list[Task]()
    for task in waiting:
        with opener() as pool:
            yield from drain(function, chain([task], waiting), pool, width * AHEAD, failed)
    for task in failed:
        try:
            with opener() as pool:
                result = outcome(pool, pool.submit(function, *task))
        except (GradingError, OSError, RuntimeError) as error:  # the cluster is gone
            result = error
        yield task, result


def drain(
    function: Callable[..., Any], tasks: Iterator[Task], pool: Executor, ahead: int, failed: list[Task]
) -> Iterator[tuple[Task, Any]]:
    """Work on the tasks until they end or the pool breaks; those that have no result go to `failed`."""
    running: dict[Future[Any], Task] = {}
    ahead, broken = 1 if isinstance(pool, Here) else ahead, False
    while True:
        while not broken and len(running) < ahead and (task := next(tasks, None)) is not None:
            try:
                running[pool.submit(function, *task)] = task
            except RuntimeError:  # a worker died, and the pool with it
                failed.append(task)
                broken = True
        if not running:
            return
        for future in ended(pool, running):
            task, result = running.pop(future), outcome(pool, future)
            if isinstance(result, BaseException):
                failed.append(task)
            else:
                yield task, result


def ended(pool: Executor, running: Iterable[Future[Any]]) -> set[Future[Any]]:
    """Wait for the next; all of them, done or not, when the pool is gone."""
    while not (done := wait(running, LOOK, FIRST_COMPLETED).done):
        if isinstance(pool, Cluster) and pool.is_gone:
            return set(running)
    return done


def outcome(pool: Executor, future: Future[Any]) -> Any:
    """The result, or the exception in its place."""
    ended(pool, [future])
    if not future.done():
        return GradingError("the Dask scheduler has ended")
    try:
        return future.result()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a cancelled future's is no Exception
        return error
