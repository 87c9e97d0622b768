"""The machine that a benchmark ran on: a number without it says nothing."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("dltools", "numpy", "scipy", "torch", "nbgrader", "ipykernel", "jupyterlab")


def describe() -> dict[str, Any]:
    """What decides how fast things are here, and how busy the machine is with other work."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := installed(name))},
        "byte code": "on disk before anything is measured",
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def processor() -> str:
    """The processor's name, where Linux tells it, and whether it has the widest instructions, as its name may not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    said = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    wide = " with AVX-512" if "avx512f" in said.get("flags", "").split() else ""
    return said.get("model name", platform.machine()) + wide


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def markdown(machine: dict[str, Any]) -> str:
    """The description as one sentence."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    where = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['Python']}"
    how = f"byte code {machine['byte code']}; load average {machine['load']} when it began"
    return f"{where}, {versions}; {how}."
