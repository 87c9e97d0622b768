"""What the learner plays with: one file a unit, and the base of all figures.

How to add a figure
-------------------
Subclass the back-end that fits, fill in `title`, `alt`, `controls` and `draw`, and wrap it in a function that takes the
student's functions. `draw` gets the value of every control as an argument of its name and returns the picture and one
sentence that says the present result in words and numbers. Never keep state anywhere else than in the controls (a
`button` counts its clicks, random numbers come from `self.rng()`): then undo, reset and the seed work by themselves.

- `SvgLab` for diagrams: `draw(**values) -> (Scene, sentence)`.
- `PlotLab` for plots: `plot(figure)` makes the axes and passes each artist that will move through `self.live`;
  `draw(**values) -> sentence` gives them their new data.
- `FramesLab` for runs that take long: `draw(**values) -> (Scene or Figure, sentence)` is called for every value of the
  control named `scrub` before anything is shown.

    class NeuronLab(SvgLab):
        title = "A neuron"
        alt = "A neuron with one input 2, one weight and a bias."

        def __init__(self, neuron):
            self.neuron = Student(neuron, "neuron")
            super().__init__()

        def controls(self):
            return {"w": slider("weight w", -3, 3, 1), "b": slider("bias b", -3, 3, 0)}

        def draw(self, w, b):
            scene = Scene(400, 120)
            out = self.attempt(self.neuron, np.array([2.0]), np.array([w]), b)  # None: the trouble is said
            scene.circle(200, 60, 40, stroke="text")
            scene.text(200, 60, "?" if out is None else number(out), anchor="middle")
            return scene, f"2 times {w} plus {b} gives {2 * w + b}."

To predict before it is shown: set `question`, `choices` and `hides` (names of controls that pose the question anew),
write `answer(**values) -> choice`, and leave the answer out of `draw` while `self.revealed` is false. A control that
must not show it, such as the steps of a run, is named in `waits`, with the value that it stands at until then; `draw`
gets that value. `groups` puts the controls into captioned rows; `adjust(**values)` sets the range of one control from
the value of another, and makes one `disabled` that has no effect beside the others: it shows its name alone.
To let pointer and keys reach a part of the picture: `scene.target(...)` where it is drawn, or in `touchable` of a plot;
what follows is values of controls, given with the part (`set`) or returned by `touched`. Whatever can be touched can
also be set by a control.
`plays` names the one or two controls that Play goes through; on the site they move without a kernel. The figure's tour,
four to eight sentences and the values that they speak of, is written in `tours/`, in its unit's file.
"Yours and right" comes by itself to an `SvgLab` that keeps a `Student` as an attribute, or in a dictionary that is one:
the same picture is drawn once more, with the references. A `Student` of a function that only calls the student's own
needs its `reference`.
Add the figure to the table in tests/figures/figures.py.

Everything that a figure needs is imported from here: colors and line styles (`style.py`), `number` and `signed` for the
terms of a sum, `scene.unknown` for what is to be predicted, `scene.differs` for a number that is not the same,
`SceneAxes` for a plot inside a scene, `self.legend` for a legend of live artists, and
`Student(...)(x, values=("out", "cache"))` where a function must return several values.
"""

from dltools.figures.base.axes import SceneAxes
from dltools.figures.base.controls import Controls, button, choice, field, slider, steps, switch
from dltools.figures.base.frames import FramesLab
from dltools.figures.base.numbers import RAISED, counted, number, power_of_ten, roughly, short, signed
from dltools.figures.base.picture import Picture
from dltools.figures.base.pixels import pixels_text, read_pixels
from dltools.figures.base.plot import PlotLab
from dltools.figures.base.scene import Scene
from dltools.figures.base.student import Student, Trouble
from dltools.figures.base.style import (
    BLACK,
    BLUE,
    CYCLE,
    DASHED,
    DOTTED,
    FOCUS,
    GREEN,
    HAIR,
    LARGE,
    LEGIBLE,
    NEGATIVE,
    NORMAL,
    ORANGE,
    POSITIVE,
    PURPLE,
    SKY,
    SMALL,
    SOLID,
    THICK,
    THIN,
    VERMILION,
    WIDTH,
    WRONG,
    YELLOW,
)
from dltools.figures.base.widget import Lab, SvgLab

__all__ = [
    "BLACK",
    "BLUE",
    "CYCLE",
    "DASHED",
    "DOTTED",
    "FOCUS",
    "GREEN",
    "HAIR",
    "LARGE",
    "LEGIBLE",
    "NEGATIVE",
    "NORMAL",
    "ORANGE",
    "POSITIVE",
    "PURPLE",
    "RAISED",
    "SKY",
    "SMALL",
    "SOLID",
    "THICK",
    "THIN",
    "VERMILION",
    "WIDTH",
    "WRONG",
    "YELLOW",
    "Controls",
    "FramesLab",
    "Lab",
    "Picture",
    "PlotLab",
    "Scene",
    "SceneAxes",
    "Student",
    "SvgLab",
    "Trouble",
    "button",
    "choice",
    "counted",
    "field",
    "number",
    "pixels_text",
    "power_of_ten",
    "read_pixels",
    "roughly",
    "short",
    "signed",
    "slider",
    "steps",
    "switch",
]
