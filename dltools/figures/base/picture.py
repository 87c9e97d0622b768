"""Pictures in a notebook, with their alternative text: alive, without a kernel, and for who does not see them."""

import base64
import io
from html import escape
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure
from PIL import Image

from dltools.figures.base.images import data_address, figure_image, small_png


class Picture(widgets.HTML):
    """A plot of matplotlib with its alternative text, in place of `plt.show()`, whose pictures have none.

    `Picture(figure, "What it shows, in a sentence.")` as the last line of a cell; the figure is closed.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        from matplotlib import pyplot  # here, because it starts the back-end of the notebook

        image, self.alt = figure_image(figure, scale=2), alt
        self.png = small_png(image)
        pyplot.close(figure)
        shown = f'width="{image.width // 2}" style="max-width:100%" src="{data_address(self.png)}"'
        super().__init__(f'<img alt="{escape(alt)}" {shown}>')

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return mime_bundle(self, self.png, self.alt)


def mime_bundle(widget: widgets.Widget, png: bytes, alt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the widget, a picture for where it cannot live, drawn 2 dots a pixel, and a text for who sees neither."""
    width, height = Image.open(io.BytesIO(png)).size
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    data = {
        "application/vnd.jupyter.widget-view+json": view,
        "image/png": base64.b64encode(png).decode("ascii"),
        "text/plain": alt,
    }
    return data, {"image/png": {"alt": alt, "width": width // 2, "height": height // 2}}
