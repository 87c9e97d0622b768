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
# # {unit:resnet} ResNet
#
# More layers can express more. So a deeper network should do at least as well in training as a shallow one: its
# additional layers could simply pass on what they get. Yet when people stacked 50 plain layers, the *training* loss
# became worse. In this unit you meet that trouble yourself, and build the cure, which fits into one plus sign.
#
# **The question of this unit:** why does a deeper network, which can do everything that a shallow one can, learn less?
#
# **When you are done you can**
#
# - write a residual block, forward and backward, with both of its paths;
# - train plain and residual nets of growing depth on the same data, and say what goes wrong in which;
# - tell what the norm of the gradient by layer explains about that, and what it does not.
#
# **Time:** 60 to 75 minutes. **You need:** the convolution of unit {unit:convolution}, the ReLU of unit {unit:activations}, and from unit {unit:backpropagation} what
# happens on the way back where one number was used twice. The plus sign is an old friend: the cell of unit {unit:lstm} has it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.resnet import block_lab, depth_lab, drop_lab
from dltools.nn import conv2d_backward, conv2d_forward, cross_entropy, relu_backward, relu_forward
from dltools.training import (
    SGD,
    Conv2d,
    Flatten,
    Linear,
    ReLU,
    ResidualBlock,
    Sequential,
    accuracy,
    digits,
    fit,
    predict,
)

# %% [markdown]
# ## Learn the difference
#
# Take two convolutions with a ReLU between them, and call what they make of an image $F(x)$. A plain network goes on
# with $\text{relu}(F(x))$. For the two layers to do *nothing*, which is what a layer too many should do, their filters
# must be just so: a 1 in the right places, a 0 everywhere else. Nothing helps them to get there.
#
# A **residual block** adds its input to what the convolutions made of it:
#
# $$\text{out} = \text{relu}\big(F(x) + x\big), \qquad F(x) = \text{conv}_2\big(\text{relu}(\text{conv}_1(x))\big).$$
#
# Now doing nothing is easy: $F(x) = 0$. The convolutions do not learn what the output is. They learn by how much it
# differs from the input, the *residual*.
#
# And the way back? The slope of a sum is the sum of the slopes. For one number, and before the last ReLU,
#
# $$\frac{d\,\text{out}}{dx} = 1 + F'(x).$$
#
# A stack of such blocks multiplies factors $1 + F'$ where a plain one multiplies $F'$. Where $F'$ is near 0, the plain
# factor is too, and this one is near 1. (For images $F'$ is the matrix of all slopes and 1 the identity matrix; and the
# last ReLU lets all of that through, or nothing, number by number.) It is the cure of unit {unit:lstm} once more, where
# the cell's `+` did the same through time.
# Multiply two of them out: $(1 + F_1')(1 + F_2') = 1 + F_1' + F_2' + F_1' F_2'$, four ways through two blocks. Keep that
# in mind for the end of this unit.
#
# For $F(x) + x$ to make sense, $F(x)$ has the shape of $x$. So both convolutions are 3 x 3 with padding 1, which keep
# the size of the image, and the second has as many filters as $x$ has channels.

# %% [markdown]
# ## A worked example
#
# One pixel is enough. On an image of 1 x 1 pixels with padding 1, only the middle weight of a 3 x 3 filter meets a
# pixel; the other eight meet the border of zeros. Let $x = 2$, the first convolution have the middle weight 1.5 and the
# bias -1, the second the middle weight -0.5 and the bias 0.
#
# | place | number |
# |---|---|
# | after the first convolution | 1.5·2 - 1 = 2 |
# | after the ReLU | 2 |
# | after the second convolution, $F(x)$ | -0.5·2 + 0 = -1 |
# | the sum $F(x) + x$ | -1 + 2 = 1 |
# | after the last ReLU | **1** |
#
# A plain block would have given relu(-1) = 0. Do the same for $x = -2$ with pencil and paper before you read on.
#
# ### Exercise 1: `residual_block_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, C, H, W)` |
# | `weight1` | `(K, C, 3, 3)`; inside, the block may be wider or narrower than outside |
# | `bias1` | `(K,)` |
# | `weight2` | `(C, K, 3, 3)` |
# | `bias2` | `(C,)` |
# | returns `out` | `(N, C, H, W)` |
# | returns `cache` | whatever your backward will need |
#
# All layers are there: `conv2d_forward(x, weight, bias, stride, padding)` and `relu_forward(x)` both return
# `out, cache`. What does each layer's own backward need, and where do you keep it?


