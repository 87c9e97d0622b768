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
# # {unit:perceptron} Perceptron
#
# Every network of this course, however deep, is made of one small part: a neuron that multiplies, adds, and bends the
# sum a little. In this unit you write that neuron, let it fit real data, meet the four points that defeat it, and
# stack neurons into a network that is not defeated.
#
# **The question of this unit:** what can a single neuron decide, and what not?
#
# **When you are done you can**
#
# - write a neuron and a layer of neurons, forward and backward, for a whole batch at once;
# - say which activation and which loss make it linear regression and which make it logistic regression;
# - show why one neuron cannot compute XOR, and set the weights of a network that can.
#
# **Time:** 60 to 90 minutes. **You need:** Python, NumPy arrays, derivatives, and the chain rule for one variable.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dltools.checks import check, check_answer, check_foreseen, foresee, hint
from dltools.figures.perceptron import network_lab, neuron_lab, xor_lab

# %% [markdown]
# ## One neuron
#
# Two kinds of iris look much alike. The petals of one are longer and wider, but only a little, and neither length nor
# width settles it. So weigh the one against the other: multiply each by a number that says how much it counts, add up,
# and look on which side of a border the sum lies. That is all that a neuron does. The art is to find the numbers, and
# before this unit ends your neuron will have found them for these flowers, from examples.
#
# A neuron has inputs $x_1, x_2, \dots$ and one **weight** $w_k$ for each of them. It multiplies each input by its
# weight, adds the products, and passes the sum through a function f, its **activation**:
#
# $$\text{out} = f\Big(\sum_k x_k w_k\Big)$$
#
# ```
# x1 ──── × w1 ───┐
# x2 ──── × w2 ───┼───▶ sum ───▶ f ───▶ out
#  1 ──── × b ────┘
# ```
#
# The activation decides what the neuron is good for.
#
# - With $f(z) = z$, the *identity*, the output is any number. Fitting the weights is **linear regression**.
# - With $f(z) = 1 / (1 + e^{-z})$, the *sigmoid*, the output lies between 0 and 1 and can be read as a probability.
#   Fitting the weights is **logistic regression**.
#
# Where is the constant term, the intercept of linear regression? It is hidden in the sum: give the neuron one more
# input that is always 1, the last one in the picture. Its weight is then added whatever the other inputs are. We call it
# the **bias**, b.
#
# ### A worked example
#
# The inputs are 2 and 3, and a constant 1. The weights are 1, -1, and the bias 0.5.
#
# | input | weight | product |
# |---|---|---|
# | 2 | 1 | 2 |
# | 3 | -1 | -3 |
# | 1 (constant) | 0.5 | 0.5 |
# | | **sum** | **-0.5** |
#
# With the identity the output is -0.5. With the sigmoid it is $1 / (1 + e^{0.5}) = 1 / 2.649 = 0.378$. What would the
# output be if the bias were 1? Work it out for both activations before you read on.
#
# ### Exercise 1: `neuron`
#
# Write `neuron(inputs, weights, activation)`.
#
# | argument | shape |
# |---|---|
# | `inputs` | `(D,)`, one example, or `(N, D)`, a batch of N examples |
# | `weights` | `(D,)` |
# | `activation` | a function: it takes an array and returns one of the same shape |
# | returns | one number for one example, `(N,)` for a batch |
#
# NumPy can multiply and add up in one operation, for one example and for a batch alike.


# %% answer neuron
def neuron(inputs, weights, activation):
    """Return the output of the neuron: one number for inputs (D,), an array (N,) for inputs (N, D)."""
    ### BEGIN SOLUTION
    return activation(inputs @ weights)
    ### END SOLUTION


# %% check neuron
check(neuron)

# %% [markdown]
# Your neuron on the worked example. Then make the bias 1, the last of the weights: does it say what you worked out?


# %%
def identity(z):
    return z


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


inputs, weights = np.array([2.0, 3.0, 1.0]), np.array([1.0, -1.0, 0.5])
print("identity:", neuron(inputs, weights, identity))
print("sigmoid: ", round(float(neuron(inputs, weights, sigmoid)), 3))

# %% [markdown]
# ### Play: the decision line
#
# With the sigmoid, the output is above one half exactly where the sum is positive. For two inputs the border between
# the two sides is a straight line: $w_1 x_1 + w_2 x_2 + b = 0$.
#
# The figure runs **your** neuron. The sliders set where it starts. *Step* applies the perceptron's own learning rule,
# Rosenblatt's of 1958: take a point that is on the wrong side; if it should be 1, add a part of it to the weights, if
# it should be 0, subtract it. Predict before you press: does a step always help?

