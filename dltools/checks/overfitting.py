"""Unit 10: capacity, early stopping, penalties, weight decay, soft threshold, dropout."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.calling import parts
from dltools.checks.exercise import (
    Attempt,
    Case,
    Criterion,
    Exercise,
    StudentError,
    all_of,
    arguments,
    beside_dtypes,
    in_single,
    shapes,
    values,
)
from dltools.nn.overfitting import (
    dropout_backward,
    dropout_forward,
    dropout_test_time,
    early_stopping,
    l1_penalty,
    l2_penalty,
    polynomial_features,
    soft_threshold,
    weight_decay_step,
)

# Capacity


def curves(rng: Generator, degrees: tuple[int, ...] = (3, 5), size: int = 6) -> Iterator[Case]:
    for degree in degrees:
        yield {"x": rng.uniform(-2, 2, size=size), "degree": degree}


FEATURES = Exercise(
    polynomial_features,
    ("powers",),
    (
        Criterion("a straight line, degree 1", 0.5, partial(curves, degrees=(1,))),
        Criterion("a curve", 0.75, all_of(curves, partial(curves, size=1))),
        Criterion("a constant, degree 0", 0.5, partial(curves, degrees=(0,))),
        Criterion("x is not changed", 0.25, curves, arguments, after="a curve"),
    ),
)


@FEATURES.mistake("The constant is missing: the powers start at x^0, a column of ones.")
def starts_at_one(x, degree) -> np.ndarray:
    return polynomial_features(x, degree)[:, 1:]


@FEATURES.mistake(
    "The constant is missing: the powers start at x^0, a column of ones. At degree 0 it is the only one.",
    raises="at least one array",
)
def stacks_from_one(x, degree) -> np.ndarray:
    return np.column_stack([x**power for power in range(1, degree + 1)])


@FEATURES.mistake("The highest power is missing: degree d has the powers 0 to d, which are d + 1 columns.")
def stops_before_degree(x, degree) -> np.ndarray:
    return polynomial_features(x, degree)[:, :-1]


@FEATURES.mistake("The column of the highest power stays 0: degree d has the powers 0 to d, d among them.")
def leaves_highest_zero(x, degree) -> np.ndarray:
    return polynomial_features(x, degree) * (np.arange(degree + 1) < degree)


@FEATURES.mistake("The powers stand in falling order; column j is x^j.")
def orders_downwards(x, degree) -> np.ndarray:
    return polynomial_features(x, degree)[:, ::-1]


@FEATURES.mistake("Your table is transposed: a row is an example, a column a power.")
def transposes_features(x, degree) -> np.ndarray:
    return polynomial_features(x, degree).T


@FEATURES.mistake("The first column is 0: x^0 is 1.")
def zeros_for_constant(x, degree) -> np.ndarray:
    return polynomial_features(x, degree) * (np.arange(degree + 1) > 0)


@FEATURES.mistake("The exponent is no factor: raise x to that power, and x^0 is 1.")
def multiplies_by_exponent(x, degree) -> np.ndarray:
    return x[:, None] * np.arange(degree + 1)


# Early stopping


def runs(rng: Generator, turning: bool = True) -> Iterator[Case]:
    """Recorded runs: the training loss falls to the end; the validation loss turns up, twice, or never."""
    for patience in (2, 3):
        valley = [1.0, 0.7, 0.5, 0.6, 0.4, *np.linspace(0.45, 0.8, patience), 0.9, 0.2, 0.9]
        losses = np.array(valley if turning else np.linspace(1, 0.3, 9)) + rng.integers(1, 10) / 100
        epochs = len(losses)
        yield {
            "training_losses": np.linspace(1, 0.05, epochs).round(2).tolist(),
            "validation_losses": losses.round(2).tolist(),
            "weights": [rng.normal(size=3) for _ in range(epochs)],
            "patience": patience,
        }


def small_steps(rng: Generator) -> Iterator[Case]:
    """The validation loss goes on falling, by a hundredth, a millionth or a hundred: each is a new best. One epoch."""
    falling = 0.5 - 0.01 * np.arange(9), 0.5 - 1e-6 * np.arange(9), 1500.0 - 100 * np.arange(5)
    for losses in (*falling, np.array([0.7])):
        kept = [rng.normal(size=2) for _ in losses]
        training = np.linspace(1, 0.1, len(losses)).round(2).tolist()
        yield {"training_losses": training, "validation_losses": losses.tolist(), "weights": kept, "patience": 2}


def false_hopes(rng: Generator) -> Iterator[Case]:
    """The validation loss comes back to the same value, or falls from one epoch to the next: neither is a new best."""
    for losses in ([1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4], [1.0, 0.5, 0.8, 0.7, 0.9, 0.6, 0.8, 0.7, 0.9]):
        kept = [rng.normal(size=2) for _ in losses]
        training = np.linspace(1, 0.1, len(losses)).round(2).tolist()
        yield {"training_losses": training, "validation_losses": losses, "weights": kept, "patience": 3}


Stopped = tuple[Any, np.ndarray]


EARLY_STOPPING = Exercise(
    early_stopping,
    ("epoch", "best_weights"),
    (
        Criterion("when to stop", 2, runs, values("epoch")),
        Criterion("which weights to keep", 1.75, runs, values("best_weights")),
        Criterion("a loss that falls to the end", 0.5, all_of(partial(runs, turning=False), small_steps)),
        Criterion("a loss that falls, but not below the best", 0.5, false_hopes),
        Criterion("no argument is changed", 0.25, runs, arguments, after="when to stop"),
    ),
)


@EARLY_STOPPING.mistake(
    "You keep the last weights; the ones to keep are those of the epoch with the lowest validation loss."
)
def keeps_last_weights(training_losses, validation_losses, weights, patience) -> Stopped:
    epoch, _ = early_stopping(training_losses, validation_losses, weights, patience)
    return epoch, weights[epoch]


@EARLY_STOPPING.mistake(
    "You keep the weights that end the record; keep those of the epoch with the lowest loss before the stop."
)
def keeps_end_of_record(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, validation_losses, weights, patience)[0], weights[-1]


@EARLY_STOPPING.mistake(
    "You watch the training loss, which falls as long as the network can learn by heart: watch the validation loss."
)
def watches_training_loss(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, training_losses, weights, patience)


@EARLY_STOPPING.mistake(
    "You stop at the first epoch that is no better; wait for as many of them in a row as patience says."
)
def has_no_patience(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, validation_losses, weights, 1)


@EARLY_STOPPING.mistake(
    "You wait one epoch too long: stop when the epochs in a row with nothing better are as many as patience."
)
def waits_one_more(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, validation_losses, weights, patience + 1)


@EARLY_STOPPING.mistake(
    "You stop one epoch too early: the epochs in a row with nothing better must be as many as patience."
)
def waits_one_less(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, validation_losses, weights, patience - 1)


@EARLY_STOPPING.mistake(
    "You count every epoch without improvement since the start; a new best epoch begins the count anew."
)
def never_resets_count(training_losses, validation_losses, weights, patience) -> Stopped:
    best, bad = 0, 0
    for epoch, loss in enumerate(validation_losses):
        best, bad = (epoch, bad) if loss < validation_losses[best] or epoch == 0 else (best, bad + 1)
        if bad == patience:
            break
    return epoch, weights[best]


@EARLY_STOPPING.mistake("You compare with the epoch before; compare with the best loss so far.")
def compares_with_previous(training_losses, validation_losses, weights, patience) -> Stopped:
    best, bad, epoch = 0, 0, 0
    for epoch in range(1, len(validation_losses)):
        better = validation_losses[epoch] < validation_losses[epoch - 1]
        best, bad = (epoch, 0) if better else (best, bad + 1)
        if bad == patience:
            break
    return epoch, weights[best]


@EARLY_STOPPING.mistake("An equal loss is no improvement: its epoch counts as one that brought nothing better.")
def takes_equal_for_better(training_losses, validation_losses, weights, patience) -> Stopped:
    best = 0
    for epoch, loss in enumerate(validation_losses):
        if loss <= validation_losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch, weights[best]


@EARLY_STOPPING.mistake(
    "You look at epochs after the stop: the lowest loss of the whole record is not known yet when training stops."
)
def looks_ahead(training_losses, validation_losses, weights, patience) -> Stopped:
    epoch, _ = early_stopping(training_losses, validation_losses, weights, patience)
    return epoch, weights[int(np.argmin(validation_losses))]


@EARLY_STOPPING.mistake(
    "You look for the lowest loss of the whole record first: training goes epoch by epoch, and may have stopped before "
    "that one is seen."
)
def starts_from_lowest_of_all(training_losses, validation_losses, weights, patience) -> Stopped:
    lowest = int(np.argmin(validation_losses))
    return min(lowest + patience, len(validation_losses) - 1), weights[lowest]


@EARLY_STOPPING.mistake(
    "You go through the whole record and keep the best: training ends once patience runs out, and nothing after counts."
)
def never_stops(training_losses, validation_losses, weights, patience) -> Stopped:
    return len(validation_losses) - 1, weights[int(np.argmin(validation_losses))]


ASKS_FOR_LEAST = "You ask for a minimal improvement: any lower loss is a new best, however small the step."


def stop_by(validation_losses, weights, patience, least: float) -> Stopped:
    """Stop where an improvement by less than `least` counts as none."""
    best, bad = 0, 0
    for epoch, loss in enumerate(validation_losses):
        if epoch and loss < validation_losses[best] - least:
            best, bad = epoch, 0
        elif epoch:
            bad += 1
        if bad == patience:
            break
    return epoch, weights[best]


@EARLY_STOPPING.mistake(ASKS_FOR_LEAST)
def asks_for_more(training_losses, validation_losses, weights, patience) -> Stopped:
    return stop_by(validation_losses, weights, patience, 0.05)


@EARLY_STOPPING.mistake("You return the best epoch; return the epoch after which training stops.")
def returns_best_epoch(training_losses, validation_losses, weights, patience) -> Stopped:
    epoch, kept = early_stopping(training_losses, validation_losses, weights, patience)
    return int(np.argmin(validation_losses[: epoch + 1])), kept


# Penalties


LAYERS, FILTERS = ((3, 4), (1, 3)), ((2, 3, 2, 2),)


def weights(
    rng: Generator,
    strength: str,
    sizes: tuple[tuple[int, ...], ...] = LAYERS,
    zeros: bool = False,
    dtype: type = np.float64,
) -> Iterator[Case]:
    """Weights of both signs, none of them near zero, with zeros among them if asked, and a strength."""
    for size in sizes:
        drawn = rng.normal(size=size)
        weight: np.ndarray = (drawn + np.copysign(0.1, drawn)).astype(dtype)
        weight[0, 0] = 0 if zeros else weight[0, 0]
        yield {"weight": weight, strength: float(rng.uniform(0.2, 0.8))}


def penalty_criteria(strength: str) -> tuple[Criterion, ...]:
    """Who cannot take the norm of filters loses the penalty, and keeps the gradient of layers."""
    cases, filters = partial(weights, strength=strength), partial(weights, strength=strength, sizes=FILTERS)
    return (
        Criterion("the penalty", 1, all_of(cases, filters), values("penalty")),
        Criterion("its gradient", 1, cases, values("grad")),
        Criterion("the gradient of filters", 0.25, filters, values("grad"), after="its gradient"),
        Criterion("weights that are zero", 0.25, partial(cases, zeros=True), values("grad"), after="its gradient"),
        Criterion("the weights are not changed", 0.25, cases, arguments, after="its gradient"),
        Criterion(
            "float32 stays float32",
            0.25,
            partial(cases, dtype=np.float32),
            beside_dtypes(values("grad")),
            after="its gradient",
        ),
    )


Penalty = tuple[Any, np.ndarray]


L1 = Exercise(
    l1_penalty,
    ("penalty", "grad"),
    penalty_criteria("alpha"),
    epsilon=1e-6,
    epsilon_says="Accepted: a small number against a division by zero moves your gradient by less than one in a "
    "million. np.sign(weight) needs none, and is 0 where the weight is.",
)


@L1.mistake("The gradient of |w| is the sign of w, times alpha: it does not depend on how large w is.")
def grows_with_weight(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], alpha * weight


@L1.mistake("The sign is missing in your gradient: a negative weight is pushed up, a positive one down.")
def forgets_sign(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], alpha * np.ones_like(weight)


@L1.mistake("The absolute value is missing in your penalty: negative weights must cost as much as positive ones.")
def forgets_absolute_value(weight, alpha) -> Penalty:
    return alpha * weight.sum(), l1_penalty(weight, alpha)[1]


@L1.mistake("alpha is missing in your gradient; it is in the penalty.")
def forgets_alpha_in_gradient(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], np.sign(weight)


@L1.mistake("You take the mean over the weights; the penalty is their sum.")
def averages_l1(weight, alpha) -> Penalty:
    penalty, grad = l1_penalty(weight, alpha)
    return penalty / weight.size, grad / weight.size


@L1.mistake(
    "np.linalg.norm(weight, 1) of a matrix is its largest column sum, and of four axes an error: add up |w| yourself."
)
def takes_matrix_norm(weight, alpha) -> Penalty:
    return alpha * np.linalg.norm(weight, 1), l1_penalty(weight, alpha)[1]


@L1.mistake("Your penalty is the root of the sum of squares: L1 adds up absolute values.")
def takes_euclidean_norm(weight, alpha) -> Penalty:
    return alpha * np.sqrt((weight**2).sum()), l1_penalty(weight, alpha)[1]


@L1.mistake("That is the L2 penalty: L1 adds up absolute values, not squares.")
def squares_in_l1(weight, alpha) -> Penalty:
    return l2_penalty(weight, alpha)


@L1.mistake("The gradient points the wrong way: it is the direction in which the penalty grows.")
def turns_l1_gradient(weight, alpha) -> Penalty:
    penalty, grad = l1_penalty(weight, alpha)
    return penalty, -grad


@L1.mistake("At a weight of exactly zero your gradient is not a number: w / |w| divides zero by zero there; take 0.")
def divides_by_absolute_value(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], alpha * weight / np.abs(weight)


@L1.mistake("At a weight of exactly zero your gradient is -alpha: sign(0) is 0, and nothing pulls there.")
def pulls_down_at_zero(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], np.where(weight > 0, alpha, -alpha).astype(weight.dtype)


L2 = Exercise(l2_penalty, ("penalty", "grad"), penalty_criteria("beta"))


@L2.mistake("There is a 1/2 in your penalty, and none in the task: the penalty is beta times the sum of the squares.")
def halves_penalty(weight, beta) -> Penalty:
    penalty, grad = l2_penalty(weight, beta)
    return penalty / 2, grad


@L2.mistake("The 2 is missing in your gradient: what is the derivative of w^2?")
def forgets_two(weight, beta) -> Penalty:
    return l2_penalty(weight, beta)[0], beta * weight


@L2.mistake("There is a 1/2 too many in both: the task has beta times the sum of squares, without a 1/2.")
def halves_both(weight, beta) -> Penalty:
    penalty, grad = l2_penalty(weight, beta)
    return penalty / 2, grad / 2


@L2.mistake("You take the root: the penalty is the squared length, not the length.")
def takes_norm(weight, beta) -> Penalty:
    norm = np.sqrt((weight**2).sum())
    return beta * norm, beta * weight / norm


@L2.mistake("beta is missing in your gradient; it is in the penalty.")
def forgets_beta_in_gradient(weight, beta) -> Penalty:
    return l2_penalty(weight, beta)[0], 2 * weight


@L2.mistake("You take the mean over the weights; the penalty is their sum.")
def averages_l2(weight, beta) -> Penalty:
    penalty, grad = l2_penalty(weight, beta)
    return penalty / weight.size, grad / weight.size


@L2.mistake("That is the L1 penalty: L2 adds up squares, not absolute values.")
def takes_absolute_values_in_l2(weight, beta) -> Penalty:
    return l1_penalty(weight, beta)


@L2.mistake("The gradient points the wrong way: it is the direction in which the penalty grows.")
def turns_l2_gradient(weight, beta) -> Penalty:
    penalty, grad = l2_penalty(weight, beta)
    return penalty, -grad


# The steps that go with them


def steps(rng: Generator, dtype: type = np.float64) -> Iterator[Case]:
    for size in ((3, 4), (1, 5), (2, 3, 2, 2)):
        arrays = {"weight": size, "bias": size[:1], "grad_weight": size, "grad_bias": size[:1]}
        case: Case = {name: rng.normal(size=shape).astype(dtype) for name, shape in arrays.items()}
        yield case | {"lr": float(rng.uniform(0.1, 0.3)), "beta": float(rng.uniform(0.2, 0.8))}


Step = tuple[np.ndarray, np.ndarray]


DECAY = Exercise(
    weight_decay_step,
    ("weight", "bias"),
    (
        Criterion("the weights", 2, steps, values("weight")),
        Criterion("the biases", 0.5, steps, values("bias"), after="the weights"),
        Criterion("no argument is changed", 0.25, steps, arguments, after="the weights"),
        Criterion("float32 stays float32", 0.25, partial(steps, dtype=np.float32), in_single, after="the weights"),
    ),
)


@DECAY.mistake("The bias decays too; it has no penalty, and so it takes the plain step.")
def decays_bias(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    factor = 1 - 2 * lr * beta
    return factor * weight - lr * grad_weight, factor * bias - lr * grad_bias


@DECAY.mistake("The 2 is missing in the factor: the gradient of beta * w^2 has one.")
def decays_by_half(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return weight_decay_step(weight, bias, grad_weight, grad_bias, lr, beta / 2)[0], bias - lr * grad_bias


@DECAY.mistake("lr is missing in the factor: the penalty's gradient takes the same step size as the loss's.")
def decays_without_lr(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return (1 - 2 * beta) * weight - lr * grad_weight, bias - lr * grad_bias


@DECAY.mistake("The weight decays by beta itself; the exact factor has lr and a 2 in it as well.")
def decays_by_beta(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return (1 - beta) * weight - lr * grad_weight, bias - lr * grad_bias


@DECAY.mistake("You decay the result of the step; the factor belongs to the old weight alone.")
def decays_after_step(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return (1 - 2 * lr * beta) * (weight - lr * grad_weight), bias - lr * grad_bias


@DECAY.mistake("The weights do not decay at all.")
def forgets_decay(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return weight - lr * grad_weight, bias - lr * grad_bias


@DECAY.mistake("The weights grow: the factor is less than 1.")
def grows_weight(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return (1 + 2 * lr * beta) * weight - lr * grad_weight, bias - lr * grad_bias


@DECAY.mistake("You go up: a step of gradient descent subtracts lr times the gradient.")
def climbs(weight, bias, grad_weight, grad_bias, lr, beta) -> Step:
    return (1 - 2 * lr * beta) * weight + lr * grad_weight, bias + lr * grad_bias


def small_and_large(rng: Generator, dtype: type = np.float64) -> Iterator[Case]:
    """Weights on both sides of the threshold, of both signs."""
    for size in ((4, 5), (1, 8), (12,)):
        threshold = float(rng.uniform(0.4, 0.9))
        weight = threshold * rng.choice([-1, 1], size=size) * np.resize([0.5, 1.3, 2.1, 0.2], size)
        yield {"weight": (weight * rng.uniform(0.8, 1.2, size)).astype(dtype), "threshold": threshold}


def with_zeros(rng: Generator) -> Iterator[Case]:
    """The same weights, of which some are exactly 0; with a threshold of 0 all stay as they are."""
    for case in small_and_large(rng):
        weight = case["weight"] * np.resize([1, 1, 0], case["weight"].shape)
        yield {**case, "weight": weight}
    yield {"weight": weight, "threshold": 0.0}


SOFT_THRESHOLD = Exercise(
    soft_threshold,
    ("weight",),
    epsilon=1e-6,
    epsilon_says="Accepted: a small number against a division by zero moves your weights by less than one in a "
    "million. np.sign(weight) needs none.",
    criteria=(
        Criterion("weights on both sides of the threshold", 1.75, small_and_large),
        Criterion("weights that are 0", 0.25, with_zeros, after="weights on both sides of the threshold"),
        Criterion(
            "no argument is changed", 0.5, small_and_large, arguments, after="weights on both sides of the threshold"
        ),
        Criterion(
            "float32 stays float32",
            0.5,
            partial(small_and_large, dtype=np.float32),
            in_single,
            after="weights on both sides of the threshold",
        ),
    ),
)


@SOFT_THRESHOLD.mistake(
    "Your sign is weight / |weight|: for a weight that is 0 this is 0 / 0, which is nan. np.sign knows 0."
)
def divides_by_its_size(weight, threshold) -> np.ndarray:
    return weight / np.abs(weight) * np.maximum(np.abs(weight) - threshold, 0)


@SOFT_THRESHOLD.mistake(
    "Large weights keep their size in your function; they are drawn toward zero by the threshold as well."
)
def cuts_only(weight, threshold) -> np.ndarray:
    return weight * (np.abs(weight) > threshold)


@SOFT_THRESHOLD.mistake(
    "Small weights jump to the other side of zero; a weight nearer than the threshold lands on zero."
)
def overshoots(weight, threshold) -> np.ndarray:
    return weight - threshold * np.sign(weight)


@SOFT_THRESHOLD.mistake("The sign is lost: a negative weight stays negative.")
def loses_sign(weight, threshold) -> np.ndarray:
    return np.maximum(np.abs(weight) - threshold, 0)


@SOFT_THRESHOLD.mistake("Only positive weights are kept; negative ones are drawn toward zero from below.")
def drops_negative(weight, threshold) -> np.ndarray:
    return np.maximum(weight - threshold, 0)


@SOFT_THRESHOLD.mistake(
    "You clip: weights are cut down to the threshold. Drawn toward zero *by* the threshold is asked for."
)
def clips(weight, threshold) -> np.ndarray:
    return np.clip(weight, -threshold, threshold)


@SOFT_THRESHOLD.mistake("You take one maximum over many weights, as np.max does; each weight is moved on its own.")
def takes_one_maximum(weight, threshold) -> np.ndarray:
    return np.sign(weight) * np.max(np.abs(weight) - threshold, 0)


@SOFT_THRESHOLD.mistake(
    "You multiply by a factor, as weight decay does; L1 moves large and small weights by the same amount."
)
def shrinks_by_factor(weight, threshold) -> np.ndarray:
    return weight * (1 - threshold)


# Dropout: which entries are deleted is chance, so the criteria look at shares


def layers(
    rng: Generator,
    ps: tuple[float, ...] = (0.3, 0.8),
    size: tuple[int, ...] = (8, 60),
    dtype: type = np.float64,
    **options: bool,
) -> Iterator[Case]:
    """A layer of numbers from 1 to 2, of both signs, where a deleted entry can be told from a kept one."""
    for p in ps:
        x: np.ndarray = (rng.choice([-1, 1], size=size) * rng.uniform(1, 2, size=size)).astype(dtype)
        yield {"x": x, "p": p, "rng": np.random.default_rng(int(rng.integers(2**32))), **options}


def kept(attempt: Attempt) -> np.ndarray:
    """Which entries are not deleted; for shares to say something, the shape must be that of x."""
    out, shape = np.asarray(attempt.outputs["out"]), np.shape(attempt.arguments["x"])
    if out.shape != shape:
        raise StudentError(f"out has shape {out.shape}; it must be {shape}.", "shape")
    return out != 0


def share(attempt: Attempt) -> dict[str, Any]:
    """How many entries are deleted, to two digits."""
    return {"share of deleted entries": float(1 - kept(attempt).mean())}


def scale(attempt: Attempt) -> dict[str, Any]:
    """By what the kept entries are multiplied."""
    mask = kept(attempt)
    ratio = np.asarray(attempt.outputs["out"])[mask] / attempt.arguments["x"][mask]
    return {
        "smallest factor of a kept entry": float(ratio.min(initial=np.inf)),
        "largest factor": float(ratio.max(initial=0)),
    }


def independence(attempt: Attempt) -> dict[str, Any]:
    """Whether the examples, and along every other axis the entries, each have deletions of their own."""
    mask = kept(attempt)
    together = [bool((mask == mask.take([0], axis)).all()) for axis in range(mask.ndim)]
    return {"all examples lose the same entries": together[0]} | {
        f"all entries along axis {axis} are lost together": alike for axis, alike in enumerate(together) if axis
    }


def with_many_generators(function: Callable[..., Any], x: np.ndarray, p: float, rng: Generator) -> Any:
    """Drop the same x by two generators that are alike, and by eight others."""
    seed, *others = rng.integers(2**32, size=9)
    calls = [function(x.copy(), p, np.random.default_rng(number)) for number in (seed, seed, *others)]
    return [parts(call)[0] if issubclass(type(call), tuple | list) else call for call in calls], None


def chance(attempt: Attempt) -> dict[str, Any]:
    """Whether it is `rng`, and nothing else, that chooses the entries, and how many they are."""
    one, same, other, *more = (np.asarray(out) != 0 for out in attempt.outputs["out"])
    return {
        "two generators that are alike delete the same entries": bool(np.array_equal(one, same)),
        "another generator deletes the same entries": bool(np.array_equal(one, other)),
        "every generator deletes as many entries": len({int(mask.sum()) for mask in (one, other, *more)}) == 1,
    }


def dropped_shape(attempt: Attempt) -> dict[str, Any]:
    return shapes(attempt) | beside_dtypes(scale)(attempt)


large_layers = partial(layers, size=(2, 12000))  # where chance moves a share by 0.005
images = partial(layers, ps=(0.5,), size=(4, 3, 20, 10))
at_test_time = partial(layers, training=False)
one_at_test_time = partial(layers, ps=(0.5,), size=(1, 3, 4, 2), training=False)
single_layers = partial(layers, dtype=np.float32)
single_images = partial(layers, ps=(0.5,), size=(1, 3, 20, 10), dtype=np.float32)
Dropped = tuple[np.ndarray, Any]


def drop(x: np.ndarray, delete: float, factor: float, rng: Generator, rows: int | None = None) -> Dropped:
    """Delete with a probability and multiply the rest by a factor; one mask for all rows if `rows` is 1."""
    mask = rng.random((rows or len(x), *x.shape[1:])) >= delete
    scaled = (mask * factor).astype(x.dtype)
    return x * scaled, np.broadcast_to(scaled, x.shape)


def identity_at_test_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a wrong training form right at test time, so that one mistake is one mistake."""

    def dropout(x: np.ndarray, p: float, rng: Generator, training: bool = True) -> Dropped:
        return function(x, p, rng) if training else (x, None)

    dropout.__name__ = function.__name__
    return dropout


