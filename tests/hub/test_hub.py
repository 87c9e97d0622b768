"""docs/hub.md, followed: an instructor and two students on a real JupyterHub, from the release to the feedback."""

import csv
import json
import re
import stat
from collections.abc import Iterator

import pytest

from dltools.checks import exercises
from dltools.grading.jail.levels import why_unavailable
from tests.figures.live_jupyter import ROOT, chromium
from tests.hub.hub import UNIT, Hub, Person, proxy

SOURCES, SOLVED = (
    ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    for path in (ROOT / folder / UNIT / f"{UNIT}.ipynb" for folder in ("course", "solutions"))
)
IMPORTS = next(n for n, source in enumerate(SOURCES) if source.startswith("import "))
FIGURE = SOURCES.index("neuron_lab(neuron)")
ANSWER = next(n for n, source in enumerate(SOURCES) if source.startswith("def neuron("))
NEURON = next(source for source in SOLVED if source.startswith("def neuron("))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    if not proxy():
        pytest.skip("no configurable-http-proxy: npm install -g configurable-http-proxy, or Debian's package")
    folder = tmp_path_factory.mktemp("hub")
    for parent in [folder, *folder.parents[:2]]:
        if not parent.stat().st_mode & stat.S_IXOTH:  # pytest's own folders are closed to other accounts
            parent.chmod(0o755)
    try:
        with chromium() as browser, Hub(folder, browser) as running:
            yield running
    except LookupError as missing:
        pytest.skip(str(missing))


@pytest.mark.long  # three JupyterLabs, four commands: minutes
def test_from_the_release_to_the_feedback(hub: Hub) -> None:
    repository = hub.home("grader") / "deep-learning-course"
    with hub.person("instructor") as instructor, hub.person("ada") as ada, hub.person("ben") as ben:
        open_terminal(instructor, hub)
        instructor.type_in_terminal(f"nbgrader release_assignment {UNIT}", repository)
        work_and_submit(ada, NEURON)
        work_and_submit(ben, "")
        assert json.loads((hub.home("ada") / ".dltools-progress.json").read_text())["points"] == {"neuron": points()}

        instructor.type_in_terminal(f"nbgrader collect {UNIT}", repository)
        instructor.type_in_terminal(f"dltools grade submitted{jail()}", repository)
        grades = (repository / f"grades-{UNIT}.csv").read_text(encoding="utf-8-sig")
        assert scores(grades) == {hub.names["ada"]: points(), hub.names["ben"]: 0.0}
        instructor.type_in_terminal(f"nbgrader release_feedback {UNIT}", repository)
        formgrader_in_its_own_tab(instructor, hub)

        for person, name in ((ada, "ada"), (ben, "ben")):
            person.exchange("fetch_feedback", UNIT)
            [page] = hub.home(name).glob(f"{UNIT}/feedback/*/{UNIT}.html")
            assert "neuron" in page.read_text(encoding="utf-8")
        nobody_reads_another_s(hub)


def points() -> float:
    return float(exercises()["neuron"].points)


def jail() -> str:
    """The strongest jail of this machine; the default where it can have it."""
    return " --jail none" if why_unavailable("full") else ""


def open_terminal(person: Person, hub: Hub) -> None:
    """A terminal in the grader's server, which staff may open."""
    person.open("lab?reset", of=hub.names["grader"])
    person.lab()
    person.command("terminal:create-new")
    person.page.click(".jp-Terminal")


def work_and_submit(person: Person, answer: str) -> None:
    """Fetch the unit, see no menus of staff, write the answer, check it, look at the figure, hand in."""
    person.open("lab?reset")
    person.lab()
    commands = set(person.page.evaluate("() => jupyterapp.commands.listCommands()"))
    assert "nbgrader:open-assignment-list" in commands and "nbgrader:open-formgrader" not in commands
    person.exchange("fetch", UNIT)
    person.notebook(UNIT)
    if answer:
        person.write(ANSWER, answer)
        for number in (IMPORTS, ANSWER, ANSWER + 1, FIGURE):
            person.run_cell(number)
        person.shown(FIGURE).locator("svg").first.wait_for()
        assert f"{points():g} of {points():g}" in person.shown(ANSWER + 1).inner_text()
    person.command("docmanager:save")
    person.exchange("submit", UNIT)


def formgrader_in_its_own_tab(person: Person, hub: Hub) -> None:
    """JupyterHub forbids pages within pages, so formgrader has a tab of its own; both submissions are in it."""
    person.open(f"formgrader/gradebook/{UNIT}/{UNIT}", of=hub.names["grader"])
    person.page.get_by_text("Submission #2").first.wait_for()


def nobody_reads_another_s(hub: Hub) -> None:
    """Homes are closed; hand-ins and feedback lie under names that nobody can list or guess."""
    exchange = hub.folder / "exchange" / "deep-learning"
    for place in (exchange / "inbound", exchange / "feedback", hub.home("ada"), hub.home("grader")):
        assert not hub.accounts or not hub.may_list(place, "ben"), place
    names = [path.name for path in (exchange / "inbound").iterdir()]
    assert len(names) == 2 and all(re.search(r"\+[\w-]{12}$", name) for name in names), names


def scores(grades: str) -> dict[str, float]:
    """Each student's score in the table that `dltools grade` wrote."""
    rows = csv.DictReader(grades.splitlines())
    return {row["student_id"]: float(row["score"]) for row in rows}
