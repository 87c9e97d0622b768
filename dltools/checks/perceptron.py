"""Unit 01: what a right neuron, linear layer, loss and gradient step must do, and the mistakes that are often made."""

from collections.abc import Callable, Iterator
from functools import partial
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
from dltools.nn.perceptron import (
    binary_cross_entropy,
    gradient_descent_step,
    linear_backward,
    linear_forward,
    mse_loss,
    neuron,
    xor_weights,
)

Activation = Callable[[np.ndarray], np.ndarray]
Layer = tuple[np.ndarray, Any]
Gradients = tuple[Any, Any, Any]
Loss = tuple[Any, Any]


# One neuron


def identity(z: np.ndarray) -> np.ndarray:
    return z


def step(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, 1.0, 0.0)


def neurons(
    rng: Generator,
    activations: tuple[Activation, ...] = (sigmoid, np.tanh),
    sizes: tuple[int, ...] = (4,),
) -> Iterator[Case]:
    """A call of neuron for each activation; inputs of shape `sizes`."""
    for activation in activations:
        inputs, weights = rng.normal(size=sizes), rng.normal(size=sizes[-1])
        yield {"inputs": inputs, "weights": weights, "activation": activation}


linear = partial(neurons, activations=(identity,))
one_number = partial(neurons, activations=(sigmoid, step))
batches = partial(neurons, activations=(identity, sigmoid), sizes=(3, 4))
batch_of_one = partial(neurons, sizes=(1, 4))
squares = partial(neurons, sizes=(4, 4))


BATCH = "a batch of examples"
NEURON = Exercise(
    neuron,
    ("out",),
    (
        Criterion("identity: a weighted sum", 0.75, linear),
        Criterion("with an activation", 1, one_number),
        Criterion(BATCH, 0.5, all_of(batches, batch_of_one)),
        Criterion("as many examples as inputs", 0.5, squares),
        Criterion("no argument is changed", 0.25, batches, arguments, after=BATCH),
    ),
)


@NEURON.mistake("The activation is missing: the neuron's output is f of the sum, not the sum.")
def leaves_out_activation(inputs, weights, activation) -> np.ndarray:
    return inputs @ weights


@NEURON.mistake("The activation comes before the sum: first add up the products, then apply f once.")
def activates_before_sum(inputs, weights, activation) -> np.ndarray:
    return activation(inputs * weights).sum(axis=-1)


@NEURON.mistake("You apply the activation to the inputs: f belongs to the sum.")
def activates_inputs(inputs, weights, activation) -> np.ndarray:
    return activation(inputs) @ weights


@NEURON.mistake("The activation is applied twice.")
def activates_twice(inputs, weights, activation) -> np.ndarray:
    return activation(activation(inputs @ weights))


@NEURON.mistake("The products are not added up: a neuron has one output for each example.")
def leaves_out_sum(inputs, weights, activation) -> np.ndarray:
    return activation(inputs * weights)


@NEURON.mistake("You take the mean of the products: a neuron takes their sum.")
def averages_products(inputs, weights, activation) -> np.ndarray:
    return activation((inputs * weights).mean(axis=-1))


@NEURON.mistake("In a batch you add up over the examples: add up over the inputs of each example, the last axis.")
def sums_over_batch(inputs, weights, activation) -> np.ndarray:
    return activation((inputs * weights).sum(axis=0))


@NEURON.mistake("In a batch you add up everything: each example has an output of its own.")
def sums_over_everything(inputs, weights, activation) -> np.ndarray:
    return activation((inputs * weights).sum())


@NEURON.mistake("Your output has an axis of length 1 that does not belong there.")
def keeps_axis(inputs, weights, activation) -> np.ndarray:
    return activation((inputs * weights).sum(axis=-1, keepdims=True))


@NEURON.mistake(
    "You take one product of every input with every weight: np.outer; each input has its own weight, and they add up."
)
def takes_outer_product(inputs, weights, activation) -> np.ndarray:
    return activation(np.multiply.outer(inputs, weights))


@NEURON.mistake("The weights are not used: each input is multiplied by its own weight.")
def ignores_weights(inputs, weights, activation) -> np.ndarray:
    return activation(inputs.sum(axis=-1))


@NEURON.mistake("You always apply the sigmoid: use the function that is given, activation.")
def always_sigmoid(inputs, weights, activation) -> np.ndarray:
    return sigmoid(inputs @ weights)


