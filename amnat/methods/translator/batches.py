"""Rollouts of a translator as a tf.data pipeline, with equally many images of every domain."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.data.pipeline import scaled
from amnat.methods.translator.domains import Domains
from amnat.rng import MAX_REPLICAS, RNG, derive_seed, shuffled_rows

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True, eq=False)
class DomainBatches:
    """Makes the data of `CycleInfoGAN.train_step`, with the arguments of `training_batches`.

    Each domain has its own epochs, in orders that depend only on (seed, domain, epoch), so that
    domains of all sizes take part equally. If there are larger images, the images of a rollout are
    cropped from them at random places and half of them are mirrored.

    Attributes:
      domains: `amnat.methods.translator.domains.Domains` to train on.
      per_domain: number of images of each domain in a rollout, over all replicas.
      steps_per_rollout: number of iterations that get the same images.
    """

    domains: Domains
    per_domain: int
    steps_per_rollout: int

    def __call__(
        self,
        dataset: Dataset,
        batch_size: int,
        batches_per_step: int = 1,
        seed: int = 0,
        start_iteration: int = 0,
        input_context: tf.distribute.InputContext | None = None,
        negatives: NegativeSchedule | None = None,
    ) -> tf.data.Dataset:
        """An endless pipeline of (float32 [domains * per_domain / replicas, H, W, C] scaled to the
        networks' range, int32 labels), domain after domain."""
        del dataset, batch_size, batches_per_step, negatives
        replicas = input_context.num_replicas_in_sync if input_context else 1
        pipelines = input_context.num_input_pipelines if input_context else 1
        pipeline = input_context.input_pipeline_id if input_context else 0
        local = replicas // pipelines
        load = self._loader(seed, replicas)

        def of_step(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            iteration = start_iteration + step // local
            replica = pipeline * local + step % local
            return load(iteration // self.steps_per_rollout, replica)

        steps = tf.data.Dataset.range(tf.int64.max)
        return steps.map(of_step, num_parallel_calls=1).prefetch(2)

    def _loader(
        self, seed: int, replicas: int
    ) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
        """A function (rollout number, replica) -> (images, labels)."""
        data, larger = self.domains.data, self.domains.larger
        samples = tf.constant(data.samples if larger is None else larger)
        starts = np.concatenate([[0], np.cumsum(self.domains.sizes)])
        count = self.per_domain // replicas
        seeds = [derive_seed(seed, f"domain_order/{d}") for d in range(data.num_classes)]
        labels = tf.constant(np.repeat(np.arange(data.num_classes, dtype=np.int32), count))

        def load(rollout: tf.Tensor, replica: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            positions = rollout * self.per_domain + replica * count
            positions += tf.range(count, dtype=tf.int64)
            rows = [
                int(start) + shuffled_rows(positions, size, domain_seed)
                for start, size, domain_seed in zip(starts, self.domains.sizes, seeds, strict=False)
            ]
            images = tf.gather(samples, tf.concat(rows, axis=0))
            if larger is not None:
                rng = RNG(seed, rollout * MAX_REPLICAS + replica, "augment/")
                images = cropped_and_mirrored(images, data.sample_shape[0], rng)
            return scaled(images), labels

        return load


def cropped_and_mirrored(images: tf.Tensor, size: int, rng: RNG) -> tf.Tensor:
    """A random square of each image, mirrored left to right in half of them.

    Args:
      images: [N, L, L, C].
      size: side of the squares, at most L.
      rng: it draws `top`, `left` and `mirror`.

    Returns: [N, size, size, C] of the same dtype.
    """
    count, places = tf.shape(images)[0], images.shape[1] - size + 1
    for axis, name in ((1, "top"), (2, "left")):
        first = tf.cast(rng.uniform(name, [count]) * places, tf.int32)
        # A float32 product can round up to the number of places itself.
        wanted = tf.minimum(first, places - 1)[:, None] + tf.range(size)
        if axis == 2:
            mirrored = rng.uniform("mirror", [count, 1]) < 0.5
            wanted = tf.where(mirrored, wanted[:, ::-1], wanted)
            images = tf.transpose(images, [0, 2, 1, 3])
        images = tf.gather(images, wanted, axis=1, batch_dims=1)
    return tf.transpose(images, [0, 2, 1, 3])
