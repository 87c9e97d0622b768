"""Artists of matplotlib as SVG: sharp at every size, drawn and sent in a fraction of the time that pixels take."""

import io
import re
from collections.abc import Iterable

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

POINTS = 72
"""To the inch: the units of matplotlib's SVG."""
LEFT_OUT = re.compile(r' id="\w+?_\d+"|<!--.*?-->|(?<=\.\d{3})\d+|\s*\n', re.DOTALL)
"""Names of groups, which a page would have twice; comments; decimals that nobody sees; ends of lines."""


def svg_group(figure: Figure, artists: Iterable[Artist], name: str) -> str:
    """Return artists of a figure as one element, in pixels of 100 to the inch; `name` makes its ids its own."""
    text = io.StringIO()
    width, height = figure.get_size_inches() * POINTS
    with matplotlib.rc_context({"svg.hashsalt": name}):
        renderer = RendererSVG(width, height, text)
        begin = text.tell()  # behind the head of a file
        figure.set_dpi(POINTS)
        for artist in artists:
            artist.draw(renderer)
        figure.set_dpi(100)
        renderer.finalize()
    drawn = LEFT_OUT.sub("", text.getvalue()[begin:].rpartition("</svg>")[0]).replace("xlink:href", "href")
    return f'<g class="dl-plot"><g transform="scale({100 / POINTS:.6f})" stroke-linejoin="round">{drawn}</g></g>'
