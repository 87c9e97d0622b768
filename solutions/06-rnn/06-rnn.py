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
# # {unit:rnn} RNN
#
# An image has a fixed size; a sentence goes on until it is over. A recurrent neural network reads it one word at a
# time, with the *same weights at every step*, and carries what it has read in a hidden state. In this unit you write
# that network, send a gradient back through time, and train a language model: it learns to write, letter by letter.
#
# **The question of this unit:** can a network that sees one letter at a time find out by itself that there are words?
#
# **When you are done you can**
#
# - turn words into vectors with an embedding, and say what its gradient is when a word occurs twice;
# - write one step of an RNN and the whole of it through time, forward and backward;
# - train a language model with a loss at every step, and let it write with a temperature;
# - measure what speaks for an RNN and what against it.
#
# **Time:** 90 minutes. **You need:** the chain rule and `cross_entropy` of unit {unit:backpropagation}, `linear_forward` of unit {unit:perceptron} and
# tanh of unit {unit:activations}. The references of all earlier units come from `dltools.nn`.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.rnn import language_lab, unrolled_lab
from dltools.nn import cross_entropy, linear_backward, linear_forward
from dltools.training import Adam, Module, Parameter, character_corpus, orthogonal, progress, xavier_uniform

# %% [markdown]
# ## Words as vectors
#
# A network computes with numbers, and a word is none. The simplest code is **one-hot**: with a vocabulary of M words,
# word number $i$ is a vector of M numbers, a 1 at place $i$ and zeros elsewhere. The first layer multiplies it by a
# matrix,
#
# $$e(t) = E\, x(t),$$
#
# and as all but one of the numbers in $x(t)$ are zero, the product only *picks out* what E holds for that word. So
# nobody multiplies. We keep an array `weight` of shape `(M, D)`, one row of D numbers for each word, and look the row
# up. This is the **embedding**; its rows are learned.
#
# **By hand.** Let `weight` have the rows (1, 2), (3, 4), (5, 6) for the words 0, 1, 2. The sentence 2, 0, 2 becomes
# (5, 6), (1, 2), (5, 6). Now the gradients (1, 1), (2, 0), (0, 3) come back for these three vectors. Word 2 occurs
# twice, so it has an effect in two places, and its row gets (1, 1) + (0, 3) = (1, 4). Word 0 gets (2, 0). Word 1 did
# not occur and gets (0, 0).
#
# ## Exercises 1 and 2: `embedding_forward` and `embedding_backward`
#
# | argument | shape |
# |---|---|
# | `indices` | whole numbers in any shape, such as `(N, T)` |
# | `weight` | `(M, D)` |
# | returns `out` | the shape of `indices`, and D at the end: `(N, T, D)` |
# | backward returns `grad_weight` | `(M, D)` |


# %% answer embedding_forward
def embedding_forward(indices, weight):
    """Return the vector of every word, and a cache for the backward pass."""
    ### BEGIN SOLUTION
    return weight[indices], (indices, weight.shape)
    ### END SOLUTION


# %% check embedding_forward
check(embedding_forward)


# %% answer embedding_backward
def embedding_backward(grad_out, cache):
    """Return grad_weight (M, D): for every word, what its places in the text send back."""
    ### BEGIN SOLUTION
    indices, shape = cache
    grad_weight = np.zeros(shape, grad_out.dtype)
    np.add.at(grad_weight, indices, grad_out)
    return grad_weight
    ### END SOLUTION


# %% check embedding_backward
check(embedding_backward, forward=embedding_forward)

# %%
weight = np.array([[1.0, 2], [3, 4], [5, 6]])
out, cache = embedding_forward(np.array([2, 0, 2]), weight)
print(out)
print(embedding_backward(np.array([[1.0, 1], [2, 0], [0, 3]]), cache))

