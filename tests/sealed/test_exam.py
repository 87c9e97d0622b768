"""The exam of unit 11 in the sealed grader: predict gets images and nothing else, wherever it looks."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from submissions import made_by_instructor, scores

from dltools.checks.exercise import HAND_IN_BITS
from dltools.grading.model import Limits

LIMITS = Limits(cell_seconds=120, notebook_seconds=600)

TRAINED = """
import numpy as np
from dltools.nn import cross_entropy
from dltools.training import Adam, Flatten, Linear, ReLU, Sequential, distorted_digits, fit
from dltools.training import predict as outputs_of
rng, data = np.random.default_rng(0), distorted_digits(dtype=np.float32)
net = Sequential(Flatten(), Linear(196, 128, rng, np.float32), ReLU(), Linear(128, 10, rng, np.float32))
fit(net, cross_entropy, Adam(net), data.x_train, data.y_train, 10, 64, rng)
def predict(images):
    return outputs_of(net, images).argmax(axis=1)
"""
HUNTER = """
import gc, os, sys
import numpy as np
def labels_for(value, images):
    if type(value) is np.ndarray and value.shape == (len(images),) and value.dtype.kind in "iu":
        return value
    if isinstance(value, dict) and images[0].tobytes() in value:
        return [value[image.tobytes()] for image in images]
def predict(images):
    frame, places = sys._getframe(), gc.get_objects()
    while frame := frame.f_back:
        places += [*frame.f_locals.values(), *frame.f_globals.values()]
    found = [labels for place in places if (labels := labels_for(place, images)) is not None]
    return found[0] if found else np.zeros(len(images), int)
"""
ENVIRONMENT = """
import os, zlib
import numpy as np
from dltools.training import digits, distort
def drawn(seed):
    number = int(np.random.default_rng([seed, zlib.crc32(b"predict exam")]).integers(2**62))
    rng, data = np.random.default_rng(number), digits(dtype=np.float32)
    chosen = rng.integers(len(data.x_test), size=2000)
    return dict(zip(map(bytes, distort(data.x_test[chosen], rng)), data.y_test[chosen].tolist()))
known = {}
for seed in (int(os.environ.get("DLTOOLS_SEED", 0)), 0, 1):
    known |= drawn(seed)
def predict(images):
    return [known.get(bytes(image), 0) for image in images]
"""
REFERENCE = """
try:
    from dltools.checks.capstone import predict
except ImportError:
    predict = lambda images: [0] * len(images)
"""
REPLACED = """
import numpy as np
class Liar(np.ndarray):
    __eq__ = lambda self, other: np.ones(self.shape, bool)
def predict(images):
    images[:] = images[:1]
    return np.zeros(len(images), int).view(Liar)
"""


def points(execute, answer: str, seed: int) -> float:
    cells = [new_code_cell(answer), made_by_instructor("check(predict)", "check_predict", 20)]
    executed = execute(new_notebook(cells=cells), unit="11-capstone", seed=seed << HAND_IN_BITS, limits=LIMITS)
    return scores(executed)["check_predict"]


def test_an_honest_net_earns_its_levels(execute):
    assert points(execute, TRAINED, 7) == 10, "between a half and three quarters right, and well behaved"


@pytest.mark.parametrize(
    "answer", [HUNTER, ENVIRONMENT, REFERENCE, REPLACED], ids=["hunter", "seed", "reference", "liar"]
)
def test_neither_labels_nor_seed_are_within_reach(execute, answer):
    assert points(execute, answer, 7) == 0


def test_who_knows_the_seed_knows_the_labels(execute):
    """So that the test above would see it if the seed were known."""
    assert points(execute, ENVIRONMENT, 1) == 20
