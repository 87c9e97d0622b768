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
# # {unit:vanishing} Vanishing and exploding gradients
#
# In theory a recurrent network can use what it read a hundred steps ago. In practice it hardly ever learns to. In this
# unit you find out why: you follow a gradient on its way back through time, factor by factor, and measure what is left
# of it. Then you cure one half of the trouble, and see why the other half needs a new kind of layer.
#
# **The question of this unit:** how far back can a network hear what it should have done?
#
# **When you are done you can**
#
# - write the Jacobian of one step of an RNN, and the product that links states far apart;
# - measure how far back the gradient of a network reaches, and read it off a plot with a logarithmic axis;
# - keep training from exploding by clipping the gradient, and say what clipping does not help against.
#
# **Time:** 60 to 75 minutes. **You need:** the RNN of unit {unit:rnn}, the chain rule of unit {unit:backpropagation}, products of matrices.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures import short
from dltools.figures.vanishing import cliff_lab, distance_lab, way_back_lab
from dltools.nn import linear_backward, linear_forward, mse_loss, rnn_backward, rnn_forward
from dltools.training import adding_problem, progress

# %% [markdown]
# ## One way back, many factors
#
# An RNN makes each hidden state from the one before, always with the same weights:
#
# $$h_t = \tanh(W h_{t-1} + U x_t + b).$$
#
# Say the loss $J$ is read off the fourth state. To know how $W$ should change so that the *first* state serves it
# better, the network needs $\partial J / \partial h_1$, and the chain rule gives it as a product along the way:
#
# $$\frac{\partial J}{\partial h_1} = \frac{\partial J}{\partial h_4} \cdot \frac{\partial h_4}{\partial h_3} \cdot
# \frac{\partial h_3}{\partial h_2} \cdot \frac{\partial h_2}{\partial h_1}.$$
#
# Each factor is a matrix, the **Jacobian** of one step. With one unit it is one number. Let that number be 0.72, say
# because $W = 0.9$ and the slope of the tanh is 0.8. After three factors $0.72^3 = 0.37$ of the signal is left; after
# 49 factors $0.72^{49}$, one part in ten million. With $W = 1.5$ and the same slope the factor is 1.2, and
# $1.2^{49}$ is about 7,600. Multiply often enough, and everything but a factor of size 1 either **vanishes** or
# **explodes**.
#
# ## One factor
#
# With $H$ units the Jacobian has $H$ rows and $H$ columns: entry $(i, j)$ says how much unit $i$ of $h_t$ changes when
# unit $j$ of $h_{t-1}$ changes. The sum inside the tanh changes by $W_{ij}$. The tanh then scales that by its slope at
# this point, which unit {unit:activations} wrote with its *output*: $1 - h_t[i]^2$. So
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \text{diag}(1 - h_t^2)\; W.$$
#
# **A worked example.** Let $h_t = (0.6, 0)$ and $W = \begin{pmatrix} 1 & 2\\ 0.5 & -1 \end{pmatrix}$. The slopes are
# $1 - 0.36 = 0.64$ and $1 - 0 = 1$. Unit 1 is a little saturated, and answers to both of its inputs with 0.64 of their
# weights; unit 2 answers with its full weights:
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \begin{pmatrix} 0.64 \cdot 1 & 0.64 \cdot 2\\ 1 \cdot 0.5 & 1 \cdot (-1)
# \end{pmatrix} = \begin{pmatrix} 0.64 & 1.28\\ 0.5 & -1 \end{pmatrix}.$$
#
# ### Exercise 1: `rnn_jacobian`
#
# | argument | shape | |
# |---|---|---|
# | `h` | `(H,)` | the state *after* the step, $h_t$ |
# | `W` | `(H, H)` | the recurrent weights |
# | returns | `(H, H)` | $\partial h_t / \partial h_{t-1}$ |

# %% answer rnn_jacobian
def rnn_jacobian(h, W):
    """Return dh_t / dh_{t-1} (H, H) of one step of the RNN, from the state h_t (H,) and the weights W (H, H)."""
    ### BEGIN SOLUTION
    return (1 - h**2)[:, np.newaxis] * W
    ### END SOLUTION


