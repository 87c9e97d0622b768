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
# # {unit:overfitting} Overfitting
#
# A network with enough weights can learn its examples by heart, the errors in them included. On new examples it then
# does badly, although the training went perfectly. In this unit you see that happen, and write the four remedies that
# everybody uses: a model of the right size, early stopping, a penalty on the weights, and dropout.
#
# **The question of this unit:** three in ten labels have been filled in at random. Can a network learn the right thing
# from them?
#
# **When you are done you can**
#
# - tell under-fitting from over-fitting by two error curves;
# - stop a training at the right time, and keep the right weights;
# - write the L1 and the L2 penalty with their exact gradients, and the steps that go with them, and say why L1 makes
#   weights zero and L2 does not;
# - write dropout, forward and backward, and say where its scale belongs.
#
# **Time:** 90 minutes, in two halves; there is a good place for a pause between them. **You need:** gradient
# descent of unit {unit:perceptron} and the idea of forward, backward and cache.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures import power_of_ten
from dltools.figures.overfitting import capacity_lab, count_stops, dropout_lab, penalty_lab, stopping_lab
from dltools.nn import cross_entropy
from dltools.training import (
    Adam,
    Dropout,
    EarlyStopping,
    Linear,
    ReLU,
    Sequential,
    accuracy,
    digits,
    fit,
    polynomial_noise,
    predict,
)

# %% [markdown]
# ## How far may a curve bend?
#
# Through 20 points that come from a curve, with noise on them, we lay a curve of our own. A straight line is too stiff:
# it misses the points, and new ones as well. That is **under-fitting**. A curve that bends at will goes through every
# point, noise included, and does something wild in between. That is **over-fitting**. Both *generalize* badly, and only
# the second one looks good on the points it was fitted to. So we always keep some examples aside: the **validation**
# examples, on which we look how good it really is. How far a model can bend is called its **capacity**, and whatever is
# done against over-fitting is called **regularization**.
#
# A curve of degree $d$ is a polynomial, $w_0 + w_1 x + w_2 x^2 + \dots + w_d x^d$. It is curved in $x$, but it is a
# plain weighted sum of the numbers $1, x, x^2, \dots, x^d$. Give these to a linear neuron as its inputs, and the neuron
# draws curves. For $x = 2$ and $x = -1$ and the degree 3 they are
#
# $$\begin{pmatrix} 1 & 2 & 4 & 8\\ 1 & -1 & 1 & -1\end{pmatrix}.$$
#
# ### Exercise 1: `polynomial_features`
#
# | argument | shape |
# |---|---|
# | `x` | `(N,)` |
# | `degree` | a whole number of at least 0 |
# | returns | `(N, degree + 1)`, one row for each entry of `x` |


# %% answer polynomial_features
def polynomial_features(x, degree):
    """Return the powers 0 to degree of x (N,), side by side, in an array (N, degree + 1)."""
    ### BEGIN SOLUTION
    return x[:, np.newaxis] ** np.arange(degree + 1)
    ### END SOLUTION


# %% check polynomial_features
check(polynomial_features)

# %% [markdown]
# Three degrees, fitted by least squares to the same 20 points, and judged by 200 new ones:

# %%
(x, y), (x_new, y_new) = polynomial_noise(20, noise=0.3, seed=3), polynomial_noise(200, noise=0.3, seed=4)
for degree in (1, 3, 12):
    weights = np.linalg.lstsq(polynomial_features(x[:, 0], degree), y[:, 0])[0]
    errors = [
        np.mean((polynomial_features(some[:, 0], degree) @ weights - target[:, 0]) ** 2)
        for some, target in ((x, y), (x_new, y_new))
    ]
    print(f"degree {degree:2}: training error {errors[0]:.2f}, validation error {errors[1]:.1f}")

# %% [markdown]
# ### Play: one slider from too stiff to too loose

# %%
capacity_lab(polynomial_features)

