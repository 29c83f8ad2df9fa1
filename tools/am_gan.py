"""Trains AM-GAN, or the plain GAN it is compared with, as AM-GAN2's code/AM-GAN.py does.

    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags

Flags with capital letters are the original's, with its names, types, defaults and meaning (those
of code/AM-GAN-log-netstate.py included); the others are shared by all scripts.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.methods.am_gan import flags as am_gan_flags  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

am_gan_flags.define(ROOT)
flags.DEFINE_boolean("bAMGAN", True, "AM-GAN with K + 1 classes; --nobAMGAN: non-saturating GAN.")
flags.DEFINE_boolean(
    "class_sheets",
    False,
    "Write a sheet with one row per class, by the discriminator, with every sample sheet.",
)

FIXED_BY_RUN = ("bAMGAN", *am_gan_flags.FIXED_BY_RUN)

load_data = am_gan_flags.load_data


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    am_gan_flags.check()
    if FLAGS.class_sheets:
        is_image = data.describe(FLAGS.sDataSet).is_image
        flag_defs.require(FLAGS.bAMGAN and is_image, "class_sheets", "--bAMGAN and images with it")


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.am_gan import build as am_gan_networks
    from amnat.methods.am_gan.model import AMGAN
    from amnat.models import GAN
    from amnat.training import technique_flags

    print(technique_flags.describe(FLAGS.bUseWN), flush=True)
    method, num_logits = (AMGAN, dataset.num_classes + 1) if FLAGS.bAMGAN else (GAN, 1)
    return am_gan_networks.build_model(method, num_logits, dataset)


def extra_callbacks(run, start, dataset, options):
    """The callbacks of --log_layer_states and --class_sheets."""
    from amnat.methods.am_gan.class_sheets import ClassSheets

    callbacks = am_gan_flags.layer_states(run, start, dataset, options)
    if FLAGS.class_sheets:
        sizes = dataset.num_classes, options.batch_size
        callbacks.append(ClassSheets(options.sample_every, start, run, *sizes))
    return callbacks


def main():
    check_flags()
    run, start = session.open_run(
        FLAGS.sResultDir, FLAGS.sResultTag, FLAGS.sDataSet, FLAGS.bLoadCheckpoint, FIXED_BY_RUN
    )
    return session.train(
        session.Session(
            run=run,
            start=start,
            dataset=load_data("train"),
            load_test=lambda: load_data("test"),
            batch_size=FLAGS.iBatchSize,
            num_iterations=FLAGS.iMaxIter + 1,
            build_model=build_model,
            gpu=FLAGS.GPU,
            extra_callbacks=extra_callbacks,
        )
    )


if __name__ == "__main__":
    flag_defs.run(main)
