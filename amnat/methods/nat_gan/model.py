"""NAT-GAN: the discriminator's fakes, and external negatives, are of no class (Li et al. 2020)."""

from __future__ import annotations

from amnat.losses import negative_aware
from amnat.models import contracts
from amnat.models.external_negatives import NegativesGAN

import tensorflow as tf


class NATGAN(NegativesGAN):
    """K classes and no fake class, on K logits.

    The discriminator classifies real samples and pulls generated ones and negatives towards the
    uniform distribution; the generator aims each sample at the class it resembles most.

    Source: "Negative-Aware Training" (ECAI 2020), equations 7 to 9.
    """

    has_class_head = True

    def check_logits(self) -> None:
        contracts.check_logits(self.discriminator, "K for K classes, at least 2", 2)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return negative_aware.discriminator_loss(real_logits, labels, fake_logits)

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        return negative_aware.generator_loss(fake_logits)
