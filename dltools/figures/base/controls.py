"""The controls of a figure: ipywidgets with an accessible name, one look and a `value`."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

Controls = dict[str, widgets.ValueWidget]
"""The controls of a figure by name."""
LABEL = {"description_width": "initial"}
WIDE = {"width": "max-content", "min_width": "300px"}


def slider(
    name: str, low: float, high: float, value: float, step: float = 1, tip: str = ""
) -> widgets.IntSlider | widgets.FloatSlider:
    """A slider for a number: arrow keys move it by `step`. Whole numbers stay whole."""
    whole = all(isinstance(number, int) for number in (low, high, value, step))
    kind = widgets.IntSlider if whole else widgets.FloatSlider
    digits = len(f"{step:.10f}".rstrip("0").partition(".")[2])
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        readout_format="d" if whole else f".{digits}f",
        description=name,
        tooltip=tip or name,
        style=LABEL,
        layout={"width": "max-content", "min_width": "222px"},
    )


def steps(name: str, values: Sequence[Any], value: Any, tip: str = "") -> widgets.SelectionSlider:
    """A slider over an explicit list, for example (0.001, 0.01, 0.1)."""
    return widgets.SelectionSlider(
        options=values, value=value, description=name, tooltip=tip or name, style=LABEL, layout=WIDE
    )


def choice(name: str, options: Sequence[Any], value: Any = None, tip: str = "") -> widgets.Dropdown:
    """One of a list: of values, or of (label, value) pairs. The first one unless `value` is given."""
    first = options[0][1] if isinstance(options[0], tuple) else options[0]
    return widgets.Dropdown(
        options=options,
        value=first if value is None else value,
        description=name,
        tooltip=tip or name,
        style=LABEL,
        layout={"width": "max-content"},
    )


def switch(name: str, value: bool = False, tip: str = "") -> widgets.Checkbox:
    """On or off."""
    return widgets.Checkbox(
        value=value, description=name, tooltip=tip or name, indent=False, layout={"width": "max-content"}
    )


def field(name: str, value: str, tip: str = "") -> widgets.Text:
    """A line of text, taken when Enter is pressed or the field is left."""
    return widgets.Text(
        value=value,
        description=name,
        tooltip=tip or name,
        continuous_update=False,
        style=LABEL,
        layout={"width": "300px"},
    )


class Button(widgets.Button):
    """A button whose `value` counts its clicks, so that a figure draws it, undoes it and resets it as any control."""

    value = traitlets.Int(0)

    def click(self) -> None:
        self.value += 1
        super().click()


def button(name: str, tip: str = "", icon: str = "") -> Button:
    """An action, such as "Step": its value is the number of clicks so far."""
    pressed = Button(description=name, tooltip=tip or name, icon=icon, layout={"width": "max-content"})
    return pressed