# %% check rnn_jacobian
check(rnn_jacobian)

# %% [markdown]
# Does it agree with the worked example?

# %%
print(rnn_jacobian(np.array([0.6, 0.0]), np.array([[1.0, 2.0], [0.5, -1.0]])))

# %% [markdown]
# ### Play: the way back
#
# An RNN with two units, so that a gradient is an arrow in the plane. The arrow starts at the right, at the loss, and
# goes back to the left, one product with **your** Jacobian at a time. $W$ is a rotation times the number on the first
# slider: it turns every arrow and multiplies its length by that number. (The size of the largest eigenvalue, which this
# number is, is called the **spectral radius** of $W$.) Predict, then reveal.

# %%
way_back_lab(rnn_jacobian)

# %% [markdown]
# *Questions that only playing answers.* Set the inputs to 0. At which radius does the arrow keep its length all the way
# back? Leave the radius there and make the inputs larger. What happens to the arrow, and which of the two factors of
# the Jacobian is to blame?
#
# <details><summary>Answers, once you have played</summary>
#
# At the radius 1: without inputs all states are 0, the slope of tanh is 1 there, and W turns the arrow only. With
# inputs of 0.4, 1 and 2 the arrow that arrives has the length 0.67, 0.22 and 0.005. W is the same as before; it is the
# other factor, the slopes $1 - h^2$, that large states make small.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## The product
#
# From state $h_1$ to state $h_T$ there are $T - 1$ steps, and so $T - 1$ factors. Their order matters: the last step
# stands on the left,
#
# $$\frac{\partial h_T}{\partial h_1} = \frac{\partial h_T}{\partial h_{T-1}} \cdots \frac{\partial h_3}{\partial h_2}
# \cdot \frac{\partial h_2}{\partial h_1}.$$
#
# ### Exercise 2: `rnn_jacobian_product`
#
# | argument | shape | |
# |---|---|---|
# | `h` | `(T, H)` | the states $h_1, \dots, h_T$ of one sequence |
# | `W` | `(H, H)` | the recurrent weights |
# | returns | `(H, H)` | $\partial h_T / \partial h_1$ |
#
# Before you write the loop, think of a sequence with a single state: what is $\partial h_1 / \partial h_1$?

# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write what comes out into the cell below the case, for
# one point.

# %%
foresee("rnn_jacobian_product")

# %% answer rnn_jacobian_product_foreseen
rnn_jacobian_product_foreseen = ""
### BEGIN SOLUTION
rnn_jacobian_product_foreseen = [[6.75, -0.5], [-0.72, 5.28]]
### END SOLUTION


# %% check rnn_jacobian_product_foreseen
check_foreseen(rnn_jacobian_product_foreseen=rnn_jacobian_product_foreseen)

# %% answer rnn_jacobian_product
def rnn_jacobian_product(h, W):
    """Return dh_T / dh_1 (H, H) from the states h (T, H) of one sequence and the weights W (H, H)."""
    ### BEGIN SOLUTION
    product = np.eye(len(W))
    for h_t in h[1:]:
        product = rnn_jacobian(h_t, W) @ product
    return product
    ### END SOLUTION


# %% check rnn_jacobian_product
check(rnn_jacobian_product)

# %% [markdown]
# Your product against the backward pass of unit {unit:rnn}, on a random network: `rnn_backward` sends a gradient from the last
# state back to $h_0$. It never writes down a Jacobian, and yet it must arrive at the same numbers.

# %%
rng = np.random.default_rng(0)
T, H = 12, 5
W, U, b = rng.normal(size=(H, H)), rng.normal(size=(H, 2)), rng.normal(size=H)
h, cache = rnn_forward(rng.normal(size=(1, T, 2)), np.zeros((1, H)), W, U, b)
grad_h = np.zeros((1, T, H))
grad_h[0, -1] = rng.normal(size=H)  # the loss looks at the last state only
_, grad_h0, *_ = rnn_backward(grad_h, cache)
by_product = grad_h[0, -1] @ rnn_jacobian_product(h[0], W) @ rnn_jacobian(h[0, 0], W)
print("the same gradient of h_0:", np.allclose(grad_h0[0], by_product))