# %% answer residual_block_forward
def residual_block_forward(x, weight1, bias1, weight2, bias2):
    """Return out (N, C, H, W), the residual block's output, and a cache for the backward pass."""
    ### BEGIN SOLUTION
    inner, conv1 = conv2d_forward(x, weight1, bias1, padding=1)
    inner, relu1 = relu_forward(inner)
    residual, conv2 = conv2d_forward(inner, weight2, bias2, padding=1)
    out, relu2 = relu_forward(residual + x)
    return out, (conv1, relu1, conv2, relu2)
    ### END SOLUTION


# %% check residual_block_forward
check(residual_block_forward)

# %% [markdown]
# Does it agree with the worked example? `kernel` makes a 3 x 3 filter with one weight in the middle.


# %%
def kernel(weight):
    """Return a filter (1, 1, 3, 3) that is zero but for the weight in its middle."""
    return np.pad([[[[weight]]]], [(0, 0), (0, 0), (1, 1), (1, 1)])


parameters = kernel(1.5), np.array([-1.0]), kernel(-0.5), np.array([0.0])
for value in (2.0, -2.0):
    out, cache = residual_block_forward(np.array([[[[value]]]]), *parameters)
    print(f"x = {value:g}: out = {out.item():g}")

# %% [markdown]
# ## Two paths back
#
# What comes back to the block is `grad_out`, the gradient of the loss for every number of its output. Five gradients go
# out: those of $x$ and of the four parameters. Walk the block backward, layer by layer, each with its own backward
# function and its own cache. There are two places to think about.
#
# - **The sum.** Two numbers went in, $F(x)$ and $x$. By how much does the sum grow when the first grows by 1, and when
#   the second does?
# - **The input.** $x$ was used twice: by the first convolution, and by the sum.
#
# ### A worked example
#
# The example from above, with $x = 2$ and $\text{grad\_out} = 1$. All ReLUs were open.
#
# | gradient of | |
# |---|---|
# | the sum | 1 |
# | the middle of `weight2`, and `bias2` | 1·2 = 2, and 1 |
# | the number after the first convolution | 1·(-0.5) = -0.5 |
# | the middle of `weight1`, and `bias1` | -0.5·2 = -1, and -0.5 |
# | $x$, through the convolutions | -0.5·1.5 = -0.75 |
# | $x$, around them | 1 |
# | $x$, together | **0.25** |
#
# The path around has no weight on it. Whatever the convolutions do to the gradient, some of it arrives undamped.
#
# ### Exercise 2: `residual_block_backward`
#
# | argument | shape |
# |---|---|
# | `grad_out` | `(N, C, H, W)` |
# | `cache` | what your `residual_block_forward` returned |
# | returns `grad_x` | `(N, C, H, W)` |
# | returns `grad_weight1`, `grad_bias1` | `(K, C, 3, 3)`, `(K,)` |
# | returns `grad_weight2`, `grad_bias2` | `(C, K, 3, 3)`, `(C,)` |
#
# `conv2d_backward(grad_out, cache)` returns `grad_x, grad_weight, grad_bias`; `relu_backward(grad_out, cache)` returns
# `grad_x`.


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `grad_x` into the cell below the case, for one
# point; the other results can be tried in a cell of your own.

