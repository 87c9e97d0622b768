"""Every layer equals PyTorch over drawn shapes and options, in float64, to 1e-10: results and all gradients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nn.peers import PEERS, Dice, Peer

pytest.importorskip("torch", reason="the drawn comparison needs PyTorch; the stored vectors are checked without it")


class DrawnDice(Dice):
    """Dice that hypothesis rolls, so that it can look for the simplest failing case."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def number(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def one_of(self, *choices: Any) -> Any:
        return self.data.draw(st.sampled_from(choices))

    def normal(self, *shape: int) -> np.ndarray:
        rng = np.random.default_rng(self.number(0, 2**32 - 1))
        return rng.normal(scale=self.one_of(0.3, 1.0, 4.0, 30.0), size=shape)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_equals_pytorch(peer: Peer, data: st.DataObject) -> None:
    dice = DrawnDice(data)
    arrays, options = peer.draw(dice)
    grads_out = [dice.normal(*shape) for shape in peer.result_shapes(arrays, options)]
    for ours, theirs in zip(peer.run_ours(arrays, options, grads_out), peer.run_torch(arrays, options, grads_out)):
        assert np.shape(ours) == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * max(1.0, np.abs(theirs).max()))