@NEURON.mistake("You add 1, a bias: this neuron has none, only its weights.")
def adds_one(inputs, weights, activation) -> np.ndarray:
    return activation(inputs @ weights + 1)


@NEURON.mistake(
    "In a batch you pair example i with weight i: zip and a loop go over the first axis, the examples. Each input of "
    "an example has its weight: the last axis."
)
def pairs_examples_with_weights(inputs, weights, activation) -> np.ndarray:
    return activation(sum(x * w for x, w in zip(inputs, weights)))


@NEURON.mistake(
    "inputs[i] * weights[i] is right for one example. In a batch inputs[i] is example i with all of its inputs: the "
    "weights belong to the last axis.",
    raises="out of bounds",
)
def indexes_examples(inputs, weights, activation) -> np.ndarray:
    return activation(sum(inputs[i] * weights[i] for i in range(len(weights))))


@NEURON.mistake(
    "weights @ inputs is right for one example. In a batch it adds up over the examples: the inputs of an example lie "
    "along the last axis, so they come first in the product."
)
def puts_weights_first(inputs, weights, activation) -> np.ndarray:
    return activation(weights @ inputs)


@NEURON.mistake("You make 0 or 1 of the output, by a threshold of 0.5: what comes out of f is the output.")
def thresholds_output(inputs, weights, activation) -> np.ndarray:
    return np.where(activation(inputs @ weights) > 0.5, 1, 0)


@NEURON.mistake("You take the first weight for a bias: here each weight belongs to an input, the first one too.")
def takes_first_weight_for_bias(inputs, weights, activation) -> np.ndarray:
    return activation(inputs[..., 1:] @ weights[1:] + weights[0])


# A layer of neurons


def layers(rng: Generator, N: int = 3, D: int = 4, M: int = 2, dtype: type = np.float64) -> Iterator[Case]:
    """One call of linear_forward: N examples, D inputs, M outputs."""
    yield {
        "x": rng.normal(size=(N, D)).astype(dtype),
        "weight": rng.normal(size=(M, D)).astype(dtype),
        "bias": rng.normal(size=M).astype(dtype),
    }


def whole_numbers(rng: Generator) -> Iterator[Case]:
    """Small whole numbers: a sum for a pencil."""
    x, weight, bias = rng.integers(-2, 3, size=(3, 3)), rng.integers(1, 4, size=(2, 3)), rng.integers(3, 6, size=2)
    yield {"x": x.astype(float), "weight": weight.astype(float), "bias": bias.astype(float)}


square_layer = partial(layers, N=4, D=4, M=4)
one_example = partial(layers, N=1)
one_output = partial(layers, M=1)
single_precision = partial(layers, dtype=np.float32)


SEVERAL = "several examples and neurons"
FORWARD = Exercise(
    linear_forward,
    ("out", "cache"),
    (
        Criterion(
            "whole numbers",
            1,
            whole_numbers,
            tells=("transposes_output", "adds_bias_to_rows", "rectifies_layer", "reshapes_weight"),
        ),
        Criterion(SEVERAL, 1, layers, tells=("rectifies_layer",)),
        Criterion("as many outputs as inputs", 0.5, square_layer),
        Criterion("a batch of one example", 0.5, one_example, tells=("rectifies_layer",)),
        Criterion("no argument is changed", 0.5, layers, arguments, after=SEVERAL),
        Criterion("float32 stays float32", 0.5, single_precision, in_single, after=SEVERAL),
    ),
)


@FORWARD.mistake("The bias is missing: every neuron of the layer adds its own.")
def leaves_out_bias(x, weight, bias) -> Layer:
    return x @ weight.T, None


@FORWARD.mistake("The weights stand the wrong way round: row m of weight holds the weights of neuron m.")
def forgets_transpose(x, weight, bias) -> Layer:
    return x @ weight + bias, None


@FORWARD.mistake(RESHAPES_WEIGHT)
def reshapes_weight(x, weight, bias) -> Layer:
    return x @ weight.reshape(weight.shape[::-1]) + bias, None


@FORWARD.mistake("Your output is transposed: a row is an example, a column is a neuron.")
def transposes_output(x, weight, bias) -> Layer:
    return (x @ weight.T + bias).T, None


@FORWARD.mistake("The bias is added once for each input; it belongs to the neuron and is added once.")
def adds_bias_per_input(x, weight, bias) -> Layer:
    return x @ weight.T + x.shape[1] * bias, None