# %% [markdown]
# ## One step
#
# The **hidden state** $h$ is what the network knows so far, H numbers. A step takes the old state and the new input
# and makes the new state:
#
# $$h_t = \tanh(W h_{t-1} + U x_t + b)$$
#
# W is H x H, U is H x D, b has H numbers. (Other texts call them $W_h$, $W_e$ and $b_1$, and write $\sigma$ for the
# activation, which may be any. In this course W goes with the hidden state and U with the input.) As everywhere in this
# course the batch comes first, so that each *row* of `h` is the state of one sequence.
#
# **By hand.** One unit, one input: $W = 2$, $U = -1$, $b = 0.5$, old state $h = 0.25$, input $x = 1$. The sum is
# $2 · 0.25 - 1 · 1 + 0.5 = 0$, and the new state is $\tanh 0 = 0$.
#
# For the way back, let the gradient 3 arrive at the new state. The slope of tanh, $1 - \tanh^2$, is 1 here, so 3
# arrives at the sum. From there:
#
# | gradient of | factor | |
# |---|---|---|
# | $x$ | $U = -1$ | -3 |
# | $h$ | $W = 2$ | 6 |
# | $W$ | $h = 0.25$ | 0.75 |
# | $U$ | $x = 1$ | 3 |
# | $b$ | 1 | 3 |
#
# ## Exercises 3 and 4: `rnn_step_forward` and `rnn_step_backward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, D)` |
# | `h` | `(N, H)` |
# | `W`, `U`, `b` | `(H, H)`, `(H, D)`, `(H,)` |
# | returns `h_next` | `(N, H)` |
# | backward returns `grad_x, grad_h, grad_W, grad_U, grad_b` | each in the shape of its argument |
#
# W is square. A product with W the wrong way round does not raise an error; it is only wrong. Which axis of W
# belongs to the new state?


# %% answer rnn_step_forward
def rnn_step_forward(x, h, W, U, b):
    """Return the next state h_next (N, H), and a cache for the backward pass."""
    ### BEGIN SOLUTION
    h_next = np.tanh(h @ W.T + x @ U.T + b)
    return h_next, (x, h, W, U, h_next)
    ### END SOLUTION


# %% check rnn_step_forward
check(rnn_step_forward)


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `grad_W` into the cell below the case, for one
# point; the other results can be tried in a cell of your own. (A calculator, or `np.tanh`, knows the two tanhs.)

# %%
foresee("rnn_step_backward")

# %% answer rnn_step_backward_foreseen
rnn_step_backward_foreseen = ""
### BEGIN SOLUTION
rnn_step_backward_foreseen = 0.9969
### END SOLUTION


# %% check rnn_step_backward_foreseen
check_foreseen(rnn_step_backward_foreseen=rnn_step_backward_foreseen)

# %% answer rnn_step_backward
def rnn_step_backward(grad_h_next, cache):
    """Return grad_x, grad_h, grad_W, grad_U and grad_b."""
    ### BEGIN SOLUTION
    x, h, W, U, h_next = cache
    grad_sum = grad_h_next * (1 - h_next**2)
    return grad_sum @ U, grad_sum @ W, grad_sum.T @ h, grad_sum.T @ x, grad_sum.sum(axis=0)
    ### END SOLUTION


# %% check rnn_step_backward
check(rnn_step_backward, forward=rnn_step_forward)

# %%
one = np.ones((1, 1))
h_next, cache = rnn_step_forward(1 * one, 0.25 * one, 2 * one, -1 * one, np.array([0.5]))
print("h_next", h_next)
for name, grad in zip(("x", "h", "W", "U", "b"), rnn_step_backward(3 * one, cache)):
    print(f"gradient of {name}:", grad.ravel())

