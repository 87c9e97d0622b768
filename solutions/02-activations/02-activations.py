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
# # {unit:activations} Activations
#
# Stack two linear layers and you get one linear layer: $W_2(W_1 x) = (W_2 W_1)x$. A hundred layers are no better. What
# makes depth worth anything is the bend between the layers, the *activation*. In this unit you write eight of them
# with their derivatives, see where they go flat, and find out which ones a deep network can learn through.
#
# **The question of this unit:** trained alike, five layers with ReLU read handwriting, and five with the sigmoid have
# learned nothing. What is wrong with the sigmoid's bend, and can you mend it?
#
# **When you are done you can**
#
# - write each activation and its backward, without overflow, for arrays of any shape;
# - say where an activation saturates or is dead, and measure it as a share of real activations;
# - mend an activation that keeps a deep network from learning, and say why your remedy works;
# - explain why ReLU is the first one to try in a deep network, and what its successors mend.
#
# **Time:** 60 to 90 minutes. **You need:** derivatives, the product rule and the chain rule for one variable.

# %%
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import erf

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures import roughly
from dltools.figures.activations import activation_lab, race_lab, stack_lab
from dltools.nn import cross_entropy, linear_backward, linear_forward
from dltools.training import progress, scanned_digits

# %% [markdown]
# ## How an activation joins in
#
# An activation f works on every number of an array on its own. Going forward it turns z into $f(z)$. Going backward it
# receives `grad_out`, how the loss changes with each output, and must say how the loss changes with each input. A
# small change of z changes the output $f'(z)$ times as much, so
#
# $$\text{grad\_x} = \text{grad\_out} \cdot f'(x) \qquad \text{entry by entry.}$$
#
# Where $f'$ is nearly zero, nothing comes back, and whatever lies below does not learn. Remember that sentence: you will find
# out whether it is the whole story.
#
# All exercises have the same form. Arrays may have any shape, and nothing that comes in is changed.
#
# | | arguments | returns |
# |---|---|---|
# | `f_forward(x)` | x of any shape | `out` in the shape of x, and a `cache` |
# | `f_backward(grad_out, cache)` | `grad_out` in the shape of `out`, your cache | `grad_x` in the shape of x |
#
# What goes into the cache is up to you: keep x, or the output, or whatever makes the backward short.
#
# ## The logistic sigmoid
#
# $$s(x) = \frac{1}{1 + e^{-x}} \qquad s'(x) = s(x)\,\big(1 - s(x)\big)$$
#
# It turns any number into one between 0 and 1. By hand: s(0) = 1/2 and s'(0) = 1/2 · 1/2 = 1/4, its steepest slope.
# s(2) = 1 / (1 + 0.135) = 0.881, and the slope there is 0.881 · 0.119 = 0.105.
#
# ### Exercise 1: the sigmoid
#
# For x = -1,000 the formula asks for $e^{1000}$, which no computer can hold; the sigmoid itself is harmless there. A
# warning and the right result is good enough for the check, `nan` is not. (Multiply numerator and denominator by
# $e^x$: which of the two forms suits which x?)


# %% answer sigmoid_forward
def sigmoid_forward(x):
    """Return the logistic sigmoid in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, small) / (1 + small)
    return out, out
    ### END SOLUTION


# %% check sigmoid_forward
check(sigmoid_forward)


# %% answer sigmoid_backward
def sigmoid_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    return grad_out * cache * (1 - cache)
    ### END SOLUTION


# %% check sigmoid_backward
check(sigmoid_backward, forward=sigmoid_forward)

# %% [markdown]
# ## Tanh: the sigmoid in other clothes
#
# $$\tanh(x) = 2\,s(2x) - 1$$
#
# Double the argument, double the output, shift it down by 1: tanh is a rescaled sigmoid. Its values lie between -1 and
# 1 (and never reach them), so that they are centered on 0. It is often called "twice as steep". Be exact: the argument
# is doubled *and* the output is doubled, so the slope at 0 is not 1/4 but four times that, 1.
#
# ### Exercise 2: tanh
#
# Write `tanh_forward` with your own `sigmoid_forward`, and no other function of NumPy. For the backward, what does $1
# - \tanh^2(x)$ have to do with it? Use the chain rule on the formula above, or trust the table of derivatives.


# %% answer tanh_forward
def tanh_forward(x):
    """Return tanh x in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    out = 2 * sigmoid_forward(2 * x)[0] - 1
    return out, out
    ### END SOLUTION


