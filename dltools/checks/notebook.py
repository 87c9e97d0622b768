"""How a notebook shows what is said: in a frame with a bar at its left; an error as its one sentence."""

from html import escape
from typing import TypeVar

GREEN, VERMILION, BLUE = "#009E73", "#D55E00", "#0072B2"
"""The bar's color; what it says stands in words beside it."""

Raised = TypeVar("Raised", bound=BaseException)


def show_plainly(error: Raised) -> Raised:
    """The exception, which a notebook shows as its one sentence (IPython asks for this method)."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]  # type: ignore[attr-defined]
    return error


def framed(html: str, color: str, mistakes: str = "") -> str:
    """HTML with a bar at its left, which a screen reader says; `mistakes` are the names that statistics count."""
    named = f' data-mistakes="{escape(mistakes)}"' if mistakes else ""
    style = f"border-left:4px solid {color};padding:2px 0 2px 12px;max-width:46em"
    return f'<div role="status"{named} style="{style}">{html}</div>'