OTHER_CHANCE = np.random.default_rng(12)
SHARE = "a share of p is deleted"
DROPOUT = Exercise(
    dropout_forward,
    ("out", "cache"),
    epsilon=1e-6,
    epsilon_says="Accepted: a small number against a division by zero moves your scale by less than one in a million. "
    "None is needed: p is less than 1.",
    criteria=(
        Criterion(SHARE, 1.5, large_layers, share, tolerance=0.03),
        Criterion("the rest is scaled", 1.5, layers, scale, after=SHARE),
        Criterion("every entry has its own chance", 0.5, all_of(layers, images), independence, after=SHARE),
        Criterion("rng is the only chance", 0.5, layers, chance, after=SHARE, ask=with_many_generators),
        Criterion("test time", 1, all_of(at_test_time, one_at_test_time), after=SHARE),
        Criterion("x is not changed", 0.5, layers, arguments, after=SHARE),
        Criterion("shape and dtype of x", 0.5, all_of(single_layers, single_images), dropped_shape, after=SHARE),
    ),
)


@DROPOUT.mistake("You keep with probability p; p is the probability of being deleted.")
@identity_at_test_time
def keeps_with_p(x, p, rng) -> Dropped:
    return drop(x, 1 - p, 1 / (1 - p), rng)


@DROPOUT.mistake("You keep with probability p, and scale for it; p is the probability of being deleted.")
@identity_at_test_time
def means_keep_by_p(x, p, rng) -> Dropped:
    return drop(x, 1 - p, 1 / p, rng)


