"""The data is seeded, of the shapes and ranges that it says, and needs no network."""

import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from dltools import training
from dltools.training import (
    REBER_SYMBOLS,
    adding_problem,
    character_corpus,
    digits,
    distort,
    distorted_digits,
    embedded_reber,
    embedded_reber_string,
    moons,
    polynomial_noise,
    reber_string,
    sample_image,
    spirals,
    split,
    wandering_digits,
    xor,
)
from dltools.training.images import brought, scanned_digits

SEEDED = [digits, wandering_digits, distorted_digits, moons, spirals, polynomial_noise]
SEEDED += [lambda seed=0: adding_problem(20, seed=seed), lambda seed=0: embedded_reber(20, seed=seed)]


@pytest.mark.parametrize("make", SEEDED)
def test_the_same_seed_gives_the_same_data_and_another_other(make: Callable) -> None:
    for first, again, other in zip(make(), make(), make(seed=1)):
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other) or first.ndim == 1


def test_scikit_learns_own_pictures_are_found_without_it() -> None:
    from sklearn.datasets import load_digits, load_sample_image

    images, labels = scanned_digits()
    np.testing.assert_array_equal(images, load_digits().data)
    np.testing.assert_array_equal(labels, load_digits().target)
    for name in ("china", "flower"):
        pixels = np.asarray(Image.open(brought(f"images/{name}.jpg")))
        np.testing.assert_array_equal(pixels, load_sample_image(f"{name}.jpg"))
    quick = "import sys; from dltools.training import digits, sample_image; digits(), sample_image(); "
    subprocess.run([sys.executable, "-c", quick + "sys.exit('sklearn' in sys.modules)"], check=True)


def test_digits() -> None:
    data = digits()
    assert data.x_train.shape == (1078, 1, 8, 8) and len(data.y_validation) + len(data.y_test) == 719
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert set(data.y_test) == set(range(10))
    everything = np.concatenate([data.x_train, data.x_validation, data.x_test])
    assert len(np.unique(everything.reshape(1797, 64), axis=0)) == 1797
    assert digits(dtype=np.float32).x_train.dtype == np.float32


def test_wandering_digits_are_the_same_digits_elsewhere() -> None:
    still, moved = digits(), wandering_digits(canvas=16)
    assert moved.x_train.shape == (1078, 1, 16, 16)
    np.testing.assert_allclose(moved.x_test.sum(axis=(1, 2, 3)), still.x_test.sum(axis=(1, 2, 3)))
    np.testing.assert_array_equal(moved.y_test, still.y_test)
    assert len({tuple(np.argwhere(image[0]).min(axis=0)) for image in moved.x_train}) > 40
    np.testing.assert_array_equal(wandering_digits(canvas=8).x_test, still.x_test)


def test_distorted_digits() -> None:
    data = distorted_digits(copies=3, dtype=np.float32)
    assert data.x_train.shape == (3 * 1078, 1, 14, 14) and data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    np.testing.assert_array_equal(data.y_test, np.tile(digits().y_test, 3))
    copies = data.x_train.reshape(3, 1078, -1)
    assert (np.abs(copies[0] - copies[1]).mean(axis=1) > 0.03).all(), "every copy is another picture"


def test_distort_moves_an_image_and_keeps_it_whole() -> None:
    spot = np.zeros((500, 2, 8, 8))
    spot[:, :, 3:5, 3:5] = 0.5
    before, rng = spot.copy(), np.random.default_rng(0)
    moved = distort(spot, rng, canvas=14, noise=0)
    np.testing.assert_array_equal(spot, before)
    np.testing.assert_array_equal(moved[:, 0], moved[:, 1])  # all channels alike
    assert moved.sum(axis=(2, 3)).mean() == pytest.approx(2, rel=0.05), "about as many larger as smaller"
    assert 0.1 < moved.sum(axis=(2, 3)).std() < 0.4
    middles = np.tensordot(moved[:, 0], np.arange(14), axes=(1, 0)).sum(axis=1) / moved[:, 0].sum(axis=(1, 2))
    assert middles.min() == pytest.approx(4.5, abs=0.5) and middles.max() == pytest.approx(8.5, abs=0.5)
    noisy = distort(np.full((500, 1, 8, 8), 0.5), rng, noise=0.1)[:, :, 6:8, 6:8]
    assert noisy.std() == pytest.approx(0.1, abs=0.01)