# %%
neuron_lab(neuron)

# %% [markdown]
# *Questions that only playing answers.* Take AND as it stands: how many steps until all is right, and how many of them
# made it worse? Find three numbers for OR with the sliders alone. Now choose XOR, press *Step* ten times and keep an eye on
# the weights. What does the rule do that it did not do for AND?
#
# <details><summary>Answers, once you have played</summary>
#
# With AND as it stands it takes 7 steps, and three of them make it worse: a step turns the line for one point and may
# lose another. OR: $w = (1, 1)$, $b = -0.5$, for instance. XOR has no line, so the rule cannot end. From the weights
# that the sliders have at first, every fourth step comes back to the same three numbers, and two or three points stay
# wrong for ever.
#
# </details>
#
# Neurons that say only 0 or 1 are older than the rule: McCulloch and Pitts built AND, OR and NOT from them in 1943, with
# weights set by hand. What Rosenblatt added is that the weights are learned, and Novikoff proved in 1962 that the rule
# ends: wherever some line separates the two classes, it finds one after a finite number of steps.

# %% [markdown]
# *Your notes:*

# %% [markdown]
# ## A layer of neurons
#
# Put M neurons side by side, all with the same D inputs. Their weights are the rows of a matrix W of shape `(M, D)`,
# their biases an array of shape `(M,)`. For one example x the M sums are $Wx + b$. We leave the activation out of the
# layer: it gets a unit of its own.
#
# Examples come in batches: N of them, one in each row, in an array of shape `(N, D)`. The output has one row for each
# example and one column for each neuron:
#
# $$\text{out}[n, m] = \sum_d x[n, d] \; W[m, d] + b[m]$$
#
# ### Exercise 2: `linear_forward`
#
# | argument | shape |
# |---|---|
# | `x` | `(N, D)` |
# | `weight` | `(M, D)`, as in $Wx$, and as PyTorch stores it |
# | `bias` | `(M,)` |
# | returns `out` | `(N, M)` |
# | returns `cache` | what exercise 4 will want to know again when it goes back through the layer; for now, keep what came in |


# %% answer linear_forward
def linear_forward(x, weight, bias):
    """Return out (N, M) and a cache for the backward pass."""
    ### BEGIN SOLUTION
    return x @ weight.T + bias, (x, weight)
    ### END SOLUTION


# %% check linear_forward
check(linear_forward)

# %% [markdown]
# ### Play: layers stacked to a network
#
# The outputs of one layer can be the inputs of the next. That is a **multi-layer perceptron**, or MLP: an input layer,
# **hidden** layers, an output layer. *Deep* means many hidden layers. The last layer is still logistic regression
# (with several classes it ends in the softmax, which you will write in unit {unit:backpropagation}); what is new is that its inputs are
# computed by the layers before it.
#
# The figure builds the network from its layer sizes, with random weights, and runs your `linear_forward` and the
# sigmoid in each layer. The outputs are rounded to two digits, so that you can check any neuron with pencil and paper.

# %%
network_lab(linear_forward)

# %% [markdown]
# *Questions.* How many weights and biases has the network 3, 4, 4, 2? Count them before you reveal it. Then find layer
# sizes for which one more hidden layer adds more than doubling the width. Which of the two grows with the square?
#
# <details><summary>Answers, once you have played</summary>
#
# 46: each neuron has a weight for every number below it, and a bias, and so the layers have 16, 20 and 10. For 3, 8, 2,
# one more hidden layer of 8 adds 72, and 8 more neurons in the one that is there add 48. The number of weights grows
# with the square of the width, and only in proportion to the number of layers.
#
# </details>

# %% [markdown]
# ## Learning: a loss, its gradient, a step
#
# To learn, a network needs three things: a number that says how wrong it is, the **loss**; the derivative of that
# number for every weight, the **gradient**; and a step that makes the loss smaller.
#
# ### Exercise 3: the loss of linear regression
#
# The mean squared error is the mean over all elements, all examples and all outputs alike:
#
# $$L = \frac{1}{n} \sum_{j=1}^{n} (\text{prediction}_j - \text{target}_j)^2$$
#
# By hand: predictions (3, 5), targets (2, 7). The squares are 1 and 4, the loss is 2.5. If the first prediction grew
# by a tiny $h$, the loss would become $((1 + h)^2 + 4) / 2 = 2.5 + h + h^2/2$: the gradient for it is 1. Find the
# gradient for the second prediction the same way.
#
# Write `mse_loss(prediction, target)`. It returns the loss, one number, and its gradient for every element of
# `prediction`, in the same shape. The two arguments have the same shape, whichever it is.


