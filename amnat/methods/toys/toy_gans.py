"""GAN and WGAN-GP on points, and what the toy methods share (tntrung/gan, distgan_toy1d/gan.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from amnat.losses import penalties
from amnat.methods.toys.sources import PointSource
from amnat.models import contracts
from amnat.models.base import GANModel, Player, current_rate
from amnat.networks.keras_network import as_network, ensure_built
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.export.generators import Latent

# (points, latents).
Batch = tuple[tf.Tensor, tf.Tensor]
Loss = Callable[[tf.Tensor, tf.Tensor, RNG], tf.Tensor]
# What the original adds to the argument of every logarithm.
LOG_GUARD = 1e-5
PENALTY_WEIGHT = 0.1
DISCRIMINATOR_STEPS = 3


def surprise(probability: tf.Tensor) -> tf.Tensor:
    """-log(p + 1e-5), of float [batch, 1]."""
    return -tf.math.log(probability + LOG_GUARD)


def batch_slope_penalty(
    discriminator: Callable[[tf.Tensor], tf.Tensor],
    real: tf.Tensor,
    fake: tf.Tensor,
    alpha: tf.Tensor,
) -> tf.Tensor:
    """(norm - 1) squared for the norm of the gradient of the **whole batch**; a scalar.

    The original of the toys on the line computes this, where WGAN-GP has a norm per sample. Its
    derivative is NaN if no point of the batch has a gradient, which happens when all of four hidden
    units are off; here it is 0.

    Args:
      discriminator: callable, points -> [batch, 1].
      real, fake: float [batch, dims].
      alpha: float [batch], the share of fake.
    """
    points = real + alpha[:, None] * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = tf.reduce_sum(discriminator(points))
    norm = penalties.norm_of(tf.reduce_sum(tf.square(tape.gradient(total, points))))
    return tf.square(norm - 1.0)


class ToyGAN(GANModel):
    """What the methods share: players that are updated by a schedule, each on its own loss.

    A method has a `schedule`: the player of each update of an iteration, and which of the
    iteration's batches of points and of latents it takes. `losses` maps a player to its loss, a
    function (points, latents, rng) -> scalar, and `variables_of` to what it trains.

    Args:
      generator, discriminator: see `GANModel`; the discriminator returns logits or values
        [batch, 1].
      latent: see `GANModel`.
      data: source of the points, see `amnat.methods.toys.sources`.
      batch_size: the batch size of points and latents.
      encoder: points -> latents, for methods with an encoder.
      second_discriminator: the second discriminator of MDGAN.
      sample_penalties: whether penalties take the norm of each sample's gradient instead of one
        norm for the batch.
      compiled: whether XLA compiles `train_iterations`.
      **kwargs: see `GANModel`.
    """

    log_names: tuple[str, ...] = ("loss_dis_total", "loss_gen_total")
    schedule: tuple[tuple[str, int, int], ...] = (("d", 0, 0), ("g", 1, 1))
    # For `amnat.methods.toys.toy_run`: no logarithm is clamped.
    clamp_log = False

    def __init__(
        self,
        generator: Network,
        discriminator: Network,
        latent: Latent | None,
        data: PointSource,
        batch_size: int,
        encoder: Network | None = None,
        second_discriminator: Network | None = None,
        sample_penalties: bool = False,
        compiled: bool = False,
        **kwargs: Any,
    ):
        super().__init__(generator, discriminator, latent, **kwargs)
        self.data = data
        self.batch_size = batch_size
        self.encoder = self._judge_of_points(encoder, "encoder")
        self.second_discriminator = self._judge_of_points(
            second_discriminator, "second_discriminator"
        )
        self.sample_penalties = sample_penalties
        self._iterate = tf.function(self._iterations, autograph=False, jit_compile=compiled)

    def _judge_of_points(self, network: Network | None, role: str) -> Network | None:
        """A further network that takes points, built; None for None."""
        if network is None:
            return None
        network = as_network(network, role)
        if not network.built and self.discriminator.form is not None:
            ensure_built(network, self.discriminator.form.sample_shape, role)
        return network

    def check_networks(self) -> None:
        super().check_networks()
        for network in (self.discriminator, self.second_discriminator):
            if network is not None:
                contracts.check_logits(network, "1, of being real", 1, 1)

    @property
    def player_names(self) -> tuple[str, ...]:
        """'d', 'g', ... in the order of their first update."""
        return tuple(dict.fromkeys(player for player, _, _ in self.schedule))

    def players(self) -> list[Player]:
        """The players of the schedule."""
        return [Player(f"{name}_optimizer", self.variables_of(name)) for name in self.player_names]

    def losses(self) -> dict[str, Loss]:
        """{player: loss function}."""
        return {"d": self.discriminator_objective, "g": self.generator_objective}

    def variables_of(self, player: str) -> list[tf.Variable]:
        """The variables that a player trains."""
        owner = self.generator if player == "g" else self.discriminator
        return list(owner.trainable_variables)

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...] | None = None) -> dict[str, tf.Tensor]:
        """One iteration, on points that the model draws itself; `data` is ignored."""
        del data
        rng, losses, latest = self._iteration_rng(), self.losses(), {}
        points, latents = {}, {}
        dtype = self.generator.compute_dtype
        for step, (player, points_key, latents_key) in enumerate(self.schedule):
            if points_key not in points:
                child_rng = rng.child(f"points{points_key}")
                points[points_key] = self.data(child_rng, self.batch_size, dtype)
            if latents_key not in latents:
                child_rng = rng.child(f"latents{latents_key}")
                latents[latents_key] = self.latent(child_rng, self.batch_size, dtype)
            batch = points[points_key], latents[latents_key]
            latest[player] = self._update(player, losses[player], batch, rng.child(f"s{step}"))
        self.iteration.assign_add(1)
        return self._record(
            self._logged(latest, batch, rng) | {"klr": self._rate(self.g_optimizer)}
        )

    def _logged(self, latest: dict[str, tf.Tensor], batch: Batch, rng: RNG) -> dict[str, tf.Tensor]:
        """The losses to log; `latest` is {player: its last loss}."""
        del batch, rng
        return {"loss_dis_total": latest["d"], "loss_gen_total": latest["g"]}

    def _rate(self, optimizer: keras.optimizers.Optimizer) -> tf.Tensor:
        return current_rate(optimizer) * 1000.0

    def _update(self, player: str, objective: Loss, batch: Batch, rng: RNG) -> tf.Tensor:
        def loss(batch: Batch, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            value = objective(*batch, rng)
            return value, {"loss": value}

        optimizer = getattr(self, f"{player}_optimizer")
        return self._minimize(loss, batch, rng, optimizer, self.variables_of(player))["loss"]

    def train_iterations(self, count: int) -> dict[str, float]:
        """Runs `count` iterations in one call of TensorFlow; {log name: float} of the last one."""
        values = self._iterate(tf.constant(count, tf.int32)).numpy()
        return dict(zip(self.log_names, values.tolist(), strict=True))

    def _iterations(self, count: tf.Tensor) -> tf.Tensor:
        def body(done: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            logs = self.train_step()
            values = tf.stack([tf.cast(logs[name], tf.float32) for name in self.log_names])
            return done + 1, values

        start = tf.zeros([len(self.log_names)])
        return tf.while_loop(lambda done, _: done < count, body, [0, start])[1]

    def decision(self, points: tf.Tensor) -> tf.Tensor:
        """The probability of being real, as drawn: [batch, dims] -> [batch, 1]."""
        return tf.sigmoid(self.discriminator(points))

    def _probability(self, points: tf.Tensor) -> tf.Tensor:
        return tf.sigmoid(self.discriminator(points))

    def _penalty(self, real: tf.Tensor, fake: tf.Tensor, rng: RNG) -> tf.Tensor:
        alpha = rng.uniform("alpha", [self.batch_size], real.dtype)
        if self.sample_penalties:
            penalty = penalties.one_centered_gradient_penalty
            return penalty(self.discriminator, real, fake, alpha)[0]
        return batch_slope_penalty(self.discriminator, real, fake, alpha)

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del rng
        real, fake = self._probability(points), self._probability(self.generator(latents))
        return 0.5 * tf.reduce_mean(surprise(real) + surprise(1.0 - fake))

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del points, rng
        return tf.reduce_mean(surprise(self._probability(self.generator(latents))))


class ToyWGANGP(ToyGAN):
    """WGAN-GP, whose losses are logged with the opposite sign, as in the original.

    `decision` is the critic's value, scaled to [0, 1] over the points.
    """

    schedule = (
        *(("d", i, i) for i in range(DISCRIMINATOR_STEPS)),
        ("g", DISCRIMINATOR_STEPS, DISCRIMINATOR_STEPS),
    )

    def _logged(self, latest: dict[str, tf.Tensor], batch: Batch, rng: RNG) -> dict[str, tf.Tensor]:
        return {name: -value for name, value in super()._logged(latest, batch, rng).items()}

    def decision(self, points: tf.Tensor) -> tf.Tensor:
        values = self.discriminator(points)
        low, high = tf.reduce_min(values), tf.reduce_max(values)
        return (values - low) / tf.maximum(high - low, 1e-12)

    def discriminator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        fake = self.generator(latents)
        distance = tf.reduce_mean(self.discriminator(fake) - self.discriminator(points))
        return distance + PENALTY_WEIGHT * self._penalty(points, fake, rng)

    def generator_objective(self, points: tf.Tensor, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        del points, rng
        return -tf.reduce_mean(self.discriminator(self.generator(latents)))
