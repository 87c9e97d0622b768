"""Every layer, loss and penalty of the course: forward and backward, in NumPy."""

from dltools.nn.convolution import (
    conv2d_as_matrix,
    conv2d_backward,
    conv2d_forward,
    conv2d_output_size,
    conv2d_parameter_count,
)

__all__ = [
    "conv2d_as_matrix",
    "conv2d_backward",
    "conv2d_forward",
    "conv2d_output_size",
    "conv2d_parameter_count",
]
