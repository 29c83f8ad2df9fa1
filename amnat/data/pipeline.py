"""Training batches as a tf.data pipeline whose order is a function of (seed, epoch)."""

from __future__ import annotations

from collections.abc import Callable

from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.errors import InputError
from amnat.rng import SHUFFLE_ROUNDS, derive_seed

import tensorflow as tf


def check_batch_size(batch_size: int, num_samples: int, num_replicas: int = 1) -> None:
    """Raises InputError unless an epoch has a batch, and batches divide among the replicas."""
    if batch_size > num_samples:
        raise InputError(
            f"batches of {batch_size} are larger than the data set ({num_samples} samples)"
        )
    if batch_size % num_replicas:
        raise InputError(
            f"batches of {batch_size} are not divisible by the {num_replicas} replicas"
        )


class _CountedOrder:
    """Batches of indices; every epoch is a permutation that only depends on (seed, epoch)."""

    def __init__(self, num_samples: int, batch_size: int, seed: int):
        self.batch_size = batch_size
        self.batches_per_epoch = num_samples // batch_size
        self.max_index = num_samples - 1
        self.seed = seed

    def part(self, batch: tf.Tensor, part: tf.Tensor, parts: int) -> tf.Tensor:
        """One of the equal parts of a batch, int64 [batch_size / parts].

        `batch` is an int64 scalar that counts from 0. The positions within the epoch are shuffled,
        so any batch can be computed directly.
        """
        size = self.batch_size // parts
        epoch = batch // self.batches_per_epoch
        positions = (batch % self.batches_per_epoch) * self.batch_size + part * size
        positions += tf.range(size, dtype=tf.int64)
        return tf.raw_ops.RandomIndexShuffle(
            index=positions,
            seed=tf.stack([tf.constant(self.seed, tf.int64), epoch, tf.zeros_like(epoch)]),
            max_index=tf.constant(self.max_index, tf.int64),
            rounds=SHUFFLE_ROUNDS,
        )

    def interleaved(
        self, first_batch: tf.Tensor, count: int, part: tf.Tensor, parts: int
    ) -> tf.Tensor:
        """A part of each of `count` batches, where batch s has every count-th index from s on."""
        indices = [self.part(first_batch + number, part, parts) for number in range(count)]
        return tf.reshape(tf.stack(indices, axis=1), [self.batch_size // parts * count])


def scaled(samples: tf.Tensor) -> tf.Tensor:
    """Scales bytes to the range of the networks; float samples already have it."""
    if samples.dtype == tf.uint8:
        return (tf.cast(samples, tf.float32) - 127.5) / 128.0
    return samples


def training_batches(
    dataset: Dataset,
    batch_size: int,
    batches_per_step: int = 1,
    seed: int = 0,
    start_iteration: int = 0,
    input_context: tf.distribute.InputContext | None = None,
    negatives: NegativeSchedule | None = None,
) -> tf.data.Dataset:
    """An endless pipeline whose elements are the data of one iteration on one replica.

    Every epoch is a permutation of the data set that only depends on (seed, epoch), cut into full
    batches; an incomplete last batch is dropped. The batch of any iteration is computed directly,
    so a resumed run goes on where it stopped at no cost.

    Args:
      dataset: `amnat.data.Dataset`.
      batch_size: samples per batch, over all replicas.
      batches_per_step: number of batches that one iteration takes (discriminator steps); they
        arrive interleaved, as `GANModel.train_step` expects.
      seed: Python int.
      start_iteration: number of completed iterations.
      input_context: the context from `strategy.distribute_datasets_from_function`; each replica
        then gets its own contiguous part of every batch.
      negatives: `NegativeSchedule`. The negatives have their own epochs, which only count batches
        with negatives; the order of the samples does not depend on them.

    Returns: tf.data.Dataset of (float32 [batch_size / replicas * batches_per_step, ...] scaled to
      the networks' range, int32 labels). With `negatives` there is a third entry, float32
      [per_batch / replicas * batches_per_step, ...], or [0, ...] in iterations without negatives.
    """
    replicas = input_context.num_replicas_in_sync if input_context else 1
    pipelines = input_context.num_input_pipelines if input_context else 1
    pipeline = input_context.input_pipeline_id if input_context else 0
    check_batch_size(batch_size, dataset.num_samples, replicas)
    local_replicas = replicas // pipelines
    order = _CountedOrder(dataset.num_samples, batch_size, derive_seed(seed, "data_order"))
    samples, labels = tf.constant(dataset.samples), tf.constant(dataset.labels)
    take_negatives = _negative_batches(negatives, batches_per_step, seed, replicas)

    def load(step: tf.Tensor) -> tuple[tf.Tensor, ...]:
        iteration = start_iteration + step // local_replicas
        replica = pipeline * local_replicas + step % local_replicas
        first_batch = iteration * batches_per_step
        indices = order.interleaved(first_batch, batches_per_step, replica, replicas)
        batch = scaled(tf.gather(samples, indices)), tf.gather(labels, indices)
        return (*batch, *take_negatives(iteration, replica))

    steps = tf.data.Dataset.range(tf.int64.max)
    return steps.map(load, num_parallel_calls=1).prefetch(2)


def _negative_batches(
    schedule: NegativeSchedule | None, batches_per_step: int, seed: int, replicas: int
) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, ...]]:
    """A function (iteration, replica) -> (negatives,), or -> () without a schedule."""
    if schedule is None:
        return lambda iteration, replica: ()
    schedule.check_replicas(replicas)
    count = schedule.negatives.num_samples
    order = _CountedOrder(count, schedule.per_batch, derive_seed(seed, "negative_order"))
    samples = tf.constant(schedule.negatives.samples)

    def take(iteration: tf.Tensor, replica: tf.Tensor) -> tuple[tf.Tensor, ...]:
        first_batch = iteration // schedule.every * batches_per_step
        indices = order.interleaved(first_batch, batches_per_step, replica, replicas)
        if schedule.every > 1:
            is_due = iteration % schedule.every == 0
            indices = indices[: tf.where(is_due, tf.size(indices), 0)]
        return (scaled(tf.gather(samples, indices)),)

    return take
