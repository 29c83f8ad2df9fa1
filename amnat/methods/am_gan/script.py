"""AM-GAN, and the plain GAN it is compared with, as a `Method`: tools/am_gan.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat import data
from amnat.data.dataset import Dataset
from amnat.methods.am_gan import flags as am_gan_flags
from amnat.training import flags as shared
from amnat.training.declarations import define_boolean
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS


class AMGAN2Method(Method):
    """The base of all methods with AM-GAN2's flags: where runs lie, their data, their length."""

    run_flags = am_gan_flags.RUN_FLAGS

    def define_flags(self) -> None:
        am_gan_flags.define()

    def check_flags(self) -> None:
        am_gan_flags.check()

    def run_name(self) -> str:
        return shared.run_name(FLAGS.sResultTag, data.describe(FLAGS.sDataSet).label)

    def load_data(self, split: str) -> Dataset:
        return am_gan_flags.load_data(split)

    def num_iterations(self, dataset: Dataset) -> int:
        return FLAGS.iMaxIter + 1

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        return am_gan_flags.layer_states(run, start, dataset, options)


class AMGANScript(AMGAN2Method):
    """AM-GAN with K + 1 classes, or the non-saturating GAN."""

    def define_flags(self) -> None:
        super().define_flags()
        define_boolean(
            "bAMGAN",
            True,
            "AM-GAN with K + 1 classes; --nobAMGAN: non-saturating GAN.",
            fixed=True,
            means="method",
        )
        define_boolean(
            "class_sheets",
            False,
            "Write a sheet with one row per class, by the discriminator, with every sample sheet.",
            fixed=False,
        )

    def check_flags(self) -> None:
        super().check_flags()
        if FLAGS.class_sheets:
            is_image = data.describe(FLAGS.sDataSet).is_image
            good = FLAGS.bAMGAN and is_image
            shared.require(good, "class_sheets", "--bAMGAN and images with it")

    def title(self) -> str:
        return "AM-GAN" if FLAGS.bAMGAN else "GAN"

    def check_data(self, dataset: Dataset) -> None:
        if FLAGS.bAMGAN:
            shared.require_classes(
                dataset, "AM-GAN", "train the GAN, which needs none, with --nobAMGAN"
            )

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.am_gan import build
        from amnat.methods.am_gan.model import AMGAN
        from amnat.models import GAN
        from amnat.training import technique_flags

        print(technique_flags.describe(FLAGS.bUseWN), flush=True)
        method, num_logits = (AMGAN, dataset.num_classes + 1) if FLAGS.bAMGAN else (GAN, 1)
        return build.build_model(method, num_logits, dataset)

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """The callbacks of --log_layer_states and --class_sheets."""
        from amnat.methods.am_gan.class_sheets import ClassSheets

        callbacks = super().callbacks(run, start, dataset, options)
        if FLAGS.class_sheets:
            classes = dataset.class_names, options.batch_size
            callbacks.append(ClassSheets(options.sample_every, start, run, *classes))
        return callbacks
