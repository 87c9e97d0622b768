"""How every figure looks: its colors, type and line weights. This is the one place to change them."""

from typing import Any

# Okabe and Ito, "Color universal design" (2008): told apart by readers with any kind of color vision.
# Color is never the only signal: give a mark, a line style or a label with it.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)

POSITIVE, NEGATIVE, FOCUS, WRONG = ORANGE, BLUE, GREEN, VERMILION

SOLID, DASHED, DOTTED = (), (6, 4), (1.5, 3)
"""Line styles, as lengths in pixels of ink and gap; they are the second signal of a colored line."""

SMALL, NORMAL, LARGE = 12, 14, 17
"""Type sizes in pixels."""
LEGIBLE = 11
"""No text is smaller than this, in pixels as shown: a picture that would have to shrink further scrolls instead."""
HAIR, THIN, THICK = 1.0, 1.5, 2.5
"""Line weights in pixels."""
WIDTH = 800
"""The width of a picture, in pixels, that a notebook shows at full size on a small laptop."""

FONT = "var(--jp-ui-font-family, system-ui, sans-serif)"

THEME = {
    "text": ("var(--jp-ui-font-color1, #212121)", "#212121"),
    "muted": ("var(--jp-content-font-color2, #616161)", "#616161"),
    "line": ("var(--jp-border-color0, #9e9e9e)", "#9e9e9e"),
    "faint": ("var(--jp-border-color2, #e0e0e0)", "#e0e0e0"),
    "panel": ("var(--jp-layout-color2, #f5f5f5)", "#f5f5f5"),
    "paper": ("var(--jp-layout-color1, #ffffff)", "#ffffff"),
}
"""Colors that follow the reader's theme: as CSS for SVG, and as they are on the white paper of a PNG."""


INKS = {
    ORANGE: ("#8A5A00", "#F0B030"),
    GREEN: ("#006B4E", "#35C79B"),
    VERMILION: ("#AD4B00", "#FF9D63"),
    BLUE: ("#0069A5", "#6CC0F0"),
    PURPLE: ("#954A76", "#E3A6C8"),
    SKY: ("#0069A5", "#6CC0F0"),
}
"""The palette for text, darker on light paper and lighter on dark: 4.5 to 1 on paper and panel (WCAG 1.4.3)."""


def css_ink(color: str) -> str:
    """Return the CSS of a color as text has it."""
    return f"var(--dl-ink-{color[1:]}, {INKS[color][0]})" if color in INKS else css_color(color)


def paper_ink(color: str) -> str:
    """Return a color as text has it on white paper."""
    return INKS[color][0] if color in INKS else paper_color(color)


def css_color(color: str) -> str:
    """Return a color name of THEME, or any hex color, as CSS."""
    return THEME[color][0] if color in THEME else color


def paper_color(color: str) -> str:
    """Return a color name of THEME, or any hex color, as it is on white paper."""
    return THEME[color][1] if color in THEME else color


MATPLOTLIB: Any = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": THEME["line"][1],
    "axes.labelcolor": THEME["text"][1],
    "axes.linewidth": HAIR,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": NORMAL * 0.72,
    "axes.labelsize": SMALL * 0.72,
    "axes.prop_cycle": "cycler('color', " + repr(list(CYCLE)) + ")",
    "axes.grid": True,
    "grid.color": THEME["faint"][1],
    "grid.linewidth": HAIR * 0.72,
    "lines.linewidth": THICK * 0.72,
    "font.family": "DejaVu Sans",
    "legend.frameon": False,
    "legend.fontsize": SMALL * 0.72,
    "text.color": THEME["text"][1],
    "xtick.color": THEME["muted"][1],
    "ytick.color": THEME["muted"][1],
    "xtick.labelsize": SMALL * 0.72,
    "ytick.labelsize": SMALL * 0.72,
}
"""Settings for plots; at 100 dots an inch a point is 1/0.72 pixels."""

DARK_INKS = " ".join(f"--dl-ink-{color[1:]}: {dark};" for color, (_, dark) in INKS.items())


def dark_rules(page: str) -> str:
    """Return the rules for a dark page, which a CSS selector tells.

    A plot is drawn on white: light and dark change places, the colors stay what they are.
    """
    lab = f"{page} .dl-lab"
    return (
        f"{lab} {{ {DARK_INKS} color-scheme: dark; }}\n"
        f"{lab} :is(image[decoding], .dl-plot) {{ filter: invert(0.87) hue-rotate(180deg); }}\n"
    )


