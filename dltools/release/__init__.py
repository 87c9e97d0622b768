"""From solutions/ to course/: made, proved, packed."""
