"""Unit 03: what right backpropagation, loss and training must do, and the mistakes that are often made."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.common_mistakes import CUTS_OFF, EPSILONS, IN_LOGARITHM, RESHAPES_WEIGHT
from dltools.checks.exercise import (
    Attempt,
    Case,
    Criterion,
    Exercise,
    all_of,
    arguments,
    in_single,
    values,
)
from dltools.nn.activations import sigmoid
from dltools.nn.backpropagation import (
    cross_entropy,
    log_softmax,
    numerical_gradient,
    softmax,
    train_two_layer,
    two_layer_backward,
    two_layer_forward,
)
from dltools.training.images import scanned_digits

Layer = tuple[Any, Any]
Gradients = tuple[Any, Any]
Loss = tuple[Any, Any]


# The notes' two-layer net


def nets(rng: Generator, N: int = 3, D: int = 4, H: int = 5, M: int = 2, dtype: type = np.float64) -> Iterator[Case]:
    """One call of two_layer_forward: N examples, D inputs, H hidden neurons, M outputs."""
    sizes = {"x": (N, D), "V": (H, D), "W": (M, H)}
    yield {name: rng.normal(size=size).astype(dtype) for name, size in sizes.items()}


def far_nets(rng: Generator) -> Iterator[Case]:
    """One of the examples lies so far away that its sums overflow an exponential."""
    for case in nets(rng):
        case["x"][0] *= 1000
        yield case


square_net = partial(nets, N=4, D=4, H=4, M=4)
one_example = partial(nets, N=1)
single = partial(nets, dtype=np.float32)
SEVERAL = "several examples"


FORWARD = Exercise(
    two_layer_forward,
    ("z", "cache"),
    (
        Criterion("one example", 1, one_example),
        Criterion(SEVERAL, 1, all_of(nets, far_nets)),
        Criterion("as many neurons as inputs", 0.5, square_net),
        Criterion("no argument is changed", 0.25, nets, arguments, after=SEVERAL),
        Criterion("float32 stays float32", 0.25, single, in_single, after=SEVERAL),
    ),
)


@FORWARD.mistake("The sigmoid of the hidden layer is missing: h = s(V x).")
def leaves_hidden_linear(x, V, W) -> Layer:
    return sigmoid(x @ V.T @ W.T), None


@FORWARD.mistake("The sigmoid of the output is missing: z = s(W h).")
def leaves_output_linear(x, V, W) -> Layer:
    return sigmoid(x @ V.T) @ W.T, None


@FORWARD.mistake("There is a sigmoid too many: x enters the first layer as it is.")
def squashes_input(x, V, W) -> Layer:
    return two_layer_forward(sigmoid(x), V, W)[0], None


@FORWARD.mistake("The hidden layer has the wrong activation: this net has the sigmoid in both layers.")
def uses_tanh(x, V, W) -> Layer:
    return sigmoid(np.tanh(x @ V.T) @ W.T), None


@FORWARD.mistake("The output has a softmax: here every output has a sigmoid of its own.")
def ends_in_softmax(x, V, W) -> Layer:
    return softmax(sigmoid(x @ V.T) @ W.T), None


@FORWARD.mistake("The weights stand the wrong way round: a row of V holds the weights of one hidden neuron.")
def forgets_transposes(x, V, W) -> Layer:
    return sigmoid(sigmoid(x @ V) @ W), None


@FORWARD.mistake(RESHAPES_WEIGHT)
def reshapes_weights(x, V, W) -> Layer:
    return sigmoid(sigmoid(x @ V.reshape(V.shape[::-1])) @ W.reshape(W.shape[::-1])), None


@FORWARD.mistake(
    "You multiply as in the formulas, where an example is a column: here it is a row of x, so x stands first and V is "
    "transposed."
)
def multiplies_as_in_formulas(x, V, W) -> Layer:
    return sigmoid(W @ sigmoid(V @ x)), None


@FORWARD.mistake("The layers are the wrong way round: V comes first, then W.")
def exchanges_layers(x, V, W) -> Layer:
    return sigmoid(sigmoid(x @ W.T) @ V.T), None


@FORWARD.mistake("Your output is transposed: a row is an example.")
def transposes_output(x, V, W) -> Layer:
    return two_layer_forward(x, V, W)[0].T, None


@FORWARD.mistake("You return the hidden layer h: the output is z.")
def returns_hidden(x, V, W) -> Layer:
    return sigmoid(x @ V.T), None


@FORWARD.mistake("Both layers have the wrong activation: this net has the sigmoid, not tanh.")
def uses_tanh_throughout(x, V, W) -> Layer:
    return np.tanh(np.tanh(x @ V.T) @ W.T), None


@FORWARD.mistake("The hidden layer has a ReLU: this net has the sigmoid in both layers.")
def uses_relu(x, V, W) -> Layer:
    return sigmoid(np.maximum(x @ V.T, 0) @ W.T), None


@FORWARD.mistake("Both sigmoids are missing: h = s(V x), z = s(W h).")
def leaves_all_linear(x, V, W) -> Layer:
    return x @ V.T @ W.T, None


def remember(x, V, W) -> Layer:
    """A forward whose cache is its arguments."""
    return two_layer_forward(x, V, W)[0], (x, V, W)


def chain(
    grad_z: np.ndarray,
    cache: tuple[Any, ...],
    output_slope: Callable[[np.ndarray], np.ndarray] = lambda z: z * (1 - z),
    hidden_slope: Callable[[np.ndarray], np.ndarray] = lambda h: h * (1 - h),
    transposed: bool = False,
) -> Gradients:
    """The right gradients, with places to go wrong: the slopes by the outputs, the weights on the way back."""
    x, V, W = cache
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    grad_Wh = grad_z * output_slope(z)
    grad_Vx = (grad_Wh @ (W.T if transposed else W)) * hidden_slope(h)
    return grad_Vx.T @ x, grad_Wh.T @ h


BACKWARD = Exercise(
    two_layer_backward,
    ("grad_V", "grad_W"),
    (
        Criterion("gradient of W, one example", 1, one_example, values("grad_W")),
        Criterion("gradient of V, one example", 1.5, one_example, values("grad_V")),
        Criterion("gradient of W", 1, nets, values("grad_W")),
        Criterion("gradient of V", 1.5, all_of(nets, far_nets), values("grad_V")),
        Criterion("as many neurons as inputs", 0.5, square_net),
        Criterion("no argument is changed", 0.25, nets, arguments, after="gradient of V"),
        Criterion("float32 stays float32", 0.25, single, in_single, after="gradient of V"),
    ),
    forward=two_layer_forward,
    mistakes_forward=remember,
)


@BACKWARD.mistake("The slope of the output's sigmoid, z (1 - z), is missing.")
def leaves_out_output_slope(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, output_slope=np.ones_like)


@BACKWARD.mistake("The slope of the hidden sigmoid, h (1 - h), is missing.")
def leaves_out_hidden_slope(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, hidden_slope=np.ones_like)


@BACKWARD.mistake("Both slopes of the sigmoids are missing.")
def leaves_out_slopes(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, np.ones_like, np.ones_like)


@BACKWARD.mistake("You take the sigmoid of h and z once more: they are outputs of the sigmoid already.")
def squashes_again(grad_z, cache) -> Gradients:
    def slope(out: np.ndarray) -> np.ndarray:
        return sigmoid(out) * (1 - sigmoid(out))

    return chain(grad_z, cache, slope, slope)


@BACKWARD.mistake("The slope of the sigmoid is s (1 - s), not 1 - s^2: that one belongs to tanh.")
def takes_slope_of_tanh(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, lambda z: 1 - z**2, lambda h: 1 - h**2)


@BACKWARD.mistake("On the way back to h the weights stand the wrong way round: h_i reached z_j through W[j, i].")
def transposes_W(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, transposed=True)


@BACKWARD.mistake("Your gradients are means over the batch: every example adds its part, so sum.")
def averages_batch(grad_z, cache) -> Gradients:
    grad_V, grad_W = chain(grad_z, cache)
    return grad_V / len(grad_z), grad_W / len(grad_z)


@BACKWARD.mistake("Only the last example counts (= where += is meant): every example adds its part.")
def overwrites_examples(grad_z, cache) -> Gradients:
    x, V, W = cache
    return chain(grad_z[-1:], (x[-1:], V, W))


@BACKWARD.mistake("A hidden neuron feeds every output: its gradient is the sum over all of them, not the first alone.")
def takes_first_output_only(grad_z, cache) -> Gradients:
    first = grad_z * (np.arange(grad_z.shape[1]) == 0)
    return chain(first, cache)[0], chain(grad_z, cache)[1]


@BACKWARD.mistake("The way back to h leaves out the weights W: they are the local factors there.")
def leaves_out_W(grad_z, cache) -> Gradients:
    x, V, W = cache
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    grad_h = (grad_z * z * (1 - z)).sum(axis=1, keepdims=True)
    return (grad_h * h * (1 - h)).T @ x, chain(grad_z, cache)[1]


@BACKWARD.mistake("Your gradients are transposed: each has the shape of its weights.")
def transposes_gradients(grad_z, cache) -> Gradients:
    grad_V, grad_W = chain(grad_z, cache)
    return grad_V.T, grad_W.T


@BACKWARD.mistake("Your gradients come in the wrong order: return grad_V, grad_W.")
def exchanges_gradients(grad_z, cache) -> Gradients:
    return chain(grad_z, cache)[::-1]


@BACKWARD.mistake("The factor of W is h, what its neurons saw, not their sums V x.")
def uses_sum_for_h(grad_z, cache) -> Gradients:
    x, V, W = cache
    z, _ = two_layer_forward(x, V, W)
    return chain(grad_z, cache)[0], (grad_z * z * (1 - z)).T @ (x @ V.T)


@BACKWARD.mistake("Your gradients have the wrong sign: the backward gives the gradient; the step goes against it.")
def flips_sign(grad_z, cache) -> Gradients:
    grad_V, grad_W = chain(grad_z, cache)
    return -grad_V, -grad_W


@BACKWARD.mistake("You take the sigmoid of z once more: it is an output of the sigmoid already, with slope z (1 - z).")
def squashes_output_again(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, output_slope=lambda z: sigmoid(z) * (1 - sigmoid(z)))


@BACKWARD.mistake("You take the sigmoid of h once more: it is an output of the sigmoid already, with slope h (1 - h).")
def squashes_hidden_again(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, hidden_slope=lambda h: sigmoid(h) * (1 - sigmoid(h)))


@BACKWARD.mistake("In your gradient of W the slope of the output's sigmoid, z (1 - z), is missing.")
def forgets_slope_for_W(grad_z, cache) -> Gradients:
    return chain(grad_z, cache)[0], chain(grad_z, cache, output_slope=np.ones_like)[1]


@BACKWARD.mistake("Your gradient of W has the slope h (1 - h) in it: W multiplies h itself.")
def takes_slope_for_h(grad_z, cache) -> Gradients:
    x, V, W = cache
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    return chain(grad_z, cache)[0], (grad_z * z * (1 - z)).T @ (h * (1 - h))


@BACKWARD.mistake("On the way to V the slope of the output's sigmoid, z (1 - z), is missing.")
def forgets_slope_for_V(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, output_slope=np.ones_like)[0], chain(grad_z, cache)[1]


@BACKWARD.mistake("Your slope h - h^2 has no brackets: grad h - h^2 is another number than grad (h - h^2).")
def leaves_out_brackets(grad_z, cache) -> Gradients:
    x, V, W = cache
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    grad_h = (grad_z * z * (1 - z)) @ W
    return (grad_h * h - h**2).T @ x, chain(grad_z, cache)[1]


@BACKWARD.mistake("Your slope z - z^2 has no brackets: grad z - z^2 is another number than grad (z - z^2).")
def leaves_out_brackets_at_output(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, output_slope=lambda z: (grad_z * z - z**2) / grad_z)


@BACKWARD.mistake("Your slopes have no brackets: grad z - z^2 is another number than grad (z - z^2).")
def leaves_out_brackets_of_both(grad_z, cache) -> Gradients:
    x, V, W = cache
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    grad_Wh = grad_z * z - z**2
    return ((grad_Wh @ W) * h - h**2).T @ x, grad_Wh.T @ h


@BACKWARD.mistake("There is a 2 too much: the 2 of the squared distance is in grad_z already.")
def doubles_gradients(grad_z, cache) -> Gradients:
    grad_V, grad_W = chain(grad_z, cache)
    return 2 * grad_V, 2 * grad_W


@BACKWARD.mistake("In the hidden layer you take the slope of tanh, 1 - h^2; that of the sigmoid is h (1 - h).")
def takes_slope_of_tanh_in_hidden_layer(grad_z, cache) -> Gradients:
    return chain(grad_z, cache, hidden_slope=lambda h: 1 - h**2)


# The gradient by small steps

Function = Callable[[np.ndarray], float]
A = np.array([[0.5, -1.2, 0.3], [0.8, 0.4, -0.7]])


def cubic(x: np.ndarray) -> float:
    """Curved wherever x is not 0, so that a step to one side only is seen."""
    return float(4 * np.sum(x**3))


def coupled(x: np.ndarray) -> float:
    """Each entry's derivative depends on all the others."""
    return float(np.exp(0.3 * np.sum(x)) + np.sum(np.sin(x)) * np.sum(x))


