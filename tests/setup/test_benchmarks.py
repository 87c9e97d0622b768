"""The benchmarks run, and what they print adds up; how fast things are is not a test."""

import numpy as np
import pytest
from scipy.special import erf

from benchmarks import __main__ as everything
from benchmarks import figures, grading, machine, tried, units
from benchmarks.tables import markdown
from dltools.grading.jail.levels import why_unavailable


def test_a_table_is_markdown_with_its_decimals() -> None:
    table = markdown({"name": 0, "ratio": 2}, [{"name": "a", "ratio": 1 / 3}, {"name": "bb"}])
    assert table.splitlines() == ["| name | ratio |", "| ---- | ----- |", "| a    | 0.33  |", "| bb   | -     |"]


def test_workers_scale_until_the_command_is_busy() -> None:
    rows = {row["workers"]: row["a minute"] for row in grading.simulate([0.5], 0.1, submissions=400)}
    assert rows[1] == pytest.approx(120, rel=0.02)
    assert rows[4] == pytest.approx(480, rel=0.05)
    assert rows[64] == pytest.approx(600, rel=0.05)  # 60 s by 0.1 s: more workers only wait


def test_the_page_holds_what_was_measured_and_where() -> None:
    where = {"machine": machine.describe()}
    rows = [{"": "SVG", "median, ms": 20.4, "90 %, ms": 30.6, "target, ms": 30}]
    page = everything.page({"figures": {**where, "rows": rows}})
    assert "| SVG | 20         | 31       | 30         |" in page
    assert f"{where['machine']['cores']} cores" in page
    assert "## Layers" not in page  # never measured, so nothing is said


def test_the_parts_of_a_key_add_up_to_its_time() -> None:
    def message(at: float, made: float, kind: str = "comm_msg", **more: str) -> dict[str, object]:
        date = f"1970-01-01T00:00:00.{made:03}Z"
        return {"at": at, "date": date, "type": kind, "direction": "recv", "parent": "a", "state": "", **more}

    key = {"pressed": 100.0, "changed": 131.0, "shown": 140.0}
    sent = message(101, 101, direction="send", parent="", id="a")
    answers = [message(110, 104, "status", state="busy"), message(128, 120), message(133, 125, "status", state="idle")]
    assert figures.parts(key, [sent, *answers]) == pytest.approx((1, 3, 16, 8, 3, 9))
    assert figures.parts(key, answers) is None  # a frame that the page had already


@pytest.mark.long
def test_what_a_unit_costs_is_measured_and_compared_with_its_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("imports", 0.0), ("a failing check", np.inf), ("Restart & Run All", np.inf)):
        monkeypatch.setitem(units.TARGETS, name, seconds)
    (found,) = units.measure(["00-start-here"])
    assert 0 < found["imports"] < found["Restart & Run All"]
    assert found["missed"] == "imports"


def test_erf_by_polynomials_is_near_but_not_exact_to_float32() -> None:
    x = np.linspace(-5, 5, 1001, dtype=np.float32)
    error = np.abs(tried.erf_by_polynomials(x) - erf(x.astype(np.float64))).max()
    assert 1e-7 < error < 1e-6


@pytest.mark.long
def test_the_stages_of_a_real_run_add_up() -> None:
    if reason := why_unavailable("full"):
        pytest.skip(f"{reason} `python3 run.py doctor` tells more.")
    args = grading.parser().parse_args(["--students", "2"])
    cost, scores, found = grading.graded(args, "dltools grade, 1 worker", 2)
    assert sorted(scores.values()) == [0, 2]  # the first has solved nothing, the second one exercise
    assert all(seconds >= 0 for seconds in found["stages"].values())
    assert 0.5 * cost.wall < sum(found["stages"].values()) <= cost.wall
    assert len(found["worker"]) == len(found["writer"]) == 2
    assert 0 < found["writer"][-1] < found["command"]
    assert cost.processor > 0
