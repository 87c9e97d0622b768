"""Many submissions at once: the same code on the processes of one machine and on a Dask cluster."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

Task = tuple[Any, ...]
"""The arguments of one call."""
OPENER = Callable[[], Any]
AHEAD = 2
"""Tasks a worker that are read ahead, so that no worker waits and memory stays flat."""


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
def processes(workers: int) -> Iterator[Executor]:
    """Workers on this machine: new processes (a fork of a process with threads is not safe), or just this one."""
    if workers == 1:
        yield Here()
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def cluster(scheduler: str) -> Iterator[Executor]:
    """The workers of a Dask cluster, by its scheduler's address."""
    from distributed import Client  # slow to import, and only for clusters

    with Client(scheduler, set_as_default=False) as client:
        yield client.get_executor(pure=False, retries=0)


def results(
    function: Callable[..., Any], tasks: Iterable[Task], opener: OPENER, width: int
) -> Iterator[tuple[Task, Any]]:
    """Call `function` on every task and yield (task, result) as they come; an exception is yielded as the result.

    Args:
        function: of the task's items; runs in the workers.
        tasks: read only as fast as they are worked on.
        opener: a new pool of workers; opened again if a worker dies and breaks the pool.
        width: number of workers.
    """
    waiting, suspects = iter(tasks), deque[Task]()
    while True:
        with opener() as pool:
            broken = yield from drain(function, waiting, pool, width * AHEAD)
        if not broken:
            return
        suspects.extend(broken)
        while suspects:  # one at a time, so that the guilty one is found and the others lose nothing
            task = suspects.popleft()
            with opener() as pool:
                yield task, outcome(pool.submit(function, *task))


def drain(
    function: Callable[..., Any], tasks: Iterator[Task], pool: Executor, ahead: int
) -> Generator[tuple[Task, Any], None, list[Task]]:
    """Work on the tasks until they end, or until the pool breaks: then return those that have no result."""
    running: dict[Future[Any], Task] = {}
    while True:
        while len(running) < (1 if isinstance(pool, Here) else ahead) and (task := next(tasks, None)) is not None:
            try:
                running[pool.submit(function, *task)] = task
            except RuntimeError:  # the pool is broken or shut down
                return [*running.values(), task]
        if not running:
            return []
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task, result = running.pop(future), outcome(future)
            if is_broken(result):
                return [task, *running.values()]
            yield task, result


def outcome(future: Future[Any]) -> Any:
    """The result, or the exception in its place."""
    try:
        return future.result()
    except Exception as error:
        return error


def is_broken(result: Any) -> bool:
    """Whether a worker process died and took the pool with it."""
    return type(result).__name__ in ("BrokenProcessPool", "KilledWorker")
