"""CatGAN (Springenberg 2016), and the supervised form that NAT-GAN is compared with.

External negatives, which only the latter's paper has, are further fake samples.
"""

from __future__ import annotations

from amnat.methods.nat_gan import cat_gan_losses
from amnat.models import contracts
from amnat.models.external_negatives import NegativesGAN

import tensorflow as tf


class CatGAN(NegativesGAN):
    """K classes and no fake class, on K logits, from labelled samples.

    Source: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), equations 10 and 11.
    """

    has_class_head = True

    def check_logits(self) -> None:
        contracts.check_logits(self.discriminator, "K for K classes, at least 2", 2)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return cat_gan_losses.supervised_discriminator_loss(real_logits, labels, fake_logits)

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        return cat_gan_losses.supervised_generator_loss(fake_logits)


class UnsupervisedCatGAN(NegativesGAN):
    """K clusters on K logits, from samples whose labels play no part (Springenberg 2016)."""

    def check_logits(self) -> None:
        contracts.check_logits(self.discriminator, "K for K clusters, at least 2", 2)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        return cat_gan_losses.discriminator_loss(real_logits, fake_logits)

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        return cat_gan_losses.generator_loss(fake_logits)
