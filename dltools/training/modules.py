"""Layers that keep their own parameters: thin classes over the functions of `dltools.nn`."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dltools import nn
from dltools.nn.arguments import Pair, pair_of
from dltools.training.initializers import he_normal, orthogonal, xavier_uniform


class Parameter:
    """An array to be learned, and its gradient; `decays` is False for a bias, which no penalty shall draw to zero."""

    def __init__(self, value: np.ndarray, decays: bool = True) -> None:
        self.value = value
        self.grad = np.zeros_like(value)
        self.decays = decays


class Module:
    """Something with a forward and a backward pass; calling it is its forward pass."""

    training = True

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the output, and remember what backward needs."""
        raise NotImplementedError

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        """Return the gradient of the input of the last forward, and set `grad` of every parameter."""
        raise NotImplementedError

    def children(self) -> list["Module"]:
        """Return the modules that this one is made of, in the order in which data passes through them."""
        return []

    def parameters(self) -> list[Parameter]:
        """Return all parameters, those of the children included."""
        return [parameter for child in self.children() for parameter in child.parameters()]

    def buffers(self) -> list[np.ndarray]:
        """Return the arrays that belong to the state but have no gradient, such as running means."""
        return [buffer for child in self.children() for buffer in child.buffers()]

    def state(self) -> list[np.ndarray]:
        """Return a copy of all parameters and buffers, to be given to `load_state`."""
        return [array.copy() for array in self._arrays()]

    def load_state(self, state: list[np.ndarray]) -> None:
        """Set all parameters and buffers to a state that `state` gave."""
        for array, saved in zip(self._arrays(), state, strict=True):
            array[...] = saved

    def _arrays(self) -> list[np.ndarray]:
        return [parameter.value for parameter in self.parameters()] + self.buffers()

    def train(self, training: bool = True) -> "Module":
        """Switch to training, in which dropout drops and batch normalization uses the batch, and return the module."""
        self.training = training
        for child in self.children():
            child.train(training)
        return self

    def eval(self) -> "Module":
        """Switch to use: nothing is random, nothing depends on the rest of the batch. Returns the module."""
        return self.train(False)


def parameter_count(module: Module) -> int:
    """Return how many numbers the module learns."""
    return sum(parameter.value.size for parameter in module.parameters())


class Sequential(Module):
    """Modules one after the other; `net[2]` is the third."""

    def __init__(self, *modules: Module) -> None:
        self.modules = list(modules)

    def __getitem__(self, index: int) -> Module:
        return self.modules[index]

    def __len__(self) -> int:
        return len(self.modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules)

    def children(self) -> list[Module]:
        return self.modules

    def forward(self, x: np.ndarray) -> np.ndarray:
        for module in self.modules:
            x = module(x)
        return x

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        for module in reversed(self.modules):
            grad_out = module.backward(grad_out)
        return grad_out


class Layer(Module):
    """A module made of a forward and a backward function, the parameters that both take, and fixed options."""

    functions: tuple[Callable[..., Any], Callable[..., Any]]

    def __init__(self, *parameters: Parameter, **options: Any) -> None:
        self._parameters = list(parameters)
        self.options = options

    def parameters(self) -> list[Parameter]:
        return self._parameters

    def forward(self, x: np.ndarray) -> np.ndarray:
        values = [parameter.value for parameter in self._parameters]
        out, self.cache = self.functions[0](x, *values, **self.options)
        return out

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        grads = self.functions[1](grad_out, self.cache)
        grad_x, *grads = grads if isinstance(grads, tuple) else (grads,)
        self.set_grads(*grads)
        return grad_x

    def set_grads(self, *grads: np.ndarray) -> None:
        """Copy the gradients to the parameters, in their order."""
        for parameter, grad in zip(self._parameters, grads, strict=True):
            parameter.grad[...] = grad


class Sigmoid(Layer):
    functions = nn.sigmoid_forward, nn.sigmoid_backward


class Tanh(Layer):
    functions = nn.tanh_forward, nn.tanh_backward