@DROPOUT.mistake("The kept entries are not scaled: inverted dropout divides them in training, so that the mean stays.")
@identity_at_test_time
def forgets_scale(x, p, rng) -> Dropped:
    return drop(x, p, 1, rng)


@DROPOUT.mistake("You divide by p; a share of 1 - p is kept, and that is what the scale makes up for.")
@identity_at_test_time
def divides_by_p(x, p, rng) -> Dropped:
    return drop(x, p, 1 / p, rng)


@DROPOUT.mistake("You multiply by 1 - p; in training the kept entries are divided by it.")
@identity_at_test_time
def multiplies_instead(x, p, rng) -> Dropped:
    return drop(x, p, 1 - p, rng)


@DROPOUT.mistake(
    "You draw normal numbers (randn, rng.normal) and compare them with p: a share of p lies below p only if the "
    "numbers are uniform between 0 and 1, as those of rng.random are."
)
@identity_at_test_time
def draws_normal_numbers(x, p, rng) -> Dropped:
    scaled = ((rng.standard_normal(x.shape) >= p) / (1 - p)).astype(x.dtype)
    return x * scaled, scaled


@DROPOUT.mistake(
    "You draw normal numbers (randn, rng.normal) to be compared with p: only uniform numbers between 0 and 1, as those "
    "of rng.random are, lie below p with probability p. And p is the probability of being deleted."
)
@identity_at_test_time
def draws_normal_numbers_to_keep(x, p, rng) -> Dropped:
    scaled = ((rng.standard_normal(x.shape) < p) / p).astype(x.dtype)
    return x * scaled, scaled


