"""A convolutional GAN by the guidelines of DCGAN as a `Method`: tools/dcgan.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amnat.data.dataset import Dataset
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags
from amnat.methods.pytorch_gan.method import PyTorchGANMethod
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_enum,
    define_integer,
    define_list,
    refuse_idle,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.networks.network import Network

FLAGS = flags.FLAGS

IMAGE_SIZES = (28, 32, 64)
# How each of the paper's guidelines for architectures is broken, in its order: (arguments of both
# networks, the generator's, the discriminator's).
_BREAKS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "pooling": ({"strided": False}, {}, {}),
    "no_batch_norm": ({"use_batch_norm": False}, {}, {}),
    "hidden_layers": ({"hidden_units": 1024}, {}, {}),
    "leaky_generator": ({}, {"activation": "lrelu"}, {}),
    "relu_discriminator": ({}, {}, {"activation": "relu"}),
}


class DCGANScript(PyTorchGANMethod):
    """The pair of Radford et al. 2016 with any loss, penalty and technique."""

    name = "dcgan"
    name_in_pictures = "DCGAN"
    defaults = {"img_size": 32}

    def define_flags(self) -> None:
        super().define_flags()
        pytorch_gan_flags.define_losses("discriminator_first", discriminator_half=False)
        define_integer(
            "width",
            64,
            "Channels of the widest maps; 128 in the paper.",
            fixed=True,
            at_least=1,
            means="width",
        )
        define_integer("kernel_size", 5, "Kernel size of the convolutions.", fixed=True, at_least=2)
        define_enum(
            "latent_noise",
            "uniform",
            ["uniform", "normal"],
            "The latent: U[-1, 1) as in the paper, or N(0, 1) as in PyTorch-GAN.",
            fixed=True,
        )

        define_list(
            "break_guidelines",
            [],
            "Guidelines of the paper to break: pooling (max pooling and doubling of pixels instead "
            "of strides), no_batch_norm, hidden_layers (a dense layer of 1,024 units in both "
            "networks), leaky_generator (leaky ReLU), relu_discriminator (ReLU).",
            fixed=True,
        )

    def check_flags(self) -> None:
        super().check_flags()
        shared.require(
            set(FLAGS.break_guidelines) <= set(_BREAKS),
            "break_guidelines",
            f"some of {', '.join(_BREAKS)}",
        )
        refuse_idle(
            "virtual_batch_norm",
            "no_batch_norm" not in FLAGS.break_guidelines,
            "batch norm: no no_batch_norm in --break_guidelines",
        )
        pytorch_gan_flags.check_losses()
        shared.require(FLAGS.img_size in IMAGE_SIZES, "img_size", "28, 32 or 64")

    def batches_per_iteration(self) -> int:
        return FLAGS.d_steps

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.pytorch_gan import build
        from amnat.methods.pytorch_gan.dcgan_networks import (
            GuidelineDiscriminator,
            GuidelineGenerator,
        )
        from amnat.models.class_latent import NoiseLatent
        from amnat.training import technique_flags

        latent = NoiseLatent(FLAGS.latent_dim, FLAGS.latent_noise)
        common = {
            "image_size": FLAGS.img_size,
            "channels": dataset.sample_shape[-1],
            "width": FLAGS.width,
            "kernel_size": FLAGS.kernel_size,
            "data_format": FLAGS.data_format,
            "seed": FLAGS.seed,
        }
        of_generator: dict[str, Any] = {}
        of_discriminator: dict[str, Any] = {}
        for name in FLAGS.break_guidelines:
            of_both, *others = _BREAKS[name]
            common |= of_both
            of_generator |= others[0]
            of_discriminator |= others[1]

        def make_generator() -> Network:
            return technique_flags.make_generator(
                GuidelineGenerator,
                latent,
                latent_dim=FLAGS.latent_dim,
                weight_norm=FLAGS.weight_norm,
                **of_generator,
                **common,
            )

        discriminator = GuidelineDiscriminator(
            plain_features=FLAGS.feature_matching != "none",
            **build.discriminator_techniques(),
            **of_discriminator,
            **common,
        )
        discriminator.build_variables(dataset.sample_shape)
        return build.build_model(make_generator, discriminator, latent)
