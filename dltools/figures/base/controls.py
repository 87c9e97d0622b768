"""The controls of a figure: what the browser draws an input from, and a `value`."""

from collections.abc import Callable, Sequence
from typing import Any


class Control:
    """A control that the learner sets; `changed` is called when its value is another one.

    `kind` is slider, steps, choice, switch, field or button; `options` are (label, value) pairs of steps and choice.
    Of one that is `disabled`, as it has no effect beside the others' values, the browser shows the name alone.
    """

    def __init__(self, kind: str, label: str, value: Any, tip: str = "") -> None:
        self.kind, self.label, self.tip, self.disabled = kind, label, tip, False
        self.changed: Callable[[], None] = lambda: None
        self._value = value

    @property
    def value(self) -> Any:
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        before, self._value = self._value, self.allowed(value)
        if self._value != before:
            self.changed()

    def allowed(self, value: Any) -> Any:
        """Return the value as this control can have it."""
        return type(self._value)(value)

    def nearest(self, value: Any) -> Any:
        """Return the value nearest to one that this control may not have."""
        return value

    def read(self, sent: Any) -> Any:
        """Return the value that the browser means: of a list it sends the place."""
        return self.allowed(sent)

    def sent(self, value: Any) -> Any:
        """Return what `read` makes this value of."""
        return value

    def state(self) -> dict[str, Any]:
        """Return what the browser draws it from."""
        named = {"kind": self.kind, "label": self.label, "tip": self.tip}
        return named | {"disabled": self.disabled, "blank": self.disabled, "value": self.sent(self.value)}


class Slider(Control):
    """A number between two bounds."""

    def __init__(self, label: str, low: float, high: float, value: float, step: float, tip: str) -> None:
        super().__init__("slider", label, value, tip)
        whole = all(isinstance(number, int) for number in (low, high, value, step))
        self.number: type[float] = int if whole else float
        self.digits = len(f"{step:.10f}".rstrip("0").partition(".")[2])
        self.min, self._max, self.step = low, high, step
        self.value = value

    @property
    def max(self) -> float:
        return self._max

    @max.setter
    def max(self, highest: float) -> None:
        self._max = highest
        self.value = self.value

    def allowed(self, value: Any) -> float:
        return self.number(min(max(value, self.min), self.max))

    def read(self, sent: Any) -> float:
        return self.allowed(round(float(sent), self.digits))

    def state(self) -> dict[str, Any]:
        bounds = {"min": self.min, "max": self.max, "step": self.step, "digits": self.digits}
        return super().state() | bounds


class Listed(Control):
    """One of a list of values, or of (label, value) pairs."""

    def __init__(self, kind: str, label: str, options: Sequence[Any], value: Any, tip: str) -> None:
        self.options = [option if isinstance(option, tuple) else (str(option), option) for option in options]
        super().__init__(kind, label, self.options[0][1] if value is None else value, tip)
        self.index  # noqa: B018  # raises ValueError where the value is not in the list

    @property
    def index(self) -> int:
        """The place of the value in the list."""
        return self._place(self.value)

    def sent(self, value: Any) -> int:
        return self._place(value)

    def _place(self, value: Any) -> int:
        return [option for _, option in self.options].index(value)

    def allowed(self, value: Any) -> Any:
        return self.options[self._place(value)][1]

    def nearest(self, value: Any) -> Any:
        values = [one for _, one in self.options]
        if value in values:
            return value
        return self.value if isinstance(value, str) else min(values, key=lambda one: abs(one - value))

    def read(self, sent: Any) -> Any:
        return self.options[min(max(int(sent), 0), len(self.options) - 1)][1]

    def state(self) -> dict[str, Any]:
        return super().state() | {"options": [label for label, _ in self.options]}


class Button(Control):
    """An action; its value counts the clicks, so that a figure draws it, undoes it and resets it as any control."""

    def click(self) -> None:
        self.value += 1


Controls = dict[str, Any]
"""The controls of a figure by name; each is a Control, and has what its kind has."""


def slider(name: str, low: float, high: float, value: float, step: float = 1, tip: str = "") -> Slider:
    """A slider for a number: arrow keys move it by `step`. Whole numbers stay whole."""
    return Slider(name, low, high, value, step, tip)


def steps(name: str, values: Sequence[Any], value: Any, tip: str = "") -> Listed:
    """A slider over an explicit list, for example (0.001, 0.01, 0.1)."""
    return Listed("steps", name, values, value, tip)


def choice(name: str, options: Sequence[Any], value: Any = None, tip: str = "") -> Listed:
    """One of a list: of values, or of (label, value) pairs. The first one unless `value` is given."""
    return Listed("choice", name, options, value, tip)


def switch(name: str, value: bool = False, tip: str = "") -> Control:
    """On or off."""
    return Control("switch", name, value, tip)


def field(name: str, value: str, tip: str = "") -> Control:
    """A line of text, taken when Enter is pressed or the field is left."""
    return Control("field", name, value, tip)


def button(name: str, tip: str = "") -> Button:
    """An action, such as "Step": its value is the number of clicks so far."""
    return Button("button", name, 0, tip)
