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
# # {unit:pooling} Pooling and the whole CNN
#
# Unit {unit:convolution} gave three reasons for convolutional networks and used two of them. The third, *a smaller version of the
# image shows the same object*, is the pooling layer. You write it here, and then you have all the parts: in the
# second half of this unit you put the whole network together, train it on digits that wander about, and put the
# three reasons to the test.
#
# **The question of this unit:** a child who can read a 7 can read it in every corner of the page. Can your network?
#
# **When you are done you can**
#
# - write maximum and average pooling, forward and backward, with windows that overlap and numbers that tie;
# - tell what pooling forgets about the place of a pattern, and what it does not;
# - assemble a convolutional network from its layers, and send a gradient back through all of it;
# - say what a CNN can do that a fully connected network with as many parameters cannot, and show it.
#
# **Time:** about 90 minutes. **You need:** the convolution of unit {unit:convolution}. Its reference, and those of the units before,
# come from `dltools.nn`, so that you can start here whatever happened there.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.drawing import drawing_lab
from dltools.figures.pooling import cnn_lab, moving_lab, pooling_lab
from dltools.nn import (
    conv2d_backward,
    conv2d_forward,
    cross_entropy,
    linear_backward,
    linear_forward,
    relu_backward,
    relu_forward,
)
from dltools.training import (
    Adam,
    Layer,
    Linear,
    Parameter,
    ReLU,
    Sequential,
    accuracy,
    digits,
    he_normal,
    parameter_count,
    predict,
    progress,
    train_epoch,
)
from dltools.training.images import wander

# %% [markdown]
# ## Pooling in plain words
#
# Leave out every other row and every other column of a photograph of a bird: it is still a bird, with a quarter of
# the numbers. **Pooling** does this a little more carefully. It lays a window of F x F pixels on the image, keeps one
# number of it, and moves on by S pixels: the *largest* number in **max pooling**, the *mean* in **average pooling**.
#
# On an activation map of unit {unit:convolution} the largest number is the strongest answer of the filter. Max pooling then says:
# *the pattern was found somewhere in this window*, and forgets exactly where.
#
# A pooling layer learns nothing; it has no weights. It pools each channel of each image on its own, so the depth
# stays as it is. The sides shrink by the rule you know, without padding:
#
# $$W' = \left\lfloor \frac{W - F}{S} \right\rfloor + 1 \qquad H' = \left\lfloor \frac{H - F}{S} \right\rfloor + 1$$
#
# Most networks use F = 2 and S = 2: windows side by side, and half the width and half the height are left.
#
# ### A worked example
#
# Here is the map that filter 1 of unit {unit:convolution} made of the 6 x 6 image, cut into windows of 2 x 2:
#
# $$\left(\begin{array}{rr|rr} 3 & -1 & -3 & -1\\ -3 & 1 & 0 & -3\\ \hline -3 & -3 & 0 & 1\\ 3 & -2 & -2 & -1
# \end{array}\right)
# \;\xrightarrow{\text{ maximum }}\; \begin{pmatrix} 3 & 0\\ 3 & 1\end{pmatrix}
# \qquad\quad \xrightarrow{\text{ average }}\; \begin{pmatrix} 0 & -1.75\\ -1.25 & -0.5\end{pmatrix}$$
#
# The upper right window holds -3, -1, 0, -3: its largest number is 0 and its mean is -7 / 4. The two strong answers
# of the filter, the 3s, survive the maximum. In the average they drown in their neighbors.
#
# Now you: pool the map of filter 2 below by hand, both ways, before you run the cell that follows your functions.
#
# $$\begin{pmatrix} -1 & -1 & -1 & -1\\ -1 & -1 & -2 & 1\\ -1 & -1 & -2 & 1\\ -1 & 0 & -4 & 3\end{pmatrix}$$

# %%
map_1 = np.array([[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]], dtype=float)
map_2 = np.array([[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]], dtype=float)

# %% [markdown]
# ### Exercise 1: `max_pool2d_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, C, H, W)` |
# | `kernel_size` | F, or a pair (vertical, horizontal) |
# | `stride` | S, or such a pair; `None` means the same as `kernel_size` |
# | returns `out` | `(N, C, OH, OW)`, in the dtype of `x` |
# | returns `cache` | whatever your backward will need |
#
# Windows may overlap (S less than F) or leave gaps (S greater than F); pixels left over at the right or at the bottom
# are dropped, as in a convolution. `as_pair` below turns a number into a pair and leaves a pair as it is.
#
# One slice takes the same window out of all channels of all images. So two loops are enough: over the rows and over
# the columns of the output. Your functions will train a network at the end of this unit; with loops over images and
# channels as well, that takes minutes instead of seconds.