# %% [markdown]
# *Questions that only playing answers.* At which degree does the training error come to nearly 0 when there are only 10
# points, and why there? Set the degree to 12 and go from 10 points to 80. Which remedy against over-fitting do you see,
# the best of all if you can afford it?
#
# <details><summary>Answers, once you have played</summary>
#
# At degree 9: ten coefficients for ten points, so that a curve through all of them exists. With degree 12 and 10, 20,
# 40 and 80 points the validation error is about 16,000, 660, 0.14 and 0.13. The remedy is more data.
#
# </details>
#
# Something odd happens beyond that degree. With 10 points, the validation error by power of ten, the median of 100 draws:

# %%
for degree in (3, 8, 9, 10, 12):
    errors = []
    for seed in range(100):
        (x, y), (x_new, y_new) = (polynomial_noise(count, noise=0.3, seed=seed + count) for count in (10, 200))
        weights = np.linalg.lstsq(polynomial_features(x[:, 0], degree), y[:, 0])[0]
        errors.append(np.mean((polynomial_features(x_new[:, 0], degree) @ weights - y_new[:, 0]) ** 2))
    print(f"degree {degree:2}, {degree + 1:2} weights: about {power_of_ten(np.log10(np.median(errors)))}")

# %% [markdown]
# The error is worst where there are just as many weights as points, and beyond that it falls again. With as many weights as
# points a single curve goes through all of them, whatever it takes. With more there are many such curves, and least
# squares picks the one with the smallest weights. This is **double descent** (M. Belkin and others, arXiv:1812.11118).
# Here the second descent is a short one; in very wide networks it can end below the first. "More weights, more
# over-fitting" is true up to the point where everything is learned by heart, and not beyond it.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Early stopping
#
# A network that is trained bends more and more as it learns. So its two losses look like the two errors above, with
# the epoch in place of the degree: the training loss keeps falling, the validation loss falls and, in many runs, turns
# up again. Stop at its minimum!
#
# But the curve is uneven, and nobody knows the minimum before the curve has gone past it. So we wait: **patience** is
# how many epochs in a row may bring nothing better than the best so far. When there have been that many, training
# stops, and we go back to the weights of the best epoch.
#
# **A worked example**, with patience 2:
#
# | epoch | 0 | 1 | 2 | 3 | 4 | 5 | 6 |
# |---|---|---|---|---|---|---|---|
# | validation loss | 0.9 | 0.6 | 0.7 | 0.5 | 0.6 | 0.5 | 0.3 |
# | nothing better for | 0 | 0 | 1 | 0 | 1 | 2 | |
#
# After epoch 5 there have been two epochs in a row with nothing *below* 0.5, so training stops there, and the weights
# of epoch 3 are kept. The 0.3 of epoch 6 is never seen. That is the price of little patience.
#
# ### Exercise 2: `early_stopping`
#
# The function looks at the record of a finished run and says what early stopping would have done.
#
# | argument | |
# |---|---|
# | `training_losses`, `validation_losses` | lists of numbers, one for each epoch |
# | `weights` | a list of arrays: the weights after each epoch |
# | `patience` | a whole number of at least 1 |
# | returns `epoch` | the epoch, counted from 0, after which training stops; the last one if nothing stops it |
# | returns `best_weights` | the weights to keep |


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `epoch` into the cell below the case, for one
# point; the other results can be tried in a cell of your own.

# %%
foresee("early_stopping")

# %% answer early_stopping_foreseen
early_stopping_foreseen = ""
### BEGIN SOLUTION
early_stopping_foreseen = 2
### END SOLUTION


# %% check early_stopping_foreseen
check_foreseen(early_stopping_foreseen=early_stopping_foreseen)

# %% answer early_stopping
def early_stopping(training_losses, validation_losses, weights, patience):
    """Return the epoch after which training stops, and the weights to keep."""
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(validation_losses):
        if loss < validation_losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch, weights[best]
    ### END SOLUTION


# %% check early_stopping
check(early_stopping)

