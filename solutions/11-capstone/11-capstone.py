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
# # {unit:capstone} Capstone
#
# Until now every exercise told you what to build. This one tells you only what it must do: read digits that are
# crooked, noisy and never in the same place. You choose the layers, the optimizer and the remedies against
# overfitting; you train the net; and then it sits an exam, on digits that neither you nor it have ever seen.
#
# **When you are done you can**
#
# - design and train a net for a task of your own, and say why you built it so;
# - say how good it is, how sure you are of that number, and what it gets wrong;
# - tell an improvement from luck.
#
# **Time:** about 90 minutes, training included. **You need:** the convolutional net of unit {unit:pooling} and the remedies of
# unit {unit:overfitting}. All parts of the course are in `dltools.nn` (functions) and `dltools.training` (modules, optimizers, `fit`).

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, hint
from dltools.figures.capstone import dashboard_lab
from dltools.nn import cross_entropy
from dltools.training import (
    Adam,
    Conv2d,
    Dropout,
    Flatten,
    History,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    accuracy,
    digits,
    distort,
    distorted_digits,
    evaluate,
    fit,
    parameter_count,
    train_epoch,
)
from dltools.training import predict as outputs_of  # a net's outputs, batch by batch, with nothing random in it

# %% [markdown]
# ## The task
#
# The digits of scikit-learn, 8 x 8 pixels, written by people. `distort` turns, slants, stretches and bends each of
# them a little, puts it somewhere on a canvas of 14 x 14 pixels, and adds noise. `distorted_digits` does so with four
# copies of every digit, for training and for validation. No digit is in both.

# %%
originals = digits(dtype=np.float32)
data = distorted_digits(copies=4, dtype=np.float32)
print("to train on:   ", data.x_train.shape, data.y_train.shape)
print("to validate on:", data.x_validation.shape, data.y_validation.shape)

# %%
figure, axes = plt.subplots(2, 9, figsize=(10, 2.5), layout="constrained")
some = np.concatenate([data.x_train[:9], distort(np.repeat(originals.x_train[:1], 9, axis=0), np.random.default_rng(1))])
for axis, image in zip(axes.flat, some):
    axis.imshow(image[0], cmap="gray")
    axis.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("nine digits")
axes[1, 0].set_ylabel("one, nine times")
plt.show()

# %% [markdown]
# *What you see:* above, nine digits of the training data, white on black, each somewhere else on its canvas. Below, the
# first of them nine times, each time distorted anew: now upright, now leaning, now in a corner.
#
# How hard is it? A single linear layer learns, in a second or two:

# %%
rng = np.random.default_rng(0)
linear = Sequential(Flatten(), Linear(14 * 14, 10, rng, np.float32))
fit(linear, cross_entropy, Adam(linear), data.x_train, data.y_train, epochs=20, batch_size=64, rng=rng)
share = accuracy(outputs_of(linear, data.x_validation), data.y_validation)
print(f"a linear layer: {share:.1f} of the validation digits are right")

# %% [markdown]
# One digit in ten would be guessing. A layer that has a weight of its own for every place on the canvas does not get
# far when the digits wander. You know better layers.
#
# ## How sure is an accuracy?
#
# Before you build anything, build what you judge it by. You try a change, and the validation accuracy goes from 0.90
# to 0.91. Was that the change, or luck? The accuracy was measured on N examples, and with N others it would have come
# out a little different.
#
# Think of one example. Its answer is right (1) with probability $p$, wrong (0) otherwise. Such a number varies around
# its mean $p$ with the variance $p(1 - p)$. An accuracy is the mean of N of them, and the variance of a mean of N
# independent numbers is that of one, divided by N. The **standard error** is the root of that variance. The accuracy
# is within two standard errors of the true one in 19 of 20 cases.
#
# **A worked example.** 90 of 100 are right. The variance of one answer is 0.9·0.1 = 0.09, that of the mean is
# 0.09/100 = 0.0009, and its root is 0.03. So the accuracy is 0.90, give or take 0.03, and 0.91 may well be luck.
#
# ### Exercise 1: `standard_error`
#
# `accuracy` is a share from 0 to 1, measured on `count` examples. Return the standard error, a share as well.


# %% answer standard_error
def standard_error(accuracy, count):
    """Return the standard error of an accuracy that was measured on `count` examples."""
    ### BEGIN SOLUTION
    return np.sqrt(accuracy * (1 - accuracy) / count)
    ### END SOLUTION


# %% check standard_error
check(standard_error)