# %% check tanh_forward
check(tanh_forward)


# %% answer tanh_backward
def tanh_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    return grad_out * (1 - cache**2)
    ### END SOLUTION


# %% check tanh_backward
check(tanh_backward, forward=tanh_forward)

# %%
x = np.linspace(-5, 5, 1001)
difference = np.abs(tanh_forward(x)[0] - np.tanh(x)).max()
print("your tanh, by the sigmoid, agrees with np.tanh:", difference < 1e-12)

# %% [markdown]
# ### Play: where a curve goes flat
#
# The figure runs your functions. The green tangent is drawn with **your** slope: if it does not touch the curve, the
# backward is wrong. The bar at the bottom marks where the slope is under 0.01; there the function is **saturated**. On
# the right, 10,000 random inputs, those hatched that land on a flat part; their standard deviation is the *spread*.

# %%
activation_lab(sigmoid_forward, sigmoid_backward, tanh_forward, tanh_backward)

# %% [markdown]
# *Questions that only playing answers.* From which z on is the sigmoid flat, and from which is tanh? With a spread of
# 4, which share of the inputs meets a flat part of each? So which of the two should get the smaller inputs?
#
# <details><summary>Answers, once you have played</summary>
#
# The sigmoid is flat beyond $|z| = 4.6$, tanh beyond 3.0: it is the same curve, squeezed to half the width and stretched
# to twice the height. With a spread of 4, 25 % of the inputs meet a flat part of the sigmoid and 46 % one of tanh. So
# tanh should get the smaller inputs.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Straight lines with corners
#
# ### Exercise 3: hard tanh
#
# The cheap version: -1 below -1, z between, 1 above 1. By hand: hard tanh of -3, 0.4, 2 is -1, 0.4, 1. If (5, 5, 5)
# comes back, what goes on down? The slope of each part tells. (At the corners themselves there is no one slope; any
# choice between the two will do.)


# %% answer hardtanh_forward
def hardtanh_forward(x):
    """Return hard tanh in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    return np.clip(x, -1, 1), x
    ### END SOLUTION


# %% check hardtanh_forward
check(hardtanh_forward)


# %% answer hardtanh_backward
def hardtanh_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    return grad_out * (np.abs(cache) < 1)
    ### END SOLUTION


# %% check hardtanh_backward
check(hardtanh_backward, forward=hardtanh_forward)

# %% [markdown]
# ### Exercise 4: ReLU
#
# The *rectified linear unit* is $\max(x, 0)$. On its positive side the slope is 1, however large x is: it never
# saturates there, and the gradient comes back as it was. On its negative side it is flat: that is the **dead zone**. A
# unit that is negative for every example is a **dead unit**; no gradient reaches its weights, so they do not change.


# %% answer relu_forward
def relu_forward(x):
    """Return ReLU in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    return np.maximum(x, 0), x
    ### END SOLUTION


# %% check relu_forward
check(relu_forward)


# %% answer relu_backward
def relu_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    return grad_out * (cache > 0)
    ### END SOLUTION


# %% check relu_backward
check(relu_backward, forward=relu_forward)

# %% [markdown]
# ### Exercise 5: leaky ReLU
#
# It mends the dead zone by a little slope: x above zero, `negative_slope` times x below. By hand: with slope 0.1, the
# inputs -2 and 3 become -0.2 and 3. If (10, 10) comes back, (1, 10) goes on. What must your cache remember besides x?


