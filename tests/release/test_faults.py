"""What an instructor may do wrong is refused in one sentence, and nothing is written then."""

import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "grading"))

from course import AUTHORED, UNIT, cell, make_course
from dltools import cli
from dltools.checks import forecasts, questions
from dltools.release import authored
from dltools.release.bundle import KINDS
from dltools.release.faults import Fault, faults, refuse_lost_functions
from dltools.release.make import contents, generate
from dltools.release.outputs import overwritten
from dltools.release.proof import DATA, Leak, prove

UNIT_04 = "04-convolution"
BEGIN, END = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"
BODY = "    return (size - kernel_size + 2 * padding) // stride + 1\n"
FIRST = f"{BEGIN}{BODY}{END}"
CHECK = "check(conv2d_output_size)\n"
MARKS = "answer conv2d_output_size: what is taken out stands between"
ENDS = "check_conv2d_output_size must end with its `check(...)` and no semicolon"
PLAIN = cell("check_more", grade=True, locked=True, points=1)
LAST = 'print("the end")\n'
TESTS = f"{LAST}\n{PLAIN}\nassert np.pi > 3\n"
SECRETS = "### BEGIN HIDDEN TESTS\nassert np.pi < 4\n### END HIDDEN TESTS\n"
ESSAY = f"{LAST}\n# %% answer why [markdown] points=2\n# {{}}\n# Because.\n"
SEEN = "check_more: hidden tests stand between"

# What is changed in the small unit's text, and what is said of it; an empty sentence where it is right.
TEXTS = {
    "no marks": (FIRST, BODY, MARKS),
    "no BEGIN SOLUTION": (FIRST, f"{BODY}{END}", MARKS),
    "no END SOLUTION": (FIRST, f"{BEGIN}{BODY}", MARKS),
    "lower case": (FIRST, FIRST.lower(), MARKS),
    "one mark in lower case": (FIRST, f"{BEGIN.lower()}{BODY}{END}", MARKS),
    "marks the wrong way round": (FIRST, f"{END}{BODY}{BEGIN}", MARKS),
    "both marks on one line": (FIRST, f"    ### BEGIN SOLUTION END SOLUTION\n{BODY}", MARKS),
    "a mark twice": (FIRST, f"{BEGIN}{FIRST}", MARKS),
    "two solutions": (FIRST, f"{FIRST}{FIRST}", ""),
    "another function": ("def conv2d_output_size", "def output_size", "does not define the function"),
    "a solution in a cell of text": ('print("the end")\n', f"def f():\n{FIRST}", "marks and is no answer"),
    "tests below the check": (CHECK, f"{CHECK}assert conv2d_output_size(5, 3) == 3\n", ENDS),
    "hidden tests below it": (CHECK, f"{CHECK}### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS\n", ENDS),
    "a named verdict": (CHECK, f"verdict = {CHECK}", ENDS),
    "a printed verdict": (CHECK, "print(check(conv2d_output_size))\n", ENDS),
    "a semicolon": (CHECK, "check(conv2d_output_size);\n", ENDS),
    "a semicolon after a comment's line": (CHECK, "check(conv2d_output_size) ; # quiet\n", ENDS),
    "a comment with a semicolon": (CHECK, "check(conv2d_output_size)  # loud; not quiet\n", ""),
    "a check in a condition": (CHECK, "if True:\n    check(conv2d_output_size)\n", ENDS),
    "tests above the check": (CHECK, f"assert conv2d_output_size(5, 3) == 3\n{CHECK}", ""),
    "a magic above the check": (CHECK, f"%matplotlib inline\n{CHECK}", ""),
    "the check of another": (CHECK, "check(conv2d_forward)\n", "checks conv2d_forward: another exercise's points"),
    "no Python": (CHECK, "check(conv2d_output_size\n", "check_conv2d_output_size is no Python: line 1"),
    "plain tests": (LAST, TESTS, ""),
    "hidden tests": (LAST, TESTS + SECRETS, ""),
    "hidden tests without a beginning": (LAST, TESTS + SECRETS.partition("\n")[2], SEEN),
    "hidden tests without an end": (LAST, TESTS + SECRETS.rpartition("###")[0], SEEN),
    "one hidden test": (LAST, f"{TESTS}### BEGIN HIDDEN TEST\n", "`### BEGIN HIDDEN TEST` is no mark; write `### "),
    "hidden tests in lower case": (LAST, f"{TESTS}### begin hidden tests\n", "`### begin hidden tests` is no mark"),
    "hidden tests, two blanks": (LAST, f"{TESTS}### BEGIN HIDDEN  TESTS\n", "`### BEGIN HIDDEN  TESTS` is no mark"),
    "a misspelled mark elsewhere": (LAST, f"{LAST}# BEGINN SOLUTION\n", "`# BEGINN SOLUTION` is no mark"),
    "a misspelled mark in an essay": (LAST, ESSAY.format("### BEGINN SOLUTION"), "`### BEGINN SOLUTION` is no"),
    "an essay": (LAST, ESSAY.format("## The solution ends here"), ""),
}  # fmt: skip

