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
# # {unit:start} Start here
#
# In this course you write a deep-learning library yourself: every layer, forward and backward, in plain NumPy. At the
# end you have built multi-layer perceptrons, convolutional, recurrent and residual networks, and have seen each of
# them learn something. There is no magic left then, only sums, products and the chain rule.
#
# **The question of this page:** how little does it take to read handwriting? You will have an answer in half an hour,
# from two functions of one line each, before you have built any network at all.
#
# On the way you see the map of the course and how an exercise works, and are reminded of shapes and broadcasting. But
# first draw a digit. Click into the first gray cell and press Shift+Enter: that runs it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.broadcasting import broadcasting_lab
from dltools.figures.drawing import reading_lab
from dltools.figures.start import course_map
from dltools.training import scanned_digits

reading_lab()

# %% [markdown]
# Three networks read what you draw, at every stroke. You will write each of them, and the way in which it learned: the
# one layer in unit {unit:perceptron}, the two layers in unit {unit:backpropagation}, the *CNN* in unit {unit:pooling}. Here they come trained, all three on the
# same 1,438 digits at ever new places. Draw with the pointer, or take a digit that somebody wrote, and move it over
# the image with *row* and *column*.
#
# *Question.* Which of the three reads a digit wherever it stands? And are the others unsure where they are wrong, or
# sure of something else?
#
# <details><summary>Answers, once you have played</summary>
#
# The CNN. Over all 81 places and 359 digits that none of them was trained on it is right 89 times of 100, the two
# layers are 38 times, the one layer 18 times, though the first two have as many weights. Where the layers are wrong, they are mostly unsure:
# their bars are short. Why a network of as many numbers can be so much better is told in unit {unit:pooling}.
#
# </details>

# %% [markdown]
# ## The map

# %%
course_map()

# %% [markdown]
# What you have solved is kept in a file in your own folder, and sent nowhere. Run the cell again to see it grow.
#
# | unit | what you build | and find out |
# |---|---|---|
# | {unit:perceptron} Perceptron | a neuron, a linear layer, two losses, a network that solves XOR | what can a single neuron decide, and what not? |
# | {unit:activations} Activations | eight activation functions with their derivatives | what is wrong with the sigmoid's bend, and can you mend it? |
# | {unit:backpropagation} Backpropagation | a two-layer net by the chain rule, that reads digits | how does it find out which of its weights is to blame? |
# | {unit:convolution} Convolution | the convolution, and the fully connected layer that it is | can a layer find out by itself what to look for? |
# | {unit:pooling} Pooling and the whole CNN | pooling, and a network that finds digits wherever they are | a child can read a 7 in every corner of the page. Can your network? |
# | {unit:rnn} RNN | a network with a memory, and a language model that writes | can it find out by itself that there are words? |
# | {unit:vanishing} Vanishing and exploding gradients | what becomes of a gradient over many steps | how far back can a network hear what it should have done? |
# | {unit:lstm} LSTM | a cell that remembers | where in a network of 32 cells is a number kept for sixty steps? |
# | {unit:resnet} ResNet | very deep networks that still learn | why does a deeper network learn less? |
# | {unit:overfitting} Overfitting | early stopping, L1, L2 and dropout | three in ten labels are wrong. Can a network learn the right thing? |
# | {unit:capstone} Capstone | a network of your own, on examples that nobody has seen | how good is your net, really? And how do you know? |
#
# Each unit ends with an answer, and with something that works because you wrote it. From unit {unit:convolution} on the order
# is a good one, not the only one: {unit:rnn}, {unit:vanishing} and {unit:lstm} belong together, and {unit:overfitting} needs nothing after {unit:backpropagation}.
#
# ## How a unit works
#
# A unit is a notebook like this one. It explains an idea, works an example small enough for pencil and paper, and asks
# you for a function. You write it where the cell says `YOUR CODE HERE` (take out the line that raises the error). Run a
# cell with Shift+Enter. The cell below your function checks it. Most units also have **figures to play with**, which run
# your own functions. They ask you to predict before they show; that is where the learning is. The line below the picture
# says in words and numbers what it shows, and every control can be reached with Tab and moved with the arrow keys.
#
# Try an exercise at once: this function should subtract from each column of a table the mean of that column.

