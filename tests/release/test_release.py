"""solutions/ becomes course/: the same bytes every time, and no leak of any kind."""

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

sys.path.insert(0, str(Path(__file__).parents[1] / "grading"))

from course import AUTHORED, EXERCISES, REPOSITORY, UNIT, cell, make_course
from dltools import cli
from dltools.release import authored
from dltools.release.faults import Fault
from dltools.release.make import contents, generate, prove_scores, put, refuse_lost_pictures, scores_of
from dltools.release.pictures import KIND
from dltools.release.proof import Leak, prove
from dltools.release.release import authored_units

HIDDEN = """check(conv2d_output_size)
### BEGIN HIDDEN TESTS
assert conv2d_output_size(100, 10) == 91
### END HIDDEN TESTS"""
FIGURE = """
# %%
from dltools.figures.convolution import convolution_lab

convolution_lab(conv2d_forward)
"""
WITH_HIDDEN = AUTHORED.replace("check(conv2d_output_size)", f"{HIDDEN}\ncheck(conv2d_output_size)", 1) + FIGURE


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("repository"), WITH_HIDDEN)


@pytest.fixture(scope="module")
def generated(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unit as nbgrader makes it, not yet proven."""
    pair = authored.read(repository / "solutions" / UNIT / f"{UNIT}.ipynb")
    return generate(repository, UNIT, tmp_path_factory.mktemp("generated"), "made", pair)


@pytest.fixture
def made(generated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(generated, tmp_path / UNIT))


@pytest.fixture(scope="module")
def unreleased(repository: Path) -> nbformat.NotebookNode:
    return authored.from_py(repository / "solutions" / UNIT / f"{UNIT}.py")


def test_the_command_releases_and_repeats(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["release", "--repository", str(repository)]
    assert cli.main(command) == 0
    first = contents(repository / "course")
    assert list(first) == [f"{UNIT}/{UNIT}.ipynb", f"{UNIT}/data/words.csv"]
    assert "untouched 0 of 12 points, solutions 12 of 12" in capsys.readouterr().out
    picture = released_picture(repository)
    assert picture.metadata["image/png"]["alt"] == picture.data["text/plain"]
    assert "It asks: How many rows and columns has the output?" in picture.data["text/plain"]
    stored = (repository / "solutions" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")
    assert "It asks:" not in stored and "whose first number is 3" in stored, "solutions/ shows the answer"
    assert cli.main([*command, "--execute", UNIT]) == 0
    assert contents(repository / "course") == first
    assert "course unchanged" in capsys.readouterr().out


def released_picture(repository: Path) -> nbformat.NotebookNode:
    [[output]] = [
        cell.outputs
        for cell in authored.read(repository / "course" / UNIT / f"{UNIT}.ipynb").cells
        if cell.get("outputs")
    ]
    return output


def test_executed_twice_the_pair_is_the_same(repository: Path) -> None:
    source = repository / "solutions" / UNIT / f"{UNIT}.py"
    twice = [nbformat.writes(authored.execute(authored.from_py(source), source.parent)) for _ in range(2)]
    assert twice[0] == twice[1]


def test_what_students_get(made: Path, unreleased: nbformat.NotebookNode) -> None:
    prove(made, unreleased)
    notebook = authored.read(made / f"{UNIT}.ipynb")
    assert set(notebook.metadata) == {"kernelspec", "language_info", "dltools"}
    assert "never edit" in notebook.metadata.dltools.generated
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in unreleased.cells]
    assert {f"check_{name}" for name in EXERCISES} < {cell.id for cell in notebook.cells}
    answers = [cell.source for cell in notebook.cells if cell.id in EXERCISES]
    assert all("# YOUR CODE HERE\n    raise NotImplementedError()" in source for source in answers)


def edit(change: Callable[[nbformat.NotebookNode], object]) -> Callable[[Path], None]:
    """A leak planted in the released notebook."""

    def plant(folder: Path) -> None:
        path = folder / f"{UNIT}.ipynb"
        notebook = authored.read(path)
        change(notebook)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")

    return plant


def add(name: str, content: bytes = b"") -> Callable[[Path], None]:
    """A leak planted as a file."""

    def plant(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return plant


def source(text: str) -> Callable[[nbformat.NotebookNode], object]:
    return lambda notebook: notebook.cells[0].update(source=text)


def png(color: int = 0, **text: str) -> bytes:
    """A small picture, with texts in it that nobody sees."""
    buffer, hidden = io.BytesIO(), PngInfo()
    for name, value in text.items():
        hidden.add_text(name, value)
    Image.new("P", (2, 2), color).save(buffer, "PNG", pnginfo=hidden)
    return buffer.getvalue()


def show(picture: bytes, alt: str = "a figure", text: str = "", at: int = -1) -> Callable[[Path], None]:
    """A picture planted as the only output of a cell."""
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": text or alt}
    metadata = {"image/png": {"alt": alt, "width": 1, "height": 1}}
    return edit(
        lambda notebook: notebook.cells[at].update(
            outputs=[nbformat.v4.new_output("display_data", data, metadata=metadata)]
        )
    )


OUTPUT = nbformat.v4.new_output("stream", name="stdout", text="12")
LEAKS = {
    "solution text": (
        edit(source("Hint: `return (size - kernel_size + 2 * padding) // stride + 1`")),
        "solution line 'return (size - kernel_size + 2 * padding) // stride + 1' is in it",
    ),
    "solution text, spaced otherwise": (
        edit(source("# return( size-kernel_size+2*padding )//stride + 1")),
        "solution line 'return (size - kernel_size + 2 * padding) // stride + 1' is in it",
    ),
    "solution region": (edit(source("### BEGIN SOLUTION")), "has a solution region"),
    "hidden test": (
        edit(source("assert conv2d_output_size(100, 10) == 91")),
        "hidden test line 'assert conv2d_output_size(100, 10) == 91'",
    ),
    "hidden region": (edit(source("### BEGIN HIDDEN TESTS")), "has a hidden test region"),
    "output": (edit(lambda notebook: notebook.cells[1].update(outputs=[OUTPUT])), "no picture of a figure"),
    "picture of a check": (show(png(), at=5), "has an output"),
    "text beside a picture": (show(png(), text="12"), "whose alternative text is not its text"),
    "text in a picture": (show(png(answer="12")), "more in it than the picture"),
    "text behind a picture": (show(png() + b"12"), "more in it than the picture"),
    "solution in alternative text": (
        show(png(), "return (size - kernel_size + 2 * padding) // stride + 1"),
        "solution line 'return (size - kernel_size + 2 * padding) // stride + 1' is in it",
    ),
    "execution count": (edit(lambda notebook: notebook.cells[1].update(execution_count=3)), "has an output"),
    "notebook metadata": (edit(lambda notebook: notebook.metadata.update(jupytext={})), "metadata has jupytext"),
    "cell metadata": (edit(lambda notebook: notebook.cells[0].metadata.update(answer=1)), "has the metadata answer"),
    "attachment": (edit(lambda notebook: notebook.cells[0].update(attachments={})), "has the metadata attachments"),
    "changed id": (edit(lambda notebook: notebook.cells[0].update(id="other")), "the cells or their ids"),
    "pair": (add(f"{UNIT}.py", AUTHORED.encode()), "the paired .py holds all solutions"),
    "checkpoint": (add(f".ipynb_checkpoints/{UNIT}-checkpoint.ipynb"), "is a checkpoint"),
    "compiled": (add("__pycache__/solutions.cpython-311.pyc"), "is a compiled file"),
    "library": (add("layers.so"), "is a compiled file"),
    "another notebook": (add("answers.ipynb"), "answers.ipynb is not on the list"),
    "stray file": (add("notes.txt"), "notes.txt is not on the list"),
    "hidden file": (add(".answers"), ".answers is not on the list"),
    "data of another kind": (add("data/answers.pickle"), "data/answers.pickle is not on the list"),
    "solution in data": (
        add("data/table.csv", b"a,b\nreturn (size - kernel_size + 2 * padding) // stride + 1\n"),
        "data/table.csv contains the solution line",
    ),
    "link": (lambda folder: (folder / "data" / "more.csv").symlink_to(REPOSITORY), "is a link"),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_planted_leak_is_refused(kind: str, made: Path, unreleased: nbformat.NotebookNode) -> None:
    plant, sentence = LEAKS[kind]
    plant(made)
    with pytest.raises(Leak, match=r"\.$") as refusal:
        prove(made, unreleased)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_picture_of_a_figure_is_allowed(made: Path, unreleased: nbformat.NotebookNode) -> None:
    show(png())(made)
    prove(made, unreleased)


def test_pictures_that_differ_by_the_machine_make_no_release_stale(made: Path, tmp_path: Path) -> None:
    given = Path(shutil.copytree(made, tmp_path / "given"))
    show(png())(given)
    drawn, said, none = (Path(shutil.copytree(made, tmp_path / name / UNIT)) for name in ("drawn", "said", "none"))
    show(png(1))(drawn)
    show(png(), "another figure")(said)
    before = contents(given)
    assert not put(drawn, given) and contents(given) == before
    assert put(drawn, given, pictures_too=True) and contents(given) != before
    assert put(said, given) and put(none, given), "another text, or no picture, is another release"


def test_a_figure_without_its_picture_is_refused(made: Path) -> None:
    released = authored.read(made / f"{UNIT}.ipynb")
    executed = nbformat.from_dict(released)
    data = {KIND: "", "text/plain": "a figure"}
    executed.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data, metadata={KIND: {"alt": "?"}})]
    with pytest.raises(Fault, match=r"shows a figure.*write dltools\.release\.metadata\.QuestionPictures"):
        refuse_lost_pictures(executed, released)


def test_data_files_are_allowed(made: Path, unreleased: nbformat.NotebookNode) -> None:
    add("data/points.csv", b"1,2\n")(made)
    prove(made, unreleased)


@pytest.fixture
def forgotten(repository: Path, tmp_path: Path) -> Path:
    """A repository whose author forgot the marks of one solution."""
    root = Path(shutil.copytree(repository, tmp_path / "forgotten"))
    path = root / "solutions" / UNIT / f"{UNIT}.py"
    first = "    return (kernel_size * kernel_size * in_channels + 1) * out_channels\n"
    marked = f"    ### BEGIN SOLUTION\n{first}    ### END SOLUTION\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(marked, f"{first}    ### BEGIN SOLUTION\n    ### END SOLUTION\n"), encoding="utf-8")
    return root


def test_a_release_that_scores_is_refused_and_nothing_is_half_made(
    forgotten: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(forgotten / "course") if (forgotten / "course").exists() else {}
    assert cli.main(["release", "--repository", str(forgotten)]) == 1
    assert "check_conv2d_parameter_count: the untouched release scores 2.0 of 2 points" in capsys.readouterr().err
    assert contents(forgotten / "course") == before


def test_a_solution_that_does_not_score_is_refused(unreleased: nbformat.NotebookNode, tmp_path: Path) -> None:
    wrong = nbformat.from_dict(unreleased)
    answer = next(cell for cell in wrong.cells if cell.id == "conv2d_parameter_count")
    answer.source = answer.source.replace("+ 1", "")
    wrong = authored.execute(wrong, tmp_path)
    with pytest.raises(Leak, match=r"check_conv2d_parameter_count: the solution scores 0\.0 of 2 points"):
        prove_scores(wrong, nbformat.v4.new_notebook())
    assert scores_of(wrong)["check_conv2d_forward"] == 8


RUBRIC = "# The model answer for the grader, and what each point is for.\n"
MANUAL = cell("reflection", grade=True, solution=True, points=5).replace("# %%", "# %% [markdown]") + f"\n{RUBRIC}"


def test_an_answer_that_a_person_grades_is_taken_out_and_scores_nothing_untouched(tmp_path: Path) -> None:
    root = make_course(tmp_path / "manual", f"{AUTHORED}\n{MANUAL}")
    assert cli.main(["release", "--repository", str(root)]) == 0
    released = authored.read(root / "course" / UNIT / f"{UNIT}.ipynb")
    answer = next(cell for cell in released.cells if cell.id == "reflection")
    assert answer.source == "YOUR ANSWER HERE" and answer.metadata.nbgrader.points == 5
    assert scores_of(released)["reflection"] == 0, "untouched: no response, no points"
    answer.source = "An answer."
    assert scores_of(released)["reflection"] is None, "for a person"


def test_a_model_answer_that_stands_in_the_text_too_is_a_leak(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_course(tmp_path / "told", f"{AUTHORED}\n# %% [markdown]\n{RUBRIC}\n{MANUAL}")
    assert cli.main(["release", "--repository", str(root)]) == 1
    assert "the solution line" in capsys.readouterr().err


def test_unknown_unit_and_repeated_name(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["release", "05-nothing", "--repository", str(repository)]) == 1
    assert "the units are 01-small" in capsys.readouterr().err
    twice = AUTHORED.replace('"grade_id": "conv2d_forward"', '"grade_id": "conv2d_output_size"')
    path = tmp_path / "twice.py"
    path.write_text(twice, encoding="utf-8")
    with pytest.raises(ValueError, match="conv2d_output_size is given to 2 cells"):
        authored.from_py(path)


def test_ids_depend_on_nothing_but_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "unit.py"
    path.write_text("# %%\na = 1\n\n# %%\nb = 2\n\n# %%\na = 1\n", encoding="utf-8")
    before = [cell.id for cell in authored.from_py(path).cells]
    path.write_text("# %% [markdown]\n# new\n\n# %%\na = 1\n\n# %%\nb = 3\n\n# %%\na = 1\n", encoding="utf-8")
    after = [cell.id for cell in authored.from_py(path).cells]
    assert len(set(before)) == 3
    assert (after[1], after[3]) == (before[0], before[2])
    assert after[2] != before[1]


def without_outputs(folder: Path) -> dict[str, bytes]:
    """The files of a unit; the pictures in its notebook are drawn while it is executed, and left out."""
    files = contents(folder)
    notebook = json.loads(files[f"{folder.name}.ipynb"])
    for each in notebook["cells"]:
        each["outputs"] = []
    return {**files, f"{folder.name}.ipynb": json.dumps(notebook).encode()}


@pytest.mark.parametrize("unit", authored_units(REPOSITORY))
def test_the_course_is_in_step_with_its_solutions(unit: str, tmp_path: Path) -> None:
    """The committed pair and the committed release are just what would be made now."""
    source = REPOSITORY / "solutions" / unit / f"{unit}.py"
    pair = authored.read(source.with_suffix(".ipynb"))
    assert authored.inputs(pair) == authored.inputs(authored.from_py(source)), f"run dltools release {unit}"
    made = generate(REPOSITORY, unit, tmp_path, "made", pair)
    assert without_outputs(made) == without_outputs(REPOSITORY / "course" / unit)
    prove(REPOSITORY / "course" / unit, authored.from_py(source))


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_says_so_and_has_written_nothing(repository: Path, tmp_path: Path, number: signal.Signals) -> None:
    root, begun = Path(shutil.copytree(repository, tmp_path / "stopped")), tmp_path / "begun"
    file = root / "solutions" / UNIT / f"{UNIT}.py"
    slow = f"# %%\nimport time\n\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)\n"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{slow}", encoding="utf-8")
    before = contents(root)
    command = [sys.executable, "-m", "dltools", "release", UNIT, "--repository", str(root)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not begun.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert said == "dltools: stopped.\n", said
    assert process.returncode == 130
    assert contents(root) == before
