"""Unit 00: the map of the units with the learner's own progress."""

from html import escape

from dltools.checks.standing import Work, sections, standing, totals, unit_title

Row = tuple[str, int, int, float, float]


class CourseMap:
    """A table of the units with what is solved, a link to each; then what was overcome, what to look at again."""

    def rows(self) -> list[Row]:
        """For each unit: folder, how many of how many graded things are solved, points reached, points."""
        return [row(unit, works) for unit, works in standing().items()]

    def sections(self) -> dict[str, list[str]]:
        """What there is to say beside the points, by title."""
        return sections([work for works in standing().values() for work in works])

    def __repr__(self) -> str:
        lines = [f"{unit}: {solved} of {count} solved" for unit, solved, count, _, _ in self.rows()]
        for title, told in self.sections().items():
            lines += ["", f"{title}:", *(f"- {one}" for one in told)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        lines = "".join(map(table_row, self.rows()))
        head = "<tr><th>unit</th><th>solved</th><th>reached</th><th>progress</th></tr>"
        more = "".join(folded(title, told) for title, told in self.sections().items())
        return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>{more}"


def row(unit: str, works: list[Work]) -> Row:
    """One line of the table."""
    solved, reached, points = totals(works)
    return unit, solved, len(works), reached, points


def folded(title: str, lines: list[str]) -> str:
    """A list under its title, which opens it."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{escape(title)}: {len(lines)}</summary><ul>{items}</ul></details>"


def table_row(row: Row) -> str:
    unit, solved, count, reached, points = row
    name = escape(unit_title(unit))
    return (
        f'<tr><td style="text-align:left"><a href="../{unit}/{unit}.ipynb">{name}</a></td>'
        f"<td>{solved} of {count}</td><td>{reached:g} of {points:g} points</td>"
        f'<td><progress value="{reached:g}" max="{points:g}" aria-label="{name}"></progress></td></tr>'
    )


def course_map() -> CourseMap:
    """Show where you are in the course. What you have solved is kept in your own folder and sent nowhere."""
    return CourseMap()
