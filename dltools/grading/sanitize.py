"""What students' code has put out, made safe to open in formgrader and in feedback: no scripts, nothing endless."""

from bleach import ALLOWED_ATTRIBUTES, ALLOWED_TAGS
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput

TAGS = sorted(
    {*ALLOWED_TAGS, "br", "caption", "details", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre", "span"}
    | {"sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
ATTRIBUTES = {**ALLOWED_ATTRIBUTES, "*": ["style", "role", "class", "title", "aria-label"]}
STYLES = ["border", "border-left", "color", "background-color", "font-family", "font-size", "font-weight", "margin"]
STYLES += ["max-width", "padding", "text-align"]


def make_safe(notebook: NotebookNode, instructor: dict[str, str]) -> NotebookNode:
    """Clean the outputs and the student's own text in place, and cut what is too long.

    Args:
        notebook: executed.
        instructor: the sources of the instructor's cells by cell id; text that is theirs stays as it is.
    """
    clean = SanitizeHTML(enabled=True, tags=TAGS, attributes=ATTRIBUTES, styles=STYLES)
    limit = LimitOutput()
    for at, cell in enumerate(notebook.cells):
        limit.preprocess_cell(cell, {}, at)
        if instructor.get(cell.id) != cell.source or cell.cell_type == "code":
            clean.preprocess_cell(cell, {}, at)
    return notebook