STYLE_SHEET = (
    f"""
{dark_rules('[data-jp-theme-light="false"]')}.dl-picture svg {{ font-family: {FONT}; }}
"""
    + """
.dl-lab { max-width: 940px; padding: 16px 14px; box-sizing: border-box; border-radius: 8px; color-scheme: light;
  border: 1px solid var(--jp-border-color2, #e0e0e0); background: var(--jp-layout-color1, white);
  color: var(--jp-ui-font-color1, #212121); font: 14px/1.5 var(--jp-ui-font-family, system-ui, sans-serif); }
.dl-title { font-size: 18px; font-weight: 600; margin-bottom: 4px; }
.dl-group { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 4px 0; padding: 2px 0; }
.dl-caption { flex: 0 0 76px; font-size: 13px; font-weight: 600; line-height: 28px;
  color: var(--jp-ui-font-color2, #616161); }
.dl-controls, .dl-prediction { display: flex; flex-flow: row wrap; align-items: center; gap: 4px 16px; min-width: 0; }
.dl-controls { flex: 1 1 300px; }
.dl-control { display: flex; flex-wrap: wrap; align-items: center; gap: 0 8px; min-height: 28px; font-size: 13px;
  max-width: 100%; }
.dl-lab input, .dl-lab select, .dl-lab button { margin: 0; font: inherit; font-size: 13px; box-sizing: border-box;
  color: inherit; accent-color: var(--jp-brand-color1, #0072B2); }
.dl-lab select, .dl-lab button, .dl-lab input[type=text], .dl-lab input[type=number] { height: 28px; border-radius: 3px;
  padding: 0 6px; border: 1px solid var(--jp-border-color0, #9e9e9e); background: var(--jp-layout-color1, white); }
.dl-lab input[type=range] { width: 150px; min-width: 140px; }
.dl-lab input[type=number] { width: 5em; font-variant-numeric: tabular-nums; }
.dl-lab input[type=text] { width: 300px; min-width: 0; max-width: 100%; }
.dl-lab select { max-width: 100%; }
.dl-lab button { padding: 0 12px; margin-right: 8px; white-space: nowrap; cursor: pointer;
  background: var(--jp-layout-color2, #f5f5f5); }
.dl-lab button:hover:enabled { background: var(--jp-layout-color3, #e0e0e0); }
.dl-lab button[aria-pressed=true] { border: 2px solid var(--jp-brand-color1, #0072B2); font-weight: 600; }
.dl-lab :disabled { opacity: 0.5; cursor: default; }
.dl-blank { color: var(--jp-content-font-color2, #616161); }
.dl-blank > label::after { content: " \\2013"; }
.dl-blank > :not(label, button) { display: none; }
.dl-prediction { margin-top: 6px; padding: 8px 14px; border-left: 4px solid #56B4E9;
  background: var(--jp-layout-color2, #f5f5f5); }
.dl-question { flex-basis: 100%; }
.dl-outcome { font-weight: 600; }
.dl-picture { margin: 12px 0 4px; overflow-x: auto; }
.dl-picture::-webkit-scrollbar { height: 10px; }
.dl-picture::-webkit-scrollbar-thumb { background: var(--jp-border-color0, #9e9e9e); border-radius: 5px; }
.dl-picture[tabindex] { border-right: 3px dotted var(--jp-border-color0, #9e9e9e); }
.dl-stage { position: relative; }
.dl-stage > svg { display: block; width: 100%; height: auto; font-variant-numeric: tabular-nums; }
.dl-stage > .dl-over, .dl-stage > .dl-trail { position: absolute; inset: 0; }
.dl-trail { pointer-events: none; }
.dl-trail > rect { fill: none; stroke: #56B4E9; stroke-width: 2.5; }
.dl-over [tabindex] { fill: transparent; cursor: pointer; touch-action: none; }
.dl-over [role=slider] { cursor: move; fill: #009E7333; stroke: #009E73; stroke-width: 2; }
.dl-stage { user-select: none; }
.dl-aim { fill: #56B4E926; stroke: #56B4E9; stroke-width: 3; pointer-events: none; }
.dl-aim.dl-focus { stroke: var(--jp-brand-color1, #0072B2); }
.dl-over [tabindex]:focus { outline: none; }
.dl-hint { min-height: 1.5em; font-size: 13px; color: var(--jp-ui-font-color2, #616161); }
.dl-asleep:empty, .dl-trouble:empty, .dl-hint:empty { display: none; }
.dl-asleep { margin: 0; padding: 6px 0; }
.dl-trouble { margin: 12px 0; padding: 12px 16px; border-left: 4px solid #D55E00; font-size: 15px;
  background: var(--jp-layout-color2, #f5f5f5); }
.dl-tour { margin: 4px 0; }
.dl-tour-text:not(:empty) { display: block; margin: 6px 0; padding: 8px 14px; font-size: 15px;
  border-left: 4px solid #56B4E9; background: var(--jp-layout-color2, #f5f5f5); }
.dl-status { min-height: 3em; font-size: 15px; }
.dl-lab.dl-lab :focus-visible:not(svg *) { outline: 2px solid var(--jp-brand-color1, #0072B2); outline-offset: 2px; }
"""
)
