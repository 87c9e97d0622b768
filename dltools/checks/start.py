"""Unit 00: two tiny exercises on shapes and broadcasting, with their references: they are no layers."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.common_mistakes import median
from dltools.checks.exercise import Case, Criterion, Exercise, all_of, arguments, shapes


def center(x: np.ndarray) -> np.ndarray:
    """Subtract from each column of x (N, D) its mean; returns (N, D)."""
    return x - x.mean(axis=0)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The squared distance of each point in a (N, D) to each point in b (M, D); returns (N, M)."""
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)


def tables(rng: Generator, sizes: tuple[tuple[int, int], ...] = ((4, 3), (2, 5))) -> Iterator[Case]:
    for size in sizes:
        yield {"x": rng.normal(3, 2, size=size)}


def points(rng: Generator, counts: tuple[tuple[int, int], ...] = ((4, 3), (2, 5))) -> Iterator[Case]:
    for n, m in counts:
        yield {"a": rng.normal(size=(n, 2)), "b": rng.normal(size=(m, 2))}


one_row_or_column = partial(tables, sizes=((1, 3), (5, 1)))
MEAN_ZERO = "every column has mean zero"
ALL_PAIRS = "every point with every point"


CENTER = Exercise(
    center,
    ("result",),
    (
        Criterion("the shape of x", 0.5, tables, shapes, after=MEAN_ZERO),
        Criterion(MEAN_ZERO, 1, all_of(tables, one_row_or_column)),
        Criterion("x itself is not changed", 0.5, tables, arguments, after=MEAN_ZERO),
    ),
)


@CENTER.mistake(
    "You divide the sum of a column by how many columns there are: a mean divides by how many numbers were added, and "
    "those are the rows."
)
def divides_by_columns(x: np.ndarray) -> np.ndarray:
    return x - x.sum(axis=0) / x.shape[1]


@CENTER.mistake(
    "You subtract one mean of all numbers; each column has a mean of its own. Which axis does mean() run over?"
)
def centers_by_one_mean(x: np.ndarray) -> np.ndarray:
    return x - x.mean()


@CENTER.mistake("You subtract the mean of each row; the mean runs down a column, over axis 0.")
def centers_rows(x: np.ndarray) -> np.ndarray:
    return x - x.mean(axis=1, keepdims=True)


@CENTER.mistake("You add the mean: the columns get a mean twice as large, and not zero.")
def adds_mean(x: np.ndarray) -> np.ndarray:
    return x + x.mean(axis=0)


@CENTER.mistake("You subtract the median; the mean of a column is zero only after its mean is taken off.")
def subtracts_median(x: np.ndarray) -> np.ndarray:
    return x - median(x.T)


@CENTER.mistake("You divide by the standard deviation too; only the mean goes.")
def standardizes(x: np.ndarray) -> np.ndarray:
    return center(x) / x.std(axis=0)


@CENTER.mistake("You return the means; return the numbers without them.")
def returns_means(x: np.ndarray) -> np.ndarray:
    return x.mean(axis=0)


@CENTER.mistake("The sign is wrong: the mean is taken off the numbers, x - mean, and not they off the mean.")
def turns_sign(x: np.ndarray) -> np.ndarray:
    return -center(x)


@CENTER.mistake("You subtract the sum of each column; its mean is the sum divided by the number of rows.")
def subtracts_sum(x: np.ndarray) -> np.ndarray:
    return x - x.sum(axis=0)


@CENTER.mistake("You subtract the smallest number of each column; its mean is asked for.")
def subtracts_minimum(x: np.ndarray) -> np.ndarray:
    return x - x.min(axis=0)


@CENTER.mistake("You scale each column to the numbers from 0 to 1; only its mean goes.")
def scales_to_one(x: np.ndarray) -> np.ndarray:
    return (x - x.min(axis=0)) / np.ptp(x, axis=0)


@CENTER.mistake("You make whole numbers of the result: fractions are cut off. Leave out int.")
def cuts_off_fractions(x: np.ndarray) -> np.ndarray:
    return center(x).astype(int)


for epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-12):
    CENTER.mistake(
        "You divide by the standard deviation too, and a small number beside it; only the mean goes.",
        name=f"standardizes_beside_{epsilon}",
    )(lambda x, epsilon=epsilon: center(x) / (x.std(axis=0) + epsilon))


@CENTER.mistake("You divide the sum of a column by N - 1; its mean divides by all of its N numbers.")
def divides_by_one_less(x: np.ndarray) -> np.ndarray:
    return x - x.sum(axis=0) / (len(x) - 1)


