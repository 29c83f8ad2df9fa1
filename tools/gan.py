"""Trains the fully connected GAN of PyTorch-GAN (implementations/gan/gan.py).

    python tools/gan.py --flagfile=flags/gan_digits.flags

The original's flags, with their names, defaults and meaning; --loss, --update_order and the
techniques are this project's, and the others are shared by all scripts. A histogram of the
samples' classes is taken with every score.
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

pytorch_gan_flags.define(ROOT, img_size=28)
pytorch_gan_flags.define_losses("generator_first", discriminator_half=True)
flags.DEFINE_float(
    "batch_norm_epsilon",
    0.8,
    "Of the generator's batch norm. The original passes 0.8 where epsilon is meant, which leaves "
    "little of it; 1e-5 is the usual one.",
)

FIXED_BY_RUN = (
    *pytorch_gan_flags.FIXED_BY_RUN,
    *pytorch_gan_flags.FIXED_BY_LOSS,
    "batch_norm_epsilon",
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    pytorch_gan_flags.check()
    pytorch_gan_flags.check_losses()
    flag_defs.require_finite("batch_norm_epsilon", positive=True)
    flag_defs.require(
        not FLAGS.virtual_batch_norm
        or FLAGS.batch_norm_epsilon == FLAGS["batch_norm_epsilon"].default,
        "batch_norm_epsilon",
        "--virtual_batch_norm=0 with it",
    )


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.pytorch_gan import build as adversarial_training
    from amnat.methods.pytorch_gan.mlp_networks import MLPImageDiscriminator, MLPImageGenerator
    from amnat.models import NormalLatent
    from amnat.training import technique_flags

    latent = NormalLatent(FLAGS.latent_dim)

    def generator():
        return technique_flags.make_generator(
            MLPImageGenerator,
            latent,
            image_shape=dataset.sample_shape,
            batch_norm_epsilon=FLAGS.batch_norm_epsilon,
            weight_norm=FLAGS.weight_norm,
            seed=FLAGS.seed,
        )

    discriminator = MLPImageDiscriminator(
        seed=FLAGS.seed, **adversarial_training.discriminator_techniques()
    )
    discriminator.build_variables(dataset.sample_shape)
    return adversarial_training.build_model(generator, discriminator, latent)


def main():
    check_flags()
    run, start = pytorch_gan_flags.open_run("gan", FIXED_BY_RUN)
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