@DROPOUT.mistake(
    "You draw normal numbers (randn, rng.normal) and compare them with 1 - p: only uniform numbers between 0 and 1, as "
    "those of rng.random are, lie below it with that probability.",
)
@identity_at_test_time
def draws_normal_numbers_below_rest(x, p, rng) -> Dropped:
    scaled = ((rng.standard_normal(x.shape) < 1 - p) / (1 - p)).astype(x.dtype)
    return x * scaled, scaled


@DROPOUT.mistake("You delete the same number of entries every time; each is deleted or kept by a chance of its own.")
@identity_at_test_time
def deletes_a_fixed_number(x, p, rng) -> Dropped:
    mask = (rng.permutation(x.size) >= round(p * x.size)).reshape(x.shape)
    scaled = (mask / (1 - p)).astype(x.dtype)
    return x * scaled, scaled


@DROPOUT.mistake("You always delete one half: the share to be deleted is given, p.")
@identity_at_test_time
def fixes_p(x, p, rng) -> Dropped:
    return drop(x, 0.5, 2, rng)


@DROPOUT.mistake("You draw from np.random: draw from rng, which is given to you, so that the same rng gives the same.")
@identity_at_test_time
def draws_from_numpy(x, p, rng) -> Dropped:
    return drop(x, p, 1 / (1 - p), OTHER_CHANCE)


