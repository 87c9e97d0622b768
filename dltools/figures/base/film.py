"""A figure for a page without kernel: its picture before the prediction, the answer, and every state of what it plays.

`still.js` answers the figures' module from it.
"""

import base64
import io
import itertools
import json
import re
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image

from dltools.figures.base.front import Entries, difference
from dltools.figures.base.images import data_address, small_png
from dltools.figures.base.widget import Lab

BUDGET = 400_000
"""Bytes of the states of one figure."""
PRESSES = 12
"""How often a button can be pressed."""
PNG = re.compile(r"data:image/png;base64,([\w+/=]+)")


def film(lab: Lab) -> Entries:
    """Return what a figure shows, from where it is.

    Returns:
        "scene": before the prediction, with the controls that `plays` names and no others; "shown": what the answer
        changes of it; "outcomes": the sentence for each choice, and for none; "asks": the controls that pose another
        question; "states": what the browser sends of all, joined by commas -> what changes of the answered scene.
    """
    values, revealed, outcome = lab.values, lab.revealed, lab.outcome
    try:
        lab._playing, lab.outcome = True, ""
        start, shown = asked(lab) if lab.question else answered(lab), answered(lab)
        states, step = within_budget(lab, shown)
        places = {name: reached(shown["controls"][name], step) for name in lab.plays}
        for scene in (start, shown, *states.values()):
            scene |= thinned(scene, shown["controls"], places, step)
        asks = [name for name in lab.plays if name in lab.hides]
        data = {"scene": start, "shown": difference(start, shown), "outcomes": outcomes(lab)}
        return data | {"names": list(lab.plays), "asks": asks, "states": states}
    finally:
        lab.revealed, lab.outcome = revealed, outcome
        lab._settle_at(values)
        lab.refresh()
        lab._playing = False


def outcomes(lab: Lab) -> dict[str, str]:
    """What is said of each choice; of none it stands under an empty name."""
    return {choice: lab.verdict(choice) for choice in ("", *lab.choices)} if lab.question else {}


def asked(lab: Lab) -> Entries:
    """The scene before the prediction; nothing moves until it is made."""
    lab.revealed = False
    lab._draw()
    scene = alone(lab)
    scene["controls"] = {name: state | {"disabled": True} for name, state in scene["controls"].items()}
    return scene


def answered(lab: Lab) -> Entries:
    lab.revealed = True
    lab._draw()
    return alone(lab)


def alone(lab: Lab) -> Entries:
    """The scene, with the controls that move and the parts that set them; its pictures are small."""
    scene = lab._scene()
    scene["controls"] = {name: scene["controls"][name] for name in lab.plays}
    scene["groups"] = [["", list(lab.plays)]]
    scene["compared"] = None
    scene["tour"] = []  # it sets other controls, too
    moving = {name: target for name, target in scene["targets"].items() if set(target["set"]) <= set(lab.plays)}
    scene["targets"] = {name: target for name, target in moving.items() if target["kind"] == "set"}
    return json.loads(PNG.sub(smaller, json.dumps(scene)))  # type: ignore[no-any-return]


def smaller(found: re.Match[str]) -> str:
    """A picture of 128 colors in place of one of millions."""
    return in_few_colors(found[1])


@lru_cache(maxsize=64)
def in_few_colors(png: str) -> str:
    """The address of a picture; most states of a figure have the same ones."""
    return data_address(small_png(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")))


def within_budget(lab: Lab, shown: Entries) -> tuple[dict[str, Entries], int]:
    """The states, and the step of the sliders at which they fit: each value, or each second one, and so on."""
    drawn = {sent: difference(shown, scene) for sent, scene in every_state(lab, shown)}
    for step in itertools.count(1):
        kept = set(itertools.product(*(reached(shown["controls"][name], step) for name in lab.plays)))
        states = {",".join(f"{value:g}" for value in sent): drawn[sent] for sent in drawn if sent in kept}
        if len(json.dumps(states)) <= BUDGET or len(states) == 1:
            return states, step
    raise AssertionError("with a step that is large enough there is one state")


def reached(control: Entries, step: int) -> list[float]:
    """The values that the browser sends of a control, as far as a page has them: always where it stands."""
    if control["kind"] == "button":
        return [*range(PRESSES + 1)]
    if control["kind"] != "slider":
        return [*range(len(control["options"]))]
    value, one = control["value"], control["step"]
    low, high = (round((control[end] - value) / one) for end in ("min", "max"))
    return [round(value + one * at, control["digits"]) for at in range(low, high + 1) if at % step == 0]


def every_state(lab: Lab, shown: Entries) -> Iterator[tuple[tuple[float, ...], Entries]]:
    """What the browser can send, and what it shows then."""
    start = lab.values
    for sent in itertools.product(*(reached(shown["controls"][name], 1) for name in lab.plays)):
        values = {name: lab.control[name].read(value) for name, value in zip(lab.plays, sent)}
        lab._settle_at(start | values)
        lab.revealed = True
        lab._draw()
        yield sent, alone(lab)


def thinned(scene: Entries, first: Entries, places: dict[str, list[float]], step: int) -> Entries:
    """What is other in a scene on a page: where controls begin and end, in what steps they go, what can be touched."""
    controls = {name: control | bounds(first[name], step) for name, control in scene.get("controls", {}).items()}
    targets = {
        name: target
        for name, target in scene.get("targets", {}).items()
        if target is None or all(value in places[control] for control, value in target["set"].items())
    }
    return {key: made for key, made in (("controls", controls), ("targets", targets)) if key in scene}


def bounds(control: Entries, step: int) -> Entries:
    if control["kind"] == "button":
        return {"most": PRESSES}
    if control["kind"] != "slider":
        return {}
    values = reached(control, step)
    return {"min": values[0], "max": values[-1], "step": control["step"] * step}