# %%
validation_losses = [0.9, 0.6, 0.7, 0.5, 0.6, 0.5, 0.3]
weights = [np.full(2, float(epoch)) for epoch in range(7)]  # so that one sees where they come from
for patience in (1, 2, 3):
    epoch, best_weights = early_stopping([0.5] * 7, validation_losses, weights, patience)
    print(f"patience {patience}: stops after epoch {epoch}, keeps the weights {best_weights}")

# %% [markdown]
# ### Play: ten runs of a real net
#
# A net with two hidden layers learns 20 points; 20 others are kept for validation. Ten runs, each with points and
# starting weights of its own; **your** function stops them. Predict when the validation loss of a run is lowest, then
# reveal. (The figure counts epochs from 1.)

# %%
stopping_lab(early_stopping)

# %% [markdown]
# *Questions.* What does patience 1 do, and what is the price of patience 40? Does the minimum come at about the same epoch
# in all runs? Look at the curve of epoch 80 and at the one that was kept: where do they differ most?
#
# <details><summary>Answers, once you have played</summary>
#
# Patience 1 stops after 2 to 7 epochs, and in no run at the best one: the loss that it keeps is 3.3 times the lowest.
# Patience 40 finds the best epoch in all ten runs, for 691 of the 800 epochs. The minimum comes anywhere from epoch 7
# to epoch 75. The two curves differ most at an edge (by 1.7 in run 9), or where a single point stands apart: in run 7
# the curve of epoch 80 bends to a point that the other one leaves 0.5 aside.
#
# </details>
#
# How often does the textbook's curve come, that falls and then turns up? And how patient must one be? Counted over the ten
# runs of the figure:

# %%
count_stops(early_stopping)

# %% [markdown]
# The textbook's curve is only one of several that come. Patience 5 seldom finds the best epoch, but one nearly as good, in a
# quarter of the time. With large data sets, where an epoch is a day, that is what one buys.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Penalties on the weights
#
# A curve that bends sharply has large weights. So make large weights cost something: add to the loss a **penalty**, and
# let gradient descent minimize the sum.
#
# $$\text{L1, "Lasso":} \quad \alpha \sum |w| \qquad\qquad \text{L2, "Ridge":} \quad \beta \sum w^2$$
#
# The numbers $\alpha$ and $\beta$ set the strength. Biases do not bend anything; they are left out.
#
# **A worked example.** For $w = (3, -2, 0)$ and a strength of 0.1, the L1 penalty is 0.1·(3 + 2 + 0) = 0.5 and the L2
# penalty 0.1·(9 + 4 + 0) = 1.3. For the gradients, look at one weight at a time. The L2 penalty is the parabola that
# you know. The L1 penalty has the shape of a V: to the right of zero it always rises, to the left it always falls, by
# the same amount everywhere. At zero itself it has a corner and no slope; we take 0 there.
#
# ### Exercises 3 and 4: `l1_penalty`, `l2_penalty`
#
# Both take `weight`, an array of any shape, and a number, and return `penalty`, a number, and `grad`, in the shape of
# `weight`. Note that there is no 1/2 in either formula, and that both are sums, not means.


# %% answer l1_penalty
def l1_penalty(weight, alpha):
    """Return the L1 penalty of the weights, and its gradient in the shape of weight."""
    ### BEGIN SOLUTION
    return alpha * np.abs(weight).sum(), alpha * np.sign(weight)
    ### END SOLUTION


# %% check l1_penalty
check(l1_penalty)


# %% answer l2_penalty
def l2_penalty(weight, beta):
    """Return the L2 penalty of the weights, and its gradient in the shape of weight."""
    ### BEGIN SOLUTION
    return beta * (weight**2).sum(), 2 * beta * weight
    ### END SOLUTION


# %% check l2_penalty
check(l2_penalty)

