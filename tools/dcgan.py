"""Trains a convolutional GAN by the guidelines of DCGAN (Radford et al. 2016).

    python tools/dcgan.py --flagfile=flags/dcgan_digits.flags

For images of 28, 32 or 64 pixels, to which any data set is brought. Flags that PyTorch-GAN's
implementations/dcgan/dcgan.py has keep its names and meaning, but its networks are others: it
enlarges without strides, and has leaky ReLU, dropout and an epsilon of 0.8 in its batch norm.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.methods.pytorch_gan import flags as pytorch_gan_flags  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

IMAGE_SIZES = (28, 32, 64)

pytorch_gan_flags.define(ROOT, img_size=32)
pytorch_gan_flags.define_losses("discriminator_first", discriminator_half=False)
flags.DEFINE_integer("width", 64, "Channels of the widest maps; 128 in the paper.", lower_bound=1)
flags.DEFINE_integer("kernel_size", 5, "Of the convolutions.", lower_bound=2)
flags.DEFINE_enum(
    "latent_noise",
    "uniform",
    ["uniform", "normal"],
    "The latent: U[-1, 1) as in the paper, or N(0, 1) as in PyTorch-GAN.",
)

FIXED_BY_RUN = (
    *pytorch_gan_flags.FIXED_BY_RUN,
    *pytorch_gan_flags.FIXED_BY_LOSS,
    *("width", "kernel_size", "latent_noise"),
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    pytorch_gan_flags.check()
    pytorch_gan_flags.check_losses()
    flag_defs.require(FLAGS.img_size in IMAGE_SIZES, "img_size", "28, 32 or 64")


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.pytorch_gan import build as adversarial_training
    from amnat.methods.pytorch_gan.dcgan_networks import GuidelineDiscriminator, GuidelineGenerator
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

    def generator():
        return technique_flags.make_generator(
            GuidelineGenerator,
            latent,
            latent_dim=FLAGS.latent_dim,
            weight_norm=FLAGS.weight_norm,
            **common,
        )

    discriminator = GuidelineDiscriminator(
        plain_features=FLAGS.feature_matching != "none",
        **adversarial_training.discriminator_techniques(),
        **common,
    )
    discriminator.build_variables(dataset.sample_shape)
    return adversarial_training.build_model(generator, discriminator, latent)


def main():
    check_flags()
    run, start = pytorch_gan_flags.open_run("dcgan", FIXED_BY_RUN)
    dataset = pytorch_gan_flags.load_data("train")
    return session.train(
        session.Session(
            run=run,
            start=start,
            dataset=dataset,
            load_test=lambda: pytorch_gan_flags.load_data("test"),
            batch_size=FLAGS.batch_size,
            batch_size_flag="batch_size",
            num_iterations=pytorch_gan_flags.num_iterations(dataset, FLAGS.d_steps),
            build_model=build_model,
            extra_callbacks=pytorch_gan_flags.class_histograms,
        )
    )


if __name__ == "__main__":
    flag_defs.run(main)
