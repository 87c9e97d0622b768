"""Unit 11: the training dashboard of the student's own net."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from dltools.figures import (
    BLUE,
    DASHED,
    FOCUS,
    GREEN,
    LEGIBLE,
    ORANGE,
    SMALL,
    SOLID,
    THICK,
    THIN,
    VERMILION,
    Controls,
    Scene,
    SceneAxes,
    Student,
    SvgLab,
    Trouble,
    choice,
    counted,
    slider,
)
from dltools.nn import softmax
from dltools.training import History, Module
from dltools.training import predict as outputs_of

CLASSES = 10


def dashboard_lab(
    net: Any,
    history: History,
    x: np.ndarray,
    y: np.ndarray,
    confusion_matrix: Callable[..., Any],
    worst_mistakes: Callable[..., Any],
    seconds: float | None = None,
    beside: Any = None,
) -> SvgLab:
    """Look at your net after training: its losses, what it takes for what, and its worst mistakes.

    Args:
        net: gives logits (N, 10) for images (N, 1, H, W); a module of dltools.training, or any function.
        history: the losses, one entry an epoch.
        x, y: validation images and their labels.
        confusion_matrix, worst_mistakes: your functions.
        seconds: how long the training took.
        beside: another net, to be seen side by side with the first.
    """
    return DashboardLab(net, history, x, y, confusion_matrix, worst_mistakes, seconds, beside)


SHOWN = 9
"""Images in the gallery."""
WORST, CELL_ONLY, OTHER = "the worst of all", "the chosen cell", "the net beside it"
CURVES_LEFT, CURVES_TOP, CURVES_WIDTH, CURVES_HEIGHT = 44, 62, 190, 222
TABLE_LEFT, TABLE_TOP, CELL = 296, 82, 24
OTHER_LEFT = TABLE_LEFT + 264
GALLERY_LEFT, GALLERY_TOP, PICTURE, ROW, COLUMN = 570, 48, 70, 106, 82


class DashboardLab(SvgLab):
    title = "Training dashboard"
    alt = (
        "Left: the training and the validation loss, epoch by epoch. Middle: a table with a row for each true digit "
        "and a column for each digit that it was taken for; most examples are on the diagonal. Right: the nine images "
        "with the largest loss, each with its label and with what the net says."
    )
    question = "The digit of which the net misses the largest share is"
    choices = tuple(map(str, range(CLASSES)))
    waits: ClassVar = {"gallery": None}
    plays = ("true", "taken")

    def __init__(
        self,
        net: Any,
        history: History,
        x: np.ndarray,
        y: np.ndarray,
        confusion_matrix: Callable[..., Any],
        worst_mistakes: Callable[..., Any],
        seconds: float | None = None,
        beside: Any = None,
    ) -> None:
        self.net = Student(in_use(net), "net", seconds=20)
        self.other = None if beside is None else Student(in_use(beside), "the net beside it", seconds=20)
        self.seconds = seconds
        self.history, self.x, self.y = history, np.asarray(x), np.asarray(y)
        self.confusion_matrix = Student(confusion_matrix, "confusion_matrix")
        self.worst_mistakes = Student(worst_mistakes, "worst_mistakes")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "gallery": choice("at the right", [WORST, CELL_ONLY, *([OTHER] if self.other else [])]),
            "true": slider("true digit", 0, 9, 8, tip="The row of the chosen cell"),
            "taken": slider("taken for", 0, 9, 1, tip="The column of the chosen cell"),
        }

    def logits(self, net: Student) -> np.ndarray | None:
        """Return what a net says of all images (N, 10)."""
        return self.attempt(net, self.x, shape=(len(self.x), CLASSES))

    def counts(self, net: Student) -> np.ndarray | None:
        """Return the confusion matrix of a net (10, 10) by the student's function."""
        logits = self.logits(net)
        if logits is None:
            return None
        predictions = logits.argmax(axis=1)
        return self.attempt(self.confusion_matrix, self.y, predictions, CLASSES, shape=(CLASSES, CLASSES))

    def worst(self, logits: np.ndarray, among: np.ndarray) -> Sequence[int]:
        """Return the places of the worst of some examples, by the student's function."""
        count = min(SHOWN, len(among))
        found = (
            self.attempt(self.worst_mistakes, logits[among], self.y[among], count, shape=(count,)) if count else None
        )
        if found is None:
            return []
        if found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= len(among):
            self.trouble = f"worst_mistakes must return whole numbers from 0 to {len(among) - 1}, places of examples."
            return []
        return [int(place) for place in among[found]]

    def answer(self, **_: Any) -> str:
        counts = self.counts(self.net)
        return str(int(np.argmax(missed(counts)))) if counts is not None else ""

    def draw(self, gallery: str, true: int, taken: int) -> tuple[Scene, str]:
        scene = Scene(806, 372)
        draw_curves(scene, losses_of(self.history))
        logits = self.logits(self.net)
        if logits is None:
            return scene, "Without a net that works there is nothing to look at."
        predictions = logits.argmax(axis=1)
        draw_table(scene, self.counts(self.net) if self.revealed else None, true, taken)
        said = f"{said_of(self.y, predictions)}{self.took()} {said_of_losses(self.history)}"
        if not self.revealed:
            scene.heading(GALLERY_LEFT, 12, "Worst first", "after your prediction")
            return scene, f"{said} The chosen cell: {true} taken for {taken}. Predict, and the rest is shown."
        cell = np.flatnonzero((self.y == true) & (predictions == taken))
        if gallery == OTHER and self.other:
            said = f"{said} {self.side_by_side(scene, self.other, predictions == self.y, true, taken)}"
        else:
            among = np.arange(len(self.y)) if gallery == WORST else cell
            draw_gallery(scene, self.x, self.y, softmax(logits), self.worst(logits, among), gallery)
        what = f"{true} taken for {taken}" if true != taken else f"{true} recognized"
        return scene, f"{said} {what}: {len(cell)} of {int((self.y == true).sum())}."

    def took(self) -> str:
        return "" if self.seconds is None else f" The training took {self.seconds:.0f} s."

    def side_by_side(self, scene: Scene, other: Student, right: np.ndarray, true: int, taken: int) -> str:
        """Draw the table of the other net; return on how many images only one of the two nets is right."""
        counts, logits = self.counts(other), self.logits(other)
        if counts is None or logits is None:
            return "The net beside it gives no answers."
        also = logits.argmax(axis=1) == self.y
        draw_table(scene, counts, true, taken, OTHER_LEFT, f"The net beside it: {also.mean():.1%} right", OTHER)
        mine, its = int((right & ~also).sum()), int((also & ~right).sum())
        return f"Right is only yours in {counted(mine, 'image')}, only the net beside it in {its}."