# %% [markdown]
# ## Two steps that go with them
#
# ### L2: the weights decay
#
# A step of gradient descent on loss *plus* L2 penalty needs the gradient of both. Write that step for one weight, put
# everything that has the old weight in it together, and you find that the weight is multiplied by a number a little
# less than 1 before it takes the plain step of the loss:
#
# $$\theta \leftarrow (1 - \lambda)\,\theta - \eta\,\nabla_\theta L$$
#
# Here $L$ is the loss *without* its penalty, $\eta$ the learning rate and $\lambda$ a small number. Without new gradients
# the weight would decay toward zero; hence the name **weight decay**. Books write $\lambda$ and leave open what it is.
# Here it is to be exact, in terms of the learning rate `lr` and of `beta`.
#
# **A worked example.** $w = 2$, the gradient of the loss there is 0.5, `lr` is 0.1 and `beta` is 0.3. The gradient of
# the penalty is 1.2, so the step leads to 2 - 0.1·(0.5 + 1.2) = 1.83. And as a decay: the plain step alone would take
# off 0.05; so the weight 2 must have become 1.88 first.
#
# ### Exercise 5: `weight_decay_step`
#
# `weight` and `grad_weight` have one shape, `bias` and `grad_bias` another; the gradients are those of the *loss*
# alone. Return the new weight and the new bias. The bias has no penalty.


# %% answer weight_decay_step
def weight_decay_step(weight, bias, grad_weight, grad_bias, lr, beta):
    """Return weight and bias after one step down the gradient of the loss plus beta * sum of weight^2."""
    ### BEGIN SOLUTION
    return (1 - 2 * lr * beta) * weight - lr * grad_weight, bias - lr * grad_bias
    ### END SOLUTION


# %% check weight_decay_step
check(weight_decay_step)

# %% [markdown]
# ### L1: landing on zero
#
# L1 is loved because it makes weights exactly zero, and what has weight zero can be left out. But gradient descent
# does not get there. Let the loss be flat, `lr`·$\alpha$ = 0.1 and $w = 0.03$. The gradient of the V says "go left by
# 0.1": $w = -0.07$. Now it says "go right by 0.1": $w = 0.03$. And so on for ever. The step is as long beside zero as
# it is far away; it hovers around zero and never lands.
#
# The step that lands takes the penalty apart from the loss. First a plain step of the loss. Then every weight moves
# toward zero by a **threshold**, here `lr`·$\alpha$, and a weight that would pass zero on the way stops there:
#
# | before | -0.5 | -0.07 | 0 | 0.03 | 0.3 |
# |---|---|---|---|---|---|
# | after a threshold of 0.1 | -0.4 | 0 | 0 | 0 | 0.2 |
#
# ### Exercise 6: `soft_threshold`
#
# `weight` is an array of any shape, `threshold` a number of at least 0; return the weights after the step, in the same
# shape. A line of NumPy is enough, and there are several different ones.


# %% answer soft_threshold
def soft_threshold(weight, threshold):
    """Return the weights drawn toward zero by the threshold, in their shape."""
    ### BEGIN SOLUTION
    return np.sign(weight) * np.maximum(np.abs(weight) - threshold, 0)
    ### END SOLUTION


# %% check soft_threshold
check(soft_threshold)

# %% [markdown]
# ### Play: the diamond and the circle
#
# A loss of two weights, $\frac{1}{2}\big(d_1^2 + d_2^2\big) + \rho\, d_1 d_2$, where $d$ is the distance from its
# lowest point (the orange cross) and $\rho$ the correlation of the two inputs. All weights on one orange ring have
# the same loss; all weights on the dashed line have the same penalty. The dot is where **your** functions end up:
# there, diamond or circle just touch a ring. The shaded cross holds every lowest point for which L1 gives a weight of
# exactly 0.

# %%
penalty_lab(soft_threshold, l2_penalty)