# %% [markdown]
# ## How far does it reach?
#
# A product of matrices is a lot of numbers. What counts is the length of the gradient that arrives: its Euclidean norm,
# at every distance from the loss. Nobody needs the whole product for that. Start with the row $\partial J/\partial
# h_T$, send it back one step, take its norm, send it back one more step:
#
# $$\frac{\partial J}{\partial h_{t-1}} = \frac{\partial J}{\partial h_t} \cdot \frac{\partial h_t}{\partial h_{t-1}}.$$
#
# ### Exercise 3: `gradient_norm_by_distance`
#
# | argument | shape | |
# |---|---|---|
# | `grad_h_last` | `(H,)` | $\partial J / \partial h_T$ |
# | `h` | `(T, H)` | the states $h_1, \dots, h_T$ of one sequence |
# | `W` | `(H, H)` | the recurrent weights |
# | returns | `(T,)` | entry $k$ is the norm $k$ steps before the loss: first that of $\partial J/\partial h_T$, last that of $\partial J/\partial h_1$ |

# %% answer gradient_norm_by_distance
def gradient_norm_by_distance(grad_h_last, h, W):
    """Return the norms (T,) of dJ/dh_T, dJ/dh_{T-1}, ..., dJ/dh_1."""
    ### BEGIN SOLUTION
    grad, norms = grad_h_last, [np.linalg.norm(grad_h_last)]
    for h_t in h[:0:-1]:
        grad = grad @ rnn_jacobian(h_t, W)
        norms.append(np.linalg.norm(grad))
    return np.array(norms, h.dtype)
    ### END SOLUTION


# %% check gradient_norm_by_distance
check(gradient_norm_by_distance)

# %% [markdown]
# ### Play: a straight line in the log
#
# Twenty random networks with 16 units, scaled to the spectral radius on the slider. **Your** function measures each of
# them. The axis is logarithmic: a line that falls by the same distance at each step means *times the same factor* at
# each step. A product of equal factors is a straight line here.

# %%
distance_lab(gradient_norm_by_distance)

# %% [markdown]
# *Questions.* With inputs of size 0 the states are all 0, the slope of the tanh is 1, and the network is linear. Find
# the **critical radius**, at which the line is flat. Does the blue line then follow the dashed one, the radius to the
# power of the distance? Now let the inputs be 0.2 and raise the radius to 1.5. Why does the gradient not explode?
#
# <details><summary>Answers, once you have played</summary>
#
# The critical radius is 1. The blue line has the slope of the dashed one, but lies below it: in the first 20 steps it
# loses a half, until the gradient has turned into the direction in which W is strongest. With a radius of 1.5 and
# inputs of 0.2 the states grow, to 0.4 on average, and their slopes shrink, to 0.74 on average: what W adds, the tanh
# takes away. The gradient falls to 0.15 and stays there.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# The same in numbers, for one linear network of 32 units: what is left of a gradient of length 1 after 50 and after 100
# steps, as a power of ten.

# %%
rng = np.random.default_rng(4)
W = rng.normal(size=(32, 32))
W /= np.abs(np.linalg.eigvals(W)).max()  # now its spectral radius is 1
grad = rng.normal(size=32)
grad /= np.linalg.norm(grad)
print("radius   50 steps   100 steps")
for radius in (0.5, 0.9, 1.0, 1.1, 1.5):
    left = np.log10(gradient_norm_by_distance(grad, np.zeros((101, 32)), radius * W))
    print(f"   {radius}      {left[50]:5.1f}       {left[100]:5.1f}")

# %% [markdown]
# At radius 1 the gradient loses about three quarters at first, what lies along the smaller eigenvalues of $W$, and then
# keeps the rest for good. Anywhere else every further 50 steps cost, or bring, the same number of powers of ten.
#
# The eigenvalues tell the long run. How much a *single* step can stretch a gradient is another number, the largest
# **singular value** of W. If that one is below 1, the gradient shrinks at every step, for no slope of tanh is above 1: that is
# the proof of R. Pascanu and others that it must vanish. A spectral radius below 1 promises less. At first the gradient may
# grow:

