# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {unit:lstm} LSTM
#
# The gradient of a plain RNN fades on its way back, because every step multiplies it by a factor that is not 1. The
# *long short-term memory* has a second state beside the hidden one, the **cell**, whose factor the network itself can
# set, to 1 if it likes. In this unit you write it, gate by gate, forward and backward; you build a cell by hand that
# keeps a bit for a hundred steps; and you train one to do what your RNN of unit {unit:vanishing} could not.
#
# **The question of this unit:** where in a network of 32 cells is a number kept for sixty steps? You will find the cell.
#
# **When you are done you can**
#
# - say what each gate of an LSTM does, and compute a step with pencil and paper;
# - write its forward and backward pass, for a step and through time;
# - explain why the sum in its middle lets a gradient travel far, and show it on a task with a long lag.
#
# **Time:** 75 to 90 minutes. **You need:** the RNN and its way back through time (unit {unit:rnn}), the vanishing gradient
# (unit {unit:vanishing}), the slopes of the logistic function and of the tanh (unit {unit:activations}).

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.lstm import Record, cell_lab, learning_lab, memory_lab
from dltools.nn import mse_loss, sigmoid
from dltools.training import (
    LSTM,
    RNN,
    Adam,
    LastStep,
    Linear,
    Sequential,
    adding_problem,
    parameter_count,
    predict,
    progress,
    train_step,
)

# %% [markdown]
# ## A state that is kept, not made anew
#
# An RNN makes its state anew at each step; what it knew before survives only as far as $W$ and the tanh let it through.
# The LSTM (Hochreiter and Schmidhuber, 1997) has a **cell** $c_t$ instead that is *kept*, and changed by adding to it.
# Three **gates** decide what happens to it: it is *erased* (forget gate), *written* (input gate) and *read* (output gate).
# (There were two in 1997; the forget gate came in 2000.) A gate is a number between 0, shut, and 1, open, made by a
# logistic function from the hidden state before and the present input:
#
# $$\begin{aligned}
# f &= \sigma(W_f h_{t-1} + U_f x_t + b_f) && \text{forget gate: which share of the old cell is kept}\\
# i &= \sigma(W_i h_{t-1} + U_i x_t + b_i) && \text{input gate: which share of the candidate is written}\\
# o &= \sigma(W_o h_{t-1} + U_o x_t + b_o) && \text{output gate: which share of the cell is read, and shown outside}\\
# \tilde c &= \tanh(W_c h_{t-1} + U_c x_t + b_c) && \text{candidate: what could be written}\\[4pt]
# c_t &= f * c_{t-1} + i * \tilde c && \text{the cell}\\
# h_t &= o * \tanh(c_t) && \text{the hidden state, all that the rest of the network sees}
# \end{aligned}$$
#
# The products $*$ are taken entry by entry: each of the $H$ cells has gates of its own. With $f = 1$ and $i = 0$ a cell
# stays as it is, for as long as you like. The `+` in the line of the cell is the secret of it all, as you will see on
# the way back.
#
# The weights of the three gates and of the candidate are stacked, in the order **f, i, o, c~**: `W` has the shape
# `(4H, H)`, `U` has `(4H, D)` and `b` has `(4H,)`. The first $H$ rows are those of the forget gate.
#
# ### A worked example
#
# One cell, one input. Let $x = 1$, $h_{t-1} = 0$, $c_{t-1} = 0.5$; all weights $U$ are 1, and the biases of f, i, o, c~
# are 1, -1, 0, 0. Then the four sums are 2, 0, 1 and 1.
#
# | | sum | value |
# |---|---|---|
# | $f = \sigma(2)$ | 1 + 1 | 0.881 |
# | $i = \sigma(0)$ | 1 - 1 | 0.500 |
# | $o = \sigma(1)$ | 1 + 0 | 0.731 |
# | $\tilde c = \tanh(1)$ | 1 + 0 | 0.762 |
# | $c_t$ | 0.881 · 0.5 + 0.5 · 0.762 | 0.821 |
# | $h_t$ | 0.731 · tanh(0.821) = 0.731 · 0.676 | 0.494 |
#
# ### Exercise 1: `lstm_step_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, D)` |
# | `h`, `c` | `(N, H)`, the states before the step |
# | `W`, `U`, `b` | `(4H, H)`, `(4H, D)`, `(4H,)` |
# | returns `h_next`, `c_next` | `(N, H)` each |
# | returns `cache` | whatever your backward will need |
#
# A hint to save work: the sums of all gates can come from one product each with `W` and `U`, and be split afterwards.
# `sigmoid` of unit {unit:activations} is imported above. Do not change `c`: your backward will need the old one.

# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `c_next` into the cell below the case, for one
# point; the other results can be tried in a cell of your own.

# %%
foresee("lstm_step_forward")

# %% answer lstm_step_forward_foreseen
lstm_step_forward_foreseen = ""
### BEGIN SOLUTION
lstm_step_forward_foreseen = -0.7998
### END SOLUTION


# %% check lstm_step_forward_foreseen
check_foreseen(lstm_step_forward_foreseen=lstm_step_forward_foreseen)

# %% answer lstm_step_forward
def lstm_step_forward(x, h, c, W, U, b):
    """Return h_next (N, H), c_next (N, H) and a cache for the backward pass."""
    ### BEGIN SOLUTION
    H = h.shape[1]
    sums = h @ W.T + x @ U.T + b
    f, i, o = np.split(sigmoid(sums[:, : 3 * H]), 3, axis=1)
    candidate = np.tanh(sums[:, 3 * H :])
    c_next = f * c + i * candidate
    tanh_c = np.tanh(c_next)
    return o * tanh_c, c_next, (x, h, c, W, U, f, i, o, candidate, tanh_c)
    ### END SOLUTION


# %% check lstm_step_forward
check(lstm_step_forward)

# %% [markdown]
# Does it agree with the worked example?

# %%
example = (
    np.array([[1.0]]),
    np.array([[0.0]]),
    np.array([[0.5]]),
    np.zeros((4, 1)),
    np.ones((4, 1)),
    np.array([1.0, -1, 0, 0]),
)
h_next, c_next, example_cache = lstm_step_forward(*example)
print(f"new cell {c_next[0, 0]:.3f}, hidden state {h_next[0, 0]:.3f}")

# %% [markdown]
# ### Play: the gates
#
# One cell, and **your** function. The sliders set the biases, and with h and x at 0 they are the sums inside the gates;
# what W h and U x add is written below the gates. Predict which way the cell will move, then reveal.

# %%
cell_lab(lstm_step_forward)

# %% [markdown]
# *Questions that only playing answers.* Find the sliders that *keep* the old cell whatever the candidate is; those that
# *erase* it; those that *replace* it by the candidate; and those at which the cell grows beyond 1. Can the hidden
# state grow beyond 1, too?
#
# <details><summary>Answers, once you have played</summary>
#
# Keep: f at 8 and i at -8; 0.8 stays 0.8, whatever the candidate is. Erase: both at -8. Replace: f at -8 and i at 8.
# Grow: both at 8 and the candidate at 8 make 1.8 of 0.8, and each further step would add nearly 1. The hidden state
# cannot follow: it is a share of $\tanh(c)$, and that stays below 1. From an old cell of 2, the new one is 3.0 and the
# hidden state, with o at 8, 0.995.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## A memory made by hand
#
# Before a network learns to set gates, set some yourself. Build an LSTM with a single cell that stores one bit. It has
# two inputs: a **bit**, -1 or 1, which is there at every step, and **write**, which says what to do with it:
#
# - While write is 0 the cell keeps what it has, and the bits that go by do not touch it.
# - When write is 1 the cell forgets what it has and takes the bit.
# - The cell can always be seen from outside.
#
# A gate is fully open or shut only at infinity. So let the `strength` s say how far the sums inside the gates are from
# 0: for an open gate the sum is s, for a shut one it is -s, and the sum inside the candidate is the bit times s. The
# gates look at the inputs only, not at the hidden state.
#
# How strong is strong enough? Keeping is multiplying by $f = \sigma(s)$ at each step. With s = 4, f is 0.982, and after
# 100 steps 16 % of the bit is left. With s = 8 it is 97 %.
#
# ### Exercise 2: `memory_cell_weights`
#
# Write down the four sums first, as functions of bit and write; then read weights and biases off them. For instance the
# sum inside the forget gate is s where write is 0 and -s where write is 1, whatever the bit. Which line is that?
#
# | argument | shape | |
# |---|---|---|
# | `strength` | a number | s |
# | returns `W` | `(4, 1)` | for the hidden state |
# | returns `U` | `(4, 2)` | for the inputs bit and write |
# | returns `b` | `(4,)` | |