# %% [markdown]
# *Questions.* Move the lowest point around. Where does a ring touch the diamond when it is not at a corner? For which
# lowest points does L2 give an exact zero, and how large is that set beside the shaded one? What becomes of the shaded
# set when the two inputs are correlated?
#
# <details><summary>Answers, once you have played</summary>
#
# On an edge, where the ring is as steep as the edge: both weights have moved toward 0 by the strength. With 0.7 the
# lowest point (1.5, 1.2) leads to (0.8, 0.5). L2 gives an exact zero only when the lowest point lies on an axis. Those
# are two lines, without any width, and the shaded set is more than half of the map. With correlated inputs it slants
# and grows, to 65 % of the map at 0.8: when two inputs say much the same, one of them is more often enough.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## On real data
#
# Ten measurements of 442 patients (age, sex, body mass index, blood pressure, six blood values), and how far their
# diabetes had advanced a year later. A linear neuron is to predict the second from the first. Which measurements does
# it need? We train it with your steps, and let scikit-learn, which has L1 as `Lasso` and L2 as `Ridge`, do the same. (It
# is imported here and not at the top, because that takes a second.)

# %%
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge

patients, progress = load_diabetes(return_X_y=True)
patients = patients / patients.std(axis=0)
progress = (progress - progress.mean()) / progress.std()
N, lr, alpha, beta = len(patients), 0.1, 0.1, 0.1


def gradient(weight):
    """Return the gradient of the mean squared error; weight (10,)."""
    return 2 / N * patients.T @ (patients @ weight - progress)


def descend():
    """Return the weights of three descents, (10,) each: L1 by its gradient, L1 by soft_threshold, L2 by weight decay."""
    hovering, landing, decayed = np.zeros(10), np.zeros(10), np.zeros(10)
    for _ in range(2000):
        hovering = hovering - lr * (gradient(hovering) + l1_penalty(hovering, alpha)[1])
        landing = soft_threshold(landing - lr * gradient(landing), lr * alpha)
        decayed, _ = weight_decay_step(decayed, np.zeros(1), gradient(decayed), np.zeros(1), lr, beta)
    return hovering, landing, decayed


hovering, landing, decayed = descend()
lasso = Lasso(alpha=alpha / 2, tol=1e-8).fit(patients, progress).coef_  # its loss has a 1/2 that ours has not
ridge = Ridge(alpha=beta * N).fit(patients, progress).coef_  # its loss is a sum over the patients
rows = {
    "L1, by its gradient": hovering,
    "L1, by soft_threshold": landing,
    "L1, Lasso": lasso,
    "L2, weight decay": decayed,
    "L2, Ridge": ridge,
}
for name, weight in rows.items():
    print(f"{name:22} {np.count_nonzero(weight == 0)} of 10 weights are zero")
print("soft_threshold agrees with Lasso:", np.allclose(landing, lasso, atol=1e-4))
print("weight decay agrees with Ridge:", np.allclose(decayed, ridge))

# %%
names = load_diabetes().feature_names
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
axis.axhline(0, color="#616161", linewidth=0.8)
axis.plot(names, decayed, "s", color="#CC79A7", label="L2, weight decay")
axis.plot(names, landing, "o", color="#0072B2", label="L1, soft_threshold")
axis.set(ylabel="weight", title="which measurements count")
axis.legend()
plt.show()

# %% [markdown]
# *What you see:* both penalties find that body mass index (bmi), blood pressure (bp) and the blood value s5 count most.
# L2 (squares) gives every measurement some weight, if only a trace to age. L1 (circles) puts four of the ten exactly
# on the zero line; the circle of s6 is only near it.
#
# *Question.* Make `alpha` larger, until a single measurement is left (near the end, in steps of 0.05). Which one is it?
#
# <details><summary>Answers, once you have played</summary>
#
# The body mass index, from 1.1 on; at 1.2 it is gone as well. s5 is the last of the others to go. By itself, the body
# mass index goes best with the progress: its correlation is 0.59, that of s5 0.57.
#
# </details>

