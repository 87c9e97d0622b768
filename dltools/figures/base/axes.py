"""A plot inside a Scene: a box with a scale along each side, ticks, and lines."""

import math
from collections.abc import Iterable

from dltools.figures.base.scene import Dash, Point, Scene
from dltools.figures.base.style import SMALL, SOLID, THICK


class SceneAxes:
    """The box (left, top, width, height) of a scene, in which x and y run between their limits, y upward.

    With `log`, y is a power of ten: give `y` as exponents, and `point` the numbers themselves.
    """

    def __init__(
        self,
        scene: Scene,
        box: tuple[float, float, float, float],
        x: tuple[float, float],
        y: tuple[float, float],
        log: bool = False,
    ) -> None:
        self.scene, self.x, self.y, self.log = scene, x, y, log
        self.left, self.top, self.width, self.height = box
        self.right, self.bottom = self.left + self.width, self.top + self.height

    def point(self, x: float, y: float) -> Point:
        """Return where a point lies in the scene; what is above or below the box is put on its edge."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        exponent = math.log10(max(y, 10 ** self.y[0])) if self.log else y
        up = (exponent - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + self.width * across, self.bottom - self.height * min(max(up, 0.0), 1.0)

    def frame(self) -> None:
        """Draw the outline of the box."""
        self.scene.rect(self.left, self.top, self.width, self.height, stroke="line")

    def rule(self, y: float, name: str, color: str = "faint") -> None:
        """Draw a line across the box at the height y, and its name to the left."""
        height = self.point(self.x[0], y)[1]
        self.scene.line((self.left, height), (self.right, height), color=color)
        self.scene.text(self.left - 6, height, name, SMALL, "muted", "end")

    def tick(self, x: float, name: object, below: float = 16, anchor: str = "middle") -> None:
        """Write the name of an x below the box."""
        self.scene.text(self.point(x, self.y[0])[0], self.bottom + below, name, SMALL, "muted", anchor)

    def curve(self, points: Iterable[Point], color: str, dash: Dash = SOLID, weight: float = THICK) -> None:
        """Draw a line through points, given in the units of the axes; nothing if there are fewer than two."""
        places = [self.point(x, y) for x, y in points]
        if len(places) > 1:
            self.scene.line(*places, color=color, weight=weight, dash=dash)
