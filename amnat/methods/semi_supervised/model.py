"""The semi-supervised GAN (Salimans et al. 2016, section 5)."""

from __future__ import annotations

from typing import Any

from amnat.errors import InputError
from amnat.losses.two_player import saturating_generator_loss
from amnat.methods.semi_supervised import losses
from amnat.models import contracts
from amnat.models.base import Player
from amnat.models.gan import GAN
from amnat.models.labelled_batches import LabelledBatches
from amnat.networks.keras_network import as_network, ensure_built
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf


class SemiSupervisedGAN(GAN):
    """A discriminator that tells K classes of real samples, and generated ones, apart.

    It uses only the samples of the training batches; labels come from `labelled`, in batches of
    their own. The discriminator's loss is that of being real or not of an unlabelled and of a
    generated batch, plus the classification loss of a labelled one. The generator's own loss is
    that of the binary logit; `Techniques.feature_matching` replaces it.

    Args:
      num_classes: K; the discriminator has K logits, or K + 1 with that of 'generated'.
      labelled: `LabelledBatches`.
      unsupervised_weight: weight of the unlabelled and generated batches' loss; 1 in the article,
        1/2 in improved-gan.
      real_target: see `losses.real_fake_loss`.
      saturating: the generator minimises log(1 - D), as improved-gan does beside minibatch
        discrimination, instead of -log D.
      baseline: a network like the discriminator that is trained beside it on the labelled batches
        only; None for none.
      **kwargs: further arguments of `GAN`.
    """

    smooths_labels = True
    has_class_head = True

    def __init__(
        self,
        *args: Any,
        num_classes: int,
        labelled: LabelledBatches,
        unsupervised_weight: float = 1.0,
        real_target: float = 1.0,
        saturating: bool = False,
        baseline: Network | None = None,
        **kwargs: Any,
    ):
        self.num_classes = num_classes
        self.labelled = labelled
        self.unsupervised_weight = unsupervised_weight
        self.real_target = real_target
        self.saturating = saturating
        # All that is logged beside the losses of every `GAN`.
        self.logit_names = ("logit_real_r2", "logit_fake_r2", "loss_dis_class", "accuracy_real")
        if baseline is not None:
            self.logit_names += ("loss_baseline",)
        super().__init__(*args, **kwargs)
        self.baseline: Network | None = None
        if baseline is not None:
            self.baseline = as_network(baseline, "baseline")
            if self.discriminator.form is not None and not self.baseline.built:
                ensure_built(self.baseline, self.discriminator.form.sample_shape, "baseline")

    def check_logits(self) -> None:
        classes = self.num_classes
        expected = f"{classes} or {classes + 1} for {classes} classes"
        contracts.check_logits(self.discriminator, expected, classes, classes + 1)
        largest = self.labelled.num_classes
        if largest > classes:
            raise InputError(f"labelled samples of {largest} classes, but num_classes is {classes}")

    @property
    def label_classes(self) -> int | None:
        """None: the labels of the batches play no part."""
        return None

    def players(self) -> list[Player]:
        """Discriminator, generator and, where there is one, the baseline."""
        players = super().players()
        if self.baseline is not None:
            players.append(Player("baseline_optimizer", self.baseline.trainable_variables))
        return players

    def real_fake_losses(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        parts = losses.real_fake_loss(real_logits, fake_logits, self.num_classes, self.real_target)
        return tuple(self.unsupervised_weight * part for part in parts)

    def logit_logs(self, logits: tf.Tensor, kind: str) -> dict[str, tf.Tensor]:
        binary = losses.binary_logits(logits, self.num_classes)
        return {f"logit_{kind}_r2": tf.reduce_mean(binary)}

    def adversarial_generator_loss(self, fake_logits: tf.Tensor) -> tf.Tensor:
        binary = losses.binary_logits(fake_logits, self.num_classes)
        if self.saturating:
            return saturating_generator_loss(binary)
        return tf.reduce_mean(tf.nn.softplus(-binary))

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG, fake: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """As `GAN`'s; `batch` holds (samples, labels, labelled samples, their labels)."""
        loss, logs = super().discriminator_loss(batch[:2], rng, fake)
        class_loss, accuracy = self._classification(self.discriminator, batch, rng)
        loss += class_loss
        logs |= {"loss_dis_class": class_loss, "accuracy_real": accuracy, "loss_dis_total": loss}
        return loss, logs

    def _classification(
        self, network: Network, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, tf.Tensor]:
        samples, labels = batch[2:]
        logits = network(samples, rng=rng.child("labelled"))
        loss = losses.classification_loss(logits, labels, self.num_classes)
        classes = tf.argmax(logits[:, : self.num_classes], axis=1, output_type=labels.dtype)
        return loss, tf.reduce_mean(tf.cast(tf.equal(classes, labels), loss.dtype))

    def _baseline_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        assert self.baseline is not None
        loss, _ = self._classification(self.baseline, batch, rng)
        return loss, {"loss_baseline": loss}

    def _update_discriminator(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        context = tf.distribute.get_replica_context()
        labelled = self.labelled(
            self.d_optimizer.iterations,
            context.replica_id_in_sync_group,
            context.num_replicas_in_sync,
        )
        batch = (*batch[:2], *labelled)
        logs = super()._update_discriminator(batch, rng)
        if self.baseline is None:
            return logs
        return logs | self._minimize(
            self._baseline_loss,
            batch,
            rng.child("baseline"),
            self.baseline_optimizer,
            self.baseline.trainable_variables,
        )
