"""Latency of a figure: from the key on a slider to the new picture on the page, in a real browser.

    python -m benchmarks.figures

For each back-end the median of 30 keys, and the time that 90 % of them keep; in the same run for an empty answer, which
is a slider of ipywidgets whose number the kernel writes back, and for `ipywidgets.interact` with a plot of matplotlib.
A key is timed in the page itself: from its event to the first frame after the picture changed. `pointer` is from a
move of the pointer to the frame that shows where it points, `first` from running a first figure's cell to its picture.

Where a kernel answers, the time is parted: `browser` until the message is sent, `there` until the kernel begins, as the
header of its message says, `kernel` until it has made the answer, `back` until the page has it, `picture` until the
picture is another, `frame` until it is shown. Each is a median of its own, so that they add up nearly.
"""

import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "figures"))

from live_jupyter import Lab, Notebook, chromium

from benchmarks.tables import markdown

KEYS = 30

IMPORTS = """
from dltools.figures.convolution import convolution_lab
from dltools.nn import conv2d_forward
"""
SVG = """
lab = convolution_lab(conv2d_forward)
lab.reveal()
lab
"""

PLOT = """
import numpy as np
from dltools.figures import PlotLab, slider

class Wave(PlotLab):
    title, alt = "A wave", "A sine."
    def controls(self):
        return {"f": slider("frequency", 1, 40, 5)}
    def plot(self, figure):
        self.x = np.linspace(0, 6, 500)
        self.curve = self.live(figure.subplots().plot(self.x, np.sin(self.x))[0])
    def draw(self, f):
        self.curve.set_ydata(np.sin(f * self.x))
        return f"Frequency {f}."
Wave()
"""

FRAMES = """
from dltools.figures import FramesLab, steps
from matplotlib.figure import Figure

class Waves(FramesLab):
    title, alt, scrub = "Waves", "A sine.", "f"
    def controls(self):
        return {"f": steps("frequency", list(range(1, 41)), 5)}
    def draw(self, f):
        figure = Figure((7.6, 4))
        figure.subplots().plot(np.linspace(0, 6, 500), np.sin(f * np.linspace(0, 6, 500)))
        return figure, f"Frequency {f}."
Waves()
"""

PEER = """
import matplotlib.pyplot as plt
from ipywidgets import interact

@interact(f=(1, 40))
def wave(f=5):
    plt.figure(figsize=(7.6, 4))
    plt.plot(np.linspace(0, 6, 500), np.sin(f * np.linspace(0, 6, 500)))
    plt.show()
"""

EMPTY = """
from ipywidgets import HTML, IntSlider, VBox

number, said = IntSlider(5, 1, 40), HTML("5")
number.observe(lambda change: setattr(said, "value", str(change.new)), "value")
VBox([number, said])
"""

ROWS = [("SVG", IMPORTS + SVG), ("empty answer", EMPTY), ("plot", PLOT), ("frames", FRAMES), ("interact", PEER)]
PARTS = ("browser", "there", "kernel", "back", "picture", "frame")
COLUMNS = {"": 0, "median, ms": 0, "90 %, ms": 0, "target, ms": 0, **dict.fromkeys(PARTS, 1)}
ABOVE_EMPTY = 4
TARGETS = {"plot": 40, "frames": 10, "pointer": 17, "first": 1000}
"""Of medians; that of an SVG is so many milliseconds above the empty answer, and 36 for 90 %."""

WATCH = """cell => {
  const picture = ['.dl-picture', '.widget-output', '.widget-html'].map(kind => cell.querySelector(kind)).find(Boolean);
  const now = () => performance.timeOrigin + performance.now();
  window.keys = [];
  let pressed = null;
  cell.addEventListener('keydown', () => { pressed = now(); }, true);
  new MutationObserver(() => {
    const changed = now();
    requestAnimationFrame(() => {
      const new_picture = cell.querySelector('.dl-picture, .widget-output img, .widget-html');
      if (pressed !== null && new_picture) { window.keys.push({pressed, changed, shown: now()}); pressed = null; }
    });
  }).observe(picture, {childList: true, subtree: true, attributes: true, characterData: true});
}"""
LISTEN = """() => {
  window.messages = [];
  jupyterapp.shell.currentWidget.sessionContext.session.kernel.anyMessage.connect((_, {msg, direction}) => {
    const {msg_id: id, msg_type: type, date} = msg.header;
    const [at, state] = [performance.timeOrigin + performance.now(), msg.content.execution_state];
    window.messages.push({at, direction, id, type, date, state, parent: msg.parent_header?.msg_id});
  });
}"""

POINTER = """cell => {
  const aim = cell.querySelector('.dl-aim');
  window.times = [];
  let moved = null;
  cell.addEventListener('pointermove', () => { moved = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    if (moved !== null) { window.times.push(performance.now() - moved); moved = null; }
  })).observe(aim, {attributes: true});
}"""