# %% answer leaky_relu_forward
def leaky_relu_forward(x, negative_slope=0.01):
    """Return leaky ReLU in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    slopes = np.where(x > 0, 1, negative_slope).astype(x.dtype)
    return slopes * x, slopes
    ### END SOLUTION


# %% check leaky_relu_forward
check(leaky_relu_forward)


# %% answer leaky_relu_backward
def leaky_relu_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    return grad_out * cache
    ### END SOLUTION


# %% check leaky_relu_backward
check(leaky_relu_backward, forward=leaky_relu_forward)

# %% [markdown]
# ### Exercise 6: parametric ReLU
#
# Why guess the slope? The parametric ReLU learns it, by gradient descent like any weight. So `prelu_backward` returns
# two gradients: for x, and for the slope. Ask as in unit {unit:perceptron}: *what did the slope touch, and with which factor?*
#
# By hand: slope 0.1, inputs -2, 3, -4, so the outputs are -0.2, 3, -0.4. Let (1, 1, 2) come back. The slope touched
# the first and the third output, with the factors -2 and -4. Its gradient is 1·(-2) + 2·(-4) = **-10**. And grad_x is
# (0.1, 1, 0.2).
#
# `slope` is an array: of shape `(1,)`, one slope for all entries, or `(C,)`, one for each channel of x, which then
# has the shape `(N, C, H, W)`: N images, each of C channels (red, green and blue, say) of H x W numbers. Get the first
# right before the second. `grad_slope` has the shape of `slope`.


# %% answer prelu_forward
def prelu_forward(x, slope):
    """Return x above zero and slope * x below, in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    by_channel = slope.reshape(-1, 1, 1) if slope.size > 1 else slope
    return np.where(x > 0, x, by_channel * x), (x, slope, by_channel)
    ### END SOLUTION


# %% check prelu_forward
check(prelu_forward)


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `grad_slope` into the cell below the case, for
# one point; the other results can be tried in a cell of your own.

# %%
foresee("prelu_backward")

# %% answer prelu_backward_foreseen
prelu_backward_foreseen = ""
### BEGIN SOLUTION
prelu_backward_foreseen = -15
### END SOLUTION


# %% check prelu_backward_foreseen
check_foreseen(prelu_backward_foreseen=prelu_backward_foreseen)

# %% answer prelu_backward
def prelu_backward(grad_out, cache):
    """Return grad_x and grad_slope."""
    ### BEGIN SOLUTION
    x, slope, by_channel = cache
    touched = grad_out * np.minimum(x, 0)
    grad_slope = touched.sum(axis=(0, 2, 3)) if slope.size > 1 else touched.sum().reshape(slope.shape)
    return np.where(x > 0, grad_out, by_channel * grad_out), grad_slope
    ### END SOLUTION


# %% check prelu_backward
check(prelu_backward, forward=prelu_forward)

# %%
out, cache = prelu_forward(np.array([-2.0, 3.0, -4.0]), np.array([0.1]))
grad_x, grad_slope = prelu_backward(np.array([1.0, 1.0, 2.0]), cache)
print("out       ", out)
print("grad_x    ", grad_x)
print("grad_slope", grad_slope)

# %% [markdown]
# ## Smooth bends
#
# ### Exercise 7: swish
#
# $$\text{swish}(x) = x \cdot s(x)$$
#
# The sigmoid is a gate that lets x through: wide open for large x, shut for very negative x, with a soft dip between.
# It was proposed more than once: as *SiLU* (arXiv:1606.08415, arXiv:1702.03118), then as *swish*, by a computer search
# over many formulas (arXiv:1710.05941). Today many large language models have it in their layers, in a form called SwiGLU. Both factors change
# with x, so you need the product rule. By hand: at 0 the value is 0 · 1/2 = 0 and the slope 1/2 + 0 = 1/2.


# %% answer swish_forward
def swish_forward(x):
    """Return x times its sigmoid, in the shape of x, and a cache."""
    ### BEGIN SOLUTION
    gate, _ = sigmoid_forward(x)
    return x * gate, (x, gate)
    ### END SOLUTION