# %% [markdown]
# ## Through time
#
# Now let the step run along the sequence: the state that one step makes is the state with which the next begins. Lay
# the copies side by side, *unroll* the network, and it looks like a deep network with one layer for each step. Two
# things are special about it. All layers have the same weights. And a loss may be attached to *every* layer, not only to the
# last.
#
# Both have a say in the backward. What did the state $h_t$ touch? Its own output at step $t$, from which
# `grad_h[:, t]` comes back; and the next state, from which a gradient comes back through step $t + 1$. The two add.
# And what did W touch? Every step. So its gradient is the sum of what all steps give. This way back is called
# **backpropagation through time**.
#
# **By hand.** The step from above, twice: $h_0 = 0.25$ and $x = (1, 0.5)$. The first state is 0, as before, and the
# second is $\tanh(2 · 0 - 0.5 + 0.5) = 0$. Let `grad_h` be (1, 3). We begin at the end.
#
# | step | arrives at the state | to $x_t$ | adds to W | adds to U | adds to b | goes further back |
# |---|---|---|---|---|---|---|
# | 2 | 3 | -3 | 3 · 0 = 0 | 3 · 0.5 = 1.5 | 3 | 3 · 2 = 6 |
# | 1 | 1 + 6 = 7 | -7 | 7 · 0.25 = 1.75 | 7 · 1 = 7 | 7 | 7 · 2 = 14, to $h_0$ |
# | **sum** | | | **1.75** | **8.5** | **10** | |
#
# ## Exercises 5 and 6: `rnn_forward` and `rnn_backward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, T, D)` |
# | `h0` | `(N, H)` |
# | `W`, `U`, `b` | as above |
# | returns `h` | `(N, T, H)`: the state after each step |
# | backward takes `grad_h` | `(N, T, H)` |
# | backward returns `grad_x, grad_h0, grad_W, grad_U, grad_b` | each in the shape of its argument |
#
# Your two functions for one step do the work.


# %% answer rnn_forward
def rnn_forward(x, h0, W, U, b):
    """Return the states of all steps h (N, T, H), and a cache for the backward pass."""
    ### BEGIN SOLUTION
    h, states, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches
    ### END SOLUTION


# %% check rnn_forward
check(rnn_forward)


# %% answer rnn_backward
def rnn_backward(grad_h, cache):
    """Return grad_x, grad_h0, grad_W, grad_U and grad_b from the gradients of all states."""
    ### BEGIN SOLUTION
    caches, grad_x = cache, [None] * len(cache)
    grad_later = grad_W = grad_U = grad_b = 0
    for t in reversed(range(len(caches))):
        grads = rnn_step_backward(grad_h[:, t] + grad_later, caches[t])
        grad_x[t], grad_later = grads[:2]
        grad_W, grad_U, grad_b = grad_W + grads[2], grad_U + grads[3], grad_b + grads[4]
    return np.stack(grad_x, axis=1), grad_later, grad_W, grad_U, grad_b
    ### END SOLUTION


# %% check rnn_backward
check(rnn_backward, forward=rnn_forward)

# %%
x = np.array([1, 0.5]).reshape(1, 2, 1)
h, cache = rnn_forward(x, 0.25 * one, 2 * one, -1 * one, np.array([0.5]))
for name, grad in zip(("x", "h0", "W", "U", "b"), rnn_backward(np.array([1.0, 3]).reshape(1, 2, 1), cache)):
    print(f"gradient of {name}:", grad.ravel())

# %% [markdown]
# ### Play: one network, many steps
#
# A network of two units, unrolled; its numbers come from **your** step functions. The loss depends on a single state,
# which you choose. Predict which steps add to the gradient of W.

# %%
unrolled_lab(rnn_step_forward, rnn_step_backward)

# %% [markdown]
# *Questions that only playing answers.* Put the loss at the last of eight steps. From which step on, going back, is
# the bar too small to see? Find an entry of W to which one step adds a positive and another a negative number: what
# does that say about learning from a sum? Why are the bars to the right of the loss empty?
#
# <details><summary>Answers, once you have played</summary>
#
# Take W[0, 1]. The step of the loss adds most; from step 4 on, going back, the bars are a sixteenth of that and less.
# All entries have parts of both signs: here step 5 adds 0.063 and step 8 takes 0.111 away. The steps pull at the same
# weight in different directions, and only what is left over moves it. To the right of the loss the bars are empty,
# because a state has no effect on what came before it.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## A language model
#
# A **language model** tells which word comes next. At every step its state is turned into a distribution over the
# vocabulary,
#
# $$y(t) = \text{softmax}(V h_t + b'),$$
#
# with V of shape M x H for M words. (Other texts write U for V and $b_2$ for $b'$.) The right answer stands in the
# text: it is the next word. So every text is its own teacher, and every step has a loss: the cross-entropy of
# $y(t)$ and the word that did come. The loss of a batch is the mean over all N·T words.
#
# ## Exercise 7: `language_model_loss`
#
# | argument | shape |
# |---|---|
# | `h` | `(N, T, H)` |
# | `V`, `b` | `(M, H)`, `(M,)` |
# | `targets` | `(N, T)`, whole numbers: `targets[n, t]` is the word to be predicted from `h[n, t]` |
# | returns `loss, grad_h, grad_V, grad_b` | a number, and a gradient in the shape of each |
#
# You have `linear_forward(x, weight, bias)`, `linear_backward(grad_out, cache)` and `cross_entropy(logits, targets)`
# for tables of rows. What is a row here?


