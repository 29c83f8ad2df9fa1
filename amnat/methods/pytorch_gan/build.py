"""Builds the two-player GAN from the flags of the family."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from amnat.methods.pytorch_gan.model import AdversarialGAN
from amnat.models.techniques import with_techniques
from amnat.networks.network import Network
from amnat.training import technique_flags
from amnat.training.optimizers import TorchAdam

from absl import flags

if TYPE_CHECKING:
    from amnat.export.generators import Latent

FLAGS = flags.FLAGS

# PyTorch's default.
EPSILON = 1e-8


def make_optimizer() -> TorchAdam:
    """Adam with the rate and betas of the flags."""
    return TorchAdam(FLAGS.lr, FLAGS.b1, FLAGS.b2, EPSILON)


def discriminator_techniques() -> dict[str, Any]:
    """Arguments of the discriminator: the techniques that are layers of it."""
    return technique_flags.minibatch() | {"weight_norm": FLAGS.weight_norm}


def build_model(
    make_generator: Callable[[], Network], discriminator: Network, latent: Latent
) -> AdversarialGAN:
    """The compiled model; call it under the strategy's scope. Prints the techniques.

    Args:
      make_generator: callable without arguments that returns a generator with its variables.
      discriminator: network with its variables.
      latent: see `GANModel`.
    """
    print(technique_flags.describe(FLAGS.weight_norm), flush=True)
    model = with_techniques(AdversarialGAN, technique_flags.techniques())(
        make_generator(),
        discriminator,
        latent,
        d_steps=FLAGS.d_steps,
        g_steps=FLAGS.g_steps,
        seed=FLAGS.seed,
        ema_generator=make_generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
        loss=FLAGS.loss,
        penalty=FLAGS.gradient_penalty,
        gradient_penalty_weight=FLAGS.gradient_penalty_weight,
        clip_weights=FLAGS.clip_weights,
        update_order=FLAGS.update_order,
        discriminator_scale=0.5 if FLAGS.half_discriminator_loss else 1.0,
    )
    model.compile(make_optimizer(), make_optimizer())
    return model
