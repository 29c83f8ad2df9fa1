"""Comparisons of training runs: their rows, the processes of their runs, and the table."""