# %% answer language_model_loss
def language_model_loss(h, V, b, targets):
    """Return the mean cross-entropy of all predicted words, and the gradients of h, V and b."""
    ### BEGIN SOLUTION
    N, T, H = h.shape
    logits, cache = linear_forward(h.reshape(N * T, H), V, b)
    loss, grad_logits = cross_entropy(logits, targets.reshape(N * T))
    grad_h, grad_V, grad_b = linear_backward(grad_logits, cache)
    return loss, grad_h.reshape(N, T, H), grad_V, grad_b
    ### END SOLUTION


# %% check language_model_loss
check(language_model_loss)

# %% [markdown]
# ## Writing, with a temperature
#
# A trained model can write: draw a word from $y(t)$, feed it in as the next input, and so on. How boldly it draws is
# set by the **temperature** $\tau$, which divides the logits before the softmax:
#
# $$p = \text{softmax}(z / \tau)$$
#
# **By hand.** Let the logits be $z = (\ln 4, 0)$. At $\tau = 1$ the odds are 4 : 1, the probabilities 0.8 and 0.2. At
# $\tau = 0.5$ the logits double, so the odds are squared, 16 : 1. At $\tau = 2$ they are halved and the odds are 2 :
# 1.
#
# ## Exercise 8: `softmax_with_temperature`
#
# `logits` has the shape `(..., M)`: the distributions are along the last axis. Logits may be as large as 1000, and
# their exponentials are too large for a number; unit {unit:backpropagation} knew what to do.


# %% answer softmax_with_temperature
def softmax_with_temperature(logits, temperature):
    """Return softmax(logits / temperature) along the last axis, in the shape of logits."""
    ### BEGIN SOLUTION
    scaled = (logits - logits.max(axis=-1, keepdims=True)) / temperature
    exponentials = np.exp(scaled)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% check softmax_with_temperature
check(softmax_with_temperature)

# %%
for temperature in (0.5, 1, 2):
    print(temperature, np.round(softmax_with_temperature(np.array([np.log(4), 0]), temperature), 3))

# %% [markdown]
# ## Learning to write
#
# The text is small: 150 made-up sentences. The "words" of our model are its letters, 26 of them with the space, the
# full stop and the end of the line. So the model has to find out first that there are words at all.

# %%
corpus = character_corpus()
print(corpus.text[:140])
print(f"{len(corpus.text):,} letters, {len(corpus.letters)} different ones")

# %% [markdown]
# > **How to begin: Xavier and orthogonal.** Unit {unit:activations} showed that a signal fades or explodes in a deep stack if the first
# > weights have the wrong size. **Xavier** weights (X. Glorot and Y. Bengio, 2010; *xavier* is Glorot's first name) have the
# > variance $2 / (\text{fan\_in} + \text{fan\_out})$, where fan_in is how many inputs an output has and fan_out how many outputs
# > an input has: a compromise, so that neither the signal nor the gradient changes its size much, for tanh and sigmoid. For
# > ReLU, which drops half of the signal, He's rule of unit {unit:activations} takes $2 / \text{fan\_in}$. The recurrent matrix W is special: the
# > state passes through the *same* W at every step. So it begins as an **orthogonal** matrix, a rotation perhaps with a
# > mirror, which leaves the length of every vector as it is (A. Saxe and others, arXiv:1312.6120). Why that matters so much is
# > unit {unit:vanishing}. Both are short: `dltools/training/initializers.py`. The optimizer, **Adam**, has its box in unit {unit:pooling}: gradient
# > descent in which each parameter has a step size of its own.
#
# The class below keeps the six arrays as `Parameter`s, each with its gradient beside it, which is what Adam asks of a
# `Module`. It calls your functions in order, there and back; `write` draws one letter after the other.


