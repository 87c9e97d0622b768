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
# # {unit:backpropagation} Backpropagation
#
# A network with a million weights needs a million derivatives for every step. Nudging one weight at a time would take
# a million forward passes. Backpropagation gets them all in one pass back, at the price of about two forward passes.
# It is the chain rule, applied in a clever order, and in this unit you do it by hand, in code, and on handwritten
# digits.
#
# **The question of this unit:** when a network is wrong, how does it find out which of its weights is to blame?
#
# **When you are done you can**
#
# - draw the computational graph of a network and follow values forward and gradients back through it;
# - write the backward pass of a two-layer network, and prove it right by small steps;
# - train that network on handwritten digits, with a loss that stays exact however wrong the answer is.
#
# **Time:** 75 to 90 minutes. **You need:** `linear_backward` of unit {unit:perceptron}, the sigmoid and its derivative of unit {unit:activations}.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.backpropagation import descent_lab, graph_lab
from dltools.nn import gradient_descent_step, sigmoid
from dltools.training import scanned_digits

# %% [markdown]
# ## The chain rule, by nudging
#
# Start with a chain of three numbers: $u = 3x$, $v = u^2$, $L = v + 1$, at $x = 2$. How fast does $L$ grow when $x$ does?
# Nudge $x$ by a tiny $h$. Then $u$ grows by $3h$. Near $u = 6$ a square grows $2u = 12$ times as fast as $u$, so $v$ grows
# by $12 \cdot 3h$; and $L$ grows as $v$ does. Together: $36$ times as fast as $x$. Each step had its own factor, and the
# factors are multiplied. That is the **chain rule**:
#
# $$\frac{dL}{dx} = \frac{dL}{dv} \cdot \frac{dv}{du} \cdot \frac{du}{dx} = 1 \cdot 12 \cdot 3 = 36$$
#
# As a picture, values on the way forward, gradients on the way back:
#
# ```
#               × 3            square            + 1
#         x ───────────▶ u ───────────▶ v ───────────▶ L
# value   2              6              36             37
# factor         3             2u = 12          1
# dL/d…   36 ◀────────── 12 ◀────────── 1 ◀─────────── 1
# ```
#
# Read the last line from the right: it starts with 1, for $L$ grows as fast as itself, and every node multiplies what
# comes back by its own factor. To know the factor of a node you need its own formula and its value, and nothing else of
# the network.
#
# **Where a number is used twice,** it reaches $L$ on two paths. Take $a = 3x$, $b = x^2$ and $L = a\,b$, again at $x = 2$:
#
# ```
#           × 3
#       ┌─────────▶ a = 6 ──┐
# x = 2 ┤                   ├──▶ L = a·b = 24
#       └─────────▶ b = 4 ──┘
#         square
#
# through a:  3 · 4 = 12     (a grows 3 times as fast as x, L grows b = 4 times as a)
# through b:  4 · 6 = 24     (b grows 2x = 4 times as x, L grows a = 6 times as b)
# together:          36
# ```
#
# The nudge reaches $L$ on both, so the parts **add up**, one for each path:
#
# $$\frac{dL}{dx} = \frac{\partial L}{\partial a} \frac{da}{dx} + \frac{\partial L}{\partial b} \frac{db}{dx}$$
#
# Do not take our word for it. Nudge:

# %%
chain, two_paths = lambda x: (3 * x) ** 2 + 1, lambda x: (3 * x) * x**2
for name, function in (("chain", chain), ("two paths", two_paths)):
    print(f"{name:9} nudged both ways, dL/dx = {(function(2 + 1e-6) - function(2 - 1e-6)) / 2e-6:.3f}")