@DROPOUT.mistake("You make a generator of your own, which always drops the same entries: draw from rng.")
@identity_at_test_time
def makes_generator(x, p, rng) -> Dropped:
    return drop(x, p, 1 / (1 - p), np.random.default_rng(0))


@DROPOUT.mistake("All examples of the batch lose the same entries; draw a mask in the shape of x.")
@identity_at_test_time
def shares_mask(x, p, rng) -> Dropped:
    return drop(x, p, 1 / (1 - p), rng, rows=1)


@DROPOUT.mistake("Whole examples are deleted; each entry is deleted or kept on its own.")
@identity_at_test_time
def deletes_examples(x, p, rng) -> Dropped:
    mask = rng.permutation(np.arange(len(x)) >= p * len(x))[:, None] / (1 - p)
    return (x * mask).astype(x.dtype), np.broadcast_to(mask, x.shape)


@DROPOUT.mistake("Dropout is active at test time; when training is False, x goes through unchanged.")
def drops_at_test_time(x, p, rng, training=True) -> Dropped:
    return dropout_forward(x, p, rng)


@DROPOUT.mistake("At test time you scale; with inverted dropout all scaling is done in training.")
def scales_at_test_time(x, p, rng, training=True) -> Dropped:
    return dropout_forward(x, p, rng) if training else (x * (1 - p), None)


