"""A drawing of shapes that is written once and comes out twice: as SVG (alive) and as PNG (static)."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from PIL import Image

from dltools.figures.base.images import data_address, encode_png, figure_image, small_png
from dltools.figures.base.numbers import number
from dltools.figures.base.style import (
    DASHED,
    DOTTED,
    FOCUS,
    FONT,
    HAIR,
    LEGIBLE,
    NEGATIVE,
    NORMAL,
    POSITIVE,
    SMALL,
    SOLID,
    THICK,
    WRONG,
    css_color,
    css_ink,
    paper_color,
    paper_ink,
)

Point = tuple[float, float]
Dash = Sequence[float]
Box = tuple[float, float, float, float]
"""x, y, width and height."""


class Scene:
    """A drawing of `width` x `height` pixels; x grows to the right and y downward.

    Colors are hex or a name of `style.THEME`, which follows the reader's light or dark theme.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._smallest = float(NORMAL)
        self._svg: list[str] = []
        self._artists: list[Callable[[Axes], object]] = []
        self.targets: dict[str, dict[str, Any]] = {}
        self.written: dict[Point, tuple[Box, str]] = {}
        """What is written where: by its place, the box around it and the text."""
        self.images: dict[Box, np.ndarray] = {}
        """Pixels by the box that they fill."""
        self.curves: list[list[tuple[float, float, float]]] = []
        """The points of a plot's lines and bars: where each is, and the number that it shows."""

    def target(self, grid: str, box: Box, label: str, **does: Any) -> None:
        """Let pointer and keys reach a part of the drawing.

        Args:
            grid: the name of the parts among which arrow keys go.
            box: x, y, width and height.
            label: what it is, in words; the key of the part, so no two have the same in one grid.
            does: `set`, values of controls that a click or Enter sets; or `touch`, arguments of the figure's `touched`,
                with `kind` step (1 or -1 is added to them), paint (`ink` is added) or move (x and y are added; arrow
                keys move by `step`, a pair of pixels). While it is pointed at, `say` is told and `frame`, a box, shown.
        """
        name = " ".join(map(str, (grid, *does["touch"]))) if "touch" in does else f"{grid} {does['set']}"
        self.targets[name] = {"grid": grid, "box": box, "label": label, "kind": "set", **does}

    def _add(self, svg: str, artist: Callable[[Axes], object]) -> None:
        self._svg.append(svg)
        self._artists.append(artist)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        stroke: str = "none",
        weight: float = HAIR,
        dash: Dash = SOLID,
        radius: float = 0,
        opacity: float = 1,
    ) -> None:
        """Draw a rectangle; `opacity` is that of its fill."""
        shape = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"'

        def artist(axes: Axes) -> None:
            corner = (x + radius, y + radius), width - 2 * radius, height - 2 * radius
            patch = FancyBboxPatch(*corner, f"round,pad={radius}") if radius else Rectangle((x, y), width, height)
            _paint(axes, patch, fill, stroke, weight, dash, opacity)

        self._add(f"{shape}{_svg_paint(fill, stroke, weight, dash, opacity)}/>", artist)

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        fill: str = "none",
        stroke: str = "none",
        weight: float = HAIR,
        dash: Dash = SOLID,
        opacity: float = 1,
    ) -> None:
        """Draw a circle around (x, y); `opacity` is that of its fill."""
        self._add(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"{_svg_paint(fill, stroke, weight, dash, opacity)}/>',
            lambda axes: _paint(axes, Circle((x, y), radius), fill, stroke, weight, dash, opacity),
        )

    def line(
        self,
        *points: Point,
        color: str = "line",
        weight: float = HAIR,
        dash: Dash = SOLID,
        arrow: bool = False,
        opacity: float = 1,
    ) -> None:
        """Draw a line through the points, with an arrowhead at the last one if `arrow`."""
        if arrow:
            points = (*points[:-1], self._arrowhead(points[-2], points[-1], color, weight, opacity))
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        paint = _svg_paint("none", color, weight, dash, opacity)
        self._add(
            f'<polyline points="{path}"{paint}/>',
            lambda axes: _paint(axes, PathPatch(Path(points)), "none", color, weight, dash, opacity),
        )

    def curve(
        self,
        start: Point,
        end: Point,
        color: str = "line",
        weight: float = HAIR,
        dash: Dash = SOLID,
        vertical: bool = False,
        opacity: float = 1,
    ) -> None:
        """Draw a smooth wire that leaves `start` and reaches `end` horizontally, or vertically."""
        (x1, y1), (x2, y2) = start, end
        middle = ((x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2)) if vertical else (((x1 + x2) / 2, y1), ((x1 + x2) / 2, y2))
        (a, b), (c, d) = middle
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        paint = _svg_paint("none", color, weight, dash, opacity)
        self._add(
            f'<path d="M{x1:g},{y1:g} C{a:g},{b:g} {c:g},{d:g} {x2:g},{y2:g}"{paint}/>',
            lambda axes: _paint(
                axes, PathPatch(Path([start, *middle, end], codes)), "none", color, weight, dash, opacity
            ),
        )

    def polygon(self, *points: Point, fill: str = "line", stroke: str = "none", opacity: float = 1) -> None:
        """Draw a filled polygon."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._add(
            f'<polygon points="{path}"{_svg_paint(fill, stroke, HAIR, SOLID, opacity)}/>',
            lambda axes: _paint(axes, Polygon(points), fill, stroke, HAIR, SOLID, opacity),
        )

    def text(
        self,
        x: float,
        y: float,
        text: object,
        size: float = NORMAL,
        color: str = "text",
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write one line whose middle height is y; `anchor` says what x is: its start, middle or end."""
        text, baseline = str(text), y + 0.36 * size
        self._smallest = min(self._smallest, size) if text.strip() else self._smallest
        heavy = ' font-weight="600"' if bold else ""
        width = 0.6 * size * len(text)
        left = x - {"start": 0, "middle": 0.5, "end": 1}[anchor] * width
        self.written[x, y] = (left - 3, y - 0.8 * size, width + 6, 1.6 * size), text
        self._add(
            f'<text x="{x:g}" y="{baseline:g}" font-size="{size:g}" fill="{css_ink(color)}" '
            f'text-anchor="{anchor}"{heavy}>{escape(text, quote=False)}</text>',
            lambda axes: axes.text(
                x,
                baseline,
                text.replace("$", r"\$"),
                fontsize=size * 0.72 * 0.92,  # DejaVu Sans is wider than the fonts of a browser
                color=paper_ink(color),
                ha={"start": "left", "middle": "center", "end": "right"}[anchor],
                va="baseline",
                fontweight="bold" if bold else "normal",
            ),
        )

    def matrix(
        self,
        values: np.ndarray,
        x: float,
        y: float,
        cell: float,
        colors: tuple[str, str] = (POSITIVE, NEGATIVE),
        border: int = 0,
    ) -> None:
        """Draw numbers (H, W) in cells, tinted by sign and size; nan stays empty, `border` cells around are quieter."""
        peak = max(float(np.nanmax(np.abs(values), initial=0)), 1e-12)
        longest = max(len(number(value)) for value in values.flat)
        size = max(LEGIBLE, min(15, 0.42 * cell, 1.4 * cell / longest))
        inner, across = range(border, len(values) - border), range(border, values.shape[1] - border)
        for i, row in enumerate(values.tolist()):  # numbers of Python: ten times as fast, one by one
            for j, value in enumerate(row):
                left, top, quiet = x + j * cell, y + i * cell, not (i in inner and j in across)
                tint = 0 if math.isnan(value) else round(0.45 * abs(value) / peak, 3)
                if quiet:
                    self.rect(left, top, cell, cell, "panel", "line", dash=DOTTED)
                elif value:  # not zero; nan is drawn as an empty cell
                    self.rect(left, top, cell, cell, colors[0] if value > 0 else colors[1], "line", opacity=tint)
                else:
                    self.rect(left, top, cell, cell, stroke="line")
                if not math.isnan(value):
                    middle = left + cell / 2, top + cell / 2
                    self.text(*middle, number(value), size, "muted" if quiet else "text", "middle")
                    self.written[middle] = (left, top, cell, cell), number(value)

    def frame(self, x: float, y: float, width: float, height: float, color: str = FOCUS, dash: Dash = SOLID) -> None:
        """Draw the outline that says "look here"."""
        self.rect(x, y, width, height, stroke=color, weight=THICK + 0.5, dash=dash, radius=3)

    def sum(self, x: float, y: float, text: str, most: int = 112, size: float = NORMAL, line: float = 24) -> float:
        """Write a sum or a list, broken before a plus sign, an arrow, or behind a comma after at most `most` letters.

        Returns the y of the last line.
        """
        lines = [""]
        for term in re.split(r"(?= +[+→] )|(?<=, )(?![^(]*\))", text):
            lines[-1:] = [lines[-1] + term] if len(lines[-1] + term) <= most else [lines[-1], term.strip()]
        for number_of_line, terms in enumerate(lines):
            self.text(x, y + line * number_of_line, terms, size)
        return y + line * (len(lines) - 1)

    def differs(self, x: float, y: float, cell: float, inset: float = 3) -> None:
        """Mark a cell whose number is not the same: a dashed frame, and a crossed equals sign as a second signal."""
        self.frame(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset, WRONG, DASHED)
        self.text(x + cell - 2 * inset, y + 3 * inset + 2, "≠", LEGIBLE, WRONG, anchor="end", bold=True)

    def unknown(self, x: float, y: float, width: float, height: float) -> None:
        """Draw the panel that holds the place of what is to be predicted."""
        self.rect(x, y, width, height, fill="panel", stroke="line", dash=DASHED, radius=6)
        self.text(x + width / 2, y + height / 2, "?", 56, "muted", anchor="middle")

    def heading(self, x: float, y: float, text: str, note: str = "") -> None:
        """Write the name of a part of the picture, and a quieter line below it."""
        self.text(x, y, text, bold=True)
        self.text(x, y + 19, note, SMALL, "muted")

    def image(self, pixels: np.ndarray, x: float, y: float, width: float, height: float) -> None:
        """Draw an array (H, W) of grays, or (H, W, 3) of colors, between 0 and 1; pixels stay sharp squares."""
        gray_or_color = np.uint8(np.clip(pixels, 0, 1) * 255 + 0.5)
        self.images[x, y, width, height] = np.asarray(gray_or_color)
        address = data_address(encode_png(Image.fromarray(gray_or_color)))
        self._add(
            f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" preserveAspectRatio="none" '
            f'style="image-rendering:pixelated" href="{address}"/>',
            lambda axes: axes.imshow(
                gray_or_color,
                cmap="gray",
                vmin=0,
                vmax=255,
                extent=(x, x + width, y + height, y),
                interpolation="nearest",
                aspect="auto",
            ),
        )

    def pixels(self, image: Image.Image) -> None:
        """Fill the drawing with a picture that has text of its own, of the size SMALL."""
        self._smallest, width, height = SMALL, self.width, self.height
        size = f'width="{width:g}" height="{height:g}"'
        self._add(
            f'<image {size} decoding="sync" href="{data_address(encode_png(image))}"/>',
            lambda axes: axes.imshow(np.asarray(image), extent=(0, width, height, 0), aspect="auto"),
        )

    def plot(self, svg: str) -> None:
        """Add what matplotlib has drawn as SVG, with text of its own, of the size SMALL; in a page only."""
        self._smallest = SMALL
        self._add(svg, lambda _: None)

    def drawn(self) -> list[tuple[str, Box]]:
        """Return each part, and the box around it: of text, of a plot's layers and of images that of the drawing."""
        return [(part, extent(part) or (0.0, 0.0, self.width, self.height)) for part in self._svg]

    def add_below(self, other: "Scene", gap: float) -> None:
        """Put the right drawing under the student's, as the browser shows it; nothing in it can be touched."""
        top = self.height + gap
        right = [part.replace("of your ", "of the right ") for part in other._svg]
        self._svg += [re.sub(r"^<(\w+)", rf'<\1 transform="translate(0 {top:g})"', part) for part in right]
        self.width, self.height = max(self.width, other.width), top + other.height
        self._smallest = min(self._smallest, other._smallest)

    def _arrowhead(self, start: Point, end: Point, color: str, weight: float, opacity: float) -> Point:
        """Draw the head of an arrow that ends at `end`, and return the middle of its base."""
        along = np.subtract(end, start) / max(np.hypot(*np.subtract(end, start)), 1e-9)
        length, across = 5 + 2 * weight, np.array([-along[1], along[0]])
        base = np.array(end) - length * along
        self.polygon(
            end, tuple(base + 0.45 * length * across), tuple(base - 0.45 * length * across), fill=color, opacity=opacity
        )
        return float(base[0]), float(base[1])

    def state(self) -> dict[str, Any]:
        """Return the drawing as the browser gets it: its size, the least width at which it is legible, its parts."""
        least = least_width(self.width, self._smallest)
        parts = {str(place): part for place, part in enumerate(self._svg)}
        drawn = {"width": self.width, "height": self.height, "least": least, "parts": parts}
        return drawn | {"targets": self.targets}

    def svg(self, alt: str) -> str:
        """Return the drawing as an SVG element; `alt` is what a screen reader says of it."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" width="{self.width:g}" '
            f'height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}" font-family="{FONT}" '
            f'style="font-variant-numeric:tabular-nums">{"".join(self._svg)}</svg>'
        )

    def png(self, scale: float = 2) -> bytes:
        """Return the drawing as a PNG on white paper, `scale` dots a pixel; the same bytes at every call."""
        figure = Figure((self.width / 100, self.height / 100), dpi=100, facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        for artist in self._artists:
            artist(axes)
        axes.set(xlim=(0, self.width), ylim=(self.height, 0), aspect="auto")
        axes.set_axis_off()
        return small_png(figure_image(figure, scale))


def extent(part: str) -> Box | None:
    """Return the box around a shape, as its numbers tell; None for text, images and what matplotlib has drawn."""
    named = {name: float(value) for name, value in re.findall(r' (x|y|width|height|cx|cy|r)="([^"]*)"', part)}
    if part.startswith("<rect"):
        return named["x"], named["y"], named["width"], named["height"]
    if part.startswith("<circle"):
        return named["cx"] - named["r"], named["cy"] - named["r"], 2 * named["r"], 2 * named["r"]
    pairs = np.array(re.findall(r"(-?[\d.e+-]+),(-?[\d.e+-]+)", part), float)
    if not part.startswith(("<poly", "<path")):
        return None
    (left, top), (right, bottom) = pairs.min(axis=0).tolist(), pairs.max(axis=0).tolist()
    return left, top, right - left, bottom - top


def least_width(width: float, smallest: float) -> int:
    """Return the width in pixels at which a picture of this width, with this smallest text, is still legible."""
    return math.ceil(width * min(1, LEGIBLE / smallest))


def image_scene(image: Image.Image) -> Scene:
    """Return a picture of pixels as a drawing; its smallest text is SMALL."""
    scene = Scene(*image.size)
    scene.pixels(image)
    return scene


def note_scene(text: str) -> Scene:
    """Return a sentence as a drawing."""
    lines = textwrap.wrap(text, 90)
    scene = Scene(760, 40 + 24 * len(lines))
    scene.rect(0, 0, 4, scene.height, fill=WRONG)
    for place, line in enumerate(lines):
        scene.text(24, 32 + 24 * place, line)
    return scene


def _svg_paint(fill: str, stroke: str, weight: float, dash: Dash, opacity: float) -> str:
    paint = f' fill="{css_color(fill)}"'
    if opacity != 1:
        paint += f' {"fill" if fill != "none" else "stroke"}-opacity="{opacity:g}"'
    if stroke != "none":
        paint += f' stroke="{css_color(stroke)}" stroke-width="{weight:g}"'
    return paint + (f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else "")


def _paint(axes: Axes, patch: Patch, fill: str, stroke: str, weight: float, dash: Dash, opacity: float) -> None:
    """Add a matplotlib patch with the same paint as `_svg_paint`; `opacity` is that of the fill, if there is one."""
    points = 0.72 * weight  # 1 pixel at 100 dots an inch
    inside, edge = paper_color(fill), paper_color(stroke)
    patch.set(
        facecolor=inside if fill == "none" else (inside, opacity),
        edgecolor=edge if stroke == "none" else (edge, opacity if fill == "none" else 1),
        linewidth=points if stroke != "none" else 0,
        linestyle=(0, [length / weight for length in dash]) if dash else "solid",
    )
    axes.add_patch(patch)