def test_a_spot_is_turned_slanted_and_stretched_around_its_middle() -> None:
    """Without them a bar would stay as it is, at one of 5 heights."""
    bar = np.zeros((300, 1, 8, 8))
    bar[:, :, 1:7, 3:5] = 1
    bars = distort(bar, np.random.default_rng(1), noise=0)[:, 0]
    assert len(np.unique(bars.reshape(300, -1), axis=0)) == 300
    rows, columns = np.indices((14, 14))
    slopes = [np.polyfit(rows[image > 0.5], columns[image > 0.5], 1)[0] for image in bars]
    assert 0.05 < np.std(slopes) < 0.3 and abs(np.mean(slopes)) < 0.03


def test_sample_images() -> None:
    assert sample_image("china").shape == sample_image().shape == (3, 106, 160)
    gray = sample_image(every=8, gray=True)
    assert gray.shape == (1, 53, 80) and 0 <= gray.min() < gray.max() <= 1


def test_points() -> None:
    x, y = xor()
    np.testing.assert_array_equal(y[:, 0], [0, 1, 1, 0])
    x, y = moons(100, noise=0)
    np.testing.assert_allclose(np.linalg.norm(x[y == 0], axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(x[y == 1] - [1, 0.5], axis=1), 1)
    x, y = spirals(90, arms=3, noise=0)
    assert np.bincount(y).tolist() == [30, 30, 30] and np.linalg.norm(x, axis=1).max() <= 1
    x, y = polynomial_noise(10, coefficients=(1.0, 2.0), noise=0)
    np.testing.assert_allclose(y, 1 + 2 * x)


def test_adding_problem() -> None:
    x, y = adding_problem(1000, length=11)
    assert (x.shape, y.shape) == ((1000, 11, 2), (1000, 1))
    np.testing.assert_array_equal(x[:, :5, 1].sum(axis=1), 1)
    np.testing.assert_array_equal(x[:, 5:, 1].sum(axis=1), 1)
    np.testing.assert_allclose((x[:, :, 0] * x[:, :, 1]).sum(axis=1), y[:, 0])
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.1)


def test_reber_words_follow_the_graph() -> None:
    rng = np.random.default_rng(0)
    words = [reber_string(rng) for _ in range(200)]
    published = {"BTXSE", "BPVVE", "BTSXSE", "BPTVVE", "BPVPSE", "BTXXVVE"}
    assert published < set(words)
    assert all(re.match(r"B(T|P).*(S|V)E$", word) for word in words)
    embedded = [embedded_reber_string(rng) for _ in range(100)]
    assert {word[1] for word in embedded} == {"T", "P"}
    assert all(word[0] + word[-1] == "BE" and word[1] == word[-2] for word in embedded)


def test_embedded_reber_gives_one_length_and_the_next_symbol() -> None:
    x, y = embedded_reber(30, length=12)
    assert x.shape == (30, 11, 7) and y.shape == (30, 11)
    np.testing.assert_array_equal(x[:, 1:].argmax(axis=2), y[:, :-1])
    np.testing.assert_array_equal(y[:, 0], y[:, -2])
    assert set(y[:, -1]) == {REBER_SYMBOLS.index("E")}


def test_character_corpus() -> None:
    corpus = character_corpus()
    assert 4_000 < len(corpus.text) < 10_000
    assert corpus.decode(corpus.encode(corpus.text[:100])) == corpus.text[:100]
    x, y = corpus.batch(5, 20, np.random.default_rng(0))
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    with pytest.raises(ValueError, match="text is with"):
        corpus.encode("ZEBRA")


REFUSED = [
    (lambda: wandering_digits(canvas=7), "canvas is 7, .* at least 8"),
    (lambda: distorted_digits(canvas=9), "canvas is 9, .* at least 10"),
    (lambda: distorted_digits(copies=0), "copies is 0, .* at least 1"),
    (lambda: distort(np.zeros((1, 1, 8, 8)), np.random.default_rng(0), noise=-1), "noise is -1, .* at least 0"),
    (lambda: digits(validation=0.5, test=0.5), "validation \\+ test is 1.0"),
    (lambda: sample_image("dog"), "name is 'dog', .* \"flower\""),
    (lambda: moons(noise=-1), "noise is -1, .* at least 0"),
    (lambda: adding_problem(5, length=1), "length is 1, .* at least 2"),
    (lambda: embedded_reber(5, length=8), "length is 8, .* at least 9"),
]


@pytest.mark.parametrize("call, sentence", REFUSED)
def test_wrong_arguments_get_one_sentence(call: Callable, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


def test_split_keeps_pairs_together() -> None:
    x = np.arange(50)
    parts = split(x, 2 * x)
    np.testing.assert_array_equal(parts.y_train, 2 * parts.x_train)
    assert sorted(np.concatenate(parts[::2])) == list(x)


def test_every_name_is_there() -> None:
    assert all(hasattr(training, name) for name in training.__all__)
