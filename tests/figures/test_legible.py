"""Legible in every state: no text too small, cut off, or written over another; colors of text that can be read."""

import random
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from figures import FIGURES, Row
from front_page import front_page

import dltools.nn
from dltools.figures import LEGIBLE, FramesLab, PlotLab, Scene
from dltools.figures.base.style import INKS, css_ink

STATES = 25
"""States of every figure: each control through its values, then as many by chance."""
TYPED = {"sizes": ["8, 8, 8, 8, 8, 8", "1, 1"], "own": ["0.1 0.2 -0.3 0.4 0.5 " + "/ -1 0.25 0.5 1 -0.75 " * 4]}
TYPED["pixels"] = [" / ".join(["12.25 10.75 0.25 13.25 14.75 15.25 11.75 12.75"] * 8)]
"""What a learner may write into a field, by the name of the control."""

FAULTS = """svg => {
  document.body.innerHTML = svg;
  const {width, height} = document.querySelector('svg').viewBox.baseVal;
  const written = [...document.querySelectorAll('text')].filter(node => node.textContent.trim()).map(node => {
    const box = node.getBBox();  // of the line; the letters stand in its middle
    return {text: node.textContent, size: +node.getAttribute('font-size'), left: box.x, right: box.x + box.width,
      top: box.y + 0.2 * box.height, bottom: box.y + 0.82 * box.height};
  });
  const shared = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]);
  const faults = [];
  written.forEach((a, i) => {
    if (a.size < LEGIBLE) faults.push(`${a.text}: ${a.size} px`);
    if (a.left < -0.5 || a.top < -0.5 || a.right > width + 0.5 || a.bottom > height + 0.5)
      faults.push(`${a.text}: leaves the picture`);
    for (const b of written.slice(0, i))
      if (shared(a, b, 'left', 'right') > 1 && shared(a, b, 'top', 'bottom') > 1.5)
        faults.push(`${b.text} and ${a.text}: one over the other`);
  });
  return faults;
}""".replace("LEGIBLE", str(LEGIBLE))


def figure_of(row: Row) -> Any:
    names: dict[str, Any] = {}
    exec(row.setup, names)
    functions = [names[name] if row.setup else getattr(dltools.nn, name) for name in row.functions]
    return getattr(import_module(f"dltools.figures.{row.unit}"), row.lab)(*functions)


def figure_named(lab: str) -> Any:
    return figure_of(next(row for row in FIGURES if row.lab == lab))


def values_of(name: str, control: Any) -> list[Any]:
    """Values of a control from its whole range, at most 13."""
    if hasattr(control, "options"):
        return [value for _, value in control.options]
    if hasattr(control, "min"):
        count = min(12, round((control.max - control.min) / control.step))
        between = [control.min + (control.max - control.min) * k / max(count, 1) for k in range(count + 1)]
        return [type(control.value)(round(value, 6)) for value in between]
    return [True, False] if isinstance(control.value, bool) else TYPED.get(name, [])


def pictures(figure: Any) -> Iterator[str]:
    """The figure's SVG in many states, before and after the prediction."""
    chance = random.Random(0)
    for revealed in (False, True):
        for name, control in figure.control.items():
            for value in values_of(name, control):
                control.value = value
                yield from shown(figure, revealed)
            figure.reset()
        for _ in range(STATES):
            for name, control in figure.control.items():
                control.value = chance.choice(values_of(name, control) or [control.value])
            yield from shown(figure, revealed)
        figure.reset()


def shown(figure: Any, revealed: bool) -> list[str]:
    if revealed and not figure.revealed:
        figure.reveal()
    assert not re.search(r"\d[eE][-+]?\d|10\^", figure.status), "numbers as words, or with raised digits"
    frames = [scene for scene, _ in figure.frames] if isinstance(figure, FramesLab) else [figure.drawing]
    return [scene.svg("") for scene in frames if scene.width]


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_no_text_is_small_cut_off_or_over_another(chromium: Any, row: Row) -> None:
    figure = figure_of(row)
    without_images = {re.sub(r'href="data:[^"]*"', "", picture) for picture in pictures(figure)}
    if isinstance(figure, PlotLab):
        pytest.skip("its text is matplotlib's, of 12 px; its sentences have been looked at")
    page = chromium.new_page()
    faults = {fault for picture in sorted(without_images) for fault in page.evaluate(FAULTS, picture)}
    page.close()
    assert not faults, sorted(faults)[:20]


def test_the_faults_are_found(chromium: Any) -> None:
    scene = Scene(100, 40)
    scene.text(5, 10, "tiny", 8)
    scene.text(80, 10, "outside")
    scene.text(5, 30, "below")
    scene.text(20, 32, "above")
    page = chromium.new_page()
    assert page.evaluate(FAULTS, scene.svg("")) == [
        "tiny: 8 px",
        "outside: leaves the picture",
        "below and above: one over the other",
    ]
    page.close()


def brightness(color: str) -> float:
    """The relative luminance of a hex color, after WCAG 2.2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(brightness, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("color", INKS)
def test_colored_text_can_be_read_on_light_and_on_dark(color: str) -> None:
    light, dark = INKS[color]
    assert min(contrast(light, paper) for paper in ("#FFFFFF", "#F5F5F5", "#EEEEEE")) >= 4.5
    assert min(contrast(dark, paper) for paper in ("#212121", "#424242")) >= 4.5
    assert light in css_ink(color)


NARROW = 300
"""The width of a figure, in pixels, in a window of 1400 px at 200 % zoom, with JupyterLab's list of files open."""
CUT_OFF = """() => {
  const figure = document.querySelector('.dl-lab').getBoundingClientRect();
  const inputs = [...document.querySelectorAll('.dl-lab :is(input, select, button, label)')];
  const cut = (node) => node.scrollWidth > node.clientWidth + 1 && node.tagName === 'BUTTON';
  return inputs.filter((node) => node.offsetParent && (node.getBoundingClientRect().right > figure.right || cut(node)))
    .map((node) => node.textContent || node.ariaLabel || node.id);
}"""


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_no_control_of_a_narrow_figure_is_cut_off(chromium: Any, row: Row) -> None:
    page = front_page(chromium, figure_of(row), viewport={"width": NARROW, "height": 900})
    assert not page.evaluate(CUT_OFF)
    sizes = page.evaluate("[...document.querySelectorAll('.dl-lab button')].map((one) => one.scrollHeight)")
    assert max(sizes) < 40, "a button's name has one line"
    page.close()
