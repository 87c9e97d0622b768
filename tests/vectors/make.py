"""Compute the stored vectors with PyTorch: `python -m tests.vectors.make`. Three seeded cases of each layer."""

from pathlib import Path

import numpy as np
import torch

from tests.nn.peers import PEERS, Dice

STORED = Path(__file__).with_name("layers.npz")


def main() -> None:
    vectors = {}
    for peer in PEERS:
        for case in range(3):
            dice = Dice(np.random.default_rng([case, *peer.name.encode()]))
            arrays, options = peer.draw(dice)
            grads_out = [dice.normal(*shape) for shape in peer.result_shapes(arrays, options)]
            expected = peer.run_torch(arrays, options, grads_out)
            for kind, values in {"array": arrays, "grad_out": grads_out, "expected": expected}.items():
                vectors |= {f"{peer.name}/{case}/{kind}/{index}": value for index, value in enumerate(values)}
            vectors |= {
                f"{peer.name}/{case}/option/{name}": value for name, value in options.items() if value is not None
            }
    np.savez_compressed(STORED, pytorch_version=torch.__version__, **vectors)


if __name__ == "__main__":
    main()