# %%
print("radius   largest singular value   longest gradient on the way   after 100 steps")
for radius in (0.9, 0.5):
    row = np.linalg.svd(radius * W)[0][:, 0]  # the direction that one step stretches most
    lengths = gradient_norm_by_distance(row, np.zeros((101, 32)), radius * W)
    print(f"   {radius}    {np.linalg.norm(radius * W, 2):20.1f} {lengths.max():26.1f} {short(lengths[-1]):>22}")

# %% [markdown]
# What does it mean for learning? The gradient of $W$ is a sum over all steps (unit {unit:rnn}), and the part of a step far from
# the loss is multiplied by all factors in between. If these are small, the far parts are there, but far too faint to
# matter beside the near ones: the network learns near effects and never the distant ones. That is the trouble with
# **vanishing** gradients: nothing looks wrong, something is just not learned.

# %% [markdown]
# ## When it explodes
#
# An **exploding** gradient is easier to notice. Take the smallest RNN there is: one unit, $h_t = \tanh(w h_{t-1} + b)$,
# started at $h_0 = 0.5$, and a loss that wants $h_{50} = 0.7$. Two numbers to learn, so its loss is a landscape that
# can be drawn. It has a cliff. On the plateau above it the gradient is gentle; on its edge, where dozens of factors
# above 1 are multiplied, it is enormous, and a step of gradient descent, which grows with the gradient, ends anywhere.
#
# The usual answer is **clipping by global norm**. Put the gradients of *all* parameters together in one long vector
# $g$. If it is longer than a bound, shorten it to the bound; if not, leave it:
#
# $$g \leftarrow g \cdot \frac{\text{max\_norm}}{\lVert g \rVert} \quad \text{if } \lVert g \rVert > \text{max\_norm},
# \qquad \lVert g \rVert = \sqrt{\textstyle\sum g_i^2} \text{ over all entries of all arrays.}$$
#
# **A worked example.** Two parameters have the gradients 3 and 4. Their common norm is $\sqrt{9 + 16} = 5$. With
# max_norm = 1 both are divided by 5: 0.6 and 0.8, of norm 1, in the old direction. (Clipping each entry by itself would
# give 1 and 1. That is another direction, and not the one in which the loss falls fastest.)
#
# ### Exercise 4: `clip_grad_norm`
#
# | argument | |
# |---|---|
# | `grads` | a list of arrays, of any shapes |
# | `max_norm` | a positive number |
# | returns `clipped` | a list of new arrays in the same shapes |
# | returns `norm` | the common norm *before* clipping |
#
# Do not change the arrays that come in. Gradients may all be zero. And an exploding gradient can be so large that its
# squares are no numbers any more: $(10^{200})^2$ is `inf` for NumPy. Yet you know the norm of
# $(3 \cdot 10^{200}, 4 \cdot 10^{200})$ at a glance. How do you do it?

# %% answer clip_grad_norm
def clip_grad_norm(grads, max_norm):
    """Return the gradients, shortened together to max_norm if they are longer, and their norm before."""
    ### BEGIN SOLUTION
    largest = max(np.abs(grad).max() for grad in grads)
    if largest == 0:
        return [grad.copy() for grad in grads], 0.0
    norm = float(largest * np.sqrt(sum(np.sum((grad / largest) ** 2) for grad in grads)))
    return [grad * min(1.0, max_norm / norm) for grad in grads], norm
    ### END SOLUTION


# %% check clip_grad_norm
check(clip_grad_norm)

# %% [markdown]
# ### Play: a step over the cliff
#
# Gradient descent on that landscape, from the green square; the cross is where it stands now. Take the steps back one
# by one to see what happened at the edge. Then switch **your** clipping on.

# %%
cliff_lab(clip_grad_norm)

