"""What turns gradients into steps. All parameters lie in one long vector, so that a step is a few operations on it."""

import numpy as np

from dltools.nn.arguments import require
from dltools.training.modules import Module, Parameter


def gather(parameters: list[Parameter]) -> tuple[np.ndarray, np.ndarray]:
    """Lay all values and all gradients out in one vector each, and make every parameter a view of its part of them.

    Returns values (P,) and grads (P,): to change these is to change the parameters.
    """
    values = np.concatenate([parameter.value.ravel() for parameter in parameters])
    grads = np.concatenate([parameter.grad.ravel() for parameter in parameters])
    ends = np.cumsum([parameter.value.size for parameter in parameters])[:-1]
    for parameter, value, grad in zip(parameters, np.split(values, ends), np.split(grads, ends)):
        shape = parameter.value.shape
        parameter.value, parameter.grad = value.reshape(shape), grad.reshape(shape)
    return values, grads


class Optimizer:
    """Takes the parameters of a module over; `step` changes them by their gradients. A module obeys its newest one.

    `weight_decay` adds weight_decay * theta to the gradient of everything but biases, which is the gradient of the
    penalty weight_decay / 2 * |theta|^2: the beta of unit 10 is half of it, and its factor 1 - lr * weight_decay.
    Raises ValueError if a setting is out of its range.
    """

    def __init__(self, module: Module, lr: float, weight_decay: float = 0.0) -> None:
        require(lr > 0, "lr", lr, "greater than 0")
        require(weight_decay >= 0, "weight_decay", weight_decay, "at least 0")
        self.module, self.lr, self.weight_decay = module, lr, weight_decay
        parameters = module.parameters()
        self.values, self.grads = gather(parameters)
        self.decays = np.concatenate([np.full(p.value.size, p.decays, self.values.dtype) for p in parameters])

    def step(self) -> None:
        """Change all parameters by their present gradients."""
        grads = self.grads
        if self.weight_decay:
            grads = grads + self.weight_decay * self.decays * self.values
        self.values -= self.change(grads)

    def change(self, grads: np.ndarray) -> np.ndarray:
        """Return what to take off the parameters (P,), from the gradients (P,)."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if it is above zero: v = momentum * v + g; theta -= lr * v."""

    def __init__(self, module: Module, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(module, lr, weight_decay)
        require(0 <= momentum < 1, "momentum", momentum, "at least 0 and less than 1")
        self.momentum = momentum
        self.velocity = np.zeros_like(self.values)

    def change(self, grads: np.ndarray) -> np.ndarray:
        if self.momentum:
            self.velocity *= self.momentum
            self.velocity += grads
            grads = self.velocity
        return self.lr * grads


class Adam(Optimizer):
    """Steps of a size that each parameter's own gradients set (arXiv:1412.6980)."""

    def __init__(
        self,
        module: Module,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(module, lr, weight_decay)
        require(len(betas) == 2 and all(0 <= beta < 1 for beta in betas), "betas", betas, "two numbers in [0, 1)")
        self.betas, self.eps, self.steps = betas, eps, 0
        self.mean, self.square = np.zeros_like(self.values), np.zeros_like(self.values)

    def change(self, grads: np.ndarray) -> np.ndarray:
        self.steps += 1
        beta1, beta2 = self.betas
        self.mean *= beta1
        self.mean += (1 - beta1) * grads
        self.square *= beta2
        self.square += (1 - beta2) * grads**2
        mean_bias, root_bias = 1 - beta1**self.steps, (1 - beta2**self.steps) ** 0.5  # both start from zero
        change = self.mean / (np.sqrt(self.square) + self.eps * root_bias)
        change *= self.lr * root_bias / mean_bias
        return change
