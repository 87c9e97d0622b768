"""The browser's side of a figure: one widget, whose module draws picture, controls and what can be touched.

The scene is a dictionary of what the module draws from. The browser gets it once; then only what changed is sent.
"""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dltools.figures.base.style import STYLE_SHEET

Entries = dict[str, Any]

*PARTS, STILL = (
    Path(__file__).with_name(f"{part}.js").read_text(encoding="utf-8")
    for part in ("targets", "trail", "play", "tour", "front", "still")
)
MODULE = "".join(PARTS)
"""The browser's side: five files, one module, as a widget has one. A page without kernel has STILL behind it."""


def difference(before: Entries, after: Entries) -> Entries:
    """Return what makes one scene of the other: keys that changed; of a dictionary, its entries (None: it is gone)."""
    changed: Entries = {}
    for key, new in after.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            entries = {name: entry for name, entry in new.items() if name not in old or old[name] != entry}
            entries |= {name: None for name in old if name not in new}
            if entries:
                changed[key] = entries
        elif new != old:
            changed[key] = new
    return changed


class Front(anywidget.AnyWidget):
    """A widget that shows a scene; `asked(action)` gets what the learner does."""

    _esm = MODULE
    _css = STYLE_SHEET
    scene = traitlets.Dict().tag(sync=True)
    """Empty here: the state that is sent has the newest scene, see `get_state`."""

    def __init__(self, scene: Entries) -> None:
        self._now = scene
        self._answers = 0
        super().__init__()
        self.on_msg(lambda _, action, __: self.asked(action))

    def put(self, scene: Entries) -> None:
        """Show a scene. The module waits for one after each action, so it is told even when nothing changed."""
        self._answers += 1
        before, self._now = self._now, scene
        self.send(difference(before, scene) | {"answers": self._answers})

    def asked(self, action: Entries) -> None:
        """Do what the learner did, and `put` a scene, once."""
        raise NotImplementedError

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Entries:
        """Return what a page asks for that opens the figure anew."""
        state: Entries = super().get_state(key, drop_defaults)
        return state | {"scene": self._now | {"answers": self._answers}} if "scene" in state else state
