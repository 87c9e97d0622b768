"""References between units are made by the release, so that a unit can be renamed, moved or dropped."""

import re

import nbformat
import pytest

from dltools.checks import UNITS
from dltools.places import REPOSITORY
from dltools.release import authored, references

UNIT = "04-convolution"
GOOD = {
    "as in unit {unit:rnn}": "as in unit 06",
    "Units {unit:rnn} and {unit:lstm}": "Units 06 and 08",
    "# {unit:convolution} Convolution": "# 04 Convolution",
    "**Next:** {unit:pooling} Pooling": "**Next:** 05 Pooling",
    "100 hidden units 99 times, $W_{unit}$": "100 hidden units 99 times, $W_{unit}$",
}
BAD = {
    "as in unit 06": "'unit 06' is typed: write {unit:rnn} for 06, and it is made.",
    "# 04 Convolution": "'# 04' is typed: write {unit:convolution} for 04",
    "**Next:** 05 Pooling": "'**Next:** 05' is typed: write {unit:pooling}",
    "| 08 LSTM | a cell |": "'| 08 L' is typed: write {unit:lstm} for 08",
    "06, 07 and 08 belong together": "'06' is typed: write {unit:rnn}",
    "as in unit {unit:gru}": "the text names the unit gru, and UNITS has start, ",
    "**Next:** {unit:rnn} RNN": "the text says that rnn is next; after 04-convolution comes pooling.",
}


def resolved(text: str, unit: str = UNIT) -> str:
    cells = [nbformat.v4.new_markdown_cell(text)]
    references.resolve(cells, unit)
    return str(cells[0].source)


@pytest.mark.parametrize("text", GOOD)
def test_a_reference_is_made(text: str) -> None:
    assert resolved(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_a_reference_that_would_be_wrong_one_day(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(BAD[text])):
        resolved(text)


def test_a_unit_outside_the_table_writes_what_it_likes() -> None:
    assert resolved("unit 06, and **Next:** 05 {unit:rnn}", "12-mine") == "unit 06, and **Next:** 05 06"


def test_no_unit_names_one_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="names the unit gru"):
        resolved("unit {unit:gru}", "12-mine")


def test_the_last_unit_has_no_next() -> None:
    with pytest.raises(ValueError, match="after 11-capstone comes nothing"):
        resolved("**Next:** {unit:rnn}", "11-capstone")


def test_another_order_changes_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolution is given last, and resnet has gone: all is made anew or named."""
    folders = {module: folder for folder, module in UNITS.items() if module not in ("convolution", "resnet")}
    order = {folder: module for module, folder in folders.items()} | {"12-convolution": "convolution"}
    monkeypatch.setattr(references, "UNITS", order)
    assert resolved("unit {unit:convolution}", "06-rnn") == "unit 12"
    said = {}
    for unit in order.keys() & UNITS.keys():
        try:
            authored.from_py(REPOSITORY / "solutions" / unit / f"{unit}.py")
        except ValueError as error:
            said[unit] = str(error)
    assert said["03-backpropagation"].endswith("convolution is next; after 03-backpropagation comes pooling.")
    assert "the text says that resnet is next" in said["08-lstm"] or "names the unit resnet" in said["08-lstm"]