# %% [markdown]
# ## What is taken for what?
#
# An accuracy says how often a net is wrong, not how. The **confusion matrix** does: row $i$, column $j$ counts the
# examples whose true label is $i$ and which the net took for $j$. What is right stands on the diagonal.
#
# **A worked example** with three classes and five examples:
#
# | label | 0 | 0 | 1 | 2 | 2 |
# |---|---|---|---|---|---|
# | prediction | 0 | 0 | 2 | 2 | 1 |
#
# $$\begin{pmatrix} 2 & 0 & 0\\ 0 & 0 & 1\\ 0 & 1 & 1\end{pmatrix}$$
#
# The two zeros were recognized; the 1 was taken for a 2; of the two 2s, one was taken for a 1.
#
# ### Exercise 2: `confusion_matrix`
#
# | argument | shape |
# |---|---|
# | `labels`, `predictions` | `(N,)`, whole numbers from 0 to `classes` - 1 |
# | `classes` | how many classes there are |
# | returns | `(classes, classes)`, counts |


# %% answer confusion_matrix
def confusion_matrix(labels, predictions, classes):
    """Return counts (classes, classes): row i, column j counts the labels i taken for j."""
    ### BEGIN SOLUTION
    counts = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions):
        counts[label, prediction] += 1
    return counts
    ### END SOLUTION


# %% check confusion_matrix
check(confusion_matrix)

# %% [markdown]
# ## The worst mistakes
#
# A net that is unsure between 4 and 9 makes a small mistake. One that is quite sure that a 4 is a 9 makes a large one,
# and large ones teach most: about the net, about the data, sometimes about a wrong label. The measure is the loss of
# the single example, its cross-entropy $-\log p_\text{label}$.
#
# **A worked example**, three examples, two classes:
#
# | | logits | label | probability of the label | loss |
# |---|---|---|---|---|
# | example 0 | 0, 0 | 1 | 0.50 | 0.69 |
# | example 1 | 5, 1 | 1 | 0.02 | 4.02 |
# | example 2 | -1, 3 | 1 | 0.98 | 0.02 |
#
# The worst two are the examples 1 and 0, in this order.
#
# ### Exercise 3: `worst_mistakes`
#
# | argument | shape |
# |---|---|
# | `logits` | `(N, M)`, what the net says of each example; they may be large |
# | `labels` | `(N,)` |
# | `count` | how many are wanted |
# | returns | `(count,)`, the places of the examples with the largest loss, the largest first |
#
# `cross_entropy` of the library returns the mean over the batch; here you need the losses one by one. Unit {unit:backpropagation} has told
# how they are computed when logits are large.


# %% answer worst_mistakes
def worst_mistakes(logits, labels, count):
    """Return the places (count,) of the largest losses, the largest first."""
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return np.argsort(losses)[::-1][:count]
    ### END SOLUTION


# %% check worst_mistakes
check(worst_mistakes)

# %% [markdown]
# ## Your net
#
# Now build it. Some questions worth asking first, most of which you have met:
#
# - The digits wander. Which layers do not care where something is? (unit {unit:pooling})
# - A stroke is a few pixels wide, a digit about eight. How large a part of the canvas does one number see after your
#   first convolution, after the second, after pooling?
# - There are about 4,300 images. How many parameters has your net? `parameter_count(net)` tells.
# - Watch both losses. Does the validation loss turn up, or is the training loss still high? The first wants a remedy of
#   unit {unit:overfitting}, the second a larger net or a longer training.
# - The four copies of a digit are not the only ones that there could be.
# - `Adam` with a learning rate of 0.001 to 0.004 is a good start. A smaller rate in the last epochs often helps.
#
# Use `np.float32` for the net as for the images; it is faster. Train for **half a minute at most**: the grader runs your
# notebook too, perhaps on a slower machine, and stops a cell after one minute.
#
# Choose by the validation digits. Leave `data.x_test` alone until the very end, and `originals.x_test` altogether: the
# digits of the exam are made from those, distorted anew.
#
# `dltools.training` has more than is imported above: `AvgPool2d`, `LeakyReLU`, `GELU`, `BatchNorm`, `LayerNorm`,
# `ResidualBlock`, `SGD`, `EarlyStopping`, ... Import what you need. `fit` trains, as in unit {unit:overfitting}; a loop of your own
# over `train_epoch` and `evaluate` can do other things from one epoch to the next.
#
# ### Exercise 4: the net, its training, and `predict`
#
# `make_net` and `train_net` are yours to fill; take other arguments if you need them. What counts is `predict`.


