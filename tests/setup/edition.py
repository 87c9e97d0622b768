"""A small repository of which a students' edition can be made."""

import json
import shutil
from pathlib import Path

from dltools.release.bundle import FILES

ROOT = Path(__file__).resolve().parents[2]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
NOTEBOOK = {"cells": [], "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}


def make_repository(folder: Path) -> Path:
    """The real library and files, with a course of one empty unit, solutions and tests that must not be given away."""
    for name in (*FILES, "README.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "dltools", folder / "dltools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course/04-convolution", "solutions/04-convolution", "tests"):
        (folder / name).mkdir(parents=True)
    for name in ("course", "solutions"):
        (folder / name / "04-convolution" / "04-convolution.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    return folder