# %% [markdown]
# ## The network of this unit
#
# Two layers, the logistic sigmoid s in both, no biases, and the squared distance from the target y as the loss:
#
# $$h = s(Vx), \qquad z = s(Wh), \qquad L = \lVert z - y \rVert^2$$
#
# **One forward pass** computes everything in between, h and z, and keeps it. **One backward pass** goes the same way
# in the other direction. At every node there is only one thing to do:
#
# > gradient that goes on = **local factor** × gradient that comes back.
#
# The local factor is the derivative of the node alone, as if the rest of the network did not exist. Where a number was
# used in several places, the gradients that come back from all of them **add up**. That is all there is to it, for two
# layers as for two hundred.
#
# ### A worked example
#
# $$x = \begin{pmatrix}1\\2\end{pmatrix} \quad V = \begin{pmatrix}0.5 & -1\\ 1 & 0.5\end{pmatrix} \quad
# W = \begin{pmatrix}1 & -2\\ 0.5 & 1\end{pmatrix} \quad y = \begin{pmatrix}1\\0\end{pmatrix}$$
#
# Forward, computed with all digits and written with three:
#
# | | first | second |
# |---|---|---|
# | Vx | 0.5·1 - 1·2 = -1.5 | 1·1 + 0.5·2 = 2 |
# | h | s(-1.5) = 0.182 | s(2) = 0.881 |
# | Wh | 0.182 - 2·0.881 = -1.579 | 0.5·0.182 + 0.881 = 0.972 |
# | z | s(-1.579) = 0.171 | s(0.972) = 0.726 |
#
# The loss is (0.171 - 1)² + (0.726 - 0)² = 0.6874 + 0.5264 = 1.2138. And back:
#
# | | local factor | first | second |
# |---|---|---|---|
# | arrives at z | 2(z - y) | -1.658 | 1.451 |
# | arrives at Wh | z(1 - z) = 0.142, 0.199 | -0.235 | 0.289 |
# | arrives at h | W, added up over both outputs | 1·(-0.235) + 0.5·0.289 = -0.090 | -2·(-0.235) + 1·0.289 = 0.759 |
# | arrives at Vx | h(1 - h) = 0.149, 0.105 | -0.013 | 0.080 |
#
# The gradient of a weight is what arrives at its sum, times the input that the weight was multiplied by. For $W_{21}$,
# from h1 to the second output: 0.289 · 0.182 = 0.053. Work out $V_{21}$ and $V_{12}$ before you read on, and find them
# in the figure below.
#
# ### The same in formulas
#
# What you did with numbers, in letters: j counts the outputs and i the hidden neurons.
#
# $$\nabla_z L = 2(z - y)$$
#
# $$\nabla_{W_j} L = \frac{\partial L}{\partial z_j} \; z_j (1 - z_j) \; h$$
#
# $$\nabla_h L = \sum_j \frac{\partial L}{\partial z_j} \; z_j (1 - z_j) \; W_j$$
#
# $$\nabla_{V_i} L = \frac{\partial L}{\partial h_i} \; h_i (1 - h_i) \; x$$
#
# $W_j$ is row j of W, the weights of output j, and $V_i$ is row i of V. So the gradients of V and W come one row at a
# time. In the third line, the sum is the sum over paths: $h_i$ reaches the loss through every output.
#
# ### Exercise 1: `two_layer_forward`
#
# Now for a batch of N examples. In the formulas an example is a *column* and stands on the right, $Vx$. In the code it is a
# *row* of `x`, so it stands on the left and V is transposed, as in unit {unit:perceptron}: `x @ V.T`. Row n of that product is $V$ times
# example n. Only the writing has changed; the shapes say which one you have, `(H, D)` times `(D,)` there, `(N, D)` times
# `(D, H)` here.
#
# | argument | shape |
# |---|---|
# | `x` | `(N, D)` |
# | `V` | `(H, D)`, H hidden neurons |
# | `W` | `(M, H)`, M outputs |
# | returns `z` | `(N, M)` |
# | returns `cache` | whatever your backward will need: now you know what that is |
#
# `sigmoid(array)` is imported above, and so is your step of unit {unit:perceptron}, for later.


# %% answer two_layer_forward
def two_layer_forward(x, V, W):
    """Return z = s(W s(V x)) for every row of x, shape (N, M), and a cache."""
    ### BEGIN SOLUTION
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    return z, (x, h, z, W)
    ### END SOLUTION


# %% check two_layer_forward
check(two_layer_forward)