# %% answer memory_cell_weights
def memory_cell_weights(strength):
    """Return W (4, 1), U (4, 2) and b (4,) of one cell that keeps a bit until another is written."""
    ### BEGIN SOLUTION
    U = [[0, -2], [0, 2], [0, 0], [1, 0]]
    b = [1, -1, 1, 0]
    return np.zeros((4, 1)), strength * np.array(U, dtype=float), strength * np.array(b, dtype=float)
    ### END SOLUTION


# %% check memory_cell_weights
check(memory_cell_weights)

# %% [markdown]
# ## The way back
#
# What comes back to a step are two gradients, because two things leave it: `grad_h_next` for the hidden state, and
# `grad_c_next` for the cell, from the step after. Follow the question of all units, *what did this number touch?*
#
# - The **new cell** $c_t$ touched two things: the next step, directly, and the hidden state $h_t = o * \tanh(c_t)$. Two
#   ways, so two parts that add. Everything but the output gate depends on their sum.
# - The **old cell** touched the new cell, by the factor $f$, and nothing else.
# - Each **gate** touched one product. Its gradient is what comes back to that product, times its partner there. Then it
#   passes the slope of its own function, $g(1 - g)$ for a gate $g$ and $1 - \tilde c^2$ for the candidate, into the sum.
# - From the four sums on, it is the linear layer of unit {unit:perceptron}: they are made from `h`, `x` and `b`.
#
# Look at the second line again, for it is the point of the whole construction. Along the line of the cells the factor
# of a step is $f$ alone, with no matrix and no tanh. A product of many factors $f$, all of them near 1, does not
# vanish. An RNN sends the old state through $W$ and the tanh at each step; the LSTM keeps it, and *adds* what is new.
# (There is a second way back, through the hidden states and the gates. It fades like that of an RNN, but now that does
# no harm.)
#
# ### The worked example, backward
#
# In the example above let `grad_h_next` be 1 and `grad_c_next` 0.5. Then
#
# | gradient of | | |
# |---|---|---|
# | $c_t$ | 0.5 + 1 · 0.731 · (1 - 0.676²) | 0.897 |
# | $c_{t-1}$ | 0.897 · 0.881 | 0.790 |
# | the sum inside f | 0.897 · 0.5 · 0.881 · (1 - 0.881) | 0.047 |
# | the sum inside i | 0.897 · 0.762 · 0.5 · (1 - 0.5) | 0.171 |
# | the sum inside o | 1 · 0.676 · 0.731 · (1 - 0.731) | 0.133 |
# | the sum inside c~ | 0.897 · 0.5 · (1 - 0.762²) | 0.188 |
#
# ### Exercise 3: `lstm_step_backward`
#
# | argument | shape |
# |---|---|
# | `grad_h_next`, `grad_c_next` | `(N, H)` each |
# | `cache` | what your `lstm_step_forward` returned |
# | returns `grad_x` | `(N, D)` |
# | returns `grad_h`, `grad_c` | `(N, H)` each, of the states before the step |
# | returns `grad_W`, `grad_U`, `grad_b` | the shapes of `W`, `U`, `b` |
#
# Name the gradients of the four sums first, and stack them in the order of the weights. What is left is three lines.