class Hardtanh(Layer):
    functions = nn.hardtanh_forward, nn.hardtanh_backward


class ReLU(Layer):
    functions = nn.relu_forward, nn.relu_backward


class LeakyReLU(Layer):
    functions = nn.leaky_relu_forward, nn.leaky_relu_backward

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__(negative_slope=negative_slope)


class PReLU(Layer):
    """A leaky ReLU that learns its slope: one for all, or one for each of `channels`."""

    functions = nn.prelu_forward, nn.prelu_backward

    def __init__(self, channels: int = 1, slope: float = 0.25, dtype: type[np.floating] = np.float64) -> None:
        super().__init__(Parameter(np.full(channels, slope, dtype), decays=False))


class Swish(Layer):
    functions = nn.swish_forward, nn.swish_backward


class GELU(Layer):
    functions = nn.gelu_forward, nn.gelu_backward

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)


class Flatten(Layer):
    """(N, C, H, W) to (N, C*H*W)."""

    functions = nn.flatten_forward, nn.flatten_backward


class MaxPool2d(Layer):
    functions = nn.max_pool2d_forward, nn.max_pool2d_backward

    def __init__(self, kernel_size: Pair, stride: Pair | None = None) -> None:
        super().__init__(kernel_size=kernel_size, stride=stride)


class AvgPool2d(Layer):
    functions = nn.avg_pool2d_forward, nn.avg_pool2d_backward

    def __init__(self, kernel_size: Pair, stride: Pair | None = None) -> None:
        super().__init__(kernel_size=kernel_size, stride=stride)


class Linear(Layer):
    """(..., in_features) to (..., out_features): the same layer for every sample and every step of a sequence."""

    functions = nn.linear_forward, nn.linear_backward

    def __init__(
        self, in_features: int, out_features: int, rng: np.random.Generator, dtype: type[np.floating] = np.float64
    ) -> None:
        weight, bias = he_normal((out_features, in_features), rng, dtype), np.zeros(out_features, dtype)
        super().__init__(Parameter(weight), Parameter(bias, decays=False))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.leading_axes = x.shape[:-1]
        out = super().forward(x.reshape(-1, x.shape[-1]) if x.ndim != 2 else x)
        return out.reshape(*self.leading_axes, -1)

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        grad_x = super().backward(grad_out.reshape(-1, grad_out.shape[-1]))
        return grad_x.reshape(*self.leading_axes, -1)


class Conv2d(Layer):
    """(N, in_channels, H, W) to (N, out_channels, OH, OW)."""

    functions = nn.conv2d_forward, nn.conv2d_backward

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        rng: np.random.Generator,
        stride: Pair = 1,
        padding: Pair = 0,
        dtype: type[np.floating] = np.float64,
    ) -> None:
        shape = (out_channels, in_channels, *pair_of("kernel_size", kernel_size, 1))
        weight, bias = he_normal(shape, rng, dtype), np.zeros(out_channels, dtype)
        super().__init__(Parameter(weight), Parameter(bias, decays=False), stride=stride, padding=padding)


class ResidualBlock(Layer):
    """(N, channels, H, W) to the same: relu(conv(relu(conv(x))) + x)."""

    functions = nn.residual_block_forward, nn.residual_block_backward

    def __init__(self, channels: int, rng: np.random.Generator, dtype: type[np.floating] = np.float64) -> None:
        parameters = []
        for _ in range(2):
            parameters.append(Parameter(he_normal((channels, channels, 3, 3), rng, dtype)))
            parameters.append(Parameter(np.zeros(channels, dtype), decays=False))
        super().__init__(*parameters)


class Dropout(Layer):
    """Inverted dropout with probability p in training, nothing otherwise."""

    functions = nn.dropout_forward, nn.dropout_backward

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        super().__init__(p=p, rng=rng)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.options["training"] = self.training
        return super().forward(x)


class LayerNorm(Layer):
    """Normalizes the last axis, of the size `features`, of every sample."""

    functions = nn.layer_norm_forward, nn.layer_norm_backward

    def __init__(self, features: int, eps: float = 1e-5, dtype: type[np.floating] = np.float64) -> None:
        weight, bias = np.ones(features, dtype), np.zeros(features, dtype)
        super().__init__(Parameter(weight, decays=False), Parameter(bias, decays=False), eps=eps)


