"""The course's table: every student over all units that were graded, as a CSV and as a page for staff."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory

from dltools.course import Course, duration
from dltools.grading.book.gradebook import replace
from dltools.grading.book.page import Cell, distribution, document, linked, section
from dltools.grading.book.report import rows_of_csv, write_rows

CSV, PAGE = "grades-course.csv", "report-course.html"


@dataclass(frozen=True)
class Mark:
    """One student's work in one unit."""

    score: float
    max_score: float
    waits: bool = False
    seconds_late: float = 0.0
    absent: bool = False
    open: bool = False
    """Nothing was handed in, and the deadline is still to come."""

    @property
    def share(self) -> float:
        return self.score / self.max_score if self.max_score else 0.0

    @property
    def shown(self) -> str:
        if self.absent or self.open:
            return "open" if self.open else "absent"
        late = " late" if self.seconds_late else ""
        return f"{self.score:g}{' ?' if self.waits else ''}{late}"


@dataclass
class Line:
    """One student's line: the marks by unit, and what they come to."""

    student: str
    first_name: str
    last_name: str
    email: str
    marks: dict[str, Mark] = field(default_factory=dict)

    def units(self, what: str) -> list[str]:
        """The units whose mark is `absent`, `waits` or `open`."""
        return [unit for unit, mark in self.marks.items() if getattr(mark, what)]

    @property
    def late(self) -> list[str]:
        return [unit for unit, mark in self.marks.items() if mark.seconds_late]

    def counted(self, course: Course) -> list[str]:
        """The units that may count: those that are due, without what the course excuses."""
        excused = {
            unit for unit, mark in self.marks.items() if mark.open or (mark.absent and course.absent == "excused")
        }
        return [unit for unit in self.marks if unit not in excused and course.weights.get(unit, 1) > 0]

    def dropped(self, course: Course) -> list[str]:
        """The lowest units, which do not count; at least one always does."""
        counted = self.counted(course)
        lowest = sorted(counted, key=lambda unit: self.marks[unit].share)
        return lowest[: max(0, min(course.drop_lowest, len(counted) - 1))]

    def total(self, course: Course) -> float | None:
        """The weighted mean of the units' shares of their points; None while a person's grade is missing.

        total = sum(weight * score / max_score) / sum(weight), over the units that count
        """
        units = [unit for unit in self.counted(course) if unit not in self.dropped(course)]
        weights = {unit: course.weights.get(unit, 1) for unit in units}
        if not weights or self.units("waits"):
            return None
        return sum(weights[unit] * self.marks[unit].share for unit in units) / sum(weights.values())


def write_course_table(coursedir: CourseDirectory, course: Course) -> list[str]:
    """Write both files beside the gradebook; returns their names, none where nothing was graded yet."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        units = {unit.name: unit for unit in gradebook.assignments if unit.submissions}
        points = {name: float(unit.max_score) for name, unit in units.items()}
        lines = lines_of(gradebook, points, course, datetime.now(UTC).replace(tzinfo=None))
    if not points:
        return []
    root = Path(coursedir.root)
    write_rows(csv_rows(lines, points, course), root / CSV)
    replace(root / PAGE, page(lines, points, course, root).encode())
    return [CSV, PAGE]


def lines_of(gradebook: Gradebook, points: dict[str, float], course: Course, now: datetime) -> list[Line]:
    """Everybody's line, by id; who is in the gradebook and handed in nothing is absent everywhere."""
    people = sorted(gradebook.students, key=lambda person: person.id)
    lines = {p.id: Line(p.id, p.first_name or "", p.last_name or "", p.email or "") for p in people}
    for unit, maximum in points.items():
        assignment = gradebook.find_assignment(unit)
        due = assignment.duedate
        nothing = Mark(0.0, maximum, absent=not due or due <= now, open=bool(due and due > now))
        for line in lines.values():
            line.marks[unit] = nothing
        for student, mark in marks(gradebook, assignment.id, due, maximum):
            lines[student].marks[unit] = mark
    return list(lines.values())


def marks(gradebook: Gradebook, unit: str, due: datetime | None, maximum: float) -> Iterator[tuple[str, Mark]]:
    """Everybody's mark in one unit, by one query: a course has thousands."""
    columns = (
        SubmittedAssignment.student_id,
        SubmittedAssignment.score,
        SubmittedAssignment.late_submission_penalty,
        SubmittedAssignment.needs_manual_grade,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
    )
    query = gradebook.db.query(*columns).filter(SubmittedAssignment.assignment_id == unit)
    for student, score, penalty, waits, time, extension in query:
        late = (time - due - (extension or timedelta())).total_seconds() if time and due else 0.0
        yield student, Mark(max(0.0, score - (penalty or 0)), maximum, bool(waits), max(0.0, late))


def csv_rows(lines: list[Line], points: dict[str, float], course: Course) -> Iterator[list[object]]:
    """The head, the points that can be had, then a row a student; a unit that waits or is absent says so at the end."""
    people = ["student_id", "last_name", "first_name", "email"]
    yield [*people, *points, "total_percent", "late", "absent", "waits_for_person", "not_due_yet", "dropped"]
    yield ["points possible", "", "", "", *points.values(), 100, "", "", "", "", ""]
    for line in lines:
        who = [line.student, line.last_name, line.first_name, line.email]
        scores = ["" if mark.waits or mark.open else round(mark.score, 4) for mark in line.marks.values()]
        lists = (line.late, line.units("absent"), line.units("waits"), line.units("open"), line.dropped(course))
        yield rows_of_csv(who, [*scores, percent(line, course)], [" ".join(units) for units in lists])


def percent(line: Line, course: Course) -> float | str:
    total = line.total(course)
    return "" if total is None else round(100 * total, 2)


def page(lines: list[Line], points: dict[str, float], course: Course, root: Path) -> str:
    """The page for staff: rules, distribution, everybody's line, with links to each unit's report."""
    reports = {unit: f"report-{unit}.html" for unit in points}
    heads = [linked(unit, quote(name)) if (root / name).is_file() else unit for unit, name in reports.items()]
    totals = [total for line in lines if (total := line.total(course)) is not None]
    body: list[tuple[Cell, ...]] = [
        (line.student, f"{line.first_name} {line.last_name}".strip(), *(mark.shown for mark in line.marks.values()),
         str(percent(line, course)), ", ".join(line.dropped(course)))
        for line in lines
    ]  # fmt: skip
    maxima = ("points possible", "", *(f"{value:g}" for value in points.values()), "100", "")
    return document(
        "The course",
        [
            f"<p>{rules(points, course)}</p>",
            distribution([100 * total for total in totals], 100),
            section("Students", ("student", "name", *heads, "total %", "dropped"), [maxima, *body]),
            section("Late", ("student", "unit", "by"), late_lines(lines)),
        ],
    )


def rules(points: Iterable[str], course: Course) -> str:
    """How the total is made, in words."""
    weights = ", ".join(f"{unit} {course.weights[unit]:g}" for unit in points if unit in course.weights)
    counts = f"Weights: {weights}; every other unit 1." if weights else "Every unit counts the same."
    dropped = f" The {course.drop_lowest} lowest of each student are dropped." if course.drop_lowest else ""
    absent = "does not count" if course.absent == "excused" else "counts as 0"
    waits = "? waits for a person, and until then there is no total."
    return f"{counts}{dropped} What was not handed in {absent}, once it is due. {waits}"


def late_lines(lines: list[Line]) -> list[tuple[Cell, ...]]:
    return [
        (line.student, unit, duration(timedelta(seconds=line.marks[unit].seconds_late)))
        for line in lines
        for unit in line.late
    ]
