"""The models of the MS-GAN family from the settings of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from amnat.data.dataset import Dataset
from amnat.methods.dist_gan import schedules
from amnat.methods.dist_gan.model import TASK_CLASSES, DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.seed_variant import SeedDistGAN, seed_objective
from amnat.methods.dist_gan.settings import Settings
from amnat.methods.dist_gan.ssgan import SSGAN
from amnat.models import NoiseLatent, NormalLatent
from amnat.models.base import GANModel
from amnat.networks.network import Network
from amnat.training.optimizers import make_optimizer

import tensorflow as tf

_Model = TypeVar("_Model", bound=GANModel)

RATES = {
    "official": schedules.halved_linear_rate,
    "pytorch_seed": schedules.late_linear_rate,
    "ssgan": schedules.linear_rate,
}


@dataclasses.dataclass(frozen=True)
class ModelOptions:
    """What a model is built from.

    Attributes:
      settings: `Settings`.
      variant: a member of `settings.VARIANTS`.
      ss_task: 0, 1 or 2.
      num_steps: n_steps, at which the schedules end.
      latent_size: entries of the latent.
      style: see `settings.Entry`.
      generator_reconstructs: see `DistGANObjective`.
      fixes: {attribute of `DistGANObjective`: whether it is on}, from the --fix_ flags.
      reconstruction_rate, regulariser_rate: learning rates of 'pytorch_seed'; 0 leaves out that
        update.
      d_steps: discriminator updates per iteration for 'ssgan'.
      ema_decay, data_format, seed: see the flags.
      discriminator_rate: the discriminator's learning rate for 'pytorch_seed'; None for that of the
        settings.
    """

    settings: Settings
    variant: str
    ss_task: int
    num_steps: int
    latent_size: int
    style: str
    generator_reconstructs: bool
    fixes: dict[str, bool]
    reconstruction_rate: float
    regulariser_rate: float
    d_steps: int
    ema_decay: float
    data_format: str
    seed: int
    discriminator_rate: float | None = None

    def plan(self, image_shape: Sequence[int], num_classes: int) -> Plan:
        """The networks for images of a given shape."""
        found = self.settings
        return Plan(
            found.family,
            tuple(image_shape),
            self.latent_size,
            found.encoder_width,
            found.generator_width,
            found.discriminator_width,
            num_classes,
            self.style,
            self.variant,
            self.data_format,
            self.seed,
        )

    def objective(self) -> DistGANObjective:
        """The losses of `DistGAN`."""
        found = self.settings
        if self.variant == "pytorch_seed":
            goal = seed_objective(self.num_steps, found.d_task_weight, found.g_task_weight)
            return dataclasses.replace(
                goal, ss_task=self.ss_task, penalty_weight=found.penalty_weight
            )
        fixes = dict(self.fixes)
        return DistGANObjective(
            loss_type=found.loss_type,
            ss_task=self.ss_task,
            penalty_weight=found.penalty_weight,
            regulariser_weight=found.regulariser_weight,
            d_task_weight=found.d_task_weight,
            g_task_weight=found.g_task_weight,
            num_iterations=self.num_steps,
            hinge_on_logits=fixes.pop("hinge_on_logits", False) or found.family == "dcgan",
            generator_reconstructs=self.generator_reconstructs,
            **fixes,
        )


def build_model(options: ModelOptions, dataset: Dataset) -> GANModel:
    """The compiled `GANModel` for a data set; call it in the strategy's scope."""
    build = {"ssgan": _ssgan, "pytorch_seed": _seed_dist_gan}.get(options.variant, _dist_gan)
    return build(options, dataset)


def _common(options: ModelOptions, plan: Plan) -> dict[str, Any]:
    return {
        "seed": options.seed,
        "ema_generator": plan.generator() if options.ema_decay else None,
        "ema_decay": options.ema_decay,
    }


def _compile(model: _Model, options: ModelOptions, rates: Sequence[float]) -> _Model:
    """Compiles with one Adam for each rate."""
    found, rule = options.settings, RATES[options.variant]

    def schedule(rate: float) -> float | Callable[[], tf.Tensor]:
        # In the original the other families have a decay as well, but with a factor of 1.
        if found.family != "resnet":
            return rate
        return lambda: rule(rate, options.num_steps, model.iteration)

    made = [make_optimizer("adam", schedule(rate), found.beta1, found.beta2) for rate in rates]
    model.compile(*made)
    return model


def _networks(
    options: ModelOptions, dataset: Dataset, goal: DistGANObjective
) -> tuple[Plan, tuple[Network, Network, Network, NoiseLatent, DistGANObjective]]:
    plan = options.plan(dataset.sample_shape, TASK_CLASSES[goal.ss_task])
    latent = NoiseLatent(plan.latent_size, "uniform")
    return plan, (plan.generator(), plan.discriminator(), plan.encoder(), latent, goal)


def _dist_gan(options: ModelOptions, dataset: Dataset) -> DistGAN:
    plan, parts = _networks(options, dataset, options.objective())
    model = DistGAN(*parts, **_common(options, plan))
    return _compile(model, options, [options.settings.learning_rate] * 3)


def _seed_dist_gan(options: ModelOptions, dataset: Dataset) -> SeedDistGAN:
    plan, parts = _networks(options, dataset, options.objective())
    model = SeedDistGAN(
        *parts,
        use_reconstruction=options.reconstruction_rate > 0,
        use_regulariser=options.regulariser_rate > 0,
        **_common(options, plan),
    )
    rates = [options.reconstruction_rate, options.regulariser_rate]
    rate = options.settings.learning_rate
    judge = rate if options.discriminator_rate is None else options.discriminator_rate
    return _compile(model, options, [*rates, judge, rate])


def _ssgan(options: ModelOptions, dataset: Dataset) -> SSGAN:
    plan = options.plan(dataset.sample_shape, 4)
    model = SSGAN(
        plan.generator(),
        plan.discriminator(),
        NormalLatent(plan.latent_size),
        d_task_weight=options.settings.d_task_weight,
        g_task_weight=options.settings.g_task_weight,
        d_steps=options.d_steps,
        **_common(options, plan),
    )
    return _compile(model, options, [options.settings.learning_rate] * 2)
