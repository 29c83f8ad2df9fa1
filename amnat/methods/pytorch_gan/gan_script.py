"""The fully connected GAN of PyTorch-GAN as a `Method`: tools/gan.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags
from amnat.methods.pytorch_gan.method import PyTorchGANMethod
from amnat.training.declarations import define_float, refuse_idle

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.networks.network import Network

FLAGS = flags.FLAGS


class GANScript(PyTorchGANMethod):
    """PyTorch-GAN's pair with any loss, penalty and technique."""

    name = "gan"
    name_in_pictures = "GAN"

    def define_flags(self) -> None:
        super().define_flags()
        pytorch_gan_flags.define_losses("generator_first", discriminator_half=True)
        define_float(
            "batch_norm_epsilon",
            0.8,
            "Epsilon of the generator's batch norm. The original passes 0.8 where epsilon is "
            "meant, which leaves little of it; 1e-5 is the usual one.",
            fixed=True,
            more_than=0,
            only_with="!virtual_batch_norm",
        )

    def check_flags(self) -> None:
        super().check_flags()
        pytorch_gan_flags.check_losses()
        refuse_idle("data_format", False, "convolutions, as tools/dcgan.py has")

    def batches_per_iteration(self) -> int:
        return FLAGS.d_steps

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.pytorch_gan import build
        from amnat.methods.pytorch_gan.mlp_networks import MLPImageDiscriminator, MLPImageGenerator
        from amnat.models import NormalLatent
        from amnat.training import technique_flags

        latent = NormalLatent(FLAGS.latent_dim)

        def make_generator() -> Network:
            return technique_flags.make_generator(
                MLPImageGenerator,
                latent,
                image_shape=dataset.sample_shape,
                batch_norm_epsilon=FLAGS.batch_norm_epsilon,
                weight_norm=FLAGS.weight_norm,
                seed=FLAGS.seed,
            )

        discriminator = MLPImageDiscriminator(seed=FLAGS.seed, **build.discriminator_techniques())
        discriminator.build_variables(dataset.sample_shape)
        return build.build_model(make_generator, discriminator, latent)