# %% [markdown]
# ### Exercise 2: `two_layer_backward`
#
# `grad_z` is what comes back to z, of shape `(N, M)`; for the squared distance it would be 2(z - y), but your function
# need not know that: it is the first row of the table, given. Go back through the other three. All examples use the
# same V and W: what does that mean for their gradients?
#
# | argument | shape |
# |---|---|
# | `grad_z` | `(N, M)` |
# | `cache` | what your `two_layer_forward` returned |
# | returns `grad_V` | `(H, D)` |
# | returns `grad_W` | `(M, H)` |
#
# One example with a loop over rows first, if you like. The shapes are a good guide: each matrix product has only one
# way to fit, unless two sizes happen to be equal.


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Four sigmoids are in it: a calculator is fine. Write
# `grad_W` into the cell below the case, for one point; the other results can be tried in a cell of your own.

# %%
foresee("two_layer_backward")

# %% answer two_layer_backward_foreseen
two_layer_backward_foreseen = ""
### BEGIN SOLUTION
two_layer_backward_foreseen = 1.211
### END SOLUTION


# %% check two_layer_backward_foreseen
check_foreseen(two_layer_backward_foreseen=two_layer_backward_foreseen)

# %% answer two_layer_backward
def two_layer_backward(grad_z, cache):
    """Return grad_V (H, D) and grad_W (M, H)."""
    ### BEGIN SOLUTION
    x, h, z, W = cache
    grad_Wh = grad_z * z * (1 - z)
    grad_h = grad_Wh @ W
    grad_Vx = grad_h * h * (1 - h)
    return grad_Vx.T @ x, grad_Wh.T @ h
    ### END SOLUTION


# %% check two_layer_backward
check(two_layer_backward, forward=two_layer_forward)

# %% [markdown]
# Does it agree with the worked example?

# %%
x, y = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
V, W = np.array([[0.5, -1.0], [1.0, 0.5]]), np.array([[1.0, -2.0], [0.5, 1.0]])
z, cache = two_layer_forward(x, V, W)
grad_V, grad_W = two_layer_backward(2 * (z - y), cache)
print("loss  ", np.sum((z - y) ** 2).round(3))
print("grad_V", grad_V.round(3).tolist())
print("grad_W", grad_W.round(3).tolist())

# %% [markdown]
# ### Play: the graph, forward and back
#
# The figure runs **your** two functions on the numbers of the worked example. Put *step* to 0 and walk through it with
# the arrow keys: five steps forward, four back. Orange numbers on the wires are the local factors; on the wires from h
# to Wh it is the weight itself. Before each step back, say what the next gradient will be.
#
# Then choose a weight and predict: if it grows, does the loss grow? *Reveal* nudges the weight both ways, measures the
# loss with your forward, and compares. A gradient that does not fit is marked with a ✗, and so is the node where your
# way back goes wrong.

# %%
graph_lab(two_layer_forward, two_layer_backward)

# %% [markdown]
# *Questions that only playing answers.* The node h1 feeds two sums: where do you see both in its gradient? Set y to
# `0.171 0.726`: what happens to all gradients, and why? Put y back to `1 0` and make V large, `5 -10 / 10 5`: the loss
# is much the same, but what has become of the gradients of V at step 9? (Unit {unit:activations} has a word for it.)
#
# <details><summary>Answers, once you have played</summary>
#
# The gradient of h1 is a sum of two terms, one for each wire that leaves it: $-0.235 \cdot 1 + 0.289 \cdot 0.5 =
# -0.09$. With y at `0.171 0.726` the outputs are what they should be; the gradient of z is 0, every other one has it as
# a factor, and so all are. With the large V the sums are -15 and 20, and the slopes $h(1 - h)$ nearly 0: the loss goes
# from 1.21 to 1.31, but the gradients of V fall from about 0.1 to $10^{-8}$. Those units are saturated.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Checking a gradient
#
# How do you know that a backward is right? By measuring. Nudge a number by a small step ε, see how the loss changes,
# divide:
#
# $$\frac{\partial L}{\partial x_k} \approx \frac{L(x_k + \varepsilon) - L(x_k - \varepsilon)}{2\varepsilon}$$
#
# Both sides matter. By hand, for $L = x^3$ at x = 1, where the slope is 3, and ε = 0.1: one side gives (1.331 - 1) /
# 0.1 = 3.31, both sides give (1.331 - 0.729) / 0.2 = 3.01. The error of the first shrinks like ε, that of the second
# like ε². But ε must not be too small either: the two losses then agree in nearly all of their 16 digits, and the
# difference is what is left. Around 6·10⁻⁶ is a good choice.
#
# ### Exercise 3: `numerical_gradient`
#
# Write `numerical_gradient(function, x, step)`. `function` takes an array of the shape of x and returns one number.
# Return the gradient, in the shape of x, which may be a table or more. `np.ndindex(x.shape)` goes through all entries.
# When you are done, x must be as it was.


