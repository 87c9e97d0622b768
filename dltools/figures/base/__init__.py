"""The base of all figures: widget, scene, controls, style, and the student's function."""
