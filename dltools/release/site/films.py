"""The figures of a unit as the site has them: what each shows is drawn by the solutions, in a kernel of its own.

The kernel that executes a unit has this file as an extension of IPython.
"""

import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from dltools.release import authored, pictures

KIND = "application/vnd.dltools.film+json"
"""The kind of output that carries a film from the kernel to the site."""


COLORS = {
    "layout-color1": "background-primary",
    "layout-color2": "background-secondary",
    "layout-color3": "background-hover",
    "ui-font-color1": "foreground-primary",
    "ui-font-color2": "foreground-secondary",
    "content-font-color2": "foreground-secondary",
    "border-color0": "foreground-muted",
    "border-color2": "background-border",
    "brand-color1": "brand-content",
}
"""JupyterLab's names of colors, and the names that the site's theme has for them."""


WIDE = (
    ".content { width: 52em; } .content :is(p, ul, ol, dl, table) { max-width: 46em; } .dl-lab p { max-width: none; }"
)
"""Room for a figure beside the theme's columns; a line of text stays as long as the theme has it."""


def load_ipython_extension(shell: Any) -> None:
    """Let every figure of this kernel give its film."""
    pictures.for_figures(shell, draw)


def draw(lab: Any) -> dict[str, Any]:
    from dltools.figures.base.film import film

    return {KIND: film(lab)}


def films(solution: Path) -> list[dict[str, Any]]:
    """Return the films of a unit, in the order of its figures; of a course without solutions there are none.

    Args:
        solution: the authored file.
    """
    if not solution.is_file():
        return []
    executed = authored.execute(authored.from_py(solution), solution.parent, extension=__name__)
    outputs = [output.get("data", {}) for cell in executed.cells for output in cell.get("outputs", [])]
    return [data[KIND] for data in outputs if KIND in data]


def put_films(notebook: NotebookNode, drawn: list[dict[str, Any]]) -> None:
    """Put the films behind the pictures of the released notebook, in place, and the module behind the last.

    Raises:
        ValueError: if there are not as many films as pictures.
    """
    from dltools.figures.base.front import MODULE, STILL

    pictures = sum(len(cell.get("outputs", [])) for cell in notebook.cells)
    if drawn and len(drawn) != pictures:
        raise ValueError(
            f"the solutions show {len(drawn)} figures, course/ has {pictures}: run `dltools release` first"
        )
    last = None
    for cell in notebook.cells:
        if cell.get("outputs") and drawn:
            here, last = len(cell.outputs), cell
            cell.outputs += [script(film) for film in drawn[:here]]
            drawn = drawn[here:]
    if last:
        last.outputs.append(html(f'<script type="module">\n{MODULE}{STILL}</script>'))


def style_sheet() -> str:
    """The figures' style, in the colors of the site's theme, light and dark."""
    from dltools.figures.base.style import STYLE_SHEET, dark_rules

    colors = "".join(f"--jp-{ours}: var(--color-{theirs}); " for ours, theirs in COLORS.items())
    always, asked = 'body[data-theme="dark"]', 'body:not([data-theme="light"])'
    return (
        f"{STYLE_SHEET}{WIDE}.dl-lab.dl-lab {{ {colors} }}\n{dark_rules(always)}"
        f"@media (prefers-color-scheme: dark) {{ {dark_rules(asked)} }}\n"
    )


def script(film: dict[str, Any]) -> NotebookNode:
    said = json.dumps(film, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return html(f'<script type="application/json" class="dl-film">{said}</script>')


def html(text: str) -> NotebookNode:
    output: NotebookNode = new_output("display_data", {"text/html": text})
    return output