# %% answer numerical_gradient
def numerical_gradient(function, x, step=6e-6):
    """Return the gradient of function at x, measured entry by entry, in the shape of x."""
    ### BEGIN SOLUTION
    grad = np.zeros(x.shape)
    for entry in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[entry] = step
        grad[entry] = (function(x + nudge) - function(x - nudge)) / (2 * step)
    return grad
    ### END SOLUTION


# %% check numerical_gradient
check(numerical_gradient)

# %% [markdown]
# ### Find the bug
#
# Three colleagues have written the gradient of V in their own way. All three run, all three return the right shape.
# One of them is wrong. Read them first, and bet on one.


# %%
def anna(x, h, z, W, grad_z):
    grad_h = (grad_z * z * (1 - z)) @ W
    return (grad_h * h * (1 - h)).T @ x


def boris(x, h, z, W, grad_z):
    grad_h = (grad_z * (z - z**2)) @ W
    return (grad_h * h - h**2).T @ x


def chen(x, h, z, W, grad_z):
    slope_z, slope_h = z - z * z, h - h * h
    return np.einsum("nm,mh,nh,nd->hd", grad_z * slope_z, W, slope_h, x)


# %% [markdown]
# Now measure. The random numbers are arbitrary; the loss is the squared distance. The relative error is the size of the
# difference beside the sizes of both: for a right gradient, something like 10⁻⁹; for a wrong one, nothing small.

# %%
rng = np.random.default_rng(0)
x, V, W, y = (rng.normal(size=size) for size in [(5, 4), (3, 4), (2, 3), (5, 2)])


def loss_of_V(V):
    return np.sum((two_layer_forward(x, V, W)[0] - y) ** 2)


measured = numerical_gradient(loss_of_V, V)
h, z = sigmoid(x @ V.T), two_layer_forward(x, V, W)[0]
for colleague in (anna, boris, chen):
    grad_V = colleague(x, h, z, W, 2 * (z - y))
    error = np.linalg.norm(grad_V - measured) / (np.linalg.norm(grad_V) + np.linalg.norm(measured))
    print(f"{colleague.__name__:5}  relative error under a millionth: {error < 1e-6}")

# %% [markdown]
# Had you bet on the right one? A gradient check is slow, two forward passes for every number, so nobody trains with
# it. But it finds in a second what eyes do not find in an hour. One warning: it checks the backward against *your*
# forward. If both share a mistake, it is content.
#
# ## A loss for several classes
#
# The digits have ten classes, and a sigmoid for each of them is not quite what we want: the ten probabilities should
# add up to 1. The **softmax** makes probabilities of any numbers, the *logits*:
#
# $$p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}$$
#
# and the **cross-entropy** is the surprise at the right class t, averaged over the batch, as in unit {unit:perceptron}:
#
# $$L = \frac1N \sum_n -\log p_{n, t_n}$$
#
# By hand: the logits 2, 1, 0 have the exponentials 7.389, 2.718, 1, together 11.107, so the probabilities are 0.665,
# 0.245, 0.090. If class 0 is right, the loss is -log 0.665 = 0.408; if class 2 is right, -log 0.090 = 2.408. Add 1,000
# to all three logits: the probabilities do not change. Do you see why?
#
# ### Exercise 4: `cross_entropy`
#
# Write `cross_entropy(logits, targets)` with `logits` of shape `(N, M)` and `targets` of shape `(N,)`, whole numbers
# from 0 to M - 1. Return the loss, one number, and its gradient for every logit, in the shape of `logits`.
#
# - The gradient of $-\log p_t$ for the logit $z_j$: write $\log p_t = z_t - \log \sum_k e^{z_k}$ and take the
#   derivative, once for j = t and once for the others. It comes out short.
# - $e^{1000}$ overflows, and the logarithm of a probability that has been rounded to 0 is minus infinity. What you
#   just saw about adding a number to all logits of an example cures the first; working with $\log p$ from the start
#   cures the second. The loss then is exact however wrong the answer, and nothing needs to be clipped or added inside
#   the logarithm.