def remember(x, p, rng, training=True) -> Dropped:
    """A forward whose cache holds all there is to go wrong with."""
    out, factors = dropout_forward(x, p, rng, training)
    return out, (factors, p, rng, training)


def beside_forward(attempt: Attempt) -> dict[str, Any]:
    """The factors that the backward applied beside those of the forward, whatever chance made them."""
    (out,), x = attempt.made, attempt.arguments["x"]
    grad_x, grad_out = np.asarray(attempt.outputs["grad_x"]), attempt.arguments["grad_out"]
    if grad_x.shape != x.shape:
        raise StudentError(f"grad_x has shape {grad_x.shape}; it must be {x.shape}.", "shape")
    forward, backward = np.asarray(out) / x, grad_x / grad_out
    return {
        "share of deleted entries that get a gradient": float((backward[forward == 0] != 0).mean()),
        "share of kept entries that get none": float((backward[forward != 0] == 0).mean()),
        "mean factor of the gradient over that of the entry": float(backward.mean() / forward.mean()),
    }


one_image = partial(layers, ps=(0.5,), size=(1, 3, 20, 10))
SAME = "the same entries and factors as forward"
DROPOUT_BACKWARD = Exercise(
    dropout_backward,
    ("grad_x",),
    (
        Criterion(SAME, 1.75, all_of(layers, one_image), beside_forward, tolerance=1e-9),
        Criterion("test time", 0.5, all_of(at_test_time, one_at_test_time), after=SAME),
        Criterion("grad_out is not changed", 0.5, layers, arguments, after=SAME),
        Criterion("float32 stays float32", 0.25, single_layers, beside_dtypes(beside_forward), after=SAME),
    ),
    forward=dropout_forward,
    mistakes_forward=remember,
)


@DROPOUT_BACKWARD.mistake(
    "You draw a new mask on the way back; the entries that were deleted are the ones that get no gradient."
)
def draws_mask_anew(grad_out, cache) -> np.ndarray:
    _, p, rng, training = cache
    return dropout_forward(grad_out, p, rng)[0] if training else grad_out


@DROPOUT_BACKWARD.mistake("The scale is missing on the way back: what was multiplied forward is multiplied backward.")
def forgets_scale_backward(grad_out, cache) -> np.ndarray:
    factors, _, _, training = cache
    return grad_out * (factors > 0) if training else grad_out


@DROPOUT_BACKWARD.mistake("Deleted entries get a gradient; the mask of the forward belongs in the backward too.")
def forgets_mask_backward(grad_out, cache) -> np.ndarray:
    _, p, _, training = cache
    return grad_out / (1 - p) if training else grad_out


@DROPOUT_BACKWARD.mistake(
    "The gradient goes through as if there were no dropout; use the mask and the scale of the forward."
)
def passes_gradient(grad_out, cache) -> np.ndarray:
    return grad_out


@DROPOUT_BACKWARD.mistake(
    "At test time there is no mask in your cache: when training is False, the gradient goes through unchanged.",
    raises="NoneType",
)
def multiplies_by_no_mask(grad_out, cache) -> np.ndarray:
    factors, _, _, training = cache
    return grad_out * (factors if training else None)


