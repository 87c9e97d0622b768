"""Unit 08: what an LSTM must do, forward and backward, and the mistakes that are often made."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.common_mistakes import JOINED_OTHERWISE, SEQUENCES_FOR_STEPS
from dltools.checks.exercise import Attempt, Case, Criterion, Exercise, all_of, arguments, in_single, shapes, values
from dltools.nn.activations import sigmoid
from dltools.nn.lstm import (
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
    memory_cell_weights,
)

# Cases


def weights(rng: Generator, D: int, H: int) -> Case:
    """Random weights and biases of all four gates, all of them different."""
    return {"W": rng.normal(size=(4 * H, H)), "U": rng.normal(size=(4 * H, D)), "b": rng.normal(size=4 * H)}


def steps(rng: Generator, N: int = 3, D: int = 2, H: int = 4, dtype: type = np.float64) -> Iterator[Case]:
    """A call of lstm_step_forward."""
    states = {"x": rng.normal(size=(N, D)), "h": rng.uniform(-1, 1, size=(N, H)), "c": rng.normal(size=(N, H))}
    yield {name: value.astype(dtype) for name, value in (states | weights(rng, D, H)).items()}


def sequences(
    rng: Generator, T: int = 5, N: int = 3, D: int = 2, H: int = 4, started: bool = True, dtype: type = np.float64
) -> Iterator[Case]:
    """A call of lstm_forward, from states that are not zero if `started`."""
    start = {"h0": rng.uniform(-1, 1, size=(N, H)), "c0": rng.normal(size=(N, H))}
    if not started:
        start = {name: np.zeros((N, H)) for name in start}
    case = {"x": rng.normal(size=(N, T, D))} | start | weights(rng, D, H)
    yield {name: value.astype(dtype) for name, value in case.items()}


def strengths(rng: Generator) -> Iterator[Case]:
    """Two calls of memory_cell_weights."""
    for low, high in ((3, 6), (8, 12)):
        yield {"strength": float(np.round(rng.uniform(low, high), 1))}


small_step = partial(steps, N=1, D=1, H=1)
fresh_sequences = partial(sequences, started=False)
single_step = partial(sequences, T=1)


def far_steps(rng: Generator) -> Iterator[Case]:
    """One of the samples lies so far away that its sums overflow an exponential."""
    for case in steps(rng):
        case["x"][0] *= 1000
        yield case


one_sample = partial(steps, N=1)
one_sequence = partial(sequences, T=2, N=1)


# One step forward

Step = tuple[np.ndarray, np.ndarray, None]
FORGET, INPUT, OUTPUT, CANDIDATE = range(4)
"""Places of the gates and of the candidate in W, U and b."""


def sums_of(x, h, W, U, b) -> list[np.ndarray]:
    """The sums inside f, i, o and the candidate, each (N, H)."""
    return np.split(h @ W.T + x @ U.T + b, 4, axis=1)


def gates_of(x, h, W, U, b) -> tuple[np.ndarray, ...]:
    *gates, candidate = sums_of(x, h, W, U, b)
    return *map(sigmoid, gates), np.tanh(candidate)


def step_with(
    x, h, c, W, U, b, cell: Callable[..., np.ndarray] | None = None, hidden: Callable[..., np.ndarray] | None = None
) -> Step:
    """The right step, but for the formulas of c_next(f, i, candidate) and h_next(o, c_next) that are given."""
    f, i, o, candidate = gates_of(x, h, W, U, b)
    c_next = cell(f, i, candidate) if cell else f * c + i * candidate
    return (hidden(o, c_next) if hidden else o * np.tanh(c_next)), c_next, None


def blocks(array: np.ndarray, *order: int) -> np.ndarray:
    """The four blocks of W, U or b in another order."""
    return np.concatenate([np.split(array, 4)[place] for place in order])


def reordered(*order: int) -> Callable[..., Step]:
    """A step that takes the gates in another order."""

    def step(x, h, c, W, U, b) -> Step:
        W, U, b = (blocks(array, *order) for array in (W, U, b))
        return step_with(x, h, c, W, U, b)

    return step


STEP_VALUES = "hidden state"
STEP_FORWARD = Exercise(
    lstm_step_forward,
    ("h_next", "c_next", "cache"),
    (
        Criterion("one sample, one input, one cell", 1, small_step),
        Criterion("shapes", 0.5, steps, shapes),
        Criterion("cell state", 2, all_of(steps, far_steps), values("c_next")),
        Criterion(STEP_VALUES, 1.5, steps, values("h_next")),
        Criterion("no argument is changed", 0.5, steps, arguments, after=STEP_VALUES),
        Criterion("float32 stays float32", 0.5, partial(steps, dtype=np.float32), in_single, after=STEP_VALUES),
    ),
)


@STEP_FORWARD.mistake(
    "f and i are exchanged: the first block of W, U and b is the forget gate, which multiplies the old cell."
)
def exchanges_f_and_i(x, h, c, W, U, b) -> Step:
    return reordered(INPUT, FORGET, OUTPUT, CANDIDATE)(x, h, c, W, U, b)


@STEP_FORWARD.mistake("Your blocks are in PyTorch's order, i, f, c~, o; here the order is f, i, o, c~.")
def takes_order_of_pytorch(x, h, c, W, U, b) -> Step:
    i, f, candidate, o = sums_of(x, h, W, U, b)
    c_next = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
    return sigmoid(o) * np.tanh(c_next), c_next, None


@STEP_FORWARD.mistake("o and the candidate are exchanged: the last block of W, U and b is the candidate.")
def exchanges_o_and_candidate(x, h, c, W, U, b) -> Step:
    return reordered(FORGET, INPUT, CANDIDATE, OUTPUT)(x, h, c, W, U, b)


@STEP_FORWARD.mistake(
    "You take every fourth row for a gate; each gate is a block of H rows, one block after the other."
)
def interleaves_gates(x, h, c, W, U, b) -> Step:
    H = h.shape[1]
    return step_with(x, h, c, *(a.reshape(H, 4, -1).swapaxes(0, 1).reshape(a.shape) for a in (W, U, b)))


@STEP_FORWARD.mistake(
    "Your candidate goes through the logistic function; it is a tanh, so that the cell can also be lowered."
)
def takes_logistic_candidate(x, h, c, W, U, b) -> Step:
    candidate = sigmoid(sums_of(x, h, W, U, b)[CANDIDATE])
    return step_with(x, h, c, W, U, b, cell=lambda f, i, _: f * c + i * candidate)


@STEP_FORWARD.mistake("Your gates are tanhs; a gate is a share between 0 and 1, which takes the logistic function.")
def takes_tanh_gates(x, h, c, W, U, b) -> Step:
    f, i, o, candidate = map(np.tanh, sums_of(x, h, W, U, b))
    c_next = f * c + i * candidate
    return o * np.tanh(c_next), c_next, None


@STEP_FORWARD.mistake("The cell passes to h without its tanh.")
def forgets_tanh_of_cell(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, hidden=lambda o, c_next: o * c_next)


@STEP_FORWARD.mistake("The output gate is missing: h shows only a share of the cell.")
def forgets_output_gate(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, hidden=lambda o, c_next: np.tanh(c_next))


@STEP_FORWARD.mistake("Your h_next shows the old cell; it is made from the new one.")
def shows_old_cell(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, hidden=lambda o, _: o * np.tanh(c))


@STEP_FORWARD.mistake("Nothing is forgotten: f is missing before the old cell.")
def forgets_forget_gate(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, cell=lambda f, i, candidate: c + i * candidate)


@STEP_FORWARD.mistake("Everything is written: i is missing before the candidate.")
def forgets_input_gate(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, cell=lambda f, i, candidate: f * c + candidate)


@STEP_FORWARD.mistake("Your input gate is 1 - f; this LSTM has an input gate of its own.")
def couples_gates(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, cell=lambda f, i, candidate: f * c + (1 - f) * candidate)


@STEP_FORWARD.mistake("The old cell is lost: the new one is the old, as far as it is kept, plus what is written.")
def loses_old_cell(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, cell=lambda f, i, candidate: i * candidate)


@STEP_FORWARD.mistake("You return the tanh of the cell as the cell: the cell itself goes on without it.")
def squashes_cell(x, h, c, W, U, b) -> Step:
    h_next, c_next, _ = lstm_step_forward(x, h, c, W, U, b)
    return h_next, np.tanh(c_next), None


@STEP_FORWARD.mistake("You return c_next before h_next.")
def returns_cell_first(x, h, c, W, U, b) -> Step:
    h_next, c_next, _ = lstm_step_forward(x, h, c, W, U, b)
    return c_next, h_next, None


@STEP_FORWARD.mistake("The biases are missing.")
def forgets_biases(x, h, c, W, U, b) -> Step:
    return lstm_step_forward(x, h, c, W, U, 0 * b)[:2] + (None,)


@STEP_FORWARD.mistake("All gates get the bias of the forget gate: each has a block of b of its own.")
def takes_one_bias(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, blocks(b, FORGET, FORGET, FORGET, FORGET))


@STEP_FORWARD.mistake("The gates do not look at h: the sum W h is missing.")
def ignores_hidden_state(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, 0 * W, U, b)


@STEP_FORWARD.mistake("The gates do not look at x: the sum U x is missing.")
def ignores_input(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, 0 * U, b)


@STEP_FORWARD.mistake("Each block of your W is transposed: in W h, row k of the block belongs to unit k of the gate.")
def transposes_blocks(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, np.concatenate([block.T for block in np.split(W, 4)]), U, b)


@STEP_FORWARD.mistake("The gates look at the cell; they look at h.")
def looks_at_cell(x, h, c, W, U, b) -> Step:
    f, i, o, candidate = gates_of(x, c, W, U, b)
    c_next = f * c + i * candidate
    return o * np.tanh(c_next), c_next, None


# One step backward

Gradients = tuple[Any, ...]


def remember_step(x, h, c, W, U, b) -> tuple[np.ndarray, np.ndarray, tuple[Any, ...]]:
    """A forward whose cache is its arguments."""
    return *lstm_step_forward(x, h, c, W, U, b)[:2], (x, h, c, W, U, b)


def step_gradients(grad_h_next, grad_c_next, cache) -> Gradients:
    """The right gradients, as material for the wrong ones."""
    return lstm_step_backward(grad_h_next, grad_c_next, lstm_step_forward(*cache)[2])


def local_parts(grad_h, grad_c, cache) -> dict[str, Any]:
    """Everything that the gradients of a step are made of, by name, so that a mistake can exchange one of them."""
    x, h, c, W, U, b = cache
    f, i, o, g = gates_of(x, h, W, U, b)
    c_next = f * c + i * g
    tanh_c = np.tanh(c_next)
    factors = {"factor_f": c, "factor_i": g, "factor_o": tanh_c, "factor_g": i}
    slopes = {"slope_f": f * (1 - f), "slope_i": i * (1 - i), "slope_o": o * (1 - o), "slope_g": 1 - g**2}
    from_h = {"from_h": grad_h * o * (1 - tanh_c**2), "from_c": grad_c, "above_o": grad_h, "carry": f}
    return factors | slopes | from_h | {"c_next": c_next, "f": f, "i": i, "o": o, "g": g}


def gradients_from(parts: dict[str, Any], cache) -> Gradients:
    x, h, _, W, U, _ = cache
    grad_c = parts["from_c"] + parts["from_h"]
    above = {"f": grad_c, "i": grad_c, "o": parts["above_o"], "g": grad_c}
    sums = np.concatenate([above[k] * parts[f"factor_{k}"] * parts[f"slope_{k}"] for k in "fiog"], axis=1)
    return sums @ U, sums @ W, grad_c * parts["carry"], sums.T @ h, sums.T @ x, sums.sum(axis=0)


def with_parts(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Gradients]:
    """A backward in which some parts are others."""

    def backward(grad_h_next, grad_c_next, cache) -> Gradients:
        parts = local_parts(grad_h_next, grad_c_next, cache)
        return gradients_from(parts | change(parts), cache)

    return backward


GRAD_C = "gradient of the cell state"
STEP_BACKWARD = Exercise(
    lstm_step_backward,
    ("grad_x", "grad_h", "grad_c", "grad_W", "grad_U", "grad_b"),
    (
        Criterion(GRAD_C, 2, all_of(steps, one_sample, far_steps), values("grad_c")),
        Criterion("gradient of x", 1, steps, values("grad_x")),
        Criterion("gradient of the hidden state", 1, steps, values("grad_h")),
        Criterion("gradient of W", 2, steps, values("grad_W")),
        Criterion("gradient of U", 1, steps, values("grad_U")),
        Criterion("gradient of b", 1, steps, values("grad_b")),
        Criterion("no argument is changed", 0.5, steps, arguments, after=GRAD_C),
        Criterion("float32 stays float32", 0.5, partial(steps, dtype=np.float32), in_single, after=GRAD_C),
    ),
    forward=lstm_step_forward,
    mistakes_forward=remember_step,
)


@STEP_BACKWARD.mistake(
    "grad_h_next does not reach the cell: c_next acts on the loss through h_next too, and the two parts add."
)
def leaves_out_way_through_h(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"from_h": 0})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "grad_c_next is left out: c_next acts on the loss by itself, through the later steps, and not only by h_next."
)
def leaves_out_grad_c_next(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"from_c": 0})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("The output gate is missing on the way from h_next to the cell: h_next is a product with o.")
def forgets_o_on_the_way(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"from_h": p["above_o"] * (1 - np.tanh(p["c_next"]) ** 2)})(
        grad_h_next, grad_c_next, cache
    )


@STEP_BACKWARD.mistake("The slope of the tanh is missing on the way from h_next to the cell.")
def forgets_tanh_on_the_way(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"from_h": p["above_o"] * p["o"]})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("You write the slope of the tanh with the cell; it is written with the tanh of the cell.")
def takes_slope_from_cell(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"from_h": p["above_o"] * p["o"] * (1 - p["c_next"] ** 2)})(
        grad_h_next, grad_c_next, cache
    )


@STEP_BACKWARD.mistake(
    "The slope of the forget gate is missing: between grad f and its sum lies the logistic function."
)
def forgets_slope_of_f(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_f": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("The slope of the input gate is missing: between grad i and its sum lies the logistic function.")
def forgets_slope_of_i(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_i": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "The slope of the output gate is missing: between grad o and its sum lies the logistic function."
)
def forgets_slope_of_o(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_o": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("The slope of the candidate is missing: between its gradient and its sum lies the tanh.")
def forgets_slope_of_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_g": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "You take the tanh of the candidate once more: it is a tanh already, and its slope is 1 minus its square."
)
def takes_tanh_of_candidate_twice(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_g": 1 - np.tanh(p["g"]) ** 2})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your candidate has the slope of the logistic function; it is a tanh.")
def takes_logistic_slope_of_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_g": p["g"] * (1 - p["g"])})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "Your candidate's slope squares the whole difference, (1 - c~)^2; only the candidate is squared."
)
def squares_whole_difference(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_g": (1 - p["g"]) ** 2})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your candidate's slope lacks the square: that of tanh is 1 - c~^2.")
def forgets_square_of_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"slope_g": 1 - p["g"]})(grad_h_next, grad_c_next, cache)


def leaves_out_brackets(gates: str) -> Callable[..., Gradients]:
    """A backward that subtracts what lies outside the brackets from the gradient itself: grad s - s^2."""

    def change(p: dict[str, Any]) -> dict[str, Any]:
        grad_c = p["from_c"] + p["from_h"]
        above = {k: (p["above_o"] if k == "o" else grad_c) * p[f"factor_{k}"] for k in gates}
        sums = {k: above[k] - p[k] ** 2 if k == "g" else above[k] * p[k] - p[k] ** 2 for k in gates}
        return {f"slope_{k}": sums[k] / above[k] for k in gates}

    return with_parts(change)


for gates, subject in {
    "f": "forget gate",
    "i": "input gate",
    "o": "output gate",
    "g": "candidate",
    "fio": "gates",
}.items():
    slope = "1 - c~^2 has no brackets: grad - c~^2" if gates == "g" else "s - s^2 has no brackets: grad s - s^2"
    STEP_BACKWARD.mistake(
        f"The slope of your {subject}, {slope} is another number than the gradient times the slope.",
        name=f"leaves_out_brackets_of_{subject.replace(' ', '_')}",
    )(leaves_out_brackets(gates))


@STEP_BACKWARD.mistake(
    "On the way from h_next to the cell you square the whole difference; only the tanh of the cell is squared."
)
def squares_whole_difference_on_the_way(grad_h_next, grad_c_next, cache) -> Gradients:
    def change(p: dict[str, Any]) -> dict[str, Any]:
        return {"from_h": p["above_o"] * p["o"] * (1 - np.tanh(p["c_next"])) ** 2}

    return with_parts(change)(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "On the way from h_next to the cell the square is missing: the slope of the tanh is 1 - tanh(c_next)^2."
)
def forgets_square_on_the_way(grad_h_next, grad_c_next, cache) -> Gradients:
    def change(p: dict[str, Any]) -> dict[str, Any]:
        return {"from_h": p["above_o"] * p["o"] * (1 - np.tanh(p["c_next"]))}

    return with_parts(change)(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("You send nothing back to the step before: its h and its c act on the loss through this step.")
def sends_zeros_back(grad_h_next, grad_c_next, cache) -> Gradients:
    grad_x, grad_h, grad_c, *weights = step_gradients(grad_h_next, grad_c_next, cache)
    return grad_x, np.zeros_like(grad_h), np.zeros_like(grad_c), *weights


@STEP_BACKWARD.mistake(
    "You hand on what came in: grad_h and grad_c are what this step makes of grad_h_next and grad_c_next."
)
def hands_on_what_came(grad_h_next, grad_c_next, cache) -> Gradients:
    grad_x, _, _, *weights = step_gradients(grad_h_next, grad_c_next, cache)
    return grad_x, grad_h_next, grad_c_next, *weights


@STEP_BACKWARD.mistake("Your gates have the slope of a tanh; they are logistic functions.")
def takes_tanh_slope_of_gates(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {f"slope_{k}": 1 - p[k] ** 2 for k in "fio"})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your forget gate is credited with the new cell; it multiplies the old one.")
def credits_f_with_new_cell(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"factor_f": p["c_next"]})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your gradient of i lacks its factor: i multiplies the candidate.")
def forgets_factor_of_i(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"factor_i": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your gradient of the candidate lacks its factor: the candidate is multiplied by i.")
def forgets_factor_of_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"factor_g": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("Your output gate is credited with the cell; it multiplies the tanh of the cell.")
def credits_o_with_cell(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"factor_o": p["c_next"]})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("The output gate gets its gradient from the cell; it acts on h_next alone.")
def feeds_o_from_cell(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"above_o": p["from_c"] + p["from_h"]})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("f is missing in grad_c: the old cell was multiplied by it.")
def forgets_f_in_grad_c(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"carry": 1})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "Your grad_c sends back grad_c_next alone: what came through h_next goes on to the old cell as well."
)
def sends_back_grad_c_next_alone(grad_h_next, grad_c_next, cache) -> Gradients:
    right = step_gradients(grad_h_next, grad_c_next, cache)
    return *right[:2], grad_c_next * gates_of(cache[0], cache[1], *cache[3:])[FORGET], *right[3:]


def rearranged(grads: Gradients, *order: int) -> Gradients:
    """The gradients with the blocks of those of W, U and b in another order."""
    return *grads[:3], *(blocks(grad, *order) for grad in grads[3:])


@STEP_BACKWARD.mistake("Your gradients of W, U and b have the blocks of f and i exchanged: the order is f, i, o, c~.")
def exchanges_gradients_of_f_and_i(grad_h_next, grad_c_next, cache) -> Gradients:
    return rearranged(step_gradients(grad_h_next, grad_c_next, cache), INPUT, FORGET, OUTPUT, CANDIDATE)


@STEP_BACKWARD.mistake(
    "Your gradients of W, U and b have the blocks of o and the candidate exchanged: the order is f, i, o, c~."
)
def exchanges_gradients_of_o_and_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return rearranged(step_gradients(grad_h_next, grad_c_next, cache), FORGET, INPUT, CANDIDATE, OUTPUT)


@STEP_BACKWARD.mistake(
    "The bias of each gate gets the gradient of another gate: the blocks of grad_b are in the order f, i, o, c~."
)
def takes_bias_of_other_gate(grad_h_next, grad_c_next, cache) -> Gradients:
    *others, grad_b = step_gradients(grad_h_next, grad_c_next, cache)
    return *others, blocks(grad_b, INPUT, OUTPUT, CANDIDATE, FORGET)


@STEP_BACKWARD.mistake("Your gradients of W, U and b are means over the batch; the loss already divides by N, so sum.")
def averages_over_batch(grad_h_next, grad_c_next, cache) -> Gradients:
    *states, grad_W, grad_U, grad_b = step_gradients(grad_h_next, grad_c_next, cache)
    N = len(grad_h_next)
    return *states, grad_W / N, grad_U / N, grad_b / N


@STEP_BACKWARD.mistake("Your bias gradient is one number for all: sum over the samples only.")
def sums_bias_over_everything(grad_h_next, grad_c_next, cache) -> Gradients:
    *others, grad_b = step_gradients(grad_h_next, grad_c_next, cache)
    return *others, grad_b.sum()


@STEP_BACKWARD.mistake("Your gradient of W is made with h_next; the sums were made with the h that came in.")
def takes_new_state_for_W(grad_h_next, grad_c_next, cache) -> Gradients:
    parts = local_parts(grad_h_next, grad_c_next, cache)
    x, _, c, W, U, b = cache
    h_next = parts["o"] * np.tanh(parts["c_next"])
    right = step_gradients(grad_h_next, grad_c_next, cache)
    return *right[:3], gradients_from(parts, (x, h_next, c, W, U, b))[3], *right[4:]


@STEP_BACKWARD.mistake("Your grad_h uses the blocks of W transposed: what W h gathered goes back by the same weights.")
def transposes_blocks_in_backward(grad_h_next, grad_c_next, cache) -> Gradients:
    x, h, c, W, U, b = cache
    parts = local_parts(grad_h_next, grad_c_next, cache)
    turned = np.concatenate([block.T for block in np.split(W, 4)])
    right = step_gradients(grad_h_next, grad_c_next, cache)
    return right[0], gradients_from(parts, (x, h, c, turned, U, b))[1], *right[2:]


# A whole sequence forward

Run = tuple[np.ndarray, np.ndarray, None]


def run(x, h0, c0, W, U, b, carry_h: bool = True, carry_c: bool = True) -> Run:
    """The steps one after the other; without `carry_h` or `carry_c` every step starts from the first state again."""
    h, c, states = h0, c0, []
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], h if carry_h else h0, c if carry_c else c0, W, U, b)
        states.append(h)
    return np.stack(states, axis=1), c, None


SEQUENCE_VALUES = "sequences of 5 steps, from zeros"
FORWARD = Exercise(
    lstm_forward,
    ("h", "c_last", "cache"),
    (
        Criterion("shapes", 0.5, partial(sequences, T=6, N=2), shapes),
        Criterion("a single step", 0.5, all_of(partial(single_step, started=False), one_sequence)),
        Criterion(SEQUENCE_VALUES, 2, fresh_sequences),
        Criterion("from other first states", 1, sequences),
        Criterion("no argument is changed", 0.5, sequences, arguments, after=SEQUENCE_VALUES),
        Criterion("float32 stays float32", 0.5, partial(sequences, dtype=np.float32), in_single, after=SEQUENCE_VALUES),
    ),
)


@FORWARD.mistake("Your sequence starts from zeros: the first step gets h0.")
def ignores_h0(x, h0, c0, W, U, b) -> Run:
    return run(x, 0 * h0, c0, W, U, b)


@FORWARD.mistake("Your cell starts from zeros: the first step gets c0.")
def ignores_c0(x, h0, c0, W, U, b) -> Run:
    return run(x, h0, 0 * c0, W, U, b)


@FORWARD.mistake("h0 and c0 are exchanged.")
def exchanges_states(x, h0, c0, W, U, b) -> Run:
    return run(x, c0, h0, W, U, b)


@FORWARD.mistake("Every step starts from h0 again: each gets the h of the step before.")
def does_not_carry_h(x, h0, c0, W, U, b) -> Run:
    return run(x, h0, c0, W, U, b, carry_h=False)


@FORWARD.mistake("Every step starts from c0 again: each gets the cell of the step before.")
def does_not_carry_c(x, h0, c0, W, U, b) -> Run:
    return run(x, h0, c0, W, U, b, carry_c=False)


@FORWARD.mistake("Your axes are (T, N, H); the batch comes first: (N, T, H).")
def puts_time_first(x, h0, c0, W, U, b) -> Run:
    h, c, _ = run(x, h0, c0, W, U, b)
    return h.swapaxes(0, 1), c, None


@FORWARD.mistake("You return the last hidden state only; those of all steps are asked for, (N, T, H).")
def returns_last_state_only(x, h0, c0, W, U, b) -> Run:
    h, c, _ = run(x, h0, c0, W, U, b)
    return h[:, -1], c, None


@FORWARD.mistake("Your hidden states begin with h0 and end before the last: entry 0 is the state after the first step.")
def starts_with_h0(x, h0, c0, W, U, b) -> Run:
    h, c, _ = run(x, h0, c0, W, U, b)
    return np.concatenate([h0[:, np.newaxis], h[:, :-1]], axis=1), c, None


@FORWARD.mistake("You return the last hidden state where the last cell state is asked for.")
def returns_h_for_c(x, h0, c0, W, U, b) -> Run:
    h, _, _ = run(x, h0, c0, W, U, b)
    return h, h[:, -1].copy(), None


@FORWARD.mistake("You return the cell states of all steps; only the last one is asked for, (N, H).")
def returns_all_cells(x, h0, c0, W, U, b) -> Run:
    cells, c = [], c0
    h, _, _ = run(x, h0, c0, W, U, b)
    for t in range(x.shape[1]):
        _, c, _ = lstm_step_forward(x[:, t], h[:, t - 1] if t else h0, c, W, U, b)
        cells.append(c)
    return h, np.stack(cells, axis=1), None


@FORWARD.mistake("You read the sequence from its end: the first step gets x[:, 0].")
def reads_backward(x, h0, c0, W, U, b) -> Run:
    return run(x[:, ::-1], h0, c0, W, U, b)


# A whole sequence backward


def remember_sequence(x, h0, c0, W, U, b) -> tuple[np.ndarray, np.ndarray, tuple[Any, ...]]:
    """A forward whose cache is its arguments."""
    return *lstm_forward(x, h0, c0, W, U, b)[:2], (x, h0, c0, W, U, b)


def gradients(grad_h, grad_c_last, cache) -> Gradients:
    """The right gradients, as material for the wrong ones."""
    return lstm_backward(grad_h, grad_c_last, lstm_forward(*cache)[2])


def back_through_time(
    grad_h,
    grad_c_last,
    cache,
    own: Callable[[int, int], float] = lambda t, T: 1.0,
    carry_h: bool = True,
    carry_c: bool = True,
    again: bool = False,
    kept: slice = slice(None),
    forward_in_time: bool = False,
) -> Gradients:
    """The steps backward, with a choice of mistakes; without any of them the gradients are right.

    own(t, T) multiplies the step's own grad_h; without carry_h or carry_c nothing of it is sent to the step before;
    with `again` grad_c_last comes in at every step; `kept` are the steps whose weight gradients count.
    """
    x, h0, c0, W, U, b = cache
    T, h, c, caches = x.shape[1], h0, c0, []
    for t in range(T):
        h, c, step_cache = lstm_step_forward(x[:, t], h, c, W, U, b)
        caches.append(step_cache)
    grad_x, later, grad_c, parts = np.empty_like(x), np.zeros_like(h0), grad_c_last, []
    for t in range(T) if forward_in_time else reversed(range(T)):
        above = own(t, T) * grad_h[:, t] + (later if carry_h else 0)
        grad_x[:, t], later, grad_c, *grads = lstm_step_backward(above, grad_c, caches[t])
        grad_c = grad_c_last + grad_c if again and t else grad_c if carry_c else 0 * grad_c
        parts.append(grads)
    return grad_x, later, grad_c, *(sum(grads) for grads in zip(*parts[kept]))


BACK_VALUES = "gradient of W"
BACKWARD = Exercise(
    lstm_backward,
    ("grad_x", "grad_h0", "grad_c0", "grad_W", "grad_U", "grad_b"),
    (
        Criterion("gradient of x", 1, sequences, values("grad_x")),
        Criterion("gradient of h0", 1, sequences, values("grad_h0")),
        Criterion("gradient of c0", 1, sequences, values("grad_c0")),
        Criterion(BACK_VALUES, 1.5, sequences, values("grad_W")),
        Criterion("gradient of U", 1, sequences, values("grad_U")),
        Criterion("gradient of b", 1, sequences, values("grad_b")),
        Criterion("a single step", 0.5, all_of(single_step, one_sequence)),
        Criterion("no argument is changed", 0.5, sequences, arguments, after=BACK_VALUES),
        Criterion("float32 stays float32", 0.5, partial(sequences, dtype=np.float32), in_single, after=BACK_VALUES),
    ),
    forward=lstm_forward,
    mistakes_forward=remember_sequence,
)


@BACKWARD.mistake("Your weight gradients keep the first step only (= where += is meant): all steps share the weights.")
def overwrites_over_time(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, kept=slice(-1, None))


@BACKWARD.mistake("Your weight gradients come from the last step only: every step adds its part.")
def keeps_last_step_only(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, kept=slice(0, 1))


@BACKWARD.mistake(
    "Only the last step uses its own grad_h; every h_t may act on the loss directly, and by the later steps."
)
def uses_last_grad_h_only(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, own=lambda t, T: float(t == T - 1))


@BACKWARD.mistake("Each step uses its own grad_h alone: what the step after it sends back through h is to be added.")
def does_not_send_back_h(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, carry_h=False)


@BACKWARD.mistake("The gradient of the cell is not sent back from step to step, and that is the way which reaches far.")
def does_not_send_back_c(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, carry_c=False)


@BACKWARD.mistake(
    "Nothing is sent back from step to step: each step has to add what the step after it gives for h and for c."
)
def sends_nothing_back(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, carry_h=False, carry_c=False)


@BACKWARD.mistake("grad_c_last is left out: the way back through the cell starts with it.")
def ignores_grad_c_last(grad_h, grad_c_last, cache) -> Gradients:
    return gradients(grad_h, 0 * grad_c_last, cache)


@BACKWARD.mistake("grad_c_last comes in at every step; it belongs to the last one.")
def adds_grad_c_last_again(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, again=True)


@BACKWARD.mistake("Your backward pass goes forward in time: it starts at the last step.")
def walks_forward_in_time(grad_h, grad_c_last, cache) -> Gradients:
    return back_through_time(grad_h, grad_c_last, cache, forward_in_time=True)


@BACKWARD.mistake("The gradient of h0 is left out: it is what the first step sends back.")
def leaves_out_h0(grad_h, grad_c_last, cache) -> Gradients:
    grad_x, grad_h0, *rest = gradients(grad_h, grad_c_last, cache)
    return grad_x, 0 * grad_h0, *rest


@BACKWARD.mistake("The gradient of c0 is left out: it is what the first step sends back.")
def leaves_out_c0(grad_h, grad_c_last, cache) -> Gradients:
    grad_x, grad_h0, grad_c0, *rest = gradients(grad_h, grad_c_last, cache)
    return grad_x, grad_h0, 0 * grad_c0, *rest


@BACKWARD.mistake("The gradients of h0 and c0 are exchanged.")
def exchanges_first_gradients(grad_h, grad_c_last, cache) -> Gradients:
    grad_x, grad_h0, grad_c0, *rest = gradients(grad_h, grad_c_last, cache)
    return grad_x, grad_c0, grad_h0, *rest


@BACKWARD.mistake("Your grad_x is in the order of the way back; grad_x[:, 0] belongs to x[:, 0].")
def reverses_grad_x(grad_h, grad_c_last, cache) -> Gradients:
    grad_x, *rest = gradients(grad_h, grad_c_last, cache)
    return grad_x[:, ::-1], *rest


@BACKWARD.mistake("Your weight gradients are means over the steps; they are sums.")
def averages_over_time(grad_h, grad_c_last, cache) -> Gradients:
    *states, grad_W, grad_U, grad_b = gradients(grad_h, grad_c_last, cache)
    T = grad_h.shape[1]
    return *states, grad_W / T, grad_U / T, grad_b / T


@BACKWARD.mistake("Your weight gradients are means over the batch; the loss already divides by N, so sum.")
def averages_sequences(grad_h, grad_c_last, cache) -> Gradients:
    *states, grad_W, grad_U, grad_b = gradients(grad_h, grad_c_last, cache)
    N = len(grad_h)
    return *states, grad_W / N, grad_U / N, grad_b / N


# Gates set by hand

SITUATIONS = {
    "write 0, bit 1": (1.0, 0.0),
    "write 0, bit -1": (-1.0, 0.0),
    "write 1, bit 1": (1.0, 1.0),
    "write 1, bit -1": (-1.0, 1.0),
}
Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def sums_in(attempt: Attempt, place: int) -> dict[str, Any]:
    """The sum inside one gate in each situation."""
    W, U, b = (np.asarray(attempt.outputs[name], dtype=float) for name in "WUb")
    if (W.shape, U.shape, b.shape) != ((4, 1), (4, 2), (4,)):
        raise ValueError(f"W, U and b have the shapes {W.shape}, {U.shape} and {b.shape}, not (4, 1), (4, 2) and (4,)")
    name = ("f", "i", "o", "c~")[place]
    return {f"the sum inside {name} at {s}": float(U[place] @ x + b[place]) for s, x in SITUATIONS.items()}


def hidden_weights(attempt: Attempt) -> dict[str, Any]:
    return {"W": np.asarray(attempt.outputs["W"], dtype=float)}


def kept_bit(attempt: Attempt) -> dict[str, Any]:
    """The cell after a bit was written, 100 other bits went by, a second bit was written, and 100 went by again."""
    W, U, b = (np.asarray(attempt.outputs[name], dtype=float) for name in "WUb")
    noise = np.where(np.arange(100) % 3 == 0, 1.0, -1.0)
    bits, write = np.concatenate([[1.0], noise, [-1.0], noise]), np.zeros(202)
    write[[0, 101]] = 1
    x, zero = np.stack([bits, write], axis=1)[np.newaxis], np.zeros((1, 1))
    _, middle, _ = lstm_forward(x[:, :101], zero, zero, W, U, b)
    _, end, _ = lstm_forward(x, zero, zero, W, U, b)
    return {"the cell 100 steps after a 1": float(middle[0, 0]), "100 steps after a -1": float(end[0, 0])}


def edited(strength: float, place: int, U_row: tuple[float, float], bias: float) -> Weights:
    """The right weights but for one gate, in units of the strength."""
    W, U, b = memory_cell_weights(strength)
    U[place], b[place] = np.array(U_row) * strength, bias * strength
    return W, U, b


MEMORY = Exercise(
    memory_cell_weights,
    ("W", "U", "b"),
    (
        Criterion("the forget gate", 1, strengths, partial(sums_in, place=FORGET)),
        Criterion("the input gate", 1, strengths, partial(sums_in, place=INPUT)),
        Criterion("the output gate", 0.5, strengths, partial(sums_in, place=OUTPUT)),
        Criterion("the candidate", 0.5, strengths, partial(sums_in, place=CANDIDATE)),
        Criterion("the gates do not look at h", 0.5, strengths, hidden_weights, after="the forget gate"),
        Criterion("a bit lives through 100 steps", 0.5, strengths, kept_bit, tolerance=1e-6, after="the forget gate"),
    ),
)


@MEMORY.mistake("Your forget gate is always open: a new bit is added to the old one, where it should take its place.")
def never_forgets(strength) -> Weights:
    return edited(strength, FORGET, (0, 0), 1)


@MEMORY.mistake("Your forget gate is closed while nothing is written, so the bit is lost: think what f = 1 does to c.")
def forgets_at_once(strength) -> Weights:
    return edited(strength, FORGET, (0, 2), -1)


@MEMORY.mistake("Your input gate is always open: each bit that goes by is written, told or not.")
def writes_always(strength) -> Weights:
    return edited(strength, INPUT, (0, 0), 1)


@MEMORY.mistake("Your input gate is open when write is 0 and closed when it is 1.")
def writes_when_not_told(strength) -> Weights:
    return edited(strength, INPUT, (0, -2), 1)


@MEMORY.mistake(
    "At write = 0 your gates are half open: a sum of 0 is a gate of one half. What holds a gate shut without input?"
)
def leaves_gates_half_open(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    U[FORGET], b[FORGET], U[INPUT], b[INPUT] = (0, -strength), 0, (0, strength), 0
    return W, U, b


@MEMORY.mistake(
    "Your sums reach twice the strength on one side, or nothing on the other: from write 0 to 1 a sum must cross zero."
)
def turns_gates_half_way(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    U[FORGET], U[INPUT] = (0, -strength), (0, strength)
    return W, U, b


@MEMORY.mistake(
    "Your gates are half open where they should be closed: a sum of 0 is a gate of one half, and -strength closes it."
)
def leaves_closed_gates_at_zero(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    U[FORGET], U[INPUT], b[INPUT] = (0, -strength), (0, strength), 0
    return W, U, b


@MEMORY.mistake("Your output gate is half open: its sum is 0, so h shows half of the cell.")
def leaves_output_half_open(strength) -> Weights:
    return edited(strength, OUTPUT, (0, 0), 0)


@MEMORY.mistake("Your candidate does not look at the bit: its sum is to be the bit times the strength.")
def writes_constant(strength) -> Weights:
    return edited(strength, CANDIDATE, (0, 0), 1)


@MEMORY.mistake("Your candidate looks at the input write; the bit is the first input.")
def takes_write_for_bit(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    return W, U[:, ::-1].copy(), b


@MEMORY.mistake("Your candidate looks at no input: its sum is to be the bit times the strength.")
def candidate_looks_at_nothing(strength) -> Weights:
    return edited(strength, CANDIDATE, (0, 0), 0)


@MEMORY.mistake("Your candidate looks at the input write; the bit is the first input.")
def candidate_takes_write(strength) -> Weights:
    return edited(strength, CANDIDATE, (0, 1), 0)


@MEMORY.mistake("The strength is 1 in your weights, whatever is asked for.")
def ignores_strength(strength) -> Weights:
    return memory_cell_weights(1.0)


@MEMORY.mistake("Your gates look at h: with W different from zero the bit that is kept disturbs its own gates.")
def looks_at_hidden_state(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    return W + 1, U, b


@MEMORY.mistake("All of your sums have the wrong sign: a gate is open where its sum is above zero, and closed below.")
def turns_all_signs(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    return -W, -U, -b


@MEMORY.mistake(
    "Your sums of f and i have the signs of each other: the rows are in the order f, i, o, c~, and a gate is open "
    "where its sum is above zero."
)
def exchanges_rows_of_f_and_i(strength) -> Weights:
    W, U, b = memory_cell_weights(strength)
    return W, U[[INPUT, FORGET, OUTPUT, CANDIDATE]], b[[INPUT, FORGET, OUTPUT, CANDIDATE]]


@STEP_FORWARD.mistake("You take the sigmoid of the cell: h_next is o tanh(c_next).")
def takes_sigmoid_of_cell(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, hidden=lambda o, c_next: o * sigmoid(c_next))


@STEP_BACKWARD.mistake("The slopes of all gates are missing: f, i and o pass back s (1 - s), c~ passes 1 - c~^2.")
def forgets_all_slopes(grad_h_next, grad_c_next, cache) -> Gradients:
    x, h, c, W, U, b = cache
    f, i, o, candidate = gates_of(x, h, W, U, b)
    tanh_c = np.tanh(f * c + i * candidate)
    grad_c = grad_c_next + grad_h_next * o * (1 - tanh_c**2)
    grad_sums = np.hstack([grad_c * c, grad_c * candidate, grad_h_next * tanh_c, grad_c * i])
    return grad_sums @ U, grad_sums @ W, grad_c * f, grad_sums.T @ h, grad_sums.T @ x, grad_sums.sum(axis=0)


@STEP_BACKWARD.mistake("Your gradient of b is the mean over the batch: every example adds its part, so sum.")
def averages_bias(grad_h_next, grad_c_next, cache) -> Gradients:
    *others, grad_b = step_gradients(grad_h_next, grad_c_next, cache)
    return *others, grad_b / len(grad_h_next)


@FORWARD.mistake("You return c0 as the last cell: return the one that the last step made.")
def returns_first_cell(x, h0, c0, W, U, b) -> Run:
    return lstm_forward(x, h0, c0, W, U, b)[0], c0.copy(), None


# More of what real code has


@STEP_FORWARD.mistake("Your candidate has no tanh: it may be any number, and the cell runs away.")
def forgets_tanh_of_candidate(x, h, c, W, U, b) -> Step:
    candidate = sums_of(x, h, W, U, b)[CANDIDATE]
    return step_with(x, h, c, W, U, b, cell=lambda f, i, _: f * c + i * candidate)


@STEP_FORWARD.mistake("You add the input gate to the candidate: a gate multiplies what goes through it.")
def adds_input_gate(x, h, c, W, U, b) -> Step:
    return step_with(x, h, c, W, U, b, cell=lambda f, i, candidate: f * c + i + candidate)


@STEP_FORWARD.mistake("Your blocks are in the order f, c~, i, o; here it is f, i, o, c~.")
def takes_candidate_second(x, h, c, W, U, b) -> Step:
    return reordered(FORGET, OUTPUT, CANDIDATE, INPUT)(x, h, c, W, U, b)


@STEP_FORWARD.mistake(JOINED_OTHERWISE)
def joins_in_other_order(x, h, c, W, U, b) -> Step:
    both, H = np.hstack([x, h]), h.shape[1]
    return step_with(both[:, H:], both[:, :H], c, W, U, b)


@STEP_BACKWARD.mistake("i and the candidate are multiplied by themselves: each is multiplied by the other.")
def exchanges_factors_of_i_and_candidate(grad_h_next, grad_c_next, cache) -> Gradients:
    return with_parts(lambda p: {"factor_i": p["i"], "factor_g": p["g"]})(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake("You take the tanh of tanh(c_next) once more: its slope is 1 minus the square of the first.")
def takes_tanh_of_cell_twice(grad_h_next, grad_c_next, cache) -> Gradients:
    def change(p: dict[str, Any]) -> dict[str, Any]:
        return {"from_h": p["above_o"] * p["o"] * (1 - np.tanh(np.tanh(p["c_next"])) ** 2)}

    return with_parts(change)(grad_h_next, grad_c_next, cache)


@STEP_BACKWARD.mistake(
    "You put the gradients of the four sums together in another order than W, U and b have: f and i are exchanged, and "
    "so each goes back through the other's weights."
)
def stacks_i_before_f(grad_h_next, grad_c_next, cache) -> Gradients:
    x, h, c, W, U, b = cache
    exchanged = [blocks(array, INPUT, FORGET, OUTPUT, CANDIDATE) for array in (W, U)]
    parts = local_parts(grad_h_next, grad_c_next, cache)
    grad_x, grad_h, grad_c, *_ = gradients_from(parts, (x, h, c, *exchanged, b))
    grads = step_gradients(grad_h_next, grad_c_next, cache)[3:]
    return grad_x, grad_h, grad_c, *(blocks(grad, INPUT, FORGET, OUTPUT, CANDIDATE) for grad in grads)


@FORWARD.mistake("You collect the cells: the states h of all steps are asked for, and of the cells the last one.")
def collects_cells(x, h0, c0, W, U, b) -> Run:
    cells = returns_all_cells(x, h0, c0, W, U, b)[1]
    return cells, cells[:, -1].copy(), None


@FORWARD.mistake("Every step starts from c0 again, and c0 is returned: each gets the cell of the step before.")
def keeps_c0(x, h0, c0, W, U, b) -> Run:
    return run(x, h0, c0, W, U, b, carry_c=False)[0], c0.copy(), None


@FORWARD.mistake(SEQUENCES_FOR_STEPS)
def takes_sequences_for_steps(x, h0, c0, W, U, b) -> Run:
    h, c, made = h0, c0, []
    for sequence in x:
        f, i, o, candidate = gates_of(sequence, h, W, U, b)
        c = f * c + i * candidate
        h = o * np.tanh(c)
        made.append(h)
    return np.stack(made), c, None


@BACKWARD.mistake("Every step gets grad_c_last: only the last one does, the others get what the step after sends back.")
def gives_grad_c_last_to_all(grad_h, grad_c_last, cache) -> Gradients:
    x, h0, c0, W, U, b = cache
    grads, later = list(gradients(0 * grad_h, 0 * grad_c_last, cache)), np.zeros_like(h0)
    h, c, steps = h0, c0, []
    for t in range(x.shape[1]):
        h, c, step = lstm_step_forward(x[:, t], h, c, W, U, b)
        steps.append(step)
    for t in reversed(range(x.shape[1])):
        grads[0][:, t], later, _, *own = lstm_step_backward(grad_h[:, t] + later, grad_c_last, steps[t])
        grads[3:] = [total + part for total, part in zip(grads[3:], own)]
    return grads[0], later, grad_c_last, *grads[3:]


@BACKWARD.mistake("Your gradient of h0 is grad_h[:, 0]: it is what the first step sends back.")
def takes_first_grad_for_h0(grad_h, grad_c_last, cache) -> Gradients:
    grad_x, _, *others = gradients(grad_h, grad_c_last, cache)
    return grad_x, grad_h[:, 0], *others


EXERCISES = (STEP_FORWARD, STEP_BACKWARD, FORWARD, BACKWARD, MEMORY)
