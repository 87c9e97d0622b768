"""What students wrote and what their code put out, made safe to open in formgrader and in feedback.

Outputs are cleaned once, when they are graded; Markdown each time that it is rendered, for only then do its links,
pictures and formulas become HTML. nbgrader_config.py names `markdown` and `highlight` as nbconvert's filters.
"""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from html import escape
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters import Highlight2HTML, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput
from nbgrader.utils import is_grade
from pygments.token import STANDARD_TYPES

from dltools.grading import formulas

LONGEST_RENDERED, LONGEST_SHOWN = 20_000, 100_000
"""Characters of a Markdown text that is rendered, pasted pictures aside, or of code that is coloured; of one shown."""
LONGEST_LINE = 1_000
"""Characters of a line of code that is coloured: Pygments took 23 seconds for 20,000."""
MOST_MARKS = 1_000
"""Tags, formulas and headings of one text: parsers of HTML and Markdown take time by their square."""
TOTAL_MARKS = 20_000
"""Of all texts of a notebook together."""
LIMIT = LimitOutput()
"""nbgrader's cut of long outputs."""
MARKS = re.compile(r"<[a-zA-Z]|\\\\[\[(]|\\begin\{|\$\$|^ {0,3}(?:#|=|-+\s*$)", re.MULTILINE)
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
LINK = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)

TAGS = nh3.ALLOWED_TAGS - {"area", "map", "article", "aside", "footer", "header", "nav"}
TAGS = TAGS | formulas.TAGS
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"}}
ATTRIBUTES |= {"th": {"colspan", "rowspan", "scope"}, "ol": {"start"}}
ATTRIBUTES |= dict.fromkeys(formulas.TAGS, formulas.ATTRIBUTES)
CLASSES = {"div": {"highlight"}, "span": set(STANDARD_TYPES.values())}
"""Those that colour code; others would let a text pass for nbgrader's own panels of scores."""
VERDICT = {"*": {"style", "role"}} | ATTRIBUTES
STYLES = {"border", "border-left", "color", "background-color", "font-family", "font-size", "font-weight", "margin"}
STYLES |= {"max-width", "padding", "text-align"}

PLAIN = {"text/plain", "text/latex", "application/json"}
PICTURES = {"image/png", "image/jpeg"}


def remembered(function: Callable[..., str]) -> Callable[..., str]:
    """Remember what short texts became: most texts and verdicts of a class are the same."""
    short = lru_cache(maxsize=500)(function)

    @wraps(function)
    def ask(text: str, *others: Any) -> str:
        return (short if len(text) <= LONGEST_RENDERED else function)(text, *others)

    return ask


def make_safe(notebook: NotebookNode, instructor: dict[str, str]) -> NotebookNode:
    """Clean the outputs in place, cut what is too long, and keep what would render for ever from being rendered.

    Args:
        notebook: executed.
        instructor: the sources of the instructor's cells by cell id; text that is theirs stays as it is.
    """
    marks = 0
    for at, cell in enumerate(notebook.cells):
        LIMIT.preprocess_cell(cell, {}, at)
        for output in cell.get("outputs", []):
            marks += count_marks(html_of(output))
            make_output_safe(output, is_grade(cell) and output.output_type == "execute_result", marks > TOTAL_MARKS)
        if cell.cell_type == "code":  # nbconvert warns staff of an output with nothing left in it
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
        if cell.cell_type != "code" and instructor.get(cell.id) != cell.source:
            marks += count_marks(cell.source)
            make_text_safe(cell, marks > TOTAL_MARKS)
    return notebook


def make_text_safe(cell: NotebookNode, spent: bool) -> None:
    """A text that would take long is shown as it was written; a raw cell, which nbconvert shows as HTML, is cleaned."""
    if spent or (cell.cell_type == "raw" and (too_much(cell.source) or len(cell.source) > LONGEST_RENDERED)):
        cell.cell_type, cell.source = "markdown", fenced(cell.source)
    elif cell.cell_type == "raw":
        cell.source = clean(cell.source)


def html_of(output: NotebookNode) -> str:
    return "".join(output.get("data", {}).get("text/html", ""))


def without_many_colours(text: str) -> str:
    """A printed text as it is, or without its colours where there are so many that showing them takes minutes."""
    return strip_ansi(text) if text.count("\x1b") > MOST_MARKS else text