def network_loss(x: np.ndarray) -> float:
    """The notes' loss of a small network, by its first weights."""
    return float(np.sum((sigmoid(sigmoid(x @ A.T) @ A) - 0.2) ** 2))


def functions(
    rng: Generator, choice: tuple[tuple[Function, tuple[int, ...]], ...] = ((cubic, (4,)), (coupled, (3,)))
) -> Iterator[Case]:
    """A call of numerical_gradient for each function, on an array of its shape."""
    for function, shape in choice:
        yield {"function": function, "x": rng.choice([-1, 1], shape) * rng.uniform(0.2, 1.5, shape)}


one_entry = partial(functions, choice=((cubic, (1,)),))
tables = partial(functions, choice=((coupled, (2, 3)), (network_loss, (3, 3)), (cubic, (2, 1, 2))))


def other_step(rng: Generator) -> Iterator[Case]:
    """A step so large that its error shows: the result must be the one of this step."""
    for case in functions(rng):
        yield {**case, "step": 0.1}


def slope_at(function: Function, x: np.ndarray, forward: float, back: float, over: float) -> np.ndarray:
    """(f(x + forward) - f(x - back)) / over, entry by entry."""
    grad = np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[entry] = 1
        grad[entry] = (function(x + forward * nudge) - function(x - back * nudge)) / over
    return grad