# %%
foresee("residual_block_backward")

# %% answer residual_block_backward_foreseen
residual_block_backward_foreseen = ""
### BEGIN SOLUTION
residual_block_backward_foreseen = -10
### END SOLUTION


# %% check residual_block_backward_foreseen
check_foreseen(residual_block_backward_foreseen=residual_block_backward_foreseen)

# %% answer residual_block_backward
def residual_block_backward(grad_out, cache):
    """Return grad_x, grad_weight1, grad_bias1, grad_weight2 and grad_bias2."""
    ### BEGIN SOLUTION
    conv1, relu1, conv2, relu2 = cache
    grad_sum = relu_backward(grad_out, relu2)
    grad_inner, grad_weight2, grad_bias2 = conv2d_backward(grad_sum, conv2)
    grad_inner = relu_backward(grad_inner, relu1)
    grad_through, grad_weight1, grad_bias1 = conv2d_backward(grad_inner, conv1)
    return grad_through + grad_sum, grad_weight1, grad_bias1, grad_weight2, grad_bias2
    ### END SOLUTION


# %% check residual_block_backward
check(residual_block_backward, forward=residual_block_forward)

# %%
out, cache = residual_block_forward(np.array([[[[2.0]]]]), *parameters)
grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2 = residual_block_backward(np.ones_like(out), cache)
print(f"grad_x {grad_x.item():g}")
print(f"weight1, bias1: {grad_weight1[0, 0, 1, 1]:g}, {grad_bias1.item():g}")
print(f"weight2, bias2: {grad_weight2[0, 0, 1, 1]:g}, {grad_bias2.item():g}")

# %% [markdown]
# ### Play: two paths
#
# The block of the worked example, with **your** two functions. Numbers of the way forward stand on the line, gradients
# below it. Predict by which paths a gradient reaches $x$, then reveal.

# %%
block_lab(residual_block_forward, residual_block_backward)

# %% [markdown]
# *Questions that only playing answers.* Leave the gradient of the output at 1. Which single sliders can close the path
# through the convolutions and leave the other one open, and which of them does so with all ReLUs open? What closes both
# paths? And can both be open, and the gradient of $x$ be 0 all the same?
#
# <details><summary>Answers, once you have played</summary>
#
# From the numbers of the example, four sliders close the path through the convolutions alone: x at 0.5, w1 at 0.5 or
# less, and b1 at -3 by the inner ReLU; w2 at 0 with all ReLUs open, for what goes through is multiplied by it. The last
# ReLU closes both paths, as soon as $F(x) + x$ is not above 0: with b2 at -1, say. And both can be open and cancel:
# with w1 at 2 the path through gives $2 \cdot (-0.5) = -1$, the way around 1.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Plain and residual, deeper and deeper
#
# Now the experiment of the paper, small. Two nets that differ in nothing but the way around: one convolution, then some
# blocks, then one linear layer, on handwritten digits of 8 x 8 pixels. A plain block is a residual block without the
# `+ x`. The residual block runs **your** functions.
#
# Weights start as unit {unit:activations} recommends for ReLUs, with the variance 2 / (number of inputs). In the residual block one
# thing is different: there is a second path, so every block would add to the signal, and many blocks would blow it up.
# We let each block begin quietly, with a fifth of the usual weights in its second convolution. (He's rule is a rule for
# wide layers. With four channels chance has more to say: the signal of one plain net fades where that of another grows,
# which is why the figure below shows three of each.)
#
# > **Momentum,** which `SGD` has here. A step of plain gradient descent forgets the one before it. In a long narrow valley it
# > then jumps from wall to wall and hardly moves along. With momentum $\mu$ the steps have a memory, like a ball that rolls:
# >
# > $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta v.$$
# >
# > What changes its sign from step to step cancels out in $v$, and what stays adds up: a constant gradient $g$ ends in
# > $v = g / (1 - \mu)$, ten times as fast with the usual $\mu = 0.9$. (The 0.9 of Adam, unit {unit:pooling}, is the same idea.) The code is
# > four lines of `SGD` in `dltools/training/optimizers.py`.