# %% check swish_forward
check(swish_forward)


# %% answer swish_backward
def swish_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    x, gate = cache
    return grad_out * (gate + x * gate * (1 - gate))
    ### END SOLUTION


# %% check swish_backward
check(swish_backward, forward=swish_forward)

# %% [markdown]
# ### Exercise 8: GELU
#
# GELU has another gate: the probability that a standard normal number X is at most x (arXiv:1606.08415).
#
# $$\text{GELU}(x) = x \cdot P(X \le x), \qquad P(X \le x) = \tfrac12 \big(1 + \text{erf}(x / \sqrt 2)\big)$$
#
# The derivative of that probability is the bell curve $e^{-x^2/2} / \sqrt{2\pi}$. Because `erf` was slow, many use a
# sigmoid that looks nearly the same: $x \cdot s(1.702\,x)$. They are two different functions, each with its own
# derivative.
#
# Write both: `approximate="none"` is the exact form, `approximate="sigmoid"` the other one. `erf` is imported above.
# By hand: at x = 1 the exact value is P(X ≤ 1) = 0.841 and the other one s(1.702) = 0.846.


# %% answer gelu_forward
def gelu_forward(x, approximate="none"):
    """Return GELU in the shape of x, exactly or by the sigmoid, and a cache."""
    ### BEGIN SOLUTION
    if approximate == "none":
        gate = 0.5 * (1 + erf(x / 2**0.5))
        slope = np.exp(-(x**2) / 2) / (2 * np.pi) ** 0.5
    else:
        gate, _ = sigmoid_forward(1.702 * x)
        slope = 1.702 * gate * (1 - gate)
    return x * gate, (x, gate, slope)
    ### END SOLUTION


# %% check gelu_forward
check(gelu_forward)


# %% answer gelu_backward
def gelu_backward(grad_out, cache):
    """Return grad_x."""
    ### BEGIN SOLUTION
    x, gate, slope = cache
    return grad_out * (gate + x * slope)
    ### END SOLUTION


# %% check gelu_backward
check(gelu_backward, forward=gelu_forward)

# %% [markdown]
# ## The plate of curves

# %%
activations = {
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
    "hard tanh": (hardtanh_forward, hardtanh_backward),
    "ReLU": (relu_forward, relu_backward),
    "leaky ReLU": (leaky_relu_forward, leaky_relu_backward),
    "swish": (swish_forward, swish_backward),
    "GELU": (gelu_forward, gelu_backward),
}
x, curves = np.linspace(-4, 4, 401), {}
for name, (forward, backward) in activations.items():
    out, cache = forward(x)
    curves[name] = out, backward(np.ones_like(x), cache)

figure, axes = plt.subplots(2, 4, figsize=(11, 4.6), sharex=True, sharey=True, layout="constrained")
for axis, (name, (out, slope)) in zip(axes.flat, curves.items()):
    axis.plot(x, out, color="#0072B2", label="value")
    axis.plot(x, slope, "--", color="#D55E00", label="slope")
    axis.set(title=name, ylim=(-1.3, 2))
    axis.grid(alpha=0.3)
axes.flat[0].legend(loc="upper left")
axes.flat[-1].set_axis_off()
plt.show()

# %% [markdown]
# *What you see:* seven curves with their slopes dashed. The first three are flat on both sides, and the slope of the
# sigmoid is never more than 1/4. The last four rise without end on the right; on the left ReLU is exactly flat, leaky
# ReLU keeps a small slope, and swish and GELU dip below zero before they go flat.
#
# ### Play: all of them

# %%
activation_lab(
    relu_forward,
    relu_backward,
    leaky_relu_forward,
    leaky_relu_backward,
    prelu_forward,
    prelu_backward,
    sigmoid_forward,
    sigmoid_backward,
    tanh_forward,
    tanh_backward,
    hardtanh_forward,
    hardtanh_backward,
    swish_forward,
    swish_backward,
    gelu_forward,
    gelu_backward,
)

