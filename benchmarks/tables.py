"""Rows as tables: Markdown for docs/speed.md, and for the screen, where it can be read as it is."""

from collections.abc import Mapping, Sequence


def cell(value: object, decimals: int) -> str:
    if value is None:
        return "-"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)


def markdown(columns: Mapping[str, int], rows: Sequence[Mapping[str, object]]) -> str:
    """A table of the columns, each with its number of decimals; numbers are to the right."""
    cells = [[cell(row.get(name), decimals) for name, decimals in columns.items()] for row in rows]
    widths = [max(len(line[at]) for line in [list(columns), *cells]) for at in range(len(columns))]
    lines = [list(columns), ["-" * width for width in widths], *cells]
    return "\n".join("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |" for line in lines)