NUMERICAL = Exercise(
    numerical_gradient,
    ("grad",),
    (
        Criterion("functions of a vector", 1.5, all_of(functions, one_entry), tolerance=1e-7),
        Criterion("functions of a table", 1, tables, tolerance=1e-7),
        Criterion("the step that is given", 0.5, other_step, tolerance=1e-7),
        Criterion("x is as it was", 0.5, functions, arguments, tolerance=1e-12, after="functions of a vector"),
    ),
)


@NUMERICAL.mistake("You step to one side only: go as far to the other side, and the error becomes much smaller.")
def steps_forward_only(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, 0, step)


@NUMERICAL.mistake("You divide by the step; the two points are two steps apart.")
def divides_by_one_step(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, step, step)


@NUMERICAL.mistake("You do not divide by the distance of the two points.")
def forgets_to_divide(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, step, 1)


@NUMERICAL.mistake(
    "You multiply by the step: `/ 2 * step` divides by the 2 alone. Put the whole distance in parentheses."
)
def multiplies_by_step(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, step, 2 / step)


@NUMERICAL.mistake(
    "Both points are the same one, so that their difference is 0: `plus = x` is no copy, and what you add to plus is "
    "taken off again by minus. Take x.copy() for each."
)
def takes_one_point_twice(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, -step, 2 * step)


@NUMERICAL.mistake(
    "Entries that were measured stay nudged while the next are: take a fresh copy for every entry, or put it back."
)
def leaves_entries_nudged(function, x, step=6e-6) -> np.ndarray:
    grad, plus, minus = np.zeros(x.shape), x.copy(), x.copy()
    for entry in np.ndindex(x.shape):
        plus[entry] += step
        minus[entry] -= step
        grad[entry] = (function(plus) - function(minus)) / (2 * step)
    return grad


@NUMERICAL.mistake("Only the second value is divided: put the difference in parentheses before you divide it.")
def divides_second_alone(function, x, step=6e-6) -> np.ndarray:
    ahead = slope_at(function, x, step, 0, 1) + function(x)
    return ahead - (ahead - slope_at(function, x, step, step, 1)) / (2 * step)


@NUMERICAL.mistake("The sign is wrong: the point ahead comes first in the difference.")
def exchanges_points(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, -step, -step, 2 * step)