@DROPOUT_BACKWARD.mistake("At test time your gradient is scaled; nothing is dropped then, and nothing is made up for.")
def scales_backward_at_test_time(grad_out, cache) -> np.ndarray:
    factors, p, _, training = cache
    return grad_out * factors if training else grad_out / (1 - p)


@DROPOUT_BACKWARD.mistake("At test time your gradient is 0; nothing is dropped then, and it goes through unchanged.")
def stops_gradient_at_test_time(grad_out, cache) -> np.ndarray:
    factors, _, _, training = cache
    return grad_out * (factors if training else 0)


@DROPOUT_BACKWARD.mistake("The scale counts twice: the mask in your cache has it already.")
def scales_twice(grad_out, cache) -> np.ndarray:
    factors, p, _, training = cache
    return grad_out * factors / (1 - p) if training else grad_out


@DROPOUT_BACKWARD.mistake(
    "Your backward drops at test time too; when training is False, the gradient goes through unchanged."
)
def drops_backward_at_test_time(grad_out, cache) -> np.ndarray:
    factors, p, rng, training = cache
    return grad_out * factors if training else dropout_forward(grad_out, p, rng)[0]


@DROPOUT_BACKWARD.mistake("You take away what was kept: the gradient is multiplied by the mask, and that is all.")
def takes_away_what_was_kept(grad_out, cache) -> np.ndarray:
    factors = cache[0]
    return grad_out if factors is None else grad_out - grad_out * factors


def trained(rng: Generator) -> Iterator[Case]:
    for p, size in ((0.2, (3, 4)), (0.7, (1, 5)), (0.4, (2, 3, 2, 2))):
        yield {"weight": rng.normal(size=size), "p": p}


FULL_NET = "weights for the full net"
TEST_TIME = Exercise(
    dropout_test_time,
    ("weight",),
    (
        Criterion(FULL_NET, 0.75, trained),
        Criterion("weight is not changed", 0.25, trained, arguments, after=FULL_NET),
    ),
)


@TEST_TIME.mistake("You multiply by p, the share that was deleted; on average a share of 1 - p was there.")
def multiplies_by_p(weight, p) -> np.ndarray:
    return weight * p


@TEST_TIME.mistake(
    "You divide by 1 - p; without scaling in training, the full net is too loud at test time, not too quiet."
)
def divides_at_test_time(weight, p) -> np.ndarray:
    return weight / (1 - p)


@TEST_TIME.mistake(
    "You return the weights as they are: at test time all entries are there, and the sums are larger than trained."
)
def keeps_weights(weight, p) -> np.ndarray:
    return weight.copy()


@TEST_TIME.mistake("You delete weights at test time; nothing is deleted any more then.")
def deletes_weights(weight, p) -> np.ndarray:
    return weight * (np.random.default_rng(0).random(weight.shape) >= p)


# More of what is often written


@FEATURES.mistake("You raise the exponent to the power x: raise x to the exponent.")
def exchanges_base_and_exponent(x, degree) -> np.ndarray:
    return np.arange(degree + 1) ** x[:, None]


@FEATURES.mistake("Your columns hold x, x^2, ...: column j is x^j, so the first is x^0, a column of ones.")
def begins_with_x(x, degree) -> np.ndarray:
    return x[:, np.newaxis] ** np.arange(1, degree + 2)


@EARLY_STOPPING.mistake("You wait for the largest loss: the smallest is the best.")
def takes_largest_loss(training_losses, validation_losses, weights, patience) -> Stopped:
    return early_stopping(training_losses, [-loss for loss in validation_losses], weights, patience)


@EARLY_STOPPING.mistake("You count epochs from 1: the first epoch is epoch 0.")
def counts_from_one(training_losses, validation_losses, weights, patience) -> Stopped:
    epoch, best_weights = early_stopping(training_losses, validation_losses, weights, patience)
    return epoch + 1, best_weights


@EARLY_STOPPING.mistake("Your best loss begins at a number; a loss can be larger than it. Begin with float('inf').")
def begins_at_one(training_losses, validation_losses, weights, patience) -> Stopped:
    epoch, best_weights = early_stopping([1.0], [1.0, *validation_losses], [weights[0], *weights], patience)
    return epoch - 1, best_weights


@EARLY_STOPPING.mistake("You count the epochs that are no better than the one before; compare with the best so far.")
def counts_against_previous(training_losses, validation_losses, weights, patience) -> Stopped:
    best, bad, epoch = 0, 0, 0
    for epoch in range(1, len(validation_losses)):
        best = epoch if validation_losses[epoch] < validation_losses[best] else best
        bad = 0 if validation_losses[epoch] < validation_losses[epoch - 1] else bad + 1
        if bad == patience:
            break
    return epoch, weights[best]


@EARLY_STOPPING.mistake(ASKS_FOR_LEAST)
def asks_for_a_little_more(training_losses, validation_losses, weights, patience) -> Stopped:
    return stop_by(validation_losses, weights, patience, 1e-4)


@L1.mistake("Your penalty is a mean: it is the sum over all weights.")
def averages_absolute(weight, alpha) -> Any:
    return alpha * np.abs(weight).mean(), l1_penalty(weight, alpha)[1]


@L1.mistake("alpha is missing in your penalty; its gradient has it.")
def forgets_alpha_in_penalty(weight, alpha) -> Any:
    return np.abs(weight).sum(), l1_penalty(weight, alpha)[1]


@L1.mistake("You take the absolute value of the sum: take that of each weight, then add.")
def takes_absolute_sum(weight, alpha) -> Any:
    return alpha * abs(weight.sum()), l1_penalty(weight, alpha)[1]


@L1.mistake("Your gradient is the absolute value: the derivative of |w| is its sign, 1 or -1.")
def returns_absolute_as_gradient(weight, alpha) -> Any:
    return l1_penalty(weight, alpha)[0], alpha * np.abs(weight)


