"""Pictures of pixels: of a matplotlib figure, as PNG, as an address inside a page."""

import base64
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image


def figure_image(figure: Figure, scale: float = 1) -> Image.Image:
    """Return a matplotlib figure as it is now, `scale` dots a pixel."""
    figure.set_dpi(100 * scale)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_dpi(100)
    return canvas_image(canvas)


def canvas_image(canvas: FigureCanvasAgg) -> Image.Image:
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def small_png(image: Image.Image) -> bytes:
    """Return an image as a PNG of 128 colors, a quarter of the size."""
    return encode_png(image.quantize(128, dither=Image.Dither.NONE))


def encode_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1 if image.mode == "RGB" else 9)
    return buffer.getvalue()


def data_address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
