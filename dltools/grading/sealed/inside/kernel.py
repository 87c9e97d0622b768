"""The student's kernel: a loop in the main thread that answers the checker's requests, one at a time.

It runs inside the jail, together with the student's code, which can change or replace anything in this file once it
runs. So nothing here is trusted and nothing secret is here: no reference, no seed, no points. All that leaves this
process is plain data (wire/channel.py) that the checker judges by its values alone.

What it cannot stop: nothing at all; that is the jail's part (jail/) and the checker's (kernel_client.py).
"""

import builtins
import contextlib
import importlib
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from dltools.grading.sealed.inside.importer import install, own_modules
from dltools.grading.sealed.inside.shell import NotebookShell, forget_loop
from dltools.grading.sealed.wire.channel import Channel, Closed, Malformed, pack
from dltools.running.calling import error_place, quiet
from dltools.running.files import put
from dltools.running.plain import kind_name

PRINTED = 10_000
"""Characters of what a function prints that are shown."""
PRELOADED = ("anywidget",)
"""What notebooks of this course import besides NumPy and matplotlib; a module that is missing is passed over."""
SELDOM = ("sklearn.datasets", "sklearn.linear_model")
"""What few of them import, because it takes a second."""


class Kernel:
    """Answers requests about one student's notebook."""

    def __init__(self, shell: NotebookShell, sock: socket.socket):
        self.shell = shell
        self.channel = Channel(sock, self)
        self.lent: list[Any] = []
        self.busy = False
        self.process = os.getpid()

    def serve(self) -> None:
        """Answer until the checker hangs up."""
        signal.signal(signal.SIGINT, self.interrupt)
        while True:
            self.respond(self.channel.receive())

    def respond(self, request: dict[str, Any]) -> None:
        reply = {"sequence": request["sequence"], **self.answer(request)}
        if os.getpid() != self.process:  # a child that a cell forked and forgot: it has nothing to say here
            os._exit(0)
        try:
            self.channel.send(reply)
        except Malformed as error:
            self.channel.send({"sequence": request["sequence"], "error": described(error)})

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.busy:
            raise KeyboardInterrupt

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        work: Callable[..., dict[str, Any]] = getattr(self, request["do"])
        before = self.busy
        try:
            self.busy = True
            return work(**request["with"])
        except BaseException as error:
            return {"error": described(error)}
        finally:
            self.busy = before

    def begin(self, modules: dict[str, tuple[bytes, bytes]], files: dict[str, bytes]) -> dict[str, Any]:
        """Make the sealed `dltools` importable; put the files that come with the notebook into its folder."""
        install(modules)
        for name, content in files.items():
            with contextlib.suppress(OSError, ValueError):  # a name that cannot be, no room: who opens it is told
                put({name: content}, Path.cwd())
        self.shell.user_ns["_dh"][:] = [Path.cwd()]
        self.shell.home_dir = str(Path.cwd())  # where %cd goes: the user's own home is not in the jail
        random.seed(0)  # after the fork, and always the same: a regrade repeats
        np.random.seed(0)
        return {}

    def run(self, source: str) -> dict[str, Any]:
        before = self.waiting()
        outputs = self.shell.run(source)
        leaves = self.waiting() > before
        for output in outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output.pop("parts"))
        shown, count = [plain(output) for output in outputs], self.shell.execution_count - 1
        return {"outputs": shown, "count": count, "leaves": leaves}

    def waiting(self) -> int:
        """How much acts after the cell that made it: threads (tqdm's apart), a pending alarm, IPython's hooks."""
        threads = sum(type(thread).__name__ != "TMonitor" for thread in threading.enumerate())
        hooks = sum(map(len, self.shell.events.callbacks.values()))
        return threads + hooks + (signal.getitimer(signal.ITIMER_REAL)[0] > 0)

    def values(self, names: list[str]) -> dict[str, Any]:
        known = self.shell.user_ns
        return {"value": {name: known[name] for name in names if name in known}}

    def attribute(self, name: str, attribute: str) -> dict[str, Any]:
        return {"value": getattr(self.shell.user_ns[name], attribute)}

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Call a function, which is given by its name in the notebook or is one that was lent to the checker."""
        if type(function) is str:
            function = self.shell.user_ns[function]
        self.shell.start()
        before = pack((args, kwargs), self)
        reply: dict[str, Any] = {}
        faults: set[str] = set()
        try:
            with quiet(faults):
                value = function(*args, **kwargs)
            # a named tuple is a tuple to a check in the notebook, so that it is one here
            reply["value"] = tuple(tuple.__iter__(value)) if issubclass(type(value), tuple) else value
        except BaseException as error:
            reply["error"] = described(error, function)
        reply["faults"] = sorted(faults)
        if pack((args, kwargs), self) != before:
            reply["changed"] = [args, kwargs]
        printed = [part for output in self.shell.outputs for part in output.get("parts", [])]
        reply["printed"] = "".join(printed)[:PRINTED]
        return reply

    def lend(self, value: Any) -> list[Any]:
        """A reference to what is not plain data: to the checker's own if it came from there, else to ours."""
        if issubclass(type(value), Callback):
            return ["checker", value.number]
        number = next((i for i, known in enumerate(self.lent) if known is value), len(self.lent))
        if number == len(self.lent):
            self.lent.append(value)
        return ["kernel", number, kind_name(value), callable(value)]

    def find(self, reference: list[Any]) -> Any:
        owner, number, *name = reference
        if owner == "checker":
            return Callback(self, number, *name)
        return self.lent[number] if type(number) is int else self.shell.user_ns[number]


