"""nbgrader's configuration: `nbgrader`, formgrader and `dltools` all read this one."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "default_course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.solution_directory = "solution_unused"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", ".*", "feedback"]

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "dltools.release.metadata.OpenQuestions",
    "dltools.release.metadata.QuestionPictures",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
    "dltools.release.metadata.CleanMetadata",
]

# Late submissions, nbgrader's own way: "none", or "zero" for no points after the due date.
c.LateSubmissionPlugin.penalty_method = "none"

# Grading: formgrader's Autograde button takes the same steps as `dltools grade`.
c.Autograde.exporter_class = "dltools.grading.nbgrader_steps.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "dltools.grading.nbgrader_steps.Repair",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "dltools.grading.nbgrader_steps.Execute",
    "dltools.grading.nbgrader_steps.SaveGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.exporter_class = "dltools.grading.book.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "dltools.grading.nbgrader_steps.GetGrades",
    "dltools.grading.nbgrader_steps.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# What is shown in formgrader and in feedback is cleaned as it is rendered: no scripts, nothing that renders for ever.
c.HTMLExporter.filters = {
    "markdown2html": "dltools.grading.sanitize.markdown",
    "highlight_code": "dltools.grading.sanitize.highlight",
}
