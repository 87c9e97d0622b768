"""What the site is built from: notebooks and Markdown files, laid out as the site's pages will be."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from dltools import nn
from dltools.checks import exercises
from dltools.checks.exercise import Exercise
from dltools.checks.standing import ABBREVIATIONS, unit_title
from dltools.release import authored
from dltools.release.bundle import student_readme
from dltools.release.site.films import films, put_films, style_sheet

STATIC = "_static"
GUIDES = {"students": "README.md", "staff": "docs/staff.md", "instructors": "docs/instructors.md"}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:|#)([^)]+)\)")
"""A link in Markdown to a file of the repository."""


def write_sources(repository: Path, units: list[str], folder: Path) -> None:
    """Write the sources of all pages.

    Args:
        repository: holds course/, README.md and docs/.
        units: their folders' names, in order.
        folder: is made.

    Raises:
        ValueError: if a unit's solutions and its released notebook do not belong together.
        nbclient.exceptions.CellExecutionError: if a solution fails.
    """
    for unit in units:
        write_unit(repository, unit, folder / "units" / unit)
    for name, path in GUIDES.items():
        put(folder / "guides" / f"{name}.md", guide(repository, name, path))
    modules = nn_modules()
    for module in modules:
        put(folder / "reference" / f"{module}.md", reference(module))
    put(folder / "reference" / "index.md", f"# Reference of dltools.nn\n\n{nn.__doc__}\n{contents(modules)}")
    put(folder / STATIC / "figures.css", style_sheet())
    put(folder / "mistakes.md", mistakes(units))
    put(folder / "index.md", index(repository, units))


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def contents(pages: list[str], caption: str = "", depth: int = 1) -> str:
    """A table of contents in MyST's Markdown."""
    options = f":maxdepth: {depth}\n" + f":caption: {caption}\n" * bool(caption)
    return f"\n```{{toctree}}\n{options}\n" + "\n".join(pages) + "\n```\n"


def index(repository: Path, units: list[str]) -> str:
    """The first page: what the README says first, and where everything is."""
    first = (repository / "README.md").read_text(encoding="utf-8").split("\n\n")[1]
    parts = [
        contents([f"units/{unit}/{unit}" for unit in units], "Units"),
        contents([f"guides/{name}" for name in GUIDES], "Guides"),
        contents(["reference/index", "mistakes"], "To look things up"),
    ]
    return f"# {title(repository)}\n\n{first}\n" + "".join(parts)


def title(repository: Path) -> str:
    """The course's title: the first line of its README."""
    return (repository / "README.md").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def write_unit(repository: Path, unit: str, folder: Path) -> None:
    """Copy a released unit; every picture of a figure gets its film, and its alternative text, as MyST-NB reads it."""
    shutil.copytree(repository / "course" / unit, folder)
    notebook = authored.read(folder / f"{unit}.ipynb")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            cell.metadata["mystnb"] = {"image": image(output)}
    put_films(notebook, films(repository / "solutions" / unit / f"{unit}.py"))
    authored.write(notebook, folder / f"{unit}.ipynb")


def image(output: NotebookNode) -> dict[str, str]:
    """The options of a figure's picture; its class marks the place where the live figure goes."""
    said = output.metadata["image/png"]
    return {"alt": said["alt"], "width": f"{said['width']}px", "classes": "figure-still"}


def guide(repository: Path, name: str, path: str) -> str:
    """A guide as a page: links to the other guides lead to their pages, those to other files are text.

    Pictures are written with an address in the file system; Sphinx copies them.
    """
    text = (repository / path).read_text(encoding="utf-8")
    text = student_readme(text).partition("\n")[2] if name == "students" else text.partition("\n")[2]
    text = re.sub(r"^#(#+ )", r"\1" if name == "students" else r"#\1", text, flags=re.MULTILINE)
    pages = {os.path.normpath(file): page for page, file in GUIDES.items()}

    def link(found: re.Match[str]) -> str:
        target, _, part = found[2].partition("#")
        page = pages.get(os.path.normpath(Path(path).parent / target))
        return f"[{found[1]}]({page}.md{'#' * bool(part)}{part})" if page else found[1]

    return f"# For {name}\n{LINK.sub(link, text)}"


def nn_modules() -> list[str]:
    """The modules of dltools.nn from which it exports, by their names."""
    names = (getattr(nn, name).__module__ for name in nn.__all__)
    return sorted({name.rpartition(".")[2] for name in names})


def reference(module: str) -> str:
    """A page of the reference: what dltools.nn exports from a module."""
    names = [name for name in nn.__all__ if getattr(nn, name).__module__ == f"{nn.__name__}.{module}"]
    entries = "\n".join(f".. autofunction:: dltools.nn.{name}" for name in names)
    return f"# {ABBREVIATIONS.get(module, module.capitalize())}\n\n```{{eval-rst}}\n{entries}\n```\n"


def mistakes(units: list[str]) -> str:
    """The page of known mistakes: their sentences, exercise by exercise."""
    first = "Wrong answers that a check knows: who gives one, in the notebook or to the grader, reads its sentence."
    return f"# Known mistakes\n\n{first}\n" + "".join(part for unit in units for part in unit_mistakes(unit))


def unit_mistakes(unit: str) -> Iterator[str]:
    yield f"\n## {unit_title(unit)}\n"
    for exercise in exercises().values():
        if exercise.unit == unit:
            yield f"\n### `{exercise.name}`\n\n{sentences(exercise)}\n"


def sentences(exercise: Exercise) -> str:
    """Each sentence once, as an item of a list."""
    said = dict.fromkeys(mistake.says for mistake in exercise.mistakes)
    return "\n".join(f"- {plain(text)}" for text in said)


def plain(text: str) -> str:
    """The text as Markdown that shows it unchanged, but for code between backticks."""
    words, code = r"[\\*_{}\[\]<>()#+!|$~^-]", " ".join(text.split()).split("`")
    return "`".join(part if number % 2 else re.sub(words, r"\\\g<0>", part) for number, part in enumerate(code))
