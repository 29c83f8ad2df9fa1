"""Checkpoints of a whole model: weights, optimizer slots, averages, counters, log sums."""

from amnat.errors import InputError
from amnat.training.run_directory import remove_old_checkpoints, seal_checkpoint

import tensorflow as tf


def save(model, folder, iteration, max_to_keep):
    """Writes ckpt-<iteration> and removes the oldest beyond `max_to_keep`.

    The new checkpoint counts only once it is whole (`seal_checkpoint`); the old ones go after.
    """
    tf.train.Checkpoint(model=model).write(str(folder / f"ckpt-{iteration}"))
    seal_checkpoint(folder, iteration)
    remove_old_checkpoints(folder, max_to_keep)


def restore(model, folder, iteration):
    """Restores ckpt-<iteration>; raises InputError if it belongs to another model."""
    prefix = str(folder / f"ckpt-{iteration}")
    try:
        tf.train.Checkpoint(model=model).read(prefix).assert_consumed()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"--bLoadCheckpoint: {prefix} was written by another model or method ({reason})"
        ) from error