# %% [markdown]
# *Questions.* Without clipping, from start A with a learning rate of 0.1: how long is the gradient at the edge, and
# where does the next step end? Why does the network never come back from there? With clipping, which of the steps are
# shortened, and in which direction do they go? Is a small learning rate a way around the cliff, too, and what does it
# cost? And what about 0.2, from A, without clipping: does it explode as well?
#
# <details><summary>Answers, once you have played</summary>
#
# At the edge, at step 5, the gradient is 204 long. The next step is 20 long and ends at (8.6, 18.9), where the unit is
# saturated: the gradient is 0 there, and nothing leads back. With clipping the steps whose gradient is longer than 1
# are shortened, those after 3 to 6 steps, and go in the same direction as before: after 7 steps the loss is below 0.01.
# A small rate gets down as well, but pays for it at every step: 0.05 takes 10 steps, 0.02 takes 23. And 0.2 does not
# explode: its third step jumps over the edge into the valley, and its longest gradient is 1.35. That is luck.
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## See it learn, or not
#
# Now a real task. In the **adding problem** the network reads a sequence of random numbers between 0 and 1, two of
# which are marked. At the end it must tell the sum of these two. Here is a sequence of 10:

# %%
x, y = adding_problem(1, length=10, seed=3)
print("numbers", np.round(x[0, :, 0], 2))
print("marks  ", x[0, :, 1].astype(int))
print("answer ", np.round(y[0, 0], 2))

# %% [markdown]
# Whoever always answers 1 is wrong by 1/6, or 0.167, in the mean square. To do better, a network has to *remember*.
# The training loop below has no secrets: an RNN, a linear layer on its last state, plain gradient descent, and **your**
# clipping. It stops when the loss is beyond hope.


