"""What a student runs."""