# %% [markdown]
# ### Exercise 1: `center`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, D)`: N rows (the examples), D columns (what was measured) |
# | returns | `(N, D)`: the same numbers, each column shifted so that its mean is 0 |
#
# For example, the columns of `[[1, 10], [3, 20]]` have the means 2 and 15, so the result is `[[-1, -5], [1, 5]]`.
# Before you write it, run the check on a wrong answer, `return x - x.mean()`, and read what it says.

# %% answer center
def center(x):
    """Return x (N, D) with the mean of each column subtracted from it."""
    ### BEGIN SOLUTION
    return x - x.mean(axis=0)
    ### END SOLUTION


# %% check center
check(center)

# %% [markdown]
# A check reads like this:
#
# - **One line for each criterion**, passed or not yet, with its points. Half a solution gives part of the points.
# - **What is wrong**, in a sentence. Where your answer is one of the mistakes that many people make, the check says
#   which one. Where it is not, it shows the first number that differs: where it is, what was expected, what you got. Below
#   stands the smallest example on which your answer is wrong, small enough for pencil and paper.
# - **A look ahead, if you like.** `foresee(center)` in a cell of your own shows a small case before you write anything;
#   `foresee(center, result=...)` with your numbers says whether you have foreseen it, and often where a wrong answer comes
#   from.
# - **A hint, if you are stuck.** Type `hint(center)` into a cell of your own below (Esc, then B makes one) and run it.
#   There are three for every exercise, and each run opens the next: how to begin, the plan, where to look. They cost no
#   points. Which ones you opened is kept in your own folder and sent nowhere. Delete the cell when you are done with it.
# - **Nothing can break.** Where a function is not written, raises an error or never ends, the check says so, and you go
#   on. *Run All* runs to the end of a unit, whatever is not written yet: a cell that needs it says so.
#
# Three things to know about notebooks. `[*]` beside a cell means that it is still at work; the square button in the bar
# above stops it. The notebook remembers every name that you ever gave, also from cells that you have changed or deleted since:
# if something is odd, *Kernel*, *Restart Kernel and Run All Cells* begins with a clean slate. And Ctrl+S saves.
#
# You may check as often as you like; only the work that you hand in counts. The same check grades it then, with other
# numbers, so an answer that was fitted to the numbers you saw will not do.
#
# ## Shapes in ten minutes
#
# Nearly every error in this course will be a shape. A NumPy array has a **shape**, one number for each axis:

# %%
x = np.arange(12.0).reshape(4, 3)
print("x has the shape", x.shape)
print("its sum over axis 0 has the shape", x.sum(axis=0).shape)
print("its sum over axis 1 has the shape", x.sum(axis=1).shape)
print("and with keepdims=True           ", x.sum(axis=1, keepdims=True).shape)

# %% [markdown]
# `axis=0` is the axis that *disappears*: adding over the 4 rows leaves one number for each of the 3 columns. With
# `keepdims=True` it stays, with length 1.
#
# **Broadcasting** is what NumPy does when shapes differ. It lines them up *from the right*; two lengths fit if they are
# equal or if one of them is 1, and a missing axis counts as 1. Then the array of length 1 is repeated, without a copy.
#
# | shapes | lined up | result |
# |---|---|---|
# | `(4, 3)` and `(3,)` | 4, 3 with -, 3 | `(4, 3)`: one number for each column |
# | `(4, 3)` and `(4, 1)` | 4, 3 with 4, 1 | `(4, 3)`: one number for each row |
# | `(4, 1)` and `(1, 5)` | 4, 1 with 1, 5 | `(4, 5)`: every one with every other |
# | `(4, 3)` and `(4,)` | 4, 3 with -, 4 | an error, for 3 is not 4 |
# | `(5,)` and `(5, 1)` | -, 5 with 5, 1 | `(5, 5)`, which is hardly ever what you meant |
#
# The figure lines two shapes up and draws what is repeated. Predict, reveal, and take shapes of your own.

# %%
broadcasting_lab()

