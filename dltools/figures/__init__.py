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
write `answer(**values) -> choice`, and leave the answer out of `draw` while `self.revealed` is false. `groups` puts the
controls into captioned rows; `adjust(**values)` sets the range of one control from the value of another.
Colors and line styles come from `style.py`. Add the figure to the table in tests/figures/figures.py.
"""

from dltools.figures.base.controls import button, choice, field, slider, steps, switch
from dltools.figures.base.scene import Scene, number
from dltools.figures.base.student import Student, Trouble
from dltools.figures.base.widget import FramesLab, Lab, PlotLab, SvgLab

__all__ = [
    "FramesLab",
    "Lab",
    "PlotLab",
    "Scene",
    "Student",
    "SvgLab",
    "Trouble",
    "button",
    "choice",
    "field",
    "number",
    "slider",
    "steps",
    "switch",
]