@FORWARD.mistake("Your biases go down the examples: each belongs to a column of the output, not to a row.")
def adds_bias_to_rows(x, weight, bias) -> Layer:
    return x @ weight.T + bias[:, None], None


@FORWARD.mistake("The bias is subtracted: in W x + b it is added.")
def subtracts_bias(x, weight, bias) -> Layer:
    return x @ weight.T - bias, None


@FORWARD.mistake("Axes of length 1 are lost: a batch of one example is still a batch, (1, M).")
def squeezes_output(x, weight, bias) -> Layer:
    return np.squeeze(x @ weight.T + bias), None


@FORWARD.mistake("There is an activation in your layer: the linear layer itself has none.")
def activates_layer(x, weight, bias) -> Layer:
    return sigmoid(x @ weight.T + bias), None


@FORWARD.mistake("There is a ReLU in your layer: the linear layer itself has no activation, and may be negative.")
def rectifies_layer(x, weight, bias) -> Layer:
    return np.maximum(x @ weight.T + bias, 0), None


@FORWARD.mistake("Every neuron gets the sum of all biases: neuron m adds bias[m] alone.")
def adds_all_biases(x, weight, bias) -> Layer:
    return x @ weight.T + bias.sum(), None


@FORWARD.mistake("You add up the examples: each has a row of its own in the output.")
def adds_examples(x, weight, bias) -> Layer:
    return (x @ weight.T + bias).sum(axis=0), None


@FORWARD.mistake(
    "You multiply as in the formula Wx, where an example is a column: here it is a row of x, so x stands first and the "
    "weights are transposed."
)
def multiplies_as_in_formula(x, weight, bias) -> Layer:
    return weight @ x + bias, None


@FORWARD.mistake("You add the bias to the weights, so that it is multiplied by x as well: add it to the product.")
def adds_bias_to_weights(x, weight, bias) -> Layer:
    return x @ (weight + bias[:, np.newaxis]).T, None


def remember(x, weight, bias) -> Layer:
    """A forward whose cache is its arguments."""
    return linear_forward(x, weight, bias)[0], (x, weight, bias)


def gradients(grad_out: np.ndarray, cache: tuple[Any, ...]) -> Gradients:
    """The right gradients, as material for the wrong ones."""
    return linear_backward(grad_out, cache[:2])


BACKWARD = Exercise(
    linear_backward,
    ("grad_x", "grad_weight", "grad_bias"),
    (
        Criterion("gradient of x", 1, layers, values("grad_x")),
        Criterion("gradient of the weights", 1, layers, values("grad_weight")),
        Criterion("gradient of the biases", 1, layers, values("grad_bias")),
        Criterion("as many outputs as inputs", 0.5, square_layer),
        Criterion("one output, or one example", 0.5, all_of(one_output, one_example)),
        Criterion("no argument is changed", 0.5, layers, arguments, after="gradient of x"),
        Criterion("float32 stays float32", 0.5, single_precision, in_single, after="gradient of x"),
    ),
    forward=linear_forward,
    mistakes_forward=remember,
)