# %% answer cross_entropy
def cross_entropy(logits, targets):
    """Return the mean cross-entropy, one number, and its gradient in the shape of logits."""
    ### BEGIN SOLUTION
    N = len(logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    grad = np.exp(log_p)
    grad[np.arange(N), targets] -= 1
    return -log_p[np.arange(N), targets].mean(), grad / N
    ### END SOLUTION


# %% check cross_entropy
check(cross_entropy)

# %% [markdown]
# Write your gradient with the probabilities $p$, and with $y$, which is 1 for the right class and 0 for the others. For one
# example it is
#
# $$\nabla_z L = p - y.$$
#
# Read it aloud: *what the network said, minus what it should have said.* Every class is pushed down by as much as the
# network believed in it, and the right one is pushed up by what was missing.

# %%
loss, grad = cross_entropy(np.array([[2.0, 1.0, 0.0]]), np.array([0]))
print("class 0 is right:", loss.round(3), "  gradient", grad.round(3))
loss, grad = cross_entropy(np.array([[2.0, 1.0, 0.0]]), np.array([2]))
print("class 2 is right:", loss.round(3), "  gradient", grad.round(3))
logits, targets = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
measured = numerical_gradient(lambda logits: cross_entropy(logits, targets)[0], logits)
print("agrees with your numerical gradient:", np.allclose(cross_entropy(logits, targets)[1], measured, atol=1e-8))

# %% [markdown]
# ## Training
#
# All parts are there. The classifier is the network of this unit with one change: the last sigmoid gives way to the
# softmax, which is inside the loss. So the outputs are the logits $Wh$ as they are, with $h = s(Vx)$.
#
# Going through all examples once is an **epoch**. In an epoch the examples are taken in **mini-batches**, a few at a
# time, and after each of them V and W make one step downhill. *On average* a step on 32 of 1,300 examples points the
# same way as one on all of them, and it costs a fortieth. How far a single one is off is a question below.
#
# ### Exercise 5: `train_two_layer`
#
# | argument | meaning |
# |---|---|
# | `x` | `(N, D)`, the examples |
# | `targets` | `(N,)`, their classes |
# | `V`, `W` | `(H, D)` and `(M, H)`, where to start; leave them as they came in |
# | `lr` | the learning rate |
# | `batch_size` | examples in a batch: the first `batch_size`, then the next, in their order; the last batch may be smaller |
# | `epochs` | how many times through all examples |
# | returns `V`, `W` | the trained weights |
# | returns `losses` | `(epochs,)`: for each epoch, the mean of the losses of its batches, each taken before its step |
#
# The gradients of V and W both belong to the weights with which the forward was computed. For the way back, take your
# table: which row of it falls away when there is no sigmoid at the output?


# %% answer train_two_layer
def train_two_layer(x, targets, V, W, lr, batch_size, epochs):
    """Return V, W and the mean loss of every epoch after mini-batch gradient descent."""
    ### BEGIN SOLUTION
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size):
            batch, labels = x[start : start + batch_size], targets[start : start + batch_size]
            h = sigmoid(batch @ V.T)
            loss, grad_logits = cross_entropy(h @ W.T, labels)
            grad_W = grad_logits.T @ h
            grad_V = ((grad_logits @ W) * h * (1 - h)).T @ batch
            V, W = V - lr * grad_V, W - lr * grad_W
            batch_losses.append(loss)
        losses[epoch] = np.mean(batch_losses)
    return V, W, losses
    ### END SOLUTION


# %% check train_two_layer
check(train_two_layer)

# %% [markdown]
# ## See it learn: handwritten digits
#
# 1,797 digits that people wrote by hand, 8 x 8 pixels each, from 0 to 1; a constant 1 is added as input 65, so that the
# hidden neurons have a bias. 1,300 digits are for training. The other 497 are *held out*: your network never sees them
# before we count.

