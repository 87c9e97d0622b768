"""How many seeds a check is tried with: three, or 50 with --long."""

import pytest
import styles


def pytest_configure(config: pytest.Config) -> None:
    styles.SEEDS = range(50) if config.getoption("--long", False) else range(3)