class Callback:
    """A function of the checker that the student's function was given, such as the f of a numerical gradient."""

    def __init__(self, kernel: Kernel, number: int, name: str):
        self.kernel = kernel
        self.number = number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        channel = self.kernel.channel
        channel.send({"callback": self.number, "args": args, "kwargs": kwargs})
        while "do" in (reply := channel.receive()):  # the function calls a function of the student's in its turn
            self.kernel.respond(reply)
        if "error" in reply:
            raise getattr(builtins, reply["error"]["base"])(reply["error"]["message"])
        return reply["value"]


def plain(output: dict[str, Any]) -> dict[str, Any]:
    """The output without what a notebook file could not hold: only text in its data."""
    if "data" in output:
        output["data"] = {mime: data for mime, data in output["data"].items() if isinstance(data, str)}
    return output


def described(error: BaseException, function: Any = None) -> dict[str, Any]:
    """An exception as plain data; `line` and `text` tell where in the file of the function it arose."""
    base = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    found = error_place(function, error)
    where = {"line": found[0], "text": found[1]} if found else {}
    return {"name": type(error).__name__, "base": base, "message": str(error)[:2000], **where}


def main(sock: socket.socket, shell: NotebookShell) -> None:
    """Serve and end; never returns, whatever the student's code did."""
    try:
        Kernel(shell, sock).serve()
    except (Closed, Malformed):
        pass
    finally:
        os._exit(0)


def preload(names: Iterable[str] = SELDOM) -> None:
    """Import modules before kernels are forked, which then have them."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def warm() -> NotebookShell:
    """Do once what every kernel would do: the imports, a first picture, a first traceback."""
    preload(PRELOADED)
    shell = NotebookShell.make()
    try:
        shell.run("import matplotlib.pyplot as plt; plt.plot([0, 1]); plt.title('$x$'); plt.show(); del plt")
        shell.run("1 / 0")
    finally:  # what goes wrong in the processes that fork kernels is for staff to see
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    shell.reset(new_session=True)
    shell.execution_count = 1
    forget_loop()
    own_modules()
    return shell


if __name__ == "__main__":  # where there is no fork: a kernel of its own, whose socket is the number given
    main(socket.socket(fileno=int(sys.argv[1])), NotebookShell.make())