@BACKWARD.mistake("Your bias gradient is the mean over the batch; the loss already divides by N, so sum.")
def averages_bias(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.mean(axis=0)


@BACKWARD.mistake(
    "Your bias gradient is one number for all neurons: sum over the examples only, each bias has its own."
)
def sums_bias_over_everything(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum()


@BACKWARD.mistake("Your bias gradient is not summed: every example uses the same bias, and each adds its part.")
def leaves_out_bias_sum(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out


@BACKWARD.mistake(
    "Your bias gradient sums over the neurons: sum over the examples, and keep one entry for each neuron."
)
def sums_bias_over_neurons(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum(axis=1)


@BACKWARD.mistake("Your bias gradient has the shape (1, M): a gradient has the shape of its parameter, here (M,).")
def keeps_bias_axis(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum(axis=0, keepdims=True)


@BACKWARD.mistake("Your weight gradient is the mean over the batch; the loss already divides by N, so sum.")
def averages_weight(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight / len(grad_out), grad_bias


@BACKWARD.mistake("Your gradients of weight and bias are means over the batch; the loss already divides by N, so sum.")
def averages_both(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight / len(grad_out), grad_bias / len(grad_out)


@BACKWARD.mistake("You divide all three gradients by N; the loss already does, in grad_out.")
def averages_all(grad_out, cache) -> Gradients:
    return tuple(gradient / len(grad_out) for gradient in gradients(grad_out, cache))


@BACKWARD.mistake(
    "Your gradients of weight and bias are means over the batch; the loss already divides by N, so sum. And that of "
    "the bias has the shape (M,), without a further axis."
)
def averages_both_and_keeps_axis(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = averages_both(grad_out, cache)
    return grad_x, grad_weight, grad_bias[np.newaxis]


@BACKWARD.mistake(
    "You write the way back of out = x @ weight: here weight is (M, D) and out = x @ weight.T, so that grad_x is "
    "grad_out @ weight and grad_weight is grad_out.T @ x.",
    raises="core dimension|not aligned",
)
def takes_weight_of_other_layout(grad_out, cache) -> Gradients:
    x, weight, _ = cache
    return grad_out @ weight.T, x.T @ grad_out, grad_out.sum(axis=0)


@BACKWARD.mistake("Your weight gradient is transposed: a gradient has the shape of its parameter.")
def transposes_weight_gradient(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight.T, grad_bias


@BACKWARD.mistake(
    "Your weight gradient keeps the last example only (= where += is meant): every example adds its part."
)
def overwrites_examples(grad_out, cache) -> Gradients:
    grad_x, _, grad_bias = gradients(grad_out, cache)
    return grad_x, np.outer(grad_out[-1], cache[0][-1]), grad_bias


@BACKWARD.mistake("Your grad_x uses the weights transposed: output m reached input d through weight[m, d].")
def transposes_weight_in_grad_x(grad_out, cache) -> Gradients:
    return grad_out @ cache[1].T, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your grad_x is transposed: it has the shape of x.")
def transposes_grad_x(grad_out, cache) -> Gradients:
    return gradients(grad_out, cache)[0].T, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your grad_x is the mean over the outputs: every output that used an input adds its part.")
def averages_grad_x(grad_out, cache) -> Gradients:
    return gradients(grad_out, cache)[0] / grad_out.shape[1], *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your gradients come in another order: return grad_x, grad_weight, grad_bias.")
def returns_other_order(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_weight, grad_bias, grad_x


@BACKWARD.mistake("Your first two gradients are exchanged: return grad_x, grad_weight, grad_bias.")
def exchanges_gradients(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_weight, grad_x, grad_bias


@BACKWARD.mistake("You return the local factors alone, weight, x and 1: multiply them by what comes back, grad_out.")
def returns_local_factors(grad_out, cache) -> Gradients:
    x, weight, bias = cache
    return weight, x, np.ones_like(bias)


@BACKWARD.mistake("Your bias gradient is 1: that is the local factor; multiply by grad_out and add over the examples.")
def leaves_ones_for_bias(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], np.ones_like(cache[2])


@BACKWARD.mistake("Your bias gradient keeps the last example only (= where += is meant): every example adds its part.")
def overwrites_bias(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out[-1]


# Losses: linear regression


def predictions(rng: Generator, size: tuple[int, ...] = (5,), dtype: type = np.float64) -> Iterator[Case]:
    prediction, target = rng.normal(size=(2, *size)).astype(dtype)
    yield {"prediction": prediction, "target": target}


MSE = Exercise(
    mse_loss,
    ("loss", "gradient"),
    (
        Criterion("loss", 1, predictions, values("loss")),
        Criterion("gradient", 1, predictions, values("gradient")),
        Criterion("several outputs", 1, all_of(partial(predictions, size=(4, 3)), partial(predictions, size=(1, 2)))),
        Criterion("no argument is changed", 0.5, predictions, arguments, after="loss"),
        Criterion("float32 stays float32", 0.5, partial(predictions, dtype=np.float32), in_single, after="loss"),
    ),
)


@MSE.mistake("Your loss is the sum of the squares: take their mean, so that the batch size does not matter.")
def sums_squares(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss * prediction.size, grad


@MSE.mistake("Your loss and gradient are those of the sum of the squares: take the mean, and divide the gradient too.")
def sums_squares_throughout(prediction, target) -> Loss:
    return np.sum((prediction - target) ** 2), 2 * (prediction - target)


@MSE.mistake(
    "Your gradient is that of the sum: the loss is a mean, so its gradient is divided by the number of elements."
)
def forgets_division(prediction, target) -> Loss:
    return mse_loss(prediction, target)[0], 2 * (prediction - target)


@MSE.mistake("The 2 from the square is missing in your gradient.")
def forgets_two(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss, grad / 2


@MSE.mistake(
    "There is a factor 1/2 in your loss: it is the plain mean of the squares, and the gradient is that of the mean."
)
def halves_loss_only(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss / 2, grad


@MSE.mistake("There is a factor 1/2 in your loss and gradient: here the loss is the plain mean of the squares.")
def halves_both(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss / 2, grad / 2


@MSE.mistake("Your gradient is the mean of the differences, one number: each prediction has a gradient of its own.")
def averages_gradient(prediction, target) -> Loss:
    return mse_loss(prediction, target)[0], 2 * np.mean(prediction - target)


@MSE.mistake("Your gradient has the wrong sign: where the prediction is too large, the loss grows with it.")
def flips_sign(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss, -grad


@MSE.mistake("You divide by the number of examples only: the mean is over all elements of the batch.")
def divides_by_examples(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    scale = prediction.size / len(prediction)
    return loss * scale, grad * scale


@MSE.mistake("Your gradient is divided by the number of examples only: the loss is the mean over all elements.")
def divides_gradient_by_examples(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return loss, grad * (prediction.size / len(prediction))


@MSE.mistake("Your loss is the root of the mean square: leave the root out.")
def takes_root(prediction, target) -> Loss:
    loss, grad = mse_loss(prediction, target)
    return np.sqrt(loss), grad


@MSE.mistake("Your loss is the mean of the absolute differences: square them instead.")
def takes_absolute(prediction, target) -> Loss:
    return np.abs(prediction - target).mean(), np.sign(prediction - target) / prediction.size


@MSE.mistake("Your loss is an array: it must be one number, the mean.")
def leaves_out_mean(prediction, target) -> Loss:
    return (prediction - target) ** 2, mse_loss(prediction, target)[1]


@MSE.mistake("The square is missing in your loss: differences of both signs cancel.")
def forgets_square(prediction, target) -> Loss:
    return np.mean(prediction - target), mse_loss(prediction, target)[1]


@MSE.mistake("You square the mean difference: square each, then take the mean.")
def squares_the_mean(prediction, target) -> Loss:
    return np.mean(prediction - target) ** 2, mse_loss(prediction, target)[1]


@MSE.mistake("Your loss is half the sum of the squares, and its gradient too: here the loss is their plain mean.")
def halves_the_sum(prediction, target) -> Loss:
    return np.sum((prediction - target) ** 2) / 2, prediction - target


# Losses: logistic regression


def logits_and_targets(rng: Generator, size: tuple[int, ...] = (6,), scale: float = 1) -> Iterator[Case]:
    """A call of binary_cross_entropy with targets of both kinds; logits from 1 to 2 times `scale`, of both signs."""
    targets, signs = np.resize([0, 1, 1, 0], size), np.resize([1.0, 1.0, -1.0, -1.0], size)
    yield {"logits": scale * signs * rng.uniform(1, 2, size), "targets": targets}


def single_logits(rng: Generator) -> Iterator[Case]:
    for case in logits_and_targets(rng):
        yield {name: value.astype(np.float32) for name, value in case.items()}


one_row = partial(logits_and_targets, size=(1, 3))


def large_logits(rng: Generator) -> Iterator[Case]:
    """Confident and wrong: by a little, and by very much."""
    yield from logits_and_targets(rng, scale=40)
    yield from logits_and_targets(rng, scale=1000)


def with_loss(loss: Any, logits: np.ndarray, targets: np.ndarray) -> Loss:
    return loss, binary_cross_entropy(logits, targets)[1]


BCE = Exercise(
    binary_cross_entropy,
    ("loss", "gradient"),
    epsilon=1e-6,
    epsilon_says=IN_LOGARITHM,
    criteria=(
        Criterion("loss", 1.5, logits_and_targets, values("loss")),
        Criterion("gradient", 1.5, logits_and_targets, values("gradient")),
        Criterion("several outputs", 0.5, all_of(partial(logits_and_targets, size=(4, 2)), one_row)),
        Criterion("loss when confident and wrong", 1, large_logits, values("loss")),
        Criterion(
            "gradient when confident and wrong",
            0.5,
            large_logits,
            values("gradient"),
            tolerance=1e-12,
            after="gradient",
        ),
        Criterion("no argument is changed", 0.5, logits_and_targets, arguments, after="loss"),
        Criterion("float32 stays float32", 0.5, single_logits, in_single, tolerance=1e-5, after="loss"),
    ),
)


@BCE.mistake(
    "A confidently wrong example gives an infinite loss: the sigmoid rounds to 0 or 1 before you take the logarithm."
)
def takes_log_of_rounded(logits, targets) -> Loss:
    p = sigmoid(logits)
    return with_loss(-np.mean(np.where(targets == 1, np.log(p), np.log(1 - p))), logits, targets)


@BCE.mistake(
    "Confident examples give nan: the sigmoid rounds to 0 or 1, its logarithm is infinite, and 0 times that is nan."
)
def multiplies_by_infinity(logits, targets) -> Loss:
    p = sigmoid(logits)
    return with_loss(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)), logits, targets)


def loss_of_probabilities(p: np.ndarray, targets: np.ndarray, epsilon: float = 0.0) -> Any:
    return -np.mean(targets * np.log(p + epsilon) + (1 - targets) * np.log(1 - p + epsilon))


for epsilon in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-15, 1e-16):

    @BCE.mistake(CUTS_OFF, name=f"adds_{epsilon:g}")
    def adds_epsilon(logits, targets, epsilon=epsilon) -> Loss:
        return with_loss(loss_of_probabilities(sigmoid(logits), targets, epsilon), logits, targets)


for epsilon in EPSILONS:

    @BCE.mistake(CUTS_OFF, name=f"clips_at_{epsilon:g}")
    def clips_probability(logits, targets, epsilon=epsilon) -> Loss:
        p = np.clip(sigmoid(logits), epsilon, 1 - epsilon)
        return with_loss(loss_of_probabilities(p, targets), logits, targets)


@BCE.mistake("The exponential overflows for large logits: arrange it so that its argument is never positive.")
def overflows(logits, targets) -> Loss:
    return with_loss(np.mean(np.log1p(np.exp(logits)) - targets * logits), logits, targets)


@BCE.mistake("You take the logits for probabilities: z is any number, and s(z) is the probability.")
def takes_logits_for_probabilities(logits, targets) -> Loss:
    return with_loss(-np.mean(targets * np.log(logits) + (1 - targets) * np.log(1 - logits)), logits, targets)


@BCE.mistake("Only the examples of class 1 count in your loss: class 0 has a term of its own.")
def leaves_out_class_zero(logits, targets) -> Loss:
    losses = targets * (np.log1p(np.exp(-np.abs(logits))) + np.maximum(-logits, 0))
    return with_loss(losses.mean(), logits, targets)


@BCE.mistake("The two classes are exchanged: a large z means class 1.")
def exchanges_classes(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(-logits, targets)
    return loss, -grad


@BCE.mistake("Your loss is the sum over the examples: take the mean.")
def sums_losses(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss * logits.size, grad


@BCE.mistake("Your loss has one number for each example: take their mean.")
def returns_each_loss(logits, targets) -> Loss:
    return with_loss(np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0) - targets * logits, logits, targets)


@BCE.mistake(
    "Your loss and gradient are those of the sum over the examples: take the mean, and divide the gradient too."
)
def sums_losses_throughout(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss * logits.size, grad * logits.size


@BCE.mistake(
    "Your gradient is that of the sum: the loss is a mean, so its gradient is divided by the number of elements."
)
def forgets_division_of_gradient(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss, grad * logits.size


@BCE.mistake("Your gradient is divided by the number of rows only: the loss is the mean over all elements.")
def divides_gradient_by_rows(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss, grad * (logits.size / len(logits))


@BCE.mistake("Your gradient has the wrong sign: for class 0 the loss grows with z.")
def flips_sign_of_gradient(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss, -grad


@BCE.mistake("Your gradient has s(1 - s) too often: in the derivative with respect to z it cancels.")
def multiplies_by_slope(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    p = sigmoid(logits)
    return loss, grad * p * (1 - p)


@BCE.mistake("Your gradient is the one for the probability s(z): the chain rule goes one step further, to z.")
def stops_at_probability(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    p = sigmoid(logits)
    return loss, grad / (p * (1 - p))


@BCE.mistake("Your logarithm has base 2: use the natural one.")
def takes_log_two(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss / np.log(2), grad


@BCE.mistake("The minus is missing: the logarithm of a probability is negative, and a loss is positive.")
def forgets_minus(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return -loss, grad


# A step of gradient descent


def steps(
    rng: Generator, shapes: tuple[tuple[int, ...], ...] = ((2, 3), (2,)), dtype: type = np.float64
) -> Iterator[Case]:
    lists: Case = {name: [rng.normal(size=s).astype(dtype) for s in shapes] for name in ("params", "grads")}
    yield lists | {"lr": float(rng.uniform(0.05, 0.5))}


LIST = "a list of parameters"
STEP = Exercise(
    gradient_descent_step,
    ("params",),
    (
        Criterion("one parameter", 1, all_of(partial(steps, shapes=((4,),)), partial(steps, shapes=((1, 2),)))),
        Criterion(LIST, 1, all_of(steps, partial(steps, shapes=((3,), (2, 1, 2, 2), (1, 1))))),
        Criterion("no argument is changed", 0.75, steps, arguments, after=LIST),
        Criterion("float32 stays float32", 0.25, partial(steps, dtype=np.float32), in_single, after=LIST),
    ),
)


@STEP.mistake("Your step goes uphill: the gradient points to where the loss grows.")
def climbs(params, grads, lr) -> list[Any]:
    return [param + lr * grad for param, grad in zip(params, grads)]


@STEP.mistake("The learning rate is missing: it says how long the step is.")
def ignores_rate(params, grads, lr) -> list[Any]:
    return [param - grad for param, grad in zip(params, grads)]


@STEP.mistake("You divide by the learning rate: a smaller rate must make a smaller step.")
def divides_by_rate(params, grads, lr) -> list[Any]:
    return [param - grad / lr for param, grad in zip(params, grads)]


@STEP.mistake("You return the step alone: add it to where the parameter was.")
def returns_step(params, grads, lr) -> list[Any]:
    return [-lr * grad for grad in grads]


@STEP.mistake("You add up all gradients: each parameter moves by its own.")
def sums_gradients(params, grads, lr) -> list[Any]:
    return [param - lr * sum(grad.sum() for grad in grads) for param in params]


@STEP.mistake("Only the first parameter moves: every one takes its own step.")
def moves_first_only(params, grads, lr) -> list[Any]:
    return [params[0] - lr * grads[0], *params[1:]]


@STEP.mistake("You return only one parameter: return the whole list (is the return inside the loop?).")
def returns_first_only(params, grads, lr) -> list[Any]:
    return [params[0] - lr * grads[0]]


@STEP.mistake("The step follows only the sign of the gradient: a steeper slope makes a longer step.")
def follows_sign(params, grads, lr) -> list[Any]:
    return [param - lr * np.sign(grad) for param, grad in zip(params, grads)]


@STEP.mistake(
    "Your parameters come back as they were: `param = ...` in a loop gives a name a new value and leaves the list "
    "alone. Put the new arrays into a new list."
)
def rebinds_names(params, grads, lr) -> list[Any]:
    return list(params)


@STEP.mistake("All entries of a parameter move by the mean of its gradient: each moves by its own entry.")
def averages_gradient_of_parameter(params, grads, lr) -> list[Any]:
    return [param - lr * grad.mean() for param, grad in zip(params, grads)]


@STEP.mistake("You subtract a share of the parameter itself: subtract lr times its gradient.")
def shrinks_parameters(params, grads, lr) -> list[Any]:
    return [param - lr * param for param in params]


@STEP.mistake("The last parameter is left out: range(n) ends at n - 1 by itself.")
def leaves_out_last(params, grads, lr) -> list[np.ndarray]:
    return [param - lr * grad for param, grad in zip(params[:-1], grads)]


# XOR by hand

Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def nothing(rng: Generator) -> Iterator[Case]:
    """A call without arguments."""
    yield {}


def network_outputs(attempt: Attempt) -> np.ndarray:
    """What the network with the returned weights says for the four inputs, as probabilities (4,)."""
    for name, value in attempt.outputs.items():
        axes = 2 if name.startswith("weight") else 1
        if not isinstance(value, np.ndarray) or value.ndim != axes:
            raise ValueError(f"{name} must be a NumPy array with {axes} {'axes' if axes > 1 else 'axis'}")
    weight1, bias1, weight2, bias2 = attempt.outputs.values()
    hidden = sigmoid(linear_forward(SQUARE, weight1, bias1)[0])
    return sigmoid(linear_forward(hidden, weight2, bias2)[0])[:, 0]


def answers(attempt: Attempt) -> dict[str, Any]:
    """The network's answers: 1 where it says more than one half."""
    outputs = network_outputs(attempt)
    return {f"answer to ({a:g}, {b:g})": int(out > 0.5) for (a, b), out in zip(SQUARE, outputs)}


def certainty(attempt: Attempt) -> dict[str, Any]:
    """Whether every output is within 0.1 of 0 or 1."""
    outputs = network_outputs(attempt)
    names = [f"output for ({a:g}, {b:g}) is within 0.1 of 0 or 1" for a, b in SQUARE]
    return dict(zip(names, (np.abs(outputs - np.round(outputs)) < 0.1).tolist()))


def sizes(attempt: Attempt) -> dict[str, Any]:
    """The shapes of the four arrays."""
    return {f"{name}.shape": np.shape(value) for name, value in attempt.outputs.items()}


def layers_of(hidden: list[list[float]], output: list[float]) -> Weights:
    """The network whose neurons have these numbers: two weights and a bias each."""
    rows, row = np.array(hidden), np.array(output)
    return rows[:, :2], rows[:, 2], row[None, :2], row[2:]


OR, AND = [20.0, 20.0, -10.0], [20.0, 20.0, -30.0]
NAND = [-20.0, -20.0, 30.0]


XOR = Exercise(
    xor_weights,
    ("weight1", "bias1", "weight2", "bias2"),
    (
        Criterion("two hidden neurons, one output", 0.5, nothing, sizes),
        Criterion("the four answers", 2, nothing, answers),
        Criterion("sure of the answers", 0.5, nothing, certainty, after="the four answers"),
    ),
)


@XOR.mistake("Your network says OR: it must say 0 to (1, 1).")
def says_or() -> Weights:
    return layers_of([OR, AND], [20.0, 0.0, -10.0])


@XOR.mistake("Your network says AND: it must say 1 where exactly one input is 1.")
def says_and() -> Weights:
    return layers_of([OR, AND], [0.0, 20.0, -10.0])


@XOR.mistake("Your network says NAND: it must say 0 to (0, 0).")
def says_nand() -> Weights:
    return layers_of([OR, NAND], [0.0, 20.0, -10.0])


@XOR.mistake("Your network says the opposite, 1 where both inputs are equal: turn the output neuron round.")
def says_equal() -> Weights:
    return layers_of([OR, NAND], [-20.0, -20.0, 30.0])


@XOR.mistake("Your network answers 1 to everything: look at the bias of its output neuron.")
def says_one() -> Weights:
    return layers_of([OR, NAND], OR)


@XOR.mistake("Your network answers 0 to everything: look at the weights and the bias of its output neuron.")
def says_zero() -> Weights:
    return layers_of([OR, NAND], [20.0, 20.0, -50.0])


@XOR.mistake(
    "Your network answers 0 to everything and is sure of none: the sum in its output neuron is near 0, where a sigmoid "
    "is near one half. Larger weights, 20 say, take the sums of both layers away from 0."
)
def has_small_weights() -> Weights:
    weight1, bias1, weight2, bias2 = xor_weights()
    return weight1 / 10, bias1 / 10, weight2 / 10, bias2 / 10


@XOR.mistake("Your network is right, but not sure: larger weights make the sigmoid steeper.")
def is_unsure() -> Weights:
    weight1, bias1, weight2, bias2 = xor_weights()
    return weight1, bias1, weight2 / 20, bias2 / 20


# More of what real code has


def naive_sigmoid(z: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-z))


@BCE.mistake(
    "Far from zero s(z) is 0 or 1, and its logarithm minus infinity; 0 times that is nan. Write the loss in z, "
    "with no logarithm of s or 1 - s."
)
def takes_log_of_naive_sigmoid(logits, targets) -> Loss:
    p = naive_sigmoid(logits)
    return with_loss(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)), logits, targets)


@BCE.mistake(
    "Beside max(z, 0) stands log(1 + exp(-|z|)): with exp(z) in it, a positive z counts twice, and a large one "
    "overflows."
)
def adds_exponential_of_logit(logits, targets) -> Loss:
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(logits))
    return with_loss(losses.mean(), logits, targets)


@BCE.mistake("Your loss and gradient are divided by the examples only: the mean is over all numbers, as in mse_loss.")
def divides_loss_by_examples(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss * logits.size / len(logits), grad * logits.size / len(logits)


@BCE.mistake("Your logarithm has base 10: use the natural one.")
def takes_log_ten(logits, targets) -> Loss:
    loss, grad = binary_cross_entropy(logits, targets)
    return loss / np.log(10), grad


EXERCISES = (NEURON, FORWARD, BACKWARD, MSE, BCE, STEP, XOR)
