"""The tours: for each figure what there is to see, sentence by sentence, and the values of the controls that show it.

They are written in `dltools/figures/tours`, a file a unit, under the name of the figure's function. What a stop sets
stays so at the next ones.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[1] / "tours"


class Stop(NamedTuple):
    """One stop of a tour."""

    says: str
    sets: Mapping[str, Any]


def tour(name: str) -> list[Stop]:
    """Return the stops of a figure, by the name of its class; of one without a tour there are none."""
    return every().get(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), [])


@cache
def every() -> dict[str, list[Stop]]:
    """All tours by their figures' functions."""
    units = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return {lab: [Stop(stop["says"], stop["set"]) for stop in stops] for unit in units for lab, stops in unit.items()}