# %% answer make_net points=0
def make_net(rng):
    """Return the untrained net, a module that makes logits (N, 10) of images (N, 1, 14, 14)."""
    ### BEGIN SOLUTION
    conv = partial(Conv2d, kernel_size=3, rng=rng, padding=1, dtype=np.float32)
    features = [conv(1, 12), ReLU(), conv(12, 12), ReLU(), MaxPool2d(2), conv(12, 24), ReLU(), MaxPool2d(2), Flatten()]
    hidden = [Dropout(0.1, rng), Linear(24 * 3 * 3, 64, rng, np.float32), ReLU()]
    return Sequential(*features, *hidden, Dropout(0.1, rng), Linear(64, 10, rng, np.float32))
    ### END SOLUTION


# %% answer train_net points=0
def train_net(net, rng):
    """Train the net, and return the History of its losses, one entry an epoch."""
    ### BEGIN SOLUTION
    history, optimizer = History(), Adam(net, lr=0.004)
    x, y = np.concatenate([originals.x_train] * 4), data.y_train
    for epoch in range(12):
        optimizer.lr = 0.004 if epoch < 9 else 0.0008
        fresh = distort(x, rng)  # other copies in every epoch: there is nothing to learn by heart
        history.train_loss.append(train_epoch(net, cross_entropy, optimizer, fresh, y, 64, rng))
        history.validation_loss.append(evaluate(net, cross_entropy, data.x_validation, data.y_validation))
    return history
    ### END SOLUTION


# %%
rng = np.random.default_rng(0)
net = make_net(rng)
history = train_net(net, rng)
reached = accuracy(outputs_of(net, data.x_validation), data.y_validation)
print(f"{parameter_count(net):,} parameters")
print("validation digits right: at least", max(level for level in (0, 20, 50, 75, 85, 92) if 100 * reached >= level), "%")

# %% [markdown]
# `predict` is what you hand in, and all that the exam asks for:
#
# | argument | |
# |---|---|
# | `images` | `(N, 1, 14, 14)`, float32 from 0 to 1; N may be 1 |
# | returns | `(N,)`, an array or a list: for each image the digit that it shows, a whole number from 0 to 9 |
#
# | what the exam asks | points |
# |---|---|
# | at least 20%, 50%, 75%, 85%, 92% of 2,000 fresh digits right | 2, 3, 3, 4, 3 |
# | the same labels when asked twice about the same images | 2 |
# | an image alone gets the label that it gets among others | 2 |
# | the images are not changed | 1 |
#
# The last three count for nets that get half of the digits right. Here the check draws 2,000 digits; in grading it
# draws 2,000 others. With so many, the standard error is 1.1% at most, and 0.6% at 92%; a net that is in truth two
# standard errors above a level passes it nearly always. As long as a level is missing, the check tells the accuracy, so
# you could choose your net by it, again and again. Don't: you would only fit it to the digits that are drawn *here*.


# %% answer predict
def predict(images):
    """Return the digit (N,) that each of the images (N, 1, 14, 14) shows."""
    ### BEGIN SOLUTION
    return outputs_of(net, images).argmax(axis=1)
    ### END SOLUTION


# %% check predict
check(predict)

# %% [markdown]
# ### Play: the training dashboard
#
# Your net, your history, and your functions of exercises 2 and 3, on the validation digits. Choose a cell of the table
# by its row (the true digit) and its column (what it was taken for), and look at its images in the gallery.

# %%
dashboard_lab(net, history, data.x_validation, data.y_validation, confusion_matrix, worst_mistakes)

# %% [markdown]
# *Questions.* Is the training loss of the last epochs above the validation loss or below it, and which of your decisions
# is the reason? (Dropout is on during training. And who trains on fresh copies sees no image twice.) Which two digits
# does your net confuse most; does it take the first for the second as often as the second for the first? Look at the
# gallery: how many of the nine would you have read yourself?

# %% [markdown]
# ## Was it that decision?
#
# Take back **one** decision of yours, train again, and compare: no dropout, say, or a convolution less, or another
# learning rate. One change at a time, or you will not know which it was.
#
# Your `standard_error` is for examples that have nothing to do with each other. The four copies of a validation digit
# have: who misreads one often misreads the others. So take it as the least that the error can be.
#
# And when you are done with everything, look once, and only once, at the test digits: `data.x_test`, `data.y_test`.

