"""Unit 11: every honest way to write the exercises is accepted, and the exam keeps its labels to itself."""

import numpy as np
import pytest
from styles import accepted

from dltools.checks import capstone
from dltools.checks.engine import judge
from dltools.checks.trials import trials
from dltools.nn import cross_entropy
from dltools.training import (
    Adam,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    accuracy,
    digits,
    distorted_digits,
    train_epoch,
)

# Confusion matrix


def counts_by_loops(labels, predictions, classes):
    counts = [[0] * classes for _ in range(classes)]
    for label, prediction in zip(labels, predictions):
        counts[label][prediction] += 1
    return np.array(counts)


def counts_by_add_at(labels, predictions, classes):
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts


def counts_by_one_hot(labels, predictions, classes):
    one_hot = np.eye(classes, dtype=np.float32)
    return one_hot[labels].T @ one_hot[predictions]


def counts_by_comparison(labels, predictions, classes):
    classes = np.arange(classes)
    return ((labels == classes[:, None])[:, None] & (predictions == classes[:, None])[None]).sum(axis=2)


# Worst mistakes


def worst_by_loops(logits, labels, count):
    losses = []
    for row, label in zip(logits, labels):
        top = max(row)
        losses.append(np.log(sum(np.exp(z - top) for z in row)) + top - row[label])
    return np.array(sorted(range(len(labels)), key=lambda n: -losses[n])[:count])


def worst_by_logaddexp(logits, labels, count):
    losses = np.logaddexp.reduce(logits, axis=1) - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return np.argsort(losses)[: -count - 1 : -1]


def worst_by_partition(logits, labels, count):
    logits = logits - logits.max(axis=1, keepdims=True)
    gains = logits[np.arange(len(labels)), labels] - np.log(np.exp(logits).sum(axis=1))
    some = np.argpartition(gains, count)[:count]
    return some[np.argsort(gains[some])]


# Standard error


def error_of_many(accuracy, count):
    return np.float32(accuracy * (1 - accuracy) / count) ** 0.5


def error_by_simple_roots(accuracy, count):
    return (accuracy - accuracy**2) ** 0.5 / count**0.5


# The paired difference


def difference_by_counts(labels, before, after):
    gained = ((after == labels) & (before != labels)).mean()
    lost = ((after != labels) & (before == labels)).mean()
    return gained - lost, ((gained + lost - (gained - lost) ** 2) / len(labels)) ** 0.5


def difference_by_loop(labels, before, after):
    d = [int(b == label) - int(a == label) for label, a, b in zip(labels, before, after)]
    mean = sum(d) / len(d)
    return mean, (sum((one - mean) ** 2 for one in d) / len(d) / len(d)) ** 0.5


def difference_by_deviation(labels, before, after):
    d = (after == labels) * 1 - (before == labels) * 1
    return np.mean(after == labels) - np.mean(before == labels), np.std(d) / len(d) ** 0.5


STYLES = [
    ("paired_difference", difference_by_counts),
    ("paired_difference", difference_by_loop),
    ("paired_difference", difference_by_deviation),
    ("confusion_matrix", counts_by_loops),
    ("confusion_matrix", counts_by_add_at),
    ("confusion_matrix", counts_by_one_hot),
    ("confusion_matrix", counts_by_comparison),
    ("worst_mistakes", worst_by_loops),
    ("worst_mistakes", worst_by_logaddexp),
    ("worst_mistakes", worst_by_partition),
    ("standard_error", error_of_many),
    ("standard_error", error_by_simple_roots),
]


@pytest.mark.parametrize("seed", [0, 4])
@pytest.mark.parametrize("name, function", STYLES, ids=lambda thing: getattr(thing, "__name__", ""))
def test_an_honest_style_gets_full_marks(name, function, seed):
    accepted(name, function, seed=seed)


# What predict may return: an array of any kind of numbers that are whole, or a list


class Classifier:
    """Predicts as a class; its mistakes depend on the image alone."""

    def __init__(self, right=1.0, kind=np.asarray):
        self.right, self.kind = right, kind
        self.__name__ = "predict"

    def __call__(self, images):
        labels = capstone.predict(images)
        shares = np.array([np.random.default_rng(int(1e6 * image.sum())).random() for image in images])
        return self.kind(np.where(shares < self.right, labels, (labels + 3 + (100 * shares).astype(int) % 5) % 10))


