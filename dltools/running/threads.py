"""How many threads a matrix product gets."""

LIBRARIES = ("OPENBLAS", "OMP", "MKL")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}
"""Environment variables: the matrices of the course are small, so that more threads mostly wait for each other."""
