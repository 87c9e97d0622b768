"""Which known mistake a failed criterion shows: said only where it agrees with all that was seen.

A mistake is named if it agrees with the student on every criterion that the student passes, and for the failed ones
that it explains, where it returns what the student returned. An exception is the same by its message or line, not by
its type; nan is the same only if the arithmetic went wrong in the same way; a criterion that sees one small number
names nobody. Where it leaves failed criteria unexplained, what it explains must be no accident: it is not the same
exception or nan that is met there too, not a few equal numbers, and what it would return there does not speak against
it. Two that explain all together are both named (two_faults.py); one that explains each wrong call, where others of the
same criteria go right, is named for those. By an exception alone nothing is named while wrong numbers are left that no
mistake explains: what made them may have raised it too. What any layer can do, another dtype or a changed argument,
has its own sentences.
"""

from dataclasses import dataclass

from dltools.checks.alike import (
    FEW,
    agrees,
    compare,
    exceptions,
    first_unlike,
    fractions,
    is_about_habits,
    lost_numbers,
    sees_little,
    speaks_against,
    values_of,
    wrong_results,
)
from dltools.checks.common_mistakes import ONE_TRUTH
from dltools.checks.exercise import IN_SINGLE, Exercise, Mistake, StudentError
from dltools.checks.trials import AFTER, DTYPE, Judged
from dltools.checks.two_faults import two_faults


@dataclass(frozen=True)
class Habit:
    """What any layer can do wrong: the name for statistics and the sentence for the student."""

    name: str
    says: str


@dataclass(frozen=True)
class Both:
    """Two known mistakes that show in one criterion."""

    one: Mistake
    other: Mistake

    @property
    def name(self) -> str:
        return f"{self.one.name} {self.other.name}"

    @property
    def says(self) -> str:
        return f"{self.one.says} {self.other.says}"


@dataclass(frozen=True)
class InPart:
    """A known mistake that shows in every call that is wrong, and would show in others that are right."""

    mistake: Mistake

    @property
    def name(self) -> str:
        return self.mistake.name

    @property
    def says(self) -> str:
        return f"Some of these calls go right. In those that do not: {self.mistake.says}"


Named = Mistake | Habit | Both | InPart


def name_problems(exercise: Exercise, found: list[Judged]) -> dict[int, Named]:
    """The known mistake or the habit behind each failed criterion, by its number, where there is one."""
    named: dict[int, Named] = {}
    for i, judged in enumerate(found):
        if judged.problem and (said := habit(judged)):
            named[i] = said
    failed = [i for i, judged in enumerate(found) if judged.problem and i not in named]
    asking = (i for i, judged in enumerate(found) if judged.problem and judged.problem.kind.startswith(NO_TRUTH))
    return dict.fromkeys(asking, Habit("wants_one_truth", ONE_TRUTH)) | named | known_mistakes(exercise, found, failed)


def known_mistakes(exercise: Exercise, found: list[Judged], failed: list[int]) -> dict[int, Named]:
    """The known mistake behind each of the failed criteria: one that explains all, two that do, or the best of each."""
    told = [i for i in failed if found[i].rows]
    telling = sorted((i for i in told if not sees_little(found[i])), key=lambda i: found[i].rank)
    unwritten = any(isinstance(s, StudentError) and s.kind == "unwritten" for judged in found for s in judged.seen)
    if unwritten or not telling:
        return {}
    passed = [judged for judged in found if not judged.problem and judged.rows and not is_about_habits(judged)]
    for mistake in exercise.mistakes:  # one that explains all is the name, whatever else explains a part
        if all(agrees(exercise, mistake, judged) for judged in (*(found[i] for i in (*telling, *told)), *passed)):
            return dict.fromkeys(told, mistake)
    if two := two_faults(exercise, [found[i] for i in dict.fromkeys((*telling, *told))], passed):
        return both_named(found, told, two)
    explained = explanations(exercise, found, told, telling, passed)
    if not explained and (part := of_wrong_calls(exercise, [found[i] for i in told], passed)):
        return dict.fromkeys(told, InPart(part))

    def fits(mistake: Mistake) -> tuple[int, int]:
        """How many criteria it explains, and at how few of the others it would go wrong where the answer does not."""
        rest = [found[i] for i in failed if i not in explained[mistake]]
        return len(explained[mistake]), -sum(any(c.against for c in compare(exercise, mistake, one)) for one in rest)

    explaining = {i: [m for m, where in explained.items() if i in where] for i in told}
    return {i: max(mistakes, key=fits) for i, mistakes in explaining.items() if mistakes}


def both_named(found: list[Judged], told: list[int], two: dict[Mistake, list[Judged]]) -> dict[int, Named]:
    """The one of two mistakes that shows in each criterion; where both do, that which is told nowhere alone."""
    there = {i: [m for m, where in two.items() if any(found[i] is judged for judged in where)] for i in told}
    not_passed = {judged.criterion.name for judged in found if judged.problem}
    looked_at = [m for i, m in there.items() if found[i].criterion.after not in not_passed]  # the others wait
    alone = {mistakes[0] for mistakes in looked_at if len(mistakes) == 1}
    named: dict[int, Named] = {}
    for i, mistakes in there.items():
        left = [mistake for mistake in mistakes if mistake not in alone]
        if mistakes:
            named[i] = Both(*left) if len(left) == 2 else (left or mistakes)[0]
    return named


