"""AM-GAN: the generator maximises the activation of one real class (Zhou et al. 2018)."""

from __future__ import annotations

from amnat.methods.am_gan import losses
from amnat.models import contracts
from amnat.models.external_negatives import NegativesGAN
from amnat.models.gan import GAN

import tensorflow as tf


class AMGAN(GAN):
    """K real classes and one fake class on K + 1 logits, with dynamic labels.

    The discriminator classifies real samples into their class and fake samples into the last;
    the generator aims each sample at the real class it is nearest to (AM-GAN2, code/AM-GAN.py).
    Everything else is as in `GAN`, which is this code with bAMGAN=False.
    """

    has_class_head = True
    other_logits = 1
    logit_names = ("logit_real_rsum", "logit_fake_rsum", "logit_real_rmax", "logit_fake_rmax")

    def check_logits(self) -> None:
        expected = "K + 1 for K classes and the fake class, at least 2"
        contracts.check_logits(self.discriminator, expected, 2)

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return losses.discriminator_loss(real_logits, labels, fake_logits)

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        return losses.generator_loss(fake_logits)

    def logit_logs(self, logits: tf.Tensor, kind: str) -> dict[str, tf.Tensor]:
        total, largest = losses.real_class_confidence(logits)
        return {f"logit_{kind}_rsum": total, f"logit_{kind}_rmax": largest}


class NegativesAMGAN(NegativesGAN, AMGAN):
    """AM-GAN whose fake class also takes external negatives.

    The NAT paper reports that it does not converge with them (section 3.2.2).
    """

    logit_names = AMGAN.logit_names
    logit_logs = AMGAN.logit_logs
