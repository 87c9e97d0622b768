"""What staff run: intake, jail, workers, gradebook, report."""