# %% [markdown]
# ## A good place for a pause
#
# You are half way, and this half has an end of its own: a curve that is neither too stiff nor too loose, a training that
# stops by itself, and two penalties that find the same weights as a library. Save, and come back tomorrow if you
# like. When you come back, *Run All* brings everything up to here into memory again; what is left takes 40 minutes.
#
# ## Dropout
#
# The last remedy is the boldest. In training, delete each output of a hidden layer with probability $p$, anew in
# every step. No unit can rely on a certain other one being there, so none can rely on a trick that only
# works on the training examples. At test time all units are there.
#
# One thing must be put right. If in training only a share of the units speaks, the next layer gets used to smaller
# sums. There are two ways to make up for it:
#
# - the paper's: in training delete, and that is all; at test time multiply the *weights* that take in those units by
#   $1 - p$;
# - **inverted dropout**, which all libraries have today: in training delete, and divide what is kept by $1 - p$; at
#   test time do nothing at all.
#
# **A worked example.** $x = (1, 2, 3, 4)$, $p = 0.5$, and chance deletes the second and the third entry. Inverted
# dropout returns (2, 0, 0, 8). The sum is 10, as that of $x$ was. That was luck; but on average over all masks the
# sum is right. Now let $\text{grad\_out} = (1, 1, 1, 1)$ come back. The first entry was doubled on its way forward,
# so its gradient is 2; the second did not come through, so its gradient is 0: $\text{grad\_x} = (2, 0, 0, 2)$.
#
# ### Exercise 7: `dropout_forward`
#
# | argument | |
# |---|---|
# | `x` | array of any shape |
# | `p` | the probability of being *deleted*, at least 0 and less than 1 |
# | `rng` | a `np.random.Generator`: `rng.random(shape)` gives uniform numbers between 0 and 1 |
# | `training` | False at test time |
# | returns `out` | inverted dropout of `x`, in its shape |
# | returns `cache` | whatever your backward will need |
#
# Each entry has a chance of its own. As always, `x` is not changed, and float32 stays float32.


# %% answer dropout_forward
def dropout_forward(x, p, rng, training=True):
    """Return inverted dropout of x in the shape of x, and a cache for the backward pass."""
    ### BEGIN SOLUTION
    if not training:
        return x, None
    scale = ((rng.random(x.shape) >= p) / (1 - p)).astype(x.dtype)
    return x * scale, scale
    ### END SOLUTION


# %% check dropout_forward
check(dropout_forward)

# %% [markdown]
# ### Exercise 8: `dropout_backward`
#
# It takes `grad_out`, in the shape of `out`, and the cache of your forward, and returns `grad_x`, in the shape of
# `x`. A cache from test time comes as well.


# %% answer dropout_backward
def dropout_backward(grad_out, cache):
    """Return the gradient of x, in its shape."""
    ### BEGIN SOLUTION
    return grad_out if cache is None else grad_out * cache
    ### END SOLUTION


# %% check dropout_backward
check(dropout_backward, forward=dropout_forward)

# %% [markdown]
# ### Exercise 9: the paper's way
#
# `weight` takes in units that were deleted with probability `p` in training, *without* any scaling there. Return the
# weights to be used at test time, when all units are there.


# %% answer dropout_test_time
def dropout_test_time(weight, p):
    """Return the weights for the full net, in the shape of weight."""
    ### BEGIN SOLUTION
    return weight * (1 - p)
    ### END SOLUTION


# %% check dropout_test_time
check(dropout_test_time)

# %% [markdown]
# Both ways side by side, on one neuron: the mean of its output over 100,000 masks, beside what it says at test time.

# %%
x, weight, p = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, -1.0, 2.0, 1.0]), 0.4
dropped, _ = dropout_forward(np.tile(x, (100_000, 1)), p, np.random.default_rng(0))
means = {
    "inverted": ((dropped @ weight).mean(), x @ weight),
    "paper's": ((dropped * (1 - p) @ weight).mean(), x @ dropout_test_time(weight, p)),
}
for name, (training, test) in means.items():
    print(f"{name}: mean in training {training:.1f}, at test time {test:.1f}")

