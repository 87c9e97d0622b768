"""Every figure before its prediction, as a picture under its title and its question.

It is drawn in the kernel that executes the solutions, so that it shows what the functions of the unit make.
"""

import io
import textwrap
from collections.abc import Iterator
from typing import Any

from PIL import Image

from dltools.figures.base.images import small_png
from dltools.figures.base.picture import mime_bundle
from dltools.figures.base.scene import Scene
from dltools.figures.base.widget import Lab
from dltools.release.pictures import KIND


def with_question(lab: Lab) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figure's own outputs, and its picture before the prediction."""
    question, said = mime_bundle(lab, question_png(lab), question_text(lab))
    data, metadata = lab._repr_mimebundle_()
    return {**data, KIND: question["image/png"]}, {**metadata, KIND: said["image/png"]}


def question_text(lab: Lab) -> str:
    """What stands for the picture where it is not seen; the figure's `alt` would tell the answer."""
    return (
        f"{lab.title}: the figure before the prediction. It asks: {' '.join(asked(lab))}" if lab.question else lab.alt
    )


def asked(lab: Lab) -> Iterator[str]:
    """The question, and what can be chosen."""
    yield lab.question
    if lab.choices:
        yield f"({' / '.join(lab.choices)})"


def question_png(lab: Lab) -> bytes:
    """The picture as it stands, under the figure's title and its question."""
    drawn = Image.open(io.BytesIO(lab._png())).convert("RGB")
    head = Image.open(io.BytesIO(heading(lab, drawn.width // 2).png())).convert("RGB")
    whole = Image.new("RGB", (drawn.width, head.height + drawn.height), "white")
    whole.paste(head, (0, 0))
    whole.paste(drawn, (0, head.height))
    return small_png(whole)


def heading(lab: Lab, width: int) -> Scene:
    """Title and question as a picture of this width."""
    lines = [line for text in asked(lab) for line in textwrap.wrap(text, width // 8)]
    scene = Scene(width, 40 + 22 * len(lines))
    scene.text(12, 26, lab.title, 16, bold=True)
    for number, line in enumerate(lines):
        scene.text(12, 50 + 22 * number, line)
    return scene
