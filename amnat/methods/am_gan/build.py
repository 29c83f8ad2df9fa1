"""Builds a method on AM-GAN2's networks and optimizers from the flags of `am_gan/flags.py`."""

from __future__ import annotations

from typing import Any

from amnat.data.dataset import Dataset
from amnat.layers import KernelOptions
from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator
from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.methods.am_gan.schedules import learning_rate
from amnat.models import GAN, NormalLatent
from amnat.models.techniques import with_techniques
from amnat.networks.network import Network
from amnat.training import technique_flags
from amnat.training.optimizers import make_optimizer

import tensorflow as tf
import tf_keras as keras
from absl import flags

FLAGS = flags.FLAGS


def build_model(method: type[GAN], num_logits: int, dataset: Dataset, **options: Any) -> GAN:
    """The compiled model for a data set; call it under the strategy's scope.

    Args:
      method: a class of `amnat.models` that derives from `GAN`.
      num_logits: outputs of the discriminator.
      dataset: `amnat.data.Dataset` of points or square images.
      **options: further arguments of the method.
    """
    latent = NormalLatent(FLAGS.iDimsZ)
    model = with_techniques(method, technique_flags.techniques())(
        _generator(dataset, latent),
        _discriminator(num_logits, dataset),
        latent,
        d_steps=FLAGS.iTrainD,
        g_steps=FLAGS.iTrainG,
        seed=FLAGS.seed,
        ema_generator=_generator(dataset, latent) if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
        gradient_penalty_weight=FLAGS.fWeightGP,
        **options,
    )

    def rate() -> tf.Tensor:
        return learning_rate(FLAGS.oDecay, FLAGS.fLrIni, FLAGS.iMaxIter, model.generator_updates)

    def optimizer() -> keras.optimizers.legacy.Optimizer:
        return make_optimizer(
            FLAGS.oOpt, rate, FLAGS.fBeta1, FLAGS.fBeta2, FLAGS.fEpsilon, FLAGS.fix_sign_optimizers
        )

    model.compile(optimizer(), optimizer())
    return model


def _common() -> dict[str, Any]:
    kernel = KernelOptions(
        "weight_norm" if FLAGS.bUseWN else "scale_after_init",
        weight_stddev=FLAGS.fInitWeightStddev,
        layer_stddev=FLAGS.fInitLayerStddev,
    )
    return {
        "activation": FLAGS.oAct,
        "kernel": kernel,
        "data_format": FLAGS.data_format,
        "seed": FLAGS.seed,
    }


def _generator(dataset: Dataset, latent: NormalLatent) -> Network:
    cls = DCGANGenerator if dataset.is_image else MLPGenerator
    outputs = "channels" if dataset.is_image else "num_outputs"
    sizes = {"width": FLAGS.iFilterDimsG, outputs: dataset.sample_shape[-1]}
    if dataset.is_image:
        sizes["image_size"] = dataset.sample_shape[0]
    return technique_flags.make_generator(cls, latent, **sizes, **_common())


def _discriminator(num_logits: int, dataset: Dataset) -> Network:
    # The original's penalty differentiates batch normalisation only in part; see docs/fidelity.md.
    partial = FLAGS.fWeightGP and not FLAGS.fix_penalty_gradient
    arguments = _common() | {"batch_norm": "moments" if partial else "fused"}
    if FLAGS.minibatch_kernels:
        arguments |= technique_flags.minibatch()
    if dataset.is_image:
        size = dataset.sample_shape[0]
        discriminator = DCGANDiscriminator(
            num_logits, FLAGS.iFilterDimsD, FLAGS.fDropRate, image_size=size, **arguments
        )
    else:
        discriminator = MLPDiscriminator(num_logits, FLAGS.iFilterDimsD, **arguments)
    return discriminator.build_variables(dataset.sample_shape)