# %%
digits, labels = scanned_digits()
order = np.random.default_rng(0).permutation(len(digits))
pixels = np.column_stack([digits / 16, np.ones(len(digits))])[order]
labels = labels[order]
train_x, train_labels, held_out_x, held_out_labels = pixels[:1300], labels[:1300], pixels[1300:], labels[1300:]


def start_weights(seed, hidden=32):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1 / 8, size=(hidden, 65)), rng.normal(0, 1 / 8, size=(10, hidden))


def share_right(V, W, x, labels):
    return np.mean((sigmoid(x @ V.T) @ W.T).argmax(axis=1) == labels)


for seed in range(3):
    V, W, losses = train_two_layer(train_x, train_labels, *start_weights(seed), lr=2.0, batch_size=32, epochs=10)
    right = share_right(V, W, held_out_x, held_out_labels)
    print(f"start {seed}: at least 95 % of the held-out digits right: {right >= 0.95}")

# %%
epochs = np.arange(1, len(losses) + 1)
figure, axes = plt.subplots(1, 7, figsize=(11, 2.3), width_ratios=(2.6, 1, 1, 1, 1, 1, 1), layout="constrained")
axes[0].plot(epochs, losses, marker="o", color="#0072B2")
axes[0].set(xlabel="epoch", title="training loss", ylim=(0, None))
for axis, weights in zip(axes[1:], V):
    axis.imshow(weights[:64].reshape(8, 8), cmap="gray", vmin=-1.5, vmax=1.5)
    axis.set(xticks=[], yticks=[])
figure.suptitle("and the weights of six hidden neurons, as images", x=0.68, fontsize=10)
plt.show()

# %% [markdown]
# *What you see:* the loss falls from about 1.7 to below 0.1, most of it in the first three epochs. The six images show
# the weights of hidden neurons, light for positive, dark for negative, gray for zero: spots and short strokes that
# nobody has drawn.
#
# *Question.* The cosine between the gradient of one mini-batch and that of all 1,300 digits says how well a step points:
# 1 is the same way, 0 across. Measure it with your functions for a few mini-batches, at the start and after ten epochs.
# Why does it fall, and why does the training end well all the same?
#
# <details><summary>Answers, once you have played</summary>
#
# At the start the cosine is about 0.6, after ten epochs about 0.2 (medians of all 41 mini-batches), and some lie below
# 0. At first every digit is wrong, and most ask for the same. At the end most are right and silent: half of the single
# digits have a gradient shorter than 0.05, one in twenty a gradient longer than 1.8, and each mini-batch follows the
# few hard digits that it holds. It ends well all the same: the whole gradient is the mean of the mini-batches', so what
# they do not agree on nearly cancels over an epoch; and it is ten times shorter than at the start, so little is left to
# do.
#
# </details>
#
# *Question.* Which learning rate is the largest that still works? Try 5, 10 and 100. And what happens if V and W start
# at zero? Look at the rows of the V that comes out, and say why they are what they are.
#
# <details><summary>Answers, once you have played</summary>
#
# 5 works as well as 2, with 98 of 100; 7 reads about 93; with 10 it fails, with 10 to 50 of 100 from three starts, and
# others on another machine; with 100 it guesses. From zero, all rows of V come out equal. All hidden neurons begin alike, so the same gradient
# comes back to each, and they stay alike for ever: 32 copies of one neuron, and a loss of 2.07 after ten epochs, where
# guessing has 2.30.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ### The squared distance, beside it
#
# Could we have kept the loss we began with? Your `two_layer_forward` and `two_layer_backward` can be trained too, with
# y = 1 for the right class and 0 for the others. The same starts, the same learning rate, the same batches:


# %%
def train_squared(V, W, lr, epochs, batch_size=32):
    """Train the two-layer network with its squared distance on the digits; return V and W."""
    one_hot = np.eye(10)[train_labels]
    for _ in range(epochs):
        for start in range(0, len(train_x), batch_size):
            batch = slice(start, start + batch_size)
            z, cache = two_layer_forward(train_x[batch], V, W)
            grad_V, grad_W = two_layer_backward(2 * (z - one_hot[batch]) / len(z), cache)
            V, W = gradient_descent_step([V, W], [grad_V, grad_W], lr)
    return V, W