# %% answer experiment points=0
### BEGIN SOLUTION
# The same net, the same number of steps, but the same four copies of each digit in every epoch.
again = np.random.default_rng(0)
other = make_net(again)
optimizer = Adam(other, lr=0.004)
for epoch in range(12):
    optimizer.lr = 0.004 if epoch < 9 else 0.0008
    train_epoch(other, cross_entropy, optimizer, data.x_train, data.y_train, 64, again)
judged = {
    "validation, fresh copies in every epoch": (net, data.x_validation, data.y_validation),
    "validation, the same four copies": (other, data.x_validation, data.y_validation),
    "test, fresh copies in every epoch": (net, data.x_test, data.y_test),
}
for name, (judged_net, x, y) in judged.items():
    share = accuracy(outputs_of(judged_net, x), y)
    # Not the number itself: its last digits differ from machine to machine.
    print(f"{name}: at least 92%, give or take 1%:", share >= 0.92 and standard_error(share, len(y)) < 0.01)
### END SOLUTION

# %% [markdown]
# ### Exercise 5: look back
#
# **A person reads this one (5 points).** In 150 to 250 words:
#
# 1. Which decision did you take back, and what came of it? Give both validation accuracies with their standard errors,
#    and say whether the difference is more than luck.
# 2. Which digits does your net still confuse? Look at the images, and say why you think so.
# 3. How does the accuracy on the test digits compare with that on the validation digits, and which of the two would you
#    tell somebody who wants to use your net?
#
# You get no points for a high accuracy here, and lose none for a low one. "It made no difference" is as good an answer
# as any other, if your numbers say so.

# %% answer reflection [markdown] points=5
# *A model answer.* I took back the fresh copies: the same net, trained as long on the same four copies of each digit,
# got 0.945 of the 1,440 validation digits right instead of 0.956, each with a standard error of 0.006. The difference,
# 0.011, is less than two standard errors, so from this one run I cannot say that it is more than luck. With three
# other seeds the fresh copies were better by 0.008 and by 0.010, and once worse by 0.004. If they help, they help
# little, by these digits. What did change are the losses: on the same four copies the training loss went to 0.10 and
# the validation loss stayed at 0.20; with fresh ones they ended at 0.18 and 0.15. So there was some learning by heart,
# only it cost few digits.
#
# The net still takes 8 for 1, 5 for 9 and 9 for 4. In the gallery many of these are digits whose small loop has closed,
# or opened: at 8 x 8 pixels, turned and noisy, the hole of an 8 is one pixel that is not quite black. I could not read
# half of them myself. More pixels would help more than a larger net.
#
# On the test digits it was 0.962, standard error 0.005: 0.006 above the validation digits, less than one standard error
# of the difference, so they agree. I would tell the number of the test digits, give or take 0.01. I had chosen the epochs
# and the rate of dropout by the validation digits, so that number may flatter; here it did not.
#
# *For the grader, 5 points.* Two for an experiment with exactly one thing changed and both accuracies given with
# their standard errors (one if the errors are missing or wrong). One if the conclusion follows from these numbers: it
# must not call a difference within two standard errors an improvement. One for a pair of digits that can be seen in the
# dashboard of the submitted net, with a reason that has to do with the pictures. One for comparing validation and test,
# and saying why the validation digits may flatter (the net was chosen by them). Length, style and a low accuracy cost
# nothing; numbers that the notebook does not bear out earn nothing.

# %% [markdown]
# ## What it costs
#
# Most of the time goes into the convolutions. Take a net with two of them, 12 filters of 3 x 3 each, before its first
# pooling. In the second, at 14 x 14 places, 12 filters of 12·3·3 weights make 14·14·12·108, about 254,000 products an
# image: twelve times as many as in the first, which has one channel to look at. After pooling, a third convolution of
# 24 filters costs only half of that. So pooling early is cheap, and pooling too early throws away what the net needs.
#
# The exam is cheap. What costs is choosing: ten trainings to find the rate of dropout are ten times the training. That
# is why people choose on small nets and short trainings first.
#
# ## Where to read on
#
# - A. Karpathy, *A recipe for training neural networks* (2019, karpathy.github.io): become one with the data, build the
#   judge first, then overfit, then regularize. Much of this unit's order is from there.
# - P. Simard, D. Steinkraus and J. Platt, *Best practices for convolutional neural networks applied to visual document
#   analysis* (2003): distorted digits, and how much they help.
# - X. Bouthillier and others, *Accounting for variance in machine learning benchmarks* (arXiv:2103.03098): how often an
#   improvement is luck.
#
# **The end.** You have written, forward and backward, the parts that today's networks are made of. From here on a
# library does the layers for you; you know what it does.