# %% [markdown]
# *Questions.* Which of these functions have a slope larger than 1 somewhere, and where? For which of them does the
# share of inputs on a flat part stay the same, whatever the spread is? Why?
#
# <details><summary>Answers, once you have played</summary>
#
# Swish beyond 1.28, at most 1.10 at 2.4; GELU beyond 0.75, at most 1.13 at 1.41. The share stays the same for ReLU, one
# half, and for the leaky ones, 0: their slope depends on the sign of the input alone, and a larger spread changes no
# sign.
#
# </details>

# %% [markdown]
# ## A deep stack
#
# One activation costs a layer little. Ten in a row multiply: on its way down the gradient meets the slope of every
# layer, one after the other. With the sigmoid each factor is at most 1/4.
#
# The figure stacks random layers of 64 units with the activation of your choice, sends 200 random examples up and a
# random gradient down. The weights are drawn with a standard deviation of 1/8 times the *weight scale*: with 1,
# a layer without activation would keep the size of its signal, for 1/8 is $1/\sqrt{64}$.

# %%
stack_lab(
    sigmoid_forward,
    sigmoid_backward,
    tanh_forward,
    tanh_backward,
    hardtanh_forward,
    hardtanh_backward,
    relu_forward,
    relu_backward,
    leaky_relu_forward,
    leaky_relu_backward,
    swish_forward,
    swish_backward,
    gelu_forward,
    gelu_backward,
)

# %% [markdown]
# *Questions.* For the sigmoid, by how much does the gradient shrink with every layer, and does a larger weight
# scale help? Take ReLU at depth 30: which of the scales keeps both the signal and the gradient at about the same
# size in all layers? (He and others found in 2015 where it comes from: arXiv:1502.01852.) How many units of a layer
# are dead then?
#
# <details><summary>Answers, once you have played</summary>
#
# At the scale 1 to 0.23 of it in every layer, and to 2 millionths over ten. Larger weights help a little: at the scale
# 3 the factor is 0.53. ReLU keeps both sizes at 1.41, the root of 2, which makes up for the half that it cuts off:
# after 30 layers the gradient is 0.9 of what it was. Of the 64 units none is dead in layer 1, and 18 in layer 30.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# The same as a table, with weights for which ReLU keeps its signal: the share of activations in the lowest of 20
# layers whose slope is under 0.01, and the size of the gradient in the lowest layer beside that in the highest, as a
# power of ten.


# %%
def deep_stack(forward, backward, depth=20, width=64, gain=2**0.5, seed=0):
    """Return the share of flat slopes in the lowest layer and the gradient at the bottom beside that at the top."""
    rng = np.random.default_rng(seed)
    x, caches = rng.normal(size=(200, width)), []
    weights = rng.normal(0, gain / width**0.5, size=(depth, width, width))
    for weight in weights:
        z, linear_cache = linear_forward(x, weight, np.zeros(width))
        x, cache = forward(z)
        caches.append((linear_cache, cache))
    flat = np.abs(backward(np.ones_like(x), caches[0][1])) < 0.01
    top = grad = rng.normal(size=x.shape)
    for linear_cache, cache in reversed(caches):
        grad, _, _ = linear_backward(backward(grad, cache), linear_cache)
    return flat.mean(), np.linalg.norm(grad) / np.linalg.norm(top)


for name, (forward, backward) in activations.items():
    flat, ratio = deep_stack(forward, backward)
    print(f"{name:10}   flat {flat:4.0%}   gradient at the bottom: {roughly(ratio)} that at the top")

