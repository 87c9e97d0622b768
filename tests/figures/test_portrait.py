"""The picture at the end of unit 11 shows a panel of each part, and what the student's net reads."""

import numpy as np

from dltools.figures.portrait import portrait


def test_every_panel_is_drawn_and_the_net_is_asked():
    images = np.random.default_rng(0).random((6, 1, 14, 14))
    figure = portrait(lambda some: [7] * len(some), images, "95.0%")
    assert all(axes.lines or axes.images or axes.patches for axes in figure.axes) and len(figure.axes) == 12
    assert figure.axes[-1].get_title() == "11  your net reads 7, 7"
    np.testing.assert_array_equal(figure.axes[-1].images[0].get_array()[:, 14:], images[3, 0])
