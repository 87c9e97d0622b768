"""A class for unit 04, graded for real in kernels: every score, the feedback, and nbgrader's own tools on it."""

import csv
import html
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin

from course import REPOSITORY, Answers
from dltools import cli
from dltools.checks import graded as all_graded
from dltools.grading.book.coursedir import course_directory
from dltools.grading.executors import PLAIN
from dltools.grading.jail.levels import why_unavailable

UNIT = "04-convolution"
WHOLE = sum(each.points for each in all_graded().values() if each.unit == UNIT)
EXERCISES = ("conv2d_output_size", "conv2d_parameter_count", "conv2d_forward", "conv2d_backward", "conv2d_as_matrix")
JAIL = next((level for level in ("full", "limited") if why_unavailable(level) is None), PLAIN)
POINTS = (2.0, 2.0, 8.0, 10.0, 5.0)

LOOPS = '''
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    """Seven loops, another cache, a NumPy warning and a print on the way."""
    print("running", np.log(np.zeros(1)))
    (N, C, H, W), (K, _, FH, FW) = x.shape, weight.shape
    out = np.zeros((N, K, (H + 2 * padding - FH) // stride + 1, (W + 2 * padding - FW) // stride + 1), x.dtype)
    padded = np.pad(x, ((0,), (0,), (padding,), (padding,)))
    for n, k, i, j in np.ndindex(out.shape):
        for c, u, v in np.ndindex(weight.shape[1:]):
            out[n, k, i, j] += padded[n, c, i * stride + u, j * stride + v] * weight[k, c, u, v]
        out[n, k, i, j] += bias[k]
    return out, {"x": x, "weight": weight, "stride": stride, "padding": padding}
'''
LOOPS_BACKWARD = """
def conv2d_backward(grad_out, cache):
    x, weight, stride, padding = cache["x"], cache["weight"], cache["stride"], cache["padding"]
    padded = np.pad(x, ((0,), (0,), (padding,), (padding,)))
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
    for n, k, i, j in np.ndindex(grad_out.shape):
        for c, u, v in np.ndindex(weight.shape[1:]):
            grad_weight[k, c, u, v] += grad_out[n, k, i, j] * padded[n, c, i * stride + u, j * stride + v]
            grad_padded[n, c, i * stride + u, j * stride + v] += grad_out[n, k, i, j] * weight[k, c, u, v]
    H, W = x.shape[2:]
    return grad_padded[:, :, padding : padding + H, padding : padding + W], grad_weight, grad_out.sum((0, 2, 3))
"""
ENDLESS = """
def conv2d_as_matrix(weight, image_shape, stride=1, padding=0):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""


def text(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def the_class(answers: Answers) -> dict[str, bytes]:
    """Who hands in what."""
    perfect = answers.notebook(EXERCISES)
    without_test = json.loads(json.dumps(perfect))
    without_test["cells"] = [cell for cell in without_test["cells"] if cell["id"] != "check_conv2d_forward"]
    copied = json.loads(json.dumps(perfect))
    at = next(i for i, cell in enumerate(copied["cells"]) if cell["id"] == "conv2d_backward")
    copied["cells"].insert(at, {**copied["cells"][at], "id": "pasted"})
    rest = EXERCISES[:3] + EXERCISES[4:]
    mean = answers.solution("conv2d_backward").replace(
        "grad_out.sum(axis=(0, 2, 3))", "grad_out.sum(axis=(0, 2, 3)) / len(grad_out)"
    )
    assign = answers.solution("conv2d_backward").replace("grad_padded[window] +=", "grad_padded[window] =")
    biasless = answers.solution("conv2d_parameter_count").replace(" + 1)", ")")
    text_cut = text(perfect)
    latin = json.dumps(perfect, ensure_ascii=False).replace("04 Convolution", "04 für später").encode("latin-1")
    return {
        "ada-vectorized": text(perfect),
        "ben-loops": text(answers.notebook(EXERCISES, conv2d_forward=LOOPS, conv2d_backward=LOOPS_BACKWARD)),
        "cat-empty": text(answers.released()),
        "dan-mean": text(answers.notebook(rest, conv2d_backward=mean)),
        "eve-assigns": text(answers.notebook(rest, conv2d_backward=assign)),
        "fay-biases": text(answers.notebook(EXERCISES, conv2d_parameter_count=biasless)),
        "gus-half": text(answers.notebook(EXERCISES[:3])),
        "hal-endless": text(answers.notebook(EXERCISES[:4], conv2d_as_matrix=ENDLESS)),
        "ida-deleted": text(without_test),
        "jon-cut": text_cut[: text_cut.index(b'"grade_id": "conv2d_as_matrix"')],
        "kim-copied": text(copied),
        "leo-latin": latin,
    }


SCORES: dict[str, tuple[float, ...]] = {
    "ada-vectorized": POINTS,
    "ben-loops": POINTS,
    "cat-empty": (0, 0, 0, 0, 0),
    "fay-biases": (2, 0, 8, 10, 5),
    "gus-half": (2, 2, 8, 0, 0),
    "hal-endless": (2, 2, 8, 10, 0),
    "ida-deleted": POINTS,
    "jon-cut": (2, 2, 8, 10, 0),
    "kim-copied": POINTS,
    "leo-latin": POINTS,
}
FEEDBACK = {
    "ada-vectorized": "conv2d_forward: solved, 8 of 8 points",
    "cat-empty": "conv2d_forward: not solved yet, 0 of 8 points",
    "dan-mean": "mean",
    "fay-biases": "bias",
    "hal-endless": "within",
    "ida-deleted": "conv2d_forward: solved, 8 of 8 points",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's folder after `dltools grade submitted/`."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(REPOSITORY / "solutions" / UNIT, root / "solutions" / UNIT)
    shutil.copytree(REPOSITORY / "course" / UNIT, root / "course" / UNIT)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    for student, content in the_class(Answers(root, UNIT)).items():
        folder = root / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        (folder / f"{UNIT}.ipynb").write_bytes(content)
    assert grade(root) == 1
    return root


def grade(root: Path, *more: str) -> int:
    limits = [*(["--plain"] if JAIL == PLAIN else ["--jail", JAIL]), "--cell-seconds", "15"]
    return cli.main(["grade", str(root / "submitted"), *limits, *more])


def scores(root: Path) -> dict[str, dict[str, float | None]]:
    """Each student's automatic scores as the gradebook has them."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {g.name: g.auto_score for n in submission.notebooks for g in n.grades}
            for submission in gradebook.assignment_submissions(UNIT)
        }


