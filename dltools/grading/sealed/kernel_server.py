"""Zygotes: processes that have imported what notebooks import, and fork a jailed kernel for each in milliseconds.

The nursery imports, once, and forks zygotes: one for each notebook that is graded at the same time. A zygote runs as an
ordinary user, in the private root when the jail is full, and never runs student code itself. It takes orders over a
socket that no kernel inherits: fork, interrupt, kill. All die with the process that started the nursery. What few
notebooks import, such as scikit-learn, the nursery imports when the first of them comes, for the zygotes after it.

The threat: a kernel that outlives its submission or reaches the next one. Before each fork, and when told that a
submission is done, every process that came from the zygote is killed and waited for.
What it cannot stop: differences between a forked kernel and a fresh one; both run the same cells to the same results.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from typing import Any

from dltools.grading.jail import levels as jail
from dltools.grading.jail import mounts
from dltools.grading.jail.levels import ENVIRONMENT
from dltools.grading.model import Accident, Caps
from dltools.grading.sealed.clock import Used, used_by
from dltools.grading.sealed.wire.channel import Channel, Table
from dltools.places import REPOSITORY
from dltools.running.uncollected import uncollected

INSIDE = "dltools.grading.sealed.inside.kernel"
"""What runs with student code: named here, and never imported by what is trusted."""
KEPT = ("HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH")
"""What the nursery has of the starting process's environment: where matplotlib's list of fonts is, and Python's own
libraries. The kernels are forks of it, and whatever it was started with stays readable on their stacks."""
FORKS = sys.platform.startswith("linux")
"""Elsewhere a fork after NumPy's import is unsafe, or there is none: a kernel is a fresh process there."""
LONGEST = 4000
"""Bytes of an order or its answer."""
ENDING = 5.0
"""Seconds that a kernel which has hung up has to end."""


def order(orders: socket.socket, what: str, *descriptors: int) -> str:
    """Send an order and wait until it is done; what there is to tell of it.

    Raises:
        Accident: if it failed, or the other end has ended.
    """
    try:
        socket.send_fds(orders, [what.encode()], descriptors)
        done, _, told = orders.recv(LONGEST).decode().partition(" ")
    except OSError:
        done, told = "", ""
    if done != "done":
        raise Accident(told or "the process that starts the students' kernels has ended")
    return told


class Nursery:
    """The starting process's end of the nursery.

    Args:
        level: of the jail; see jail/levels.py.
        caps: of each kernel.
    """

    def __init__(self, level: str, caps: Caps):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        orders = json.dumps({"level": level, "caps": vars(caps), "fileno": theirs.fileno()})
        command = [sys.executable, "-P", "-m", "dltools.grading.sealed.kernel_server", orders]
        clean = {**ENVIRONMENT, "PYTHONPATH": str(REPOSITORY)}
        clean |= {name: os.environ[name] for name in KEPT if name in os.environ}
        self.has_seldom = False
        with theirs:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True, env=clean
            )

    def zygote(self, seldom: bool = False) -> "Zygote":
        """A new one; `seldom`: that has imported what few notebooks do. Accident if the nursery has ended."""
        if seldom and not self.has_seldom:
            order(self.socket, "preload")
            self.has_seldom = True
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            order(self.socket, "zygote", theirs.fileno())
        return Zygote(ours, self.has_seldom)

    def close(self) -> None:
        self.socket.close()
        self.process.wait()


class Zygote:
    """The starting process's end of a zygote. `fork` gives a new kernel and ends the last one.

    Args:
        orders: the socket that leads to it.
        has_seldom: whether it has imported what few notebooks do.
    """

    def __init__(self, orders: socket.socket, has_seldom: bool):
        self.socket = orders
        self.has_seldom = has_seldom

    def order(self, what: str, *descriptors: int) -> str:
        return order(self.socket, what, *descriptors)

    def fork(self, table: Table) -> "ForkedKernel":
        ours, theirs = socket.socketpair()
        with theirs:
            process = int(self.order("fork", theirs.fileno()))
        return ForkedKernel(self, process, Channel(ours, table))


class ForkedKernel:
    """A kernel that the zygote forked."""

    def __init__(self, zygote: Zygote, process: int, channel: Channel):
        self.zygote = zygote
        self.process = process
        self.channel = channel

    def interrupt(self) -> None:
        self.zygote.order("interrupt")

    def kill(self) -> None:
        """End it and every process that it started."""
        self.channel.close()
        self.zygote.order("kill")

    def exit_code(self) -> int | None:
        """How it ended, by itself (negative: by a signal); None if it does not end."""
        told = self.zygote.order("await")
        return int(told) if told else None

    def used(self) -> Used:
        return used_by(self.process)


