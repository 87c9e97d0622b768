"""Unit 11 by pencil; the exam has no small case."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case, whole
from dltools.checks.pencil.sums import add, number


def root(g: Any) -> str:
    return f"sqrt({g.accuracy:g}·(1 - {g.accuracy:g}) / {g.count})"


def changes(g: Any) -> np.ndarray:
    """1 where the second net is right and the first is not, -1 the other way round, else 0."""
    found: np.ndarray = (g.after == g.labels).astype(float) - (g.before == g.labels)
    return found


def difference(g: Any) -> str:
    return f"({' + '.join(map(number, changes(g)))}) / {len(g.labels)}"


def error(g: Any) -> str:
    d, N = changes(g), len(g.labels)
    mean_square = f"({' + '.join(f'{number(one)}^2' for one in d)}) / {N}"
    return f"sqrt(({mean_square} - {number(d.mean())}^2) / {N})"


def met(g: Any, label: int, prediction: int) -> str:
    return add([float(a == label and b == prediction) for a, b in zip(g.labels, g.predictions)])


PENCIL = {
    "standard_error": Pencil((case(accuracy=0.8, count=4), case(accuracy=1.0, count=4)), {"error": root}),
    "paired_difference": Pencil(
        (
            case(labels=whole([1, 2]), before=whole([1, 3]), after=whole([1, 2])),
            case(labels=whole([1, 2, 3]), before=whole([1, 2, 0]), after=whole([0, 2, 0])),
            case(labels=whole([1, 2, 3, 4]), before=whole([1, 0, 0, 0]), after=whole([0, 2, 3, 4])),
        ),
        {"difference": difference, "error": error},
    ),
    "confusion_matrix": Pencil(
        (
            case(labels=whole([0, 1]), predictions=whole([0, 0]), classes=2),
            case(labels=whole([1, 1, 0]), predictions=whole([0, 0, 0]), classes=2),
            case(labels=whole([1, 0]), predictions=whole([0, 1]), classes=3),
        ),
        {"counts": met},
    ),
    "worst_mistakes": Pencil(
        (
            case(logits=[[2, 0], [0, 1], [0, 3]], labels=whole([0, 0, 0]), count=2),
            case(logits=[[5, 9], [4, 3], [0, 1]], labels=whole([0, 0, 0]), count=1),
            case(logits=[[2, 0], [0, 1], [0, 3], [3, 0]], labels=whole([0, 0, 0, 0]), count=3),
            case(logits=[[900, 0], [1, 0], [2000, 0]], labels=whole([1, 1, 1]), count=3),
            case(logits=[[0, 3, -2, -2], [0, 2, 2, 2]], labels=whole([0, 0]), count=1),
        )
    ),
}
