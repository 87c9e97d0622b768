"""Figures of runs that take long: every frame is drawn before it is shown."""

from typing import Any, ClassVar

import matplotlib
from matplotlib.figure import Figure

from dltools.figures.base.images import figure_image, small_png
from dltools.figures.base.scene import Scene, image_scene
from dltools.figures.base.style import MATPLOTLIB
from dltools.figures.base.widget import Lab


class FramesLab(Lab):
    """A run that takes long: every frame is drawn before it is shown, and the browser alone goes through them.

    `draw(**values)` returns a Scene or a matplotlib Figure, and the sentence.
    """

    scrub: ClassVar[str]
    """Name of the control, made by `controls.steps`, that goes through the frames. Any other one draws all anew."""

    compares = False  # what is stored was not drawn by a student's function

    def draw(self, *_: Any, **values: Any) -> tuple[Scene | Figure, str]:
        raise NotImplementedError

    def __init__(self) -> None:
        self.frames: list[tuple[Scene, str]] = []
        self._drawn_for: object = None
        super().__init__()

    def _drawn(self) -> tuple[Scene, str]:
        others = self.values | {self.scrub: self.revealed}
        if others != self._drawn_for:
            self.frames, self._drawn_for = [], None  # where drawing fails there are none
            self.frames, self._drawn_for = self._draw_all(), others
        control = self.control[self.scrub]
        picture, sentence = self.frames[control.sent(self.shown[self.scrub])]
        return picture, sentence

    def _draw_all(self) -> list[tuple[Scene, str]]:
        """Draw every frame; as long as the control that goes through them waits, all are the one that it shows."""
        values = [value for _, value in self.control[self.scrub].options]
        if self.scrub in self.waits and not self.revealed:
            values = [self.shown[self.scrub]] * len(values)
        with matplotlib.rc_context(MATPLOTLIB):
            drawn = {value: self._frame(value) for value in dict.fromkeys(values)}
        return [drawn[value] for value in values]

    def _frame(self, value: Any) -> tuple[Scene, str]:
        picture, sentence = self.draw(**(self.values | {self.scrub: value}))
        return picture if isinstance(picture, Scene) else image_scene(figure_image(picture)), sentence

    def _scene(self) -> dict[str, Any]:
        frames = [scene.state() | {"status": sentence} for scene, sentence in self.frames]
        return super()._scene() | {"scrub": self.scrub, "frames": frames, "parts": {}}

    def _png(self) -> bytes:
        with matplotlib.rc_context(MATPLOTLIB):
            picture, _ = self.draw(**self.shown)
        return picture.png() if isinstance(picture, Scene) else small_png(figure_image(picture, scale=2))
