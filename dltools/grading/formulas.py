"""Formulas as MathML, which every browser shows by itself: a page of feedback asks no other host for anything."""

from html import escape

from latex2mathml.converter import convert

LONGEST = 2_000
"""Characters of a formula that is converted."""
TAGS = {
    *("math", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "mroot", "msub", "msup"),
    *("msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mtable", "mtr", "mlabeledtr", "mtd"),
    *("mpadded", "mphantom", "menclose", "mfenced"),
}
"""All of MathML but what can hold HTML, links or scripts."""
ATTRIBUTES = {"display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "symmetric", "fence", "separator"}
ATTRIBUTES |= {"form", "accent", "accentunder", "linethickness", "lspace", "rspace", "minsize", "maxsize", "width"}
ATTRIBUTES |= {"height", "depth", "columnalign", "columnspacing", "columnlines", "rowspacing", "rowlines", "notation"}
ATTRIBUTES |= {
    "movablelimits",
    "largeop",
    "open",
    "close",
    "separators",
    "rowalign",
    "columnspan",
    "rowspan",
    "voffset",
}


def mathml(latex: str, display: bool = False) -> str:
    """A formula as MathML; as it was written where it cannot be converted.

    Args:
        latex: without its dollars.
        display: on a line of its own.
    """
    if len(latex) <= LONGEST:
        try:
            return str(convert(latex, display="block" if display else "inline"))
        except Exception:  # whatever the converter raises for what is no LaTeX: the words are there all the same
            pass
    written = f"<code>{escape(latex)}</code>"
    return f"<p>{written}</p>" if display else written
