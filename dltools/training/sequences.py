"""Sequences to remember: the adding problem, the embedded Reber grammar, and sentences letter by letter."""

from typing import NamedTuple

import numpy as np

from dltools.nn.arguments import require, whole_number


def adding_problem(
    count: int, length: int = 50, seed: int = 0, dtype: type[np.floating] = np.float64
) -> tuple[np.ndarray, np.ndarray]:
    """Return sequences of random numbers, two of which are marked, and the sum of these two.

    x (count, length, 2): a number from 0 to 1 and its mark, 0 or 1; one mark in either half. y (count, 1).
    Who answers 1 always has the mean squared error 1/6 (Hochreiter and Schmidhuber, 1997).
    """
    whole_number("count", count, 1)
    half = whole_number("length", length, 2) // 2
    rng = np.random.default_rng(seed)
    numbers, marks = rng.uniform(size=(count, length)), np.zeros((count, length))
    marks[np.arange(count), rng.integers(half, size=count)] = 1
    marks[np.arange(count), rng.integers(half, length, size=count)] = 1
    return np.stack([numbers, marks], axis=2).astype(dtype), (numbers * marks).sum(axis=1, keepdims=True).astype(dtype)


REBER_SYMBOLS = "BTPSXVE"

# From each state of the grammar: the two symbols that may follow, each with the state that it leads to.
REBER_GRAPH = {
    0: (("T", 1), ("P", 2)),
    1: (("S", 1), ("X", 3)),
    2: (("T", 2), ("V", 4)),
    3: (("X", 2), ("S", 5)),
    4: (("P", 3), ("V", 5)),
}


def reber_string(rng: np.random.Generator) -> str:
    """Return a random word of the Reber grammar, such as BTXSE (Reber, 1967)."""
    word, state = "B", 0
    while state in REBER_GRAPH:
        symbol, state = REBER_GRAPH[state][rng.integers(2)]
        word += symbol
    return word + "E"


def embedded_reber_string(rng: np.random.Generator) -> str:
    """Return a Reber word between two equal symbols, such as BTBPVVETE: the second must be known from the first."""
    frame = "TP"[rng.integers(2)]
    return f"B{frame}{reber_string(rng)}{frame}E"


def embedded_reber(
    count: int, length: int = 12, seed: int = 0, dtype: type[np.floating] = np.float64
) -> tuple[np.ndarray, np.ndarray]:
    """Return embedded Reber words of one length, and what follows each symbol.

    x (count, length - 1, 7) one-hot, y (count, length - 1) the index of the next symbol in REBER_SYMBOLS.
    The last but one symbol can be known only by remembering the second. ValueError if length is below 9.
    """
    whole_number("count", count, 1)
    whole_number("length", length, 9)
    rng = np.random.default_rng(seed)
    words: list[list[int]] = []
    while len(words) < count:
        word = embedded_reber_string(rng)
        if len(word) == length:
            words.append([REBER_SYMBOLS.index(symbol) for symbol in word])
    symbols = np.array(words)
    return np.eye(len(REBER_SYMBOLS), dtype=dtype)[symbols[:, :-1]], symbols[:, 1:]


class Corpus(NamedTuple):
    """A text, the letters that occur in it, and the text as indices of these letters (L,)."""

    text: str
    letters: str
    indices: np.ndarray

    def encode(self, text: str) -> np.ndarray:
        """Return the indices of the letters of text (L,); ValueError if one is not in the corpus."""
        strange = sorted(set(text) - set(self.letters))
        require(not strange, "text", f"with {strange}", f"made of the letters {self.letters!r}")
        return np.array([self.letters.index(letter) for letter in text], dtype=np.int64)

    def decode(self, indices: np.ndarray) -> str:
        """Return the text whose letters have these indices (L,)."""
        return "".join(self.letters[index] for index in indices)

    def batch(self, count: int, length: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return random excerpts x (count, length) and the letter after each one of theirs, y (count, length)."""
        require(length < len(self.text), "length", length, f"less than {len(self.text)}, the length of the text")
        starts = rng.integers(len(self.text) - length, size=(count, 1))
        places = starts + np.arange(length)
        return self.indices[places], self.indices[places + 1]


SUBJECTS = ["the cat", "a small dog", "the old sailor", "my sister", "the gray bird", "a quiet child", "the baker"]
VERBS = ["sees", "follows", "remembers", "paints", "waits for", "sings to", "forgets"]
OBJECTS = ["the moon", "a red boat", "the river", "an open door", "the morning train", "two green apples", "the sea"]
TIMES = ["at night", "in the rain", "before breakfast", "every day", "again", "under the bridge", "without a word"]


def character_corpus(sentences: int = 150, seed: int = 0) -> Corpus:
    """Return a small text of made-up sentences, about 45 letters each, to be learned letter by letter."""
    whole_number("sentences", sentences, 1)
    rng = np.random.default_rng(seed)
    parts = [SUBJECTS, VERBS, OBJECTS, TIMES]
    lines = [" ".join(part[rng.integers(len(part))] for part in parts) + "." for _ in range(sentences)]
    text = "\n".join(lines) + "\n"
    letters = "".join(sorted(set(text)))
    return Corpus(text, letters, np.array([letters.index(letter) for letter in text], dtype=np.int64))
