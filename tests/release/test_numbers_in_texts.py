"""Numbers that the text of a unit states and no cell prints: each is computed here, and must stand there so."""

import re
from math import log, prod, sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from dltools import nn
from dltools.places import REPOSITORY
from dltools.training import character_corpus


def s(number: float) -> float:
    return float(nn.sigmoid(np.array(number)))


x, y = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
V, W = np.array([[0.5, -1.0], [1.0, 0.5]]), np.array([[1.0, -2.0], [0.5, 1.0]])
h = nn.sigmoid(x @ V.T)
z = nn.sigmoid(h @ W.T)
back_z = 2 * (z - y)
back_Wh = back_z * z * (1 - z)
back_h = back_Wh @ W
p = nn.softmax(np.array([2.0, 1.0, 0.0]))
f, i, o, candidate = s(2.0), s(0.0), s(1.0), np.tanh(1.0)
cell = f * 0.5 + i * candidate
back_cell = 0.5 + o * (1 - np.tanh(cell) ** 2)
corpus = character_corpus()
cnn = [16 * 16 * 8 * 9, 8 * 8 * 16 * 72, 256 * 10]
parameters = [(9 * 1 + 1) * 8, (9 * 8 + 1) * 16, 257 * 10]
outputs = 6 * nn.conv2d_output_size(32, 5) ** 2
losses = -np.log([0.5, *(nn.softmax(np.array(logits))[1] for logits in ([5.0, 1.0], [-1.0, 3.0]))])

SAID = {
    "01-perceptron": [
        f"$1 / (1 + e^{{0.5}}) = 1 / {1 + np.exp(0.5):.3f} = {s(-0.5):.3f}$",
        f"$\\log 2 = {log(2):.3f}$",
    ],
    "02-activations": [
        f"s(2) = 1 / (1 + {np.exp(-2):.3f}) = {s(2.0):.3f}",
        f"{s(2.0):.3f} · {1 - s(2.0):.3f} = {s(2.0) * (1 - s(2.0)):.3f}",
        f"P(X ≤ 1) = {ndtr(1):.3f} and the other one s(1.702) = {s(1.702):.3f}",
    ],
    "03-backpropagation": [
        f"h | s(-1.5) = {h[0, 0]:.3f} | s(2) = {h[0, 1]:.3f}",
        f"z | s(-1.579) = {z[0, 0]:.3f} | s(0.972) = {z[0, 1]:.3f}",
        f"= {(z[0, 0] - 1) ** 2:.4f} + {z[0, 1] ** 2:.4f} = {np.sum((z - y) ** 2):.4f}",
        f"arrives at z | 2(z - y) | {back_z[0, 0]:.3f} | {back_z[0, 1]:.3f}",
        f"+ 0.5·0.289 = {back_h[0, 0]:.3f} | -2·(-0.235) + 1·0.289 = {back_h[0, 1]:.3f}",
        f"0.289 · 0.182 = {back_Wh[0, 1] * h[0, 0]:.3f}",
        f"the probabilities are {p[0]:.3f}, {p[1]:.3f}, {p[2]:.3f}",
        f"-log 0.665 = {-log(p[0]):.3f}; if class 2 is right, -log 0.090 = {-log(p[2]):.3f}",
        f"one side gives (1.331 - 1) / 0.1 = {(1.1**3 - 1) / 0.1:.2f}, both sides give (1.331 - 0.729) / 0.2 = "
        f"{(1.1**3 - 0.9**3) / 0.2:.2f}",
        f"{2 * (32 * 65 + 10 * 32):,} of them for the {32 * 65 + 10 * 32:,} weights",
    ],
    "04-convolution": [
        f"{outputs:,} · 75 = {outputs * 75:,} multiplications",
        f"{32 * 32 * 3:,} · {outputs:,}, about {32 * 32 * 3 * outputs / 1e6:.0f} million",
    ],
    "05-pooling-and-cnn": [
        *(f"| {count:,} |" for count in parameters),
        f"16 · 16 · 8 · 9 = {cnn[0]:,} in the first convolution, 8 · 8 · 16 · 72 = {cnn[1]:,} in the second",
        f"{cnn[2]:,} in the fully connected layer",
        f"the convolutions do {sum(cnn[:2]) / sum(cnn):.0%} of the work".replace("%", " %"),
        f"{(16 * 16 * 16 + 1) * 10:,} parameters, sixteen times as many",
    ],
    "06-rnn": [
        f"$\\ln {len(corpus.letters)} = {log(len(corpus.letters)):.2f}$",
        f"$4 \\ln 7 = {4 * log(7):.1f}$ for {len(corpus.text) / 150:.0f} letters",
        f"better than about {4 * log(7) / 46:.2f}",
        f"about {32 * 30 * 64 * (64 + 16) / 1e6:.0f} million forward",
    ],
    "07-vanishing-exploding": [
        f"$0.72^3 = {0.72**3:.2f}$",
        f"$1.2^{{49}}$ is about {round(1.2**49, -2):,.0f}",
        f"about {50 * 32**3 / 1e6:.1f} million against {50 * 32**2 / 1e3:.0f} thousand",
    ],
    "08-lstm": [
        f"{f:.3f} · 0.5 + 0.5 · {candidate:.3f} | {cell:.3f} |",
        f"{o:.3f} · tanh(0.821) = 0.731 · {np.tanh(cell):.3f} | {o * np.tanh(cell):.3f} |",
        f"(1 - 0.676²) | {back_cell:.3f} |",
        f"0.897 · 0.881 | {back_cell * f:.3f} |",
        f"0.897 · 0.762 · 0.5 · (1 - 0.5) | {back_cell * candidate * i * (1 - i):.3f} |",
        f"With s = 4, f is {s(4.0):.3f}, and after 100 steps {s(4.0) ** 100:.0%}".replace("%", " %"),
        f"With s = 8 it is {s(8.0) ** 100:.0%}".replace("%", " %"),
        f"with 32 units and 2 inputs {4 * 32 * 35:,} against {32 * 35:,}",
    ],
    "09-resnet": [f"with 64 channels, {9 * 64 + 9 * 64:,} in all"],
    "10-overfitting": [f"2 - 0.1·(0.5 + 1.2) = {2 - 0.1 * (0.5 + 2 * 0.3 * 2):.2f}"],
    "11-capstone": [
        *(f"| {np.exp(-loss):.2f} | {loss:.2f} |" for loss in losses),
        f"is {sqrt(0.25 / 2000):.1%} at most, and {sqrt(0.92 * 0.08 / 2000):.1%} at 92%",
        f"$\\sqrt{{0.0499/100}} = {sqrt(0.0499 / 100):.3f}$",
        f"together they make {sqrt(2) * 0.03:.3f}",
        f"about {round(prod((14, 14, 12, 108)), -3):,} products an image",
    ],
}


@pytest.mark.parametrize("unit, said", [(unit, said) for unit, all_said in SAID.items() for said in all_said])
def test_a_number_in_a_text_is_what_comes_out(unit: str, said: str) -> None:
    source = (REPOSITORY / "solutions" / unit / f"{unit}.py").read_text(encoding="utf-8")
    assert said in re.sub(r"\s+(# )?", " ", source)
