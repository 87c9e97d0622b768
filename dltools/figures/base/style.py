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

DARK = '[data-jp-theme-light="false"] .dl-lab'
DARK_INKS = " ".join(f"--dl-ink-{color[1:]}: {dark};" for color, (_, dark) in INKS.items())
ARROW = (
    "url(&quot;data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='18' height='18'%3E"
    "%3Cpath fill='%23ddd' d='M5 7l4 4 4-4z'/%3E%3C/svg%3E&quot;)"
)
"""The arrow of a dropdown in the dark theme; that of ipywidgets is dark itself."""

STYLE_SHEET = (
    f"""
{DARK} {{ {DARK_INKS} }}
{DARK} select {{ background-image: {ARROW.replace("&quot;", '"')}; }}
"""
    + """
.dl-lab { max-width: 940px; padding: 16px 10px; border: 1px solid var(--jp-border-color2, #e0e0e0); border-radius: 8px;
  background: var(--jp-layout-color1, white); color: var(--jp-ui-font-color1, #212121); overflow: visible; }
.dl-lab .widget-html-content { line-height: 1.5; }
.dl-lab.jupyter-widgets-disconnected::before { content: "This figure is asleep: run the cell above to wake it.";
  padding: 6px 0; }
.dl-title { font-size: 18px; font-weight: 600; }
.dl-caption { width: 76px; font-weight: 600; color: var(--jp-ui-font-color2, #616161); }
.dl-lab .dl-caption .widget-html-content { font-size: 13px; line-height: 28px; }
.dl-group { align-items: flex-start; padding: 2px 0; overflow: visible; }
.dl-controls, .dl-prediction { flex-flow: row wrap; align-items: center; gap: 4px 16px; overflow: visible; }
.dl-controls > *, .dl-prediction > *, .dl-caption { flex-shrink: 0; }
.dl-lab .widget-slider .widget-readout { min-width: 3.2em; width: auto; }
.dl-lab .widget-hslider .slider-container { flex: 1 0 140px; min-width: 140px; }
.dl-group > button { margin-right: 8px; }
.dl-prediction { margin-top: 6px; padding: 8px 14px; border-left: 4px solid #56B4E9;
  background: var(--jp-layout-color2, #f5f5f5); }
.dl-prediction .widget-html-content { font-size: 14px; }
.dl-question { flex-basis: 100%; }
.dl-picture { margin: 12px 0 4px; overflow-x: auto; }
.dl-picture .widget-html-content { min-width: 0; }
.dl-picture::-webkit-scrollbar { height: 10px; }
.dl-picture::-webkit-scrollbar-thumb { background: var(--jp-border-color0, #9e9e9e); border-radius: 5px; }
.dl-picture svg, .dl-picture img { display: block; max-width: 100%; height: auto; }
.dl-picture img { border-radius: 6px; }
.dl-trouble { margin: 0 0 12px; padding: 12px 16px; border-left: 4px solid #D55E00; font-size: 15px;
  background: var(--jp-layout-color2, #f5f5f5); }
.dl-status { min-height: 3em; font-size: 15px; }
.dl-lab.dl-lab :focus-visible { outline: 2px solid var(--jp-brand-color1, #0072B2) !important; outline-offset: 2px; }
.dl-lab .noUi-handle:focus { box-shadow: 0 0 0 3px var(--jp-brand-color1, #0072B2); outline: none; }
"""
)

NAME_CONTROLS = """
window.dl_keys_stay ??= window.addEventListener('keydown', event => {
  if (event.target.closest?.('.dl-lab'))
    event.target.toggleAttribute('data-lm-suppress-shortcuts', !event.ctrlKey && !event.metaKey && !event.altKey);
}, true) ?? true;
const lab = this.closest('.dl-lab');
if (!lab) return;
lab.setAttribute('role', 'group');
lab.setAttribute('aria-label', lab.querySelector('.dl-title').textContent);
const name = () => {
  lab.querySelector('.dl-status')?.setAttribute('role', 'status');
  const picture = lab.querySelector('.dl-picture');
  if (picture.scrollWidth > picture.clientWidth) picture.tabIndex = 0;
  else picture.removeAttribute('tabindex');
  for (const icon of lab.querySelectorAll('button i')) icon.setAttribute('aria-hidden', 'true');
  for (const handle of lab.querySelectorAll('.widget-slider [role=slider]')) {
    const slider = handle.closest('.widget-slider');
    handle.setAttribute('aria-label', slider.querySelector('.widget-label').textContent);
    const readout = slider.querySelector('.widget-readout');
    handle.setAttribute('aria-valuetext', readout.textContent);
    readout.setAttribute('role', 'textbox');
    readout.setAttribute('aria-label', handle.getAttribute('aria-label') + ', typed');
  }
};
new MutationObserver(name).observe(lab, {childList: true, subtree: true});
new ResizeObserver(name).observe(lab);
name();
"""
"""ipywidgets gives its sliders no accessible name, and Python cannot reach their handles: these lines, run once where a
Lab is shown, name them, and make the sentence under the picture a live region.

Keys stay in the figure: without the attribute, set on the focused element before the notebook looks (Notebook 7 listens
at the document as events come in), "x" in a dropdown cuts the cell. Ctrl+S and Ctrl+Enter go on to the notebook. A
picture that scrolls can be reached by Tab."""

HEAD = f'<style>{STYLE_SHEET}</style><style onload="{NAME_CONTROLS}"></style>'