# %% [markdown]
# Two different troubles, then. Half of ReLU's slopes are zero, and yet the gradient arrives: the other half are
# exactly 1. Of the sigmoid's slopes hardly one is flat, and yet nothing arrives: each of twenty layers multiplies
# by a slope of at most 1/4 and by weights that make up for only a part of it.
#
# ## A race: the same net with each activation
#
# Does that matter? Take the handwritten digits, 1,797 images of 8 x 8 pixels, and a network of five hidden layers of
# 32 units with **your** activations, trained the same way for every one of them: ten times (*epochs*) through 1,200 of the
# images, 50 at a time, with the learning rate 0.1. The loss is `cross_entropy`, which you will write in the next unit.
#
# In the figure all of them learn at once. It shows the share of right answers on 597 digits that the training never saw;
# guessing gives 10 %. On the right it shows what passes through each net at that moment: how far the outputs of every
# layer spread, and how large the gradient is that reaches it, beside that at the top. Predict how many will read nine
# digits of ten in the end, and press Play.

# %%
race_lab(
    sigmoid_forward,
    sigmoid_backward,
    tanh_forward,
    tanh_backward,
    hardtanh_forward,
    hardtanh_backward,
    relu_forward,
    relu_backward,
    leaky_relu_forward,
    leaky_relu_backward,
    swish_forward,
    swish_backward,
    gelu_forward,
    gelu_backward,
)

# %% [markdown]
# *Questions.* Which nets are ahead after the first epoch, and which after the tenth? Now make the inputs 16 times as
# large, as if nobody had brought the pixels to a spread of 1, and take the learning rate 0.01. Who is ahead after five
# epochs, and by how much? The plot of the signal tells why: look at the spread of the outputs of layer 1.
#
# <details><summary>Answers, once you have played</summary>
#
# Tanh and hard tanh are ahead after the first epoch, with about 75 of 100; after the tenth six of the seven read 95 to
# 97, and the sigmoid still guesses. With inputs 16 times as large the four that rise without end are ahead after five
# epochs, with 78 to 83 of 100 against 55 and 56 for the two tanhs. Those are saturated: their outputs in layer 1 are
# nearly all -1 or 1, so they spread by 1, and little of the gradient gets through to the weights below. ReLU hands on
# large numbers as it does small ones.
#
# </details>

# %% [markdown]
# ## Train one yourself
#
# Here is such a training as a function, for one activation, so that you can change what the figure does not.

# %%
images, labels = scanned_digits()
order = np.random.default_rng(0).permutation(len(images))
images, labels = images[order], labels[order]
images = (images - images.mean()) / images.std()


def learn_digits(forward, backward, seed, depth=5, width=32, lr=0.1, epochs=10):
    """Train a deep network on 1,200 digits; return the share of the others that it gets right."""
    rng = np.random.default_rng(seed)
    sizes = [64] + [width] * depth + [10]
    layers = [(rng.normal(0, (2 / n) ** 0.5, size=(m, n)), np.zeros(m)) for n, m in pairwise(sizes)]
    for _ in range(epochs):
        for start in range(0, 1200, 50):
            out, caches = images[start : start + 50], []
            for weight, bias in layers[:-1]:
                z, linear_cache = linear_forward(out, weight, bias)
                out, cache = forward(z)
                caches.append((linear_cache, cache))
            logits, last_cache = linear_forward(out, *layers[-1])
            _, grad = cross_entropy(logits, labels[start : start + 50])
            grad, *last_grads = linear_backward(grad, last_cache)
            grads = [last_grads]
            for linear_cache, cache in reversed(caches):
                grad, *layer_grads = linear_backward(backward(grad, cache), linear_cache)
                grads.insert(0, layer_grads)
            layers = [(w - lr * dw, b - lr * db) for (w, b), (dw, db) in zip(layers, grads)]
    out = images[1200:]
    for weight, bias in layers[:-1]:
        out, _ = forward(linear_forward(out, weight, bias)[0])
    return np.mean(linear_forward(out, *layers[-1])[0].argmax(axis=1) == labels[1200:])


mine = learn_digits(relu_forward, relu_backward, seed=0)
print("five layers with ReLU: more than 90 of 100 digits right:", mine > 0.9)

