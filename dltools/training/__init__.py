"""Everything to train a net with: data, modules, initializers, optimizers, the loop, early stopping, gradient checks."""

from dltools.training.images import (
    Split,
    digits,
    sample_image,
    split,
    wandering_digits,
)
from dltools.training.points import (
    moons,
    polynomial_noise,
    spirals,
    xor,
)
from dltools.training.sequences import (
    REBER_SYMBOLS,
    Corpus,
    adding_problem,
    character_corpus,
    embedded_reber,
    embedded_reber_string,
    reber_string,
)

__all__ = [
    "REBER_SYMBOLS",
    "Corpus",
    "Split",
    "adding_problem",
    "character_corpus",
    "digits",
    "embedded_reber",
    "embedded_reber_string",
    "moons",
    "polynomial_noise",
    "reber_string",
    "sample_image",
    "spirals",
    "split",
    "wandering_digits",
    "xor",
]
