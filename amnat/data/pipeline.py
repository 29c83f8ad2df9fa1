"""Training batches as a tf.data pipeline whose order is a function of (seed, epoch)."""

from amnat.errors import InputError
from amnat.rng import derive_seed

import tensorflow as tf

# Of the block cipher that permutes the indices. The four rounds of TensorFlow's public function
# leave neighbours together more often than chance in small data sets.
SHUFFLE_ROUNDS = 24


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


def training_batches(
    dataset, batch_size, batches_per_step=1, seed=0, start_iteration=0, input_context=None
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

    Returns: tf.data.Dataset of (float32 [batch_size / replicas * batches_per_step, ...] scaled
      to the networks' range, int32 labels).
    """
    replicas = input_context.num_replicas_in_sync if input_context else 1
    pipelines = input_context.num_input_pipelines if input_context else 1
    pipeline = input_context.input_pipeline_id if input_context else 0
    check_batch_size(batch_size, dataset.num_samples, replicas)
    local_replicas = replicas // pipelines
    per_replica = batch_size // replicas
    batches_per_epoch = dataset.num_samples // batch_size
    order_seed = derive_seed(seed, "data_order")
    samples, labels = tf.constant(dataset.samples), tf.constant(dataset.labels)

    def shuffled_indices(batch, offset):
        """Data set indices of part of a batch, by shuffling the positions within its epoch."""
        epoch = batch // batches_per_epoch
        positions = (batch % batches_per_epoch) * batch_size + offset
        positions += tf.range(per_replica, dtype=tf.int64)
        return tf.raw_ops.RandomIndexShuffle(
            index=positions,
            seed=tf.stack([tf.constant(order_seed, tf.int64), epoch, tf.zeros_like(epoch)]),
            max_index=tf.constant(dataset.num_samples - 1, tf.int64),
            rounds=SHUFFLE_ROUNDS,
        )

    def load(step):
        iteration = start_iteration + step // local_replicas
        replica = pipeline * local_replicas + step % local_replicas
        indices = [
            shuffled_indices(iteration * batches_per_step + index, replica * per_replica)
            for index in range(batches_per_step)
        ]
        # Sample-major, so that batch s of a replica is every batches_per_step-th sample.
        indices = tf.reshape(tf.stack(indices, axis=1), [per_replica * batches_per_step])
        batch = tf.gather(samples, indices)
        if dataset.is_image:
            batch = (tf.cast(batch, tf.float32) - 127.5) / 128.0
        return batch, tf.gather(labels, indices)

    steps = tf.data.Dataset.range(tf.int64.max)
    return steps.map(load, num_parallel_calls=1).prefetch(2)
