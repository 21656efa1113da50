"""Several terminals and their headquarters in one process, on a clock that a seed turns."""