@CENTER.mistake(
    "You take the mean of a column again when some of its numbers have been changed already: take it once, before."
)
def takes_mean_anew(x: np.ndarray) -> np.ndarray:
    out = x.copy()
    for i, j in np.ndindex(x.shape):
        out[i, j] -= out[:, j].mean()
    return out


@CENTER.mistake("Only the first column is done: does the return line stand inside the loop?")
def returns_inside_loop(x: np.ndarray) -> np.ndarray:
    return np.where(np.arange(x.shape[1]) == 0, center(x), 0)


@CENTER.mistake("You subtract what lies halfway between the smallest and the largest number; that is no mean.")
def subtracts_middle(x: np.ndarray) -> np.ndarray:
    return x - (x.min(axis=0) + x.max(axis=0)) / 2


SQUARED_DISTANCES = Exercise(
    squared_distances,
    ("distances",),
    (
        Criterion("one point and one point", 0.5, partial(points, counts=((1, 1),))),
        Criterion(ALL_PAIRS, 1.25, points),
        Criterion("no argument is changed", 0.25, points, arguments, after=ALL_PAIRS),
    ),
)


@SQUARED_DISTANCES.mistake("Your result is transposed: row i belongs to the i-th point of a.")
def transposes_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return squared_distances(a, b).T


@SQUARED_DISTANCES.mistake("You took the root; the squared distance is asked for.")
def takes_root(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(squared_distances(a, b))


@SQUARED_DISTANCES.mistake("You add the differences before you square them; square each, then add.")
def squares_the_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, None] - b).sum(axis=2) ** 2


@SQUARED_DISTANCES.mistake("The squares are missing: square each difference, then add.")
def forgets_square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, None] - b).sum(axis=2)


@SQUARED_DISTANCES.mistake("You add up everything into one number: add over the coordinates alone, and (N, M) remains.")
def sums_everything(a: np.ndarray, b: np.ndarray) -> Any:
    return squared_distances(a, b).sum()


@SQUARED_DISTANCES.mistake("You add over the points of b; add over the coordinates, the last axis, and (N, M) remains.")
def sums_over_points(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return ((a[:, None] - b) ** 2).sum(axis=1)


@SQUARED_DISTANCES.mistake("You add over the points of a; add over the coordinates, the last axis, and (N, M) remains.")
def sums_over_first_points(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return ((a[:, None] - b) ** 2).sum(axis=0)


@SQUARED_DISTANCES.mistake("The factor 2 is missing: |a - b|^2 = |a|^2 - 2 a . b + |b|^2.")
def forgets_two(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return squared_distances(a, b) + a @ b.T


@SQUARED_DISTANCES.mistake("The sign of the product is wrong: |a - b|^2 = |a|^2 - 2 a . b + |b|^2.")
def adds_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return squared_distances(a, -b)


@SQUARED_DISTANCES.mistake(
    "Your distances stand in one long row: row i, column j belongs to a[i] and b[j], so reshape to (N, M)."
)
def flattens(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return squared_distances(a, b).ravel()


@SQUARED_DISTANCES.mistake("You leave the coordinates apart: add over the last axis, and (N, M) remains.")
def forgets_the_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, None] - b) ** 2


@SQUARED_DISTANCES.mistake("You add up absolute differences; square them before you add.")
def takes_absolute_differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a[:, None] - b).sum(axis=2)


@SQUARED_DISTANCES.mistake("You add the absolute differences and square their sum: square each, then add.")
def squares_sum_of_absolutes(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    distances: np.ndarray = np.abs(a[:, None] - b).sum(axis=2) ** 2
    return distances


@SQUARED_DISTANCES.mistake(
    "You take the scalar products of the points; the squared distance is made from their differences."
)
def takes_scalar_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a @ b.T


@SQUARED_DISTANCES.mistake("You take the mean over the coordinates; a squared distance is their sum.")
def averages_coordinates(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return squared_distances(a, b) / a.shape[1]


@SQUARED_DISTANCES.mistake(
    "You pair the points one by one; each point of a meets every point of b. Give one of them a new axis."
)
def pairs_in_order(a: np.ndarray, b: np.ndarray) -> Any:
    return ((a - b) ** 2).sum(axis=1)


@SQUARED_DISTANCES.mistake(
    "|a|^2 is a number for each point of a, |b|^2 one for each of b: with an axis of length 1 behind it, as "
    "[:, None] makes it, the first meets all of the second."
)
def lines_up_squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a**2).sum(axis=1) + (b**2).sum(axis=1) - 2 * a @ b.T


@SQUARED_DISTANCES.mistake("Both of your loops run over as many points as a has: one of them belongs to b.")
def loops_over_a_twice(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    distances = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(a)):
            distances[i, j] = ((a[i] - b[j]) ** 2).sum()
    return distances


EXERCISES = (CENTER, SQUARED_DISTANCES)