def habit(judged: Judged) -> Habit | None:
    """The sentence for another dtype or a changed argument, where that is the problem."""
    if judged.of_last_call:
        return Habit("keeps_last_call", LAST_CALL)
    if judged.of_chance:
        return Habit("draws_anew", ANEW)
    path = judged.problem.path if judged.problem else ""
    name, after, _ = path.partition(AFTER)
    if after:
        return Habit(f"changes_{name}", changed(name))
    if IN_SINGLE in path:
        return Habit("wrong_in_float32", WRONG_IN_SINGLE)
    if not path.endswith(DTYPE):
        return None
    return Habit("other_dtype", NARROWED if path == DTYPE else OTHER_DTYPE)


NO_TRUTH = "ValueError: The truth value of an array"
LAST_CALL = (
    "Your backward works on what the last call of your forward has left behind, in a global variable, an attribute or "
    "a buffer that is filled anew. A layer may be called twice before the first way back: the cache that comes in must "
    "hold all that is needed, in arrays of its own."
)
ANEW = (
    "The same call gives another result the second time: nothing is drawn or shuffled by chance here, and nothing is "
    "kept from the call before."
)
WRONG_IN_SINGLE = (
    "Your numbers are right where float64 comes in, and wrong where float32 does, although the dtype stays. A branch "
    "that asks for the dtype does that, a step in float16 or in whole numbers, or a number on the way that is too "
    "large for float32, as e to the power of 89 is."
)
NARROWED = "Your result is float32 although what comes in is float64: let the dtype of the input decide."
OTHER_DTYPE = (
    "The result must have the dtype of the input. An array made inside is float64 whatever x is: give it x.dtype, "
    "as in np.zeros(shape, x.dtype). np.sqrt(2) and np.prod(x.shape) are NumPy's numbers and make float64 of all they "
    "meet; 2**0.5 and x.size are Python's and do not."
)


HABITS = {
    "keeps_last_call": LAST_CALL,
    "draws_anew": ANEW,
    "wrong_in_float32": WRONG_IN_SINGLE,
    "other_dtype": OTHER_DTYPE,
    "wants_one_truth": ONE_TRUTH,
}
"""What any layer can do wrong, and no exercise need record, but for changed arguments: the sentences by their names."""


def changed(name: str) -> str:
    return (
        f"You write into {name} itself, which the caller may still need: {name} -= ..., {name}[...] = ... and "
        f"out={name} do that. Make a new array, or work on a copy (of a list: a copy of each array in it)."
    )


def of_wrong_calls(exercise: Exercise, failed: list[Judged], passed: list[Judged]) -> Mistake | None:
    """The one mistake that agrees in each call of the failed criteria that is wrong, and with all criteria passed.

    A call or two are few: where another mistake would explain them too, there is none, nor where numbers are lost.
    """
    calls = [row for judged in failed for row in judged.rows]
    wrong = [(trial, seen) for trial, seen in calls if trial.is_failed(seen)]
    if len(wrong) == len(calls):  # none goes right: what explains them explains the criteria
        return None
    results = wrong_results(failed)
    if fractions(results) < FEW or any(lost_numbers({name: value}) for name, value in results):
        return None

    def explains(mistake: Mistake) -> bool:
        return not first_unlike(exercise, mistake, wrong) and all(agrees(exercise, mistake, j) for j in passed)

    found = [mistake for mistake in exercise.mistakes if explains(mistake)]
    return found[0] if len({mistake.says for mistake in found}) == 1 else None


def explanations(
    exercise: Exercise, found: list[Judged], told: list[int], telling: list[int], passed: list[Judged]
) -> dict[Mistake, list[int]]:
    """For each known mistake that explains a part, the failed criteria that it explains."""
    explained = {}
    for mistake in exercise.mistakes:
        where = explained_by(exercise, mistake, {i: found[i] for i in telling}, len(told))
        if where and all(agrees(exercise, mistake, judged) for judged in passed):
            where += [i for i in told if i not in telling and agrees(exercise, mistake, found[i])]
            rest = [found[i] for i in told if i not in where]
            if not rest or stands_beside(exercise, mistake, [found[i] for i in where], rest):
                explained[mistake] = where
    known = {i for where in explained.values() for i in where}
    if values_of([found[i] for i in told if i not in known]):
        return {mistake: where for mistake, where in explained.items() if values_of([found[i] for i in where])}
    return explained


def explained_by(exercise: Exercise, mistake: Mistake, telling: dict[int, Judged], told: int) -> list[int]:
    """The criteria with which a mistake agrees; none as soon as so many speak against it that it will not be named.

    Args:
        exercise: what is asked.
        mistake: one that is known.
        telling: the failed criteria that tell mistakes apart, by number.
        told: the number of all failed criteria.
    """
    agreed, against, left = [], 0, told
    for i, judged in telling.items():
        unlike = first_unlike(exercise, mistake, judged.rows)
        if unlike is None:
            agreed.append(i)
            continue
        left -= 1
        against += speaks_against(exercise, mistake, *unlike)
        if outweighed(against, left):
            return []
    return agreed


def outweighed(against: int, explained: int) -> bool:
    """Whether too many criteria speak against a mistake, beside those that it explains."""
    return 2 * against > explained


def stands_beside(exercise: Exercise, mistake: Mistake, explained: list[Judged], rest: list[Judged]) -> bool:
    """Whether a mistake that explains some of the failed criteria may be one fault of several."""
    raised = exceptions(explained)
    if raised & exceptions(rest):
        return False
    beside = [compare(exercise, mistake, judged) for judged in rest]
    unexplained = [name for rows in beside for one in rows for name in one.unexplained]
    lost = any(lost_numbers(one.values) for one in values_of(explained))
    against = sum(any(one.against and (lost or not one.lost) for one in rows) for rows in beside)
    if raised:
        return not against
    if lost and "lost" in unexplained:
        return False
    wrong = wrong_results(explained)
    accident = fractions(wrong) < FEW and {name for name, _ in wrong} & {*unexplained}
    return not outweighed(against, len(explained)) and not accident