# %%
class LanguageModel(Module):
    """The parameters of the model: E, W, U, b, V, b_out."""

    def __init__(self, seed, hidden=64, features=16):
        rng, M = np.random.default_rng(seed), len(corpus.letters)
        E, W = 0.3 * rng.normal(size=(M, features)), orthogonal((hidden, hidden), rng)
        U, V = xavier_uniform((hidden, features), rng), xavier_uniform((M, hidden), rng)
        self.arrays = [Parameter(array) for array in (E, W, U, np.zeros(hidden), V, np.zeros(M))]

    def parameters(self):
        return self.arrays

    def loss_and_gradients(self, x, y):
        """Return the loss for letters x (N, T) and the letters after them y (N, T), and set all gradients."""
        E, W, U, b, V, b_out = (parameter.value for parameter in self.arrays)
        vectors, embedded = embedding_forward(x, E)
        h, kept = rnn_forward(vectors, np.zeros((len(x), len(W))), W, U, b)
        loss, grad_h, grad_V, grad_b_out = language_model_loss(h, V, b_out, y)
        grad_vectors, _, grad_W, grad_U, grad_b = rnn_backward(grad_h, kept)
        grads = (embedding_backward(grad_vectors, embedded), grad_W, grad_U, grad_b, grad_V, grad_b_out)
        for parameter, grad in zip(self.arrays, grads):
            parameter.grad[...] = grad
        return loss


def write(model, temperature, length=60, seed=0):
    """Return a text that the model writes, beginning on a new line."""
    E, W, U, b, V, b_out = (parameter.value for parameter in model.arrays)
    rng, h, letter, written = np.random.default_rng(seed), np.zeros((1, len(W))), corpus.letters.index("\n"), []
    for _ in range(length):
        h, _ = rnn_step_forward(E[[letter]], h, W, U, b)
        letter = rng.choice(len(V), p=softmax_with_temperature(V @ h[0] + b_out, temperature))
        written.append(letter)
    return corpus.decode(np.array(written))


# %% [markdown]
# Before training, two numbers to measure the loss by. Somebody who knows nothing gives each of 26 letters the same
# probability and has the loss $\ln 26 = 3.26$. On new sentences nobody can do better than about 0.17 (only who learns
# the 150 of the training by heart gets lower on those): each sentence is put
# together from 7 beginnings, 7 verbs, 7 objects and 7 endings, and which ones follow cannot be known, which is
# $4 \ln 7 = 7.8$ for 46 letters. (Often $e^{\text{loss}}$ is told instead, the **perplexity**: among how many equally likely
# letters the choice would be as hard. That is 26 at first, and 1.2 at best.)


# %%
def train(seed, steps=600, snapshots_at=()):
    """Train a model; return it, the losses, and copies of its parameters after some of the steps."""
    model, rng, losses, snapshots = LanguageModel(seed), np.random.default_rng(seed), [], {}
    optimizer = Adam(model, lr=0.005)
    for step in progress(range(steps + 1), "steps"):
        if step in snapshots_at:
            snapshots[step] = model.state()
            print(f"after {step:3} steps: {write(model, 1.0)!r}")
        losses.append(model.loss_and_gradients(*corpus.batch(32, 30, rng)))
        optimizer.step()
    return model, losses, snapshots


model, losses, snapshots = train(0, snapshots_at=(0, 20, 60, 200, 600))

# %%
figure, axis = plt.subplots(figsize=(7, 2.8), layout="constrained")
axis.plot(losses, color="#0072B2")
axis.axhline(np.log(26), color="#616161", linestyle="--")
axis.axhline(4 * np.log(7) / 46, color="#616161", linestyle=":")
axis.set(xlabel="step", ylabel="loss", title="loss (line), knowing nothing (dashed), the best possible (dotted)")
plt.show()

# %% [markdown]
# *What you see:* the loss starts near the dashed line, falls steeply in the first hundred steps and then slowly, and
# ends a little above the dotted line. Does it depend on the random start? Here are two more.

