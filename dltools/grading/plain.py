"""The plain executor: a Jupyter kernel a submission, without a jail; for one's own notebooks."""

import asyncio
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from dltools.grading.model import Limits, Notebook
from dltools.running.cells import error_output, has_error, is_graded
from dltools.running.files import put, temporary_folder
from dltools.running.ipc import use_ipc
from dltools.running.threads import ONE_THREAD

PATIENCE = 4
"""Seconds that a kernel has to answer an interrupt before it is replaced."""


def execute(notebook: Notebook, limits: Limits, seed: int, files: dict[str, bytes] | None = None) -> NotebookNode:
    """Run a notebook in a plain kernel; a cell that does not end or kills the kernel costs only itself.

    Args:
        notebook: in nbformat 4; is not changed.
        limits: times and size of the output.
        seed: of the hidden cases; reaches the kernel as DLTOOLS_SEED.
        files: the assignment's own, by path, put into the working folder.
    """
    with temporary_folder() as folder:
        home, sockets = folder / "home", folder / "sockets"
        home.mkdir()
        sockets.mkdir()
        put(files or {}, home)
        run = Run(notebook, limits, seed, str(home), str(sockets)).run()
        with ThreadPoolExecutor(1) as thread:  # the caller's own may have an event loop: formgrader's server has
            return thread.submit(asyncio.run, run).result()


class Client(NotebookClient):
    """A NotebookClient that keeps no more than so many bytes of output."""

    room = 0

    def output(self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        before, self.room = self.room, self.room - len(str(msg["content"]))
        if self.room >= 0:
            return super().output(outs, msg, display_id, cell_index)
        if before >= 0:
            outs.append(
                new_output("stream", name="stdout", text="\n... the rest of the output is left out: too long\n")
            )
        return None


class Run:
    """One notebook on its way through one kernel, or through several if a cell kills them."""

    def __init__(self, notebook: Notebook, limits: Limits, seed: int, folder: str, sockets: str) -> None:
        self.notebook: NotebookNode = nbformat.from_dict(notebook)
        self.limits = limits
        self.folder, self.sockets = folder, sockets
        self.environment = {**os.environ, **ONE_THREAD, "DLTOOLS_SEED": str(seed), "IPYTHONDIR": folder}
        self.deadline = time.monotonic() + limits.notebook_seconds
        self.play_deadline = self.deadline - limits.notebook_seconds / 2
        self.replayable: list[NotebookNode] = []

    async def run(self) -> NotebookNode:
        client = await self.start()
        try:
            for index, cell in enumerate(self.notebook.cells):
                if not is_code(cell):
                    continue
                if time.monotonic() > (self.deadline if is_nbgrader(cell) else self.play_deadline):
                    blame(cell, "NotebookTimeout", "not run: the notebook's time was used up by the cells above")
                elif not await self.run_cell(client, cell, index):
                    client = await self.replace(client)
        finally:
            await stop(client)
        return self.notebook

    async def start(self) -> Client:
        client = Client(
            self.notebook,
            timeout=max(1, int(self.limits.cell_seconds)),
            startup_timeout=120,
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": "CellTimeout", "evalue": "", "traceback": []},
            iopub_timeout=PATIENCE,
            raise_on_iopub_timeout=True,
            record_timing=False,
            shutdown_kernel="immediate",
        )
        client.room = self.limits.output_bytes
        use_ipc(client, tempfile.mkdtemp(dir=self.sockets))
        await client.async_start_new_kernel(env=self.environment, cwd=self.folder)
        await client.async_start_new_kernel_client()
        return client

    async def run_cell(self, client: Client, cell: NotebookNode, index: int) -> bool:
        """Run one cell; tell whether the kernel is still good."""
        began = time.monotonic()
        try:
            await client.async_execute_cell(cell, index)
        except DeadKernelError:
            blame(cell, "KernelDied", "this cell ended the Python process; the cells below were run in a new one")
            return False
        except CellTimeoutError:
            blame(cell, "CellTimeout", f"this cell did not end within {self.limits.cell_seconds:g} seconds")
            return False
        if time.monotonic() - began >= self.limits.cell_seconds:
            blame(cell, "CellTimeout", f"this cell did not end within {self.limits.cell_seconds:g} seconds")
        elif not is_graded(cell) and not has_error(cell):
            self.replayable.append(cell)
        return True

    async def replace(self, client: Client) -> Client:
        """A new kernel that knows what the good cells above have defined."""
        await stop(client)
        client = await self.start()
        for cell in self.replayable:
            if time.monotonic() < self.deadline:
                await self.run_cell_quietly(client, nbformat.from_dict(cell))
        return client

    async def run_cell_quietly(self, client: Client, cell: NotebookNode) -> None:
        client.nb = nbformat.v4.new_notebook(cells=[cell])
        try:
            await client.async_execute_cell(cell, 0)
        except (DeadKernelError, CellTimeoutError):
            self.deadline = 0
        finally:
            client.nb = self.notebook


async def stop(client: Client) -> None:
    if client.km is not None and client.kc is not None:
        await client._async_cleanup_kernel()


def is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def is_nbgrader(cell: NotebookNode) -> bool:
    """Answers and graded cells; where time runs out, they come before examples and figures."""
    return "nbgrader" in cell.metadata


def blame(cell: NotebookNode, name: str, sentence: str) -> None:
    """Put an error into the cell, in words that a student can use."""
    cell.outputs.append(error_output(name, sentence))
