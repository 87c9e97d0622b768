"""What staff run: collect, jail, workers, gradebook, report."""
