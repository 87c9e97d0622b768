"""Pictures to learn from: the digits and the photographs that scikit-learn brings along. Nothing is downloaded."""

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


def digits(validation: float = 0.2, test: float = 0.2, seed: int = 0, dtype: type[np.floating] = np.float64) -> Split:
    """Return the 1,797 handwritten digits of the UCI repository: x (N, 1, 8, 8) from 0 to 1, y (N,) from 0 to 9."""
    from sklearn.datasets import load_digits  # here, because scikit-learn is slow to import

    images, labels = load_digits(return_X_y=True)
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


def sample_image(name: str = "flower", every: int = 4, gray: bool = False) -> np.ndarray:
    """Return a photograph (3, H, W), or (1, H, W) if gray, from 0 to 1; name is "china" or "flower".

    Each pixel is the mean of every * every pixels of the 427 x 640 original. Raises ValueError for another name.
    """
    from sklearn.datasets import load_sample_image  # here, because scikit-learn is slow to import

    require(name in ("china", "flower"), "name", repr(name), 'either "china" or "flower"')
    whole_number("every", every, 1)
    image = load_sample_image(f"{name}.jpg").transpose(2, 0, 1) / 255
    H, W = image.shape[1] // every, image.shape[2] // every
    small = image[:, : H * every, : W * every].reshape(3, H, every, W, every).mean(axis=(2, 4))
    return small.mean(axis=0, keepdims=True) if gray else small