for epochs in (3, 20):
    squared, entropy = [], []
    for seed in range(3):
        V, W = train_squared(*start_weights(seed), lr=1.0, epochs=epochs)
        squared.append(share_right(V, W, held_out_x, held_out_labels))
        V, W, _ = train_two_layer(train_x, train_labels, *start_weights(seed), lr=1.0, batch_size=32, epochs=epochs)
        entropy.append(share_right(V, W, held_out_x, held_out_labels))
    for name, shares in (("squared distance", squared), ("cross-entropy", entropy)):
        said = "above 90 %" if min(shares) > 0.9 else "below 60 %" if max(shares) < 0.6 else "in between"
        print(f"{epochs:2} epochs, {name:16}: all three starts {said}")

# %% [markdown]
# Both get there; the cross-entropy much sooner, and `lr=3`, which suits the squared distance better, does not turn that
# round. The reason is in your table: the squared distance comes back through
# z(1 - z), which is small when the network is sure, right or wrong. In the cross-entropy that factor has canceled.
#
# ### Play: the loss surface
#
# A network with one input, one hidden neuron and one output has two weights, v and w, so that its loss is a landscape
# we can look at. The targets come from the same network with v = 2 and w = -3. The path is gradient descent with
# **your** backward.

# %%
descent_lab(two_layer_forward, two_layer_backward)

# %% [markdown]
# *Questions.* From the start at (-2, 4) with learning rate 10 the loss first falls and then stays at 0.1 for most of
# the run: where on the map is it then, and what does the map look like there? What do learning rates 30 and 1,000 do
# from the same start? From (-1, 6), no learning rate on the slider brings the loss below 0.01 in 80 steps: what holds
# back the small ones, and what the large ones?
#
# <details><summary>Answers, once you have played</summary>
#
# It lies on a plateau, near (-2.4, -0.4): v has the wrong sign there, the outputs hardly change with it, and the map is
# so level that 50 steps lead less than 1 to the right. A rate of 30 crosses the plateau in the same 80 steps and ends
# at (1.97, -2.99), beside the weights that made the targets. 1,000 leaves the map in its first step, to (-23.7, -21.9),
# where the units are saturated and nothing changes any more. From (-1, 6) it is the same: rates up to 30 end on the way
# to the plateau or on it, at a loss of 0.097 at best, those from 100 on jump off the map to the left.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## What it costs
#
# The backward of a layer makes two products of the size of its forward's one: a gradient for the weights, one for the
# inputs. So a training step costs about three forwards, whether there are ten weights or ten million. Measuring the
# gradient instead takes two forwards *for each weight*: 4,800 of them for the 2,400 weights of the digits' network.
# The price is memory. Everything that a local factor needs is kept from the forward until the backward has passed; for
# a large network that is more than the weights themselves.

# %% [markdown]
# ## Who is to blame?
#
# Back to the question of this unit. Take your trained network and the held-out digit on which it is most surely wrong. Let
# it make *one* step, on this digit alone, with your `train_two_layer`. What a weight changed by, divided by the learning
# rate, is its gradient: its share of the blame.

# %%
V, W, _ = train_two_layer(train_x, train_labels, *start_weights(2), lr=2.0, batch_size=32, epochs=10)


def probabilities(V, W, x):
    exponentials = np.exp(sigmoid(x @ V.T) @ W.T)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


believed = probabilities(V, W, held_out_x)
surest = believed[np.arange(len(held_out_x)), held_out_labels].argmin()
digit, label = held_out_x[surest : surest + 1], held_out_labels[surest : surest + 1]
new_V, new_W, _ = train_two_layer(digit, label, V, W, lr=0.1, batch_size=1, epochs=1)
blame = (V - new_V) / 0.1
before, after = probabilities(V, W, digit)[0], probabilities(new_V, new_W, digit)[0]
print(f"the digit is a {label[0]}; before the step the network says {before.argmax()}, after it {after.argmax()}")