# %% answer mse_loss
def mse_loss(prediction, target):
    """Return the mean squared error, one number, and its gradient in the shape of prediction."""
    ### BEGIN SOLUTION
    difference = prediction - target
    return np.mean(difference**2), 2 * difference / difference.size
    ### END SOLUTION


# %% check mse_loss
check(mse_loss)

# %% [markdown]
# ### Exercise 4: `linear_backward`
#
# The loss tells the layer how it would change with every output: `grad_out`, of shape `(N, M)`. The layer must now say
# how the loss changes with everything that went into those outputs. For each number ask: *which outputs did it touch,
# and with which factor?* Then add up, over all it touched, the factor times what comes back.
#
# - A **bias** b[m] touched the outputs of neuron m, in every example, with factor 1.
# - A **weight** W[m, d] touched the same outputs; its factor is the input it was multiplied by.
# - An **input** x[n, d] touched all outputs of example n; its factors are the weights it was multiplied by.
#
# By hand: two examples of one input, x = (1, 2), one neuron with W = 3 and b = 0. Let (10, 1) come back for the two
# outputs.
#
# | gradient of | touched | sum |
# |---|---|---|
# | b | both outputs, factor 1 | 10 + 1 = 11 |
# | W | both outputs, factors 1 and 2 | 1·10 + 2·1 = 12 |
# | x of example 1 | its output, factor 3 | 3·10 = 30 |
# | x of example 2 | its output, factor 3 | 3·1 = 3 |
#
# A gradient always has the shape of what it belongs to. And there is no division by N anywhere: if the loss is a mean,
# the division is already in `grad_out`.
#
# | argument | shape |
# |---|---|
# | `grad_out` | `(N, M)` |
# | `cache` | what your `linear_forward` returned |
# | returns `grad_x`, `grad_weight`, `grad_bias` | `(N, D)`, `(M, D)`, `(M,)` |


# %% [markdown]
# **Foresee.** Before you write it, work this small case by hand. Write `grad_weight` into the cell below the case, for
# one point; the other results can be tried in a cell of your own.

# %%
foresee("linear_backward")

# %% answer linear_backward_foreseen
linear_backward_foreseen = ""
### BEGIN SOLUTION
linear_backward_foreseen = [[4, 2], [0, 18]]
### END SOLUTION


# %% check linear_backward_foreseen
check_foreseen(linear_backward_foreseen=linear_backward_foreseen)

# %% answer linear_backward
def linear_backward(grad_out, cache):
    """Return the gradients grad_x, grad_weight and grad_bias."""
    ### BEGIN SOLUTION
    x, weight = cache
    return grad_out @ weight, grad_out.T @ x, grad_out.sum(axis=0)
    ### END SOLUTION


# %% check linear_backward
check(linear_backward, forward=linear_forward)

# %%
out, cache = linear_forward(np.array([[1.0], [2.0]]), np.array([[3.0]]), np.zeros(1))
grad_x, grad_weight, grad_bias = linear_backward(np.array([[10.0], [1.0]]), cache)
print("grad_x     ", grad_x.ravel())
print("grad_weight", grad_weight.ravel())
print("grad_bias  ", grad_bias)

# %% [markdown]
# ### Exercise 5: a step of gradient descent
#
# The gradient points to where the loss grows fastest. We want it smaller, so every parameter θ moves the other way, by
# a length that the **learning rate** η sets:
#
# $$\theta_{t+1} = \theta_t - \eta \; \nabla_\theta L$$
#
# By hand: θ = 2, gradient 3, η = 0.1. The new θ is 2 - 0.3 = 1.7.
#
# Write `gradient_descent_step(params, grads, lr)`. `params` and `grads` are lists of arrays in the same order, `lr` is
# the learning rate. Return a list of new arrays, and leave those that came in as they were.


# %% answer gradient_descent_step
def gradient_descent_step(params, grads, lr):
    """Return the list of parameters after one step."""
    ### BEGIN SOLUTION
    return [param - lr * grad for param, grad in zip(params, grads)]
    ### END SOLUTION


# %% check gradient_descent_step
check(gradient_descent_step)