# %% answer lstm_step_backward
def lstm_step_backward(grad_h_next, grad_c_next, cache):
    """Return the gradients grad_x, grad_h, grad_c, grad_W, grad_U and grad_b."""
    ### BEGIN SOLUTION
    x, h, c, W, U, f, i, o, candidate, tanh_c = cache
    grad_cell = grad_c_next + grad_h_next * o * (1 - tanh_c**2)
    grad_f = grad_cell * c * f * (1 - f)
    grad_i = grad_cell * candidate * i * (1 - i)
    grad_o = grad_h_next * tanh_c * o * (1 - o)
    grad_candidate = grad_cell * i * (1 - candidate**2)
    grad_sums = np.concatenate([grad_f, grad_i, grad_o, grad_candidate], axis=1)
    return grad_sums @ U, grad_sums @ W, grad_cell * f, grad_sums.T @ h, grad_sums.T @ x, grad_sums.sum(axis=0)
    ### END SOLUTION


# %% check lstm_step_backward
check(lstm_step_backward, forward=lstm_step_forward)

# %% [markdown]
# Does it agree with the worked example? The gradients of the four biases are those of the four sums.

# %%
_, _, grad_c, _, _, grad_b = lstm_step_backward(np.array([[1.0]]), np.array([[0.5]]), example_cache)
print(f"gradient of the old cell {grad_c[0, 0]:.3f}, of the sums inside f, i, o, c~: {np.round(grad_b, 3)}")

# %% [markdown]
# ### Play: a bit, a hundred steps later
#
# Your memory cell is told once, at step 0, to write a 1. Beside it stands an RNN with one unit,
# $h_t = \tanh(w\, h_{t-1} + \text{bit}_t)$, which gets the same bit. On the left what they remember; on the right the
# gradient that travels back from the end, by **your** backward.

# %%
memory_lab(memory_cell_weights, lstm_step_forward, lstm_step_backward)

# %% [markdown]
# *Questions.* From which strength on does the cell keep more than 90 % of the bit? Then set the weight of the RNN to
# 1.5: now it remembers the bit, too. So why does it still not *learn* to remember? (Look to the right.) Last, let
# other bits pass by. Which of the two can tell them from the one that it was to keep, and what has it that the other
# has not?
#
# <details><summary>Answers, once you have played</summary>
#
# From 7 on: 0.91 is left, with 6.5 only 0.86. The RNN with 1.5 holds a state of 0.86, but at the flat end of the tanh:
# the gradient of its last state by the first is $10^{-40}$, and of the LSTM's cell 0.78. What is kept so firmly cannot
# be told to change. When other bits of size 1 pass by, the LSTM with strength 7.5 still has 0.95, and the RNN follows
# each of them: it has no gate that says when to write.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Through time
#
# A sequence is a loop over steps, forward as in unit {unit:rnn}. On the way back **two** gradients travel from step to step,
# one along the hidden states and one along the cells. The loss may look at every $h_t$ directly; `grad_h[:, t]` is
# that part, and what the later steps send back comes on top. The weights are the same at every step: what does that
# mean for their gradients?
#
# ### Exercise 4: `lstm_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, T, D)` |
# | `h0`, `c0` | `(N, H)` each, the states before the first step |
# | `W`, `U`, `b` | as above |
# | returns `h` | `(N, T, H)`, the hidden states after each step |
# | returns `c_last` | `(N, H)`, the cell after the last step |
# | returns `cache` | whatever your backward will need |

# %% answer lstm_forward
def lstm_forward(x, h0, c0, W, U, b):
    """Return the hidden states h (N, T, H), the last cell state (N, H) and a cache."""
    ### BEGIN SOLUTION
    h, c, states, caches = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), c, caches
    ### END SOLUTION


# %% check lstm_forward
check(lstm_forward)

# %% [markdown]
# ### Exercise 5: `lstm_backward`
#
# | argument | shape |
# |---|---|
# | `grad_h` | `(N, T, H)`, what comes back to each hidden state directly |
# | `grad_c_last` | `(N, H)`, what comes back to the last cell |
# | `cache` | what your `lstm_forward` returned |
# | returns `grad_x` | `(N, T, D)` |
# | returns `grad_h0`, `grad_c0` | `(N, H)` each |
# | returns `grad_W`, `grad_U`, `grad_b` | the shapes of `W`, `U`, `b` |
#
# Do not change `grad_h`.