# %%
def as_pair(number_or_pair):
    """Return a pair (vertical, horizontal)."""
    return (number_or_pair, number_or_pair) if np.isscalar(number_or_pair) else tuple(number_or_pair)


# %% answer max_pool2d_forward
def max_pool2d_forward(x, kernel_size, stride=None):
    """Return the maximum of every window, out (N, C, OH, OW), and a cache for the backward pass."""
    ### BEGIN SOLUTION
    (FH, FW), (down, right) = as_pair(kernel_size), as_pair(kernel_size if stride is None else stride)
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - FH) // down + 1, (W - FW) // right + 1), x.dtype)
    for i, j in np.ndindex(out.shape[2:]):
        out[:, :, i, j] = x[:, :, i * down : i * down + FH, j * right : j * right + FW].max(axis=(2, 3))
    return out, (x, FH, FW, down, right)
    ### END SOLUTION


# %% check max_pool2d_forward
check(max_pool2d_forward)

# %% [markdown]
# ### Exercise 2: `avg_pool2d_forward`
#
# The same arguments and shapes, with the mean in place of the maximum.


# %% answer avg_pool2d_forward
def avg_pool2d_forward(x, kernel_size, stride=None):
    """Return the mean of every window, out (N, C, OH, OW), and a cache for the backward pass."""
    ### BEGIN SOLUTION
    (FH, FW), (down, right) = as_pair(kernel_size), as_pair(kernel_size if stride is None else stride)
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - FH) // down + 1, (W - FW) // right + 1), x.dtype)
    for i, j in np.ndindex(out.shape[2:]):
        out[:, :, i, j] = x[:, :, i * down : i * down + FH, j * right : j * right + FW].mean(axis=(2, 3))
    return out, (x, FH, FW, down, right)
    ### END SOLUTION


# %% check avg_pool2d_forward
check(avg_pool2d_forward)

# %%
maps = np.stack([map_1, map_2])[None]
print(max_pool2d_forward(maps, 2)[0])
print(avg_pool2d_forward(maps, 2)[0])

# %% [markdown]
# ## Backward
#
# Ask again what each number touched.
#
# - **Max pooling.** If you nudge the largest number of a window, the output moves with it, one to one. If you nudge
#   any of the others, nothing happens. So the whole gradient of an output goes back to the number that was kept, and
#   to no other pixel of its window.
# - **Average pooling.** Each of the F·F numbers has the same small effect, and gets the same share.
#
# Two things need care. Where windows **overlap**, a pixel may be the largest of several windows, and collects the
# gradient of each. And when the largest number occurs twice in a window, a **tie**, the derivative does not exist:
# somebody has to decide. In this course we decide as PyTorch does: the first one wins, reading the window row by row, as
# in a book.
#
# ### A worked example
#
# One row of five pixels, $x = (1, 3, 2, 3, 0)$, and windows of 1 x 3 with stride 1. There are three windows, and
# $\text{grad\_out} = (3, 6, 3)$ comes back.
#
# | window | largest | gradient | max pooling sends it to | average pooling sends |
# |---|---|---|---|---|
# | 1, 3, 2 | 3 | 3 | pixel 1 | 1 each to pixels 0, 1, 2 |
# | 3, 2, 3 | 3, twice | 6 | pixel 1, the first | 2 each to pixels 1, 2, 3 |
# | 2, 3, 0 | 3 | 3 | pixel 3 | 1 each to pixels 2, 3, 4 |
# | **sum** | | | **0, 9, 0, 3, 0** | **1, 3, 4, 3, 1** |
#
# ### Exercise 3: `max_pool2d_backward`
#
# | argument | shape |
# |---|---|
# | `grad_out` | `(N, C, OH, OW)` |
# | `cache` | what your `max_pool2d_forward` returned |
# | returns `grad_x` | `(N, C, H, W)` |
#
# Begin with a `grad_x` of zeros in the shape of `x`, and visit the windows as in the forward. How do you find the
# first of the largest numbers in a window of every channel at once? `argmax` returns a place in a flat list; a window
# of shape `(N, C, FH, FW)` can be reshaped to `(N, C, FH * FW)` and back. Then a number must be put at that place, one for
# each n and c. `np.put_along_axis(a, indices, values, axis)` does that: `indices` and `values` have the shape of `a`, with
# length 1 on `axis`. Two more loops, over n and c, with `np.unravel_index`, are as right.


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write what comes out into the cell below the case, for
# one point.

# %%
foresee("max_pool2d_backward")

