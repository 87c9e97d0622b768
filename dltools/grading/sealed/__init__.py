"""Sealed grading: the trusted side; `wire` is what both sides speak, `inside` what runs in the student's process."""
