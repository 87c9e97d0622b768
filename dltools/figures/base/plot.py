"""Figures that are plots: matplotlib draws the axes once, and of every picture only what is alive."""

from collections.abc import Mapping
from typing import Any, ClassVar

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from dltools.figures.base.images import figure_image, small_png
from dltools.figures.base.scene import Scene
from dltools.figures.base.style import MATPLOTLIB
from dltools.figures.base.vector import svg_group
from dltools.figures.base.widget import Lab, drawing_lock


class PlotLab(Lab):
    """A plot. `plot(figure)` makes the axes once; `draw(**values)` moves what is alive and returns the sentence."""

    size: ClassVar[tuple[int, int]] = (760, 400)
    """Width and height in pixels."""

    def plot(self, figure: Figure) -> None:
        """Make axes and artists; pass each artist that `draw` will change through `self.live`."""
        raise NotImplementedError

    def draw(self, *_: Any, **values: Any) -> str:
        """Give the live artists their new data, and return the sentence."""
        raise NotImplementedError

    def touchable(self, scene: Scene, *_: Any, **values: Any) -> None:
        """Add what can be touched to the picture, with `scene.target`."""

    def handle(self, scene: Scene, axes: Axes, at: Any, step: float, label: str, *touch: Any) -> None:
        """Let a point of the axes be dragged, or moved by arrow keys a `step` of the axes; see `Scene.target`."""
        (left, up), (right, above) = axes.transData.transform([at, (at[0] + step, at[1] + step)])
        box = round(left - 9, 1), round(self.size[1] - up - 9, 1), 18, 18
        if 0 < left < self.size[0] and 0 < up < self.size[1]:
            way = [round(right - left, 2), round(above - up, 2)]
            scene.target(str(touch[0]), box, label, touch=list(touch), kind="move", step=way)

    def columns(self, scene: Scene, axes: Axes, name: str, last: int, first: int = 1) -> None:
        """Let each whole number of the axis, from first to last, be chosen for the control `name`."""
        bottom, top = axes.bbox.y0, axes.bbox.y1
        for value in range(first, last + 1):
            (left, _), (right, _) = axes.transData.transform([(value - 0.5, 1), (value + 0.5, 1)])
            box = round(left, 1), round(self.size[1] - top, 1), round(right - left, 1), round(top - bottom, 1)
            scene.target(self.control[name].label.capitalize(), box, f"{name} {value}", set={name: value})

    def point(self, axes: Axes, x: float, y: float) -> tuple[float, float]:
        """Return the point of the axes that lies at a place of the picture."""
        across, up = axes.transData.inverted().transform((x, self.size[1] - y))
        return float(across), float(up)

    def live(self, artist: Artist) -> Any:
        """Say that `draw` changes this artist; returns it."""
        artist.set_animated(True)
        self._live.append(artist)
        return artist

    def stretches(self, axis: Axis) -> None:
        """Say that `draw` changes the limits of this axis: its ticks are drawn anew, the rest of the axes stays.

        It has no grid, which would lie over a legend.
        """
        axis.set_animated(True)
        axis.grid(False)
        self._stretching.append(axis)

    @staticmethod
    def legend(where: Axes | Figure, named: Mapping[str, Artist], **place: Any) -> None:
        """Write a legend of artists by their names, live ones too; `place` is matplotlib's loc, ncols and so on."""
        where.legend(list(named.values()), list(named), **place)

    def __init__(self) -> None:
        self._live: list[Artist] = []
        self._stretching: list[Axis] = []
        self._ticks: dict[tuple[float, ...], str] = {}
        self._background = ""
        with drawing_lock, matplotlib.rc_context(MATPLOTLIB):
            self.figure = Figure((self.size[0] / 100, self.size[1] / 100), layout="constrained")
            self.plot(self.figure)
        super().__init__()

    def _drawn(self) -> tuple[Scene, str]:
        sentence = self.draw(**self.shown)
        if not self._background:
            self._background = svg_group(self.figure, [self.figure], f"axes of {id(self)}")
            self.figure.set_layout_engine("none")  # nothing moves from now on
        scene = Scene(*self.size)
        scene.plot(self._background)
        if self._stretching:
            scene.plot(self._drawn_ticks())
        scene.plot(svg_group(self.figure, sorted(self._live, key=lambda artist: artist.zorder), f"lines of {id(self)}"))
        if self.compared:
            compared = [artist for artist in self._live if isinstance(artist, Line2D | StepPatch | AxesImage)]
            scene.curves = [self._points(artist) for artist in compared]
        self.touchable(scene, **self.shown)
        return scene, sentence

    def _drawn_ticks(self) -> str:
        """Return the axes whose limits change, as they are now; kept, as letters take long to draw."""
        limits = tuple(float(end) for axis in self._stretching for end in axis.get_view_interval())
        if limits not in self._ticks:
            self._ticks[limits] = svg_group(self.figure, self._stretching, f"ticks of {id(self)}")
        return self._ticks[limits]

    def _points(self, artist: Line2D | StepPatch | AxesImage) -> list[tuple[float, float, float]]:
        """Return where points of a line, tops of bars, or cells of a map are in the picture, and their numbers."""
        if isinstance(artist, AxesImage):
            places, values = cells(artist)
        elif isinstance(artist, Line2D):
            places = np.asarray(artist.get_xydata(), float).reshape(-1, 2)
            values = places[:, 1]
        else:
            heights, edges, _ = artist.get_data()
            places, values = np.stack([(edges[1:] + edges[:-1]) / 2, heights], axis=1), heights
        to_picture = artist.axes.transData if isinstance(artist, AxesImage) and artist.axes else artist.get_transform()
        with np.errstate(all="ignore"):  # a logarithm of what is not shown
            across, up = to_picture.transform(places).T
        return list(zip(across.tolist(), (self.size[1] - up).tolist(), values.tolist()))

    def _png(self) -> bytes:
        self.draw(**self.shown)
        moving = [*self._live, *self._stretching]
        for artist in moving:
            artist.set_animated(False)
        image = figure_image(self.figure, scale=2)
        for artist in moving:
            artist.set_animated(True)
        return small_png(image)


def cells(image: AxesImage) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles (N, 2) of the cells of a map, row by row from below, and their numbers; none of a picture."""
    numbers = np.asarray(image.get_array())
    if numbers.ndim != 2:
        return np.empty((0, 2)), np.empty(0)
    left, right, bottom, top = image.get_extent()
    rows, columns = ((np.arange(count) + 0.5) / count for count in numbers.shape)
    x, y = np.meshgrid(left + (right - left) * columns, bottom + (top - bottom) * rows)
    return np.stack([x.ravel(), y.ravel()], axis=1), numbers.ravel()
