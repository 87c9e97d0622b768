"""Sphinx and MyST-NB make the pages; nothing in them asks another host for anything."""

import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from dltools import __version__
from dltools.grading.formulas import mathml

MATH = "mathml"
CONFIGURATION: dict[str, Any] = {
    "version": __version__,
    "release": __version__,
    "extensions": ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", __name__],
    "html_theme": "furo",
    "html_static_path": ["_static"],
    "html_css_files": ["figures.css"],
    "html_copy_source": False,
    "html_show_copyright": False,
    "html_math_renderer": MATH,
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "nb_render_markdown_format": "myst",
    "nb_merge_streams": True,
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "myst_all_links_external": False,
    "default_role": "code",  # what a docstring has between single backticks
    "autodoc_typehints": "signature",
    "autodoc_member_order": "bysource",
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


MENDS = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Site">',
    '<div class="math-wrapper docutils container">': (
        '<div class="math-wrapper docutils container" role="group" aria-label="Formula" tabindex="0">'
    ),
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',
    '<th class="head"><p></p></th>': "<td></td>",
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
}
"""What screen readers and keyboards lack in the theme's pages, and what is written in its place."""


def build(source: Path, target: Path, title: str) -> list[str]:
    """Make the site, in place only when it is whole.

    Args:
        source: the folder that `write_sources` made.
        target: replaced.
        title: of the site.

    Returns:
        What Sphinx warns of, a line each.
    """
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".site-", dir=target.parent) as folder,
        patch_docutils(),
        docutils_namespace(),
    ):
        made, kept = Path(folder) / "html", Path(folder) / "doctrees"
        configuration = {**CONFIGURATION, "project": title, "html_title": title}
        app = Sphinx(source, None, made, kept, "html", configuration, status=None, warning=said)
        app.build()
        mend(made)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in said.getvalue().splitlines() if line.strip()]


def mend(folder: Path) -> None:
    """Give headings their level, landmarks their names, and the keyboard a way into what scrolls."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for written, wanted in MENDS.items():
            text = text.replace(written, wanted)
        page.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """As an extension of Sphinx: formulas become MathML, which every browser shows by itself."""
    app.setup_extension("furo")  # before the theme is looked for, so that its own settings are known
    app.add_html_math_renderer(MATH, (write_inline, None), (write_block, None))
    app.connect("autodoc-process-docstring", escape, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def escape(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Keep |w| what it is in a docstring, the size of w, where reStructuredText would look for a substitution."""
    lines[:] = [line.replace("|", r"\|") for line in lines]


def write_inline(page: Any, node: Any) -> None:
    write(page, node, display=False)


def write_block(page: Any, node: Any) -> None:
    write(page, node, display=True)


def write(page: Any, node: Any, display: bool) -> None:
    """Write a formula, and nothing of what docutils would."""
    from docutils import nodes

    page.body.append(mathml(node.astext(), display))
    raise nodes.SkipNode