LINKS = {
    "![a picture](data/cat.png)": "links to data/cat.png, and there is no such file",
    "![a picture](<data/cat.png>)": "links to data/cat.png",
    '![a picture](data/cat.png "with a title")': "links to data/cat.png",
    '<img src="data/cat.png" width="20">': "links to data/cat.png",
    "![a picture](attachment:cat.png)": "attachment:cat.png is an attachment",
    "[the words](data/wurds.csv)": "links to data/wurds.csv",
    "[the solution](01-small.py)": "links to 01-small.py, which students do not have",
    "![a picture](/home/me/cat.png)": "links to /home/me/cat.png, which students do not have",
    "![the words](data/words.csv)": "",
    "[the words](data/wor%64s.csv#top)": "",
    "[a page](https://example.org/a.html) and ![one](data:image/png;base64,AAAA)": "",
    "`x[0](data.csv)` and [above](#size-of-the-output)": "",
}


def said_of(text: str, tmp_path: Path, unit: str = UNIT) -> list[str]:
    """The faults of a unit's text."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "words.csv").touch()
    path = tmp_path / f"{unit}.py"
    path.write_text(text, encoding="utf-8")
    return list(faults(authored.from_py(path).cells, unit, tmp_path))


def assert_only(sentence: str, said: list[str]) -> None:
    assert len(said) == bool(sentence), said
    assert all(sentence in found and found.endswith(".") for found in said)


@pytest.mark.parametrize("kind", TEXTS)
def test_marks_and_checks(kind: str, tmp_path: Path) -> None:
    before, after, sentence = TEXTS[kind]
    assert AUTHORED.count(before) == 1
    assert_only(sentence, said_of(AUTHORED.replace(before, after), tmp_path))


@pytest.mark.parametrize("text", LINKS)
def test_links_lead_somewhere(text: str, tmp_path: Path) -> None:
    assert_only(LINKS[text], said_of(f"{AUTHORED}\n# %% [markdown]\n# {text}\n", tmp_path))


def test_every_exercise_of_the_table_has_its_two_cells(tmp_path: Path) -> None:
    others = [one.name for one in (*forecasts().values(), *questions().values()) if one.unit == UNIT_04]
    assert len(others) == 6
    assert said_of(AUTHORED, tmp_path, UNIT_04) == [
        f"{name} belongs to this unit and has no cell `# %% {kind} {name}`."
        for name in ("conv2d_backward", "conv2d_as_matrix", *others)
        for kind in ("answer", "check")
    ]


@pytest.mark.parametrize("name", ["my cell", "über", "a.b", "a" * 65, "a/b"])
def test_a_name_that_a_notebook_cannot_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="and no blank"):
        said_of(AUTHORED.replace('"grade_id": "conv2d_forward"', f'"grade_id": "{name}"'), tmp_path)


DOC = '    """How many places the filter has."""\n'
LOST = {
    "the docstring": (f"{DOC}{BEGIN}", f"{BEGIN}{DOC}"),
    "the signature": (
        f"def conv2d_output_size(size, kernel_size, stride=1, padding=0):\n{DOC}{BEGIN}",
        f"### BEGIN SOLUTION\ndef conv2d_output_size(size, kernel_size, stride=1, padding=0):\n{DOC}",
    ),
}


@pytest.mark.parametrize("what", LOST)
def test_what_the_solution_takes_with_it(what: str, tmp_path: Path) -> None:
    root = make_course(tmp_path / "course", AUTHORED.replace(*LOST[what]))
    solved = authored.from_py(root / "solutions" / UNIT / f"{UNIT}.py")
    made = generate(root, UNIT, tmp_path, "made", solved)
    with pytest.raises(Fault, match="conv2d_output_size loses its signature or docstring"):
        refuse_lost_functions(solved, authored.read(made / f"{UNIT}.ipynb"))


def test_a_file_of_windows_is_the_same_unit(tmp_path: Path) -> None:
    path = tmp_path / f"{UNIT}.py"
    path.write_text(AUTHORED, encoding="utf-8", newline="\n")
    written = authored.from_py(path)
    path.write_text(AUTHORED, encoding="utf-8-sig", newline="\r\n")
    assert authored.from_py(path) == written


def test_hidden_tests_that_test_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever hands in the release would get the points of the tests that only the grader has."""
    text = AUTHORED.replace(LAST, f"{LAST}\n{PLAIN}\n{SECRETS}")
    root = make_course(tmp_path / "course", text)
    assert cli.main(["release", "--repository", str(root)]) == 1
    assert "check_more: the untouched release scores 1.0 of 1 points" in capsys.readouterr().err