# %% [markdown]
# *Question.* With which shape of `b` does an `a` of shape (2, 3) get a sum of shape (2, 2, 3)? Find two of them.
#
# <details><summary>Answers, once you have played</summary>
#
# `b` needs three axes, as a sum has as many as the longer of the two: the first must be 2, the others 1, or as long as those of
# `a`. So (2, 1, 1), (2, 1, 3), (2, 2, 1) and (2, 2, 3) all do.
#
# </details>

# %% [markdown]
# `None` in an index makes an axis of length 1: for `v` of shape `(5,)`, `v[:, None]` has the shape `(5, 1)` and
# `v[None, :]` has `(1, 5)`. Predict each of these shapes before you run the cell.

# %%
v, image = np.arange(5), np.zeros((2, 3, 8, 8))
print((v[:, None] * v[None, :]).shape)
print((image * np.zeros((3, 1, 1))).shape)
print(image[:, :, 2:5, ::2].shape)
print(image.reshape(2, -1).shape)
print((image.transpose(0, 2, 3, 1) @ np.zeros((3, 7))).shape)

# %% [markdown]
# The last line is a matrix product, `@`: it takes the last axis of the left array with the last but one of the right,
# and everything before them is a stack of matrices.
#
# ### Exercise 2: `squared_distances`
#
# Two lists of points, and the squared distance of every point to every other: a sum over the coordinates,
# $\sum_d (a_{nd} - b_{md})^2$. Broadcasting can do it in one line, without a loop; a loop is right too.
#
# | argument | shape |
# |---|---|
# | `a` | `(N, D)`: N points of D coordinates |
# | `b` | `(M, D)`: M points |
# | returns | `(N, M)`: entry `[n, m]` is the squared distance of `a[n]` and `b[m]` |
#
# A hint for the one line: which shapes must `a` and `b` get, so that their difference has the shape `(N, M, D)`?

# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write what comes out into the cell below the case, for
# one point.

# %%
foresee("squared_distances")

# %% answer squared_distances_foreseen
squared_distances_foreseen = ""
### BEGIN SOLUTION
squared_distances_foreseen = [[25, 1], [37, 13]]
### END SOLUTION


# %% check squared_distances_foreseen
check_foreseen(squared_distances_foreseen=squared_distances_foreseen)

# %% answer squared_distances
def squared_distances(a, b):
    """Return the squared distances (N, M) of the points a (N, D) and b (M, D)."""
    ### BEGIN SOLUTION
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    ### END SOLUTION


# %% check squared_distances
check(squared_distances)

# %% [markdown]
# ## Two functions read handwriting
#
# 1,100 digits that people wrote by hand, 8 x 8 pixels each. As a row of 64 numbers, a digit is a point in a space of 64
# dimensions, and digits that look alike are points close together. So to read a new one, look for the nearest of 1,000
# digits whose answers we know, and say what that one is. It takes your `squared_distances` and nothing else.

# %%
digits, labels = scanned_digits()
known, known_labels = digits[:1000], labels[:1000]
new, new_labels = digits[1000:1100], labels[1000:1100]
nearest = squared_distances(new, known).argmin(axis=1)  # for each new digit, the place of the nearest known one
right = np.mean(known_labels[nearest] == new_labels)
print("at least 90 of 100 new digits are read right:", right >= 0.9)

# %%
special = center(known)
figure, axes = plt.subplots(3, 10, figsize=(10, 3.2), layout="constrained")
for column in range(10):
    for axis, picture in zip(axes[:, column], (new[column], known[nearest[column]], special[column])):
        axis.imshow(picture.reshape(8, 8), cmap="gray")
        axis.set(xticks=[], yticks=[])
for axis, name in zip(axes[:, 0], ("new", "nearest", "centered")):
    axis.set_ylabel(name)
plt.show()

