"""The GAN of AYLIEN/gan-intro (gan.py) and its negative-aware form for points.

Negative-aware: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), whose web page has the 1D
and 2D experiments: the discriminator's target is 0 for negatives as well as for generated points.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from amnat.methods.toys.sources import PointSource
from amnat.models import contracts
from amnat.models.base import GANModel
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.export.generators import Latent

# The lower bound of the logarithms' arguments in gan-intro.
SMALLEST_PROBABILITY = 1e-5


class GANIntro(GANModel):
    """A discriminator with one probability, against a generator of points.

        L_D = mean -log D(x) + w (F + v (N_1 + ... + N_k)) / (1 + v k)
        L_G = mean -log D(G(z))

    where F and N_i are the means of -log(1 - D) over generated points and the i-th negatives, and
    w and v are two weights. If both are 1, the second term is the mean over generated points and
    negatives together, as in the page's NAT-GAN. Every player's update draws new latents.

    Generated points and each kind of negatives pass the discriminator separately, which matters
    if it compares the samples of a batch.

    Args:
      generator, discriminator, latent: see `GANModel`; the discriminator returns one logit.
      data: source of the real points, see `amnat.methods.toys.sources`.
      batch_size: the batch size of data, latents and each kind of negatives.
      negatives: sources of negatives, like `data`.
      negative_weight: v.
      negatives_every: negatives are taken in every n-th iteration, from the first on; v is 0 in the
        others.
      fake_term_weight: w.
      clamp_log: whether to take log(max(D, 1e-5)), as the original does. The gradient is 0 below
        1e-5: once the discriminator is that certain of a sample, and wrong, nothing is learnt from
        the sample any more, and a run can stop learning for good. Otherwise the logarithm is
        computed from the logit.
      compiled: whether XLA compiles `train_iterations`, which is faster for many iterations;
        results differ in the last digits.
      **kwargs: see `GANModel`.
    """

    log_names = ("loss_dis_total", "loss_gen_total")

    def __init__(
        self,
        generator: Network,
        discriminator: Network,
        latent: Latent | None,
        data: PointSource,
        batch_size: int,
        negatives: Iterable[PointSource] = (),
        negative_weight: float = 1.0,
        negatives_every: int = 1,
        fake_term_weight: float = 1.0,
        clamp_log: bool = True,
        compiled: bool = False,
        **kwargs: Any,
    ):
        super().__init__(generator, discriminator, latent, **kwargs)
        self.data = data
        self.batch_size = batch_size
        # A tuple, which Keras leaves alone.
        self.negatives = tuple(negatives)
        self.negative_weight = negative_weight
        self.negatives_every = negatives_every
        self.fake_term_weight = fake_term_weight
        self.clamp_log = clamp_log
        self._iterate = tf.function(self._iterations, autograph=False, jit_compile=compiled)

    def check_networks(self) -> None:
        super().check_networks()
        contracts.check_logits(self.discriminator, "1, of being real", 1, 1)

    def decision(self, points: tf.Tensor) -> tf.Tensor:
        """The discriminator's probability of being real: [batch, dims] -> [batch, 1]."""
        return tf.sigmoid(self.discriminator(points))

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        real, _ = batch
        fake = self._generate(rng, real.dtype)
        real_term = self._surprise(self.discriminator(real), True)
        false_term = self._surprise(self.discriminator(fake), False)
        if self.negatives:
            negative_terms = [
                self._surprise(
                    self.discriminator(source(rng.child(f"n{i}"), self.batch_size, real.dtype)),
                    False,
                )
                for i, source in enumerate(self.negatives)
            ]
            weight = tf.cast(self._negative_weight_now(), real.dtype)
            false_term += weight * tf.add_n(negative_terms)
            false_term /= 1.0 + weight * len(self.negatives)
        loss = real_term + self.fake_term_weight * false_term
        return loss, {"loss_dis_total": loss}

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        real, _ = batch
        loss = self._surprise(self.discriminator(self._generate(rng, real.dtype)), True)
        return loss, {"loss_gen_total": loss}

    def _generate(self, rng: RNG, dtype: tf.DType) -> tf.Tensor:
        return self.generator(self.latent(rng, self.batch_size, dtype))

    def _negative_weight_now(self) -> tf.Tensor:
        now = tf.equal(self.iteration % self.negatives_every, 0)
        return tf.where(now, self.negative_weight, 0.0)

    def _surprise(self, logits: tf.Tensor, real: bool) -> tf.Tensor:
        """The mean of -log D (real) or of -log(1 - D)."""
        if not self.clamp_log:
            return tf.reduce_mean(tf.nn.softplus(-logits if real else logits))
        probability = tf.sigmoid(logits)
        if not real:
            probability = 1.0 - probability
        return -tf.reduce_mean(tf.math.log(tf.maximum(probability, SMALLEST_PROBABILITY)))

    def train_iterations(self, count: int) -> dict[str, float]:
        """Runs `count` iterations on new data in one call of TensorFlow.

        Args:
          count: int, at least 1.

        Returns: {log name: float} of the last iteration.
        """
        values = self._iterate(tf.constant(count, tf.int32)).numpy()
        return dict(zip(self.log_names, values.tolist(), strict=True))

    def _iterations(self, count: tf.Tensor) -> tf.Tensor:
        def body(done: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            rng = self._iteration_rng().child("data")
            dtype = self.generator.compute_dtype
            real = self.data(rng, self.batch_size, dtype)
            logs = self.train_step((real, tf.zeros([self.batch_size], tf.int32)))
            values = tf.stack([tf.cast(logs[name], tf.float32) for name in self.log_names])
            return done + 1, values

        start = tf.zeros([len(self.log_names)])
        return tf.while_loop(lambda done, _: done < count, body, [0, start])[1]
