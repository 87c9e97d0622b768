"""What is kept and shown: course folders, gradebook, roster, report, feedback."""