# %%
class MyResidualBlock(ResidualBlock):
    functions = residual_block_forward, residual_block_backward


def residual_block(rng):
    block = MyResidualBlock(channels=4, rng=rng, dtype=np.float32)
    _, _, weight2, _ = block.parameters()
    weight2.value *= np.float32(0.2)  # a quiet start
    return block


def plain_block(rng):
    conv1, conv2 = (Conv2d(4, 4, 3, rng, padding=1, dtype=np.float32) for _ in range(2))
    return Sequential(conv1, ReLU(), conv2, ReLU())


def train(make_block, blocks, epochs=3, seed=0):
    """Train a net with so many blocks; return it, and the training loss of every epoch."""
    rng = np.random.default_rng(seed)
    first, last = Conv2d(1, 4, 3, rng, padding=1, dtype=np.float32), Linear(4 * 8 * 8, 10, rng, np.float32)
    net = Sequential(first, ReLU(), *(make_block(rng) for _ in range(blocks)), Flatten(), last)
    x, y, *_ = digits(dtype=np.float32)
    optimizer = SGD(net, lr=0.02, momentum=0.9)
    return net, fit(net, cross_entropy, optimizer, x, y, epochs, batch_size=32, rng=rng, max_norm=1.0).train_loss


# %%
kinds = {"plain": (plain_block, "#E69F00", "s--"), "residual": (residual_block, "#0072B2", "o-")}
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
for axis, blocks in zip(axes, (1, 16)):
    losses = {kind: train(make_block, blocks)[1] for kind, (make_block, _, _) in kinds.items()}
    for kind, (_, color, style) in kinds.items():
        axis.plot(range(1, 4), losses[kind], style, color=color, label=kind)
    axis.set(title=f"{2 * blocks} convolutions", xlabel="epoch", xticks=[1, 2, 3], ylim=(0, 2.5))
    gap = losses["plain"][-1] - losses["residual"][-1]
    print(f"{2 * blocks} convolutions: the plain net's loss is higher by {'more' if gap > 0.5 else 'less'} than 0.5")
axes[0].set_ylabel("training loss")
axes[1].legend()
plt.show()

# %% [markdown]
# *What you see:* with 2 convolutions in the blocks both nets learn the digits in three epochs. With 32, the residual
# net (blue circles) learns as well as before, and the plain one (orange squares) stays at a loss of 2.3, which is log
# 10: it guesses. Note that this is the loss in *training*. The deep plain net does not learn by heart too well; it
# does not learn. This is not overfitting, it is a failure to optimize.
#
# ### Play: 2 to 50 convolutions
#
# Training 50 convolutions takes a while, so these nets have been trained for you: each kind and depth three times, from
# three seeds, 100 steps each (`dltools/figures/depth_runs.py` did it; you can run it again). On the right is the norm
# of the gradient of every convolution in the blocks *before the first step*: look at it, then predict the loss.

# %%
depth_lab()