# %% [markdown]
# ## Linear regression with one neuron
#
# Everything is in place. The data are real: the body mass index of 442 people with diabetes, and how far the disease
# had progressed a year later. One neuron, one input, no activation.
#
# The input is *standardized* first: its mean is subtracted, and it is divided by its standard deviation. With inputs
# near zero and of size one, a single learning rate suits weight and bias alike.
#
# The data and the models to compare with are scikit-learn's. It is imported here and not at the top, because that takes
# a second.

# %%
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression


def standardize(data):
    return (data - data.mean(axis=0)) / data.std(axis=0)


def train(x, target, loss_function, lr, steps):
    """Fit one neuron by gradient descent; return its weight, its bias and the loss of every step."""
    weight, bias, losses = np.zeros((1, x.shape[1])), np.zeros(1), []
    for _ in range(steps):
        out, cache = linear_forward(x, weight, bias)
        loss, grad_out = loss_function(out, target)
        _, grad_weight, grad_bias = linear_backward(grad_out, cache)
        weight, bias = gradient_descent_step([weight, bias], [grad_weight, grad_bias], lr)
        losses.append(loss)
    return weight, bias, losses


diabetes = load_diabetes(scaled=False)
bmi, progress = standardize(diabetes.data[:, [2]]), diabetes.target[:, None]
weight, bias, losses = train(bmi, progress, mse_loss, lr=0.1, steps=100)
library = LinearRegression().fit(bmi, progress)
print(f"your neuron:  weight {weight[0, 0]:.3f}, bias {bias[0]:.3f}")
print(f"scikit-learn: weight {library.coef_[0, 0]:.3f}, bias {library.intercept_[0]:.3f}")

# %%
ends = np.array([[bmi.min()], [bmi.max()]])
line, _ = linear_forward(ends, weight, bias)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(diabetes.data[:, 2], progress, ".", color="#0072B2", markersize=4)
left.plot(ends * diabetes.data[:, 2].std() + diabetes.data[:, 2].mean(), line, color="#D55E00")
left.set(xlabel="body mass index", ylabel="progression", title="one neuron, a straight line")
right.plot(losses, color="#0072B2")
right.set(xlabel="step", ylabel="loss", title="mean squared error", ylim=(0, None))
plt.show()

# %% [markdown]
# *What you see:* left, a cloud of 442 points that rises to the right, and the neuron's line through its middle; right,
# the loss, which falls steeply for about twenty steps and then stays flat near 3,890. The flat part is not a failure:
# the points do not lie on a line, and no line comes closer.
#
# *Question.* Find the largest learning rate with which the loss still falls. What do the losses look like just above
# it?
#
# <details><summary>Answers, once you have played</summary>
#
# Any rate below 1: at 0.99 the loss still falls, slowly. At exactly 1 it stays at 29,074 for ever, because every step
# leads just as far beyond the lowest point as it began before it. Above 1 every step ends farther away than it began:
# at 1.01 the loss is 29,074, 30,092, 31,150 and after 100 steps more than a million.
#
# </details>

# %% [markdown]
# ## Logistic regression with one neuron
#
# Now the answer is a class: 1 or 0. The neuron's sum z is called the **logit**, and $s(z) = 1/(1+e^{-z})$ is the
# probability it gives to class 1. The loss is the surprise at the right answer: if the neuron gave the right class the
# probability p, the loss is $-\log p$. Sure and right costs nothing; sure and wrong costs a lot. With the target t,
# which is 1 or 0:
#
# $$L = \frac{1}{n} \sum_{j=1}^{n} \Big[ -t_j \log s(z_j) - (1 - t_j) \log\big(1 - s(z_j)\big) \Big]$$
#
# By hand: z = 0 gives the probability 1/2 to both classes, so the loss is $\log 2 = 0.693$ whatever the target is.
#
# ### Exercise 6: `binary_cross_entropy`
#
# Write `binary_cross_entropy(logits, targets)`. Both arrays have the same shape, whichever it is; the targets are 0 or
# 1. It returns the loss, one number, and its gradient for every **logit**.
#
# Two things make it interesting.
#
# 1. **The gradient is much shorter than the formula.** Take the derivative of $-\log s(z)$ with $s'(z) = s(z)\,(1 -
#    s(z))$, then of $-\log(1 - s(z))$, and write both as one expression with t in it.
# 2. **Computers round.** For z = 40 a computer says that $1 - s(z)$ is exactly 0, and the logarithm of 0 is minus
#    infinity. But the true loss is harmless: for t = 0 and z = 40 it is 40.000... So do not take the logarithm of a
#    rounded number. Put s(z) into $\log s(z)$, simplify, and you get a logarithm of *one plus an exponential*. Then
#    see to it that the exponent is never positive, so that it cannot overflow. (`np.log1p(y)` is $\log(1 + y)$, exact
#    for tiny y too.) The check asks for logits of 1,000; a small number added inside the logarithm does not help
#    there.


