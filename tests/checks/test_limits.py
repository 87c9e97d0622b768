"""The time limit, at its edges."""

import time
from contextlib import suppress

import pytest

from dltools.running.limits import call_within


def test_a_call_in_time_returns_its_value() -> None:
    assert call_within(10, lambda: 3) == 3


def test_an_endless_call_is_ended() -> None:
    def endless() -> None:
        while True:
            with suppress(Exception):
                time.sleep(0.001)

    with pytest.raises(TimeoutError, match=r"did not end within 0\.05 seconds"):
        call_within(0.05, endless)


def test_what_the_call_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        call_within(10, lambda: 1 / 0)


def test_a_call_that_ends_just_when_its_time_does_returns_or_times_out() -> None:
    for _ in range(300):  # nothing else may come out, and no interrupt may arrive after the call
        with suppress(TimeoutError):
            call_within(0.002, lambda: time.sleep(0.002))