KINDS = {
    "int64": np.asarray,
    "uint8": lambda labels: labels.astype(np.uint8),
    "whole floats": lambda labels: labels.astype(np.float32),
    "a list": lambda labels: labels.tolist(),
    "a list of NumPy's numbers": list,
    "a tuple": tuple,
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_labels_may_come_in_any_form(kind):
    verdict = judge(capstone.PREDICT, Classifier(0.96, kind))
    assert verdict.passed, verdict


POINTS = {0.15: 0, 0.3: 2, 0.6: 10, 0.8: 13, 0.89: 17, 0.95: 20}


@pytest.mark.parametrize("share, points", POINTS.items())
def test_points_grow_with_the_accuracy(share, points):
    verdict = judge(capstone.PREDICT, Classifier(share))
    assert verdict.points == points, verdict
    assert not verdict.mistakes


def test_the_verdict_tells_the_accuracy_and_the_next_level_once():
    said = str(judge(capstone.PREDICT, Classifier(0.8)))
    assert said.count("fresh digits are right, ") == 1
    assert "of the 2,000 fresh digits are right, 80." in said or "of the 2,000 fresh digits are right, 79." in said
    assert "The next points come at 85%." in said and "Guessing" not in said
    said = str(judge(capstone.PREDICT, Classifier(0.12)))
    assert "give or take 0." in said and "Guessing gives 10%. The next points come at 20%." in said


def test_the_verdict_of_a_solved_exam_tells_the_accuracy_too():
    verdict = judge(capstone.PREDICT, Classifier(0.955))
    assert verdict.passed and "fresh digits are right, 95." in str(verdict) and "give or take 0.4" in str(verdict)
    assert "The next level, for honour alone, comes at 96%." in str(verdict)


@pytest.mark.parametrize("right, near", [(1850, True), (1830, True), (1900, False), (1000, True), (1950, False)])
def test_a_level_within_two_standard_errors_is_said(right, near):
    assert ("within two standard errors" in capstone.told(right, 2000)) == near


@pytest.mark.parametrize(
    "returned, words",
    [
        (lambda images: np.full(len(images), "7"), "labels is an array of text"),
        (lambda images: np.arange(len(images)) % 10 + 0.5, "numbers that are not whole"),
        (lambda images: np.arange(len(images)), "labels from 0 to 1999"),
        (lambda images: np.zeros((len(images), 3)), "the shape (2000, 3)"),
        (lambda images: 7, "the shape ()"),
        (lambda images: None, "returns None"),
        (lambda images: [[1], [1, 2]], "a list of unequal parts"),
        (lambda images: capstone.predict(images)[:, None, None], "the shape (2000, 1, 1)"),
        (lambda images: np.full(len(images), np.nan), "numbers that are not whole"),
    ],
)
def test_strange_answers_are_said(returned, words):
    verdict = judge(capstone.PREDICT, returned)
    assert verdict.points == 0 and words in str(verdict), verdict


# The mistakes of real nets


@pytest.fixture(scope="module")
def net():
    """A small net with everything in it that behaves otherwise in training."""
    rng, data = np.random.default_rng(0), distorted_digits(dtype=np.float32)
    features = Conv2d(1, 8, 3, rng, padding=1, dtype=np.float32), BatchNorm(8, dtype=np.float32), ReLU(), MaxPool2d(2)
    net = Sequential(*features, Flatten(), Dropout(0.1, rng), Linear(8 * 7 * 7, 10, rng, np.float32))
    optimizer = Adam(net, lr=0.005)
    for _ in range(5):
        train_epoch(net, cross_entropy, optimizer, data.x_train, data.y_train, 64, rng)
    return net


def verdict_on(net):
    return judge(capstone.PREDICT, lambda images: net(images).argmax(axis=1))


def test_a_net_in_use_makes_no_mistake_but_wrong_labels(net):
    verdict = verdict_on(net.eval())
    assert verdict.points >= 10 and not verdict.mistakes, verdict


def test_a_net_with_dropout_on_is_told(net):
    net.eval()[5].train()
    assert verdict_on(net).mistakes == ["leaves_dropout_on"]


def test_a_net_with_batch_statistics_is_told(net):
    net.eval()[1].train()
    kept = net.state()
    assert verdict_on(net).mistakes == ["uses_batch_statistics"]
    net.load_state(kept)


def test_a_net_that_changes_the_images_is_told(net):
    net.eval()

    def predict(images):
        images *= 2
        return net(images / 2).argmax(axis=1)

    assert judge(capstone.PREDICT, predict).mistakes == ["changes_images"]


def test_labels_are_never_among_the_arguments():
    for criterion in capstone.PREDICT.criteria:
        for trial in trials(capstone.PREDICT, criterion, 3):
            assert list(trial.case) == ["images"] and trial.case["images"].dtype == np.float32
            assert np.unique(capstone.predict(trial.case["images"])).size > 5


def test_images_come_in_no_order_that_tells_and_are_new_for_every_seed():
    first, other = (next(iter(trials(capstone.PREDICT, capstone.PREDICT.criteria[0], seed))) for seed in (1, 2))
    labels = capstone.predict(first.case["images"])
    assert accuracy(np.eye(10)[labels[:-1]], labels[1:]) < 0.15
    assert np.bincount(labels).min() > 100
    known = {image.tobytes() for image in first.case["images"]}
    assert len(known) == capstone.FRESH
    assert not known & {image.tobytes() for image in other.case["images"]}


def test_the_exam_is_on_digits_that_are_not_in_the_training_data():
    images, _ = capstone.unseen()
    data = digits(dtype=np.float32)
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in data.x_train}
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in data.x_validation}


def test_the_images_look_like_those_to_train_on():
    fresh, data = capstone.draw(5, 2000), distorted_digits(dtype=np.float32)
    assert fresh.shape[1:] == data.x_train.shape[1:]
    np.testing.assert_allclose(fresh.mean(axis=(0, 1)), data.x_validation.mean(axis=(0, 1)), atol=0.05)
    assert fresh.std() == pytest.approx(data.x_train.std(), rel=0.05)
