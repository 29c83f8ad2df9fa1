"""Training batches as a tf.data pipeline whose order is a function of (seed, epoch)."""

from amnat.errors import InputError
from amnat.rng import SHUFFLE_ROUNDS, derive_seed

import tensorflow as tf


def check_batch_size(batch_size, num_samples, num_replicas=1):
    """Raises InputError unless an epoch holds a batch that divides among the replicas."""
    if batch_size > num_samples:
        raise InputError(
            f"--iBatchSize={batch_size} is larger than the data set ({num_samples} samples)"
        )
    if batch_size % num_replicas:
        raise InputError(
            f"--iBatchSize={batch_size} is not divisible by the {num_replicas} replicas"
        )


class _CountedOrder:
    """Batches of indices; every epoch is a permutation that depends on (seed, epoch) alone."""

    def __init__(self, num_samples, batch_size, seed):
        self.batch_size = batch_size
        self.batches_per_epoch = num_samples // batch_size
        self.max_index = num_samples - 1
        self.seed = seed

    def part(self, batch, part, parts):
        """int64 [batch_size / parts]: one of the equal parts of a batch (int64 scalar, from 0).

        Shuffles the positions within the epoch, so that any batch is computed directly.
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

    def interleaved(self, first_batch, count, part, parts):
        """A part of each of `count` batches, such that batch s has every count-th index from s."""
        indices = [self.part(first_batch + number, part, parts) for number in range(count)]
        return tf.reshape(tf.stack(indices, axis=1), [self.batch_size // parts * count])


def scaled(samples):
    """Bytes to the range of the networks; float samples are in it."""
    if samples.dtype == tf.uint8:
        return (tf.cast(samples, tf.float32) - 127.5) / 128.0
    return samples


def training_batches(
    dataset,
    batch_size,
    batches_per_step=1,
    seed=0,
    start_iteration=0,
    input_context=None,
    negatives=None,
):
    """An endless pipeline of what one iteration of one replica consumes.

    Every epoch is a permutation of the data set that depends on (seed, epoch) alone, cut into
    full batches; the incomplete last one is dropped, as in the original. Any iteration's batch
    is computed directly, so a resumed run goes on where it stopped at no cost.

    Args:
      dataset: `amnat.data.Dataset`.
      batch_size: samples per batch, over all replicas.
      batches_per_step: batches that one iteration takes (discriminator steps); they arrive
        interleaved, which is what `GANModel.train_step` expects.
      seed: Python int.
      start_iteration: iterations that are already done.
      input_context: of `strategy.distribute_datasets_from_function`; each replica then gets its
        own contiguous part of every batch.
      negatives: `NegativeSchedule`. They have epochs of their own, of as many batches as take any;
        the order of the samples does not depend on them.

    Returns: tf.data.Dataset of (float32 [batch_size / replicas * batches_per_step, ...] scaled
      to the networks' range, int32 labels) and, with `negatives`, as a third entry float32
      [per_batch / replicas * batches_per_step, ...], or [0, ...] in iterations without.
    """
    replicas = input_context.num_replicas_in_sync if input_context else 1
    pipelines = input_context.num_input_pipelines if input_context else 1
    pipeline = input_context.input_pipeline_id if input_context else 0
    check_batch_size(batch_size, dataset.num_samples, replicas)
    local_replicas = replicas // pipelines
    order = _CountedOrder(dataset.num_samples, batch_size, derive_seed(seed, "data_order"))
    samples, labels = tf.constant(dataset.samples), tf.constant(dataset.labels)
    take_negatives = _negative_batches(negatives, batches_per_step, seed, replicas)

    def load(step):
        iteration = start_iteration + step // local_replicas
        replica = pipeline * local_replicas + step % local_replicas
        first_batch = iteration * batches_per_step
        indices = order.interleaved(first_batch, batches_per_step, replica, replicas)
        batch = scaled(tf.gather(samples, indices)), tf.gather(labels, indices)
        return (*batch, *take_negatives(iteration, replica))

    steps = tf.data.Dataset.range(tf.int64.max)
    return steps.map(load, num_parallel_calls=1).prefetch(2)


def _negative_batches(schedule, batches_per_step, seed, replicas):
    """A function (iteration, replica) -> (negatives,), or () without a schedule."""
    if schedule is None:
        return lambda iteration, replica: ()
    schedule.check_replicas(replicas)
    count = schedule.negatives.num_samples
    order = _CountedOrder(count, schedule.per_batch, derive_seed(seed, "negative_order"))
    samples = tf.constant(schedule.negatives.samples)

    def take(iteration, replica):
        first_batch = iteration // schedule.every * batches_per_step
        indices = order.interleaved(first_batch, batches_per_step, replica, replicas)
        if schedule.every > 1:
            is_due = iteration % schedule.every == 0
            indices = indices[: tf.where(is_due, tf.size(indices), 0)]
        return (scaled(tf.gather(samples, indices)),)

    return take
