"""Unit 00: the map of the units with the learner's own progress."""

from html import escape

from dltools.checks import UNITS, exercises
from dltools.checks.progress import read_progress

Row = tuple[str, int, int, float, float]


class CourseMap:
    """A table of the units: how many exercises are solved and how many points are reached; a link to each."""

    def rows(self) -> list[Row]:
        """For each unit: folder, exercises solved, exercises, points reached, points."""
        best, table = read_progress(), []
        for unit in UNITS:
            mine = [exercise for exercise in exercises().values() if exercise.unit == unit]
            reached = [min(best.get(exercise.name, 0.0), exercise.points) for exercise in mine]
            solved = sum(points == exercise.points for points, exercise in zip(reached, mine))
            table.append((unit, solved, len(mine), sum(reached), sum(exercise.points for exercise in mine)))
        return table

    def __repr__(self) -> str:
        return "\n".join(f"{unit}: {solved} of {count} exercises solved" for unit, solved, count, _, _ in self.rows())

    def _repr_html_(self) -> str:
        lines = "".join(map(table_row, self.rows()))
        head = "<tr><th>unit</th><th>solved</th><th>reached</th><th></th></tr>"
        return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>"


def table_row(row: Row) -> str:
    unit, solved, count, reached, points = row
    name = escape(title(unit))
    return (
        f'<tr><td style="text-align:left"><a href="../{unit}/{unit}.ipynb">{name}</a></td>'
        f"<td>{solved} of {count} exercises</td><td>{reached:g} of {points:g} points</td>"
        f'<td><progress value="{reached:g}" max="{points:g}" aria-label="{name}"></progress></td></tr>'
    )


def title(unit: str) -> str:
    """ "04-convolution" as "04 Convolution"."""
    number, _, words = unit.partition("-")
    return f"{number} {words.replace('-', ' ').capitalize()}"


def course_map() -> CourseMap:
    """Show where you are in the course. What you have solved is kept in your own folder and sent nowhere."""
    return CourseMap()