class BatchNorm(Layer):
    """Normalizes every channel of (N, channels) or (N, channels, ...) over the batch."""

    functions = nn.batch_norm_forward, nn.batch_norm_backward

    def __init__(
        self, channels: int, momentum: float = 0.1, eps: float = 1e-5, dtype: type[np.floating] = np.float64
    ) -> None:
        weight, bias = np.ones(channels, dtype), np.zeros(channels, dtype)
        super().__init__(Parameter(weight, decays=False), Parameter(bias, decays=False), momentum=momentum, eps=eps)
        self.running_mean, self.running_var = np.zeros(channels, dtype), np.ones(channels, dtype)

    def buffers(self) -> list[np.ndarray]:
        return [self.running_mean, self.running_var]

    def forward(self, x: np.ndarray) -> np.ndarray:
        weight, bias = (parameter.value for parameter in self._parameters)
        out, self.running_mean, self.running_var, self.cache = nn.batch_norm_forward(
            x, weight, bias, self.running_mean, self.running_var, self.training, **self.options
        )
        return out


class Embedding(Layer):
    """Indices (...) to vectors (..., features); it comes first, as indices have no gradient."""

    functions = nn.embedding_forward, nn.embedding_backward

    def __init__(
        self, words: int, features: int, rng: np.random.Generator, dtype: type[np.floating] = np.float64
    ) -> None:
        super().__init__(Parameter(rng.normal(size=(words, features)).astype(dtype)))

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        self.set_grads(nn.embedding_backward(grad_out, self.cache))
        return np.zeros(grad_out.shape[:-1], grad_out.dtype)


class Recurrent(Layer):
    """(N, T, in_features) to the hidden states (N, T, hidden) of all steps; it starts from zeros."""

    gates: int
    states: int

    def __init__(
        self, in_features: int, hidden: int, rng: np.random.Generator, dtype: type[np.floating] = np.float64
    ) -> None:
        W = np.concatenate([orthogonal((hidden, hidden), rng, dtype=dtype) for _ in range(self.gates)])
        U = np.concatenate([xavier_uniform((hidden, in_features), rng, dtype=dtype) for _ in range(self.gates)])
        b = np.zeros(self.gates * hidden, dtype)
        super().__init__(Parameter(W), Parameter(U), Parameter(b, decays=False))
        self.hidden = hidden

    def forward(self, x: np.ndarray) -> np.ndarray:
        zeros = [np.zeros((len(x), self.hidden), x.dtype)] * self.states
        h, *_, self.cache = self.functions[0](x, *zeros, *(parameter.value for parameter in self._parameters))
        return h


class RNN(Recurrent):
    functions = nn.rnn_forward, nn.rnn_backward
    gates, states = 1, 1

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        grad_x, _, *grads = self.functions[1](grad_out, self.cache)
        self.set_grads(*grads)
        return grad_x


class LSTM(Recurrent):
    """The forget gates start open, with a bias of 1, so that the cell remembers from the first (Gers, 2000)."""

    functions = nn.lstm_forward, nn.lstm_backward
    gates, states = 4, 2

    def __init__(
        self, in_features: int, hidden: int, rng: np.random.Generator, dtype: type[np.floating] = np.float64
    ) -> None:
        super().__init__(in_features, hidden, rng, dtype)
        self._parameters[2].value[:hidden] = 1

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        no_grad_c = np.zeros((len(grad_out), self.hidden), grad_out.dtype)
        grad_x, _, _, *grads = self.functions[1](grad_out, no_grad_c, self.cache)
        self.set_grads(*grads)
        return grad_x


class LastStep(Module):
    """(N, T, H) to (N, H): what a sequence has come to in the end."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x_shape = x.shape
        return x[:, -1]

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        grad_x = np.zeros(self.x_shape, grad_out.dtype)
        grad_x[:, -1] = grad_out
        return grad_x
