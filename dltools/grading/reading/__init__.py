"""From the files that were handed in to a notebook that can be graded."""
