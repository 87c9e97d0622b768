"""The base of every figure: controls, a picture, and one line of text that says what the picture shows.

Three back-ends draw the picture: `SvgLab` for diagrams, here; `PlotLab` in `plot.py`, `FramesLab` in `frames.py`.
The browser's side is `front.py` and `front.js`.
"""

import threading
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, overload

import numpy as np

from dltools.figures.base.beside import beside
from dltools.figures.base.controls import Controls
from dltools.figures.base.front import Front
from dltools.figures.base.picture import mime_bundle
from dltools.figures.base.scene import Scene, note_scene
from dltools.figures.base.student import Student, Trouble, references
from dltools.figures.base.tours import Stop, tour

drawing_lock = threading.RLock()
"""Widget callbacks run in a thread of their own, a subshell of the kernel; matplotlib is not made for two at once."""


class Lab(Front):
    """A figure to play with. Subclass one of the back-ends below and fill in what is listed here."""

    title: ClassVar[str]
    alt: ClassVar[str]
    """What the first picture shows: its alternative text, and the cell's text/plain."""
    groups: ClassVar[dict[str, Sequence[str]]] = {}
    """Caption of a row -> names of its controls; all in one row if left empty."""

    question: ClassVar[str] = ""
    """What the learner predicts before the picture shows it; without one, nothing is hidden."""
    choices: ClassVar[Sequence[str]] = ()
    hides: ClassVar[Sequence[str]] = ()
    """Names of the controls that pose the question anew."""
    waits: ClassVar[Mapping[str, Any]] = {}
    """Names of the controls that stand still until the answer is revealed -> what they show till then; None: their
    value."""

    plays: ClassVar[Sequence[str]] = ()
    """Names of the one or two controls that Play goes through, the last one fastest; they move without a kernel too."""

    seed = 0

    def controls(self) -> Controls:
        """Return the controls by name (see `controls.py`); `draw` gets their values as arguments of these names."""
        raise NotImplementedError

    def adjust(self, *_: Any, **values: Any) -> None:
        """Set what depends on the values, such as `self.control["row"].max`; called before each picture."""

    def answer(self, *_: Any, **values: Any) -> str:
        """Return the choice that is right."""
        raise NotImplementedError

    def touched(self, *part: Any) -> dict[str, Any]:
        """Return the values of controls that follow when a part of the picture is touched; see `Scene.target`."""
        raise NotImplementedError

    def rng(self) -> np.random.Generator:
        """Return the generator of the figure's random numbers, from its start: the same in every picture."""
        return np.random.default_rng(self.seed)

    @overload
    def attempt(
        self, student: Student, *arguments: Any, shape: tuple[int, ...], **keywords: Any
    ) -> np.ndarray | None: ...

    @overload
    def attempt(self, student: Student, *arguments: Any, **keywords: Any) -> Any: ...

    def attempt(self, student: Student, *arguments: Any, **keywords: Any) -> Any:
        """Return what the student's function returns, or None with its trouble said above the picture."""
        try:
            return student(*arguments, **keywords)
        except Trouble as trouble:
            self.trouble = str(trouble)
            return None

    # What follows is the same for every figure.

    def __init__(self) -> None:
        self.revealed = not self.question
        self.trouble = self.guess = self.outcome = self.status = ""
        self.drawing = Scene(0, 0)
        self._history: list[dict[str, Any]] = []
        self._settling = self._going = self._playing = self.compared = False
        self.control = self.controls()
        self._start = self._before = self.values
        for control in self.control.values():
            control.changed = self._changed
        self._draw()
        super().__init__(self._scene())

    @property
    def values(self) -> dict[str, Any]:
        """The values of the controls by name."""
        return {name: control.value for name, control in self.control.items()}

    @property
    def shown(self) -> dict[str, Any]:
        """The values that controls and picture show: of a control that still waits, what it shows till then."""
        held = {} if self.revealed else {name: value for name, value in self.waits.items() if value is not None}
        return self.values | held

    @property
    def picture(self) -> str:
        """The picture as it is now, as one SVG."""
        return self.drawing.svg(self._label)

    def refresh(self) -> None:
        """Draw the picture for the controls as they are, and show it."""
        with drawing_lock:
            self._draw()
            self.put(self._scene())

    def _draw(self) -> None:
        """Draw the picture; whatever fails is said in one sentence."""
        self.trouble, self.status, self.drawing = "", "", Scene(0, 0)
        try:
            with self._settle():
                self.adjust(**self.values)
            if any(self.values[name] != self._before[name] for name in self.hides):
                self._ask()
            self._before = self.values
            self.drawing, self.status = self._render()
        except Trouble as trouble:
            self.trouble = str(trouble)
        except Exception as error:
            self.trouble = f"This figure cannot be drawn ({type(error).__name__}: {error}): press Undo or Reset."

    def undo(self) -> None:
        """Take back the last change of a control."""
        if self._history:
            self._go_to(self._history.pop())

    def reset(self) -> None:
        """Go back to the start. This, too, can be undone."""
        self._history.append(self._before)
        self._go_to(self._start)

    def reveal(self) -> None:
        """Show the answer beside the prediction; where a function keeps it from being found, the picture says so."""
        self.revealed = True
        with suppress(Trouble):
            self.outcome = self.verdict(self.guess)
        self.refresh()

    def both(self) -> None:
        """Show the right picture below yours, or no longer."""
        self.compared = self.compares and not self.compared
        self.refresh()

    def verdict(self, guess: str) -> str:
        """Return the sentence on a prediction; an empty one was none."""
        answer = self.answer(**self.values)
        said = "as you predicted" if answer == guess else f"you predicted {guess}"
        return f"It is {answer}, {said}." if guess else f"It is {answer}."

    @property
    def tour(self) -> list[Stop]:
        """The stops of the figure's tour; see `tours.py`."""
        return tour(type(self).__name__)

    def go_to_stop(self, place: int) -> None:
        """Set the controls for a stop of the tour: from the start, by what all stops up to it set.

        A list that depends on what the learner has trained may lack a value: the nearest one is taken.
        """
        sets = [stop.sets for stop in self.tour[: place + 1]]
        values = dict(ChainMap(*map(dict, reversed(sets)), self._start))
        self._history.append(self._before)
        self._go_to({name: self.control[name].nearest(value) for name, value in values.items()})

    def asked(self, action: dict[str, Any]) -> None:
        """Do what the learner did in the browser.

        Args:
            action: "do" is undo, reset, reveal or both; "set" has new values of controls by name; "touch" what
                `touched` is given; "guess" is a prediction; "more" says that it is undone with the action before, as a
                drag is; "play" that what has been revealed stays so; "tour" is the stop of the tour to go to.
        """
        with drawing_lock:
            self.guess, answers = action.get("guess", self.guess), self._answers
            self._going = self._going and bool(action.get("more"))
            self._playing = "play" in action or "tour" in action
            if "tour" in action:
                self.go_to_stop(int(action["tour"]))
            elif action.get("do") in ("undo", "reset", "reveal", "both"):
                getattr(self, action["do"])()
            else:
                self._set(self._meant(action))
            self._playing = False
            if self._answers == answers:  # nothing to do, but the browser waits
                self.put(self._scene())

    def static(self) -> bytes:
        """Return the picture as a PNG, with the answer."""
        with drawing_lock:
            before, self.revealed = self.revealed, True
            try:
                return self._png()
            except Exception:
                return note_scene(self.trouble).png()
            finally:
                self.revealed = before

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Alive in JupyterLab, a picture on GitHub and in nbconvert, and a text that is the same in every run."""
        return mime_bundle(self, self.static(), self.trouble or self.alt)

    @property
    def compares(self) -> bool:
        """Whether the picture can be drawn by the references too, below that of the student's functions."""
        held = [getattr(value, "students", value) for value in vars(self).values()]
        parts = [part for one in held for part in (one.values() if isinstance(one, dict) else [one])]
        return any(isinstance(part, Student) and part.reference for part in parts)

    @property
    def _label(self) -> str:
        """What a screen reader says of the picture: `alt` as long as it is true and the answer is no secret."""
        return self.alt if self.revealed and self.values == self._start else self.title

    # What the back-ends fill in.

    def _drawn(self) -> tuple[Scene, str]:
        """Return the picture, and the sentence."""
        raise NotImplementedError

    def _png(self) -> bytes:
        """Return the picture as a PNG."""
        raise NotImplementedError

    def _scene(self) -> dict[str, Any]:
        """Return all that the browser draws from."""
        return {
            "title": self.title,
            "groups": list((self.groups or {"": tuple(self.control)}).items()),
            "controls": {name: self._control(name) for name in self.control},
            "prediction": {"question": self.question, "choices": list(self.choices)} if self.question else None,
            "guess": self.guess,
            "outcome": self.outcome,
            "trouble": self.trouble,
            "label": self._label,
            "status": self.status,
            "plays": list(self.plays),
            "revealed": self.revealed,
            "compared": self.compared if self.compares else None,
            "tour": [stop.says for stop in self.tour],
            **self.drawing.state(),
            "targets": {name: self._target(target) for name, target in self.drawing.targets.items()},
        }

    def _control(self, name: str) -> dict[str, Any]:
        """Return a control as the browser gets it."""
        control, waits = self.control[name], name in self.waits and not self.revealed
        state: dict[str, Any] = control.state()
        return state | {"disabled": waits or state["disabled"], "value": control.sent(self.shown[name])}

    def _target(self, target: dict[str, Any]) -> dict[str, Any]:
        """Return a part that can be touched as the browser gets it; `here`: its values are set already."""
        values = target.get("set", {})
        here = bool(values) and all(self.shown[name] == value for name, value in values.items())
        return target | {"set": {name: self.control[name].sent(value) for name, value in values.items()}, "here": here}

    def _render(self) -> tuple[Scene, str]:
        """Return the picture, if so wished with the right one below it, and the sentence."""
        yours, sentence = self._drawn()
        if not self.compared:
            return yours, sentence
        with references():
            right, wanted = self._drawn()
        return yours, f"{sentence} {beside(yours, right, sentence, wanted)}"

    # The controls.

    @contextmanager
    def _settle(self) -> Iterator[None]:
        """Let controls change without a new picture for each."""
        outer, self._settling = self._settling, True
        try:
            yield
        finally:
            self._settling = outer

    def _changed(self) -> None:
        """A control has another value."""
        if not self._settling:
            self._history.append(self._before)
            self.refresh()

    def _meant(self, action: dict[str, Any]) -> dict[str, Any]:
        """Return the new values of controls that an action asks for."""
        read = {name: self.control[name].read(value) for name, value in action.get("set", {}).items()}
        return read | (self.touched(*action["touch"]) if "touch" in action else {})

    def _set(self, values: dict[str, Any]) -> None:
        """Give controls new values, as one step for `undo`; a drag goes on with its step."""
        if all(self.control[name].value == value for name, value in values.items()):
            return
        if not self._going:
            self._history.append(self._before)
        self._going = True
        with self._settle():
            for name, value in values.items():
                self.control[name].value = value
        self.refresh()

    def _go_to(self, values: dict[str, Any]) -> None:
        self._settle_at(values)
        self.refresh()

    def _settle_at(self, values: dict[str, Any]) -> None:
        with self._settle():
            for _ in range(2):  # twice, as one control's value can set another's range
                for name, value in values.items():
                    self.control[name].value = value
                self.adjust(**self.values)

    def _ask(self) -> None:
        """Hide the answer until the learner has committed to a prediction; while it plays, what is known stays so."""
        self.revealed, self.guess, self.outcome = self.revealed and self._playing, "", ""


class SvgLab(Lab):
    """A diagram. The one method to fill in is `draw(**values)`: it returns a Scene and the sentence."""

    def draw(self, *_: Any, **values: Any) -> tuple[Scene, str]:
        raise NotImplementedError

    def _drawn(self) -> tuple[Scene, str]:
        return self.draw(**self.shown)

    def _png(self) -> bytes:
        return self.draw(**self.shown)[0].png()
