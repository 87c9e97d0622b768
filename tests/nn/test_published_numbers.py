"""The numbers that the notebooks of a widely known course (Stanford CS231n, assignments 1 to 3) expect."""

import numpy as np

from dltools import nn


def ramp(start: float, stop: float, *shape: int) -> np.ndarray:
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


def test_affine() -> None:
    x, weight, bias = ramp(-0.1, 0.5, 2, 120), ramp(-0.2, 0.3, 120, 3), np.linspace(-0.3, 0.1, 3)
    out, _ = nn.linear_forward(x, weight.T, bias)
    expected = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    np.testing.assert_allclose(out, expected, atol=5e-9)


def test_convolution() -> None:
    x, weight, bias = ramp(-0.1, 0.5, 2, 3, 4, 4), ramp(-0.2, 0.3, 3, 3, 4, 4), np.linspace(-0.1, 0.2, 3)
    out, _ = nn.conv2d_forward(x, weight, bias, stride=2, padding=1)
    expected = [
        [
            [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
            [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
            [[0.50813986, 0.54309974], [0.64082444, 0.67101435]],
        ],
        [
            [[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
            [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
            [[2.36270298, 2.36904306], [2.38090835, 2.38247847]],
        ],
    ]
    np.testing.assert_allclose(out, expected, atol=5e-9)


def test_max_pooling() -> None:
    out, _ = nn.max_pool2d_forward(ramp(-0.3, 0.4, 2, 3, 4, 4), kernel_size=2, stride=2)
    expected = [
        [
            [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]],
            [[-0.14526316, -0.13052632], [-0.08631579, -0.07157895]],
            [[-0.02736842, -0.01263158], [0.03157895, 0.04631579]],
        ],
        [
            [[0.09052632, 0.10526316], [0.14947368, 0.16421053]],
            [[0.20842105, 0.22315789], [0.26736842, 0.28210526]],
            [[0.32631579, 0.34105263], [0.38526316, 0.4]],
        ],
    ]
    np.testing.assert_allclose(out, expected, atol=5e-9)


def test_rnn_step() -> None:
    x, h, b = ramp(-0.4, 0.7, 3, 10), ramp(-0.2, 0.5, 3, 4), np.linspace(-0.2, 0.4, 4)
    U, W = ramp(-0.1, 0.9, 10, 4).T, ramp(-0.3, 0.7, 4, 4).T
    expected = [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
    np.testing.assert_allclose(nn.rnn_step_forward(x, h, W, U, b)[0], expected, atol=5e-9)


def test_lstm_step() -> None:
    x, h, c = ramp(-0.4, 1.2, 3, 4), ramp(-0.3, 0.7, 3, 5), ramp(-0.4, 0.9, 3, 5)
    ours = [1, 0, 2, 3]  # that course stacks the gates i, f, o, g

    def reorder(stacked: np.ndarray) -> np.ndarray:
        return stacked.T.reshape(4, 5, -1)[ours].reshape(20, -1)

    U, W = reorder(ramp(-2.1, 1.3, 4, 20)), reorder(ramp(-0.7, 2.2, 5, 20))
    b = np.linspace(0.3, 0.7, 20).reshape(4, 5)[ours].ravel()
    h_next, c_next, _ = nn.lstm_step_forward(x, h, c, W, U, b)
    expected_h = [
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
    ]
    expected_c = [
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
    ]
    np.testing.assert_allclose(h_next, expected_h, atol=5e-9)
    np.testing.assert_allclose(c_next, expected_c, atol=5e-9)