def keys(notebook: Notebook, place: int) -> list[dict[str, float]]:
    """When each key was pressed in one cell of the notebook, the picture changed, and was shown; milliseconds."""
    cell = notebook.page.locator(".jp-CodeCell").nth(place)
    handle = cell.get_by_role("slider").first
    handle.wait_for()
    handle.scroll_into_view_if_needed()
    cell.evaluate(WATCH)
    for key in range(KEYS):
        handle.press("ArrowRight" if key % 2 == 0 else "ArrowLeft")
        notebook.page.wait_for_function(f"window.keys.length > {key}")
        notebook.page.wait_for_timeout(60)
    return list(notebook.page.evaluate("window.keys"))


def parts(key: dict[str, float], messages: list[dict[str, Any]]) -> tuple[float, ...] | None:
    """Milliseconds of each part from a key to its picture; None where no message went to the kernel and back."""
    pressed, changed, shown = key["pressed"], key["changed"], key["shown"]
    sent = next((m for m in messages if m["direction"] == "send" and pressed <= m["at"] <= changed), None)
    answers = [m for m in messages if sent and m["parent"] == sent["id"] and m["at"] <= changed]
    begun = next((m for m in answers if m["state"] == "busy"), None)
    made = [m for m in answers if m["type"] != "status"]
    if not (sent and begun and made):
        return None
    times = [pressed, sent["at"], date_of(begun), date_of(made[-1]), made[-1]["at"], changed, shown]
    return tuple(after - before for before, after in pairwise(times))


def date_of(message: dict[str, Any]) -> float:
    """When the kernel made a message, in milliseconds."""
    return 1e3 * datetime.fromisoformat(message["date"]).timestamp()


def pointer(notebook: Notebook) -> list[float]:
    """Milliseconds from a move of the pointer, from one part of the first figure to another, to the frame around it."""
    cell = notebook.page.locator(".jp-CodeCell").first
    cell.evaluate(POINTER)
    parts = cell.locator(".dl-over [data-key]")
    parts.first.scroll_into_view_if_needed()
    for move in range(KEYS):
        parts.nth(move % 2).hover(force=True)
        notebook.page.wait_for_function(f"window.times.length > {move}")
    return list(notebook.page.evaluate("window.times"))


def first_picture(notebook: Notebook) -> float:
    """Milliseconds from running the cell of a notebook's first figure to its picture; the cell before has imported."""
    notebook.idle()
    notebook.command("notebook:run-cell-and-select-next")
    notebook.page.wait_for_timeout(300)
    notebook.idle()
    began = time.perf_counter()
    notebook.command("notebook:run-cell-and-select-next")
    notebook.page.locator(".dl-picture").first.wait_for()
    return 1e3 * (time.perf_counter() - began)


def row(name: str, times: list[float], target: float | None) -> dict[str, Any]:
    most = statistics.quantiles(times, n=10)[-1] if len(times) > 1 else None
    return {"": name, "median, ms": statistics.median(times), "90 %, ms": most, "target, ms": target}


def row_of_keys(
    name: str, pressed: list[dict[str, float]], messages: list[dict[str, Any]], target: float | None
) -> dict[str, Any]:
    parted = [found for key in pressed if (found := parts(key, messages))]
    medians = map(statistics.median, zip(*parted)) if len(parted) > KEYS / 2 else ()
    times = [key["shown"] - key["pressed"] for key in pressed]
    return row(name, times, target) | dict(zip(PARTS, medians))


def measure() -> list[dict[str, Any]]:
    """One row a back-end: its median, what 90 % keep, and the median's target, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, Lab(Path(folder)) as lab:
        with closing(Notebook(lab, browser, "first", [IMPORTS.strip(), SVG.strip()])) as notebook:
            first = first_picture(notebook)
        with closing(Notebook(lab, browser, "latency", [source.strip() for _, source in ROWS])) as notebook:
            notebook.run_all()
            notebook.page.evaluate(LISTEN)
            pressed = {name: keys(notebook, place) for place, (name, _) in enumerate(ROWS)}
            messages = notebook.page.evaluate("window.messages")
            found = {"pointer": pointer(notebook), "first": [first]}
    empty = statistics.median(key["shown"] - key["pressed"] for key in pressed["empty answer"])
    targets = {**TARGETS, "SVG": empty + ABOVE_EMPTY}
    rows = [row_of_keys(name, times, messages, targets.get(name)) for name, times in pressed.items()]
    return rows + [row(name, times, targets[name]) for name, times in found.items()]


def main() -> None:
    print(markdown(COLUMNS, measure()))


if __name__ == "__main__":
    main()
