"""The base of the methods that take external negatives."""

from __future__ import annotations

from typing import Any

from amnat.models.gan import GAN
from amnat.rng import RNG

import tensorflow as tf


class NegativesGAN(GAN):
    """A GAN whose discriminator may also be shown samples that are neither real nor generated.

    Batches are (samples, labels), or (samples, labels, negatives) where the negatives have the
    shape of the samples. The discriminator's loss treats them as additional fake samples; the
    generator does not see them. Without negatives in a batch, the loss is that of the method
    without external negatives.

    Args:
      concat_negatives: whether generated samples and negatives pass the discriminator in one batch,
        with shared batch statistics, as in the code on the NAT authors' page; otherwise they pass
        it in separate calls. In one batch, negatives that are far from the data (noise) shift the
        statistics so much that the discriminator recognises all its fakes by them. The generator,
        whose batches have no negatives, then learns little.
      **kwargs: further arguments of `GAN`.
    """

    logit_names: tuple[str, ...] = ("logit_real_rmax", "logit_fake_rmax")

    def __init__(self, *args: Any, concat_negatives: bool = True, **kwargs: Any):
        self.concat_negatives = concat_negatives
        super().__init__(*args, **kwargs)

    def all_fake_logits(self, fake: tf.Tensor, batch: tuple[tf.Tensor, ...], rng: RNG) -> tf.Tensor:
        if len(batch) == 2:
            return super().all_fake_logits(fake, batch, rng)
        negatives = batch[2]
        if self.concat_negatives:
            both = tf.concat([fake, negatives], axis=0)
            return self.discriminator(both, rng=rng.child("fake"))
        fake_logits = super().all_fake_logits(fake, batch, rng)
        # The batch statistics of no samples would be NaN.
        negative_logits = tf.cond(
            tf.shape(negatives)[0] > 0,
            lambda: self.discriminator(negatives, rng=rng.child("negative")),
            lambda: fake_logits[:0],
        )
        return tf.concat([fake_logits, negative_logits], axis=0)

    def logit_logs(self, logits: tf.Tensor, kind: str) -> dict[str, tf.Tensor]:
        """The mean of the largest class probability, which is 1 / K if all classes are equal."""
        largest = tf.reduce_max(tf.nn.softmax(logits), axis=1)
        return {f"logit_{kind}_rmax": tf.reduce_mean(largest)}