def write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda root: (root / name).write_bytes(content)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    # name: (what is wrong in the repository, what is said in one line)
    "no UTF-8": (write(f"solutions/{UNIT}/{UNIT}.py", b"# %%\n1\n# \xdc\n"), "01-small.py: line 3 is not UTF-8; save"),
    "another encoding is named": (
        write(f"solutions/{UNIT}/{UNIT}.py", b"# -*- coding: latin-1 -*-\n# %%\n1\n"),
        "01-small.py: Encodings other than utf-8",
    ),
    "a broken executed notebook": (write(f"solutions/{UNIT}/{UNIT}.ipynb", b'{"cells": ['), "01-small.ipynb cannot be"),
    "a file where course/ should be": (write("course", b""), "course: a file is where a folder should be;"),
    "a configuration that is no Python": (write("nbgrader_config.py", b"\nc = (\n"), "config.py, line 2: SyntaxError"),
    "a configuration that fails": (write("nbgrader_config.py", b"\n1 / 0\n"), "line 2: ZeroDivisionError, "),
    "a cell that ends its kernel": (
        write(f"solutions/{UNIT}/{UNIT}.py", b"# %%\n1\n\n# %%\nimport os\n\nos._exit(0)\n"),
        "refused. The cell `import os` ended its kernel",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_one_sentence(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    breaks, sentence = BROKEN[kind]
    root = make_course(tmp_path / "repository", "# %%\n1\n")
    breaks(root)
    assert cli.main(["release", "--repository", str(root)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{UNIT}: ") and sentence in said
    assert len(said.splitlines()) == 1


def test_a_cell_that_does_not_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / f"{UNIT}.py"
    path.write_text("# %%\n1\n\n# %%\nimport time\n\ntime.sleep(600)\n", encoding="utf-8")
    with pytest.raises(Fault, match="The cell `import time` was not done after 2 seconds"):
        authored.execute(authored.from_py(path), tmp_path, seconds=2)


OUTPUTS = {
    "a process id": ("import os\nprint('I am', os.getpid())", "says something else in every run, 'I am "),
    "a random number": ("import numpy as np\nnp.random.default_rng().random()", "seed what is random"),
    "an address": ("object()", "'<object at 0x"),
    "a warning": ("import warnings\nwarnings.warn('old')", "writes to stderr, '/tmp/ipykernel_"),
    "a gap": (
        "from dltools.checks import check\nraise NotImplementedError()",
        "ends in an error: This cell is not written yet.",
    ),
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_what_no_other_run_says(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, sentence = OUTPUTS[kind]
    root = make_course(tmp_path / "course", f"# %%\n{code}\n")
    assert cli.main(["release", "--repository", str(root)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{UNIT}: refused. The cell `{code.splitlines()[0]}` ") and sentence in said
    assert len(said.splitlines()) == 1


def edit(text: str) -> Callable[[nbformat.NotebookNode], object]:
    return lambda notebook: notebook.cells[-1].update(source=text)


EDITS = {
    "a cell's text": edit("print('edited')"),
    "another cell": lambda notebook: notebook.cells.append(nbformat.v4.new_markdown_cell("More.")),
    "a cell less": lambda notebook: notebook.cells.pop(),
}


@pytest.mark.parametrize("recorded", (True, False))
@pytest.mark.parametrize("kind", list(EDITS))
def test_an_edited_notebook_is_not_overwritten(
    kind: str, recorded: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "a cell less" and not recorded:
        return  # a release before digests were recorded cannot tell
    root = make_course(tmp_path / "course", "# %%\nprint('authored')\n\n# %%\nprint('here')\n")
    source = root / "solutions" / UNIT / f"{UNIT}.py"
    pair = authored.read(source.with_suffix(".ipynb"))
    EDITS[kind](pair)
    if not recorded:
        del pair.metadata["dltools"]
    authored.write(pair, source.with_suffix(".ipynb"))
    before = contents(root)
    assert cli.main(["release", "--repository", str(root)]) == 1
    assert f"{UNIT}.ipynb was edited by hand" in capsys.readouterr().err
    assert contents(root) == before
    assert cli.main(["release", "--overwrite", "--repository", str(root)]) == 0
    assert authored.text_of(authored.read(source.with_suffix(".ipynb"))) == authored.text_of(authored.from_py(source))


def test_the_text_that_changes_makes_no_notebook_edited(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course", "# %%\nprint('authored')\n")
    (root / "solutions" / UNIT / f"{UNIT}.py").write_text("# %%\nprint('better')\n", encoding="utf-8")
    assert cli.main(["release", "--repository", str(root)]) == 0


FORMULAS = {
    "a returned formula": ("`(size - kernel_size + 2*padding) // stride + 1`", True),
    "a named formula": ('`np.einsum("nchwij,kcij->nkhw", windows[:, :, ::stride, ::stride], weight)`', True),
    "a word of it": ("the sum is divided by `stride`", False),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_formula_in_the_text_is_a_leak(kind: str, tmp_path: Path) -> None:
    text, leaks = FORMULAS[kind]
    root = make_course(tmp_path / "course", f"{AUTHORED}\n# %% [markdown]\n# {text}\n")
    solved = authored.from_py(root / "solutions" / UNIT / f"{UNIT}.py")
    made = generate(root, UNIT, tmp_path, UNIT, solved)
    if leaks:
        with pytest.raises(Leak, match="the solution line"):
            prove(made, solved)
    else:
        prove(made, solved)


def test_nothing_is_written_before_everything_is_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The leak is found last, in what was made; the executed notebook is not stored then either."""
    root = make_course(tmp_path / "course", AUTHORED)
    (root / "solutions" / UNIT / "notes.txt").write_text("for staff", encoding="utf-8")
    before = contents(root)
    assert cli.main(["release", "--repository", str(root)]) == 1
    assert "notes.txt is not on the list" in capsys.readouterr().err
    assert contents(root) == before


def test_the_release_and_the_bundle_take_the_same_files() -> None:
    assert set(KINDS["course"]) == {".ipynb", *DATA}
    assert {".jpg", ".txt", ".png"} < set(DATA)


def test_a_long_line_takes_time_in_proportion() -> None:
    """nbclient's own way looks at each of its characters for each of its characters: hours for this one."""
    stream = nbformat.v4.new_output("stream", name="stdout", text="10 %\r20 %\r\n" + "a" * 5_000_000 + "\rb")
    assert overwritten(stream).text == "20 %\nb"