def make_output_safe(output: NotebookNode, verdict: bool, spent: bool) -> None:
    """Keep of an output what can do no harm.

    Args:
        output: in place.
        verdict: whether the checker wrote it, not the student's code.
        spent: whether the notebook has had its share of HTML, so that the text beside it must do.
    """
    if output.output_type == "stream":
        output.text = without_many_colours(output.text)
    if output.output_type == "error":
        output.traceback = [without_many_colours(line) for line in output.traceback]
    if "data" not in output:
        return
    for kind, content in list(output.data.items()):
        if kind in PICTURES and not BASE64.fullmatch("".join(content)):
            del output.data[kind]
        elif kind == "text/latex" and "text/html" not in output.data and not spent:
            output.data["text/html"] = render("".join(content))
        elif kind == "text/plain":
            output.data[kind] = without_many_colours("".join(content))
        elif kind not in PLAIN | PICTURES | {"text/markdown", "text/html"}:
            del output.data[kind]
    html = html_of(output)
    if (spent or too_much(html)) and "text/plain" in output.data:
        output.data.pop("text/html", None)
    elif html:
        output.data["text/html"] = as_text(html) if spent else clean(html, verdict)
    output.metadata = NotebookNode()


def count_marks(text: str) -> int:
    return len(MARKS.findall(text))


def too_much(text: str) -> bool:
    """Whether a text would take a parser of HTML or Markdown more than a moment."""
    return count_marks(text) > MOST_MARKS


@remembered
def clean(html: str, verdict: bool = False) -> str:
    """HTML without scripts, links that run, pictures from elsewhere, and the looks of nbgrader's own panels.

    Args:
        html: as it was written or rendered.
        verdict: keep the styles of a check's verdict.
    """
    if too_much(html):
        return as_text(html)
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=VERDICT if verdict else ATTRIBUTES,
        attribute_filter=safe_value,
        allowed_classes=CLASSES,
        filter_style_properties=STYLES if verdict else None,
        url_schemes={"http", "https", "mailto", "data"},
    )
    return cleaned if len(cleaned) < 10_000 + 10 * len(html) else as_text(html)


def safe_value(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value, or None: links lead to pages, pictures are in the text itself."""
    if attribute == "href":
        return value if LINK.match(value) else None
    if attribute == "src":
        return value if PICTURE.fullmatch(value) else None
    return value


def as_text(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def fenced(text: str) -> str:
    """Markdown that shows a text as it was written."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=2))
    return f"{fence}text\n{text}\n{fence}"


class Renderer(IPythonRenderer):
    """nbconvert's, with formulas as MathML, and colours for short Python: some lexers take minutes for a page."""

    def inline_math(self, body: str) -> str:
        return formulas.mathml(body)

    def block_math(self, body: str) -> str:
        return formulas.mathml(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return formulas.mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture; one that is not there is named, so that the others are shown."""
        try:
            return str(super().image(text, url, title))
        except Exception:
            return escape(f"![{text}]({url})")

    def block_code(self, code: str, info: str | None = None) -> str:
        return str(super().block_code(code, info if (info or "").startswith("py") and is_colourable(code) else None))


def is_colourable(source: str) -> bool:
    return len(source) <= LONGEST_RENDERED and max(map(len, source.split("\n"))) <= LONGEST_LINE


@pass_context
def markdown(context: Context, source: str) -> str:
    """nbconvert's filter markdown2html, safe: what is rendered is cleaned; what cannot be rendered is shown as text."""
    return render(source, context.get("cell", {}).get("attachments", {}))


def render(source: str, attachments: dict[str, Any] | None = None) -> str:
    """Markdown as clean HTML.

    Args:
        source: the text.
        attachments: pictures that were pasted into it.
    """
    return rendered_with(source, attachments) if attachments else rendered_alone(source)


def rendered_with(source: str, attachments: dict[str, Any]) -> str:
    if len(PICTURE.sub("", source)) > LONGEST_RENDERED or too_much(source):
        return as_text(source)
    renderer = Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        return clean(MarkdownWithMath(renderer=renderer).render(source))
    except Exception:  # a nest that is too deep: the words are there all the same
        return as_text(source)


@remembered
def rendered_alone(source: str) -> str:
    return rendered_with(source, {})


def highlight(source: str, language: str | None = None, metadata: dict[str, Any] | None = None) -> str:
    """nbconvert's filter highlight_code; of a source that is too long the beginning, without colours."""
    return coloured(source, language)


@remembered
def coloured(source: str, language: str | None) -> str:
    if is_colourable(source):
        return str(Highlight2HTML(pygments_lexer="ipython3")(source, language))
    more = len(source) - LONGEST_SHOWN
    left_out = f"\n... {more:,} more characters are left out here" if more > 0 else ""
    return f'<div class="highlight"><pre>{escape(source[:LONGEST_SHOWN])}{left_out}</pre></div>'
