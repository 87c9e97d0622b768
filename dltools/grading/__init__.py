"""What staff run: collect, jail, workers, gradebook, report."""

from dltools.running import quick_imports  # noqa: F401