@NUMERICAL.mistake("You move all entries at once: move one, leave the others, and so on for each.")
def moves_all_entries(function, x, step=6e-6) -> np.ndarray:
    return np.full(x.shape, (function(x + step) - function(x - step)) / (2 * step))


@NUMERICAL.mistake("You move all entries at once, for one number: move one, leave the others, and so on for each.")
def returns_one_slope(function, x, step=6e-6) -> Any:
    return (function(x + step) - function(x - step)) / (2 * step)


@NUMERICAL.mistake(
    "You move whole rows: in a table every single entry has its own derivative (np.ndindex goes through them)."
)
def moves_rows(function, x, step=6e-6) -> np.ndarray:
    grad = np.empty(x.shape)
    for row in range(len(x)):
        nudge = np.zeros(x.shape)
        nudge[row] = step
        grad[row] = (function(x + nudge) - function(x - nudge)) / (2 * step)
    return grad


@NUMERICAL.mistake("You do not put an entry back before you move the next one.")
def leaves_entries_moved(function, x, step=6e-6) -> np.ndarray:
    x, grad = x.copy(), np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        x[entry] += step
        ahead = function(x)
        x[entry] -= 2 * step
        grad[entry] = (ahead - function(x)) / (2 * step)
    return grad


@NUMERICAL.mistake("You return after the first entry: the return line stands inside the loop.")
def returns_inside_loop(function, x, step=6e-6) -> np.ndarray:
    grad = numerical_gradient(function, x, step)
    return np.where(np.arange(x.size).reshape(x.shape) == 0, grad, 0)


@NUMERICAL.mistake(
    "Of a table you hand one row to the function at a time: it is a function of the whole table, of which one entry is "
    "moved."
)
def hands_in_rows(function, x, step=6e-6) -> np.ndarray:
    return (
        np.array([numerical_gradient(function, row, step) for row in x])
        if x.ndim > 1
        else numerical_gradient(function, x, step)
    )


@NUMERICAL.mistake(
    "range(x.size) goes through the entries of a vector only; in a table it counts rows (np.ndindex(x.shape) goes "
    "through the entries of any array).",
    raises=r"^IndexError|0-dimensional|length-1|size-1|sequence",
)
def indexes_as_vector(function, x, step=6e-6) -> np.ndarray:
    if x.ndim > 1:
        raise IndexError("index out of bounds")
    return numerical_gradient(function, x, step)


@NUMERICAL.mistake("You ignore `step` and take a step of your own.")
def fixes_step(function, x, step=6e-6) -> np.ndarray:
    return numerical_gradient(function, x)


@NUMERICAL.mistake("Your gradient is flat: it has the shape of x.")
def flattens(function, x, step=6e-6) -> np.ndarray:
    return numerical_gradient(function, x, step).ravel()


HALF_WAY = (
    "One of your two values is that at x itself, and you divide by two steps: one point lies a step ahead, the other a "
    "step behind, and each is called after the entry was moved."
)


@NUMERICAL.mistake(HALF_WAY)
def goes_half_way_back(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, 0, step, 2 * step)


@NUMERICAL.mistake(HALF_WAY)
def goes_half_way_ahead(function, x, step=6e-6) -> np.ndarray:
    return slope_at(function, x, step, 0, 2 * step)


# Cross-entropy


def classes(rng: Generator, N: int = 5, M: int = 4, dtype: type = np.float64) -> Iterator[Case]:
    """A call of cross_entropy: N examples, M classes."""
    targets = rng.permutation(np.resize(np.arange(M), N))
    yield {"logits": rng.uniform(-1, 1, size=(N, M)).astype(dtype), "targets": targets}


one_row = partial(classes, N=1)
square_logits = partial(classes, N=4)


def far_rows(rng: Generator) -> Iterator[Case]:
    """Rows that lie far from each other: each must be shifted by its own maximum. Its own classes are close."""
    for case in classes(rng):
        yield {**case, "logits": case["logits"] + np.array([0.0, -2000.0, 1500.0, -900.0, 40.0])[:, None]}


def wrong_by_far(rng: Generator) -> Iterator[Case]:
    """Confident and wrong, by a little and by very much: the loss is large and exact."""
    for distance in (60.0, 3000.0):
        for case in classes(rng):
            case["logits"][np.arange(5), (case["targets"] + 1) % 4] += distance * np.linspace(1, 2, 5)
            yield case


def with_loss(loss: Any, logits: np.ndarray, targets: np.ndarray) -> Loss:
    return loss, cross_entropy(logits, targets)[1]


def of_target(table: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return table[np.arange(len(targets)), targets]


CROSS_ENTROPY = Exercise(
    cross_entropy,
    ("loss", "grad"),
    epsilon=1e-6,
    epsilon_says=IN_LOGARITHM,
    criteria=(
        Criterion("loss", 1.5, all_of(classes, one_row, square_logits), values("loss")),
        Criterion("gradient", 1.5, all_of(classes, one_row, square_logits), values("grad")),
        Criterion("rows far from each other", 1, far_rows),
        Criterion("confident and wrong", 1, wrong_by_far, values("loss")),
        Criterion("no argument is changed", 0.5, classes, arguments, after="loss"),
        Criterion("float32 stays float32", 0.5, partial(classes, dtype=np.float32), in_single, after="loss"),
    ),
)


@CROSS_ENTROPY.mistake(
    "A confidently wrong example gives inf: its probability rounds to 0 before you take the logarithm."
)
def takes_log_of_zero(logits, targets) -> Loss:
    return with_loss(-np.log(of_target(softmax(logits), targets)).mean(), logits, targets)


for epsilon in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):

    @CROSS_ENTROPY.mistake(CUTS_OFF, name=f"adds_{epsilon:g}")
    def adds_epsilon(logits, targets, epsilon=epsilon) -> Loss:
        return with_loss(-np.log(of_target(softmax(logits), targets) + epsilon).mean(), logits, targets)


