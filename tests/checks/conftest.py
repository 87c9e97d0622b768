"""How many seeds a check is tried with: three, or 50 with --long; how far from a tolerance: one, or 200."""

import pytest
import styles


def pytest_configure(config: pytest.Config) -> None:
    long = config.getoption("--long", False)
    styles.SEEDS, styles.MANY = (range(50), range(200)) if long else (range(3), range(1))