# %% [markdown]
# *Question.* Run `learn_digits(sigmoid_forward, sigmoid_backward, seed=0, depth=1)`. One hidden layer, the same
# sigmoid: what has changed? Then find out at which depth it stops. And are five layers of it only slow? Give
# them `lr=1`, first with `epochs=10`, then with `epochs=40`.
#
# <details><summary>Answers, once you have played</summary>
#
# It learns: with one hidden layer about 91 of 100 digits are right, with two about 70, with three about 33; from four
# on it is hardly better than guessing. The sigmoid takes at least three quarters of the gradient in each layer, and so
# the lower layers learn later and later. Later, not never: with 40 epochs instead of 10, two hidden layers reach 94.
# Five layers guess after 10 epochs, whatever the rate, from 0.1 to 10; with `lr=1`, 40 epochs bring them to 89, 87 and
# 73 of 100.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Which one to take
#
# - **ReLU first**, in deep networks, says everybody. Your race says when: with inputs of a spread of 1 tanh was quicker,
#   and in the end six of seven were equally good; with large inputs ReLU left it far behind. And the
#   advice comes from larger networks. In 2012 A. Krizhevsky and others trained a convolutional network of four layers on
#   small photographs (CIFAR-10), once with ReLU and once with tanh, each at the learning rate that suited it best. With ReLU
#   it took a sixth of the time until only a quarter of the training examples were wrong. Two reasons you have measured:
#   on the positive side ReLU never saturates, whatever the size of the inputs, and the half of its slopes that is not 0
#   is exactly 1. The third is that it is the cheapest of all: a comparison, no exponential. So it is the first to
#   *try*; which one to *keep* is for examples to say that the training has not seen, as above. If many units die, try leaky ReLU or one of the
#   smooth ones.
# - **GELU** is common in Transformers, the networks of which language models are made, **swish** in some newer convolutional networks.
# - The **sigmoid** where a number must be a probability or a gate, **tanh** where it must lie between -1 and 1; you
#   will meet both inside the LSTM of unit {unit:lstm}.
#
# ## What it costs
#
# An activation makes one pass over its array: N·M operations, against N·M·D multiplications of the layer before it. So
# it hardly matters that an exponential takes several times as long as a maximum. Memory is another matter: the cache
# keeps an array as large as the output, for every layer, until the backward comes. The sigmoid and tanh need their
# outputs only, ReLU only one bit for each number.

# %% [markdown]
# ## Mend the bend
#
# Back to the question of this unit: what is wrong with the sigmoid? You have two suspects. At its steepest the sigmoid has the slope 1/4, so every layer makes the gradient smaller. And what
# it gives out is never negative: around 1/2, whatever comes in, so every layer hands the next a large constant
# with a small signal on it. Tanh has neither fault. But it is only the sigmoid in other clothes, so the flat ends cannot be
# what is wrong: tanh has them too.
#
# Take the faults away one at a time, and then both. Which of them is to blame? Bet before you run the cell.


# %%
def centered_forward(x):
    out, cache = sigmoid_forward(x)
    return out - 1 / 2, cache


def stretched_forward(x):
    out, cache = sigmoid_forward(x)
    return 4 * out, cache


def mended_forward(x):
    out, cache = sigmoid_forward(x)
    return 4 * (out - 1 / 2), cache


def four_times_backward(grad_out, cache):
    return 4 * sigmoid_backward(grad_out, cache)


remedies = {
    "sigmoid as it is": (sigmoid_forward, sigmoid_backward),
    "centered": (centered_forward, sigmoid_backward),
    "slope 1": (stretched_forward, four_times_backward),
    "centered, slope 1": (mended_forward, four_times_backward),
}
runs = [(name, seed) for name in remedies for seed in range(3)]
found = [learn_digits(*remedies[name], seed) for name, seed in progress(runs, "trainings")]

