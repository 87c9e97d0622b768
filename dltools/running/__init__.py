"""The ground that all stands on: time limits, threads, sockets, files."""
