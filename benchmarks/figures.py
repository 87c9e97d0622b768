"""Latency of a figure: from the key on a slider to the new picture on the page, in a real browser.

    python -m benchmarks.figures

Prints the median of 30 keys for each back-end, and for `ipywidgets.interact` with a plot of matplotlib in the same run.
A key is timed in the page itself: from its event to the first frame after the picture changed.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "figures"))

from live_jupyter import Lab, Notebook, chromium

from benchmarks.tables import markdown

KEYS = 30

SVG = """
from dltools.figures.convolution import convolution_lab
from dltools.nn import conv2d_forward
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

ROWS = [("SVG", SVG, 30), ("plot", PLOT, 55), ("frames", FRAMES, 15), ("interact", PEER, None)]

WATCH = """cell => {
  const picture = cell.querySelector('.dl-picture') ?? cell.querySelector('.widget-output');
  window.times = [];
  let pressed = null;
  cell.addEventListener('keydown', () => { pressed = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    const new_picture = cell.querySelector('.dl-picture') || cell.querySelector('.widget-output img');
    if (pressed !== null && new_picture) { window.times.push(performance.now() - pressed); pressed = null; }
  })).observe(picture, {childList: true, subtree: true, attributes: true, characterData: true});
}"""


def latency(notebook: Notebook, place: int) -> float:
    """Return the median milliseconds from key to picture in one cell of the notebook."""
    cell = notebook.page.locator(".jp-CodeCell").nth(place)
    handle = cell.get_by_role("slider").first
    handle.wait_for()
    handle.scroll_into_view_if_needed()
    cell.evaluate(WATCH)
    for key in range(KEYS):
        handle.press("ArrowRight" if key % 2 == 0 else "ArrowLeft")
        notebook.page.wait_for_function(f"window.times.length > {key}")
        notebook.page.wait_for_timeout(60)
    times: list[Any] = notebook.page.evaluate("window.times")
    return statistics.median(times)


def measure() -> list[dict[str, Any]]:
    """One row a back-end: its median and its target in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, Lab(Path(folder)) as lab:
        notebook = Notebook(lab, browser, "latency", [source.strip() for _, source, _ in ROWS])
        notebook.run_all()
        rows = [
            {"back-end": name, "ms": latency(notebook, place), "target": target}
            for place, (name, _, target) in enumerate(ROWS)
        ]
        notebook.close()
    return rows


def main() -> None:
    print(markdown({"back-end": 0, "ms": 0, "target": 0}, measure()))


if __name__ == "__main__":
    main()
