"""Results that programs read: Gradescope's results.json, and the scores of LTI's grade service.

Sources: gradescope-autograders.readthedocs.io (Specifications); IMS LTI Assignment and Grade Services 2.0, 3.4.
"""

from datetime import UTC, datetime
from typing import Any

from dltools.grading.returning.results import Result, Results


def gradescope_results(result: Result) -> dict[str, Any]:
    """One student's results.json: a test an exercise, with what its check said."""
    tests = [
        {
            "name": name.removeprefix("check_"),
            "number": str(number),
            "score": got,
            "max_score": most,
            "status": "passed" if got >= most else "failed",
            "output": result.said.get(name, ""),
            "output_format": "text",
            "visibility": "visible",
        }
        for number, (name, (got, most)) in enumerate(result.points.items(), 1)
    ]
    return {"score": result.score, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}


def lti_scores(results: Results, record: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A score for each student; who waits for a person is PendingManual and has none.

    Canvas takes its own number of a user for LTI's; elsewhere userId is the id of the class list.
    """
    return [lti_score(result, results.max_score, record) for result in results.by_student.values()]


def lti_score(result: Result, most: float, record: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kept = record.get(result.student, {})
    score: dict[str, Any] = {
        "userId": kept["number"] if kept.get("platform") == "canvas" else result.student,
        "activityProgress": "Completed",
        "gradingProgress": "PendingManual" if result.waits else "FullyGraded",
        "timestamp": datetime.fromtimestamp(result.graded_at, UTC).isoformat(timespec="milliseconds"),
    }
    if not result.waits:
        score |= {"scoreGiven": round(result.score, 4), "scoreMaximum": most}
    if result.handed_in:
        score["submission"] = {"submittedAt": result.handed_in}
    return score
