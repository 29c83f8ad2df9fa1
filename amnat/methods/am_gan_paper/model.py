"""GAN, AC-GAN, LabelGAN, AM-GAN and their variants: the AM-GAN paper's comparison in one model.

Source: Zhou et al. 2018 (ICLR), table 1; AM-GANs-for-reproduce, code/model.py.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from amnat.errors import InputError
from amnat.losses import class_aware, penalties, real_fake
from amnat.methods.am_gan_paper.objective import ClassAwareObjective
from amnat.models import contracts
from amnat.models.base import GANModel
from amnat.models.class_latent import ClassConditionalLatent
from amnat.networks.data_dependent_init import initialize_from_data
from amnat.networks.keras_network import KerasNetwork
from amnat.networks.network import Network
from amnat.rng import RNG

import tensorflow as tf

_LOGITS = "K + 2 for K classes, real and fake, at least 3"


@dataclasses.dataclass(frozen=True)
class InputNoise:
    """Standard deviation of the discriminator's input noise over the iterations.

    minimum + (initial - minimum) * (1 - t / T) ** power at iteration t = 1, 2, ..., with
    T = min(100000, num_iterations).

    Attributes:
      initial, minimum: fInputNoise, fInputNoiseMin.
      power: iInputNoisePow.
      num_iterations: iBatchRun.
      stop_at_minimum: stay there after T. The original's power grows again instead, past
        `initial` after 2 T (a difference only where `initial` is not `minimum`).
    """

    initial: float = 0.1
    minimum: float = 0.1
    power: float = 2.0
    num_iterations: int = 1000000
    stop_at_minimum: bool = False

    def at(
        self, iterations_done: tf.Tensor | tf.Variable, dtype: tf.DType = tf.float32
    ) -> tf.Tensor:
        """The scalar for the iteration that follows `iterations_done` (int64 scalar)."""
        share = tf.cast(iterations_done + 1, dtype) / min(100000, self.num_iterations)
        rest = 1.0 - share
        if self.stop_at_minimum:
            rest = tf.maximum(rest, 0.0)
        return (self.initial - self.minimum) * rest**self.power + self.minimum


class ClassAwareGAN(GANModel):
    """A discriminator with K class logits, a real and a fake logit, and what is made of them.

    Real and fake samples pass the discriminator in separate calls. It is called as
    discriminator(samples, rng=..., noise_stddev=...) and gives logits [batch, K + 2].

    Logs, besides the losses: `logit_*_rsum`, the probability of being real (with `wasserstein`
    `logit_*_r2`, the critic's value); `logit_*_rmax`, the largest class probability;
    `accuracy_real`, of the class head on the labelled batch; `match_fake`, the cosine between
    class probabilities and target.

    Args:
      objective: `ClassAwareObjective`; `METHODS` has the paper's. With `predefined` the latent
        is a `ClassConditionalLatent`, by default of as many entries as the generator takes.
      input_noise: `InputNoise`, or None to leave the noise to the discriminator.
      *args, **kwargs: further arguments of `GANModel`.
    """

    # With `predefined` it has methods that other latents lack.
    latent: Any
    other_logits = 2

    def __init__(
        self,
        *args: Any,
        objective: ClassAwareObjective | None = None,
        input_noise: InputNoise | None = None,
        **kwargs: Any,
    ):
        self.objective = objective = objective or ClassAwareObjective()
        self.input_noise = input_noise
        self.log_names = (
            *("loss_dis_total", "loss_dis_gan", "loss_gen_total", "loss_gen_gan"),
            *self._logit_names("real"),
            *self._logit_names("fake"),
            "match_fake",
        )
        optional = {
            "loss_dis_ac": objective.d_class_weight,
            "loss_gen_ac": objective.g_class_weight,
            "accuracy_real": objective.labelled,
            "loss_dis_gp": objective.gradient_penalty_weight,
            "slope_mean": objective.gradient_penalty_weight,
            "loss_dis_decay": objective.decay_weight,
            "loss_gen_decay": objective.decay_weight,
            "loss_gen_mode": objective.mode_weight,
            "gen_slope": objective.generator_slope_weight,
        }
        self.log_names += tuple(name for name, used in optional.items() if used)
        super().__init__(*args, **kwargs)
        if objective.predefined and not hasattr(self.latent, "split"):
            raise ValueError("predefined labels need a ClassConditionalLatent")
        network = self.discriminator
        if input_noise and isinstance(network, KerasNetwork) and not network.takes("noise_stddev"):
            raise InputError(
                "input_noise: the discriminator's call takes no noise_stddev, expected None with it"
            )

    def _default_latent(self) -> Any:
        if not self.objective.predefined:
            return super()._default_latent()
        size = self._latent_size()
        self._build_networks(size)
        logits = contracts.check_logits(self.discriminator, _LOGITS, 3)
        if logits is None or size <= logits - self.other_logits:
            raise InputError("predefined labels: expected a ClassConditionalLatent as the latent")
        classes = logits - self.other_logits
        return ClassConditionalLatent(size - classes, classes)

    def check_networks(self) -> None:
        super().check_networks()
        logits = contracts.check_logits(self.discriminator, _LOGITS, 3)
        if self.objective.drawn_confidence and logits not in (None, 3):
            raise InputError(
                f"the discriminator has {logits} logits, expected 3 with drawn_confidence: one "
                "class, real and fake"
            )
        if self.objective.predefined and logits not in (None, self.latent.num_classes + 2):
            classes = self.latent.num_classes
            raise InputError(
                f"the discriminator has {logits} logits, expected {classes + 2} for the {classes} "
                "classes of the latent, real and fake"
            )

    @property
    def label_classes(self) -> int | None:
        if not self.objective.labelled or self.discriminator.form is None:
            return None
        return self.discriminator.form.outputs.shape[1] - self.other_logits

    @property
    def has_class_head(self) -> bool:  # type: ignore[override]  # A constant in the base.
        """Whether the class logits are trained, on labels."""
        objective = self.objective
        return objective.labelled and objective.d_class_weight > 0 and not objective.conditional

    def initialize_from_data(self, batch_size: int) -> None:
        """Data-dependent initialisation of a new model's weight norm, on `batch_size` latents.

        The generator is initialised with latents, the discriminator with the images that it then
        makes, as in the original. An averaged generator is set to the new weights.
        """
        if self.iteration > 0:
            raise ValueError("a model that has been trained is not initialised again")
        rng = RNG(self.seed, 0, "initialize/")
        dtype = self.generator.compute_dtype
        latents = self.latent(rng, batch_size, dtype)
        fake = initialize_from_data(self.generator, latents)
        initialize_from_data(
            self.discriminator,
            fake,
            rng=rng.child("fake"),
            **self._noise(dtype, anneal=False),
            **self._given(latents=latents),
        )
        if self.ema_generator is not None:
            self.ema_generator.set_weights(self.generator.get_weights())

    def _noise(self, dtype: tf.DType, anneal: bool = True) -> dict[str, tf.Tensor]:
        if self.input_noise is None:
            return {}
        if not anneal:
            return {"noise_stddev": tf.constant(self.input_noise.initial, dtype)}
        return {"noise_stddev": self.input_noise.at(self.iteration, dtype)}

    def _given(
        self, latents: tf.Tensor | None = None, labels: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """The class that the discriminator is given: the latents', or smoothed labels."""
        if not self.objective.conditional:
            return {}
        if labels is None:
            return {"classes": self.latent.split(latents)[1]}
        confidence, count = self.objective.class_confidence, self.latent.num_classes
        dtype = self.discriminator.compute_dtype
        return {"classes": class_aware.smoothed_targets(labels, count, confidence, dtype)}

    def _discriminate(self, samples: tf.Tensor, rng: RNG, **given: tf.Tensor) -> tf.Tensor:
        return self.discriminator(samples, rng=rng, **self._noise(samples.dtype), **given)

    def _targets(self, latents: tf.Tensor, class_logits: tf.Tensor) -> tf.Tensor:
        scores = self.latent.split(latents)[1] if self.objective.predefined else class_logits
        return class_aware.generator_targets(
            scores, self.objective.class_confidence, self.objective.target_sharpness
        )

    def _real_values(self, logits: tf.Tensor) -> tf.Tensor:
        """What the adversarial losses take: log-odds of being real, or the critic's value."""
        objective = self.objective
        if objective.wasserstein:
            return class_aware.real_logit(logits, from_classes=False)
        return class_aware.real_log_odds(
            logits, objective.real_from_classes, objective.free_fake_logit
        )

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        samples, labels = batch
        objective = self.objective
        latents = self.latent(rng, tf.shape(samples)[0], samples.dtype)
        fake = self._images(latents, rng)
        real_logits = self._discriminate(samples, rng.child("real"), **self._given(labels=labels))
        fake_logits = self._discriminate(fake, rng.child("fake"), **self._given(latents=latents))
        targets = self._targets(latents, class_aware.split_logits(fake_logits)[0])
        loss = self._discriminator_gan_loss(real_logits, fake_logits, rng)
        logs = {"loss_dis_gan": loss}
        if objective.d_class_weight:
            classes = self._discriminator_class_loss(real_logits, labels, fake_logits, targets)
            loss += objective.d_class_weight * classes
            logs["loss_dis_ac"] = classes
        if objective.gradient_penalty_weight:
            penalty, slope = self._gradient_penalty(samples, fake, rng.child("penalty"))
            loss += penalty
            logs |= {"loss_dis_gp": penalty, "slope_mean": slope}
        if objective.decay_weight:
            logs["loss_dis_decay"] = self._decay(self.discriminator)
            loss += objective.decay_weight * logs["loss_dis_decay"]
        logs |= self._logit_logs(real_logits, "real") | self._logit_logs(fake_logits, "fake")
        logs |= self._class_logs(real_logits, labels) | self._match_log(fake_logits, targets)
        return loss, logs | {"loss_dis_total": loss}

    def _confidence(self, kind: str, values: tf.Tensor, rng: RNG) -> float | tf.Tensor:
        """The probability that samples of a kind are aimed to have: a number, or [batch, 1]."""
        if not self.objective.drawn_confidence:
            return self.objective.real_confidence
        uniform = rng.uniform(f"confidence_{kind}", [tf.shape(values)[0]], values.dtype)
        return class_aware.drawn_confidence(uniform)

    def _discriminator_gan_loss(
        self, real_logits: tf.Tensor, fake_logits: tf.Tensor, rng: RNG
    ) -> tf.Tensor:
        real, fake = self._real_values(real_logits), self._real_values(fake_logits)
        if self.objective.wasserstein:
            return tf.add_n(real_fake.wasserstein_discriminator_loss(real, fake))
        confidences = self._confidence("real", real, rng), self._confidence("fake", fake, rng)
        return tf.add_n(real_fake.discriminator_loss(real, fake, *confidences))

    def _discriminator_class_loss(
        self, real_logits: tf.Tensor, labels: tf.Tensor, fake_logits: tf.Tensor, targets: tf.Tensor
    ) -> tf.Tensor:
        objective = self.objective
        real, fake = (class_aware.split_logits(x)[0] for x in (real_logits, fake_logits))
        if objective.labelled:
            real_targets = class_aware.smoothed_targets(
                labels, real.shape[1], objective.class_confidence, real.dtype
            )
            loss = objective.real_confidence * class_aware.class_cross_entropy(real, real_targets)
        else:
            loss = class_aware.unlabelled_class_loss(real)
        even = class_aware.even_targets(fake)
        if objective.fake_classes == "target":
            return loss + class_aware.class_cross_entropy(fake, targets)
        if objective.fake_classes == "even":
            return loss + class_aware.class_cross_entropy(fake, even)
        if objective.real_confidence < 1.0:
            rest = 1.0 - objective.real_confidence
            return loss + rest * class_aware.class_cross_entropy(fake, even)
        return loss

    def _gradient_penalty(
        self, real: tf.Tensor, fake: tf.Tensor, rng: RNG
    ) -> tuple[tf.Tensor, tf.Tensor]:
        # The original's own real logit, whatever the losses take.
        mean_square, slopes = penalties.one_centered_gradient_penalty(
            lambda points: class_aware.real_logit(self._discriminate(points, rng), False),
            real,
            fake,
            rng.uniform("alpha", [tf.shape(real)[0]], real.dtype),
        )
        penalty = self.objective.gradient_penalty_weight * mean_square
        return penalty, tf.reduce_mean(slopes)

    @staticmethod
    def _decay(network: Network) -> tf.Tensor:
        return penalties.weight_excess_penalty(network.trainable_variables)

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        samples, _ = batch
        objective = self.objective
        latents = self.latent(rng, tf.shape(samples)[0], samples.dtype)
        fake, logs = self._generate(latents, rng)
        fake_logits = self._discriminate(fake, rng.child("fake"), **self._given(latents=latents))
        classes = class_aware.split_logits(fake_logits)[0]
        targets = self._targets(latents, classes)
        values = self._real_values(fake_logits)
        if objective.wasserstein:
            loss = real_fake.wasserstein_generator_loss(values)
        else:
            confidence = self._confidence("real", values, rng)
            loss = real_fake.non_saturating_generator_loss(values, confidence)
        logs["loss_gen_gan"] = loss
        if objective.g_class_weight:
            class_loss = class_aware.class_cross_entropy(classes, targets)
            logs["loss_gen_ac"] = objective.real_confidence * class_loss
            loss += objective.g_class_weight * logs["loss_gen_ac"]
        if objective.mode_weight:
            logs["loss_gen_mode"] = class_aware.mode_cross_entropy(classes)
            loss += objective.mode_weight * logs["loss_gen_mode"]
        if objective.decay_weight:
            logs["loss_gen_decay"] = self._decay(self.generator)
            loss += objective.decay_weight * logs["loss_gen_decay"]
        if objective.generator_slope_weight:
            loss -= objective.generator_slope_weight * logs["gen_slope"]
        logs |= self._logit_logs(fake_logits, "fake") | self._match_log(fake_logits, targets)
        return loss, logs | {"loss_gen_total": loss}

    def _images(self, latents: tf.Tensor, rng: RNG) -> tf.Tensor:
        if not getattr(self.generator, "noise_maps", False):
            return self.generator(latents)
        return self.generator(latents, rng.child("generator"))

    def _generate(self, latents: tf.Tensor, rng: RNG) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Samples, and {'gen_slope': mean |d sum(samples) / d noise|} where that is a loss."""
        if not self.objective.generator_slope_weight:
            return self._images(latents, rng), {}
        with tf.GradientTape() as tape:
            tape.watch(latents)
            fake = self._images(latents, rng)
            total = tf.reduce_sum(fake)
        slopes = tape.gradient(total, latents)[:, : self.latent.dim]
        return fake, {"gen_slope": tf.reduce_mean(tf.abs(slopes))}

    def _logit_names(self, kind: str) -> tuple[str, str]:
        first = "r2" if self.objective.wasserstein else "rsum"
        return f"logit_{kind}_{first}", f"logit_{kind}_rmax"

    def _logit_logs(self, logits: tf.Tensor, kind: str) -> dict[str, tf.Tensor]:
        values = self._real_values(logits)
        if not self.objective.wasserstein:
            values = tf.sigmoid(values)
        classes = tf.nn.softmax(class_aware.split_logits(logits)[0])
        largest = tf.reduce_mean(tf.reduce_max(classes, axis=1))
        return dict(zip(self._logit_names(kind), (tf.reduce_mean(values), largest), strict=True))

    def _class_logs(self, logits: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        if not self.objective.labelled:
            return {}
        classes = class_aware.split_logits(logits)[0]
        right = tf.argmax(classes, axis=1, output_type=labels.dtype) == labels
        return {"accuracy_real": tf.reduce_mean(tf.cast(right, classes.dtype))}

    @staticmethod
    def _match_log(logits: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        classes = class_aware.split_logits(logits)[0]
        return {"match_fake": class_aware.target_similarity(classes, targets)}