# %% answer lstm_backward
def lstm_backward(grad_h, grad_c_last, cache):
    """Return the gradients grad_x, grad_h0, grad_c0, grad_W, grad_U and grad_b."""
    ### BEGIN SOLUTION
    caches = cache
    grad_x, grad_later, grad_c, grad_weights = [], 0, grad_c_last, [0, 0, 0]
    for t in reversed(range(len(caches))):
        grad_x_t, grad_later, grad_c, *grads = lstm_step_backward(grad_h[:, t] + grad_later, grad_c, caches[t])
        grad_x.append(grad_x_t)
        grad_weights = [total + grad for total, grad in zip(grad_weights, grads)]
    return np.stack(grad_x[::-1], axis=1), grad_later, grad_c, *grad_weights
    ### END SOLUTION


# %% check lstm_backward
check(lstm_backward, forward=lstm_forward)

# %% [markdown]
# ## See it learn: a lag of sixty steps
#
# The adding problem of unit {unit:vanishing}: a sequence of random numbers, two of them marked, and at the end their sum is asked.
# Whoever always answers 1 has a mean squared error of 1/6, or 0.167. At length 50 your plain RNN got no further. Here
# the sequences are 60 long.
#
# The nets below differ in one layer only. `MyLSTM` is the course's own LSTM layer with **your** two functions put in;
# its forget gates start with a bias of 1, so that the cells remember from the start. The RNNs have as many units, or
# about as many parameters, and the step size that suits them better. All are trained by Adam (gradient descent with a
# step size of its own for each parameter; unit {unit:pooling} has a box on it), with the gradient clipped. The six trainings take a
# minute or two; the bar under the cell tells how far they are.


# %%
class MyLSTM(LSTM):
    """The course's LSTM layer, running your functions."""

    functions = lstm_forward, lstm_backward


x_new, y_new = adding_problem(500, length=60, seed=123_456, dtype=np.float32)  # nobody is trained with these


def train(layer, units, step_size, seed, steps=1000, every=50):
    """Train a net on the adding problem; return it, the loss of every step, and its answers every 50 steps."""
    rng = np.random.default_rng(seed)
    net = Sequential(layer(2, units, rng, np.float32), LastStep(), Linear(units, 1, rng, np.float32))
    optimizer, losses, answers = Adam(net, step_size), [], []
    for step in progress(range(steps), f"{layer.__name__}, {units} units, seed {seed}"):
        if step % every == 0:
            answers.append(predict(net, x_new[:60])[:, 0])
        x, y = adding_problem(32, length=60, seed=steps * seed + step, dtype=np.float32)
        losses.append(train_step(net, mse_loss, optimizer, x, y, max_norm=1.0))
    answers.append(predict(net, x_new[:60])[:, 0])
    return net, losses, answers


nets = {"LSTM, 32 units": (MyLSTM, 32, 0.01), "RNN, 32 units": (RNN, 32, 0.003), "RNN, 66 units": (RNN, 66, 0.003)}
runs = {name: [train(*setting, seed) for seed in (0, 1)] for name, setting in nets.items()}

# %% [markdown]
# A minute or two later: how good are they on 500 sequences that none of them has seen?

# %%
lines = []
for name, trained in runs.items():
    errors = [mse_loss(predict(net, x_new), y_new)[0] for net, _, _ in trained]
    verdict = ", ".join("learned" if error < 0.01 else "not learned" for error in errors)
    lines.append(f"{name}, {parameter_count(trained[0][0]):,} parameters: {verdict}")
print("\n".join(lines))

# %%
figure, axis = plt.subplots(figsize=(8, 3.4), layout="constrained")
styles = {"LSTM, 32 units": ("#0072B2", "-"), "RNN, 32 units": ("#E69F00", "--"), "RNN, 66 units": ("#009E73", ":")}
for name, trained in runs.items():
    color, line = styles[name]
    for number, (_, losses, _) in enumerate(trained):
        smooth = np.convolve(losses, np.ones(50) / 50, mode="valid")
        axis.semilogy(smooth, line, color=color, label=name if number == 0 else None)
axis.axhline(1 / 6, color="black", linewidth=0.8)
axis.set(xlabel="step", ylabel="loss, mean of 50 steps")
axis.legend()
plt.show()

