"""The time limit, at its edges."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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


def sleep_for_ever() -> None:
    while True:
        time.sleep(0.001)


def ends_by_time(seconds: float) -> bool:
    try:
        call_within(seconds, sleep_for_ever)
    except TimeoutError:
        return True
    return False


def test_one_thread_watches_over_all_calls() -> None:
    call_within(10, int)
    before = threading.active_count()
    assert [call_within(10, threading.active_count) for _ in range(5)] == [before] * 5


def test_a_shorter_limit_beside_a_longer_one_and_inside_it() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ends_by_time, [0.3, 0.05, 0.2, 0.1]))
    assert call_within(10, lambda: ends_by_time(0.05))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_limits_of_its_own() -> None:
    call_within(10, int)
    child = os.fork()
    if not child:
        os._exit(0 if ends_by_time(0.05) else 1)
    assert os.waitpid(child, 0)[1] == 0