# %% answer binary_cross_entropy
def binary_cross_entropy(logits, targets):
    """Return the mean binary cross-entropy, one number, and its gradient in the shape of logits."""
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(logits))
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(small)
    probabilities = np.where(logits >= 0, 1, small) / (1 + small)
    return losses.mean(), (probabilities - targets) / logits.size
    ### END SOLUTION


# %% check binary_cross_entropy
check(binary_cross_entropy)

# %% [markdown]
# Real data again: the petals of two kinds of iris, 50 flowers each. Can you tell *virginica* from *versicolor* by
# length and width? The loop is the same as before; only the loss is another.

# %%
iris = load_iris()
two_kinds = iris.target > 0
petals, virginica = standardize(iris.data[two_kinds][:, 2:]), (iris.target[two_kinds] == 2).astype(int)
weight, bias, losses = train(petals, virginica[:, None], binary_cross_entropy, lr=2, steps=3000)
library = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(petals, virginica)
right = (linear_forward(petals, weight, bias)[0][:, 0] > 0) == virginica
print(f"your neuron:  weights {weight[0].round(3)}, bias {bias[0]:.3f}, {right.mean():.0%} right")
print(
    f"scikit-learn: weights {library.coef_[0].round(3)}, bias {library.intercept_[0]:.3f}, "
    f"{library.score(petals, virginica):.0%} right"
)

# %% [markdown]
# The same answer to three digits: scikit-learn's logistic regression (with `C=np.inf`, which turns its penalty on
# large weights off) *is* your neuron, found by a faster way downhill.
#
# ## What it costs
#
# A layer of M neurons with D inputs makes N·M sums of D products each for a batch of N: N·M·D multiplications. The
# backward makes two such sums, for the weights and for the inputs, so that a whole step costs about three times the
# forward. The memory is M·(D + 1) numbers for the parameters, as many for their gradients, and the cache: x has to be
# kept until the backward comes.
#
# A product of matrices is what computers do best. Write the layer once with Python loops and compare with `%timeit`,
# in a cell of your own: for 64 examples, 64 inputs and 64 neurons the loops take a thousand times as long and more.
#
# ## Where one neuron ends: XOR
#
# Take two inputs that are 0 or 1, and ask for 1 when **exactly one** of them is 1. That is XOR, the exclusive or.
#
# | x1 | x2 | XOR |
# |---|---|---|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# One neuron cannot do it, and the proof takes three lines. Its sum must be positive at (0, 1) and at (1, 0): $w_2 + b
# > 0$ and $w_1 + b > 0$. It must not be positive at (0, 0) and at (1, 1): $b \le 0$ and $w_1 + w_2 + b \le 0$. Add the
# first two: $w_1 + w_2 + 2b > 0$. Add the other two: $w_1 + w_2 + 2b \le 0$. Both cannot be.
#
# ### Exercise 7: XOR by hand
#
# Two layers can. Find the weights yourself: a hidden layer of two neurons, then one output neuron, each with the
# sigmoid.
#
# Think in logic before you think in numbers. Which two questions about (x1, x2), each of which one neuron *can*
# answer, settle XOR when you put the answers together? You have met such neurons in the first figure. A sigmoid with
# large weights is nearly 0 or nearly 1: with weights of 20, say, the sum is far from zero on both sides.
#
# Write `xor_weights()`, without arguments. It returns four arrays of numbers: `weight1` of shape `(2, 2)`, one row for each
# hidden neuron; `bias1` `(2,)`; `weight2` `(1, 2)`; `bias2` `(1,)`. The output should be within 0.1 of 0 or 1.


# %% answer xor_weights
def xor_weights():
    """Return weight1 (2, 2), bias1 (2,), weight2 (1, 2) and bias2 (1,) of a network that computes XOR."""
    ### BEGIN SOLUTION
    weight1, bias1 = np.array([[20.0, 20.0], [-20.0, -20.0]]), np.array([-10.0, 30.0])  # OR and NAND
    weight2, bias2 = np.array([[20.0, 20.0]]), np.array([-30.0])  # AND
    return weight1, bias1, weight2, bias2
    ### END SOLUTION