def in_use(net: Any) -> Any:
    """Return what gives the net's logits: a module batch by batch with nothing random in it, a function as it is."""
    return (lambda x: outputs_of(net, x)) if isinstance(net, Module) else net


def missed(counts: np.ndarray) -> np.ndarray:
    """Return for each digit the share that was taken for another (10,), from the confusion matrix (10, 10)."""
    return np.asarray(1 - np.diag(counts) / np.maximum(counts.sum(axis=1), 1))


def losses_of(history: Any) -> list[np.ndarray]:
    """Return the training and the validation losses; Trouble where the history holds none."""
    found = [np.asarray(getattr(history, name, []), float) for name in ("train_loss", "validation_loss")]
    if not len(found[0]) or not all(np.isfinite(losses).all() for losses in found):
        raise Trouble("history has no training losses, or some are not finite: train the net, and keep its History.")
    return found


def said_of(y: np.ndarray, predictions: np.ndarray) -> str:
    right = float(np.mean(predictions == y))
    error = np.sqrt(right * (1 - right) / len(y))
    return f"{right:.1%} of {len(y):,} are right, give or take at least {error:.1%}."


def said_of_losses(history: Any) -> str:
    _, validation = losses_of(history)
    if not len(validation):
        return ""
    epoch = int(validation.argmin()) + 1
    return f"The validation loss is lowest, {validation.min():.3f}, in epoch {epoch} of {len(validation)}."


