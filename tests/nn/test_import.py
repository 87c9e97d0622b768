"""Importing the library is quick, because what is slow to import is imported where it is used."""

import subprocess
import sys

SLOW = ("scipy", "sklearn", "tqdm", "IPython", "torch")


def test_layers_and_training_import_nothing_slow() -> None:
    code = f"import sys, dltools, dltools.nn, dltools.training; print([name for name in {SLOW} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
