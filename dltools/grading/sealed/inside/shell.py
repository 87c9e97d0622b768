"""The notebook's IPython as a student knows it: ipykernel's own shell and kernel, with nobody listening to them.

Every magic, hook, comm and widget is the real one. What only chooses where figures are shown is passed over: here every
figure is an output of its cell. What cannot be had here (an answer to `input`, a network) fails as in a notebook that
`jupyter nbconvert --execute` runs.
"""

import asyncio
import contextlib
import fnmatch
import logging
import subprocess
from collections.abc import Iterator
from subprocess import DEVNULL, PIPE, STDOUT
from types import SimpleNamespace, TracebackType
from typing import Any

import comm
from ipykernel.compiler import XCachingCompiler
from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from IPython.core.async_helpers import get_asyncio_loop
from jupyter_client.session import Session
from traitlets import Type

from dltools.grading.sealed.wire.shell import Display, Result, Shell


class Unheard(Session):
    """Messages to a front end that is not there: widgets and comms send them, and nobody answers."""

    def send(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {}


class NotebookKernel(IPythonKernel):
    """What `get_ipython().kernel` is: IPython's kernel without sockets and without a debugger."""

    debugger_class = Type(object)  # the real one is a thread and 30 MB for each notebook
    shell_channel_thread = SimpleNamespace(parent_thread=None)  # interrupts come as KeyboardInterrupt, by kernel.py
    _supports_kernel_subshells = False

    def __init__(self, **traits: Any):
        super(IPythonKernel, self).__init__(**traits)
        self.comm_manager = comm.get_comm_manager()

    def _restore_input(self) -> None:
        """Nothing: between the cells, while a check calls a function, there is nobody to ask either."""


class NotebookDisplay(Display, ZMQDisplayPublisher):
    """What display() shows becomes an output of the cell; hooks can be registered, as in a notebook."""


class NotebookResult(Result, ZMQShellDisplayHook):
    """The value of a cell's last line; it is told, as ipykernel's own, which message it answers."""


class Profile(dict[str, Any]):
    """What IPython keeps in files of its profile (`%bookmark`, `%store`): here for as long as the notebook runs."""

    def keys(self, pattern: str = "*") -> Any:
        return fnmatch.filter(super().keys(), pattern)

    def __delitem__(self, key: str) -> None:
        self.pop(key, None)


class NotebookShell(Shell, ZMQInteractiveShell):
    """The student's shell."""

    displayhook_class = Type(NotebookResult)
    display_pub_class = Type(NotebookDisplay)
    compiler_class = Type(XCachingCompiler)

    @classmethod
    def make(cls) -> "NotebookShell":
        shell = super().make()
        assert isinstance(shell, cls)
        shell.kernel = NotebookKernel.instance(session=Unheard(), shell=shell, log=logging.getLogger("ipykernel"))
        IPKernelApp.instance().kernel = shell.kernel
        shell.db = Profile()
        shell.display_pub.session = shell.kernel.session  # type: ignore[attr-defined]
        shell.configurables.append(shell.kernel.comm_manager)  # type: ignore[arg-type]
        keep_figures_inline(shell)
        return shell

    def start(self) -> None:
        """Each cell, and each call by a check, has been asked for by a message, as in a notebook."""
        super().start()
        self.kernel.set_parent([], {**self.kernel.session.msg("execute_request"), "buffers": []})

    def execute(self, source: str) -> None:
        """Run a cell as ipykernel does, within a running event loop, so that `await` and asyncio's tasks work."""
        loop = get_asyncio_loop()
        cell = loop.create_task(self.kernel.do_execute(source, silent=False))
        try:
            loop.run_until_complete(cell)
        except BaseException:  # an interrupt while the loop waits
            cell.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(cell)
            raise

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window here: `%gui qt` is passed over."""

    def enable_matplotlib(self, gui: Any = None) -> tuple[Any, Any]:
        """Whatever is chosen (widget, notebook, tk), figures are inline."""
        chosen: tuple[Any, Any] = super().enable_matplotlib("inline")
        return chosen

    def _get_exc_info(self, exc_tuple: Any = None) -> tuple[Any, Any, Any]:
        kind, error, trace = super()._get_exc_info(exc_tuple)
        return kind, error, shortened(trace)

    def ask_exit(self) -> None:
        """`exit` in a cell ends nothing: the cells below are still to be graded."""

    def system(self, command: str) -> None:
        """`!command`: what it prints is shown; that there is no terminal or no shell is not the notebook's fault."""
        if command.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        expanded = self.var_expand(command, depth=1)
        done = subprocess.run(["sh", "-c", expanded], stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, errors="replace")
        print(done.stdout, end="")
        self.user_ns["_exit_code"] = done.returncode


def shortened(trace: TracebackType | None, ends: int = 20) -> TracebackType | None:
    """The traceback of an endless recursion without its middle: to show 3,000 frames takes IPython a minute."""
    steps = list(walk(trace))
    if len(steps) > 3 * ends:
        steps[ends].tb_next = steps[-ends]
    return trace


def walk(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace:
        yield trace
        trace = trace.tb_next


def keep_figures_inline(shell: NotebookShell) -> None:
    """Let `matplotlib.use("TkAgg")`, which only chooses a window that is not there, change nothing."""
    import matplotlib.pyplot as plt

    shell.enable_matplotlib()
    switch = plt.switch_backend

    def switch_backend(newbackend: str) -> None:
        with contextlib.suppress(ImportError):
            switch(newbackend)

    plt.switch_backend = switch_backend


def forget_loop() -> None:
    """Before a fork: each kernel makes an event loop of its own when it needs one."""
    get_asyncio_loop().close()