# %% [markdown]
# *What you see:* above, ten new digits; below each the known one that is nearest, nearly always the same digit by another hand.
# In the last row, ten of the known digits after your `center`: the mean of all of them is taken away, gray is what they have in
# common, and light and dark is what makes each one what it is.
#
# So that is how little it takes: distances, and a thousand examples at hand. What is a network for, then? This method keeps
# all its examples and goes through all of them for every new one. And move a digit by two pixels, and its nearest neighbors
# are other digits: it compares pixels, and knows nothing of strokes, corners or loops.
#
# *Question.* Measure that. `np.roll(new.reshape(-1, 8, 8), 2, axis=2).reshape(-1, 64)` moves the new digits two pixels
# to the right. How many are read right now? (Your network of unit {unit:pooling} will not mind.)
#
# <details><summary>Answers, once you have played</summary>
#
# 18 of 100, and 97 where they stood; one pixel to the right leaves 55. More than half are read as a 1. (`np.roll`
# brings what leaves at the right in again at the left. With black pixels there instead, it is the same 18.)
#
# </details>

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## Four rules of this course
#
# 1. **The batch comes first.** Vectors are `(N, D)`, images `(N, C, H, W)`, sequences `(N, T, D)`: N examples at once.
# 2. **A layer is a pair of functions.** `f_forward(...)` returns the output and a *cache*, whatever the backward will
#    need; `f_backward(grad_out, cache)` returns the gradients. What is in the cache is up to you.
# 3. **A layer leaves its arguments as they were.** `x += 1` writes into an array that belongs to somebody else;
#    `x = x + 1` makes a new one.
# 4. **float32 stays float32.** A layer gives back the dtype that comes in. Networks are trained in float32, which takes
#    half the memory and half the time; but where the two meet float64 wins, and one such array makes all that follows slow.

# %%
x = np.ones((2, 3), np.float32)
print("np.zeros((2, 3)) + x          is of", (np.zeros((2, 3)) + x).dtype)
print("np.zeros((2, 3), x.dtype) + x is of", (np.zeros((2, 3), x.dtype) + x).dtype)
print("np.sqrt(2) * x                is of", (np.sqrt(2) * x).dtype)
print("2**0.5 * x                    is of", (2**0.5 * x).dtype)

# %% [markdown]
# An array that you make yourself is float64 unless you give it `x.dtype`; so is a number that NumPy computes, but a
# Python number takes the dtype of the array it meets. From unit {unit:perceptron} on the checks ask for this rule.
#
# If you are stuck in one unit, you can still do the next: it takes the parts of earlier units from the course's own
# library, `dltools.nn`. The library's source is readable, and it is meant to be read. Write your own first: reading a
# solution feels like understanding it, and is not.
#
# **Next:** {unit:perceptron} Perceptron.

# %% [markdown]
# ## Four questions
#
# One point each. Run a check as often as you like: it says what is behind a wrong answer.

# %% [markdown]
# **1.** `a` has the shape (4, 1) and `b` the shape (3,). Which shape has `a + b`?
#
# - **a**: (4, 1)
# - **b**: (3, 4)
# - **c**: (4, 3)
# - **d**: none, it is an error

# %% answer broadcast_question
broadcast_question = ""
### BEGIN SOLUTION
broadcast_question = "c"
### END SOLUTION


# %% check broadcast_question
check_answer(broadcast_question=broadcast_question)

# %% [markdown]
# **2.** `x` has the shape (5, 3). Which shape has `x.mean(axis=0)`?
#
# - **a**: (3,)
# - **b**: (5,)
# - **c**: (1, 3)
# - **d**: one number

# %% answer axis_question
axis_question = ""
### BEGIN SOLUTION
axis_question = "a"
### END SOLUTION


# %% check axis_question
check_answer(axis_question=axis_question)

# %% [markdown]
# **3.** `x` is an array of shape (2, 3). After `y = x[0]` and `y += 1`, what has become of `x`?
#
# - **a**: it is as it was
# - **b**: all of its numbers are larger by 1
# - **c**: it has one row less
# - **d**: the numbers of its first row are larger by 1

# %% answer view_question
view_question = ""
### BEGIN SOLUTION
view_question = "d"
### END SOLUTION


# %% check view_question
check_answer(view_question=view_question)

# %% [markdown]
# **4.** `A` has the shape (2, 3) and `B` the shape (3, 4). How many numbers has `A @ B`?

# %% answer product_question
product_question = ""
### BEGIN SOLUTION
product_question = 8
### END SOLUTION


# %% check product_question
check_answer(product_question=product_question)
