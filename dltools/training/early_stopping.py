"""Stop when the validation loss no longer falls, and go back to where it was lowest (notes, "Early stopping")."""

import math

import numpy as np

from dltools.nn.arguments import require, whole_number
from dltools.training.modules import Module


class EarlyStopping:
    """Watches the validation loss and keeps the best state of the module.

    It is time to stop when `patience` epochs in a row, at least one, have brought no loss lower than the best by more
    than `min_delta`.
    Raises ValueError if patience is no whole number of at least 0, or min_delta negative.
    """

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        self.patience = whole_number("patience", patience, 0)
        require(min_delta >= 0, "min_delta", min_delta, "at least 0")
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.best_epoch = -1
        self.epoch = -1
        self.best_state: list[np.ndarray] | None = None

    def update(self, validation_loss: float, module: Module) -> bool:
        """Take in the loss of one more epoch, the first being epoch 0; returns True when it is time to stop."""
        self.epoch += 1
        if validation_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.best_state = validation_loss, self.epoch, module.state()
        return self.epoch - self.best_epoch >= max(self.patience, 1)

    def restore(self, module: Module) -> None:
        """Set the module to its best state, if there has been one."""
        if self.best_state is not None:
            module.load_state(self.best_state)
