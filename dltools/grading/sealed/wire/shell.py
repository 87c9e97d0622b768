"""Cells without a Jupyter server: IPython's own shell, with the outputs of each cell kept as plain data.

The student's kernel and the checker use the same shell, so that a cell looks the same wherever it is run. Nothing here
protects anything: in the student's kernel, student code can change all of it.
"""

import io
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]
CELL_CHARACTERS = 500_000
"""Of text streams in one cell; what is beyond is left out."""


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "utf-8"

    def __init__(self, shell: "Shell", name: str):
        self.shell = shell
        self.name = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.shell.add_text(self.name, text)
        return len(text)

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2

    def writable(self) -> bool:
        return True


class Result(DisplayHook):
    """The value of a cell's last line becomes an execute_result."""

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        shell = Shell.instance()
        count = shell.execution_count
        shell.add({"output_type": "execute_result", "data": format_dict, "execution_count": count})

    def finish_displayhook(self) -> None:
        pass


class Display(DisplayPublisher):
    """What display() shows becomes a display_data; an update replaces what it updates."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        name = (transient or {}).get("display_id")
        if update:
            for output in self.shell.outputs:
                if output.get("display_id") == name:
                    output["data"] = data
        else:
            self.shell.add({"output_type": "display_data", "data": data, "display_id": name})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.clearing = wait
        if not wait:
            self.shell.outputs.clear()


class Shell(InteractiveShell):
    """An InteractiveShell whose `run` returns a cell's outputs."""

    displayhook_class = Type(Result)
    display_pub_class = Type(Display)
    outputs: list[Output] = []  # noqa: RUF012  (the traitlets way of a default: set anew for each cell)
    room = 0
    clearing = False
    """Whether the next output replaces all before it, as after `clear_output(wait=True)`."""

    @classmethod
    def make(cls) -> "Shell":
        """The one shell of this process; without a history file, which would be a thread and a data base."""
        return cls.instance(config=Config(HistoryManager={"enabled": False}))

    def run(self, source: str) -> list[Output]:
        """Run one cell and return its outputs; whatever it raises is one of them."""
        self.start()
        try:
            self.execute(source)
        except BaseException:  # an interrupt between the user's code and IPython's own
            self.showtraceback()
        return self.outputs

    def execute(self, source: str) -> None:
        self.run_cell(source, store_history=True)

    def start(self) -> None:
        """Forget the outputs, and let prints become outputs."""
        self.outputs = []
        self.room = CELL_CHARACTERS
        self.clearing = False
        sys.stdout, sys.stderr = Stream(self, "stdout"), Stream(self, "stderr")

    def add(self, output: Output) -> None:
        self.make_room()
        self.outputs.append(output)

    def make_room(self) -> None:
        if self.clearing:
            self.outputs.clear()
        self.clearing = False

    def add_text(self, name: str, text: str) -> None:
        self.make_room()
        if len(text) > self.room:
            text = text[: self.room] + "\n... the rest of the output is left out: too long\n" if self.room else ""
        self.room = max(0, self.room - len(text))
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["parts"].append(text)
        elif text:
            self.add({"output_type": "stream", "name": name, "parts": [text]})

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.add({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)})
