"""Unit 11: how good a net is, told honestly; and the exam of the student's own net on fresh examples.

The threat: answers known beforehand. The exam's images are drawn from the seed, which the grader keeps hidden, and only
images are ever handed to a student's function: their labels stay in this process, in `ANSWERS`.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.exercise import Attempt, Case, Criterion, Exercise, StudentError, all_of, arguments, values
from dltools.running.plain import kind
from dltools.training import digits, distort

# The confusion matrix


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Count how often which label (N,) is taken for which: row the label, column the prediction; (classes, classes)."""
    return np.bincount(labels * classes + predictions, minlength=classes * classes).reshape(classes, classes)


def answers(rng: Generator, classes: int = 4, count: int = 40, missing: int | None = None) -> Iterator[Case]:
    """Labels and predictions; the class `missing` never occurs."""
    labels, predictions = rng.choice([one for one in range(classes) if one != missing], size=(2, count))
    kept = rng.random(count) < 0.5
    predictions[kept] = labels[kept]
    yield {"labels": labels, "predictions": predictions, "classes": classes}


one = partial(answers, count=1)
incomplete = all_of(partial(answers, missing=3), partial(answers, missing=1), one)


CONFUSION = Exercise(
    confusion_matrix,
    ("counts",),
    (
        Criterion("counts", 1.5, answers),
        Criterion("ten classes, many examples", 0.5, partial(answers, classes=10, count=500), after="counts"),
        Criterion("a class that never occurs", 0.5, incomplete, after="counts"),
        Criterion("labels and predictions are not changed", 0.5, answers, arguments, after="counts"),
    ),
)


@CONFUSION.mistake("Your matrix is transposed: the row is the true label, the column what it was taken for.")
def transposes_confusion(labels, predictions, classes) -> np.ndarray:
    return confusion_matrix(labels, predictions, classes).T


@CONFUSION.mistake(
    "Each pair is counted once only, however often it occurs: `= 1` does not count, and where labels and predictions "
    "are arrays, neither does `counts[labels, predictions] += 1`, for an index that comes twice adds 1."
)
def counts_once(labels, predictions, classes) -> np.ndarray:
    return (confusion_matrix(labels, predictions, classes) > 0).astype(int)


@CONFUSION.mistake("You count the labels and the predictions each for itself; a row and a column meet in one example.")
def counts_apart(labels, predictions, classes) -> np.ndarray:
    return np.outer(np.bincount(labels, minlength=classes), np.bincount(predictions, minlength=classes))


@CONFUSION.mistake("You return shares; the confusion matrix holds counts.")
def returns_shares(labels, predictions, classes) -> np.ndarray:
    return confusion_matrix(labels, predictions, classes) / len(labels)


@CONFUSION.mistake("You divide each row by its sum; the confusion matrix holds counts.")
def divides_rows(labels, predictions, classes) -> np.ndarray:
    counts = confusion_matrix(labels, predictions, classes)
    return counts / counts.sum(axis=1, keepdims=True).clip(1)


@CONFUSION.mistake("Only mistakes are counted: what was recognized belongs on the diagonal.")
def leaves_diagonal_out(labels, predictions, classes) -> np.ndarray:
    counts = confusion_matrix(labels, predictions, classes)
    return counts - np.diag(np.diag(counts))


@CONFUSION.mistake("Only what was recognized is counted: the mistakes belong beside the diagonal.")
def counts_diagonal_only(labels, predictions, classes) -> np.ndarray:
    return np.diag(np.diag(confusion_matrix(labels, predictions, classes)))


@CONFUSION.mistake(
    "The matrix has as many rows as labels occur; it has `classes` of them, also where one never occurs."
)
def leaves_missing_class_out(labels, predictions, classes) -> np.ndarray:
    size = max(labels.max(), predictions.max()) + 1
    return confusion_matrix(labels, predictions, classes)[:size, :size]


@CONFUSION.mistake(
    "You take the classes from the answers, by np.unique: there are `classes` of them, also where one never occurs."
)
def finds_classes(labels, predictions, classes) -> np.ndarray:
    size = len(np.unique(np.concatenate([labels, predictions])))
    counts = np.zeros((size, size), int)
    for label, prediction in zip(labels, predictions):
        counts[label, prediction] += 1
    return counts


