"""Checkpoints of a whole model: weights, optimizer slots, averages, counters, log sums."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

from amnat.errors import InputError
from amnat.files import scratch_folder
from amnat.training.run_directory import (
    checkpoint_record,
    remove_old_checkpoints,
    remove_unsealed,
    seal_checkpoint,
)

import tensorflow as tf
import tf_keras as keras


def save(model: keras.Model, folder: pathlib.Path, iteration: int, max_to_keep: int) -> None:
    """Writes ckpt-<iteration> and removes the oldest checkpoints beyond `max_to_keep`.

    The new checkpoint only counts once it is complete (`seal_checkpoint`); after that the old ones
    are removed.

    Raises: OSError or tf.errors.OpError if it cannot be written. Nothing of it is left then.
    """
    try:
        tf.train.Checkpoint(model=model).write(str(folder / f"ckpt-{iteration}"))
        generation = getattr(model, "noise_generation", 0)
        record = {"noise_generation": generation} if generation else {}
        if hasattr(model, "rng_version"):
            record["rng_version"] = model.rng_version
        seal_checkpoint(folder, iteration, **record)
        remove_old_checkpoints(folder, max_to_keep)
    except (OSError, tf.errors.OpError):
        # This frees the space that the incomplete checkpoint takes on a full disk.
        with contextlib.suppress(OSError):
            remove_unsealed(folder)
        raise


def take_part(model: keras.Model) -> None:
    """Takes part in a checkpoint that the chief writes, on the workers that write none.

    Variables that the replicas hold in parts are summed over all workers for it, so every worker
    has to write a checkpoint. These workers write to a folder that is removed at once.
    """
    with scratch_folder("amnat-worker-") as folder:
        tf.train.Checkpoint(model=model).write(str(folder / "ckpt"))


def restore(model: keras.Model, folder: pathlib.Path, iteration: int) -> None:
    """Restores ckpt-<iteration>; raises InputError if it belongs to another model.

    The optimizers keep the rates and momenta that they were created with, so a run may go on with
    other ones.
    """
    prefix = str(folder / f"ckpt-{iteration}")
    try:
        with _hyperparameters_kept(model):
            tf.train.Checkpoint(model=model).read(prefix).assert_consumed()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"{prefix} was written by another model or method, or with other flags ({reason})"
        ) from error
    if hasattr(model, "noise_generation"):
        record = checkpoint_record(folder, iteration)
        model.noise_generation = record.get("noise_generation", 0)
        # Runs that do not record a version are older than the record.
        model.rng_version = record.get("rng_version", 1)


@contextlib.contextmanager
def _hyperparameters_kept(model: keras.Model) -> Iterator[None]:
    """Restores the present values of the optimizers' rates, betas, etc. at the end of the context.

    Keras stores constant hyperparameters in variables, which a checkpoint contains too.
    """
    kept = [
        (value, value.numpy())
        for optimizer in tf.nest.flatten(getattr(model, "optimizer", None) or [])
        for value in _hyperparameters(getattr(optimizer, "inner_optimizer", optimizer))
        if hasattr(value, "assign")
    ]
    yield
    for variable, value in kept:
        variable.assign(value)


def _hyperparameters(optimizer: keras.optimizers.Optimizer) -> Iterable[Any]:
    """The hyperparameters that may be variables; in Keras' newer optimizers that is the rate."""
    if isinstance(optimizer, keras.optimizers.legacy.Optimizer):
        return optimizer._hyper.values()
    return [optimizer._learning_rate]
