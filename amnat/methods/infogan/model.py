"""InfoGAN (Chen et al. 2016) as PyTorch-GAN (implementations/infogan/infogan.py) trains it.

With what info-cycle-sim-gan's article adds: any number of labels, true labels that guide them, its
losses.
"""

from amnat.methods.infogan.info_model import InfoModel

import tensorflow as tf


class InfoGAN(InfoModel):
    """Generator, critic and both together are updated in this order.

    The critic is shown the very images of the generator's update, as they were before it; the
    information loss takes fresh ones. With a penalty the critic has one more step, behind its own.

    Args:
      generator: latents -> images.
      critic: images -> `CriticOutputs`.
      latent: `InfoLatent`.
      objective: `InfoObjective`. With a `truth_weight` the latent needs at least as many labels as
        the data has classes; those beyond them stay free.
      labelled: `LabelledBatches`, the images whose labels guide; None for those of the batch.
      **kwargs: of `GANModel`, without the numbers of steps.
    """

    def __init__(self, generator, critic, latent, objective, labelled=None, **kwargs):
        super().__init__(generator, critic, latent, objective, **kwargs)
        self.labelled = labelled

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data):
        """One iteration; see `GANModel.train_step`."""
        rng = self._iteration_rng()
        real = data[0]
        logs, fake = self._update_generator_once(real, rng.child("g0"))
        critic_rng = rng.child("d0")
        logs |= self.minimize(
            lambda batch, rng: self.discriminator_loss(batch, rng, fake),
            data,
            critic_rng,
            self.d_optimizer,
            self.discriminator.trainable_variables,
        )
        logs |= self.update_penalty(0, real, critic_rng.child("penalty"))
        logs |= self.minimize(
            self._information_of_batch,
            data,
            rng.child("i0"),
            self.info_optimizer,
            self.info_variables,
        )
        self.iteration.assign_add(1)
        return self._record(logs)

    def _fake(self, real, rng):
        """(latents, generated images), as many as `real` has."""
        latents = self.latent(rng, tf.shape(real)[0], real.dtype)
        return latents, self.generator(latents)

    def _update_generator_once(self, real, rng):
        """(logs, the generated images)."""
        shown = []

        def loss(batch, rng):
            value, logs, fake = self._generator_terms(batch, rng)
            shown.append(fake)
            return value, logs

        variables = self.generator_variables
        gradients, logs = self._gradients(loss, real, rng, self.g_optimizer, variables)
        logs |= self.apply_generator_gradients(gradients)
        return logs, shown[0]

    def _generator_terms(self, real, rng):
        _, fake = self._fake(real, rng)
        loss = self.adversarial_generator_loss(self.discriminator, fake, real, None, rng)
        return loss, {"loss_gen_gan": loss, "loss_gen_total": loss}, fake

    def generator_loss(self, batch, rng):
        loss, logs, _ = self._generator_terms(batch[0], rng)
        return loss, logs

    def discriminator_loss(self, batch, rng, fake=None):
        """As `GANModel`'s; `fake` are generated images to take instead of fresh ones."""
        real = batch[0]
        if fake is None:
            _, fake = self._fake(real, rng)
        loss = self.adversarial_critic_loss(self.discriminator, fake, real, None, rng)
        return loss, {"loss_dis_gan": loss, "loss_dis_total": loss}

    def _information_of_batch(self, batch, rng):
        real, classes = batch[:2]
        latents, fake = self._fake(real, rng)
        _, labels, code = self.latent.parts(latents)
        outputs = self.discriminator(fake, rng=rng.child("fake"))
        truth = None
        if self.objective.truth_weight:
            if self.labelled is not None:
                real, classes = self._labelled_batch()
            truth = self.discriminator(real, rng=rng.child("real")).labels, classes
        return self.information_loss(outputs, labels, code, truth)

    def _labelled_batch(self):
        context = tf.distribute.get_replica_context()
        return self.labelled(
            self.iteration, context.replica_id_in_sync_group, context.num_replicas_in_sync
        )