figure, axis = plt.subplots(figsize=(9, 2.8), layout="constrained")
axis.plot([name for name, _ in runs], found, "o", color="#0072B2")
axis.axhline(0.1, color="#616161", linestyle="--")
axis.set(ylim=(0, 1.02), ylabel="share right")
plt.show()
ten_layers = learn_digits(*remedies["centered, slope 1"], seed=0, depth=10)
print("the mended sigmoid, ten hidden layers: more than 90 of 100 digits right:", ten_layers > 0.9)

# %% [markdown]
# *What you see:* the sigmoid as it is, and centered, stay at the dashed line of guessing. With slope 1 it learns, but
# each start ends somewhere else, between 0.7 and 0.9. Centered *and* with slope 1 it reads about 97 of 100 digits from every start: as well
# as ReLU. It even learns through ten hidden layers.
#
# So that is the answer to the question of this unit, and you have not read it but shown it. Nothing is wrong with the
# *form* of the bend. It was too flat where it is steepest and stood off center. You moved it, stretched it, and a network
# that had learned nothing reads handwriting after the same training. (What you built is $4\,s(x) - 2 = 2 \tanh(x/2)$.)
#
# *Question.* Now a bend of your own. Take any function with a slope near 1 at 0 that is not a straight line, `np.sin` for one,
# write its forward and its backward, give them to `stack_lab` first and then to `learn_digits`. Can you make one that nobody
# has a name for, and that reads nine digits of ten?
#
# <details><summary>Answers, once you have played</summary>
#
# Here is what we found. `np.sin` reads about 95 of 100. So you can: $z\, e^{-z^2}$, which comes back to 0 on both
# sides, reads 90 to 93. But a slope of 1 at 0 is not enough: $z \cos z$ has it too, and stays at guessing, because its
# slopes grow with $z$ and the training explodes.
#
# </details>

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** How large is the largest slope of the sigmoid?

# %% answer steepest_question
steepest_question = ""
### BEGIN SOLUTION
steepest_question = 0.25
### END SOLUTION


# %% check steepest_question
check_answer(steepest_question=steepest_question)

# %% [markdown]
# **2.** The sum inside a unit with ReLU is negative for every example. What does gradient descent do with its weights?
#
# - **a**: it moves them a little
# - **b**: it moves them until the sum is positive
# - **c**: nothing: no gradient comes back to them
# - **d**: it makes them grow without end

# %% answer dead_question
dead_question = ""
### BEGIN SOLUTION
dead_question = "c"
### END SOLUTION


# %% check dead_question
check_answer(dead_question=dead_question)

# %% [markdown]
# **3.** (Unit {unit:perceptron}.) Logistic regression, one example of class 1: the neuron says $s(z) = 0.8$. What is
# the gradient of the loss by z?

# %% answer logit_question
logit_question = ""
### BEGIN SOLUTION
logit_question = -0.2
### END SOLUTION


# %% check logit_question
check_answer(logit_question=logit_question)

# %% [markdown]
# **4.** (Unit {unit:start}.) What is the squared distance of the points (1, 2) and (4, 6)?

# %% answer distance_question
distance_question = ""
### BEGIN SOLUTION
distance_question = 25
### END SOLUTION


# %% check distance_question
check_answer(distance_question=distance_question)

# %% [markdown]
# ## Where to read on
#
# - X. Glorot, A. Bordes and Y. Bengio, *Deep sparse rectifier neural networks* (2011): why half of the units at rest
#   is no loss.
# - A. Krizhevsky, I. Sutskever and G. Hinton, *ImageNet classification with deep convolutional neural networks* (2012):
#   ReLU against tanh in its first figure.
# - K. He and others, *Delving deep into rectifiers* (arXiv:1502.01852): PReLU, and how large the first weights should
#   be.
# - P. Ramachandran and others, *Searching for activation functions* (arXiv:1710.05941); D. Hendrycks and K. Gimpel,
#   *Gaussian error linear units* (arXiv:1606.08415).
# - PyTorch's `torch.nn.functional`: all of them under the same names, swish as `silu`.
#
# **Next:** {unit:backpropagation} Backpropagation, which turns "multiply by the slope" into a rule for whole networks.
#
#
