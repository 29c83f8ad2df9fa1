"""Checkpoints of a whole model: weights, optimizer slots, averages, counters, log sums."""

import contextlib
import pathlib
import tempfile

from amnat.errors import InputError
from amnat.training.run_directory import (
    checkpoint_record,
    remove_old_checkpoints,
    remove_unsealed,
    seal_checkpoint,
)

import tensorflow as tf


def save(model, folder, iteration, max_to_keep):
    """Writes ckpt-<iteration> and removes the oldest beyond `max_to_keep`.

    The new checkpoint counts only once it is whole (`seal_checkpoint`); the old ones go after.

    Raises: OSError or tf.errors.OpError if it cannot be written; nothing of it is left then.
    """
    try:
        tf.train.Checkpoint(model=model).write(str(folder / f"ckpt-{iteration}"))
        generation = getattr(model, "noise_generation", 0)
        record = {"noise_generation": generation} if generation else {}
        seal_checkpoint(folder, iteration, **record)
        remove_old_checkpoints(folder, max_to_keep)
    except (OSError, tf.errors.OpError):
        # What it has taken of a full disk.
        with contextlib.suppress(OSError):
            remove_unsealed(folder)
        raise


def take_part(model):
    """What the workers that write no checkpoint do while the chief writes one.

    Variables that replicas hold in parts are added up for it by all workers, each of which writes
    what it reads; here to a folder that goes at once.
    """
    with tempfile.TemporaryDirectory(prefix="amnat-worker-") as folder:
        tf.train.Checkpoint(model=model).write(str(pathlib.Path(folder) / "ckpt"))


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
    if hasattr(model, "noise_generation"):
        model.noise_generation = checkpoint_record(folder, iteration).get("noise_generation", 0)