# %% [markdown]
# *Questions.*
#
# 1. From which depth on does the plain net guess in all three runs (a loss of 2.3), and from which one has it, in all
#    three, more than twice the loss of the residual net? At which end of the plain net are the smallest
#    gradients, and is that the end where unit {unit:vanishing} found them?
# 2. Perhaps the plain net only starts badly. Switch on *rescaled weights*: the same plain net, each of its convolutions
#    divided by a number such that its outputs vary by 1. What becomes of the norms at 16 convolutions, and what of the
#    loss?
#
# <details><summary>Answers, once you have played</summary>
#
# 1. It guesses in all three runs at 50 convolutions (at 16 and 32 in two of them), and has more than twice the loss of
# the residual net in all three from 16 on. The smallest gradients lie in the second half, and at 50 convolutions of two
# nets in the very last, next to the loss. Unit {unit:vanishing} found them at the other end, the farthest from the
# loss.
#
# 2. No norm is below 0.05 any more, and the residual net has smaller ones. But the loss ends between 0.8 and 2.0, more
# than twice that of the residual net in every run.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ### What the norm explains, and what it does not
#
# The plain net of 50 convolutions starts with gradients as small as 0.00001, and not where the RNN had them: they are
# smallest at the *end*, next to the loss. A weight's gradient is the number that came in times the gradient that came
# back. Here it is the number that came in that has faded: on its way forward the signal shrinks from 0.2 to less than
# 0.00001 in two of the three nets, and the last layers see next to nothing. So far the norm explains why the net does
# not learn.
#
# But look at 16 convolutions. With rescaled weights no gradient of the plain net is smaller than 0.05. The residual net
# has smaller ones, down to 0.02, and learns; the plain net, with healthier norms than the residual one, still ends with
# more than twice its loss in every run. At 32 it does no better than guessing. So a gradient that has vanished says
# that a net will not learn; a gradient of a good size does not say that it will. Depth hurts well-initialized nets too.
#
# What else is wrong? A norm is a length; it does not say how far the direction can be trusted. Balduzzi and others (see
# the end) found that in deep plain nets the gradients of neighboring inputs have less and less to do with each other:
# they keep their size and become noise. The way around keeps the net near to something simple. A block that begins with
# $F(x)$ near 0 leaves its input as it is, so a net of 50 convolutions begins nearly as a net of one.
#
# To be honest: on digits of 8 x 8 pixels nobody needs 50 convolutions. One block recognizes them as well. What the
# experiment shows is that with the way around depth does hardly any harm; on large images, it then does good. One plus
# sign, in a line that you wrote, is between a net of 50 layers that guesses and one that reads.

# %% [markdown]
# ## A block goes missing
#
# Take a trained net, remove one block, and let the digits pass as if it had never been there; no training
# afterwards. In a plain net every layer expects exactly what the one before makes. In a residual net, what a missing
# block leaves behind is its way around. Predict, then reveal.

# %%
drop_lab()

# %% [markdown]
# *Questions.* Go through the four blocks of the net with 8 convolutions: which net does not mind, and which block does
# each of its three runs miss most? With $n$ residual blocks there are $2^n$ ways from the input to the output, as each block can be gone
# through or around. How many of these ways are left when one block is missing?
#
# <details><summary>Answers, once you have played</summary>
#
# The residual net does not mind: without any one of its blocks it still recognizes 81 % of the digits or more, and what
# a run misses most is one of the last two: the fourth in two of the runs, the third in one. The plain net falls to 23 % at
# best, whichever block is missing. Of the ways a half are left, those that went around the block: 8 of 16.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## What it costs
#
# The way around has no parameters, and one addition for each number of the output, where the two convolutions take
# 9·K multiplications for each number of the output and 9·C for each inside: with 64 channels, 1,152 in all. What grows
# with depth is the memory, and it does so in plain nets too: every layer's cache waits for the backward pass.
#
# The block can only add what has the same shape. Where a real ResNet halves the image and doubles the channels, it
# puts a 1 x 1 convolution with stride 2 on the way around, and it normalizes each convolution's output over the batch.
#
# > **Batch norm** (S. Ioffe and C. Szegedy, arXiv:1502.03167) does that last thing. In training it takes, for each
# > channel, the mean $m$ and the variance $s^2$ over the whole batch and all places, and gives $\gamma\, (z - m) /
# > \sqrt{s^2 + \varepsilon} + \beta$: mean 0 and variance 1, then a scale $\gamma$ and a shift $\beta$ that are
# > learned, so that nothing is lost. On the way forward a signal so treated can neither fade nor explode, whatever the
# > weights; that is what *rescaled weights* in the figure do once, at the start. The price: what comes out for one
# > image depends on the others in its batch. So it keeps running means of $m$ and $s^2$, and uses those when training
# > is over. Whoever forgets to switch gets other answers for one image alone, which the exam of unit {unit:capstone}
# > notices. Read it in `dltools/nn/normalization.py`.

