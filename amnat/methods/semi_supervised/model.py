"""The semi-supervised GAN (Salimans et al. 2016, section 5)."""

from amnat.losses.two_player import saturating_generator_loss
from amnat.methods.semi_supervised import losses as semi_supervised
from amnat.models.base import Player
from amnat.models.gan import GAN

import tensorflow as tf


class SemiSupervisedGAN(GAN):
    """A discriminator that tells K classes of real samples, and generated ones, apart.

    Of the training batches it uses the samples alone; labels come from `labelled`, in batches of
    their own. The discriminator's loss is that of being real or not of an unlabelled and of a
    generated batch, plus the classification loss of a labelled one. The generator's own loss is
    that of the binary logit; `Techniques.feature_matching` replaces it.

    Args:
      num_classes: K; the discriminator has K logits, or K + 1 with that of 'generated'.
      labelled: `LabelledBatches`.
      unsupervised_weight: of the unlabelled and generated batches' loss; 1 in the article, 1/2 in
        improved-gan.
      real_target: see `semi_supervised.real_fake_loss`.
      saturating: the generator minimises log(1 - D), as improved-gan does beside minibatch
        discrimination, instead of -log D.
      baseline: a network like the discriminator that is trained beside it, on the labelled batches
        alone; None for none.
      **kwargs: of `GAN`.
    """

    smooths_labels = True
    has_class_head = True

    def __init__(
        self,
        *args,
        num_classes,
        labelled,
        unsupervised_weight=1.0,
        real_target=1.0,
        saturating=False,
        baseline=None,
        **kwargs,
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
        self.baseline = baseline

    def players(self):
        """Discriminator, generator and, where there is one, the baseline."""
        players = super().players()
        if self.baseline is not None:
            players.append(Player("baseline_optimizer", self.baseline.trainable_variables))
        return players

    def real_fake_losses(self, real_logits, labels, fake_logits):
        del labels
        parts = semi_supervised.real_fake_loss(
            real_logits, fake_logits, self.num_classes, self.real_target
        )
        return tuple(self.unsupervised_weight * part for part in parts)

    def logit_logs(self, logits, kind):
        binary = semi_supervised.binary_logits(logits, self.num_classes)
        return {f"logit_{kind}_r2": tf.reduce_mean(binary)}

    def adversarial_generator_loss(self, fake_logits):
        binary = semi_supervised.binary_logits(fake_logits, self.num_classes)
        if self.saturating:
            return saturating_generator_loss(binary)
        return tf.reduce_mean(tf.nn.softplus(-binary))

    def discriminator_loss(self, batch, rng, fake=None):
        """As `GAN`'s; `batch` holds (samples, labels, labelled samples, their labels)."""
        loss, logs = super().discriminator_loss(batch[:2], rng, fake)
        class_loss, accuracy = self._classification(self.discriminator, batch, rng)
        loss += class_loss
        logs |= {"loss_dis_class": class_loss, "accuracy_real": accuracy, "loss_dis_total": loss}
        return loss, logs

    def _classification(self, network, batch, rng):
        samples, labels = batch[2:]
        logits = network(samples, rng=rng.child("labelled"))
        loss = semi_supervised.classification_loss(logits, labels, self.num_classes)
        classes = tf.argmax(logits[:, : self.num_classes], axis=1, output_type=labels.dtype)
        return loss, tf.reduce_mean(tf.cast(tf.equal(classes, labels), loss.dtype))

    def _baseline_loss(self, batch, rng):
        loss, _ = self._classification(self.baseline, batch, rng)
        return loss, {"loss_baseline": loss}

    def _update_discriminator(self, batch, rng):
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
