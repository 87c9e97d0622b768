"""Unit 09: every honest way to write the residual block is accepted."""

import numpy as np
import pytest
from styles import pair_accepted

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.nn import conv2d_backward, conv2d_forward, relu_backward, relu_forward

# Everything from the layers of the course, their caches in a dictionary.


def from_layers(x, weight1, bias1, weight2, bias2):
    cache = {}
    h, cache["conv1"] = conv2d_forward(x, weight1, bias1, 1, 1)
    h, cache["relu1"] = relu_forward(h)
    h, cache["conv2"] = conv2d_forward(h, weight2, bias2, 1, 1)
    out, cache["relu2"] = relu_forward(np.add(x, h))
    return out, cache


def from_layers_backward(grad_out, cache):
    grad = relu_backward(grad_out, cache["relu2"])
    around = grad.copy()
    grad, grad_weight2, grad_bias2 = conv2d_backward(grad, cache["conv2"])
    grad = relu_backward(grad, cache["relu1"])
    through, grad_weight1, grad_bias1 = conv2d_backward(grad, cache["conv1"])
    through += around
    return [through, grad_weight1, grad_bias1, grad_weight2, grad_bias2]


# The arguments as the cache, all computed again on the way back; convolutions as sums of shifted images.


def shifted(x, weight, bias):
    H, W = x.shape[2:]
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    out = np.zeros((len(x), len(weight), H, W), x.dtype) + bias[:, None, None]
    for i, j in np.ndindex(3, 3):
        out += np.einsum("nchw,kc->nkhw", padded[:, :, i : i + H, j : j + W], weight[:, :, i, j])
    return out


def shifted_backward(grad_out, x, weight):
    H, W = x.shape[2:]
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
    for i, j in np.ndindex(3, 3):
        window = np.s_[:, :, i : i + H, j : j + W]
        grad_weight[:, :, i, j] = np.einsum("nkhw,nchw->kc", grad_out, padded[window])
        grad_padded[window] += np.einsum("nkhw,kc->nchw", grad_out, weight[:, :, i, j])
    return grad_padded[:, :, 1:-1, 1:-1], grad_weight, grad_out.sum((0, 2, 3))


def from_shifts(x, weight1, bias1, weight2, bias2):
    residual = shifted(np.maximum(shifted(x, weight1, bias1), 0), weight2, bias2)
    return np.maximum(residual + x, 0), (x, weight1, bias1, weight2, bias2)


def from_shifts_backward(grad_out, cache):
    x, weight1, bias1, weight2, bias2 = cache
    before = shifted(x, weight1, bias1)
    middle = np.where(before > 0, before, before.dtype.type(0))
    grad_sum = np.where(shifted(middle, weight2, bias2) + x > 0, grad_out, grad_out.dtype.type(0))
    grad_middle, grad_weight2, grad_bias2 = shifted_backward(grad_sum, middle, weight2)
    grad_x, grad_weight1, grad_bias1 = shifted_backward(grad_middle * (before > 0), x, weight1)
    return grad_sum + grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2


# Image by image, with a list of caches.


def one_by_one(x, *parameters):
    outs, caches = zip(*(from_layers(image[None], *parameters) for image in x))
    return np.concatenate(outs), list(caches)


def one_by_one_backward(grad_out, cache):
    grads = [from_layers_backward(grad[None], one) for grad, one in zip(grad_out, cache)]
    return np.concatenate([grad[0] for grad in grads]), *(sum(parts) for parts in list(zip(*grads))[1:])


STYLES = [
    (from_layers, from_layers_backward),
    (from_shifts, from_shifts_backward),
    (one_by_one, one_by_one_backward),
]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("forward, backward", STYLES)
def test_every_style_is_accepted(forward, backward, seed):
    pair_accepted("residual_block", forward, backward, seed)


def test_float32_inside_costs_no_values():
    """Whoever computes in float32 loses no more than the criterion on types."""

    def forward(*arguments):
        return from_layers(*(argument.astype(np.float32) for argument in arguments))

    verdict = judge(exercises()["residual_block_forward"], forward)
    assert verdict.points >= verdict.max_points - 1, verdict


def test_a_plain_block_with_a_consistent_backward_does_not_pass():
    def forward(x, *parameters):
        return from_layers(x, *parameters)[0] - x, (x, *parameters)

    def backward(grad_out, cache):
        grad_x, *others = from_shifts_backward(grad_out, cache)
        return grad_x - grad_out, *others

    verdict = judge(exercises()["residual_block_backward"], backward, forward)
    assert verdict.points < verdict.max_points, verdict