# %%
most = np.linalg.norm(blame, axis=1).argmax()
strongest = np.abs(blame[most]).max()
figure, axes = plt.subplots(1, 4, figsize=(11, 2.5), width_ratios=(1, 1.6, 1, 1.6), layout="constrained")
axes[0].imshow(digit[0, :64].reshape(8, 8), cmap="gray")
axes[0].set(title=f"a {label[0]}", xticks=[], yticks=[])
axes[1].bar(range(32), np.linalg.norm(blame, axis=1), color="#0072B2")
axes[1].set(title="blame of each hidden neuron", xlabel="neuron")
axes[2].imshow(-blame[most, :64].reshape(8, 8), cmap="gray", vmin=-strongest, vmax=strongest)
axes[2].set(title=f"the change of neuron {most}", xticks=[], yticks=[])
axes[3].bar(np.arange(10) - 0.2, before, 0.4, color="#E69F00", label="before")
axes[3].bar(np.arange(10) + 0.2, after, 0.4, color="#0072B2", label="after", hatch="//")
axes[3].set(title="what the network says", xticks=range(10), ylim=(0, 1))
axes[3].legend()
plt.show()

# %% [markdown]
# *What you see:* a 0 that you would have read at once; the blame, small for most of the 32 hidden neurons and large for a few; the
# change of the one that carries most of it, which is the digit itself, with one sign, for the gradient of a row of V is a number
# times $x$; and the ten probabilities, before and after. One step, and the network reads what it had surely misread.
#
# So that is how it finds out who is to blame. The last layer hears $p - y$, *what I said minus what I should have said*. It
# hands the blame on to every hidden neuron by the weight of its wire and the slope at which the neuron stands, and each
# neuron hands its own on to its inputs. 2,400 weights hear of their part in a single pass back, and the network that does
# it is a dozen lines of NumPy, all of them yours. Whatever you meet in this course from here on, images, sentences, memory,
# is this pass with other local factors.
#
# *Question.* Count again what `share_right` says of the held-out digits after that one step, for learning rates of 0.1,
# 0.2 and 1. Why does nobody train on the hard cases alone?
#
# <details><summary>Answers, once you have played</summary>
#
# Before the step 485 of the 497 were right. After a step of 0.1 it is 480, of 0.2 it is 441, and of 1 only 124: then
# the network calls 424 of them a 0. A step that mends one digit knows nothing of the others, and moves weights that
# they need too. The easy cases are there to hold their own.
#
# </details>

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** $u = 3x$, $v = u^2$, $L = v + 1$, at $x = 1$. What is $dL/dx$?

# %% answer chain_question
chain_question = ""
### BEGIN SOLUTION
chain_question = 18
### END SOLUTION


# %% check chain_question
check_answer(chain_question=chain_question)

# %% [markdown]
# **2.** A hidden neuron feeds two outputs. Its gradient is
#
# - **a**: the product of what comes back by the two ways
# - **b**: the sum of what comes back by the two ways
# - **c**: the larger of the two
# - **d**: their mean

# %% answer ways_question
ways_question = ""
### BEGIN SOLUTION
ways_question = "b"
### END SOLUTION


# %% check ways_question
check_answer(ways_question=ways_question)

# %% [markdown]
# **3.** (Unit {unit:activations}.) The inputs of a leaky ReLU with the slope 0.1 are -2 and 3; the gradients 10 and 10
# come back. What goes on down to the first input?

# %% answer leak_question
leak_question = ""
### BEGIN SOLUTION
leak_question = 1
### END SOLUTION


# %% check leak_question
check_answer(leak_question=leak_question)

# %% [markdown]
# **4.** (Unit {unit:perceptron}.) A weight is 5, its gradient 4, the learning rate 0.5. What is the weight after a step
# of gradient descent?

# %% answer step_question
step_question = ""
### BEGIN SOLUTION
step_question = 3
### END SOLUTION


# %% check step_question
check_answer(step_question=step_question)

# %% [markdown]
# ## Where to read on
#
# - D. Rumelhart, G. Hinton and R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986):
#   four pages that made the method known.
# - A. Baydin and others, *Automatic differentiation in machine learning: a survey* (arXiv:1502.05767): how PyTorch and
#   others do this for any program.
# - M. Nielsen, *Neural Networks and Deep Learning*, chapter 2: the four equations, with proofs.
# - PyTorch's `torch.nn.functional.cross_entropy` and `torch.autograd.gradcheck`: the same functions with the same
#   words.
#
# **Next:** {unit:convolution} Convolution, a layer that looks through small windows.
#
#
