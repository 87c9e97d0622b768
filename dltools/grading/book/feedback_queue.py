"""Pages of feedback are made while the class is still being graded."""

import sys
import threading
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from dltools.grading import workers
from dltools.grading.book import feedback

ENDED = "the process that makes the page has ended: at its limit of time, or it could not start"
PAGES_A_GRADER = 4
"""A page takes less than a quarter of the time in which a worker grades a submission."""


def pages_at_once(graders: int) -> int:
    """How many processes make pages beside so many graders."""
    return -(-graders // PAGES_A_GRADER)


class FeedbackQueue:
    """Students whose page is to be made; a thread hands them to processes that make nothing else.

    Args:
        coursedir: of the course.
        folders: traits of nbgrader's CourseDirectory, for the processes.
        assignment: its name.
        graders: number of workers that grade.
    """

    def __init__(self, coursedir: CourseDirectory, folders: dict[str, str], assignment: str, graders: int) -> None:
        self.task = str(coursedir.root), folders, assignment
        self.width = pages_at_once(graders)
        self.waiting: SimpleQueue[workers.Task | None] = SimpleQueue()
        self.asked: set[str] = set()
        self.done = 0
        self.failed: dict[str, str] = {}
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self) -> "FeedbackQueue":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """No more pages: those that are begun are ended, the others are made by the next run."""
        with suppress(Empty):
            while True:
                self.waiting.get_nowait()
        self.waiting.put(None)

    def make(self, student: str) -> None:
        """Make the student's page, once, as soon as there is time."""
        if student not in self.asked:
            self.asked.add(student)
            self.waiting.put((*self.task, student))

    def work(self) -> None:
        opener = partial(workers.processes, self.width, apart=True)
        try:
            for task, result in workers.results(feedback.generate, iter(self.waiting.get, None), opener, self.width):
                if isinstance(result, BaseException):
                    self.failed[task[-1]] = ENDED if isinstance(result, BrokenExecutor) else str(result)
                self.done += 1
        except BaseException as error:  # for whoever waits for the pages
            self.error = error

    def finish(self) -> dict[str, str]:
        """Wait until all pages are made; returns, by student, why one is not."""
        self.waiting.put(None)
        with tqdm(total=len(self.asked), desc="feedback", unit="file", file=sys.stderr) as bar:
            while self.thread.is_alive():
                self.thread.join(0.05)
                bar.update(self.done - bar.n)
            bar.update(self.done - bar.n)
        if self.error:
            raise self.error
        return self.failed
