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
# # {unit:convolution} Convolution
#
# A fully connected layer looks at every pixel of an image with a weight of its own. A convolution looks at a small
# window, with a few weights, and moves that window over the whole image. In this unit you write that layer, forward
# and backward, and let it find out for itself how to see an edge.
#
# **The question of this unit:** can a layer find out by itself what to look for, and find it wherever it is?
#
# **When you are done you can**
#
# - tell the size of a convolution's output and the number of its parameters, without running it;
# - write the forward and the backward pass of a convolution, with stride and padding;
# - show that a convolution *is* a fully connected layer, one with most weights zero and the rest shared.
#
# **Time:** 60 to 90 minutes. **You need:** `linear_forward` and `linear_backward` of unit {unit:perceptron}, the chain rule of
# unit {unit:backpropagation}, and NumPy slices such as `x[:, :, 2:5, 0:3]`.

# %%
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.convolution import connections_lab, convolution_lab, filters_lab, learned_lab
from dltools.training import sample_image

# %% [markdown]
# ## Why a small window?
#
# Three observations about images lead to convolutional networks:
#
# 1. **Some patterns are much smaller than the image.** The beak of a bird covers a few pixels. A neuron that looks for
#    beaks does not need the rest.
# 2. **The same pattern appears in different regions.** A beak in the upper left corner and one in the middle should
#    not need two neurons that learn the same thing twice.
# 3. **A smaller version of the image shows the same object.** Leave out every other pixel, and a bird is still a bird.
#
# The first two lead to the *convolution* of this unit; the third to the *pooling* of the next.
#
# ## The idea in numbers
#
# Take a color image of 32 x 32 pixels: three channels (red, green, blue), so 32 x 32 x 3 numbers. A **filter** is a
# small block of weights, say 5 x 5 x 3. Lay it on one corner of the image, multiply each weight by the number under
# it, add all 75 products, add a bias: one output number. That is the neuron of unit {unit:perceptron} on a window of the image,
#
# $$o = w^T x + b, \qquad w, x \in \mathbb{R}^{75}.$$
#
# Now move the filter one pixel to the right and do it again, and so on over the image. There are 28 x 28 places where
# a 5 x 5 filter fits into 32 x 32 pixels, so one filter makes 28 x 28 numbers: its **activation map**. Six filters
# make six maps, stacked to a new "image" of 28 x 28 x 6, the input of the next layer.
#
# In this course images are arrays of shape `(N, C, H, W)`: N images, C channels, H rows, W columns. Filters are an
# array `weight` of shape `(K, C, FH, FW)`: K filters, each as deep as the image, of FH rows and FW columns; `bias` has
# shape `(K,)`.

# %% [markdown]
# ## A worked example
#
# Here is an image of 6 x 6 pixels that are 0 or 1, and a filter of 3 x 3 weights.

# %%
image = np.array(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ],
    dtype=float,
)
filter_1 = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)

# %% [markdown]
# With the filter in the upper left corner, and bias 0, the sum is taken row by row:
#
# | window | times filter | row sum |
# |---|---|---|
# | 1, 0, 0 | 1·1 + 0·(-1) + 0·(-1) | 1 |
# | 0, 1, 0 | 0·(-1) + 1·1 + 0·(-1) | 1 |
# | 0, 0, 1 | 0·(-1) + 0·(-1) + 1·1 | 1 |
#
# and the first output is 1 + 1 + 1 = **3**. One pixel further to the right the window is `0 0 0 / 1 0 0 / 0 1 1`:
# the sums are 0, -1 and -1 + 1 = 0, and the output is **-1**. The complete output is
#
# $$\begin{pmatrix} 3 & -1 & -3 & -1\\ -3 & 1 & 0 & -3\\ -3 & -3 & 0 & 1\\ 3 & -2 & -2 & -1\end{pmatrix}$$
#
# Work out one more entry with pencil and paper before you read on. Then look where the two largest entries are, and
# which pattern of the image lies under the filter there: this filter answers to a diagonal line, wherever it is.