class FreshKernel:
    """A kernel in a process of its own, for platforms where a fork is unsafe; without a jail."""

    def __init__(self, table: Table):
        ours, theirs = socket.socketpair()
        self.scratch = tempfile.TemporaryDirectory(prefix="dltools-student-", ignore_cleanup_errors=True)
        home = dict.fromkeys(["HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"], self.scratch.name)
        environment = {**ENVIRONMENT, **home, "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, "-P", "-m", INSIDE, str(theirs.fileno())]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd=self.scratch.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.channel = Channel(ours, table)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.wait()
        self.scratch.cleanup()

    def exit_code(self) -> int | None:
        """How it ended, by itself (negative: by a signal); None if it does not end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(ENDING)
        return None

    def used(self) -> Used:
        return used_by(self.process.pid)


def raise_zygotes(orders: socket.socket, level: str, caps: Caps) -> None:
    """The nursery: fork a zygote for each order, until the other end hangs up."""
    jail.die_with_parent()
    with uncollected():
        kernel = import_module(INSIDE)
        shell = kernel.warm()
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, 100, 1)
        if not order:
            return
        if order == b"preload":
            with uncollected():
                kernel.preload()
        elif os.fork() == 0:
            orders.close()
            return serve(socket.socket(fileno=descriptors[0]), level, caps, shell)
        for descriptor in descriptors:
            os.close(descriptor)
        orders.send(b"done")


def serve(orders: socket.socket, level: str, caps: Caps, shell: "object") -> None:
    """A zygote: take orders until the other end hangs up."""
    try:
        jail.enter(level)
    except Exception as error:
        orders.recv(LONGEST)
        return refuse(orders, error)
    scratch, child = "", 0
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, LONGEST, 1)
        told = ""
        if order == b"interrupt" and child:
            os.kill(child, signal.SIGINT)
        elif order == b"await":
            child, told = await_end(child)
        elif order != b"interrupt":
            jail.end_children()
            if scratch and level != "full":
                clear(scratch)
            scratch, child = "", 0
        if not order:
            return
        if order == b"fork":
            scratch = jail.scratch_folder(level)
            try:
                child = jail.fork(level)
            except OSError as error:
                return refuse(orders, error)
            if child == 0:
                orders.close()
                run_kernel(descriptors[0], level, caps, scratch, shell)
            os.close(descriptors[0])
            told = str(child)
        orders.send(f"done {told}".encode())


def refuse(orders: socket.socket, error: Exception) -> None:
    """Say why an order was not done; the zygote ends then."""
    orders.send(f"failed {error}".encode()[:LONGEST])


def await_end(child: int) -> tuple[int, str]:
    """Wait a moment for a kernel to end; (0, its exit code), or (the kernel, "") if it goes on."""
    end = time.monotonic() + ENDING
    while child and time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return 0, str(os.waitstatus_to_exitcode(status))
        time.sleep(0.01)
    return child, ""


class NoTable:
    """For a kernel that is never asked anything."""

    def lend(self, value: Any) -> list[Any]:
        raise TypeError(value)

    def find(self, reference: list[Any]) -> Any:
        raise TypeError(reference)


def clear(scratch: str) -> None:
    try:
        mounts.remove(scratch)
    except OSError as error:
        os.write(2, f"The folder {scratch} of a submission could not be removed: {error}\n".encode())


def run_kernel(descriptor: int, level: str, caps: Caps, scratch: str, shell: "object") -> None:
    """Jail this process, which was just forked, and answer the checker; never returns."""
    channel = socket.socket(fileno=descriptor)
    try:
        jail.confine(level, caps, scratch)
    except BaseException as error:
        Channel(channel, NoTable()).send({"failed": f"it could not be jailed: {error}"})
        os._exit(1)
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):  # else a student's code could write to the terminal of staff
            os.dup2(nothing, standard)
        os.close(nothing)
        import_module(INSIDE).main(channel, shell)
    finally:
        os._exit(1)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    with contextlib.suppress(ConnectionError, KeyboardInterrupt):
        raise_zygotes(socket.socket(fileno=given["fileno"]), given["level"], Caps(**given["caps"]))
