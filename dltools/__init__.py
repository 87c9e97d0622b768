"""The course's own library: layers, training, checks, figures, release and grading."""