# %% [markdown]
# ## Stride, padding and the size of the output
#
# Two numbers say how the filter moves. The **stride** S is how many pixels it moves at a time. The **padding** P is
# the width of a border of zeros laid around the image first, so that the filter can also stand at the very edge; with
# P = 1 and a 3 x 3 filter the output is as large as the input.
#
# How many places are there? Along one side of W pixels, with the border, there are W + 2P pixels. A filter of F pixels
# that starts at the left can move W - F + 2P pixels before it touches the right end. It makes that distance in steps of
# S, and it also counts where it started from:
#
# $$W' = \left\lfloor \frac{W - F + 2P}{S} \right\rfloor + 1$$
#
# The brackets mean *round down*. When the steps do not come out even, the last few pixels stay unvisited. PyTorch does
# it so; TensorFlow's padding `same` adds zeros on one side until the steps come out even.
#
# Two paddings have names. **Valid** is none at all: only windows that lie wholly on the image. **Same** keeps the size;
# with stride 1 it is P = (F - 1)/2. That is a whole number if F is odd, which is one reason why **F is usually odd**, 3, 5
# or 7. The other: an odd filter has a middle pixel, and the output belongs there.
#
# F, S, P and the number of filters K are not learned. You choose them, and such numbers are called **hyperparameters**.
# **K is usually a power of 2**, 32, 64 or 128. No formula asks for it: processors work in blocks of such sizes, and fewer
# sizes are left to try. Even **F = 1** makes sense. A filter of 1 x 1 sees one pixel, but all of its channels: it mixes
# them, by the same small linear layer at every place.
#
# ### Exercise 1: the size of the output
#
# Write `conv2d_output_size(size, kernel_size, stride, padding)` for one side of the image. All four are whole numbers,
# and so is the result.

# %% answer conv2d_output_size
def conv2d_output_size(size, kernel_size, stride=1, padding=0):
    """Return how many positions a filter of `kernel_size` pixels has along a side of `size` pixels."""
    ### BEGIN SOLUTION
    return (size - kernel_size + 2 * padding) // stride + 1
    ### END SOLUTION


# %% check conv2d_output_size
check(conv2d_output_size)

# %% [markdown]
# ### Exercise 2: the number of parameters
#
# How many numbers does a convolution learn? Think of one filter first: how many weights has it, and how many biases?
# Then of K filters. Write `conv2d_parameter_count(in_channels, out_channels, kernel_size)` for square filters of
# `kernel_size` x `kernel_size` pixels; `in_channels` is the depth of the image and `out_channels` the number of
# filters.

# %% answer conv2d_parameter_count
def conv2d_parameter_count(in_channels, out_channels, kernel_size):
    """Return how many weights and biases a convolution with square filters has."""
    ### BEGIN SOLUTION
    return (kernel_size * kernel_size * in_channels + 1) * out_channels
    ### END SOLUTION


# %% check conv2d_parameter_count
check(conv2d_parameter_count)

# %% [markdown]
# Put the two together for the example above, six 5 x 5 filters on a 32 x 32 color image, and compare with a fully
# connected layer from the same input to the same output.

# %%
side = conv2d_output_size(32, 5)
outputs = 6 * side * side
print(f"output: {side} x {side} x 6 = {outputs:,} numbers")
print(f"convolution: {conv2d_parameter_count(3, 6, 5):,} parameters")
print(f"fully connected: {(32 * 32 * 3 + 1) * outputs:,} parameters")

# %% [markdown]
# ## Forward
#
# For image $n$, filter $k$ and position $(i, j)$ the output is the sum over the window, plus the filter's bias:
#
# $$\text{out}[n, k, i, j] = \sum_{c, u, v} \text{padded}[n, c, \; iS + u, \; jS + v] \; \text{weight}[k, c, u, v]
# + \text{bias}[k]$$
#
# The filter lies on the image as it stands. (In mathematics a convolution flips the filter first. Deep learning does
# not, since a flipped filter is learned just as well, and calls this *cross-correlation* a convolution all the same.)
#
# ### Exercise 3: `conv2d_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, C, H, W)` |
# | `weight` | `(K, C, FH, FW)`; FH and FW may differ |
# | `bias` | `(K,)` |
# | `stride`, `padding` | whole numbers, the same for both directions |
# | returns `out` | `(N, K, OH, OW)` |
# | returns `cache` | whatever your backward will need |
#
# Get it right before you make it fast. Seven nested loops are a fine answer: the formula above has seven indices. To
# make it faster, let NumPy do some of the loops: which of the indices can one slice, or one product, take at once?
# `np.pad` lays the border; have a look at its help for how to pad some axes and not others. Do not change `x`.

# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write what comes out into the cell below the case, for
# one point.

# %%
foresee("conv2d_forward")

# %% answer conv2d_forward_foreseen
conv2d_forward_foreseen = ""
### BEGIN SOLUTION
conv2d_forward_foreseen = [[7, 17], [-3, 7]]
### END SOLUTION


# %% check conv2d_forward_foreseen
check_foreseen(conv2d_forward_foreseen=conv2d_forward_foreseen)

# %% answer conv2d_forward
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    """Return out (N, K, OH, OW) and a cache for the backward pass."""
    ### BEGIN SOLUTION
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    (N, _, H, W), (K, _, FH, FW) = x.shape, weight.shape
    OH = conv2d_output_size(H, FH, stride, padding)
    OW = conv2d_output_size(W, FW, stride, padding)
    out = np.empty((N, K, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = padded[:, :, i * stride : i * stride + FH, j * stride : j * stride + FW]
        out[:, :, i, j] = np.tensordot(window, weight, axes=([1, 2, 3], [1, 2, 3])) + bias
    return out, (padded, weight, stride, padding)
    ### END SOLUTION


# %% check conv2d_forward
check(conv2d_forward)

# %% [markdown]
# Your function on the worked example, with a second filter beside the first. `image[None, None]` makes the 6 x 6 array
# a batch of one image with one channel.

# %%
filter_2 = np.array([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]], dtype=float)
filters = np.stack([filter_1, filter_2])[:, None]
out, _ = conv2d_forward(image[None, None], filters, np.zeros(2))
print(out.astype(int))

# %% [markdown]
# ### Play: the window at work
#
# The figure runs **your** `conv2d_forward`. Move the window with the sliders (click one, then use the arrow keys).
# Before you change the size, stride or padding, predict the size of the output.

# %%
convolution_lab(conv2d_forward)

# %% [markdown]
# *Questions that only playing answers.* Choose filter 2. Which stripe of the image does it answer to most, and why is
# one of its outputs as low as -4? Now set the stride to 2: which row and column of pixels does no window visit any
# more, and which padding brings them back?
#
# <details><summary>Answers, once you have played</summary>
#
# Filter 2 answers to a vertical stripe, one pixel wide with nothing beside it: most of all, with 3, to the one at the
# lower right. Just left of it comes the -4: that window has four ones, and all of them lie beside the middle column,
# where each costs 1. With stride 2 and no padding no window reaches the last row and the last column; a padding of 1 is
# enough to bring both back.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ### Play: filters on a photograph
#
# The same function on a real picture. The output is shown as a gray image: dark for negative sums, light for positive
# ones.

# %%
filters_lab(conv2d_forward)

# %% [markdown]
# *Question.* The weights of some filters add up to 0, those of others to 1. Look at the sky, where neighboring pixels
# are nearly equal: what does each kind of filter make of it, and why?
#
# <details><summary>Answers, once you have played</summary>
#
# Where all pixels of a window are equal, the output is that value times the sum of the weights. A filter whose weights
# add up to 0 makes 0 of the sky, a middle gray, however bright it is: it tells only of differences. One whose weights
# add up to 1 leaves the sky as it was.
#
# </details>

# %% [markdown]
# ## Backward
#
# Somewhere behind this layer there is a loss L. What comes back is `grad_out`, the gradient of L for every output
# number, in the shape of `out`. We need three gradients: for the biases, the weights and the input. Each follows from
# one question, *what did this number touch?*, and the rule of unit {unit:backpropagation}: add up, over everything it touched, the local
# factor times what comes back.
#
# - A **bias** touches every position of its filter's map, in every image, with factor 1.
# - A **weight** touches the same positions; its factor is the pixel that lay under it there.
# - A **pixel** touches every output whose window covers it; its factor is the weight that lay on it there.
#
# What the forward gathers from a window, the backward spreads over that window. Windows overlap, so a pixel receives
# several parts, and they add.
#
# ### A worked example
#
# One row is enough. Take the image $x = (1, 2, 3, 4)$ and one filter $w = (3, -1)$ of 1 x 2, stride 1, bias 0. The
# outputs are $3·1 - 2 = 1$, $3·2 - 3 = 3$, $3·3 - 4 = 5$. Let $\text{grad\_out} = (1, 0, 2)$ come back. Then
#
# | gradient of | touched | sum |
# |---|---|---|
# | $b$ | all three outputs | 1 + 0 + 2 = 3 |
# | $w_0$ | pixels 1, 2, 3 lay under it | 1·1 + 0·2 + 2·3 = 7 |
# | $w_1$ | pixels 2, 3, 4 lay under it | 1·2 + 0·3 + 2·4 = 10 |
# | $x_0$ | the first output, by $w_0$ | 1·3 = 3 |
# | $x_1$ | the first by $w_1$, the second by $w_0$ | 1·(-1) + 0·3 = -1 |
# | $x_2$ | the second by $w_1$, the third by $w_0$ | 0·(-1) + 2·3 = 6 |
# | $x_3$ | the third, by $w_1$ | 2·(-1) = -2 |
#
# With padding, the border has pixels too. They receive their parts like any other, but nobody asks for them: the
# gradient of `x` has the shape of `x`.
#
# ### Exercise 4: `conv2d_backward`
#
# | argument | shape |
# |---|---|
# | `grad_out` | `(N, K, OH, OW)` |
# | `cache` | what your `conv2d_forward` returned |
# | returns `grad_x` | `(N, C, H, W)` |
# | returns `grad_weight` | `(K, C, FH, FW)` |
# | returns `grad_bias` | `(K,)` |
#
# Take the same loops as in your forward. In which of the three gradients do several positions add to the same entry?

# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `grad_x` into the cell below the case, for one
# point; the other results can be tried in a cell of your own.

# %%
foresee("conv2d_backward")

# %% answer conv2d_backward_foreseen
conv2d_backward_foreseen = ""
### BEGIN SOLUTION
conv2d_backward_foreseen = [[10, -1, -21], [-4, 6, 0]]
### END SOLUTION


# %% check conv2d_backward_foreseen
check_foreseen(conv2d_backward_foreseen=conv2d_backward_foreseen)

# %% answer conv2d_backward
def conv2d_backward(grad_out, cache):
    """Return the gradients grad_x, grad_weight and grad_bias."""
    ### BEGIN SOLUTION
    padded, weight, stride, padding = cache
    FH, FW = weight.shape[2:]
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = np.s_[:, :, i * stride : i * stride + FH, j * stride : j * stride + FW]
        grad_weight += np.tensordot(grad_out[:, :, i, j], padded[window], axes=(0, 0))
        grad_padded[window] += np.tensordot(grad_out[:, :, i, j], weight, axes=1)
    H, W = padded.shape[2] - 2 * padding, padded.shape[3] - 2 * padding
    grad_x = grad_padded[:, :, padding : padding + H, padding : padding + W]
    return grad_x, grad_weight, grad_out.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% check conv2d_backward
check(conv2d_backward, forward=conv2d_forward)

# %% [markdown]
# Does it agree with the worked example?

# %%
x = np.array([1.0, 2, 3, 4]).reshape(1, 1, 1, 4)
w = np.array([3.0, -1]).reshape(1, 1, 1, 2)
out, cache = conv2d_forward(x, w, np.zeros(1))
grad_x, grad_weight, grad_bias = conv2d_backward(np.array([1.0, 0, 2]).reshape(out.shape), cache)
print("out        ", out.ravel())
print("grad_x     ", grad_x.ravel())
print("grad_weight", grad_weight.ravel())
print("grad_bias  ", grad_bias)

# %% [markdown]
# ## How far does one number see?
#
# A filter of 3 x 3 sees nine pixels. A second layer sees 3 x 3 numbers of the first, each of which saw 3 x 3 pixels. The
# part of the image on which one number depends is its **receptive field**. Your backward can measure it: let a gradient
# start at one number of the last layer, and see at which pixels something arrives.

# %%
for layers in (1, 2, 3):
    out, caches = np.ones((1, 1, 15, 15)), []
    for _ in range(layers):
        out, cache = conv2d_forward(out, np.ones((1, 1, 3, 3)), np.zeros(1), padding=1)
        caches.append(cache)
    grad = np.zeros_like(out)
    grad[0, 0, 7, 7] = 1
    for cache in reversed(caches):
        grad, _, _ = conv2d_backward(grad, cache)
    side = np.count_nonzero(grad[0, 0, 7])
    print(f"{layers} layer{'s' * (layers > 1)} of 3 x 3, {9 * layers} weights: one number sees {side} x {side} pixels")

# %% [markdown]
# Two layers of 3 x 3 see as far as one of 5 x 5, with 18 weights in place of 25 and room for a bend in between. That is
# why deep networks are made of small filters. A stride of 2, and the pooling of the next unit, make the field grow faster.
#
# ## A fully connected layer in disguise
#
# Write the 36 pixels of the 6 x 6 image in one long row, and number them from 1 to 36. The first output of a 3 x 3
# filter uses the pixels 1, 2, 3, 7, 8, 9, 13, 14, 15, and no others. So it *is* a neuron of a fully connected layer
# with 36 weights, of which 27 are zero. The second output is another neuron, with the same nine weights, each on the
# pixel one further: 2, 3, 4, 8, 9, 10, 14, 15, 16.
#
# Few connections and shared weights are all that tells a convolution from a fully connected layer. A matrix shows it:
# a row for each output, a column for each pixel, such that
#
# $$\text{matrix} \cdot \text{flattened image} = \text{flattened output (without the bias)}.$$
#
# ### Exercise 5: `conv2d_as_matrix`
#
# Write `conv2d_as_matrix(weight, image_shape, stride, padding)` for `weight` of shape `(K, C, FH, FW)` and
# `image_shape = (C, H, W)`. It returns an array of shape `(K*OH*OW, C*H*W)`. Rows are ordered as `out[0].ravel()` is,
# all positions of filter 0 first; columns as `x[0].ravel()`, all pixels of channel 0 first. Pixels of the border have
# no column: they are always zero.
#
# There are two ways to think about it. Row by row: where does a filter's window fall in the flattened image? Or column
# by column: what does your own `conv2d_forward` make of an image in which a single pixel is lit? One of the two is
# three lines long.

# %% answer conv2d_as_matrix
def conv2d_as_matrix(weight, image_shape, stride=1, padding=0):
    """Return the matrix (K*OH*OW, C*H*W) of the fully connected layer that this convolution is."""
    ### BEGIN SOLUTION
    pixels = int(np.prod(image_shape))
    lit_pixels = np.eye(pixels).reshape(pixels, *image_shape)
    out, _ = conv2d_forward(lit_pixels, weight, np.zeros(len(weight)), stride, padding)
    return out.reshape(pixels, -1).T
    ### END SOLUTION


# %% check conv2d_as_matrix
check(conv2d_as_matrix)

# %%
matrix = conv2d_as_matrix(filter_1[None, None], (1, 6, 6))
print(f"{matrix.size} entries, {np.count_nonzero(matrix)} of them not zero, made from {filter_1.size} weights")
print("pixels of the first output: ", np.flatnonzero(matrix[0]) + 1)
print("pixels of the second output:", np.flatnonzero(matrix[1]) + 1)

# %% [markdown]
# ### Play: the wires
#
# The 36 pixels stand above, the outputs below. Wires of the same color and line style carry the same weight: the key shows
# which. Step through the outputs, and predict how many entries of the whole matrix are not zero.

# %%
connections_lab(conv2d_forward)

# %% [markdown]
# *Questions.* How many wires end in one output, and how many leave a pixel? Compare a pixel in the middle with one in
# the corner: which of the two has more to say, and what would padding change?
#
# <details><summary>Answers, once you have played</summary>
#
# Nine end in every output. From a pixel in the middle leave nine, too, from one in a corner a single one: so the middle
# has more to say. With a padding of 1 four leave the corner, and no pixel has fewer.
#
# </details>

# %% [markdown]
# ## What it costs
#
# Every output is a sum of C·FH·FW products, and there are N·K·OH·OW outputs. For one 32 x 32 color image and six 5 x 5
# filters that is 4,704 · 75 = 352,800 multiplications, and about twice as many more in the backward, which has two
# such sums to make. A fully connected layer between the same images would need 3,072 · 4,704, about 14 million.
#
# NumPy is fast when it does many of these products in one call. Seven Python loops take more than a thousand times as
# long as the library's own version, `dltools.nn.conv2d_forward`, which copies all windows into the columns of one
# large matrix and then takes a single matrix product. That costs memory: the columns hold every pixel up to FH·FW
# times. Read it, it is 20 lines long: `dltools/nn/convolution.py`. And try `%timeit` on both in a cell of your own.
#
# ## See it learn: a filter finds itself
#
# Somebody has run an edge filter over a photograph and shows you the result, but not the filter. Can a convolution
# find it? Start with a random filter, run your `conv2d_forward`, compare with the result shown, send the gradient back
# through your `conv2d_backward`, and take a step downhill; again and again. Nothing in the loop knows what an edge is.

# %%
photograph = sample_image("china", every=1, gray=True)[0, 150:198:2, 250:298:2]  # 24 x 24 gray pixels of a roof
photograph = ((photograph - photograph.mean()) / photograph.std())[None, None]
hidden = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
shown, _ = conv2d_forward(photograph, hidden, np.zeros(1))


# %%
def find_filter(step_size, steps=100):
    """Gradient descent from a random filter; return the filter found and the loss of every step."""
    weight, bias, losses = np.random.default_rng(4).normal(size=(1, 1, 3, 3)), np.zeros(1), []
    for _ in range(steps):
        out, cache = conv2d_forward(photograph, weight, bias)
        error = out - shown
        losses.append(np.mean(error**2))
        _, grad_weight, grad_bias = conv2d_backward(2 * error / error.size, cache)
        weight, bias = weight - step_size * grad_weight, bias - step_size * grad_bias
    return weight, losses


found, losses = find_filter(step_size=0.1)
print("hidden filter\n", hidden[0, 0])
print("found filter\n", np.round(found[0, 0], 1) + 0.0)

# %% [markdown]
# The figure shows that training as a film, on the whole photograph: what the filter makes of it after 0, 3, 10, 30 and
# 100 steps. It takes your two functions.

# %%
learned_lab(conv2d_forward, conv2d_backward)

# %% [markdown]
# The filter that you have found is the **Sobel** filter, an edge detector that people designed by hand in 1968. For decades
# such filters were thought out one by one. Yours was found by gradient descent, through two functions that you wrote,
# from one picture and what was wanted of it. Nobody told it what an edge is.
#
# *Question.* Try `step_size=0.01`, and then larger and larger ones. What happens to the losses just before the filter
# is not found any more?
#
# <details><summary>Answers, once you have played</summary>
#
# With 0.01 a loss of 1.1 is left after 100 steps, with 0.1 one of $10^{-6}$, and with 0.25 it is smaller than
# $10^{-15}$. Then it takes longer again: 0.28 leaves $10^{-7}$, 0.29 still 0.14, and with 0.3 the loss grows. Just
# before that, the loss falls at nearly every step, but by less and less: where the loss is steepest, each step lands on
# the other side of the lowest point, almost as far away as it was.
#
# </details>

# %% [markdown]

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** An image is 32 pixels wide, a filter 5; the stride is 2 and the padding 1. How many outputs lie side by side?

# %% answer places_question
places_question = ""
### BEGIN SOLUTION
places_question = 15
### END SOLUTION


# %% check places_question
check_answer(places_question=places_question)

# %% [markdown]
# **2.** A convolution takes 3 channels in and has 8 filters of 5 x 5. How many weights and biases does it learn?

# %% answer weights_question
weights_question = ""
### BEGIN SOLUTION
weights_question = 608
### END SOLUTION


# %% check weights_question
check_answer(weights_question=weights_question)

# %% [markdown]
# **3.** (Unit {unit:backpropagation}.) A softmax says 0.7, 0.2 and 0.1 of one example, whose class is the second. What
# is the gradient of the cross-entropy by the second logit?

# %% answer softmax_question
softmax_question = ""
### BEGIN SOLUTION
softmax_question = -0.8
### END SOLUTION


# %% check softmax_question
check_answer(softmax_question=softmax_question)

# %% [markdown]
# **4.** (Unit {unit:perceptron}.) Three examples send the gradients 2, -1 and 4 back to the output of one neuron. What
# is the gradient of its bias?

# %% answer bias_question
bias_question = ""
### BEGIN SOLUTION
bias_question = 5
### END SOLUTION


# %% check bias_question
check_answer(bias_question=bias_question)

# %% [markdown]
# ## Where to read on
#
# - V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning* (arXiv:1603.07285): stride and
#   padding in pictures.
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to document recognition* (1998): the
#   network that read the checks of a bank, with the reasons for its layers.
# - PyTorch's `torch.nn.functional.conv2d`: the same function with the same words. Look what `dilation` and `groups` do.
#
# **Next:** {unit:pooling} Pooling and the whole CNN puts this layer to work.