# %% answer max_pool2d_backward_foreseen
max_pool2d_backward_foreseen = ""
### BEGIN SOLUTION
max_pool2d_backward_foreseen = [[0, 6], [0, 0]]
### END SOLUTION


# %% check max_pool2d_backward_foreseen
check_foreseen(max_pool2d_backward_foreseen=max_pool2d_backward_foreseen)

# %% answer max_pool2d_backward
def max_pool2d_backward(grad_out, cache):
    """Return grad_x (N, C, H, W): the gradient of each window goes to its first maximum."""
    ### BEGIN SOLUTION
    x, FH, FW, down, right = cache
    (N, C), grad_x = x.shape[:2], np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = np.s_[:, :, i * down : i * down + FH, j * right : j * right + FW]
        first = x[window].reshape(N, C, FH * FW).argmax(axis=2)
        is_first = np.arange(FH * FW) == first[:, :, None]
        grad_x[window] += (is_first * grad_out[:, :, i, j, None]).reshape(N, C, FH, FW)
    return grad_x
    ### END SOLUTION


# %% check max_pool2d_backward
check(max_pool2d_backward, forward=max_pool2d_forward)

# %% [markdown]
# ### Exercise 4: `avg_pool2d_backward`
#
# The same arguments and shapes. Each of the F·F numbers of a window gets an equal share of what comes back to it, and
# where windows overlap the shares add up.


# %% answer avg_pool2d_backward
def avg_pool2d_backward(grad_out, cache):
    """Return grad_x (N, C, H, W): the gradient of each window is shared out equally."""
    ### BEGIN SOLUTION
    x, FH, FW, down, right = cache
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = np.s_[:, :, i * down : i * down + FH, j * right : j * right + FW]
        grad_x[window] += grad_out[:, :, i, j, None, None] / (FH * FW)
    return grad_x
    ### END SOLUTION


# %% check avg_pool2d_backward
check(avg_pool2d_backward, forward=avg_pool2d_forward)

# %% [markdown]
# Do they agree with the worked example?

# %%
row = np.array([1.0, 3, 2, 3, 0]).reshape(1, 1, 1, 5)
grad_out = np.array([3.0, 6, 3]).reshape(1, 1, 1, 3)
for forward, backward in (
    (max_pool2d_forward, max_pool2d_backward),
    (avg_pool2d_forward, avg_pool2d_backward),
):
    _, cache = forward(row, (1, 3), stride=1)
    print(np.round(backward(grad_out, cache).ravel(), 10))

# %% [markdown]
# ### Play: what pooling forgets
#
# A handwritten four, pooled by **your** functions. It can move to the right by one or two pixels. Predict how many
# outputs change when it does, before you look; the *view* "backward" shows where the gradient goes.

# %%
pooling_lab(max_pool2d_forward, max_pool2d_backward, avg_pool2d_forward, avg_pool2d_backward)

# %% [markdown]
# *Questions that only playing answers.* With windows of 2 x 2 and stride 2, move the four by one pixel: which share of
# the outputs stays as it was, and where in the picture are they? Which window size, at stride 2, lets the fewest
# outputs change, and what is lost with it? Then look backward with F = 4 and S = 1, the four still moved by one: how
# many of the 64 pixels learn anything at all with the maximum, and how many with the average?
#
# <details><summary>Answers, once you have played</summary>
#
# Half of the outputs stay, 8 of 16: the four corners, where nothing is, and the four in the middle, where the strokes
# are thick. Windows of 4 x 4 change least, 1 of 9; but then six of the nine outputs are 16, and where the strokes were
# can hardly be told any more. With F = 4 and S = 1, four of the 64 pixels learn with the maximum, those that win all of
# the 25 windows between them; with the average, all 64.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Flatten
#
# The last layers of the network are fully connected, and those take vectors. `flatten_forward` reads each image out
# into one long row, channel by channel, each channel row by row: `(N, C, H, W)` becomes `(N, C*H*W)`. The two pooled
# maps of the worked example become the row of eight numbers
#
# $$(3, 0, 3, 1,\; -1, 1, 0, 3).$$
#
# Nothing is computed, so the backward only has to put every number back where it came from.
#
# ### Exercises 5 and 6: `flatten_forward` and `flatten_backward`
#
# `x` is a batch of anything: `(N, C, H, W)`, but `(N, T, D)` just as well.


# %% answer flatten_forward
def flatten_forward(x):
    """Return one row for each member of the batch, and a cache for the backward pass."""
    ### BEGIN SOLUTION
    return x.reshape(len(x), -1), x.shape
    ### END SOLUTION