# %%
def train(length, seed, max_norm=None, radius=1.0, step_size=0.1, steps=1000, H=32, N=32):
    """Train an RNN on the adding problem; return its parameters and the loss of every step."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(H, H))
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    parameters = [W, rng.normal(size=(H, 2)), np.zeros(H), rng.normal(size=(1, H)) / np.sqrt(H), np.zeros(1)]
    losses = []
    for step in range(steps):
        x, y = adding_problem(N, length, seed=1000 * seed + step)
        W, U, b, V, c = parameters
        h, rnn_cache = rnn_forward(x, np.zeros((N, H)), W, U, b)
        answer, linear_cache = linear_forward(h[:, -1], V, c)
        loss, grad_answer = mse_loss(answer, y)
        losses.append(loss)
        if loss > 1000:
            break
        grad_h = np.zeros_like(h)
        grad_h[:, -1], grad_V, grad_c = linear_backward(grad_answer, linear_cache)
        grads = [*rnn_backward(grad_h, rnn_cache)[2:], grad_V, grad_c]
        if max_norm is not None:
            grads, _ = clip_grad_norm(grads, max_norm)
        parameters = [p - step_size * grad for p, grad in zip(parameters, grads)]
    return parameters, losses


def outcome(losses):
    """Say in words how a training went, by its last 100 losses."""
    last = np.mean(losses[-100:])
    return "exploded" if losses[-1] > 1000 else "learned" if last < 0.1 else "not learned"


# %% [markdown]
# First, sequences of 10, a radius of 1.5 and large steps, without and with clipping. One run may be luck, so here are
# five.

# %%
without = [train(10, seed, radius=1.5, step_size=0.2)[1] for seed in range(5)]
clipped = [train(10, seed, max_norm=1.0, radius=1.5, step_size=0.2)[1] for seed in range(5)]
print("without clipping:", ", ".join(map(outcome, without)), "\nwith clipping:   ", ", ".join(map(outcome, clipped)))

# %% [markdown]
# The explosion is a chain: one gradient too large, one step too long, all units saturated, and from there the output
# layer climbs out of every range. Clipping breaks the first link, for the price of one norm per step. So everybody who
# trains recurrent networks clips.
#
# Now the other half of the trouble. With clipping on, how long may the sequences become? Guess first. (The nine
# trainings take half a minute, on a busy machine some minutes.)

# %%
curves = {
    length: [train(length, seed, max_norm=1.0)[1] for seed in progress(range(3), f"length {length}")]
    for length in (10, 20, 50)
}
for length, runs in curves.items():
    print(f"length {length}: {', '.join(map(outcome, runs))}")

# %%
figure, axis = plt.subplots(figsize=(8, 3.4), layout="constrained")
styles = {10: ("#0072B2", "-"), 20: ("#E69F00", "--"), 50: ("#009E73", ":")}
for length, runs in curves.items():
    smooth = [np.convolve(losses, np.ones(50) / 50, mode="valid") for losses in runs]
    color, line = styles[length]
    for number, losses in enumerate(smooth):
        axis.semilogy(losses, line, color=color, label=f"length {length}" if number == 0 else None)
axis.axhline(1 / 6, color="black", linewidth=0.8)
axis.set(xlabel="step", ylabel="loss, mean of 50 steps")
axis.legend()
plt.show()

# %% [markdown]
# *What you see:* three runs for each length. At length 10 the loss falls to about 0.03; at length 20 it falls more
# slowly, to about 0.07; at length 50 it stays at the black line, the 1/6 of somebody who always answers 1. Nothing
# exploded.
#
# Is it the gradient? Measure it, with **your** function, on the network as it was before the first step of training.

# %%
(W, U, b, V, c), _ = train(50, seed=0, steps=0)
x, _ = adding_problem(100, length=50, seed=7)
h, _ = rnn_forward(x, np.zeros((100, 32)), W, U, b)
norms = np.array([gradient_norm_by_distance(V[0], states, W) for states in h])
for distance in (0, 5, 10, 25, 40):
    share = np.median(norms[:, distance] / norms[:, 0])
    print(f"{distance:2} steps before the end: {short(share, 1)} times that at the end")

# %% [markdown]
# In a sequence of 50 the first of the two marked numbers lies at least 25 steps before the end. What its state hears
# of the loss is, at best, several thousand times fainter than what the last state hears, and that one hears it at every
# step of training.
#
# *Question.* In a sequence of 10, how faint is it at worst? `train` takes a radius: with which one would you expect the
# gradient to reach further? Give it to `train` in the cell above and measure. And what does the training say to it?
# Type `outcome(train(50, seed=0, max_norm=1.0, radius=1.0)[1])` into a cell of your own, with your radius, and then the
# same without `max_norm`.
#
# <details><summary>Answers, once you have played</summary>
#
# After the nine steps of a sequence of 10 about a thirtieth arrives. A larger radius lets the gradient reach further:
# over all 50 steps arrives a tenth with 1.5, and with 2 more than there was at the end; with 1 it is a ten-millionth.
# The training thanks you for neither: with 1.5 and clipping it does not learn in any of three runs, and without
# clipping it explodes within 40 steps. Why, is what comes now.
#
# </details>

# %% [markdown]
# With a radius of 1.5 or 2 the gradient arrives, and the training still fails. So a gradient that arrives is needed, and
# it is not enough. With such weights a small difference in an early state grows at every step until the tanh stops it:
# the last state depends on *everything* a little and on nothing in a way that lasts. Then each mini-batch asks for
# another change. The cosine between the gradients of two mini-batches says so: 1 means that they ask for the same, 0 that
# they have nothing to do with each other. (Try 1.5 as well: it lies in between.)


# %%
def gradient(radius, seed, batch, H=32, N=32):
    """Return the gradient of all recurrent weights on one mini-batch, before any training, as one long array."""
    (W, U, b, V, c), _ = train(50, seed, radius=radius, steps=0)
    x, y = adding_problem(N, 50, seed=batch)
    h, rnn_cache = rnn_forward(x, np.zeros((N, H)), W, U, b)
    answer, linear_cache = linear_forward(h[:, -1], V, c)
    grad_h = np.zeros_like(h)
    grad_h[:, -1] = linear_backward(mse_loss(answer, y)[1], linear_cache)[0]
    return np.concatenate([grad.ravel() for grad in rnn_backward(grad_h, rnn_cache)[2:]])


for radius in (1.0, 2.0):
    pairs = [[gradient(radius, seed, batch) for batch in (100, 101)] for seed in range(20)]
    cosines = [one @ other / (np.linalg.norm(one) * np.linalg.norm(other)) for one, other in pairs]
    print(f"radius {radius}: cosine {np.median(cosines):.1f} (median of 20 networks)")

# %% [markdown]
# ## What it costs
#
# **Time.** The product of Jacobians takes a matrix product at each step, $H^3$ multiplications; sending one row back
# takes $H^2$. For 32 units and 50 steps that is about 1.6 million against 51 thousand. This is why backpropagation
# starts at the loss: a row at the left end of a product of matrices makes every product a cheap one.
#
# **Memory.** The slopes need the states, so a forward pass keeps all of them: $N \cdot T \cdot H$ numbers. For very
# long sequences people cut the way back off after some steps (*truncated* backpropagation through time). What lies
# further back then gets no gradient at all, which, as you have seen, often changes little.
#
# **Clipping** is one pass over the gradients: next to nothing beside the backward pass itself.

# %% [markdown]
# ## How far back?
#
# Back to the question of this unit: how far back can a network hear what it should have done? As far as a product of many factors lets it, and that is
# a few dozen steps. You can say it in numbers now, for any network, before a single step of training. Here is your
# forecast, from untrained networks, beside what came of the three trainings of each length:

# %%
for length, runs in curves.items():
    (W, U, b, V, c), _ = train(length, seed=0, steps=0)
    x, _ = adding_problem(100, length, seed=7)
    h, _ = rnn_forward(x, np.zeros((100, 32)), W, U, b)
    share = np.median([(norms / norms[0])[-1] for norms in (gradient_norm_by_distance(V[0], states, W) for states in h)])
    print(f"length {length}: at the first step arrives {short(share, 1)}; in training: {', '.join(map(outcome, runs))}")

# %% [markdown]
# A thirtieth can be learned from, a thousandth with patience, a ten-millionth not at all. No training was
# needed to know it, only the function that you wrote. Too loud you have cured, by clipping. Too faint needs another way
# back, and the next unit builds it.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Four questions
#
# Two are about this unit, two come back from earlier ones: what is recalled after a while stays. One point each. Run a
# check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** A network of one unit has $W = 0.5$, and the slope of every step is 1. What is left of a gradient of 1 after
# four steps back?

# %% answer power_question
power_question = ""
### BEGIN SOLUTION
power_question = 0.0625
### END SOLUTION


# %% check power_question
check_answer(power_question=power_question)

# %% [markdown]
# **2.** Two gradients are 6 and 8, `max_norm` is 5. What does the first become?

# %% answer clip_question
clip_question = ""
### BEGIN SOLUTION
clip_question = 3
### END SOLUTION


# %% check clip_question
check_answer(clip_question=clip_question)

# %% [markdown]
# **3.** (Unit {unit:rnn}.) An RNN reads 10 numbers at each step and has 20 units. How many numbers has it in W, U and b
# together?

# %% answer recurrent_question
recurrent_question = ""
### BEGIN SOLUTION
recurrent_question = 620
### END SOLUTION


# %% check recurrent_question
check_answer(recurrent_question=recurrent_question)

# %% [markdown]
# **4.** (Unit {unit:convolution}.) Three windows of a convolution overlap in one pixel. Its gradient is
#
# - **a**: what the last of the three windows sends back
# - **b**: the mean of what the three send back
# - **c**: the sum of what the three send back
# - **d**: the largest of what the three send back

# %% answer overlap_question
overlap_question = ""
### BEGIN SOLUTION
overlap_question = "c"
### END SOLUTION


# %% check overlap_question
check_answer(overlap_question=overlap_question)

# %% [markdown]
# ## Where to read on
#
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen* (1991): a student's thesis, in German, in which the
#   vanishing gradient was first found.
# - Y. Bengio, P. Simard and P. Frasconi, *Learning long-term dependencies with gradient descent is difficult* (1994):
#   why a state that keeps something safe from noise must let its gradient vanish.
# - R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks* (arXiv:1211.5063):
#   the cliff, and clipping by norm.
# - PyTorch's `torch.nn.utils.clip_grad_norm_`: the same function, in place.
#
# **Next:** {unit:lstm} LSTM has a way back whose factor can stay close to 1.
