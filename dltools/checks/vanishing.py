"""Unit 07: what the product of Jacobians, the norm by distance and clipping must do, and the mistakes often made."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.exercise import (
    Attempt,
    Case,
    Criterion,
    Exercise,
    all_of,
    arguments,
    in_single,
    shapes,
    values,
)
from dltools.nn.vanishing import clip_grad_norm, gradient_norm_by_distance, rnn_jacobian, rnn_jacobian_product

# Cases


def states(rng: Generator, T: int, H: int) -> np.ndarray:
    """States of a tanh network: numbers between -1 and 1, none of them near 0 or at the ends."""
    return rng.choice([-1, 1], size=(T, H)) * rng.uniform(0.2, 0.9, size=(T, H))


def one_step(rng: Generator, H: int = 4, dtype: type = np.float64) -> Iterator[Case]:
    """A call of rnn_jacobian."""
    yield {"h": states(rng, 1, H)[0].astype(dtype), "W": rng.normal(size=(H, H)).astype(dtype)}


def two_units(rng: Generator) -> Iterator[Case]:
    """A step that can be worked with a pencil: two hidden units, one digit each."""
    yield {
        "h": np.array([0.5, -0.1]),
        "W": rng.choice([-2.0, -1.0, 1.0, 2.0, 3.0, 4.0], size=4, replace=False).reshape(2, 2),
    }


def sequences(
    rng: Generator, lengths: tuple[int, ...] = (5, 7), H: int = 3, dtype: type = np.float64
) -> Iterator[Case]:
    """A call of rnn_jacobian_product for each length."""
    for T in lengths:
        yield {"h": states(rng, T, H).astype(dtype), "W": rng.normal(size=(H, H)).astype(dtype)}


def ways_back(
    rng: Generator, lengths: tuple[int, ...] = (5, 7), H: int = 3, dtype: type = np.float64
) -> Iterator[Case]:
    """A call of gradient_norm_by_distance for each length."""
    for case in sequences(rng, lengths, H, dtype):
        yield {"grad_h_last": rng.normal(size=H).astype(dtype)} | case


def gradients_of(rng: Generator, factor: float, size: float = 1.0, dtype: type = np.float64) -> Iterator[Case]:
    """Two calls of clip_grad_norm whose max_norm is `factor` times the norm; three arrays of different shapes."""
    for shapes_ in (((2, 3), (3,), (1, 2, 2)), ((4,), (3, 3), (2,))):
        grads = [size * rng.normal(size=shape).astype(dtype) for shape in shapes_]
        yield {"grads": grads, "max_norm": float(factor * size * norm_of([grad / size for grad in grads]))}


def three_four(rng: Generator) -> Iterator[Case]:
    """Two gradients whose common norm is a whole number."""
    first, second = rng.permutation([3.0, 4.0])
    yield {"grads": [np.array([first]), np.array([second])], "max_norm": float(rng.choice([2.0, 2.5]))}


def no_gradient(rng: Generator) -> Iterator[Case]:
    """Gradients that are all zero."""
    yield {"grads": [np.zeros((2, 3)), np.zeros(3)], "max_norm": float(rng.uniform(1, 2))}


def norm_of(grads: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))


# One Jacobian


JACOBIAN_VALUES = "four hidden units"
JACOBIAN = Exercise(
    rnn_jacobian,
    ("Jacobian",),
    (
        Criterion("two hidden units", 1, two_units),
        Criterion(JACOBIAN_VALUES, 1, all_of(one_step, partial(one_step, H=1))),
        Criterion("no argument is changed", 0.5, one_step, arguments, after=JACOBIAN_VALUES),
        Criterion("float32 stays float32", 0.5, partial(one_step, dtype=np.float32), in_single, after=JACOBIAN_VALUES),
    ),
)


@JACOBIAN.mistake(
    "You scale the columns of W: row i of the Jacobian belongs to h_t[i], so that row gets the slope of unit i."
)
def scales_columns(h, W) -> np.ndarray:
    return W * (1 - h**2)


@JACOBIAN.mistake(
    "Your Jacobian is transposed: the row is the unit of h_t that changes, the column that of h_{t-1} which causes it."
)
def transposes_jacobian(h, W) -> np.ndarray:
    return rnn_jacobian(h, W).T


@JACOBIAN.mistake(
    "You use W.T where W belongs: h_t = tanh(W h_{t-1} + ...) has W[i, j] between unit j before and unit i after."
)
def transposes_weights(h, W) -> np.ndarray:
    return rnn_jacobian(h, W.T)


@JACOBIAN.mistake("The slope of the tanh is missing: the chain rule passes through the tanh before it reaches W.")
def forgets_slope(h, W) -> np.ndarray:
    return W.copy()


@JACOBIAN.mistake(
    "You take the tanh of h_t once more: h_t is the output of the tanh already, and the slope is written with it."
)
def applies_tanh_twice(h, W) -> np.ndarray:
    return rnn_jacobian(np.tanh(h), W)


@JACOBIAN.mistake("That is the slope of the logistic function; this network uses tanh.")
def takes_logistic_slope(h, W) -> np.ndarray:
    return (h * (1 - h))[:, np.newaxis] * W


@JACOBIAN.mistake("The square is missing in the slope of the tanh.")
def forgets_square(h, W) -> np.ndarray:
    return (1 - h)[:, np.newaxis] * W


@JACOBIAN.mistake(
    "Only the diagonal of W is left: a diagonal matrix times W is a matrix product, not one entry by entry."
)
def keeps_diagonal_only(h, W) -> np.ndarray:
    return np.diag(1 - h**2) * W


# The product of Jacobians


def factors(h: np.ndarray, W: np.ndarray) -> list[np.ndarray]:
    """The Jacobians of all steps, dh_1/dh_0 to dh_T/dh_{T-1}."""
    return [rnn_jacobian(h_t, W) for h_t in h]


def product_of(matrices: list[np.ndarray], H: int) -> np.ndarray:
    """The last matrix stands on the left, as in dh_T/dh_{T-1} ... dh_2/dh_1."""
    return reduce(lambda product, jacobian: jacobian @ product, matrices, np.eye(H))


PRODUCT_VALUES = "sequences of 5 and 7 states"
PRODUCT = Exercise(
    rnn_jacobian_product,
    ("product",),
    (
        Criterion("two states: one step", 1, partial(sequences, lengths=(2,))),
        Criterion(PRODUCT_VALUES, 2, sequences),
        Criterion("one state: no step", 0.5, partial(sequences, lengths=(1,))),
        Criterion("no argument is changed", 0.5, sequences, arguments, after=PRODUCT_VALUES),
    ),
)


@PRODUCT.mistake("Your factors stand in the reverse order: the last step, dh_T/dh_{T-1}, is the leftmost.")
def reverses_product(h, W) -> np.ndarray:
    return product_of(factors(h, W)[:0:-1], len(W))


@PRODUCT.mistake(
    "One factor too many: from h_1 to h_T there are T - 1 steps, and the one that made h_1 is not among them."
)
def includes_first_factor(h, W) -> np.ndarray:
    return product_of(factors(h, W), len(W))


@PRODUCT.mistake("You use the state before each step: the slope of the step from h_{t-1} to h_t is that at h_t.")
def takes_state_before(h, W) -> np.ndarray:
    return product_of(factors(h, W)[:-1], len(W))


@PRODUCT.mistake("The last step is missing: the product ends with dh_T/dh_{T-1}.")
def leaves_out_last_factor(h, W) -> np.ndarray:
    return product_of(factors(h, W)[1:-1], len(W))


@PRODUCT.mistake("You multiply entry by entry; the chain rule multiplies matrices.")
def multiplies_entries(h, W) -> np.ndarray:
    return reduce(np.multiply, factors(h, W)[1:], np.ones_like(W))


@PRODUCT.mistake("You multiply your factors entry by entry; the chain rule multiplies matrices.")
def multiplies_entries_of_factors(h, W) -> np.ndarray:
    return reduce(np.multiply, factors(h, W)[1:]) if len(h) > 1 else np.eye(len(W))


@PRODUCT.mistake("Only the last step is left: each factor multiplies the product of those before it.")
def overwrites_product(h, W) -> np.ndarray:
    return factors(h, W)[-1] if len(h) > 1 else np.eye(len(W))


@PRODUCT.mistake("You add the Jacobians; along one way the chain rule multiplies, it adds only where ways meet.")
def adds_jacobians(h, W) -> np.ndarray:
    return sum(factors(h, W)[1:], np.zeros_like(W))


@PRODUCT.mistake("You add up the Jacobians of the steps; along one way the chain rule multiplies them.")
def adds_jacobians_of_steps(h, W) -> np.ndarray:
    return sum(factors(h, W)[1:], np.zeros_like(W)) if len(h) > 1 else np.eye(len(W))


@PRODUCT.mistake("Your product is transposed: the row is the unit of h_T, the column that of h_1.")
def transposes_product(h, W) -> np.ndarray:
    return rnn_jacobian_product(h, W).T


@PRODUCT.mistake("The slopes of the tanh are missing: the product is a power of W only while no unit saturates.")
def takes_power_of_weights(h, W) -> np.ndarray:
    return np.linalg.matrix_power(W, len(h) - 1)


@PRODUCT.mistake(
    "Your product starts with zeros, and zero times anything is zero; what changes nothing in a product of matrices?"
)
def starts_with_zeros(h, W) -> np.ndarray:
    return np.zeros_like(W)


@PRODUCT.mistake("Your product starts with a matrix full of ones, which is not the one that leaves a matrix as it is.")
def starts_with_ones(h, W) -> np.ndarray:
    return rnn_jacobian_product(h, W) @ np.ones_like(W)


@PRODUCT.mistake(
    "With a single state there is no step: what is the derivative of h_1 by h_1 itself?",
    raises="empty|index|unbound|at least",
)
def fails_without_steps(h, W) -> np.ndarray:
    return reduce(lambda product, jacobian: jacobian @ product, factors(h, W)[1:])


# The norm of the gradient by distance


def gradients_back(grad_h_last: np.ndarray, jacobians: list[np.ndarray]) -> list[np.ndarray]:
    """dJ/dh_T, dJ/dh_{T-1}, ...: one more gradient than Jacobians, which come in the order of the way back."""
    grads = [grad_h_last]
    for jacobian in jacobians:
        grads.append(grads[-1] @ jacobian)
    return grads


def norms(grads: list[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(grad) for grad in grads])


def way_back(h: np.ndarray, W: np.ndarray) -> list[np.ndarray]:
    """The Jacobians of the way back: dh_T/dh_{T-1} first, dh_2/dh_1 last."""
    return factors(h, W)[:0:-1]


NORM_VALUES = "sequences of 5 and 7 states"
NORM = Exercise(
    gradient_norm_by_distance,
    ("norms",),
    epsilon=4e-7,
    epsilon_says="Accepted: a small number beside your norms moves them by less than one in a million of the largest. "
    "None is needed: nothing is divided by a norm here.",
    criteria=(
        Criterion("shape", 0.5, ways_back, shapes),
        Criterion("two states: one step back", 1, partial(ways_back, lengths=(2,))),
        Criterion(NORM_VALUES, 2, all_of(ways_back, partial(ways_back, H=1)), tells=("adds_under_root",)),
        Criterion("one state: nothing to go back", 0.5, partial(ways_back, lengths=(1,)), after="shape"),
        Criterion("no argument is changed", 0.5, ways_back, arguments, after=NORM_VALUES),
        Criterion("float32 stays float32", 0.5, partial(ways_back, dtype=np.float32), in_single, after=NORM_VALUES),
    ),
)


@NORM.mistake(
    "A small number is added under the root of your norms: far back, where the sum of squares is small itself, it "
    "hides how the gradient vanishes. A root needs none; only its derivative at 0 would."
)
def adds_under_root(grad_h_last, h, W) -> np.ndarray:
    return np.sqrt(gradient_norm_by_distance(grad_h_last, h, W) ** 2 + 1e-8)


@NORM.mistake("Your norms run forward in time: entry 0 is the gradient at the loss itself, the last is that at h_1.")
def reverses_norms(grad_h_last, h, W) -> np.ndarray:
    return gradient_norm_by_distance(grad_h_last, h, W)[::-1]


@NORM.mistake("You use the states from first to last; the way back starts at the last step.")
def walks_forward(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, factors(h, W)[1:]))


@NORM.mistake("A gradient on its way back is multiplied by the Jacobian from the left: it is a row, grad @ J.")
def multiplies_from_the_right(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, [jacobian.T for jacobian in way_back(h, W)]))


@NORM.mistake("You use the state before each step: the slope of the step from h_{t-1} to h_t is that at h_t.")
def takes_state_before_on_the_way_back(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, factors(h, W)[-2::-1]))


@NORM.mistake("You return squared norms: the root is missing.")
def squares_norms(grad_h_last, h, W) -> np.ndarray:
    return gradient_norm_by_distance(grad_h_last, h, W) ** 2


@NORM.mistake("You sum the absolute values; the norm asked for is the Euclidean length.")
def sums_absolutes(grad_h_last, h, W) -> np.ndarray:
    return np.array([np.abs(grad).sum() for grad in gradients_back(grad_h_last, way_back(h, W))])


@NORM.mistake("You take the largest entry; the norm asked for is the Euclidean length.")
def takes_largest_entry(grad_h_last, h, W) -> np.ndarray:
    return np.array([np.abs(grad).max() for grad in gradients_back(grad_h_last, way_back(h, W))])


@NORM.mistake(
    "You multiply the norms of the factors: that only bounds the norm of the product, it is not the norm itself."
)
def multiplies_norms(grad_h_last, h, W) -> np.ndarray:
    lengths = [np.linalg.norm(grad_h_last), *(np.linalg.norm(jacobian) for jacobian in way_back(h, W))]
    return np.cumprod(lengths)


@NORM.mistake("Distance 0 is missing: the first entry is the norm of grad_h_last itself, before any step.")
def leaves_out_distance_zero(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, factors(h, W)[::-1])[1:])


@NORM.mistake("Distance 0 is missing: the first of your T - 1 entries would be the norm of grad_h_last itself.")
def begins_after_first_step(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, way_back(h, W))[1:])


@NORM.mistake(
    "Your way back multiplies by W transposed: a gradient is a row, grad @ J, and J has the slopes at W's rows."
)
def transposes_weights_on_the_way_back(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, factors(h, W.T)[:0:-1]))


@NORM.mistake(
    "Your last entry lies one step too far back: with T states there are T entries, and the last is that of h_1."
)
def goes_back_too_far(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, factors(h, W)[::-1]))


@NORM.mistake("The slopes of the tanh are missing on your way back.")
def forgets_slopes_on_the_way_back(grad_h_last, h, W) -> np.ndarray:
    return norms(gradients_back(grad_h_last, [W] * (len(h) - 1)))


@NORM.mistake(
    "Every entry starts anew from grad_h_last: the gradient of a step is that of the step after it, sent one step back."
)
def starts_anew(grad_h_last, h, W) -> np.ndarray:
    return norms([grad_h_last, *(grad_h_last @ jacobian for jacobian in way_back(h, W))])


@NORM.mistake("You divide by the norm at distance 0; the norms themselves are asked for.")
def divides_by_first(grad_h_last, h, W) -> np.ndarray:
    return gradient_norm_by_distance(grad_h_last, h, W) / np.linalg.norm(grad_h_last)


@NORM.mistake("You return logarithms: the figure draws the log, the function returns the norms.")
def returns_logarithms(grad_h_last, h, W) -> np.ndarray:
    return np.log10(gradient_norm_by_distance(grad_h_last, h, W))


# Clipping by global norm

Clipped = tuple[list[np.ndarray], float]


def scaled(grads: Sequence[np.ndarray], factor: float) -> list[np.ndarray]:
    return [grad * factor for grad in grads]


def direction(attempt: Attempt) -> dict[str, float]:
    """The part of the clipped gradients that does not lie along the gradients, and their length over the bound."""
    clipped, grads = (
        [np.asarray(g, float) for g in gs] for gs in (attempt.outputs["clipped"], attempt.arguments["grads"])
    )
    along = sum(float(np.sum(c * g)) for c, g in zip(clipped, grads)) / (norm_of(clipped) * norm_of(grads))
    return {"cosine between the gradients before and after": along}


ABOVE = "above the bound"
EPSILON = 1e-6
CLIP = Exercise(
    clip_grad_norm,
    ("clipped", "norm"),
    epsilon=EPSILON,
    epsilon_says="Accepted: a small number beside your norm, against a division by zero, makes the step shorter by "
    "less than one in a million. PyTorch does that too; a norm that is larger than max_norm is not zero.",
    criteria=(
        Criterion("3 and 4 make 5", 1, three_four, tells=("scales_to_one",)),
        Criterion(ABOVE, 1, partial(gradients_of, factor=0.4)),
        Criterion("the direction stays", 0.5, partial(gradients_of, factor=0.1), direction, after=ABOVE),
        Criterion("the norm before clipping is returned", 0.5, partial(gradients_of, factor=0.4), values("norm")),
        Criterion("below the bound", 1, partial(gradients_of, factor=2.5)),
        Criterion("all zeros", 0.5, no_gradient, after=ABOVE),
        Criterion("gradients of 1e200", 0.5, partial(gradients_of, factor=1e-200, size=1e200)),
        Criterion("no argument is changed", 0.5, partial(gradients_of, factor=0.4), arguments, after=ABOVE),
        Criterion(
            "float32 stays float32",
            0.5,
            partial(gradients_of, factor=0.4, dtype=np.float32),
            in_single,
            after=ABOVE,
        ),
    ),
)


@CLIP.mistake(
    "You clip each array by its own norm: that turns the step. All gradients together have one norm, and one factor."
)
def clips_each_array(grads, max_norm) -> Clipped:
    return [clip_grad_norm([grad], max_norm)[0][0] for grad in grads], clip_grad_norm(grads, max_norm)[1]


@CLIP.mistake(
    "You clip each array by its own norm: that turns the step. All gradients together have one norm, and one factor."
)
def clips_each_array_by_plain_squares(grads, max_norm) -> Clipped:
    return [with_norm(norm_of)([grad], max_norm)[0][0] for grad in grads], norm_of(grads)


@CLIP.mistake(
    "You clip each array by its own norm, and return the last of these: all gradients together have one norm, and one "
    "factor."
)
def clips_each_array_and_returns_the_last_norm(grads, max_norm) -> Clipped:
    return [with_norm(norm_of)([grad], max_norm)[0][0] for grad in grads], norm_of(grads[-1:])


@CLIP.mistake("You clip entry by entry: that turns the step. Clipping by norm keeps the direction.")
def clips_entries(grads, max_norm) -> Clipped:
    return [np.clip(grad, -max_norm, max_norm) for grad in grads], norm_of(grads)


@CLIP.mistake("You stretch short gradients to max_norm: a gradient below the bound stays as it is.")
def always_scales(grads, max_norm) -> Clipped:
    norm = clip_grad_norm(grads, max_norm)[1]
    return scaled(grads, max_norm / norm if norm else 1.0), norm


@CLIP.mistake("You clip where the norm is below the bound, and not where it is above.")
def clips_the_wrong_ones(grads, max_norm) -> Clipped:
    norm = norm_of(grads)
    return scaled(grads, max(1.0, max_norm / norm) if norm else 1.0), norm


@CLIP.mistake("Your clipped gradients have the length 1, whatever max_norm is.")
def scales_to_one(grads, max_norm) -> Clipped:
    norm = norm_of(grads)
    return scaled(grads, 1 / norm if norm > max_norm else 1.0), norm


@CLIP.mistake("You multiply by max_norm without dividing by the norm.")
def multiplies_by_bound(grads, max_norm) -> Clipped:
    norm = norm_of(grads)
    return scaled(grads, max_norm if norm > max_norm else 1.0), norm


@CLIP.mistake("You return the norm after clipping; the one before it tells whether training was about to explode.")
def returns_norm_after(grads, max_norm) -> Clipped:
    clipped, norm = clip_grad_norm(grads, max_norm)
    return clipped, min(norm, max_norm)


def with_norm(norm: Callable[[Sequence[np.ndarray]], float]) -> Callable[[Sequence[np.ndarray], float], Clipped]:
    """Clipping that measures the gradients by another norm."""

    def clip(grads: Sequence[np.ndarray], max_norm: float) -> Clipped:
        length = norm(grads)
        return scaled(grads, min(1.0, max_norm / length) if length else 1.0), length

    return clip


@CLIP.mistake("Your norm is squared: the root is missing.")
def squares_norm(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: norm_of(grads) ** 2)(grads, max_norm)


@CLIP.mistake("The norm that you return is squared: the root is missing.")
def returns_squared_norm(grads, max_norm) -> Clipped:
    clipped, norm = clip_grad_norm(grads, max_norm)
    return clipped, norm**2


@CLIP.mistake("You add the norms of the arrays: the common norm is the root of the sum of all squares.")
def adds_norms(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: sum(norm_of([grad]) for grad in grads))(grads, max_norm)


@CLIP.mistake("You take the largest of the norms: the common norm is the root of the sum of all squares.")
def takes_largest_norm(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: max(norm_of([grad]) for grad in grads))(grads, max_norm)


@CLIP.mistake("Your norm is that of the last array only (= where += is meant): all squares are added.")
def overwrites_sum_of_squares(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: norm_of(grads[-1:]))(grads, max_norm)


@CLIP.mistake("You take the mean of the squares: the norm is made from their sum.")
def averages_squares(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: norm_of(grads) / np.sqrt(sum(grad.size for grad in grads)))(grads, max_norm)


@CLIP.mistake("You divide by the norm when it is 0: gradients that are all zero must come back as zeros.")
def divides_by_zero(grads, max_norm) -> Clipped:
    norm = clip_grad_norm(grads, max_norm)[1]
    return scaled(grads, min(1.0, max_norm / norm) if norm else float("nan")), norm


@CLIP.mistake("You divide by the largest entry when it is 0, so your norm is nan: the norm of nothing but zeros is 0.")
def divides_by_largest_zero(grads, max_norm) -> Clipped:
    clipped, norm = clip_grad_norm(grads, max_norm)
    return clipped, norm or np.nan


@CLIP.mistake(
    "The squares of very large gradients are inf, so your norm is inf too, just where clipping is needed most."
)
def overflows(grads, max_norm) -> Clipped:
    return with_norm(norm_of)(grads, max_norm)


@JACOBIAN.mistake("You square the whole difference: the derivative of tanh is 1 - h^2.")
def squares_whole_difference(h, W) -> np.ndarray:
    return ((1 - h) ** 2)[:, None] * W


@JACOBIAN.mistake("W is missing: h_{t-1} enters through it, so that the Jacobian is diag(1 - h^2) W.")
def leaves_out_W(h, W) -> np.ndarray:
    return np.diag(1 - h**2)


@PRODUCT.mistake("You multiply entry by entry: the chain rule takes the matrix product, @.")
def multiplies_entries_from_identity(h, W) -> np.ndarray:
    product = np.eye(len(W))
    for state in h[1:]:
        product = product * rnn_jacobian(state, W)
    return product


@PRODUCT.mistake("You add the Jacobians to the identity: the chain rule multiplies them.")
def adds_jacobians_to_identity(h, W) -> np.ndarray:
    return np.eye(len(W)) + sum(rnn_jacobian(state, W) for state in h[1:])


@PRODUCT.mistake("You take a power of one Jacobian: each step has its own, for its own state.")
def takes_power(h, W) -> np.ndarray:
    return np.linalg.matrix_power(rnn_jacobian(h[-1], W), len(h) - 1)


@NORM.mistake("You walk through the states from the first: the way back begins at the last one.")
def begins_at_first_state(grad_h_last, h, W) -> np.ndarray:
    return gradient_norm_by_distance(grad_h_last, h[::-1].copy(), W)


@CLIP.mistake(
    "Above the bound the gradients come back as they were: where their norm is too large they are to be scaled."
)
def never_scales(grads, max_norm) -> Clipped:
    return list(grads), norm_of(grads)


@CLIP.mistake("You scale by norm / max_norm, which makes large gradients larger: it is max_norm / norm.")
def scales_up(grads, max_norm) -> Clipped:
    norm = norm_of(grads)
    return [grad * max(1.0, norm / max_norm) for grad in grads], norm


# More of what real code has


@CLIP.mistake("You add the absolute values: the norm is the root of the sum of all squares.")
def adds_absolute_values(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: float(sum(np.abs(grad).sum() for grad in grads)))(grads, max_norm)


@CLIP.mistake("You take the largest entry: the norm is the root of the sum of all squares.")
def takes_largest_entry_of_all(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: float(max(np.abs(grad).max() for grad in grads)))(grads, max_norm)


@CLIP.mistake(
    "np.array(grads) makes one array of gradients of different shapes, which cannot be: take them one by one.",
    raises="inhomogeneous",
)
def makes_one_array(grads, max_norm) -> Clipped:
    return with_norm(lambda grads: float(np.linalg.norm(np.array(grads))))(grads, max_norm)


@CLIP.mistake(
    "Two results are asked for, clipped and norm: return the list and, behind it, the norm.", raises="^[^2] values"
)
def returns_list_alone(grads, max_norm) -> Any:
    return clip_grad_norm(grads, max_norm)[0]


@CLIP.mistake("Your two results are exchanged: return clipped, norm.", raises="^unreadable$")
def exchanges_results(grads, max_norm) -> Any:
    clipped, norm = clip_grad_norm(grads, max_norm)
    return norm, clipped


@CLIP.mistake("Your second result is the factor of the clipping: return the norm from before it.")
def returns_factor(grads, max_norm) -> Any:
    clipped, norm = clip_grad_norm(grads, max_norm)
    return clipped, min(1.0, max_norm / norm) if norm else 1.0


@JACOBIAN.mistake("@ adds up over the rows; here every row is only scaled, by * and the slopes as a column.")
def multiplies_slopes_by_matrix(h, W) -> np.ndarray:
    return (1 - h**2) @ W


@JACOBIAN.mistake("The state itself is no slope: that of tanh is 1 - h^2.")
def takes_state_for_slope(h, W) -> np.ndarray:
    return h[:, np.newaxis] * W


EXERCISES = (JACOBIAN, PRODUCT, NORM, CLIP)