# %% check flatten_forward
check(flatten_forward)


# %% answer flatten_backward
def flatten_backward(grad_out, cache):
    """Return the gradient in the shape that x had."""
    ### BEGIN SOLUTION
    return grad_out.reshape(cache)
    ### END SOLUTION


# %% check flatten_backward
check(flatten_backward, forward=flatten_forward)

# %% [markdown]
# ## The whole CNN
#
# Now all parts are there. This is the whole network, with the `relu` of unit {unit:activations} after each convolution, for
# gray images of 16 x 16 pixels, 8 and 16 filters, and 10 classes:
#
# | layer | output of one image | parameters |
# |---|---|---|
# | image | 1 x 16 x 16 | |
# | convolution, 8 filters of 3 x 3, padding 1; relu | 8 x 16 x 16 | 80 |
# | max pooling 2 x 2 | 8 x 8 x 8 | 0 |
# | convolution, 16 filters of 3 x 3, padding 1; relu | 16 x 8 x 8 | 1,168 |
# | max pooling 2 x 2 | 16 x 4 x 4 | 0 |
# | flatten | 256 | 0 |
# | fully connected | 10 logits | 2,570 |
#
# After pooling there is *a new image*, smaller and deeper: its pixels no longer say how bright it is there, but which
# patterns are there. The second convolution finds patterns of those patterns. (Check two of the parameter counts with
# the formula of unit {unit:convolution}.)
#
# ### Exercises 7 and 8: `cnn_forward` and `cnn_backward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, C, H, W)` |
# | `weight1`, `bias1` | `(K1, C, 3, 3)`, `(K1,)` |
# | `weight2`, `bias2` | `(K2, K1, 3, 3)`, `(K2,)` |
# | `weight3`, `bias3` | `(M, features)`, `(M,)`, where `features` is the length of a flattened image |
# | returns `logits` | `(N, M)` |
# | returns `cache` | whatever your backward will need |
#
# You have written or been given every piece: `conv2d_forward(x, weight, bias, stride, padding)`, `relu_forward(x)`,
# `max_pool2d_forward(x, kernel_size, stride)`, `flatten_forward(x)` and `linear_forward(x, weight, bias)`. Each
# returns its output and a cache. The softmax is not part of the network: `cross_entropy` contains it.
#
# The backward is the same list read from the end: each layer takes the gradient of its output and its own cache, and
# hands the gradient of its input to the layer before. `cnn_backward` returns the gradients of all seven arguments, in
# the order of the forward's: `grad_x`, `grad_weight1`, `grad_bias1`, `grad_weight2`, `grad_bias2`, `grad_weight3`,
# `grad_bias3`. (`conv2d_backward` and `linear_backward` return `grad_x, grad_weight, grad_bias`; the others `grad_x`.)


# %% answer cnn_forward
def cnn_forward(x, weight1, bias1, weight2, bias2, weight3, bias3):
    """Return the logits (N, M) of the whole network, and a cache for the backward pass."""
    ### BEGIN SOLUTION
    out, conv1 = conv2d_forward(x, weight1, bias1, padding=1)
    out, relu1 = relu_forward(out)
    out, pool1 = max_pool2d_forward(out, 2)
    out, conv2 = conv2d_forward(out, weight2, bias2, padding=1)
    out, relu2 = relu_forward(out)
    out, pool2 = max_pool2d_forward(out, 2)
    out, flatten = flatten_forward(out)
    logits, linear = linear_forward(out, weight3, bias3)
    return logits, (conv1, relu1, pool1, conv2, relu2, pool2, flatten, linear)
    ### END SOLUTION


# %% check cnn_forward
check(cnn_forward)


# %% answer cnn_backward
def cnn_backward(grad_logits, cache):
    """Return the gradients of x, weight1, bias1, weight2, bias2, weight3 and bias3."""
    ### BEGIN SOLUTION
    conv1, relu1, pool1, conv2, relu2, pool2, flatten, linear = cache
    grad, grad_weight3, grad_bias3 = linear_backward(grad_logits, linear)
    grad = flatten_backward(grad, flatten)
    grad = relu_backward(max_pool2d_backward(grad, pool2), relu2)
    grad, grad_weight2, grad_bias2 = conv2d_backward(grad, conv2)
    grad = relu_backward(max_pool2d_backward(grad, pool1), relu1)
    grad_x, grad_weight1, grad_bias1 = conv2d_backward(grad, conv1)
    return grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2, grad_weight3, grad_bias3
    ### END SOLUTION


# %% check cnn_backward
check(cnn_backward, forward=cnn_forward)