# %% [markdown]
# *What you see:* both LSTMs stay for a few hundred steps at the black line, the error of who always answers 1; then
# they find out how to keep a number, and the loss falls to a hundredth of that. The four RNNs stay at the line. This
# is not luck: over more seeds four of four LSTMs learned it in 1,000 steps, and none of sixteen RNNs, at three step
# sizes. (Not that an RNN never could. On sequences of 50, where one is given nine times as many steps, some do find a
# way. What the LSTM has is not a power that the RNN lacks, but a gradient that tells it where to go.)
#
# ### Play: the training, step by step
#
# The same two trainings with 32 units, and their answers to 60 new sequences on the way.

# %%
learning_lab(
    [
        Record(name, losses, 50, np.array(answers), y_new[:60, 0])
        for name, ((_, losses, answers), _) in runs.items()
        if "32" in name
    ]
)

# %% [markdown]
# *Question.* Before the loss falls, all answers of the LSTM lie on a level line. Why is that the best it can do, and at
# which height? Then watch it tilt.
#
# <details><summary>Answers, once you have played</summary>
#
# As long as nothing is kept until the end, the answer cannot depend on the marked numbers. The best single answer for
# all is the mean of the sums, two times 0.5: the line lies near 1, and the loss at the variance, 1/6. After about 450
# steps it tilts, and within a hundred or two steps more the answers go with the sums (a correlation above 0.9).
#
# </details>

# %% [markdown]
# *Question.* The nets were trained with sequences of 60. How well does the LSTM add in sequences of 90, or 120, which
# it has never seen? Try `adding_problem(1000, length=90, seed=1, dtype=np.float32)`. Could a network that reads all
# steps at once, with a weight for each, be asked that at all?
#
# <details><summary>Answers, once you have played</summary>
#
# It still adds, but drifts. At 60 the mean squared error of both is 0.0008. At 90 it is 0.01 for the first LSTM and
# 0.05 for the second, at 120 it is 0.03 and 0.18; that is more than who always answers 1 has. And yet the answers go
# with the sums there, with a correlation of 0.96 and 0.97: what is kept is still in the cell, moved a little by every
# step more. A network with a weight for each of 60 steps has none for the 61st. It cannot even be asked.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## What it costs
#
# **Parameters.** Four sums where an RNN has one: $4H(H + D + 1)$ instead of $H(H + D + 1)$; with 32 units and 2
# inputs 4,480 against 1,120. Neither grows with the length of the sequence.
#
# **Time.** About four times the multiplications of an RNN with as many units. As every step waits for the one before,
# nothing can be done about a loop over time. But much can be taken out of it: the sums over the inputs, $U x_t$, need
# no hidden state and can come from one product for all steps. Compare your `lstm_forward` with the library's: `from
# dltools.nn import lstm_forward as fast`, and `%timeit` on both. It is in `dltools/nn/lstm.py`.
#
# **Memory.** The backward needs the gates and cells of every step: about $6 \cdot N \cdot T \cdot H$ numbers.

# %% [markdown]
# ## Look inside
#
# Back to the question of this unit: where is a number kept for sixty steps? Below are the 32 cells of the first LSTM while
# it reads a new sequence; at the dotted lines the two marked numbers go by.

# %%
x, y = adding_problem(1, length=60, seed=5, dtype=np.float32)
net = runs["LSTM, 32 units"][0][0]
weights = [parameter.value for parameter in net[0].parameters()]
h, c, cells = np.zeros((1, 32), np.float32), np.zeros((1, 32), np.float32), []
for t in range(60):
    h, c, _ = lstm_step_forward(x[:, t], h, c, *weights)
    cells.append(c[0])
figure, axis = plt.subplots(figsize=(8, 3.4), layout="constrained")
axis.plot(np.array(cells), color="#0072B2", linewidth=1, alpha=0.6)
for mark in np.flatnonzero(x[0, :, 1]):
    axis.axvline(mark, color="black", linestyle=":")
axis.set(xlabel="step", ylabel="cells")
plt.show()
print(f"marked: {x[0, x[0, :, 1] == 1, 0].round(2)}, sum {y[0, 0]:.2f}")

