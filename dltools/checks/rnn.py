"""Unit 06: what an embedding, an RNN and a language model must do, and the mistakes that are often made."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.common_mistakes import (
    COUNTS_AXES,
    EPSILONS,
    IN_LOGARITHM,
    JOINED_OTHERWISE,
    RESHAPES_WEIGHT,
    SEQUENCES_FOR_STEPS,
)
from dltools.checks.exercise import (
    Attempt,
    Case,
    Criterion,
    Exercise,
    all_of,
    arguments,
    arguments_and_single,
    in_single,
    shapes,
    values,
)
from dltools.nn.activations import sigmoid
from dltools.nn.backpropagation import softmax
from dltools.nn.rnn import (
    embedding_backward,
    embedding_forward,
    language_model_loss,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    softmax_with_temperature,
)

# Cases


def words(rng: Generator, shape: tuple[int, ...] = (3, 4), dtype: type = np.float64) -> Iterator[Case]:
    """A call of embedding_forward with different words: none occurs twice."""
    count = int(np.prod(shape))
    indices = rng.permutation(count + 2)[:count].reshape(shape)
    yield {"indices": indices, "weight": rng.normal(size=(count + 2, 5)).astype(dtype)}


def repeated_words(rng: Generator, shape: tuple[int, ...] = (3, 4)) -> Iterator[Case]:
    """A call of embedding_forward in which each of few words occurs several times."""
    indices = rng.permutation(np.arange(np.prod(shape)) % 4).reshape(shape)
    yield {"indices": indices, "weight": rng.normal(size=(6, 5))}


def steps(rng: Generator, N: int = 3, D: int = 2, H: int = 4, dtype: type = np.float64) -> Iterator[Case]:
    """A call of rnn_step_forward."""
    case = {"x": rng.normal(size=(N, D)), "h": rng.uniform(-1, 1, size=(N, H))} | weights(rng, D, H)
    yield {name: value.astype(dtype) for name, value in case.items()}


def small_step(rng: Generator) -> Iterator[Case]:
    """One number in, one unit, whose sum is not near 0: there tanh and its argument are the same."""
    while True:
        for case in steps(rng, N=1, D=1, H=1):
            if 0.3 < abs(case["x"] * case["U"] + case["h"] * case["W"] + case["b"]).item() < 2:
                yield case
                return


def sequences(
    rng: Generator, T: int = 5, N: int = 3, D: int = 2, H: int = 4, dtype: type = np.float64
) -> Iterator[Case]:
    """A call of rnn_forward, from a state that is not zero."""
    case = {"x": rng.normal(size=(N, T, D)), "h0": rng.uniform(-1, 1, size=(N, H))} | weights(rng, D, H)
    yield {name: value.astype(dtype) for name, value in case.items()}


def weights(rng: Generator, D: int, H: int) -> Case:
    """Weights and biases small enough for tanh not to be flat."""
    return {
        "W": rng.normal(size=(H, H)) / np.sqrt(H),
        "U": rng.normal(size=(H, D)) / np.sqrt(D),
        "b": rng.normal(size=H) / 2,
    }


def predictions(
    rng: Generator, N: int = 3, T: int = 4, H: int = 5, M: int = 6, sure: float = 1, dtype: type = np.float64
) -> Iterator[Case]:
    """A call of language_model_loss; `sure` makes the logits large."""
    yield {
        "h": rng.uniform(-1, 1, size=(N, T, H)).astype(dtype),
        "V": (0.4 * sure * rng.normal(size=(M, H))).astype(dtype),
        "b": (sure * rng.uniform(-0.5, 0.5, size=M)).astype(dtype),
        "targets": rng.integers(M, size=(N, T)),
    }


def logits_and_temperatures(rng: Generator, temperatures: tuple[float, ...] = (0.5, 2.0)) -> Iterator[Case]:
    """Calls of softmax_with_temperature for one word (M,) at each temperature."""
    for temperature in temperatures:
        yield {"logits": 2 * rng.normal(size=6), "temperature": temperature}


def many_logits(rng: Generator) -> Iterator[Case]:
    """Calls of softmax_with_temperature for several words at once."""
    for size in ((3, 5), (1, 4), (2, 3, 4)):
        yield {"logits": 2 * rng.normal(size=size), "temperature": 0.7}


def large_logits(rng: Generator) -> Iterator[Case]:
    """Logits whose exponentials are too large for a number."""
    yield {"logits": 1000 + rng.normal(size=5), "temperature": 0.5}
    yield {"logits": rng.permutation([700.0, 699.0, -700.0, 0.0]), "temperature": 0.1}


def far_steps(rng: Generator) -> Iterator[Case]:
    """One of the samples lies so far away that its sums overflow an exponential."""
    for case in steps(rng):
        case["x"][0] *= 1000
        yield case


single_step = partial(sequences, T=1)


# Embedding

any_shape = all_of(partial(words, shape=(4,)), partial(words, shape=(2, 2, 3)), partial(words, shape=(1, 1)))
repeated_in_any_shape = all_of(partial(repeated_words, shape=(9,)), partial(repeated_words, shape=(2, 2, 3)))
single_words = partial(words, dtype=np.float32)


EMBEDDING_FORWARD = Exercise(
    embedding_forward,
    ("out", "cache"),
    (
        Criterion("sentences", 0.5, words),
        Criterion("indices of any shape", 0.25, any_shape),
        Criterion(
            "no argument is changed, float32 stays float32", 0.25, single_words, arguments_and_single, after="sentences"
        ),
    ),
)


@EMBEDDING_FORWARD.mistake("Your rows and columns are swapped: weight[i] is the vector of word i.")
def takes_columns(indices, weight) -> tuple[np.ndarray, None]:
    return weight.T[indices % weight.shape[1]], None


@EMBEDDING_FORWARD.mistake("You return one-hot vectors; the embedding is what they pick out of the weights.")
def returns_one_hot(indices, weight) -> tuple[np.ndarray, None]:
    return np.eye(len(weight))[indices], None


@EMBEDDING_FORWARD.mistake(
    "weight[:, indices] takes columns: weight[i] is the vector of word i, a row.", raises="out of bounds"
)
def indexes_columns(indices, weight) -> tuple[np.ndarray, None]:
    return weight[:, indices], None


@EMBEDDING_FORWARD.mistake("You run all words into one list: indices (N, T) give vectors (N, T, D).")
def flattens_words(indices, weight) -> tuple[np.ndarray, None]:
    return weight[indices.ravel()], None


@EMBEDDING_FORWARD.mistake(
    "You count on two axes, N and T, for the indices: they may have any number of axes.",
    raises=f"{COUNTS_AXES}|could not broadcast",
)
def wants_two_axes(indices, weight) -> tuple[np.ndarray, None]:
    N, T = indices.shape
    return weight[indices.reshape(N, T)], None


@EMBEDDING_FORWARD.mistake(
    "You go through sentences, and through the words of each: indices may have one axis alone, or three.",
    raises=COUNTS_AXES,
)
def loops_over_sentences(indices, weight) -> tuple[np.ndarray, None]:
    return np.array([[weight[word] for word in sentence] for sentence in indices], weight.dtype), None


@EMBEDDING_FORWARD.mistake("You sum the vectors of a sentence; each word keeps a vector of its own.")
def sums_sentence(indices, weight) -> tuple[np.ndarray, None]:
    return weight[indices].sum(axis=-2), None


def keep_indices(indices: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, tuple[Any, ...]]:
    return weight[indices], (indices, weight)


def embedding_gradient(grad_out: np.ndarray, cache: tuple[Any, ...]) -> np.ndarray:
    return embedding_backward(grad_out, embedding_forward(*cache)[1])


@EMBEDDING_FORWARD.mistake("You take the row before: an index counts from 0, as rows do.")
def counts_from_one(indices, weight) -> tuple[np.ndarray, Any]:
    return weight[indices - 1], None


EMBEDDING_BACKWARD = Exercise(
    embedding_backward,
    ("grad_weight",),
    (
        Criterion("different words", 0.5, words),
        Criterion("words that occur several times", 0.75, repeated_words),
        Criterion("indices of any shape", 0.25, all_of(any_shape, repeated_in_any_shape)),
        Criterion("no argument is changed", 0.25, words, arguments, after="different words"),
        Criterion("float32 stays float32", 0.25, single_words, in_single, after="different words"),
    ),
    forward=embedding_forward,
    mistakes_forward=keep_indices,
)


@EMBEDDING_BACKWARD.mistake(
    "A word that occurs twice keeps one gradient only: NumPy's grad[indices] += ... counts each index once."
)
def loses_repeated_words(grad_out, cache) -> np.ndarray:
    indices, weight = cache
    grad = np.zeros_like(weight)
    grad[indices] += grad_out
    return grad


@EMBEDDING_BACKWARD.mistake("A word that occurs several times gets the mean of its gradients; it gets their sum.")
def averages_repeated_words(grad_out, cache) -> np.ndarray:
    counts = np.bincount(cache[0].ravel(), minlength=len(cache[1]))
    return embedding_gradient(grad_out, cache) / np.maximum(counts, 1)[:, np.newaxis].astype(grad_out.dtype)


@EMBEDDING_BACKWARD.mistake(
    "You return a gradient for each place in the sentence; it is asked for each word of the vocabulary."
)
def returns_gradient_by_place(grad_out, cache) -> np.ndarray:
    return grad_out.reshape(-1, grad_out.shape[-1])


@EMBEDDING_BACKWARD.mistake(
    "Your gradient has the words side by side; it has the shape of the weights, a row for each word."
)
def transposes_embedding_gradient(grad_out, cache) -> np.ndarray:
    return embedding_gradient(grad_out, cache).T


@EMBEDDING_BACKWARD.mistake(
    "You count on two axes, N and T, for the indices: they may have any number of axes.", raises=COUNTS_AXES
)
def wants_two_axes_in_backward(grad_out, cache) -> np.ndarray:
    N, T = cache[0].shape
    return embedding_gradient(grad_out.reshape(N, T, -1), cache)


@EMBEDDING_BACKWARD.mistake(
    "You go through two axes, N and T, of the indices: they may have any number of axes.", raises=COUNTS_AXES
)
def loops_over_two_axes(grad_out, cache) -> np.ndarray:
    indices, weight = cache
    grad = np.zeros_like(weight)
    for n, t in np.ndindex(indices.shape[0], indices.shape[1]):
        grad[indices[n, t]] += grad_out[n, t]
    return grad


@EMBEDDING_BACKWARD.mistake("You multiply by the weights; picking a row out has the derivative 1.")
def multiplies_by_weight(grad_out, cache) -> np.ndarray:
    return embedding_gradient(grad_out, cache) * cache[1]


@EMBEDDING_BACKWARD.mistake("You count how often a word occurs: add up what comes back for it, grad_out.")
def counts_words(grad_out, cache) -> np.ndarray:
    return embedding_gradient(np.ones_like(grad_out), cache)


@EMBEDDING_BACKWARD.mistake("Your gradient is divided by the number of rows: each word adds its part, so sum.")
def averages_rows(grad_out, cache) -> np.ndarray:
    return embedding_gradient(grad_out, cache) / len(grad_out)


# One step forward

Forward = tuple[np.ndarray, None]


STEP = "several sequences, several units"
STEP_FORWARD = Exercise(
    rnn_step_forward,
    ("h_next", "cache"),
    (
        Criterion("one number in, one unit", 1, small_step),
        Criterion(STEP, 1.5, all_of(steps, far_steps)),
        Criterion("no argument is changed", 0.25, steps, arguments, after=STEP),
        Criterion("float32 stays float32", 0.25, partial(steps, dtype=np.float32), in_single, after=STEP),
    ),
)


@STEP_FORWARD.mistake("There is no tanh: without it, many steps are no more than one.")
def forgets_tanh(x, h, W, U, b) -> Forward:
    return h @ W.T + x @ U.T + b, None


@STEP_FORWARD.mistake("Your activation is the sigmoid; this network has tanh, between -1 and 1.")
def uses_sigmoid(x, h, W, U, b) -> Forward:
    return sigmoid(h @ W.T + x @ U.T + b), None


@STEP_FORWARD.mistake(
    "W is square, so h @ W runs, but it sums over the wrong axis: row i of W belongs to unit i of the new state."
)
def forgets_transpose(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W + x @ U.T + b), None


@STEP_FORWARD.mistake(RESHAPES_WEIGHT)
def reshapes_weights(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W + x @ U.reshape(U.shape[::-1]) + b), None


@STEP_FORWARD.mistake("The old state has no effect on your new one: W h is missing.")
def forgets_state(x, h, W, U, b) -> Forward:
    return np.tanh(x @ U.T + b), None


@STEP_FORWARD.mistake("The input has no effect on your new state: U x is missing.")
def forgets_input(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T + b), None


@STEP_FORWARD.mistake("The bias is missing.")
def forgets_bias(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T + x @ U.T), None


@STEP_FORWARD.mistake("The input and the old state are multiplied by each other's matrix: W belongs to h, U to x.")
def exchanges_matrices(x, h, W, U, b) -> Forward:
    return np.tanh(x @ W.T + h @ U.T + b), None


@STEP_FORWARD.mistake("There is one bias in a step, and you add it twice.")
def adds_bias_twice(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T + x @ U.T + 2 * b), None


@STEP_FORWARD.mistake("You take tanh of the two parts and add; the sum comes first, one tanh around all of it.")
def adds_after_tanh(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T) + np.tanh(x @ U.T + b), None


@STEP_FORWARD.mistake("You take the tanh of each part: add the parts up first, then take one tanh.")
def takes_tanh_of_parts(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T) + np.tanh(x @ U.T) + b, None


@STEP_FORWARD.mistake("The bias is outside of the tanh: it belongs into the sum.")
def adds_bias_after(x, h, W, U, b) -> Forward:
    return np.tanh(h @ W.T + x @ U.T) + b, None


@STEP_FORWARD.mistake("There is a ReLU in your step: the activation is tanh.")
def rectifies_state(x, h, W, U, b) -> Forward:
    return np.maximum(h @ W.T + x @ U.T + b, 0), None


@STEP_FORWARD.mistake("You add the old state to the new one: it enters through W alone.")
def adds_old_state(x, h, W, U, b) -> Forward:
    return h + rnn_step_forward(x, h, W, U, b)[0], None


@STEP_FORWARD.mistake(JOINED_OTHERWISE)
def joins_in_other_order(x, h, W, U, b) -> Forward:
    return np.tanh(np.hstack([x, h]) @ np.hstack([W, U]).T + b), None


# One step backward

Gradients = tuple[np.ndarray, ...]


def remember_step(x, h, W, U, b) -> tuple[np.ndarray, tuple[Any, ...]]:
    h_next, _ = rnn_step_forward(x, h, W, U, b)
    return h_next, (x, h, W, U, b, h_next)


def step_gradients(
    grad_h_next: np.ndarray, cache: tuple[Any, ...], slope: Callable[..., Any] = lambda h: 1 - h**2
) -> Gradients:
    """The gradients of a step; `slope` of the new state is the factor of tanh."""
    x, h, W, U, _, h_next = cache
    grad_sum = grad_h_next * slope(h_next)
    return grad_sum @ U, grad_sum @ W, grad_sum.T @ h, grad_sum.T @ x, grad_sum.sum(axis=0)


STEP_BACKWARD = Exercise(
    rnn_step_backward,
    ("grad_x", "grad_h", "grad_W", "grad_U", "grad_b"),
    (
        Criterion("one number in, one unit", 1, small_step),
        Criterion("gradients of x and h", 1, all_of(steps, far_steps), values("grad_x", "grad_h")),
        Criterion("gradients of W and U", 1, steps, values("grad_W", "grad_U")),
        Criterion("gradient of b", 0.5, steps, values("grad_b")),
        Criterion("no argument is changed", 0.25, steps, arguments, after="gradients of x and h"),
        Criterion(
            "float32 stays float32", 0.25, partial(steps, dtype=np.float32), in_single, after="gradients of x and h"
        ),
    ),
    forward=rnn_step_forward,
    mistakes_forward=remember_step,
)


@STEP_BACKWARD.mistake("The derivative of tanh is missing: your gradient passes as if the step were linear.")
def forgets_slope(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, np.ones_like)


@STEP_BACKWARD.mistake("Your slope of tanh lacks the square: in terms of the new state it falls with the square of it.")
def forgets_square(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda h: 1 - h)


@STEP_BACKWARD.mistake(
    "Your slope of tanh takes tanh once more: the cache holds the state behind the tanh, not the sum before it."
)
def takes_tanh_twice(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda h: 1 - np.tanh(h) ** 2)


@STEP_BACKWARD.mistake(
    "Your slope of tanh is taken from the sum before it; in terms of the sum it has another formula."
)
def slope_from_sum(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda h: 1 - np.arctanh(h) ** 2)


@STEP_BACKWARD.mistake("Your slope of tanh is taken at the old state; it belongs to the state that the step made.")
def slope_at_old_state(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda _: 1 - cache[1] ** 2)


@STEP_BACKWARD.mistake("Your slope squares the whole difference, (1 - h)^2; only the state is squared, 1 - h^2.")
def squares_difference(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda h: (1 - h) ** 2)


@STEP_BACKWARD.mistake("Your slope is that of the sigmoid; this step has tanh.")
def slope_of_sigmoid(grad_h_next, cache) -> Gradients:
    return step_gradients(grad_h_next, cache, lambda h: h * (1 - h))


@STEP_BACKWARD.mistake(
    "In grad_h the matrix is the wrong way round: what W's row i sent forward comes back along the same row."
)
def transposes_in_grad_h(grad_h_next, cache) -> Gradients:
    grad_x, _, *others = step_gradients(grad_h_next, cache)
    return grad_x, grad_h_next * (1 - cache[5] ** 2) @ cache[2].T, *others


@STEP_BACKWARD.mistake("Your gradient of W is transposed: its row i belongs to unit i of the new state, as in W.")
def transposes_grad_W(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, grad_W, *others = step_gradients(grad_h_next, cache)
    return grad_x, grad_h, grad_W.T, *others


@STEP_BACKWARD.mistake("Your gradient of W is made from the new state; W met the old one.")
def grad_W_from_new_state(grad_h_next, cache) -> Gradients:
    x, _, *others = cache
    wrong = step_gradients(grad_h_next, (x, cache[5], *others))
    return *step_gradients(grad_h_next, cache)[:2], wrong[2], *step_gradients(grad_h_next, cache)[3:]


@STEP_BACKWARD.mistake("Your bias gradient is the mean over the batch; the loss already divides, so sum.")
def averages_bias(grad_h_next, cache) -> Gradients:
    *others, grad_b = step_gradients(grad_h_next, cache)
    return *others, grad_b / len(grad_h_next)


@STEP_BACKWARD.mistake("Your bias gradient still has a row for each sequence: a bias is shared by all of the batch.")
def keeps_batch_in_bias(grad_h_next, cache) -> Gradients:
    return *step_gradients(grad_h_next, cache)[:4], grad_h_next * (1 - cache[5] ** 2)


@STEP_BACKWARD.mistake("Your weight gradients are means over the batch; the loss already divides, so sum.")
def averages_weights(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, grad_W, grad_U, grad_b = step_gradients(grad_h_next, cache)
    return grad_x, grad_h, grad_W / len(grad_x), grad_U / len(grad_x), grad_b


@STEP_BACKWARD.mistake("Your first two gradients are exchanged: return grad_x, grad_h, grad_W, grad_U, grad_b.")
def exchanges_x_and_h(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, *others = step_gradients(grad_h_next, cache)
    return grad_h, grad_x, *others


@STEP_BACKWARD.mistake("The gradients of W and U are exchanged: return grad_x, grad_h, grad_W, grad_U, grad_b.")
def exchanges_W_and_U(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, grad_W, grad_U, grad_b = step_gradients(grad_h_next, cache)
    return grad_x, grad_h, grad_U, grad_W, grad_b


@STEP_BACKWARD.mistake("Your gradients of W and U are transposed: each has the shape of its weights.")
def transposes_both_weights(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, grad_W, grad_U, grad_b = step_gradients(grad_h_next, cache)
    return grad_x, grad_h, grad_W.T, grad_U.T, grad_b


# Through time, forward


def states(x, h0, W, U, b) -> np.ndarray:
    """The right states (N, T, H), as material for the wrong ones."""
    return rnn_forward(x, h0, W, U, b)[0]


TIME = "several sequences"
RNN_FORWARD = Exercise(
    rnn_forward,
    ("h", "cache"),
    (
        Criterion("a single step", 0.5, single_step),
        Criterion(TIME, 2, sequences),
        Criterion("shape of the states", 0.5, sequences, shapes),
        Criterion("a long sequence", 0.5, partial(sequences, T=30, N=1)),
        Criterion("no argument is changed", 0.25, sequences, arguments, after=TIME),
        Criterion("float32 stays float32", 0.25, partial(sequences, dtype=np.float32), in_single, after=TIME),
    ),
)


def over_time(step: Callable[..., np.ndarray], x: np.ndarray, h0: np.ndarray) -> np.ndarray:
    """The states (N, T, H) that step(x[:, t], h) makes, one from the other."""
    h, made = h0, []
    for t in range(x.shape[1]):
        h = step(x[:, t], h)
        made.append(h)
    return np.stack(made, axis=1)


@RNN_FORWARD.mistake("Each of your steps begins with h0: it must begin with the state that the step before it made.")
def forgets_to_carry(x, h0, W, U, b) -> Forward:
    return np.stack([rnn_step_forward(x[:, t], h0, W, U, b)[0] for t in range(x.shape[1])], axis=1), None


@RNN_FORWARD.mistake(
    "Your step is given the state of two steps before: h[:, t - 1], taken after step t, is the state that step t began "
    "with. Hand on h[:, t]."
)
def hands_on_old_state(x, h0, W, U, b) -> Forward:
    h, state = np.zeros((*x.shape[:2], len(b)), x.dtype), h0
    for t in range(x.shape[1]):
        h[:, t] = rnn_step_forward(x[:, t], state, W, U, b)[0]
        state = h[:, t - 1]
    return h, None


@RNN_FORWARD.mistake("Your first step begins with zeros: it begins with h0.")
def ignores_h0(x, h0, W, U, b) -> Forward:
    return states(x, 0 * h0, W, U, b), None


@RNN_FORWARD.mistake("You return the last state only: the states of all steps are asked for.")
def returns_last_state(x, h0, W, U, b) -> Forward:
    return states(x, h0, W, U, b)[:, -1], None


@RNN_FORWARD.mistake("You return h0 among the states: T inputs make T new states.")
def returns_h0_too(x, h0, W, U, b) -> Forward:
    return np.concatenate([h0[:, np.newaxis], states(x, h0, W, U, b)], axis=1), None


@RNN_FORWARD.mistake("You store the state before each step; the state after it is asked for.")
def stores_old_states(x, h0, W, U, b) -> Forward:
    return np.concatenate([h0[:, np.newaxis], states(x, h0, W, U, b)], axis=1)[:, :-1], None


@RNN_FORWARD.mistake("You leave out b: it is added in every step.")
def leaves_out_bias_in_every_step(x, h0, W, U, b) -> Forward:
    return states(x, h0, W, U, 0 * b), None


@RNN_FORWARD.mistake("You take the sigmoid for the states; they are made by tanh.")
def squashes_states_by_sigmoid(x, h0, W, U, b) -> Forward:
    return over_time(lambda x_t, h: sigmoid(h @ W.T + x_t @ U.T + b), x, h0), None


@RNN_FORWARD.mistake("Your time comes first: the axes are (N, T, H), batch first.")
def returns_time_first(x, h0, W, U, b) -> Forward:
    return states(x, h0, W, U, b).swapaxes(0, 1), None


@RNN_FORWARD.mistake("You read the sequence from its end to its beginning.")
def reads_backwards(x, h0, W, U, b) -> Forward:
    return states(x[:, ::-1], h0, W, U, b), None


@RNN_FORWARD.mistake("You take the sequences of the batch for the steps: time is the second axis of x.")
def steps_over_batch(x, h0, W, U, b) -> Forward:
    N, T, _ = x.shape
    return states(x.reshape(T, N, -1).swapaxes(0, 1), h0, W, U, b), None


@RNN_FORWARD.mistake(
    "All of your steps have the same state, the last one: is the array that you store changed afterwards?"
)
def repeats_last_state(x, h0, W, U, b) -> Forward:
    h = states(x, h0, W, U, b)
    return np.repeat(h[:, -1:], h.shape[1], axis=1), None


@RNN_FORWARD.mistake(
    "W is square, so h @ W runs, but it sums over the wrong axis: row i of W belongs to unit i of the new state."
)
def forgets_transpose_in_time(x, h0, W, U, b) -> Forward:
    return states(x, h0, W.T, U, b), None


# Through time, backward


def remember_time(x, h0, W, U, b) -> tuple[np.ndarray, tuple[Any, ...]]:
    return states(x, h0, W, U, b), (x, h0, W, U, b)


def time_gradients(grad_h: np.ndarray, cache: tuple[Any, ...]) -> Gradients:
    """The right gradients, as material for the wrong ones."""
    return rnn_backward(grad_h, rnn_forward(*cache)[1])


def walk(
    grad_h: np.ndarray,
    cache: tuple[Any, ...],
    carry: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda later, own: later + own,
    forward: bool = False,
) -> tuple[list[Gradients], np.ndarray]:
    """The gradients of every single step, and what is left for h0; `carry` and `forward` make them wrong."""
    x, h0, W, U, b = cache
    before = np.concatenate([h0[:, np.newaxis], states(*cache)[:, :-1]], axis=1)
    later, parts = np.zeros_like(h0), []
    for t in range(x.shape[1]) if forward else reversed(range(x.shape[1])):
        _, kept = remember_step(x[:, t], before[:, t], W, U, b)
        parts.append(step_gradients(carry(later, grad_h[:, t]), kept))
        later = parts[-1][1]
    return parts if forward else parts[::-1], later


def collected(parts: Sequence[Gradients], grad_h0: np.ndarray) -> Gradients:
    """Sum the gradients of the weights over the steps."""
    grad_x = np.stack([part[0] for part in parts], axis=1)
    return grad_x, grad_h0, *(np.sum([part[i] for part in parts], axis=0) for i in (2, 3, 4))


def back_in_time(
    grad_h: np.ndarray,
    cache: tuple[Any, ...],
    sums: Callable[..., np.ndarray] = lambda own, later, slope: (own + later) * slope,
    back: Callable[..., np.ndarray] = lambda grad_sum, W: grad_sum @ W,
    before: np.ndarray | None = None,
) -> Gradients:
    """The gradients written out, with a choice of mistakes.

    sums(own, later, slope) makes the gradient of a step's sums, back(grad_sum, W) sends it to the state before, and
    `before` (N, T, H) are the states that the steps began with.
    """
    x, h0, W, U, _ = cache
    h = states(*cache)
    before = np.concatenate([h0[:, np.newaxis], h[:, :-1]], axis=1) if before is None else before
    later, parts = np.zeros_like(h0), []
    for t in reversed(range(x.shape[1])):
        grad_sum = sums(grad_h[:, t], later, 1 - h[:, t] ** 2)
        later = back(grad_sum, W)
        parts.append((grad_sum @ U, later, grad_sum.T @ before[:, t], grad_sum.T @ x[:, t], grad_sum.sum(axis=0)))
    return collected(parts[::-1], later)


BACK = "gradients of W and U"
RNN_BACKWARD = Exercise(
    rnn_backward,
    ("grad_x", "grad_h0", "grad_W", "grad_U", "grad_b"),
    (
        Criterion("a single step", 0.5, single_step),
        Criterion("gradient of x", 1.5, sequences, values("grad_x")),
        Criterion("gradient of h0", 1, sequences, values("grad_h0")),
        Criterion(BACK, 2, sequences, values("grad_W", "grad_U")),
        Criterion("gradient of b", 1, sequences, values("grad_b")),
        Criterion("a long sequence", 0.5, partial(sequences, T=30, N=1)),
        Criterion("no argument is changed", 0.25, sequences, arguments, after=BACK),
        Criterion("float32 stays float32", 0.25, partial(sequences, dtype=np.float32), in_single, after=BACK),
    ),
    forward=rnn_forward,
    mistakes_forward=remember_time,
)


@RNN_BACKWARD.mistake(
    "Your weight gradients keep one step only, the first (= where += is meant): all steps share the weights."
)
def keeps_first_step(grad_h, cache) -> Gradients:
    parts, grad_h0 = walk(grad_h, cache)
    return *collected(parts, grad_h0)[:2], *parts[0][2:]


@RNN_BACKWARD.mistake(
    "Your weight gradients keep one step only, the last: all steps share the weights, and their parts add."
)
def keeps_last_step(grad_h, cache) -> Gradients:
    parts, grad_h0 = walk(grad_h, cache)
    return *collected(parts, grad_h0)[:2], *parts[-1][2:]


@RNN_BACKWARD.mistake("Your weight gradients are means over the steps: the parts of all steps add.")
def averages_steps(grad_h, cache) -> Gradients:
    grad_x, grad_h0, *grads = time_gradients(grad_h, cache)
    return grad_x, grad_h0, *(grad / grad_h.shape[1] for grad in grads)


@RNN_BACKWARD.mistake(
    "What later steps send back is lost: a state has an effect on its own output and on all later states."
)
def forgets_later_steps(grad_h, cache) -> Gradients:
    return collected(*walk(grad_h, cache, lambda later, own: own))


@RNN_BACKWARD.mistake(
    "Only the last step's own gradient enters: at every step, grad_h[:, t] joins what comes from later."
)
def forgets_own_gradients(grad_h, cache) -> Gradients:
    last = np.zeros_like(grad_h)
    last[:, -1] = grad_h[:, -1]
    return time_gradients(last, cache)


@RNN_BACKWARD.mistake(
    "Your loop runs forward in time: a state must know what came back from later before it passes it on."
)
def walks_forward(grad_h, cache) -> Gradients:
    return collected(*walk(grad_h, cache, forward=True))


@RNN_BACKWARD.mistake("grad_h0 is zero in your answer: h0 has an effect on the first state, and so on all of them.")
def forgets_h0_gradient(grad_h, cache) -> Gradients:
    grad_x, grad_h0, *grads = time_gradients(grad_h, cache)
    return grad_x, 0 * grad_h0, *grads


@RNN_BACKWARD.mistake(
    "Your grad_h0 is the gradient of the first state; it still has to go back through the first step."
)
def stops_before_h0(grad_h, cache) -> Gradients:
    x, _, W, U, b = cache
    grad_x, _, *grads = time_gradients(grad_h, cache)
    if x.shape[1] == 1:
        return grad_x, grad_h[:, 0], *grads
    later = time_gradients(grad_h[:, 1:], (x[:, 1:], states(*cache)[:, 0], W, U, b))
    return grad_x, grad_h[:, 0] + later[1], *grads


@RNN_BACKWARD.mistake("Your loop ends before the first step: range(T - 1, -1, -1) goes down to step 0.")
def leaves_out_first_step(grad_h, cache) -> Gradients:
    x, h0, W, U, b = cache
    if x.shape[1] == 1:
        return tuple(np.zeros_like(array) for array in (x, h0, W, U, b))
    grad_x, *grads = time_gradients(grad_h[:, 1:], (x[:, 1:], states(*cache)[:, 0], W, U, b))
    return np.concatenate([np.zeros_like(x[:, :1]), grad_x], axis=1), *grads


@RNN_BACKWARD.mistake("Your grad_x is in the order in which you walked back: put it in the order of time.")
def reverses_grad_x(grad_h, cache) -> Gradients:
    grad_x, *others = time_gradients(grad_h, cache)
    return grad_x[:, ::-1], *others


@RNN_BACKWARD.mistake("Your gradient of W is made from the state after each step; W met the state before it.")
def uses_new_states(grad_h, cache) -> Gradients:
    x, h0, W, U, b = cache
    right, h = time_gradients(grad_h, cache), states(*cache)
    after_as_before = (np.concatenate([x, h], axis=2), h0, W, np.concatenate([U, 0 * W], axis=1), b)
    grad_W = time_gradients(grad_h, after_as_before)[3][:, x.shape[2] :]  # of weights 0 on the new states
    return *right[:2], grad_W, *right[3:]


@RNN_BACKWARD.mistake("The derivative of tanh is missing: your gradient passes every step as if it were linear.")
def forgets_slopes(grad_h, cache) -> Gradients:
    return back_in_time(grad_h, cache, sums=lambda own, later, slope: own + later)


# The language model


Loss = tuple[Any, np.ndarray, np.ndarray, np.ndarray]


def scaled(loss: Loss, factor: float, of_loss: float | None = None) -> Loss:
    value, grad_V, grad_b, grad_h = loss
    return value * (factor if of_loss is None else of_loss), grad_V * factor, grad_b * factor, grad_h * factor


LOSS = "loss"
LANGUAGE_MODEL = Exercise(
    language_model_loss,
    ("loss", "grad_h", "grad_V", "grad_b"),
    epsilon=1e-6,
    epsilon_says=IN_LOGARITHM,
    criteria=(
        Criterion(LOSS, 1, all_of(predictions, partial(predictions, N=1, T=3)), values("loss")),
        Criterion("gradient of the states", 1, predictions, values("grad_h")),
        Criterion("gradients of V and b", 1, predictions, values("grad_V", "grad_b")),
        Criterion("sure, and wrong", 0.5, partial(predictions, sure=2500)),
        Criterion("no argument is changed", 0.25, predictions, arguments, after=LOSS),
        Criterion("float32 stays float32", 0.25, partial(predictions, dtype=np.float32), in_single, after=LOSS),
    ),
)


@LANGUAGE_MODEL.mistake(
    "You divide by the number of sequences only: the loss is the mean over all words of all of them."
)
def averages_batch_only(h, V, b, targets) -> Loss:
    return scaled(language_model_loss(h, V, b, targets), h.shape[1])


@LANGUAGE_MODEL.mistake("You return the sum over all words: the loss is their mean.")
def sums_words(h, V, b, targets) -> Loss:
    return scaled(language_model_loss(h, V, b, targets), targets.size)


@LANGUAGE_MODEL.mistake("The loss is a mean, but your gradients are those of the sum.")
def forgets_mean_in_gradient(h, V, b, targets) -> Loss:
    return scaled(language_model_loss(h, V, b, targets), targets.size, of_loss=1)


@LANGUAGE_MODEL.mistake("Only the last step has a loss in your answer: the model predicts a word at every step.")
def looks_at_last_step(h, V, b, targets) -> Loss:
    loss, grad_last, grad_V, grad_b = language_model_loss(h[:, -1:].copy(), V, b, targets[:, -1:])
    grad_h = np.zeros_like(h)
    grad_h[:, -1:] = grad_last
    return loss, grad_h, grad_V, grad_b


@LANGUAGE_MODEL.mistake("You shift the targets yourself: targets[:, t] is already the word to predict at step t.")
def shifts_targets(h, V, b, targets) -> Loss:
    return language_model_loss(h, V, b, np.roll(targets, -1, axis=1))


@LANGUAGE_MODEL.mistake("Your gradient of the logits is the softmax alone: where the right word is, 1 is taken off.")
def forgets_to_subtract(h, V, b, targets) -> Loss:
    N, T, H = h.shape
    loss, *_ = language_model_loss(h, V, b, targets)
    grad = (softmax(h @ V.T + b) / targets.size).reshape(N * T, -1)
    return loss, (grad @ V).reshape(h.shape), grad.T @ h.reshape(N * T, H), grad.sum(axis=0)


@LANGUAGE_MODEL.mistake("The bias is missing in your logits.")
def forgets_output_bias(h, V, b, targets) -> Loss:
    return language_model_loss(h, V, 0 * b, targets)


@LANGUAGE_MODEL.mistake(
    "Your softmax normalizes over the steps: the probabilities of all words at one step add up to 1."
)
def normalizes_over_time(h, V, b, targets) -> Loss:
    logits = h @ V.T + b
    p = softmax(logits.swapaxes(1, 2)).swapaxes(1, 2)
    hit = np.eye(len(V))[targets]
    grad = (p - hit) / targets.size
    flat = grad.reshape(-1, len(V))
    loss = -np.sum(hit * np.log(p)) / targets.size
    return loss, grad @ V, flat.T @ h.reshape(-1, h.shape[2]), flat.sum(axis=0)


for epsilon in (0.0, *EPSILONS):

    @LANGUAGE_MODEL.mistake(
        "When the model is sure of a wrong word your loss is infinite or cut off: use cross_entropy, which is stable.",
        name=f"takes_log_plus_{epsilon:g}" if epsilon else "takes_log_of_softmax",
    )
    def takes_log_of_softmax(h, V, b, targets, epsilon=epsilon) -> Loss:
        _, grad_h, grad_V, grad_b = language_model_loss(h, V, b, targets)
        p = np.take_along_axis(softmax(h @ V.T + b), targets[..., np.newaxis], axis=-1)
        return -np.mean(np.log(p + epsilon)), grad_h, grad_V, grad_b


@LANGUAGE_MODEL.mistake("Your gradient of b is a mean over the words: each adds its part, so sum.")
def averages_output_bias(h, V, b, targets) -> Loss:
    *others, grad_b = language_model_loss(h, V, b, targets)
    return *others, grad_b / targets.size


@LANGUAGE_MODEL.mistake("This is the perplexity, e to the loss: the loss itself is asked for.")
def returns_perplexity(h, V, b, targets) -> Loss:
    loss, *gradients = language_model_loss(h, V, b, targets)
    return np.exp(loss), *gradients


# Temperature


def sums_to_one(attempt: Attempt) -> dict[str, Any]:
    """Look at the probabilities, and at their sum."""
    p = np.asarray(attempt.outputs["probabilities"])
    return {"probabilities": attempt.outputs["probabilities"], "sum of the probabilities": p.sum(axis=-1)}


TWO_TEMPERATURES = "one distribution, two temperatures"
TEMPERATURE = Exercise(
    softmax_with_temperature,
    ("probabilities",),
    epsilon=1e-6,
    epsilon_says="Accepted: a small number against a division by zero moves your probabilities by less than one in a "
    "million. None is needed: the temperature is above 0, and the sum is at least exp(0) = 1, of the largest logit "
    "less itself.",
    criteria=(
        Criterion(TWO_TEMPERATURES, 0.75, logits_and_temperatures, sums_to_one),
        Criterion("several at once", 0.5, many_logits, sums_to_one),
        Criterion("large logits", 0.5, large_logits, sums_to_one),
        Criterion("logits are not changed", 0.25, many_logits, arguments, after=TWO_TEMPERATURES),
    ),
)


@TEMPERATURE.mistake(
    "You take the logarithm first, as one does with probabilities: what comes in are logits, which may be negative."
)
def takes_logarithm_of_logits(logits, temperature) -> np.ndarray:
    powers = np.exp(np.log(logits) / temperature)
    return powers / powers.sum()


@TEMPERATURE.mistake("You multiply by the temperature: heat makes differences smaller, so it divides.")
def multiplies_by_temperature(logits, temperature) -> np.ndarray:
    return softmax(logits * temperature)


@TEMPERATURE.mistake(
    "The temperature has no effect: it divides the logits, before the exponential. Behind it, it would cancel."
)
def ignores_temperature(logits, temperature) -> np.ndarray:
    return softmax(logits)


@TEMPERATURE.mistake(
    "You divide the probabilities by the temperature, and they do not add up to 1: it belongs to the logits."
)
def divides_probabilities(logits, temperature) -> np.ndarray:
    return softmax(logits) / temperature


@TEMPERATURE.mistake("You take the softmax twice: the temperature divides the logits, then there is one softmax.")
def takes_softmax_twice(logits, temperature) -> np.ndarray:
    return softmax(softmax(logits) / temperature)


@TEMPERATURE.mistake(
    "Your exponentials overflow: a number taken off all logits of a word alike does not change the softmax."
)
def overflows(logits, temperature) -> np.ndarray:
    exponentials = np.exp(logits / temperature)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@TEMPERATURE.mistake("Your probabilities add up to 1 over everything: each row of logits is a distribution of its own.")
def normalizes_everything(logits, temperature) -> np.ndarray:
    return softmax(logits.ravel() / temperature).reshape(logits.shape)


@TEMPERATURE.mistake("You return logits over temperature: the softmax is missing.")
def forgets_softmax(logits, temperature) -> np.ndarray:
    return logits / temperature


@TEMPERATURE.mistake("Your softmax runs down the words: each word's logits stand in the last axis.")
def normalizes_first_axis(logits, temperature) -> np.ndarray:
    return softmax_with_temperature(logits.T, temperature).T


@TEMPERATURE.mistake("A power of the probabilities is right, but they must be divided by their sum once more.")
def forgets_to_normalize_again(logits, temperature) -> np.ndarray:
    return softmax_with_temperature(logits, 1.0) ** (1 / temperature)


@TEMPERATURE.mistake("You return the logarithms: the probabilities themselves are asked for.")
def returns_logarithms(logits, temperature) -> np.ndarray:
    return np.log(softmax_with_temperature(logits, temperature))


# More of what real code has


@EMBEDDING_BACKWARD.mistake("You add the gradients to the weight itself: begin with zeros of its shape.")
def begins_with_weight(grad_out, cache) -> np.ndarray:
    indices, weight = cache
    grad = weight.copy()
    np.add.at(grad, indices, grad_out)
    return grad


@EMBEDDING_BACKWARD.mistake(
    "A word that comes twice in one row of indices counts once there: `grad[row] += ...` adds once for each different "
    "index. np.add.at adds for every place."
)
def counts_once_in_a_row(grad_out, cache) -> np.ndarray:
    indices, weight = cache
    grad = np.zeros_like(weight)
    for row, gradients in zip(indices, grad_out):
        grad[row] += gradients
    return grad


@STEP_BACKWARD.mistake("Your gradient of b leaves out tanh: it adds up over the batch what reaches the sum inside.")
def bias_before_slope(grad_h_next, cache) -> Gradients:
    return *step_gradients(grad_h_next, cache)[:4], grad_h_next.sum(axis=0)


@STEP_BACKWARD.mistake("grad_h_next itself is not the gradient of h: h went through W and tanh on its way.")
def passes_gradient_to_h(grad_h_next, cache) -> Gradients:
    grad_x, _, *others = step_gradients(grad_h_next, cache)
    return grad_x, grad_h_next, *others


@STEP_BACKWARD.mistake("You add grad_h_next to the gradient of h: there is no way past W and tanh in this network.")
def adds_gradient_to_h(grad_h_next, cache) -> Gradients:
    grad_x, grad_h, *others = step_gradients(grad_h_next, cache)
    return grad_x, grad_h + grad_h_next, *others


@RNN_FORWARD.mistake(
    "Your list of states has the axes (T, N, H), and reshape does not exchange them: np.stack(states, axis=1) does."
)
def reshapes_time(x, h0, W, U, b) -> Forward:
    h = states(x, h0, W, U, b)
    return h.swapaxes(0, 1).reshape(h.shape), None


@RNN_FORWARD.mistake("Every step reads the first input: step t reads x[:, t].")
def reads_first_input(x, h0, W, U, b) -> Forward:
    return states(np.repeat(x[:, :1], x.shape[1], axis=1), h0, W, U, b), None


@RNN_FORWARD.mistake(SEQUENCES_FOR_STEPS)
def takes_sequences_for_steps(x, h0, W, U, b) -> Forward:
    h = over_time(lambda sequence, h: np.tanh(h @ W.T + sequence @ U.T + b), np.swapaxes(x, 0, 1), h0)
    return np.swapaxes(h, 0, 1), None


@RNN_FORWARD.mistake(JOINED_OTHERWISE)
def joins_in_other_order_in_time(x, h0, W, U, b) -> Forward:
    return over_time(lambda x_t, h: joins_in_other_order(x_t, h, W, U, b)[0], x, h0), None


@RNN_BACKWARD.mistake("Your gradient of W keeps one step only (= where += is meant): all steps share it.")
def keeps_first_grad_W(grad_h, cache) -> Gradients:
    right = time_gradients(grad_h, cache)
    return *right[:2], walk(grad_h, cache)[0][0][2], *right[3:]


@RNN_BACKWARD.mistake("Your gradient of b keeps one step only (= where += is meant): all steps share it.")
def keeps_first_grad_b(grad_h, cache) -> Gradients:
    return *time_gradients(grad_h, cache)[:4], walk(grad_h, cache)[0][0][4]


@RNN_BACKWARD.mistake(
    "What comes from later is added up over all steps: a step sends back what reached it, and that has the rest in it."
)
def adds_up_what_comes_from_later(grad_h, cache) -> Gradients:
    total = np.zeros_like(cache[1])

    def carry(later: np.ndarray, own: np.ndarray) -> np.ndarray:
        nonlocal total
        total = total + later
        return total + own

    parts, last = walk(grad_h, cache, carry)
    return collected(parts, total + last)


@RNN_BACKWARD.mistake("Your grad_h0 is grad_h[:, 0]: it is what the first step sends back.")
def takes_first_grad_for_h0(grad_h, cache) -> Gradients:
    grad_x, _, *others = time_gradients(grad_h, cache)
    return grad_x, grad_h[:, 0], *others


@RNN_BACKWARD.mistake("h[:, t - 1] is the last state where t is 0: before the first step there is h0.")
def takes_last_state_for_h0(grad_h, cache) -> Gradients:
    return back_in_time(grad_h, cache, before=np.roll(states(*cache), 1, axis=1))


@RNN_BACKWARD.mistake(
    "What comes from later is added behind the slope of the tanh: it reaches the state, as grad_h[:, t] does, and goes "
    "through the slope with it."
)
def adds_later_behind_slope(grad_h, cache) -> Gradients:
    return back_in_time(grad_h, cache, sums=lambda own, later, slope: own * slope + later)


@RNN_BACKWARD.mistake(
    "On the way to the state before, W stands the wrong way round: what its row i sent forward comes back along row i."
)
def transposes_W_in_time(grad_h, cache) -> Gradients:
    return back_in_time(grad_h, cache, back=lambda grad_sum, W: grad_sum @ W.T)


@LANGUAGE_MODEL.mistake("Your gradients are divided by the batch only: the mean of the loss is over all N * T words.")
def averages_gradients_over_batch(h, V, b, targets) -> Any:
    loss, *grads = language_model_loss(h, V, b, targets)
    return loss, *(grad * targets.shape[1] for grad in grads)


EXERCISES = (
    EMBEDDING_FORWARD,
    EMBEDDING_BACKWARD,
    STEP_FORWARD,
    STEP_BACKWARD,
    RNN_FORWARD,
    RNN_BACKWARD,
    LANGUAGE_MODEL,
    TEMPERATURE,
)