@CONFUSION.mistake("You take 1 off the labels: the classes count from 0, and place -1 is the last.")
def takes_one_off_labels(labels, predictions, classes) -> np.ndarray:
    return np.roll(confusion_matrix(labels, predictions, classes), (-1, -1), axis=(0, 1))


@CONFUSION.mistake("All rows are one and the same list: [[0] * n] * n repeats a row, and does not copy it.")
def repeats_one_row(labels, predictions, classes) -> np.ndarray:
    return np.tile(confusion_matrix(labels, predictions, classes).sum(axis=0), (classes, 1))


# The worst mistakes


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The cross-entropy of each example (N,), from logits (N, M) and labels (N,)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]


def worst_mistakes(logits: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Which `count` of the examples, logits (N, M) and labels (N,), have the largest loss, the largest first."""
    return np.argsort(-losses(logits, labels))[:count]


def verdicts(rng: Generator, size: float = 2.0, count: int = 5, examples: int = 12) -> Iterator[Case]:
    """Logits of some examples, about `size` large, each shifted by a number of its own, which changes no loss."""
    logits = size * rng.normal(size=(examples, 4)) + 10 * rng.normal(size=(examples, 1))
    yield {"logits": logits, "labels": rng.integers(4, size=examples), "count": count}


many = partial(verdicts, examples=1000, count=400)
"""So many that no processor sorts them on the way, when they are only divided by np.argpartition."""

most = partial(verdicts, examples=40, count=38)
"""More than are wrong: some that are right must be returned as well."""


def one_by_one(function: Callable[..., Any]) -> Callable[..., np.ndarray]:
    """worst_mistakes with another measure of how bad an example is: measure(logits, labels) gives (N,)."""
    return lambda logits, labels, count: np.argsort(-function(logits, labels), kind="stable")[:count]


def own_logit(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return logits[np.arange(len(labels)), labels]


LARGEST = "the worst examples, the largest loss first"
WORST = Exercise(
    worst_mistakes,
    ("places",),
    (
        Criterion(LARGEST, 1.5, all_of(verdicts, many)),
        Criterion("another count", 0.5, all_of(partial(verdicts, count=3), most), after=LARGEST),
        Criterion("logits in the hundreds", 0.75, partial(verdicts, size=800.0), after=LARGEST),
        Criterion("logits and labels are not changed", 0.25, verdicts, arguments, after=LARGEST),
    ),
)


@WORST.mistake(
    "You return the smallest losses: these are the examples of which the net is surest. Turn the order round."
)
def returns_best(logits, labels, count) -> np.ndarray:
    return np.argsort(losses(logits, labels))[:count]


@WORST.mistake("The right examples, in the wrong order: the largest loss comes first.")
def orders_upwards(logits, labels, count) -> np.ndarray:
    return worst_mistakes(logits, labels, count)[::-1]


@WORST.mistake("You return the losses; return where they are: the indices of the examples.")
def returns_losses(logits, labels, count) -> np.ndarray:
    return np.sort(losses(logits, labels))[::-1][:count]


@WORST.mistake("You go by the logit of the true class alone; the loss compares it with the other logits of its row.")
def goes_by_logit(logits, labels, count) -> np.ndarray:
    return one_by_one(lambda logits, labels: -own_logit(logits, labels))(logits, labels, count)


@WORST.mistake(
    "You look for the examples of which the net is least sure; wanted are those where it was sure and wrong."
)
def goes_by_doubt(logits, labels, count) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return one_by_one(lambda *_: -(shifted / shifted.sum(axis=1, keepdims=True)).max(axis=1))(logits, labels, count)


@WORST.mistake(
    "exp overflows where logits are large: take the largest logit of the row off first, which changes no loss."
)
def overflows_in_worst(logits, labels, count) -> np.ndarray:
    exps = np.exp(logits)
    return one_by_one(lambda *_: -np.log(own_logit(exps, labels) / exps.sum(axis=1)))(logits, labels, count)


@WORST.mistake("You return all examples in order; only the first `count` are asked for.")
def returns_all(logits, labels, count) -> np.ndarray:
    return worst_mistakes(logits, labels, len(labels))


# How sure an accuracy is


def standard_error(accuracy: float, count: int) -> float:
    """The standard deviation of an accuracy that was measured on `count` examples, sqrt(p (1 - p) / N)."""
    return float(np.sqrt(accuracy * (1 - accuracy) / count))


def measurements(rng: Generator) -> Iterator[Case]:
    for _ in range(3):
        yield {"accuracy": float(rng.uniform(0.6, 0.95)), "count": int(rng.integers(50, 3000))}


def perfect(rng: Generator) -> Iterator[Case]:
    yield {"accuracy": 1.0, "count": int(rng.integers(50, 3000))}
    yield {"accuracy": 0.0, "count": int(rng.integers(50, 3000))}


UNDER_ROOT = (
    "Accepted: a small number, under the root or below the line, moves your error by less than one in a million. None "
    "is needed: the root of 0 is 0, and the number of examples is not."
)
STANDARD_ERROR = Exercise(
    standard_error,
    ("error",),
    epsilon=1e-6,
    epsilon_says=UNDER_ROOT,
    criteria=(
        Criterion("the error of an accuracy", 0.75, measurements),
        Criterion("all right, all wrong", 0.25, perfect, after="the error of an accuracy"),
    ),
)


@STANDARD_ERROR.mistake("That is the variance; the standard error is its root.")
def forgets_root(accuracy, count) -> float:
    return accuracy * (1 - accuracy) / count


@STANDARD_ERROR.mistake(
    "The number of examples is missing: that is how much a single answer varies, not the mean of many."
)
def forgets_count(accuracy, count) -> float:
    return float(np.sqrt(accuracy * (1 - accuracy)))


@STANDARD_ERROR.mistake("You divide by the number of examples after the root; it belongs under it.")
def divides_after_root(accuracy, count) -> float:
    return float(np.sqrt(accuracy * (1 - accuracy)) / count)


@STANDARD_ERROR.mistake(
    "The share of mistakes is missing: accuracy times 1 - accuracy. Nothing varies where nothing is wrong."
)
def forgets_mistakes(accuracy, count) -> float:
    return float(np.sqrt(accuracy / count))


@STANDARD_ERROR.mistake("That is the half-width of the 95 % interval; the standard error is without the 1.96.")
def widens_to_interval(accuracy, count) -> float:
    return 1.96 * standard_error(accuracy, count)


@STANDARD_ERROR.mistake("Those are two standard errors; return one.")
def doubles_error(accuracy, count) -> float:
    return 2 * standard_error(accuracy, count)


@STANDARD_ERROR.mistake("You divide by count - 1; the formula has count.")
def takes_one_off(accuracy, count) -> float:
    return float(np.sqrt(accuracy * (1 - accuracy) / (count - 1)))


@STANDARD_ERROR.mistake("You return percent; the accuracy is a share between 0 and 1, and so is its error.")
def returns_percent(accuracy, count) -> float:
    return 100 * standard_error(accuracy, count)


# Whether a difference is more than luck


def paired_difference(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> tuple[np.floating, np.floating]:
    """By how much `after` is more often right than `before`, and the standard error of that; all three are (N,).

    d = (after is right) - (before is right) is 1, 0 or -1 for each example; sqrt((mean(d^2) - mean(d)^2) / N).
    """
    d = (after == labels).astype(float) - (before == labels)
    return d.mean(), np.sqrt(d.var() / len(d))


def two_nets(rng: Generator, count: int = 200) -> Iterator[Case]:
    """Labels, and what two nets say that are often wrong together; now the second is better, now the first."""
    for shares in ((0.62, 0.72), (0.76, 0.6), (0.5, 0.8)):
        labels, wrong = rng.integers(10, size=(2, count))
        hard = rng.random(count)
        before, after = (np.where(0.7 * hard + 0.3 * rng.random(count) < share, labels, wrong) for share in shares)
        yield {"labels": labels, "before": before, "after": after}


def no_difference(rng: Generator) -> Iterator[Case]:
    """Twice the same answers; all wrong before, all right after; a single example."""
    labels = rng.integers(10, size=60)
    some = np.where(rng.random(60) < 0.8, labels, (labels + 1) % 10)
    yield {"labels": labels, "before": some, "after": some.copy()}
    yield {"labels": labels, "before": (labels + 1) % 10, "after": labels.copy()}
    yield {"labels": labels[:1], "before": labels[:1].copy(), "after": labels[:1] + 1}


DIFFERENCE = "the difference"
PAIRED = Exercise(
    paired_difference,
    ("difference", "error"),
    epsilon=1e-6,
    epsilon_says=UNDER_ROOT,
    criteria=(
        Criterion(DIFFERENCE, 0.5, two_nets, values("difference"), draw="nets"),
        Criterion("its standard error", 1.0, two_nets, values("error"), after=DIFFERENCE, draw="nets"),
        Criterion("no difference; nothing that varies", 0.25, no_difference, after=DIFFERENCE),
        Criterion("labels and predictions are not changed", 0.25, two_nets, arguments, after=DIFFERENCE),
    ),
)


def shares_right(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    return float((before == labels).mean()), float((after == labels).mean())


def with_error(function: Callable[..., float]) -> Callable[..., tuple[float, float]]:
    """paired_difference with another error, function(d)."""

    def other(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
        d = (after == labels).astype(float) - (before == labels)
        return float(d.mean()), float(function(d))

    return other


@PAIRED.mistake(
    "You add the variances of two accuracies, as if each net had been judged by other examples. Both saw the same: "
    "look at each example's own difference."
)
def adds_variances(labels, before, after) -> tuple[float, float]:
    first, second = shares_right(labels, before, after)
    variance = standard_error(first, len(labels)) ** 2 + standard_error(second, len(labels)) ** 2
    return second - first, float(np.sqrt(variance))


@PAIRED.mistake("You add the two standard errors; and both nets were judged by the same examples.")
def adds_errors(labels, before, after) -> tuple[float, float]:
    first, second = shares_right(labels, before, after)
    return second - first, standard_error(first, len(labels)) + standard_error(second, len(labels))


@PAIRED.mistake("The sign is turned round: positive is where `after` is better than `before`.")
def turns_sign(labels, before, after) -> tuple[np.floating, np.floating]:
    return paired_difference(labels, after, before)


@PAIRED.mistake("You return the size of the difference without its sign; a net can get worse.")
def loses_sign(labels, before, after) -> tuple[np.floating, np.floating]:
    difference, error = paired_difference(labels, before, after)
    return abs(difference), error


@PAIRED.mistake("The number of examples is missing: that is how much one example varies, not the mean of many.")
def forgets_count_of_pairs(labels, before, after) -> tuple[float, float]:
    return with_error(np.std)(labels, before, after)


@PAIRED.mistake("That is the variance of the difference; the standard error is its root.")
def forgets_root_of_pairs(labels, before, after) -> tuple[float, float]:
    return with_error(lambda d: d.var() / len(d))(labels, before, after)


@PAIRED.mistake("The squared mean is missing: the variance is the mean of the squares minus the square of the mean.")
def forgets_squared_mean(labels, before, after) -> tuple[float, float]:
    return with_error(lambda d: np.sqrt(np.mean(d**2) / len(d)))(labels, before, after)


@PAIRED.mistake("You divide by N - 1; the formula has N.")
def takes_one_pair_off(labels, before, after) -> tuple[float, float]:
    return with_error(lambda d: np.sqrt(d.var(ddof=1) / len(d)))(labels, before, after)


@PAIRED.mistake("You count examples; return shares of them, as an accuracy is one.")
def counts_pairs(labels, before, after) -> tuple[np.floating, np.floating]:
    difference, error = paired_difference(labels, before, after)
    return difference * len(labels), error * len(labels)


@PAIRED.mistake("You take how sure each net's own accuracy is; asked is the error of the difference.")
def takes_error_of_one(labels, before, after) -> tuple[float, float]:
    first, second = shares_right(labels, before, after)
    return second - first, standard_error(second, len(labels))


# The exam

FRESH = 2000
"""How many examples: the standard error of an accuracy is at most 1.1 percent, and 0.6 at 92 percent."""
LEVELS = {0.2: 2, 0.5: 3, 0.75: 3, 0.85: 4, 0.92: 3}
"""Points by the accuracy that must be reached."""
HONOURS = (0.94, 0.96, 0.98)
"""Accuracies beyond the last level that are told for honour, and earn nothing."""
ANSWERS: dict[bytes, int] = {}
"""The label of each image that was drawn, by the image's bytes; nothing but `predict` below reads it."""


@cache
def unseen() -> tuple[np.ndarray, np.ndarray]:
    """The handwritten digits that are neither in x_train nor in x_validation: images (N, 1, 8, 8), labels (N,)."""
    data = digits(dtype=np.float32)
    return data.x_test, data.y_test


@lru_cache(maxsize=4)
def draw(number: int, count: int) -> np.ndarray:
    """Fresh images (count, 1, 14, 14) of the unseen digits; their labels are kept in ANSWERS."""
    rng, (images, labels) = np.random.default_rng(number), unseen()
    chosen = rng.integers(len(images), size=count)
    fresh = distort(images[chosen], rng)
    ANSWERS.update(zip(map(bytes, fresh), labels[chosen].tolist()))
    return fresh


def exam(rng: Generator, count: int = FRESH) -> Iterator[Case]:
    yield {"images": draw(int(rng.integers(2**62)), count)}


def predict(images: np.ndarray) -> np.ndarray:
    """Say which digit each image (N, 1, 14, 14) shows; returns (N,). No net: it drew the images, and looks it up."""
    return np.array([ANSWERS[bytes(image)] for image in images])


FINE = "a whole number from 0 to 9 for each image"
HALF_RIGHT = 0.5


def problem(predictions: Any, labels: np.ndarray) -> str:
    """What is wrong with the predictions as such, in a few words; "" where only their accuracy counts."""
    try:
        found = np.asarray(predictions)
    except ValueError:
        return f"{kind(predictions)} of unequal parts"
    if found.dtype.kind not in "iuf":
        return f"{kind(predictions)} where numbers are needed"
    if found.shape != labels.shape:
        return wrong_shape(found, len(labels))
    if not np.array_equal(found, np.round(found)):
        return "numbers that are not whole"
    return wrong_labels(found, labels)


def wrong_shape(found: np.ndarray, count: int) -> str:
    if found.shape == (count, 10):
        one_hot = np.array_equal(found, found.astype(bool)) and (found.sum(axis=1) == 1).all()
        shares = (found >= 0).all() and np.allclose(found.sum(axis=1), 1, atol=1e-3)
        return (
            "a one-hot row for each image" if one_hot else f"a row of 10 {'shares' if shares else 'numbers'} for each"
        )
    if found.shape == (count, 1):
        return "a column"
    if found.shape == (10,):
        return "one number for each class"
    if found.ndim == 1 and len(found) < count:
        return "fewer labels than images"
    return f"the shape {found.shape}"


def wrong_labels(found: np.ndarray, labels: np.ndarray) -> str:
    if (found == found[0]).all():
        return "one label for all images"
    shift = next((s for s in range(1, 10) if ((found - labels) % 10 == s).mean() > HALF_RIGHT), 0)
    if shift:
        return f"labels {shift if shift < 6 else 10 - shift} too {'high' if shift < 6 else 'low'}"
    if ((found < 0) | (found > 9)).any():
        return f"labels from {found.min():g} to {found.max():g}"
    counts = np.abs(np.bincount(found.astype(int), minlength=10) - np.bincount(labels, minlength=10)).sum()
    if counts < 0.1 * len(labels) and (found == labels).mean() < min(LEVELS):
        return "labels that fit other images"
    return ""


def reaches(level: float) -> Callable[[Attempt], dict[str, Any]]:
    """Look whether a share of at least `level` of the predictions is right."""

    def look(attempt: Attempt) -> dict[str, Any]:
        labels, predictions = predict(attempt.arguments["images"]), attempt.outputs["labels"]
        if wrong := problem(predictions, labels):
            return {"predict returns": wrong}
        right = int((np.asarray(predictions) == labels).sum())
        if right < level * len(labels):
            raise StudentError(told(right, len(labels)), f"{right} right")
        return {"predict returns": FINE}

    return look


def told(right: int, count: int) -> str:
    """The accuracy with its standard error, and the next one that earns points or honour."""
    share, error = right / count, standard_error(right / count, count)
    said = f"{right:,} of the {count:,} fresh digits are right, {share:.2%}, give or take {error:.2%} (standard error)."
    levels = [*LEVELS, *HONOURS]
    below, above = ([one for one in levels if (one <= share) == below] for below in (True, False))
    if not below:
        said += " Guessing gives 10%."
    if above:
        coming = "The next points come" if above[0] in LEVELS else "The next level, for honour alone, comes"
        said += f" {coming} at {above[0]:.0%}."
    near = [one for one in LEVELS if abs(one - share) < 2 * error]
    return said + (f" {near[0]:.0%} is within two standard errors: other digits may decide otherwise." if near else "")


def reached(attempt: Attempt) -> str:
    """What is said of a net that has reached the last level."""
    labels, predictions = predict(attempt.arguments["images"]), attempt.outputs["labels"]
    if problem(predictions, labels):
        return ""
    return told(int((np.asarray(predictions) == labels).sum()), len(labels))


def on_a_copy(function: Callable[..., Any], images: np.ndarray) -> Any:
    """So that a function that changes the images loses the points for that alone."""
    return function(images.copy())


def twice(function: Callable[..., Any], images: np.ndarray) -> list[Any]:
    return [function(images.copy()) for _ in range(2)]


def all_and_one_by_one(function: Callable[..., Any], images: np.ndarray) -> list[Any]:
    return [function(images.copy()), [function(images[i : i + 1].copy()) for i in range(len(images))]]


def same_twice(attempt: Attempt) -> dict[str, Any]:
    first, second = map(np.asarray, attempt.outputs["labels"])
    return {"asked twice": "the same labels" if np.array_equal(first, second) else "other labels"}


def same_alone(attempt: Attempt) -> dict[str, Any]:
    """Look whether an image gets the label alone that it gets among others; 1 in 100 may be at a tie."""
    together, alone = attempt.outputs["labels"]
    odd = next((one for one in alone if np.shape(one) != (1,)), None)
    if odd is not None:
        return {"one image": "a number without an axis" if np.shape(odd) == () else f"the shape {np.shape(odd)}"}
    same = np.mean(np.concatenate(alone) == np.asarray(together)) >= 0.99
    return {"one image": "the same label alone as among others" if same else "another label alone than among others"}


def same_images(attempt: Attempt) -> dict[str, Any]:
    same = all(bytes(image) in ANSWERS for image in attempt.after()["images"])
    return {"images after the call": "as they were" if same else "changed"}


NO_GUESS = "50% of fresh digits right"


def exam_criteria() -> tuple[Criterion, ...]:
    levels = [
        Criterion(
            f"{level:.0%} of fresh digits right",
            points,
            exam,
            reaches(level),
            0.0,
            draw="exam",
            ask=on_a_copy,
            says=reached if level == max(LEVELS) else None,
        )
        for level, points in LEVELS.items()
    ]
    return (
        *levels,
        Criterion(
            "the same labels when asked twice", 2, partial(exam, count=500), same_twice, 0.0, NO_GUESS, ask=twice
        ),
        Criterion("one image alone", 2, partial(exam, count=100), same_alone, 0.0, NO_GUESS, ask=all_and_one_by_one),
        Criterion("the images are not changed", 1, partial(exam, count=50), same_images, 0.0, NO_GUESS),
    )


PREDICT = Exercise(predict, ("labels",), exam_criteria(), exam=True)


@PREDICT.mistake("You return one-hot rows; the label is the place of the 1.")
def returns_one_hot(images) -> np.ndarray:
    return np.eye(10)[predict(images)]


@PREDICT.mistake("You return ten probabilities for each image; the label is the class with the largest one.")
def returns_probabilities(images) -> np.ndarray:
    return 0.9 * np.eye(10)[predict(images)] + 0.01


@PREDICT.mistake("You return the ten outputs of the net for each image; the label is the class with the largest one.")
def returns_logits(images) -> np.ndarray:
    return 5 * np.eye(10)[predict(images)] - 1


@PREDICT.mistake("You return a column, (N, 1); the labels are (N,).")
def returns_column(images) -> np.ndarray:
    return predict(images)[:, None]


@PREDICT.mistake(
    "You look for the largest number down the images; over the classes it must be, so that each image gets one."
)
def takes_wrong_axis(images) -> np.ndarray:
    return np.eye(10)[predict(images)].argmax(axis=0)


@PREDICT.mistake("There are fewer labels than images: does predict return after the first batch?")
def returns_first_batch(images) -> np.ndarray:
    return predict(images[: len(images) // 2 + 1])


@PREDICT.mistake(
    "Every image gets the same label. Was the net trained, and did its loss fall? Is it fed images as in training?"
)
def answers_one_class(images) -> np.ndarray:
    return np.full(len(images), 1)


@PREDICT.mistake("Most labels are 1 too high: classes are counted from 0, and the class of index 0 is the digit 0.")
def labels_too_high(images) -> np.ndarray:
    return predict(images) + 1


@PREDICT.mistake("Most labels are 1 too low: the class of index 0 is the digit 0.")
def labels_too_low(images) -> np.ndarray:
    return predict(images) - 1


@PREDICT.mistake(
    "No better than guessing, although each digit comes about as often as it should: are labels and images in the same "
    "order, in training and in what predict returns?"
)
def mixes_up_order(images) -> np.ndarray:
    return predict(images)[::-1]


LUCK = np.random.default_rng(11)


@PREDICT.mistake(
    "Asked twice about the same images, predict gives other labels: is dropout still on? A net in use drops nothing."
)
def leaves_dropout_on(images) -> np.ndarray:
    labels = predict(images)
    return np.where(LUCK.random(len(labels)) < 0.05, LUCK.integers(10, size=len(labels)), labels)


@PREDICT.mistake(
    "An image alone gets another label than among others: does predict compute a mean over the batch? Whatever a net "
    "needs beside the image, it must have from training."
)
def uses_batch_statistics(images) -> np.ndarray:
    labels, gray = predict(images), images.mean(axis=(1, 2, 3))
    return np.where(np.abs(gray - gray.mean()) > 2 * gray.std(), 9 - labels, labels)


@PREDICT.mistake(
    "For a single image predict returns a number without an axis: `squeeze` takes away the axis of the images too."
)
def squeezes_batch(images) -> np.ndarray:
    return np.squeeze(predict(images))


@PREDICT.mistake("predict changes the images that it is given (`images -= ...` writes into them); make a new array.")
def changes_images(images) -> np.ndarray:
    labels = predict(images)
    images -= images.mean()
    return labels


@STANDARD_ERROR.mistake("You leave out that the accuracy decides: the root is over accuracy (1 - accuracy) / count.")
def leaves_out_accuracy(accuracy, count) -> float:
    return float(1 / np.sqrt(count))


@STANDARD_ERROR.mistake("The accuracy belongs under the root, times 1 - accuracy.")
def leaves_accuracy_outside(accuracy, count) -> float:
    return float(accuracy / np.sqrt(count))


@PAIRED.mistake("Your difference is a number of examples: divide by how many there are.")
def counts_difference(labels, before, after) -> tuple[float, float]:
    difference, error = paired_difference(labels, before, after)
    return float(difference * len(labels)), float(error)


@PAIRED.mistake("You divide the standard deviation by N: divide it by the root of N.")
def divides_by_count(labels, before, after) -> tuple[float, float]:
    difference, error = paired_difference(labels, before, after)
    return float(difference), float(error / np.sqrt(len(labels)))


@PAIRED.mistake("You return percent: both are shares of 1.")
def returns_both_in_percent(labels, before, after) -> tuple[float, float]:
    difference, error = paired_difference(labels, before, after)
    return float(100 * difference), float(100 * error)


@PAIRED.mistake("Your results are exchanged: return the difference, then its error.")
def exchanges_results(labels, before, after) -> tuple[float, float]:
    difference, error = paired_difference(labels, before, after)
    return float(error), float(difference)


@PAIRED.mistake("You divide by N - 1: here it is the plain mean, by N.")
def takes_one_pair_off_where_there_are_two(labels, before, after) -> tuple[float, float]:
    difference, error = paired_difference(labels, before, after)
    return float(difference), float(error * np.sqrt(len(labels) / max(len(labels) - 1, 1)))


@PAIRED.mistake(
    "You count the examples on which only one of the nets is right, whichever it is: where it is the first, d is -1."
)
def loses_sign_of_each(labels, before, after) -> tuple[float, float]:
    d = (after == labels) != (before == labels)
    return float(d.mean()), float(np.sqrt(d.var() / len(d)))


@WORST.mistake("You go by the largest logit, how sure the net is: the loss says how wrong it is.")
def goes_by_confidence(logits, labels, count) -> np.ndarray:
    return np.argsort(-logits.max(axis=1))[:count]


@WORST.mistake("np.argpartition finds the worst examples, but leaves them in any order: sort them.")
def partitions(logits, labels, count) -> np.ndarray:
    return np.argpartition(-losses(logits, labels), count - 1)[:count]


@WORST.mistake("You look among the wrong answers only: every example has a loss, and right ones may be asked for too.")
def looks_among_wrong(logits, labels, count) -> np.ndarray:
    places = worst_mistakes(logits, labels, len(labels))
    return places[logits.argmax(axis=1)[places] != labels[places]][:count]


@WORST.mistake("You return the labels: return the places of the examples.")
def returns_labels(logits, labels, count) -> np.ndarray:
    return labels[worst_mistakes(logits, labels, count)]


@PREDICT.mistake("More than the labels comes back: predict returns them alone, without a cache.")
def returns_pair(images) -> Any:
    return predict(images), None


@PREDICT.mistake(
    "Your labels are no whole numbers: do you return the largest output (max), and not its place (argmax)?"
)
def returns_largest_output(images) -> np.ndarray:
    return np.full(len(images), 0.97)


@PREDICT.mistake("One number comes back for all images: each has a label of its own, (N,).")
def returns_one_number(images) -> Any:
    return predict(images)[0]


@WORST.mistake("You go by how sure the net is, right or wrong: the loss is large where it was sure of another digit.")
def goes_by_largest_probability(logits, labels, count) -> np.ndarray:
    return one_by_one(lambda logits, _: np.exp(-losses(logits, logits.argmax(axis=1))))(logits, labels, count)


@WORST.mistake(
    "Among the wrong ones you go by how sure the net was of its own answer: the loss asks how little the label got."
)
def goes_by_confidence_of_wrong(logits, labels, count) -> np.ndarray:
    wrong = np.flatnonzero(logits.argmax(axis=1) != labels)
    sure = np.exp(-losses(logits[wrong], logits[wrong].argmax(axis=1)))
    return wrong[np.argsort(-sure, kind="stable")][:count]


@WORST.mistake(
    "You go by the distance to the largest logit: the loss takes all logits of the row, by their exponentials."
)
def goes_by_margin(logits, labels, count) -> np.ndarray:
    return one_by_one(lambda logits, labels: logits.max(axis=1) - own_logit(logits, labels))(logits, labels, count)


@WORST.mistake("You return the first wrong examples, in their order: put those with the largest loss first.")
def returns_first_wrong(logits, labels, count) -> np.ndarray:
    return np.flatnonzero(logits.argmax(axis=1) != labels)[:count]


@STANDARD_ERROR.mistake("You take 1/2 for the accuracy, the worst case: here it is known.")
def assumes_half(accuracy, count) -> float:
    return float(0.5 / np.sqrt(count))


EXERCISES = (STANDARD_ERROR, PAIRED, CONFUSION, WORST, PREDICT)
