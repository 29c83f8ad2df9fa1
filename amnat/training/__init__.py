"""Optimizers, schedules, run directory, callbacks and the training loop."""