# %% [markdown]
# ### Play: a thinned net
#
# A net with two hidden layers, thinned by **your** function. Draw new masks, and predict where the mean over many masks
# lies. Then take the scale away.

# %%
dropout_lab(dropout_forward)

# %% [markdown]
# *Questions.* Take the scale away at $p = 0.5$: there are two hidden layers, so what share of the full net's output do
# you expect, and what do you get? With the scale, the mean stays close up to $p = 0.8$ (not exactly: the second ReLU
# bends it a little). What does not stay, and why may a large $p$ be too much of a good thing?
#
# <details><summary>Answers, once you have played</summary>
#
# A half of a half, a quarter: 0.26 comes out. With the scale the mean is 1.00, 1.03 and 1.17 of the full output for p =
# 0.2, 0.5 and 0.8. What does not stay is the spread over the masks: 0.4, 0.9 and 2.3 of the full output. At 0.8 more
# than half of the masks let nothing through at all, and what a net can learn drowns in that noise.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## What it costs
#
# Early stopping *saves* time, and costs the validation examples, from which the net may not learn, and one copy of the
# weights. A penalty costs one pass over the weights a step, next to nothing beside the layers. Dropout draws a random
# number for each unit and example, and keeps the mask for the backward; and training needs more epochs, as each step
# teaches only a part of the net.

# %% [markdown]
# ## Four remedies on one sickness
#
# 300 digits to learn from, and somebody was careless: three in ten have been given a random label. A net with 128
# hidden units can learn all of that by heart. Does it? And what do the remedies do about it? Penalties and dropout are
# **your** functions; `fit` leaves the biases out of the penalties. `EarlyStopping` does what your function does, while
# the net still trains. The test digits have right labels. Four runs each, with different digits, errors and starting
# weights, trained by Adam (gradient descent with a step size of its own for each weight; unit {unit:pooling} has a box on it).


# %%
class MyDropout(Dropout):
    functions = dropout_forward, dropout_backward


data = digits(dtype=np.float32)
x_test, y_test = data.x_test.reshape(-1, 64), data.y_test
validation = data.x_validation[:100].reshape(-1, 64), data.y_validation[:100]


def careless_digits(rng):
    """Return 300 digits (300, 64), labels (300,) of which three in ten are random, and the true labels (300,)."""
    chosen = rng.permutation(len(data.x_train))[:300]
    wrong = rng.random(300) < 0.3
    true = data.y_train[chosen]
    return data.x_train[chosen].reshape(-1, 64), np.where(wrong, rng.integers(0, 10, 300), true), true


def train(seed, p=0.0, **remedies):
    """Return three shares: of training labels learned, of test digits right, of false labels seen through."""
    rng = np.random.default_rng(seed)
    x, y, true = careless_digits(rng)
    first, last = Linear(64, 128, rng, np.float32), Linear(128, 10, rng, np.float32)
    net = Sequential(first, ReLU(), MyDropout(p, rng), last)
    fit(net, cross_entropy, Adam(net, lr=0.005), x, y, epochs=60, batch_size=30, rng=rng, **remedies)
    answers, false = predict(net, x), y != true
    return accuracy(answers, y), accuracy(predict(net, x_test), y_test), accuracy(answers[false], true[false])


def remedies():
    """Return the arguments of train for each way; early stopping is made anew for each run."""
    return {
        "no remedy": {},
        "early stopping": {"early_stopping": EarlyStopping(patience=5), "validation": validation},
        "L2 penalty": {"penalty": partial(l2_penalty, beta=0.01)},
        "L1 penalty": {"penalty": partial(l1_penalty, alpha=0.002)},
        "dropout": {"p": 0.5},
    }


results = {name: np.array([train(seed, **remedies()[name]) for seed in range(4)]) for name in remedies()}

