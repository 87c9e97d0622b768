"""Hidden seeds: each student's cases are drawn from a secret that only the instructor has, and repeat in a regrade."""

import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from dltools.checks.exercise import HAND_IN_BITS
from dltools.grading.model import GradingError, Submission

SECRET = ".dltools-secret"
SHORTEST = 16
"""Bytes of a secret that nobody guesses; ours have 64."""


def secret(root: Path) -> bytes:
    """The course's secret, made on first use beside the gradebook, readable by its owner only."""
    path = root / SECRET
    if path.is_dir() or (path.exists() and len(path.read_bytes()) < SHORTEST):
        raise GradingError(
            f"{path} is not a secret of this course (it is a folder, or too short): put back the file that the"
            " course was graded with, or remove it, and every submission is graded with new hidden cases."
        )
    if not path.exists():
        make_secret(path)
    return path.read_bytes()


def make_secret(path: Path) -> None:
    """Write a new secret whole or not at all; of two graders that start at once the first one's counts."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        os.link(name, path)
    except FileExistsError:
        pass
    except OSError:  # a disk that has no links
        Path(name).rename(path)
    finally:
        Path(name).unlink(missing_ok=True)


def seed(key: bytes, assignment: str, student: str) -> int:
    """HMAC(secret, assignment, student): a number that NumPy takes as a seed."""
    return drawn(key, f"{len(assignment)}:{assignment}{student}".encode())


def with_seed(submission: Submission, assignment: str, key: bytes) -> Submission:
    """The submission with its seed: the student's, then as many bits that its bytes decide.

    A regrade repeats, and a second hand-in meets other cases; an exam takes the student's part alone.
    """
    files = [*sorted(submission.files.items()), *sorted(submission.beside.items())]
    contents = b"".join(hashlib.sha256(content).digest() for _, content in files)
    own = seed(key, assignment, submission.student)
    return replace(submission, seed=own << HAND_IN_BITS | drawn(key, contents))


def with_old_seed(submission: Submission) -> Submission:
    """The submission with the seed that it had before its bytes were mixed in."""
    return replace(submission, seed=submission.seed >> HAND_IN_BITS)


def drawn(key: bytes, message: bytes) -> int:
    return int.from_bytes(hmac.digest(key, message, hashlib.sha256)[: HAND_IN_BITS // 8], "big")