# %%
for seed in (0, 1, 2):
    final = np.mean(losses[-50:] if seed == 0 else train(seed)[1][-50:])
    print(f"start {seed}: loss {final:.1f}")

# %% [markdown]
# ### Play: your model reads and writes
#
# Write a text into the field and press Enter; your model reads it letter by letter. Go through its training with the
# first slider.

# %%
language_lab(rnn_step_forward, softmax_with_temperature, snapshots)

# %% [markdown]
# *Questions.* What does the model learn first: words, or how long words are? After which letter of "the cat" is it
# sure of the next, and after which can it not be? At which temperature does it begin to misspell, and at which does
# it write the same few sentences again and again? Type a word that is not in the text, such as "the table": how many
# letters does it take to find back?
#
# <details><summary>Answers, once you have played</summary>
#
# How long words are. After 20 steps it sets as many spaces as the text has, one in six letters, and its words are as
# long, 4.1 letters; but only 4 in 100 of them are words. After 60 steps it is 14 in 100, after 200 about 58, after 600
# about 94. It is sure of the space after "the" and nearly of the "a" after "the c". It cannot know what comes after
# "the ": nobody can. At 0.1 it writes about ten sentences again and again; up to 0.7 hardly any word is misspelled, at
# 1 it is one in twenty and at 1.5 four in ten. After "the table" it mostly makes a word that ends like others, "tables"
# or "tabled", and in three of our four tries all is right again from the next space on.
#
# </details>

# %% [markdown]
# ## For and against, measured
#
# **Any length.** The model was trained on excerpts of 30 letters. The same weights read more or fewer.
#
# **The size does not grow.** A fully connected network that looks at the last k letters, one-hot, needs weights for
# each of the k places. The RNN has one set of weights for all of them: every step is treated alike.

# %%
for length in (10, 30, 100, 300):
    loss = model.loss_and_gradients(*corpus.batch(20, length, np.random.default_rng(1)))
    fully_connected = (length * 26 + 1) * 64 + 65 * 26
    recurrent = sum(parameter.value.size for parameter in model.parameters())
    print(f"{length:3} letters: loss {loss:.1f}, {recurrent:,} parameters (fully connected: {fully_connected:,})")

# %% [markdown]
# The loss is larger for short excerpts: the model begins in the middle of a sentence, with an empty state, and has to
# read a few letters before it knows where it is.
#
# **Slow.** The T steps have to wait for each other, so a computer with a thousand cores is no faster than one. Try
# it: one long sequence takes longer than many short ones with the same number of letters, on a quiet machine several
# times as long. Type `%timeit rnn_forward(long, np.zeros((1, 64)), W, U, b)` into a cell of your own, and then the same
# with `short` and `np.zeros((200, 64))`.

# %%
E, W, U, b, V, b_out = (parameter.value for parameter in model.parameters())
long, short = np.zeros((1, 2000, 16)), np.zeros((200, 10, 16))

# %% [markdown]
# **Far back is hard to reach.** In theory the state can carry a word for as long as it likes. But can it *learn* to?
# What the loss at the last step tells the weights about a letter 20 steps earlier is the gradient that arrives there.

# %%
x, y = corpus.batch(100, 41, np.random.default_rng(2))
h, kept = rnn_forward(E[x], np.zeros((100, 64)), W, U, b)
grad_h = np.zeros_like(h)
grad_h[:, -1] = language_model_loss(h[:, -1:], V, b_out, y[:, -1:])[1][:, 0]
grad_x = rnn_backward(grad_h, kept)[0]
reach = np.linalg.norm(grad_x, axis=2).mean(axis=0)[::-1]

figure, axis = plt.subplots(figsize=(7, 2.8), layout="constrained")
axis.semilogy(reach, color="#0072B2", marker="o", markersize=3)
axis.set(xlabel="steps before the loss", ylabel="size of the gradient", title="the gradient that arrives at a letter")
plt.show()
print(f"20 steps back arrives less than a tenth: {reach[20] < reach[0] / 10}")

# %% [markdown]
# *What you see:* a curve that falls from the left to the right, in steps nearly along a straight line. The scale is
# logarithmic, so a straight line means: *the same factor at every step*. Why that is so, and what becomes of it, is
# unit {unit:vanishing}.