# %%
figure, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
for place, shares in enumerate(results.values()):
    axis.plot(
        np.full(4, place - 0.08),
        shares[:, 0],
        "s",
        color="#E69F00",
        label="training, labels as given" if not place else None,
    )
    axis.plot(
        np.full(4, place + 0.08), shares[:, 1], "o", color="#0072B2", label="test, right labels" if not place else None
    )
axis.set(xticks=range(len(results)), xticklabels=results, ylim=(0.6, 1.02), ylabel="share right")
axis.legend(ncols=2, loc="upper right")
plt.show()
plain = results["no remedy"][:, 1].mean()
for name, shares in results.items():
    better = shares[:, 1].mean() > plain + 0.03
    print(f"{name:15} {'better on the test digits than without' if better else '-'}")

# %% [markdown]
# *What you see:* without a remedy the net learns nearly all labels, the wrong ones too (orange squares at the top), and
# recognizes about three quarters of the test digits (blue circles). With each remedy it gets fewer of the training
# labels "right" (it should: some are wrong) and more of the test digits: on average about 85 percent with dropout, 87
# with early stopping and with L1, and 89 or 90 with L2.
#
# Is L2 the best remedy, then? On these digits, at these strengths. The strengths are **hyperparameters**: choose them
# on validation examples, never on the test examples, or the test examples become part of the training.
#
# One thing is left to ask. What do the nets say of the very training digits whose labels were false?

# %%
for name, shares in results.items():
    seen = shares[:, 2].mean()
    words = "hardly any" if seen < 0.1 else "less than half" if seen < 0.5 else "more than half"
    print(f"{name:15} gives {words} of the falsely labeled digits their true label")

# %% [markdown]
# So the answer to the question of this unit is yes. Three in ten labels were random, and a net with your penalty
# recognizes nearly nine of ten new digits. And where its teacher was wrong, it says so, in about 86 of 100 cases with L2:
# shown an 8 sixty times with the label 3, it answers 8, for all the other 8s have told it better. Without a remedy it
# believed every word.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** Inverted dropout with $p = 0.2$ keeps an entry of 4 in training. What comes out?

# %% answer dropout_question
dropout_question = ""
### BEGIN SOLUTION
dropout_question = 5
### END SOLUTION


# %% check dropout_question
check_answer(dropout_question=dropout_question)

# %% [markdown]
# **2.** The validation losses are 0.9, 0.7, 0.8, 0.6, 0.7, 0.65 and 0.5, from epoch 0 on, and the patience is 2. After
# which epoch does training stop?

# %% answer patience_question
patience_question = ""
### BEGIN SOLUTION
patience_question = 5
### END SOLUTION


# %% check patience_question
check_answer(patience_question=patience_question)

# %% [markdown]
# **3.** (Unit {unit:resnet}.) Through each residual block a signal can go, or around it. How many ways lead through a
# net of three blocks?

# %% answer blocks_question
blocks_question = ""
### BEGIN SOLUTION
blocks_question = 8
### END SOLUTION


# %% check blocks_question
check_answer(blocks_question=blocks_question)

# %% [markdown]
# **4.** (Unit {unit:vanishing}.) What does clipping by the global norm leave as it is?
#
# - **a**: the length of the gradient
# - **b**: the direction of the gradient
# - **c**: its largest entry
# - **d**: nothing: both change

# %% answer direction_question
direction_question = ""
### BEGIN SOLUTION
direction_question = "b"
### END SOLUTION


# %% check direction_question
check_answer(direction_question=direction_question)

# %% [markdown]
# ## Where to read on
#
# - N. Srivastava and others, *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine
#   Learning Research 15 (2014).
# - I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), chapter 7, "Regularization".
# - I. Loshchilov and F. Hutter, *Decoupled weight decay regularization* (arXiv:1711.05101): with Adam, an L2 penalty
#   and weight decay are not the same any more.
# - L. Prechelt, *Early stopping, but when?* (1998): fourteen ways to be patient, compared.
#
# **Next:** {unit:capstone} Capstone: a net of your own, from all the parts.