for epsilon in EPSILONS:

    @CROSS_ENTROPY.mistake(CUTS_OFF, name=f"clips_at_{epsilon:g}")
    def clips(logits, targets, epsilon=epsilon) -> Loss:
        p = np.clip(of_target(softmax(logits), targets), epsilon, 1 - epsilon)
        return with_loss(-np.log(p).mean(), logits, targets)


@CROSS_ENTROPY.mistake("The exponentials overflow: subtract the maximum of the row first, the softmax stays the same.")
def subtracts_nothing(logits, targets) -> Loss:
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return (-of_target(logits, targets) + np.log(np.exp(logits).sum(axis=1))).mean(), (p - one_hot) / len(p)


@CROSS_ENTROPY.mistake(
    "The exponentials overflow: subtract the maximum of the row first, the softmax stays the same.",
    name="subtracts_nothing_then_logs",
)
def logs_plain_softmax(logits, targets) -> Loss:
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return -np.log(of_target(p, targets)).mean(), (p - one_hot) / len(p)


@CROSS_ENTROPY.mistake(
    "The exponentials overflow: subtract the maximum of the row first, the logarithm of the sum changes by as much.",
    name="subtracts_nothing_in_logarithm",
)
def exponentiates_plainly(logits, targets) -> Loss:
    log_sums = np.log(np.exp(logits).sum(axis=1))
    p = np.exp(logits - log_sums[:, np.newaxis])
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return (log_sums - of_target(logits, targets)).mean(), (p - one_hot) / len(p)


@CROSS_ENTROPY.mistake("You subtract one maximum for the whole batch: each row has its own, or far rows vanish.")
def subtracts_one_maximum(logits, targets) -> Loss:
    shifted = logits - logits.max()
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return (np.log(sums[:, 0]) - of_target(shifted, targets)).mean(), (np.exp(shifted) / sums - one_hot) / len(sums)


@CROSS_ENTROPY.mistake("You subtract one maximum for the whole batch: each row has its own, or far rows vanish.")
def subtracts_one_maximum_then_logs(logits, targets) -> Loss:
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return -of_target(log_p, targets).mean(), (np.exp(log_p) - one_hot) / len(logits)


@CROSS_ENTROPY.mistake(
    "Your [:, targets] takes the classes of all examples in every row: each row has one target, its own."
)
def takes_all_targets(logits, targets) -> Loss:
    log_p = log_softmax(logits)
    grad = np.exp(log_p)
    grad[:, targets] -= 1
    return -log_p[:, targets].mean(), grad / len(logits)


@CROSS_ENTROPY.mistake("Your softmax runs down the examples: the classes of one example share its probability.")
def normalizes_columns(logits, targets) -> Loss:
    log_p = log_softmax(np.ascontiguousarray(logits.T)).T
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return -of_target(log_p, targets).mean(), (np.exp(log_p) - one_hot) / len(logits)


@CROSS_ENTROPY.mistake("Your softmax divides by the sum over the whole batch: each example has a sum of its own.")
def normalizes_batch(logits, targets) -> Loss:
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum())
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return -of_target(log_p, targets).mean(), (np.exp(log_p) - one_hot) / len(logits)


@CROSS_ENTROPY.mistake(
    "In your loss [:, targets] takes the classes of all examples in every row: each row has one target, its own."
)
def takes_all_targets_in_loss(logits, targets) -> Loss:
    return with_loss(-log_softmax(logits)[:, targets].mean(), logits, targets)


@CROSS_ENTROPY.mistake(
    "In your gradient [:, targets] takes the classes of all examples in every row: each row has one target, its own."
)
def takes_all_targets_in_gradient(logits, targets) -> Loss:
    return cross_entropy(logits, targets)[0], takes_all_targets(logits, targets)[1]


@CROSS_ENTROPY.mistake("In your loss the softmax runs down the examples: the classes of one example share its 1.")
def normalizes_columns_in_loss(logits, targets) -> Loss:
    return with_loss(normalizes_columns(logits, targets)[0], logits, targets)


@CROSS_ENTROPY.mistake("Your loss is the negative logit of the target: the softmax, or its logarithm, is missing.")
def leaves_out_softmax(logits, targets) -> Loss:
    return with_loss(-of_target(logits, targets).mean(), logits, targets)


@CROSS_ENTROPY.mistake("In your gradient the softmax is taken twice: once of the logits is enough.")
def takes_softmax_twice(logits, targets) -> Loss:
    return cross_entropy(logits, targets)[0], cross_entropy(softmax(logits), targets)[1]