# %% [markdown]
# ## What it costs
#
# A step multiplies N times an H x H and an H x D matrix; for T steps that is N·T·H·(H + D) multiplications, and
# twice as many backward. With N = 32, T = 30, H = 64, D = 16 it is about 5 million forward. The backward needs all
# states, so memory grows with N·T·H: text of any length can be *read* with one state, but learned from only in
# excerpts. (That is why training took 30 letters at a time. Ours begins each excerpt with a state of zeros; *truncated
# backpropagation through time* carries the state on from one excerpt to the next, and cuts the gradient alone.)
#
# The library's version, `dltools/nn/rnn.py`, multiplies all inputs with U in one product before the loop, and
# collects the gradients of the sums, so that the weights' gradients are one product after the loop. What has to stay
# inside, and why?

# %% [markdown]
# ## Are there words?
#
# Back to the question of this unit: can a network that sees one letter at a time find out by itself that there are
# words? Let it write 3,000 letters, a little more carefully than it believes (temperature 0.8), and count: how much of
# it is words of the text, and does it only repeat what it has read?

# %%
words, sentences = set(corpus.text.replace(".", " ").split()), set(corpus.text.splitlines())
for name, author in (("before training", LanguageModel(0)), ("after training", model)):
    text = write(author, 0.8, 3000)
    share = np.mean([word in words for word in text.replace(".", " ").split()])
    print(f"{name}: {round(10 * share)} in 10 words are words of the text")
whole = [line for line in text.splitlines()[:-1] if set(line.replace(".", " ").split()) <= words]
new = [line for line in whole if line not in sentences]
print("of whole sentences in right words, more than half stand nowhere in the text:", len(new) > len(whole) / 2)
print("\n".join(new[:3]))

# %% [markdown]
# So yes, it can. You gave it 26 letters and the next one to guess, and out came words, their spelling and the order in which
# they go. And it has not learned the text by heart: most of its sentences are new. Nothing in your functions knows what a
# word is, or a sentence. They multiply, add and bend, the same at every step, and send the surprise at each letter
# back to the weights.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** A word occurs three times in a sentence. To the first number of its vector come the gradients 2, 3 and -1. What
# is the gradient of that weight?

# %% answer word_question
word_question = ""
### BEGIN SOLUTION
word_question = 4
### END SOLUTION


# %% check word_question
check_answer(word_question=word_question)

# %% [markdown]
# **2.** The temperature of a softmax goes toward 0. What does the model write?
#
# - **a**: nearly always the likeliest word
# - **b**: every word equally often
# - **c**: the same as before, for the probabilities are made to add up to 1 again
# - **d**: nearly always the least likely word

# %% answer heat_question
heat_question = ""
### BEGIN SOLUTION
heat_question = "a"
### END SOLUTION


# %% check heat_question
check_answer(heat_question=heat_question)

# %% [markdown]
# **3.** (Unit {unit:pooling}.) Maps of the shape (8, 16, 2, 2), batch first, are flattened. How many inputs has the
# fully connected layer behind them?

# %% answer flat_question
flat_question = ""
### BEGIN SOLUTION
flat_question = 64
### END SOLUTION


# %% check flat_question
check_answer(flat_question=flat_question)

# %% [markdown]
# **4.** (Unit {unit:backpropagation}.) All weights of a two-layer net start at zero. What goes wrong?
#
# - **a**: the loss is infinite
# - **b**: the softmax divides by zero
# - **c**: the weights explode
# - **d**: all hidden neurons stay alike

# %% answer zeros_question
zeros_question = ""
### BEGIN SOLUTION
zeros_question = "d"
### END SOLUTION


# %% check zeros_question
check_answer(zeros_question=zeros_question)

# %% [markdown]
# ## Where to read on
#
# - J. L. Elman, *Finding structure in time* (1990): the network of this unit, learning words from letters, as yours
#   did.
# - A. Karpathy, *The unreasonable effectiveness of recurrent neural networks* (2015): the same with more text.
# - PyTorch's `torch.nn.RNN`: it has two biases where one would do. Which of its arrays are our W and U?
#
# **Next:** {unit:vanishing} asks why gradients vanish on the way back, and sometimes explode.
