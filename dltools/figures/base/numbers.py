"""Numbers as the figures write them: a true minus sign, no trailing zeros, powers of ten with raised digits."""

import math
from functools import lru_cache

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def counted(count: int, noun: str) -> str:
    """Return "1 step", "2 steps"."""
    return f"{count} {noun}{'s' * (count != 1)}"


def number(value: float, digits: int = 2) -> str:
    """Return a number as figures write it: at most `digits` decimals, no trailing zeros, a true minus sign."""
    return _number(float(value), digits)


@lru_cache(maxsize=4096)
def _number(value: float, digits: int) -> str:  # a picture writes hundreds of numbers, most of them again and again
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "\u2212")


def signed(value: float, digits: int = 2) -> str:
    """Return a number as a term of a sum or a factor of a product: a negative one in brackets."""
    return f"({number(value, digits)})" if value < 0 else number(value, digits)


def short(value: float, digits: int = 3) -> str:
    """Return a positive number of any size, in so many digits: a tiny one with a power of ten, 1.2 · 10⁻⁵."""
    if value >= 100:
        return number(value, 0)
    if value >= 1e-3 or value == 0:
        return f"{value:.{digits}g}"
    factor, exponent = f"{value:.1e}".split("e")
    return f"{factor} · {power_of_ten(int(exponent))}"


def power_of_ten(exponent: float) -> str:
    """Return 10 with the exponent, rounded to a whole number, raised: 10⁻³."""
    return "10" + f"{exponent:.0f}".replace("-0", "0").translate(RAISED)


TIMES = {
    -3: "a thousandth of",
    -2: "a hundredth of",
    -1: "a tenth of",
    0: "as large as",
    1: "ten times",
    2: "100 times",
}


def roughly(ratio: float) -> str:
    """Return how large something is beside another, to the next power of ten: "about a tenth of"."""
    if ratio <= 0:
        return "nothing beside"
    exponent = round(math.log10(ratio))
    return f"about {TIMES.get(exponent, f'{power_of_ten(exponent)} times')}"