@CROSS_ENTROPY.mistake("Your gradient has p (1 - p) too often: for the logits it cancels, and p - one hot remains.")
def multiplies_by_slope(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, grad * softmax(logits) * (1 - softmax(logits))


@CROSS_ENTROPY.mistake("Your loss is the sum over the batch: take the mean.")
def sums_batch(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss * len(logits), grad


@CROSS_ENTROPY.mistake(
    "Your loss and gradient are those of the sum over the batch: take the mean, and divide the gradient too."
)
def sums_batch_throughout(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss * len(logits), grad * len(logits)


@CROSS_ENTROPY.mistake(
    "Your gradient is that of the sum: the loss is a mean over the batch, so its gradient is divided by N."
)
def forgets_division(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, grad * len(logits)


@CROSS_ENTROPY.mistake("You divide by all entries of the logits: the mean is over the examples.")
def divides_by_all(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss / logits.shape[1], grad / logits.shape[1]


@CROSS_ENTROPY.mistake("Your gradient is divided by all entries of the logits: the loss is the mean over the examples.")
def divides_gradient_by_all(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, grad / logits.shape[1]


@CROSS_ENTROPY.mistake("Your gradient is the softmax alone: at the right class something is missing.")
def forgets_one_hot(logits, targets) -> Loss:
    return cross_entropy(logits, targets)[0], softmax(logits) / len(logits)


@CROSS_ENTROPY.mistake("Your gradient has an entry at the right class only: the softmax moves all classes.")
def moves_target_only(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, grad * np.eye(logits.shape[1], dtype=logits.dtype)[targets]


@CROSS_ENTROPY.mistake(
    "You subtract the number of the class from the softmax: subtract 1 at the entry of the target, and 0 elsewhere."
)
def subtracts_class_numbers(logits, targets) -> Loss:
    loss, _ = cross_entropy(logits, targets)
    return loss, (softmax(logits) - targets[:, None]) / len(logits)


@CROSS_ENTROPY.mistake("Your gradient has one entry for each example, of its target: every logit has one, (N, M).")
def returns_entry_of_target(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, of_target(grad, targets)


@CROSS_ENTROPY.mistake("Your gradient has the wrong sign: a larger logit of the right class makes the loss smaller.")
def turns_gradient(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss, -grad


@CROSS_ENTROPY.mistake("Your loss is negative: the logarithm of a probability is, so put a minus before it.")
def forgets_minus(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return -loss, grad


@CROSS_ENTROPY.mistake("Your loss has one number for each example: take their mean.")
def returns_each_loss(logits, targets) -> Loss:
    return with_loss(-of_target(log_softmax(logits), targets), logits, targets)


@CROSS_ENTROPY.mistake("Your logarithm has base 2: use the natural one.")
def takes_log_two(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss / np.log(2), grad


# The training loop


def small_classifiers(rng: Generator, batch_size: int = 4, epochs: int = 3, N: int = 12) -> Iterator[Case]:
    """A call of train_two_layer on a few points of three classes."""
    x, V, W = rng.normal(size=(N, 4)), rng.normal(size=(5, 4)), rng.normal(size=(3, 5))
    targets = np.resize(np.arange(3), N)
    yield {"x": x, "targets": targets, "V": V, "W": W, "lr": 0.7, "batch_size": batch_size, "epochs": epochs}


smaller_last = partial(small_classifiers, N=14)
one_left = all_of(partial(small_classifiers, N=13, epochs=1), partial(small_classifiers, N=1, epochs=1))

TRAINED = 1300


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The handwritten digits, pixels from 0 to 1 and a constant 1 as the last input, and their labels."""
    images, labels = scanned_digits()
    return np.column_stack([images / 16, np.ones(len(images))]), labels


def digit_classifier(rng: Generator) -> Iterator[Case]:
    """A call of train_two_layer on 1,300 digits; the others are held out."""
    x, labels = digits()
    chosen = np.random.default_rng(0).permutation(len(x))[:TRAINED]
    V, W = rng.normal(0, 1 / 8, size=(32, x.shape[1])), rng.normal(0, 1 / 8, size=(10, 32))
    yield {"x": x[chosen], "targets": labels[chosen], "V": V, "W": W, "lr": 2.0, "batch_size": 32, "epochs": 10}


def held_out(attempt: Attempt) -> dict[str, Any]:
    """Whether the trained weights get at least 95 % of the held-out digits right."""
    x, labels = digits()
    rest = np.random.default_rng(0).permutation(len(x))[TRAINED:]
    logits = sigmoid(x[rest] @ attempt.outputs["V"].T) @ attempt.outputs["W"].T
    return {
        "at least 95 % of the held-out digits are right": bool(np.mean(logits.argmax(axis=1) == labels[rest]) >= 0.95)
    }


Trained = tuple[Any, Any, Any]


def slope_of_sigmoid(z: np.ndarray, h: np.ndarray) -> Any:
    return h * (1 - h)


def gradients_of(
    x: np.ndarray,
    targets: np.ndarray,
    V: np.ndarray,
    W: np.ndarray,
    activation: Callable[[np.ndarray], np.ndarray] = sigmoid,
    slope: Callable[[np.ndarray, np.ndarray], Any] = slope_of_sigmoid,
) -> tuple[Any, Any, Any]:
    """The loss of a batch and the gradients of V and W; another activation, or slope(z, h) of it, makes them wrong."""
    z = x @ V.T
    h = activation(z)
    loss, grad_logits = cross_entropy(h @ W.T, targets)
    return loss, (grad_logits @ W * slope(z, h)).T @ x, grad_logits.T @ h


Step = Callable[..., tuple[np.ndarray, np.ndarray]]


def downhill(V: np.ndarray, W: np.ndarray, grad_V: np.ndarray, grad_W: np.ndarray, lr: float) -> tuple[Any, Any]:
    return V - lr * grad_V, W - lr * grad_W


def train(
    x, targets, V, W, lr, batch_size, epochs, step: Step = downhill, starts: Any = None, look: Any = gradients_of
) -> Trained:
    """The right loop, with places to go wrong: the step, the starts of the batches, and their loss and gradients."""
    losses = []
    for _ in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size) if starts is None else starts(len(x), batch_size):
            batch = slice(start, start + batch_size)
            loss, grad_V, grad_W = look(x[batch], targets[batch], V, W)
            V, W = step(V, W, grad_V, grad_W, lr)
            batch_losses.append(loss)
        losses.append(np.mean(batch_losses))
    return V, W, np.array(losses)


ONE_BATCH = "one batch, one epoch"
TRAIN = Exercise(
    train_two_layer,
    ("V", "W", "losses"),
    (
        Criterion(ONE_BATCH, 1, partial(small_classifiers, batch_size=12, epochs=1), values("V", "W")),
        Criterion("several batches", 1, partial(small_classifiers, epochs=1), values("V", "W")),
        Criterion("several epochs", 1, small_classifiers, values("V", "W")),
        Criterion("a smaller last batch", 0.5, all_of(smaller_last, one_left), values("V", "W")),
        Criterion("losses", 0.5, all_of(small_classifiers, smaller_last), values("losses"), after="several epochs"),
        Criterion("the digits: 95 % of the held-out ones", 1.5, digit_classifier, held_out, 0.0, ONE_BATCH),
        Criterion("no argument is changed", 0.5, small_classifiers, arguments, after=ONE_BATCH),
    ),
    seconds=60,
)


@TRAIN.mistake("Your steps go uphill: the gradient points to where the loss grows.")
def climbs(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, -lr, batch_size, epochs)


@TRAIN.mistake("The learning rate is not used.")
def ignores_rate(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, 1.0, batch_size, epochs)


@TRAIN.mistake("V never changes: both layers learn.")
def keeps_V(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs, lambda V, W, dV, dW, lr: (V, W - lr * dW))


@TRAIN.mistake("W never changes: both layers learn.")
def keeps_W(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs, lambda V, W, dV, dW, lr: (V - lr * dV, W))


@TRAIN.mistake("Nothing is learned: V and W come back as they went in.")
def learns_nothing(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, 0.0, batch_size, epochs)


@TRAIN.mistake("You take all examples as one batch: make a step after every `batch_size` of them.")
def takes_all_at_once(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, len(x), epochs)


@TRAIN.mistake("Every epoch uses its first batch only: go on to the next one until all examples have had their turn.")
def repeats_first_batch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs, starts=lambda N, size: [0])


@TRAIN.mistake("The examples left over at the end of an epoch are lost: the last batch may be smaller.")
def drops_last_batch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs, starts=lambda N, size: range(0, N - size + 1, size))


@TRAIN.mistake(
    "V and W come back as after one epoch: do you return inside the loop, or begin every epoch from the first weights?"
)
def stops_after_one_epoch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    V, W, losses = train(x, targets, V, W, lr, batch_size, 1)
    return V, W, np.resize(losses, epochs)


@TRAIN.mistake(
    "You change W before you send the gradient back through it: both gradients belong to the weights of the forward."
)
def updates_W_first(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            h = sigmoid(x[batch] @ V.T)
            loss, grad_logits = cross_entropy(h @ W.T, targets[batch])
            W = W - lr * grad_logits.T @ h
            V = V - lr * (grad_logits @ W * h * (1 - h)).T @ x[batch]
            batch_losses.append(loss)
        losses.append(np.mean(batch_losses))
    return V, W, np.array(losses)


@TRAIN.mistake("An epoch's loss is the mean over its batches, not the loss of the last one.")
def keeps_last_loss(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            V, W, last = train(x[batch], targets[batch], V, W, lr, batch_size, 1)
        losses.append(last[-1])
    return V, W, np.array(losses)


@TRAIN.mistake(
    "An epoch's loss is the mean over its batches, each counting once: you weigh them by their number of examples."
)
def weighs_losses_by_batch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            V, W, loss = train(x[batch], targets[batch], V, W, lr, batch_size, 1)
            total += float(loss[0]) * len(x[batch])
        losses.append(total / len(x))
    return V, W, np.array(losses)


@TRAIN.mistake("An epoch's loss is the mean over its batches, not their sum.")
def sums_losses(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    V, W, losses = train(x, targets, V, W, lr, batch_size, epochs)
    return V, W, losses * -(-len(x) // batch_size)


@TRAIN.mistake("Your losses are taken after the steps: take that of a batch before its step.")
def measures_after_step(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            V, W, _ = train(x[batch], targets[batch], V, W, lr, batch_size, 1)
            batch_losses.append(gradients_of(x[batch], targets[batch], V, W)[0])
        losses.append(np.mean(batch_losses))
    return V, W, np.array(losses)


@TRAIN.mistake("You return the loss of every batch: there is one for every epoch, the mean over its batches.")
def returns_batch_losses(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    V, W, losses = train(x, targets, V, W, lr, batch_size, epochs)
    return V, W, np.repeat(losses, -(-len(x) // batch_size))


@TRAIN.mistake("The output has a sigmoid here: the logits are W h as they are, the softmax is inside the loss.")
def squashes_logits(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            h, z = sigmoid(x[batch] @ V.T), sigmoid(sigmoid(x[batch] @ V.T) @ W.T)
            loss, grad_z = cross_entropy(z, targets[batch])
            grad_logits = grad_z * z * (1 - z)
            grad_V = (grad_logits @ W * h * (1 - h)).T @ x[batch]
            V, W = V - lr * grad_V, W - lr * grad_logits.T @ h
            batch_losses.append(loss)
        losses.append(np.mean(batch_losses))
    return V, W, np.array(losses)


# More of what real code has


@CROSS_ENTROPY.mistake(
    "Your [:, targets] takes the classes of all examples in every row: each row has one target, its own."
)
def adds_all_targets(logits, targets) -> Loss:
    return with_loss(-log_softmax(logits)[:, targets].sum() / len(logits), logits, targets)


@CROSS_ENTROPY.mistake("Your loss looks at the likeliest class: it is the probability of the target that counts.")
def takes_likeliest_class(logits, targets) -> Loss:
    return with_loss(-log_softmax(logits).max(axis=1).mean(), logits, targets)


@CROSS_ENTROPY.mistake("Your loss is also divided by the number of classes: a mean is over the examples alone.")
def averages_over_classes(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss / logits.shape[1], grad


@CROSS_ENTROPY.mistake("You subtract one maximum for the whole batch: each row has its own, or far rows vanish.")
def subtracts_one_maximum_then_divides(logits, targets) -> Loss:
    e = np.exp(logits - logits.max())
    p = e / e.sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    return -np.log(of_target(p, targets)).mean(), (p - one_hot) / len(p)


@CROSS_ENTROPY.mistake("Your logarithm has base 10: use the natural one.")
def takes_log_ten(logits, targets) -> Loss:
    loss, grad = cross_entropy(logits, targets)
    return loss / np.log(10), grad


@CROSS_ENTROPY.mistake(
    "You add log(1 - p) of the classes that are not right, as for two classes with a sigmoid each: the loss of an "
    "example is -log p of its right class alone."
)
def adds_other_classes(logits, targets) -> Loss:
    p = softmax(logits)
    right = np.eye(logits.shape[1])[targets]
    terms = right * np.log(p) + (1 - right) * np.log(1 - p)
    return with_loss(-terms.sum() / len(logits), logits, targets)


OTHER_LAYERS: tuple[tuple[str, str, Callable[..., Any], Callable[..., Any]], ...] = (
    ("leaves_out_sigmoid", "The hidden layer has no sigmoid here: h is s(V x).", lambda z: z, lambda z, h: 1),
    (
        "takes_relu",
        "Your hidden layer has a ReLU; here it is s.",
        lambda z: np.maximum(z, 0),
        lambda z, h: z > 0,
    ),
    ("takes_tanh", "Your hidden layer has a tanh; here it is s.", np.tanh, lambda z, h: 1 - h**2),
    (
        "forgets_slope",
        "On the way back to V the slope of the sigmoid is missing, h (1 - h).",
        sigmoid,
        lambda z, h: 1,
    ),
    (
        "takes_slope_at_sum",
        "Your slope is z (1 - z) of the sum before the sigmoid: it is h (1 - h) of what comes out of it.",
        sigmoid,
        lambda z, h: z * (1 - z),
    ),
)
for name, says, activation, slope in OTHER_LAYERS:

    @TRAIN.mistake(says, name=name)
    def trains_another_layer(x, targets, V, W, lr, batch_size, epochs, activation=activation, slope=slope) -> Trained:
        look = partial(gradients_of, activation=activation, slope=slope)
        return train(x, targets, V, W, lr, batch_size, epochs, look=look)


@TRAIN.mistake(
    "Your batches begin at 0, 1, 2, ...: the next one begins where the last one ended, range(0, len(x), batch_size)."
)
def begins_at_every_example(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs, starts=lambda N, size: range(N // size))


@TRAIN.mistake("Every step takes all examples: cut the batch out of x and of the targets.")
def steps_on_all_examples(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    def look(_x, _targets, V, W):
        return gradients_of(x, targets, V, W)

    return train(x, targets, V, W, lr, batch_size, epochs, look=look)


@TRAIN.mistake("You divide the gradients by the number of examples once more: the loss is a mean already.")
def divides_by_batch_again(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    def look(x, targets, V, W):
        loss, *grads = gradients_of(x, targets, V, W)
        return loss, *(grad / len(x) for grad in grads)

    return train(x, targets, V, W, lr, batch_size, epochs, look=look)


@TRAIN.mistake("Your gradients are those of the sum over the batch: take those of the mean, which cross_entropy gives.")
def adds_gradients_of_examples(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    def look(x, targets, V, W):
        loss, *grads = gradients_of(x, targets, V, W)
        return loss, *(grad * len(x) for grad in grads)

    return train(x, targets, V, W, lr, batch_size, epochs, look=look)


@TRAIN.mistake("You make one step an epoch, with the gradients of all batches added: make one after every batch.")
def steps_once_an_epoch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        parts = [
            gradients_of(x[start : start + batch_size], targets[start : start + batch_size], V, W)
            for start in range(0, len(x), batch_size)
        ]
        V, W = V - lr * sum(part[1] for part in parts), W - lr * sum(part[2] for part in parts)
        losses.append(np.mean([part[0] for part in parts]))
    return V, W, np.array(losses)


@TRAIN.mistake("You train one epoch too many.")
def trains_one_epoch_more(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs + 1)


@TRAIN.mistake("You train one epoch too few: range(1, epochs) leaves one out.")
def trains_one_epoch_less(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    return train(x, targets, V, W, lr, batch_size, epochs - 1)


@TRAIN.mistake(
    "Your losses are those of all examples after the epoch: take the mean of the batches, each before its step."
)
def measures_after_epoch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        V, W, _ = train(x, targets, V, W, lr, batch_size, 1)
        losses.append(gradients_of(x, targets, V, W)[0])
    return V, W, np.array(losses)


@TRAIN.mistake(
    "Your losses are those of all examples before the epoch: take the mean of the batches, each before its step."
)
def measures_before_epoch(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    losses = []
    for _ in range(epochs):
        losses.append(gradients_of(x, targets, V, W)[0])
        V, W, _ = train(x, targets, V, W, lr, batch_size, 1)
    return V, W, np.array(losses)


@TRAIN.mistake("You divide the sum of the batches' losses by the number of examples: divide by that of the batches.")
def divides_losses_by_examples(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    V, W, losses = train(x, targets, V, W, lr, batch_size, epochs)
    return V, W, losses * -(-len(x) // batch_size) / len(x)


@TRAIN.mistake("You divide by batch_size; the last batch may have fewer examples: divide by how many there are.")
def divides_by_batch_size(x, targets, V, W, lr, batch_size, epochs) -> Trained:
    def look(x, targets, V, W) -> tuple[Any, Any, Any]:
        loss, grad_V, grad_W = gradients_of(x, targets, V, W)
        return loss, grad_V * len(x) / batch_size, grad_W * len(x) / batch_size

    return train(x, targets, V, W, lr, batch_size, epochs, look=look)


EXERCISES = (FORWARD, BACKWARD, NUMERICAL, CROSS_ENTROPY, TRAIN)
