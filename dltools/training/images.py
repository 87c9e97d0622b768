"""Pictures to learn from: the digits and the photographs that scikit-learn brings along. Nothing is downloaded."""

from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dltools.nn.arguments import require, whole_number


class Split(NamedTuple):
    """Examples to learn from, to choose by, and to be judged by; x (N, ...) and y (N,) or (N, ...)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def split(
    x: np.ndarray, y: np.ndarray, validation: float = 0.2, test: float = 0.2, seed: int | np.random.SeedSequence = 0
) -> Split:
    """Shuffle the examples x (N, ...) and y (N, ...) and part them; validation and test are shares of N.

    Raises ValueError if the shares leave nothing to learn from.
    """
    require(min(validation, test) >= 0 and validation + test < 1, "validation + test", validation + test, "in [0, 1)")
    order = np.random.default_rng(seed).permutation(len(x))
    ends = np.round(np.array([1 - validation - test, 1 - test]) * len(x)).astype(int)
    train, valid, judge = np.split(order, ends)
    return Split(x[train], y[train], x[valid], y[valid], x[judge], y[judge])


def brought(name: str) -> Path:
    """A file of scikit-learn's data sets; found without importing scikit-learn, which takes more than a second."""
    return Path(str(distribution("scikit-learn").locate_file(f"sklearn/datasets/{name}")))


def scanned_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return sklearn.datasets.load_digits: images (1797, 64) from 0 to 16, labels (1797,) from 0 to 9."""
    table = np.loadtxt(brought("data/digits.csv.gz"), delimiter=",")
    return table[:, :-1], table[:, -1].astype(int)


def digits(validation: float = 0.2, test: float = 0.2, seed: int = 0, dtype: type[np.floating] = np.float64) -> Split:
    """Return the 1,797 handwritten digits of the UCI repository: x (N, 1, 8, 8) from 0 to 1, y (N,) from 0 to 9."""
    images, labels = scanned_digits()
    return split((images.reshape(-1, 1, 8, 8) / 16).astype(dtype), labels, validation, test, seed)


def wandering_digits(
    canvas: int = 16, validation: float = 0.2, test: float = 0.2, seed: int = 0, dtype: type[np.floating] = np.float64
) -> Split:
    """Return the digits at random places on an empty canvas: x (N, 1, canvas, canvas), y (N,).

    A digit that is seen in training is never one of validation or test. ValueError if the canvas is smaller than 8.
    """
    whole_number("canvas", canvas, 8)
    rng = np.random.default_rng([seed, canvas])
    x_train, y_train, x_validation, y_validation, x_test, y_test = digits(validation, test, seed, dtype)
    return Split(
        *(wander(x_train, canvas, rng), y_train),
        *(wander(x_validation, canvas, rng), y_validation),
        *(wander(x_test, canvas, rng), y_test),
    )


def wander(images: np.ndarray, canvas: int, rng: np.random.Generator) -> np.ndarray:
    """Place every image (N, C, H, W) somewhere on an empty canvas of its own; returns (N, C, canvas, canvas)."""
    N, C, H, W = images.shape
    canvases = np.zeros((N, C, canvas, canvas), images.dtype)
    tops, lefts = rng.integers(canvas - H + 1, size=N), rng.integers(canvas - W + 1, size=N)
    for canvas_image, image, top, left in zip(canvases, images, tops, lefts):
        canvas_image[:, top : top + H, left : left + W] = image
    return canvases


def distort(images: np.ndarray, rng: np.random.Generator, canvas: int = 14, noise: float = 0.07) -> np.ndarray:
    """Return every image (N, C, H, W) distorted in its own way, on a canvas of its own: (N, C, canvas, canvas).

    It is turned, slanted, stretched and bent a little, lies somewhere at least a pixel from the edge, and has normal
    noise of this standard deviation on it; pixels stay within 0 to 1. ValueError if the canvas is smaller than the
    image and an edge of one pixel around it, or the noise negative.
    """
    N, C, H, W = images.shape
    whole_number("canvas", canvas, max(H, W) + 2)
    require(noise >= 0, "noise", noise, "at least 0")
    places = np.arange(N).reshape(N, 1, 1, 1), np.arange(C).reshape(1, C, 1, 1), *sources((H, W), N, canvas, rng)
    pixels = interpolate(images, *np.broadcast_arrays(*places))
    return np.clip(pixels + rng.normal(0, noise, pixels.shape), 0, 1).astype(images.dtype)


def sources(size: tuple[int, int], count: int, canvas: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return for every pixel of `count` canvases the row and the column of an image of this size that it shows.

    Both are (count, 1, canvas, canvas), and seldom whole numbers: the same picture for all channels.
    """

    def draw(most: float) -> np.ndarray:
        return rng.uniform(-most, most, (count, 1, 1, 1))

    H, W = size
    rows, columns = np.indices((canvas, canvas))
    y = rows - rng.integers(1, canvas - H, (count, 1, 1, 1)) - (H - 1) / 2
    x = columns - rng.integers(1, canvas - W, (count, 1, 1, 1)) - (W - 1) / 2
    turn = draw(0.15)
    y, x = np.cos(turn) * y + np.sin(turn) * x, np.cos(turn) * x - np.sin(turn) * y
    y, x = y * (1 + draw(0.1)), x * (1 + draw(0.1)) + y * draw(0.15)
    bent_y = y + draw(0.2) * np.sin(2 * np.pi * x / W + draw(np.pi))
    bent_x = x + draw(0.2) * np.sin(2 * np.pi * y / H + draw(np.pi))
    return bent_y + (H - 1) / 2, bent_x + (W - 1) / 2


def interpolate(images: np.ndarray, *places: np.ndarray) -> np.ndarray:
    """Return the images (N, C, H, W) at places between their pixels, linearly; outside of an image is 0."""
    from scipy.ndimage import map_coordinates  # here, because `import dltools` shall be quick

    return map_coordinates(images, places, output=np.float64, order=1, mode="constant")


def distorted_digits(
    copies: int = 4,
    canvas: int = 14,
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    dtype: type[np.floating] = np.float64,
) -> Split:
    """Return `copies` of every digit, each distorted in its own way: x (N, 1, canvas, canvas), y (N,).

    A digit of which a copy is seen in training is in no other part. ValueError if copies is below 1.
    """
    whole_number("copies", copies, 1)
    rng = np.random.default_rng([seed, canvas, copies])
    data = digits(validation, test, seed, dtype)
    x = [distort(np.concatenate([part] * copies), rng, canvas) for part in data[::2]]
    y = [np.tile(part, copies) for part in data[1::2]]
    return Split(x[0], y[0], x[1], y[1], x[2], y[2])


def sample_image(name: str = "flower", every: int = 4, gray: bool = False) -> np.ndarray:
    """Return a photograph (3, H, W), or (1, H, W) if gray, from 0 to 1; name is "china" or "flower".

    Each pixel is the mean of every * every pixels of the 427 x 640 original. Raises ValueError for another name.
    """
    from PIL import Image  # here, because `import dltools` shall be quick

    require(name in ("china", "flower"), "name", repr(name), 'either "china" or "flower"')
    whole_number("every", every, 1)
    image = np.asarray(Image.open(brought(f"images/{name}.jpg"))).transpose(2, 0, 1) / 255
    H, W = image.shape[1] // every, image.shape[2] // every
    small = image[:, : H * every, : W * every].reshape(3, H, every, W, every).mean(axis=(2, 4))
    return small.mean(axis=0, keepdims=True) if gray else small