def feedback(root: Path, student: str) -> str:
    page = (root / "feedback" / student / UNIT / f"{UNIT}.html").read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]*>", "", page))


@pytest.mark.parametrize("student", SCORES)
def test_everybody_gets_the_right_score(student: str, graded: Path) -> None:
    given = scores(graded)[student]
    assert tuple(given[f"check_{name}"] or 0.0 for name in EXERCISES) == SCORES[student]


@pytest.mark.parametrize("student", ["dan-mean", "eve-assigns"])
def test_a_wrong_gradient_costs_only_its_criteria(student: str, graded: Path) -> None:
    given = scores(graded)[student]
    assert 0 < (given["check_conv2d_backward"] or 0) < 10
    assert sum(value or 0 for value in given.values()) == WHOLE - 10 + (given["check_conv2d_backward"] or 0)


@pytest.mark.parametrize("student", FEEDBACK)
def test_feedback_that_a_student_can_use(student: str, graded: Path) -> None:
    assert FEEDBACK[student] in feedback(graded, student)
    assert "<script>alert" not in feedback(graded, student)


def test_what_needs_a_person(graded: Path) -> None:
    assert scores(graded)["jon-cut"]["check_conv2d_as_matrix"] is None
    with (graded / f"grades-{UNIT}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert len(rows) == 12
    assert {student for student, row in rows.items() if row["needs_person"] == "yes"} == {"jon-cut"}
    assert "ask the student for the whole file" in rows["jon-cut"]["remarks"]
    assert "check_conv2d_forward was missing" in rows["ida-deleted"]["remarks"]
    assert float(rows["ada-vectorized"]["score"]) == WHOLE


def test_the_report_names_the_mistakes(graded: Path) -> None:
    page = (graded / f"report-{UNIT}.html").read_text(encoding="utf-8")
    assert "averages bias" in page
    assert "overwrites overlap" in page
    assert "forgets biases" in page


def test_again_nothing_is_graded_twice(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebooks = {path: path.stat().st_mtime_ns for path in graded.glob("autograded/*/*/*.ipynb")}
    before = scores(graded)
    assert grade(graded, "--no-feedback") == 1
    assert {path: path.stat().st_mtime_ns for path in notebooks} == notebooks
    assert scores(graded) == before
    assert f"{WHOLE:g}/{WHOLE:g}" in capsys.readouterr().out


def test_a_regrade_repeats_exactly(graded: Path) -> None:
    path = graded / "autograded" / "fay-biases" / UNIT / f"{UNIT}.ipynb"
    before, content = scores(graded), path.read_bytes()
    assert grade(graded, "--no-feedback", "--force", "--student", "fay-biases") == 0
    assert scores(graded) == before
    assert path.read_bytes() == content


def test_the_secret_is_the_instructors(graded: Path) -> None:
    secret = graded / ".dltools-secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    written = [*graded.glob("autograded/**/*"), *graded.glob("feedback/**/*")]
    assert not any(secret.read_bytes() in path.read_bytes() for path in written if path.is_file())


@pytest.fixture(scope="module")
def api(graded: Path) -> NbGraderAPI:
    coursedir = course_directory(graded)
    coursedir.config.Execute.jail = JAIL
    return NbGraderAPI(coursedir, config=coursedir.config)


WITH_LONG = [pytest.param(name, marks=pytest.mark.long) for name in ("ida-deleted", "hal-endless", "jon-cut")]


@pytest.mark.parametrize("student", ["leo-latin", *WITH_LONG])
def test_nbgraders_own_autograde_gives_the_same(graded: Path, api: NbGraderAPI, student: str) -> None:
    """What formgrader's button does."""
    before = scores(graded)
    result = api.autograde(UNIT, student)
    assert result["success"], result
    assert scores(graded) == before


def test_nbgraders_own_feedback_and_export(graded: Path, api: NbGraderAPI) -> None:
    result = api.generate_feedback(UNIT, "dan-mean")
    assert result["success"], result
    target = graded / "export.csv"
    with api.gradebook as gradebook:
        CsvExportPlugin(to=str(target)).export(gradebook)
    with target.open(encoding="utf-8", newline="") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported["ada-vectorized"] == WHOLE
    assert len(exported) == 12
    assert sqlite3.connect(graded / "gradebook.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)