# %% check xor_weights
check(xor_weights)

# %%
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
weight1, bias1, weight2, bias2 = xor_weights()
hidden = sigmoid(linear_forward(corners, weight1, bias1)[0])
output = sigmoid(linear_forward(hidden, weight2, bias2)[0])
for corner, h, o in zip(corners, hidden, output):
    print(f"x = {corner}   hidden {h.round(2)}   output {o[0]:.2f}")

# %% [markdown]
# ### Play: what the hidden layer does
#
# On the left the four points; on the right the same points, placed by the outputs of the two hidden neurons. Look
# first at your own network. Then let one neuron learn, then two layers. The learning runs your `linear_forward` and
# your `linear_backward` from eight different random starts.

# %%
xor_lab(linear_forward, linear_backward, xor_weights)

# %% [markdown]
# *Questions.* On the right, one straight line is enough. What has happened to the four points on their way there?
# Which of the eight starts never gets all four right, and which two points can its hidden layer not tell apart? And
# what is the best that one neuron finds to say?
#
# <details><summary>Answers, once you have played</summary>
#
# Two points with the same answer have met, or nearly, and the other two lie on the far side: now a line parts them.
# Start 0 never gets there. To its hidden layer (0, 1) and (1, 1) are the same point, but one of them should give 1 and
# the other 0; it says 0.5 to both. One neuron ends with 0.5 for all four points, from every start: whatever line it
# draws, it pays less for being unsure than for being wrong.
#
# </details>

# %% [markdown]
# So a single neuron can decide whatever a straight line decides, and nothing else. But what its line cannot part can be
# moved: a layer of neurons moves the points until a line is enough. Everything in this course is made of
# that: layers that move the points, and one last neuron, or ten, that draw a line.

# %% [markdown]
# ## Four questions
#
# Three are about this unit, one comes back from the one before. One point each. Run a check as often as you like: it
# says what is behind a wrong answer.

# %% [markdown]
# **1.** A neuron has the weights 2 and -1, the bias 0.5 and the identity as its activation. What is its output for the
# inputs 1 and 3?

# %% answer neuron_question
neuron_question = ""
### BEGIN SOLUTION
neuron_question = -0.5
### END SOLUTION


# %% check neuron_question
check_answer(neuron_question=neuron_question)

# %% [markdown]
# **2.** A linear layer has 4 inputs and 3 outputs. How many weights and biases has it together?

# %% answer layer_question
layer_question = ""
### BEGIN SOLUTION
layer_question = 15
### END SOLUTION


# %% check layer_question
check_answer(layer_question=layer_question)

# %% [markdown]
# **3.** Why can a single neuron not compute XOR?
#
# - **a**: its training would take too long
# - **b**: the sigmoid is never exactly 0 or 1
# - **c**: no straight line parts the two classes
# - **d**: it has no bias

# %% answer xor_question
xor_question = ""
### BEGIN SOLUTION
xor_question = "c"
### END SOLUTION


# %% check xor_question
check_answer(xor_question=xor_question)

# %% [markdown]
# **4.** (Unit {unit:start}.) Each row of `x` is an example. Which of these makes the mean of every column zero?
#
# - **a**: `x - x.mean()`
# - **b**: `x - x.mean(axis=1, keepdims=True)`
# - **c**: `x / x.mean(axis=0)`
# - **d**: `x - x.mean(axis=0)`

# %% answer column_question
column_question = ""
### BEGIN SOLUTION
column_question = "d"
### END SOLUTION


# %% check column_question
check_answer(column_question=column_question)

# %% [markdown]
# ## Where to read on
#
# - W. McCulloch and W. Pitts, *A logical calculus of the ideas immanent in nervous activity* (1943): neurons that are
#   0 or 1, and what networks of them can compute.
# - A. Novikoff, *On convergence proofs for perceptrons* (1962): the proof itself takes half a page, and is worth working
#   through.
# - F. Rosenblatt, *The perceptron: a probabilistic model for information storage and organization in the brain*
#   (1958).
# - M. Minsky and S. Papert, *Perceptrons* (1969): what one layer cannot do, XOR among other things.
# - M. Nielsen, *Neural Networks and Deep Learning*, chapter 1: the same neuron, with a lot of patience.
# - PyTorch's `torch.nn.functional.linear` and `binary_cross_entropy_with_logits`: the same functions with the same
#   words.
#
# **Next:** {unit:activations} Activations, the functions that go between the layers.
#
#