# %% [markdown]
# ## Fifty layers of your own
#
# The nets of the last two figures were trained for you. Train one yourself: 25 of **your** blocks, 50 convolutions one after
# the other, and the plain net of the same depth beside it. Then let both read digits that they have never seen. It takes
# a few seconds each.

# %%
test = digits(dtype=np.float32)
for kind, (make_block, _, _) in kinds.items():
    net, _ = train(make_block, 25)
    share = accuracy(predict(net, test.x_test), test.y_test)
    print(f"50 convolutions, {kind:8}: {'reads more than seven digits in ten' if share > 0.7 else 'guesses'}")

# %% [markdown]
# So why does a deeper network, which can do everything that a shallow one can, learn less? Because it has to *find* what it
# can do, by a gradient that has passed all its layers; and because doing nothing, which is what most of the layers
# should do at first, is hard to find for a layer and free for a block. Fifty layers, and the difference between guessing
# and reading is the `+ x` that you wrote.

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** All weights and biases of a residual block are zero. What comes out for the pixel 3?

# %% answer silent_question
silent_question = ""
### BEGIN SOLUTION
silent_question = 3
### END SOLUTION


# %% check silent_question
check_answer(silent_question=silent_question)

# %% [markdown]
# **2.** In a residual block all ReLUs are open and the slope of F at x is -0.4. The gradient 2 comes back to the sum.
# What is the gradient of x?

# %% answer sum_question
sum_question = ""
### BEGIN SOLUTION
sum_question = 1.2
### END SOLUTION


# %% check sum_question
check_answer(sum_question=sum_question)

# %% [markdown]
# **3.** (Unit {unit:lstm}.) The cell of an LSTM is 3 and its output gate is open. How large is the hidden state?
#
# - **a**: 3
# - **b**: nearly 1
# - **c**: 0
# - **d**: nearly 0.95, as the sigmoid of 3 is

# %% answer shown_question
shown_question = ""
### BEGIN SOLUTION
shown_question = "b"
### END SOLUTION


# %% check shown_question
check_answer(shown_question=shown_question)

# %% [markdown]
# **4.** (Unit {unit:rnn}.) An RNN took five steps. The gradient of W is
#
# - **a**: the part of the last step
# - **b**: the mean of the five parts
# - **c**: the product of the five parts
# - **d**: the sum of the five parts

# %% answer shared_question
shared_question = ""
### BEGIN SOLUTION
shared_question = "d"
### END SOLUTION


# %% check shared_question
check_answer(shared_question=shared_question)

# %% [markdown]
# ## Where to read on
#
# - K. He, X. Zhang, S. Ren and J. Sun, *Deep residual learning for image recognition* (arXiv:1512.03385): the block of
#   this unit, and in its first figure the training error of 20 plain layers and of 56.
# - The same authors, *Identity mappings in deep residual networks* (arXiv:1603.05027): without the last ReLU the product
#   of the $1 + F'$ is exact, and nets of 1,001 layers can be trained.
# - A. Veit, M. Wilber and S. Belongie, *Residual networks behave like ensembles of relatively shallow networks*
#   (arXiv:1605.06431): the experiment with missing blocks, and the ways counted.
# - D. Balduzzi and others, *The shattered gradients problem* (arXiv:1702.08591): in deep plain nets the gradient keeps
#   its size, but becomes noise.
# - D. Mishkin and J. Matas, *All you need is a good init* (arXiv:1511.06422): the rescaling in the figure.
#
# **Next:** {unit:overfitting} Overfitting: what to do when training goes all too well.
