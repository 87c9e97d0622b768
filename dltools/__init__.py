"""The course's own library: layers, training, checks, figures, release and grading."""

__version__ = "1.1.0"
"""The one place that says it; CHANGELOG.md tells what each version brought."""