@L1.mistake("At a weight of exactly zero your gradient is alpha: sign(0) is 0, and nothing pulls there.")
def pulls_up_at_zero(weight, alpha) -> Penalty:
    return l1_penalty(weight, alpha)[0], np.where(weight >= 0, alpha, -alpha).astype(weight.dtype)


@L2.mistake("Your penalty is a mean: it is the sum over all weights.")
def averages_squares(weight, beta) -> Any:
    return beta * (weight**2).mean(), l2_penalty(weight, beta)[1]


@L2.mistake("Your penalty is the norm, with a root: it is the sum of the squares.")
def takes_norm_in_penalty(weight, beta) -> Any:
    return beta * np.sqrt((weight**2).sum()), l2_penalty(weight, beta)[1]


@L2.mistake("You square the sum: square each weight, then add.")
def squares_the_sum(weight, beta) -> Any:
    return beta * weight.sum() ** 2, l2_penalty(weight, beta)[1]


@L2.mistake("beta is missing in your penalty; its gradient has it.")
def forgets_beta_in_penalty(weight, beta) -> Any:
    return (weight**2).sum(), l2_penalty(weight, beta)[1]


@L2.mistake("The sign is lost in your gradient: that of a negative weight is negative.")
def loses_sign_of_gradient(weight, beta) -> Any:
    return l2_penalty(weight, beta)[0], 2 * beta * np.abs(weight)


@DECAY.mistake("You go uphill: the step goes against the gradient.")
def goes_uphill(weight, bias, grad_weight, grad_bias, lr, beta) -> tuple[np.ndarray, np.ndarray]:
    return weight_decay_step(weight, bias, grad_weight, grad_bias, -lr, beta)


@DECAY.mistake("This is the gradient of the L1 penalty: that of beta w^2 is 2 beta w.")
def decays_by_sign(weight, bias, grad_weight, grad_bias, lr, beta) -> tuple[np.ndarray, np.ndarray]:
    return weight - lr * (grad_weight + beta * np.sign(weight)), bias - lr * grad_bias


@DECAY.mistake("You add the penalty itself to the gradient: its derivative belongs there, 2 beta w.")
def adds_penalty(weight, bias, grad_weight, grad_bias, lr, beta) -> tuple[np.ndarray, np.ndarray]:
    return weight - lr * (grad_weight + l2_penalty(weight, beta)[0]), bias - lr * grad_bias


@DECAY.mistake("The bias stays where it was: it takes its step too, without decay.")
def leaves_bias(weight, bias, grad_weight, grad_bias, lr, beta) -> tuple[np.ndarray, np.ndarray]:
    return weight_decay_step(weight, bias, grad_weight, grad_bias, lr, beta)[0], bias.copy()


@SOFT_THRESHOLD.mistake(
    "You subtract the threshold on both sides: a negative weight is drawn towards zero by adding it."
)
def subtracts_on_both_sides(weight, threshold) -> np.ndarray:
    return np.where(np.abs(weight) > threshold, weight - threshold, 0)


@SOFT_THRESHOLD.mistake("You subtract the threshold from everything: weights are drawn towards zero, and end there.")
def subtracts_threshold(weight, threshold) -> np.ndarray:
    return weight - threshold


@SOFT_THRESHOLD.mistake("Small weights stay: those within the threshold become 0.")
def keeps_small_weights(weight, threshold) -> np.ndarray:
    return np.where(np.abs(weight) > threshold, weight - threshold * np.sign(weight), weight)


@SOFT_THRESHOLD.mistake("Your comparison is the wrong way round: it is the small weights that become 0.")
def deletes_large_weights(weight, threshold) -> np.ndarray:
    return np.where(np.abs(weight) > threshold, 0, weight)


@SOFT_THRESHOLD.mistake(
    "With a threshold of 0 a weight of 0 becomes nan: threshold / |weight| is 0 / 0 there. Subtract instead."
)
def divides_threshold_by_size(weight, threshold) -> np.ndarray:
    return weight * np.maximum(1 - threshold / np.abs(weight), 0)


@TEST_TIME.mistake("You subtract p: the weights are multiplied by 1 - p.")
def subtracts_p(weight, p) -> np.ndarray:
    return weight - p


@DROPOUT.mistake(
    "Each example draws one number for all of its entries: draw a mask in the shape of x, rng.random(x.shape)."
)
@identity_at_test_time
def draws_one_number_a_row(x, p, rng) -> Dropped:
    mask = (rng.random((len(x), *[1] * (x.ndim - 1))) >= p) / (1 - p)
    return (x * mask).astype(x.dtype), np.broadcast_to(mask, x.shape)


@DROPOUT.mistake(
    "Whole channels of an image are deleted, as nn.Dropout2d does: here each entry is deleted or kept on its own."
)
@identity_at_test_time
def deletes_channels(x, p, rng) -> Dropped:
    mask = (rng.random((*x.shape[:2], *[1] * (x.ndim - 2))) >= p) / (1 - p)
    return (x * mask).astype(x.dtype), np.broadcast_to(mask, x.shape)


@DROPOUT.mistake("You draw zeros and ones alike, whatever p is: compare rng.random(x.shape) with p.")
@identity_at_test_time
def draws_zeros_and_ones(x, p, rng) -> Dropped:
    scaled = (rng.integers(0, 2, x.shape) / (1 - p)).astype(x.dtype)
    return x * scaled, scaled


@DROPOUT.mistake(
    "All examples of the batch lose the same entries: draw a mask in the shape of x, and not of its last axis alone."
)
@identity_at_test_time
def draws_for_last_axis(x, p, rng) -> Dropped:
    mask = (rng.random(x.shape[-1]) >= p) / (1 - p)
    return (x * mask).astype(x.dtype), np.broadcast_to(mask, x.shape)


EXERCISES = (FEATURES, EARLY_STOPPING, L1, L2, DECAY, SOFT_THRESHOLD, DROPOUT, DROPOUT_BACKWARD, TEST_TIME)