# %% [markdown]
# *What you see:* most cells stay near 0. A few of them drift slowly, and jump where a marked number goes by.
#
# ### One of the 32 is the sum
#
# Nobody told the network how to add, or where. But the sum must be somewhere when the sequence is over. Find it: let the
# network read 500 new sequences, and look which of its cells goes with the right answer.

# %%
h0 = c0 = np.zeros((500, 32), np.float32)
_, last_cells, _ = lstm_forward(x_new, h0, c0, *weights)
correlations = np.array([np.corrcoef(cell, y_new[:, 0])[0, 1] for cell in last_cells.T])
sum_cell = np.abs(correlations).argmax()
print("one cell follows the sum with a correlation above 0.95:", abs(correlations[sum_cell]) > 0.95)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(y_new[:, 0], last_cells[:, sum_cell], ".", color="#0072B2", markersize=3)
left.set(xlabel="the sum that was asked for", ylabel="that cell, at the end", title="500 new sequences")
right.plot(np.array(cells)[:, sum_cell], color="#0072B2")
for mark in np.flatnonzero(x[0, :, 1]):
    right.axvline(mark, color="black", linestyle=":")
right.set(xlabel="step", title="the same cell, reading one of them")
plt.show()

# %% [markdown]
# *What you see:* left, 500 points on nearly one line, rising or falling: at the end this cell *is* the sum, but for scale
# and zero. Right, the same cell while it reads: it drifts, jumps where the first marked number goes by, keeps most of that in
# all the steps between, and jumps again at the second, up or down. It is the memory cell that you set by hand in this unit,
# with a difference: this one adds, and nobody set it.
#
# So there it is, the number that your RNN of unit {unit:vanishing} could not keep for fifty steps. You wrote three gates and one
# plus sign, forward and backward; out of them a network has made itself a memory, and you have put your finger on it.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** The old cell is 2, f = 0.5, i = 1, and the candidate is -0.4. What is the new cell?

# %% answer cell_question
cell_question = ""
### BEGIN SOLUTION
cell_question = 0.6
### END SOLUTION


# %% check cell_question
check_answer(cell_question=cell_question)

# %% [markdown]
# **2.** Which gates keep a number in the cell, whatever goes by?
#
# - **a**: f near 1 and i near 1
# - **b**: f near 0 and i near 0
# - **c**: f near 0 and i near 1
# - **d**: f near 1 and i near 0

# %% answer keep_question
keep_question = ""
### BEGIN SOLUTION
keep_question = "d"
### END SOLUTION


# %% check keep_question
check_answer(keep_question=keep_question)

# %% [markdown]
# **3.** (Unit {unit:vanishing}.) The states of a tanh network are all near 1 or -1. What does a gradient meet on its
# way back?
#
# - **a**: slopes near 0
# - **b**: slopes near 1
# - **c**: the entries of W alone
# - **d**: slopes above 1

# %% answer saturated_question
saturated_question = ""
### BEGIN SOLUTION
saturated_question = "a"
### END SOLUTION


# %% check saturated_question
check_answer(saturated_question=saturated_question)

# %% [markdown]
# **4.** (Unit {unit:pooling}.) Average pooling with windows of 2 x 2: the gradient 8 comes back to a window. What does
# each of its pixels get?

# %% answer average_question
average_question = ""
### BEGIN SOLUTION
average_question = 2
### END SOLUTION


# %% check average_question
check_answer(average_question=average_question)

# %% [markdown]
# ## Where to read on
#
# - S. Hochreiter and J. Schmidhuber, *Long short-term memory* (1997): the adding problem is theirs.
# - F. Gers, J. Schmidhuber and F. Cummins, *Learning to forget* (2000): the forget gate came three years later.
# - K. Greff and others, *LSTM: a search space odyssey* (arXiv:1503.04069): which of the parts does it need?
# - PyTorch's `torch.nn.LSTM`: the same layer. Its gates are in another order, and it has two biases. Which?
#
# **Next:** {unit:resnet} ResNet puts the same `+` between the layers of a deep network.
