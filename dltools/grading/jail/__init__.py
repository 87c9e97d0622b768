"""The jail around a student's kernel: levels.py says what each level does; filters and mounts are how."""