# %% [markdown]
# ## Digits that wander
#
# The digits of unit {unit:backpropagation} are 8 x 8 pixels and always stand in the middle. Here they move: `wander` lays each one
# somewhere on an empty canvas of 16 x 16 pixels, which leaves 9 x 9 places. One digit in five is kept back for the
# test, so no network ever trains on it.

# %%
split = digits(validation=0, test=0.2)
canvases = wander(split.x_test, 16, np.random.default_rng(99))

figure, axes = plt.subplots(1, 8, figsize=(11, 1.6), layout="constrained")
for axis, canvas, label in zip(axes, canvases, split.y_test):
    axis.imshow(canvas[0], cmap="gray")
    axis.set(title=f"a {label}", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# *What you see:* eight black squares with a small bright digit in each, here near a corner, there near the middle.
#
# > **Adam,** in ten lines, for it is used here for the first time. Gradient descent gives every parameter the same learning
# > rate. Adam (D. Kingma and J. Ba, arXiv:1412.6980) lets each have its own. For every parameter it keeps two running means:
# > $m \leftarrow \beta_1 m + (1 - \beta_1)\, g$ of its gradient $g$, and $v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$ of the
# > square. Both start at zero, and are too small at first; dividing by $1 - \beta_1^t$ and by $1 - \beta_2^t$ in step $t$ makes
# > up for it, and gives $\hat m$ and $\hat v$. The step is
# >
# > $$\theta \leftarrow \theta - \eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}.$$
# >
# > A parameter whose gradients are always small moves as fast as one whose gradients are large; one whose gradients keep
# > changing sign moves little. Usual are $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\varepsilon = 10^{-8}$, and $\eta$ from 0.001 to
# > 0.01. The code is short: `Adam` in `dltools/training/optimizers.py`.
#
# Two networks compete. `CNN` is made of **your** functions; a `Layer` of `dltools.training` holds the parameters and
# calls them. The other one is fully connected with 14 hidden neurons: that makes as many parameters as the CNN has,
# give or take two in a hundred.


# %%
class CNN(Layer):
    functions = cnn_forward, cnn_backward


class Flatten(Layer):
    functions = flatten_forward, flatten_backward


def new_cnn(seed):
    """Return a CNN with random weights."""
    rng = np.random.default_rng(seed)
    weights = [he_normal(shape, rng) for shape in [(8, 1, 3, 3), (16, 8, 3, 3), (10, 256)]]
    return CNN(*(Parameter(array) for weight in weights for array in (weight, np.zeros(len(weight)))))


def new_fully_connected(seed, hidden=14):
    """Return a fully connected network with one hidden layer."""
    rng = np.random.default_rng(seed)
    return Sequential(Flatten(), Linear(256, hidden, rng), ReLU(), Linear(hidden, 10, rng))


print(f"CNN:             {parameter_count(new_cnn(0)):,} parameters")
print(f"fully connected: {parameter_count(new_fully_connected(0)):,} parameters")


# %%
def wandering(images, rng):
    """Return each digit at a place of its own."""
    return wander(images, 16, rng)


def train(net, place=wandering, epochs=15):
    """Train on digits that `place` lays on a canvas, anew in each epoch; return the percentage right in the test."""
    rng, optimizer = np.random.default_rng(1), Adam(net, lr=0.01)
    for _ in progress(range(epochs), "epochs"):
        train_epoch(net, cross_entropy, optimizer, place(split.x_train, rng), split.y_train, 64, rng)
    test_images = place(split.x_test, np.random.default_rng(99))
    return 100 * accuracy(predict(net, test_images), split.y_test)


# %% [markdown]
# Each row below starts from other random weights. While you wait (a few seconds a row; the bar runs once for each network):
# guess the two columns.

# %%
for seed in (2, 1, 0):
    cnn, fully_connected = new_cnn(seed), new_fully_connected(seed)
    print(f"CNN {train(cnn):.0f} % right,  fully connected {train(fully_connected):.0f} % right")

# %% [markdown]
# The CNN reads about nine of ten digits, whichever weights it starts from. The fully connected network has as many
# numbers to learn with, sees the same images, and misses more than half.
#
# ### Play: the same digit, elsewhere
#
# Both of your trained networks look at one digit of the test set, at each of the 81 places where it can be. Predict
# how many of the places the fully connected network gets right.

# %%
moving_lab(cnn, fully_connected)

# %% [markdown]
# *Questions.* Four of the 20 digits are read right by the CNN at fewer than 60 places. What do they have in common, and
# what does it take them for? Are the places where the fully connected network is right neighbors, or strewn about at
# random? What does that tell you about what it has learned?
#
# <details><summary>Answers, once you have played</summary>
#
# All four are 8s, four of the five that there are. Where the CNN is wrong, it takes one of them mostly for a 1, one for
# a 9, one for a 6, and the fourth for this here and that there. The places where the fully connected network is right
# are neighbors: three in four pairs of neighboring places are alike, where strewn about it would be six in ten. It has
# learned what a digit looks like in places where it met one. A column further most of the same pixels are lit, and it
# may still know it; three columns further it is another picture to it.
#
# </details>
#
# ### Play: inside your network
#
# Every activation map of your trained CNN, from the image to the ten probabilities.

# %%
cnn_lab(cnn_forward, max_pool2d_forward, [parameter.value for parameter in cnn.parameters()])

# %% [markdown]
# *Questions.* Move the digit by one column. Which of the pictures move by a whole pixel, and what do the others do? Move
# it by four columns: by how many pixels do the maps of the last group move, and why by that many? Some filters answer to
# the upper edges of strokes and others to the lower edges: find them by their weights first, and then see whether you
# were right. Compare with *weights: random*.
#
# <details><summary>Answers, once you have played</summary>
#
# By one column, the image and the maps of 16 x 16 move, by exactly a pixel. The others have no half pixel to move by:
# they stay where they are and change. By four columns the maps of the last group move by exactly one pixel, but for
# what the edge does: two poolings have made one pixel of four. An upper edge is dark above and light below, so look for
# a filter with small weights in its upper row and large ones in its lower: 4, and less clearly 1 and 5. Lower edges: 2
# and 6. With random weights the maps move just as exactly. Moving along need not be learned, what they show must.
#
# </details>

# %% [markdown]
# ### Play: draw a digit
#
# Draw one yourself, with the pointer or with arrow keys and Enter: both of your networks read it while you draw.

# %%
drawing_lab(cnn, fully_connected)

# %% [markdown]
# *Questions.* Draw a digit and move it about. Which of the two networks goes on reading the same? Now draw something
# that is no digit, or clear the picture. Does a network ever say that it sees none?
#
# <details><summary>Answers, once you have played</summary>
#
# The CNN keeps its answer at far more places; the other one met your pixels at these places rarely, or never. Neither
# of them can say "no digit". Softmax shares a probability of 1 among ten classes, and an eleventh, "none of these", was
# never among them. So a scribble gets a digit too, and sometimes a sure one: a probability compares the ten classes
# with each other, and says nothing on whether the question makes sense.
#
# </details>

# %% [markdown]
# ## The three reasons, put to the test
#
# It is one thing to give reasons and another to show that they are the true ones.
#
# **1. Patterns are smaller than the image.** A filter of 3 x 3 can only use that *neighboring* pixels belong
# together. So take the neighbors apart: shuffle the 256 pixels of the canvas, each image in the same way. For a
# fully connected network nothing has changed but the names of its inputs. What do you expect of the CNN?
#
# **2. The same pattern appears in different regions.** If that is what makes the difference, it should be gone when
# every digit stands in the same place. And a fully connected network should need many more parameters for wandering
# digits, as it has to learn every pattern once for each place.

# %%
order = np.random.default_rng(5).permutation(256)


def shuffled(images, rng):
    """Return wandering digits, the pixels of the canvas shuffled, always in the same way."""
    return wandering(images, rng).reshape(-1, 256)[:, order].reshape(-1, 1, 16, 16)


def standing(images, rng):
    """Return each digit in the middle of its canvas."""
    return np.pad(images, [(0, 0), (0, 0), (4, 4), (4, 4)])


def larger_fully_connected(seed):
    """Return a fully connected network with ten times the parameters."""
    return new_fully_connected(seed, hidden=140)


for new in (new_cnn, new_fully_connected, larger_fully_connected):
    print(f"{new.__name__} with {parameter_count(new(0)):,} parameters")
    for place in (standing, wandering, shuffled):
        print(f"    {place.__name__:9} {train(new(0), place):3.0f} % right")

# %% [markdown]
# Compare line by line. When digits stand still, all three networks read nearly every one of them: a CNN is *not*
# better at everything. When they wander, the CNN stays ahead even of a network with ten times its parameters. And
# when neighbors are torn apart, the CNN drops to the level of the small fully connected network or below, while the
# other two hardly notice. What makes a CNN good is not that it is cleverer but that what it takes for granted is
# true of images. What a model takes for granted before it has seen a single example is its **inductive bias**.
#
# Two more words for what you have seen. When the digit moved by a column, the maps of a convolution moved with it: the
# convolution is **equivariant** to shifts, *move the input and the output moves along*. When the digit moved, the answer
# stayed the same: the whole network should be **invariant**, *move the input and nothing changes*. Pooling leads from the
# first to the second, a little with each layer. Measure the first with your own function, away from the border:
#

# %%
canvas = np.zeros((1, 1, 16, 16))
canvas[:, :, 4:12, 3:11] = split.x_test[:1]
moved = np.roll(canvas, 2, axis=3)  # two columns to the right
weight, bias = cnn.parameters()[0].value, cnn.parameters()[1].value
maps, maps_moved = (conv2d_forward(image, weight, bias, padding=1)[0] for image in (canvas, moved))
print("the maps move along:", np.allclose(np.roll(maps, 2, axis=3)[..., 3:-1], maps_moved[..., 3:-1]))
pooled, pooled_moved = (max_pool2d_forward(relu_forward(both)[0], 2)[0] for both in (maps, maps_moved))
print("pooled, they move by one:", np.allclose(np.roll(pooled, 1, axis=3)[..., 2:-1], pooled_moved[..., 2:-1]))

# %% [markdown]
# Is the whole network invariant, then? Train it on digits in the middle alone, and let it read those that wander. Guess
# first.

# %%
net = new_cnn(0)
print(f"in the middle: {round(train(net, standing) / 10)} in 10 right")
print(f"elsewhere:     {round(10 * accuracy(predict(net, canvases), split.y_test))} in 10 right")

# %% [markdown]
# It is not, by far. The convolutions find a stroke wherever it is, but the last layer has weights of its own for each of
# the 4 x 4 places of a map, and at most of them it has never met a digit. In the training above, the wandering taught it
# these, and it had less to learn than the fully connected network, which has to learn every stroke anew at every place.
# Newer networks take the mean of each whole map in place of flatten, *global average pooling* (M. Lin and others,
# arXiv:1312.4400): their last layer does not know the place at all.

# %% [markdown]
# **3. Subsampling does not change the object.** Pool the 8 x 8 digits themselves, with your `avg_pool2d_forward`,
# before a network sees them. How far can you go?


# %%
def train_pooled(size, epochs=30):
    """Train a fully connected network on digits pooled with windows of size x size; return the percentage right."""
    train_x, test_x = (avg_pool2d_forward(x, size)[0] for x in (split.x_train, split.x_test))
    rng, inputs = np.random.default_rng(0), train_x[0].size
    net = Sequential(Flatten(), Linear(inputs, 64, rng), ReLU(), Linear(64, 10, rng))
    optimizer = Adam(net, lr=0.01)
    for _ in progress(range(epochs), "epochs"):
        train_epoch(net, cross_entropy, optimizer, train_x, split.y_train, 64, rng)
    return inputs, 100 * accuracy(predict(net, test_x), split.y_test)


for size in (1, 2, 4, 8):
    inputs, right = train_pooled(size)
    print(f"windows of {size} x {size}: {inputs:2} number{'s' * (inputs > 1)}, {right:3.0f} % right")

# %% [markdown]
# With a quarter of the numbers a few percent more are misread, with a sixteenth four digits in ten. A single number, the
# mean brightness, tells little more than guessing would. Subsampling keeps the object as long as the object is large
# compared with the window: that is why networks pool by two, and several times, with a convolution in between.
#
# *Question.* Replace `avg_pool2d_forward` by `max_pool2d_forward` in `train_pooled`. On the pixels of an image one of
# the two is clearly better. Why? And why need that not be so on the maps behind a relu, where your CNN has its pooling?
#
# <details><summary>Answers, once you have played</summary>
#
# On the pixels it is the average: with windows of 2 x 2, 93 of 100 against 87, and with 4 x 4, 59 against 24. The
# average says how much ink there is, the maximum only whether there is any, and in a window of 4 x 4 there nearly
# always is. Behind a relu most numbers are 0, and a large one says *my pattern is here*. The maximum passes that on,
# the average thins it with zeros.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## What it costs
#
# Multiplications for one image: 16 · 16 · 8 · 9 = 18,432 in the first convolution, 8 · 8 · 16 · 72 = 73,728 in the
# second, 2,560 in the fully connected layer. So the convolutions do 97 % of the work with a third of the parameters;
# the fully connected layer has two thirds of the parameters and does next to none of the work. Without the two pooling layers
# it would see 16 · 16 · 16 numbers and have 40,970 parameters, sixteen times as many.
#
# Pooling itself multiplies nothing. Its price is memory traffic: the forward reads each number once, and the backward
# has to know which number of each window won. Your loops visit each window in Python. The library's version,
# `dltools/nn/pooling.py`, turns this round: it loops over the F·F *entries* of the window, and takes that entry
# of all windows in one strided slice. That is four steps for F = 2, however large the image is. It is short; read it,
# and see how it finds the first of two equal maxima.

# %% [markdown]
# ## A page to read
#
# Can your network do what the child can? Here is a page: forty digits that it has never seen, each somewhere in a square
# of its own. Your CNN reads it line by line, and beside it reads the fully connected network with as many parameters.

# %%
rng = np.random.default_rng(3)
chosen = rng.permutation(len(split.x_test))[:40]
page, written = wander(split.x_test[chosen], 16, rng), split.y_test[chosen]
nets = {"CNN": cnn, "fully connected": fully_connected}
answers = {name: predict(net, page).argmax(axis=1) for name, net in nets.items()}
figure, axes = plt.subplots(1, 2, figsize=(11, 2.6), layout="constrained")
for axis, (name, read) in zip(axes, answers.items()):
    axis.imshow(page.reshape(4, 10, 16, 16).transpose(0, 2, 1, 3).reshape(64, 160), cmap="gray")
    for place, (answer, label) in enumerate(zip(read, written)):
        row, column = divmod(place, 10)
        wrong = {"backgroundcolor": "#D55E00"} if answer != label else {}
        axis.text(16 * column, 16 * row + 5, answer, color="white", fontsize=8, **wrong)
    axis.set(title=name, xticks=np.arange(0, 160, 16) - 0.5, yticks=np.arange(0, 64, 16) - 0.5)
    axis.set(xticklabels=[], yticklabels=[])
    axis.grid(color="#616161", linewidth=0.5)
    print(f"{name}: {'more' if np.mean(read == written) > 0.75 else 'fewer'} than three in four")
plt.show()

# %% [markdown]
# *What you see:* the same page twice, four lines of ten digits, with the answer in the corner of each square, on orange where it
# is wrong. The CNN misreads a handful; the fully connected network misreads about half of the page.
#
# So the answer is yes, once it has met digits in every corner: a stroke that one of its filters has learned, it finds
# in all of them, and that leaves so little to learn that 3,818 numbers are enough. Convolution, ReLU,
# pooling, flatten and a linear layer, forward and backward: every number on that page went through functions that you wrote.
# With more layers and more pixels, this is the network that learned to tell cats from dogs.

# %% [markdown]

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** A window of max pooling holds 1, 5, 5 and 2, row by row; the gradient 6 comes back to it. What does the second
# 5 get?

# %% answer tie_question
tie_question = ""
### BEGIN SOLUTION
tie_question = 0
### END SOLUTION


# %% check tie_question
check_answer(tie_question=tie_question)

# %% [markdown]
# **2.** How many numbers does a layer of max pooling with windows of 2 x 2 learn, on 16 channels?

# %% answer learned_question
learned_question = ""
### BEGIN SOLUTION
learned_question = 0
### END SOLUTION


# %% check learned_question
check_answer(learned_question=learned_question)

# %% [markdown]
# **3.** (Unit {unit:convolution}.) A filter of 7 x 7 moves with stride 1. Which padding keeps the size of the image?

# %% answer same_question
same_question = ""
### BEGIN SOLUTION
same_question = 3
### END SOLUTION


# %% check same_question
check_answer(same_question=same_question)

# %% [markdown]
# **4.** (Unit {unit:activations}.) $\tanh(x) = 0.6$. What is the slope of tanh at this x?

# %% answer tanh_question
tanh_question = ""
### BEGIN SOLUTION
tanh_question = 0.64
### END SOLUTION


# %% check tanh_question
check_answer(tanh_question=tanh_question)

# %% [markdown]
# ## Where to read on
#
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to document recognition* (1998):
#   LeNet-5, your network's ancestor. Its figure 2 should look familiar now.
# - D. Scherer, A. Müller and S. Behnke, *Evaluation of pooling operations in convolutional architectures for object
#   recognition* (2010): maximum against average, measured.
# - J. Springenberg and others, *Striving for simplicity: the all convolutional net* (arXiv:1412.6806): a convolution with
#   stride 2 in place of each pooling, as many newer networks have it.
# - R. Zhang, *Making convolutional networks shift-invariant again* (arXiv:1904.11486): what you saw in the first
#   figure, that pooling forgives a shift only in part, and what to do about it.
# - PyTorch's `torch.nn.functional.max_pool2d`: the same function with the same words. Look what `ceil_mode` does with
#   left-over pixels.
#
# **Next:** {unit:rnn} RNN leaves images for sentences, where the same weights are used at every step in time.
