"""Builds networks, model and optimizers from the flags of AM-GANs-for-reproduce."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.layers import KernelOptions
from amnat.methods.am_gan_paper import objective_flags, optimizer_flags, pacing_flags
from amnat.methods.am_gan_paper.model import ClassAwareGAN, InputNoise
from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator, WidthError
from amnat.methods.am_gan_paper.objective import ClassAwareObjective
from amnat.methods.am_gan_paper.pacing import PacedGAN
from amnat.models import ClassConditionalLatent, NoiseLatent
from amnat.training.optimizers import make_optimizer

import numpy as np
import tf_keras as keras
from absl import flags

FLAGS = flags.FLAGS


def build_model(dataset: Dataset) -> ClassAwareGAN:
    """The compiled model for a data set; call it under the strategy's scope."""
    goal = objective_flags.objective()
    num_classes = dataset.num_classes if FLAGS.bUseClassLabel else FLAGS.iUnlableClass
    noise = "uniform" if FLAGS.bUseUniformZ else "unit_sphere" if FLAGS.bNormalizeZ else "normal"
    latent = NoiseLatent(FLAGS.iDimsZ, noise)
    if goal.predefined:
        latent = ClassConditionalLatent(FLAGS.iDimsZ, num_classes, noise)
    make_generator, discriminator = _build_networks(dataset, latent.size, num_classes, goal)
    pacing = pacing_flags.pacing()
    kind = functools.partial(PacedGAN, pacing=pacing) if pacing else ClassAwareGAN
    model = kind(
        make_generator(),
        discriminator,
        latent,
        objective=goal,
        input_noise=InputNoise(
            FLAGS.fInputNoise,
            FLAGS.fInputNoiseMin,
            FLAGS.iInputNoisePow,
            FLAGS.iBatchRun,
            FLAGS.fix_input_noise,
        ),
        d_steps=FLAGS.iTrainD,
        g_steps=FLAGS.iTrainG,
        seed=FLAGS.seed,
        ema_generator=make_generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
    )
    model.compile(*_make_optimizers(model))
    return model


def _build_networks(
    dataset: Dataset, latent_size: int, num_classes: int, goal: ClassAwareObjective
) -> tuple[Callable[[], AMGANGenerator], AMGANDiscriminator]:
    """(function that makes a generator, discriminator), with their variables."""
    image_size, _, channels = dataset.sample_shape
    common = {
        # The weights' own size matters to Adam, though not to what they compute: the original
        # draws from a truncated normal of 0.05 without making up for the cut tails.
        "kernel": KernelOptions(
            distribution="truncated_normal", weight_stddev=0.05 / np.sqrt(1.3).item()
        ),
        "data_format": FLAGS.data_format,
        "growth": FLAGS.fDimIncreaseRate,
        "seed": FLAGS.seed,
    }

    def batch_norm(has_second_derivative: bool) -> str:
        original = has_second_derivative and not FLAGS.fix_penalty_gradient
        return "moments" if original else "fused"

    def make_generator() -> AMGANGenerator:
        return AMGANGenerator(
            FLAGS.iFilterDimG,
            channels,
            image_size,
            kernel_size=FLAGS.iKsizeG,
            num_extra=FLAGS.iResG,
            min_width=FLAGS.iFilterDimD,
            wide_end=bool(FLAGS.gfirst1),
            use_batch_norm=FLAGS.oBnG == "bn",
            activation=FLAGS.oActG,
            batch_norm=batch_norm(goal.generator_slope_weight > 0),
            **_rarer(
                use_layer_norm=FLAGS.oBnG == "ln",
                upsampling=FLAGS.oUp,
                noise_maps=FLAGS.bAddHZ,
            ),
            **common,
        ).build_variables((latent_size,))

    try:
        make_generator()
        discriminator = AMGANDiscriminator(
            num_classes + 2,
            FLAGS.iFilterDimD,
            image_size,
            kernel_size=FLAGS.iKsizeD,
            num_first=FLAGS.dfirst1,
            num_extra=FLAGS.iResD,
            min_size=FLAGS.iMinSizeD,
            pooling=FLAGS.dfinal,
            input_noise=FLAGS.fInputNoise,
            layer_noise=FLAGS.fLayerNoiseD,
            dropout_rate=FLAGS.fLayerDropoutD,
            use_batch_norm=FLAGS.oBnD == "bn",
            activation=FLAGS.oActD,
            batch_norm=batch_norm(goal.gradient_penalty_weight > 0),
            **_rarer(
                use_layer_norm=FLAGS.oBnD == "ln",
                downsampling=FLAGS.oDown,
                num_conditions=num_classes * goal.conditional,
            ),
            **common,
        )
    except WidthError as error:
        raise InputError(f"--iFilterDimG, --iFilterDimD: {error}; widen the networks") from error
    return make_generator, discriminator.build_variables(dataset.sample_shape)


def _rarer(**arguments: bool | int | str) -> dict[str, Any]:
    """The arguments that are not the networks' defaults; records of runs have the others only."""
    defaults = (False, "deconv", "conv")
    return {name: value for name, value in arguments.items() if value not in defaults}


def _make_optimizers(
    model: ClassAwareGAN,
) -> tuple[keras.optimizers.legacy.Optimizer, keras.optimizers.legacy.Optimizer]:
    """(discriminator's, generator's); each rate follows its own player's updates."""

    def schedule(initial: float) -> keras.optimizers.schedules.LearningRateSchedule:
        return keras.optimizers.schedules.ExponentialDecay(
            initial, FLAGS.iLrStep, FLAGS.fLrDecay, FLAGS.bLrStair
        )

    d_schedule, g_schedule = schedule(2.0 * FLAGS.fLrIniD), schedule(FLAGS.fLrIniG)
    return (
        make_optimizer(
            optimizer_flags.of_discriminator(),
            lambda: d_schedule(model.d_optimizer.iterations),
            FLAGS.fBeta1D,
            FLAGS.fBeta2D,
        ),
        make_optimizer(
            FLAGS.oOptG, lambda: g_schedule(model.generator_updates), FLAGS.fBeta1G, FLAGS.fBeta2G
        ),
    )
