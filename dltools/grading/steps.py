"""The old name of `nbgrader_steps`, for an nbgrader_config.py that has it."""

from dltools.grading.nbgrader_steps import Execute, HideTests, Repair, SaveGrades, SubmissionExporter

__all__ = ["Execute", "HideTests", "Repair", "SaveGrades", "SubmissionExporter"]