def draw_curves(scene: Scene, losses: list[np.ndarray]) -> None:
    """Draw the losses (two lists of equal or zero length) over the epochs, from zero up."""
    scene.heading(20, 12, "Losses", "by epoch")
    top = max(float(curve.max()) for curve in losses if len(curve))
    epochs = max(map(len, losses))
    box, last = (CURVES_LEFT, CURVES_TOP, CURVES_WIDTH, CURVES_HEIGHT), max(epochs - 1, 1)
    axes = SceneAxes(scene, box, (0, last), (0, max(top, 1e-12)))
    for share in (0, 0.5, 1):
        axes.rule(share * top, f"{share * top:.2g}", "faint" if share else "line")
    axes.tick(0, 1)
    axes.tick(last, epochs)
    bottom = axes.bottom
    looks: tuple[tuple[str, str, Sequence[float]], ...] = (("training", ORANGE, DASHED), ("validation", BLUE, SOLID))
    for row, (curve, (name, color, dash)) in enumerate(zip(losses, looks)):
        scene.line(
            (CURVES_LEFT, bottom + 42 + 20 * row),
            (CURVES_LEFT + 30, bottom + 42 + 20 * row),
            color=color,
            weight=THICK,
            dash=dash,
        )
        scene.text(CURVES_LEFT + 38, bottom + 42 + 20 * row, name if len(curve) else f"no {name} losses", SMALL)
        axes.curve(enumerate(curve), color, dash)
    if len(losses[1]):
        best = int(losses[1].argmin())
        scene.circle(*axes.point(best, losses[1][best]), 5, "paper", GREEN, THICK)
        scene.circle(CURVES_LEFT + 132, bottom + 62, 5, "paper", GREEN, THICK)
        scene.text(CURVES_LEFT + 142, bottom + 62, "its lowest", SMALL)


def draw_table(
    scene: Scene,
    counts: np.ndarray | None,
    true: int,
    taken: int,
    left: float = TABLE_LEFT,
    heading: str = "What is taken for what",
    gallery: str = CELL_ONLY,
) -> None:
    """Draw a confusion matrix, empty where there is none yet; the diagonal blue, mistakes red."""
    scene.heading(left - 24, 12, heading, "row: true; column: what the net says")
    for digit in range(CLASSES):
        scene.text(left + CELL * (digit + 0.5), TABLE_TOP - 14, digit, SMALL, "muted", "middle")
        scene.text(left - 12, TABLE_TOP + CELL * (digit + 0.5), digit, SMALL, "muted", "middle")
    shares = (
        np.zeros((CLASSES, CLASSES)) if counts is None else counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    )
    for i, j in np.ndindex(CLASSES, CLASSES):
        x, y = left + CELL * j, TABLE_TOP + CELL * i
        strength = 0.55 * shares[i, j] if i == j else min(0.8, 6 * shares[i, j])
        scene.rect(x, y, CELL, CELL, BLUE if i == j else VERMILION, "faint", opacity=round(float(strength), 3))
        if counts is not None and counts[i, j]:
            scene.text(x + CELL / 2, y + CELL / 2, f"{counts[i, j]:.0f}", LEGIBLE, "text", "middle", bold=i != j)
        said = f"{i} taken for {j}" + ("" if counts is None else f": {counts[i, j]:.0f}")
        scene.target(heading, (x, y, CELL, CELL), said, set={"true": i, "taken": j, "gallery": gallery})
    scene.frame(left + CELL * taken, TABLE_TOP + CELL * true, CELL, CELL, FOCUS)


def draw_gallery(
    scene: Scene, x: np.ndarray, y: np.ndarray, probabilities: np.ndarray, places: Sequence[int], name: str
) -> None:
    """Draw the images at these places, each with its label and the net's word."""
    scene.heading(GALLERY_LEFT, 12, f"Worst first: {name}", "label, what the net says, how sure")
    if not places:
        scene.text(GALLERY_LEFT, GALLERY_TOP + 24, "none", SMALL, "muted")
    for number, place in enumerate(places):
        left, top = GALLERY_LEFT + COLUMN * (number % 3), GALLERY_TOP + ROW * (number // 3)
        says = int(probabilities[place].argmax())
        scene.image(np.asarray(x[place]).reshape(x.shape[-2:]), left, top, PICTURE, PICTURE)
        scene.rect(left, top, PICTURE, PICTURE, stroke="line", weight=THIN)
        scene.text(
            left + PICTURE / 2,
            top + PICTURE + 13,
            f"{y[place]} as {says}, {probabilities[place, says]:.0%}",
            SMALL,
            anchor="middle",
        )
