"""Every layer equals the values that PyTorch gave once, stored by tests/vectors/make.py; PyTorch is not needed here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.nn.peers import PEERS, Peer

with np.load(Path(__file__).parents[1] / "vectors" / "layers.npz") as stored:
    VECTORS = dict(stored)


def stored_values(peer: Peer, case: int, kind: str) -> dict[str, Any]:
    prefix = f"{peer.name}/{case}/{kind}/"
    return {name.removeprefix(prefix): value for name, value in VECTORS.items() if name.startswith(prefix)}


def stored_options(peer: Peer, case: int) -> dict[str, Any]:
    """Return the options as they were before they became arrays: numbers, words and pairs."""
    options = stored_values(peer, case, "option")
    arrays = {"x", "target", "targets", "indices", "running_mean", "running_var"}
    return {
        name: value if name in arrays else tuple(value.tolist()) if value.ndim else value.item()
        for name, value in options.items()
    }


@pytest.mark.parametrize("case", range(3))
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_equals_stored_values(peer: Peer, case: int) -> None:
    arrays, grads_out, expected = (
        list(stored_values(peer, case, kind).values()) for kind in ("array", "grad_out", "expected")
    )
    found = peer.run_ours(arrays, stored_options(peer, case), grads_out)
    assert len(expected) == len(found) >= 2
    for ours, theirs in zip(found, expected):
        assert np.shape(ours) == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * np.abs(theirs).max(initial=1))
