"""InfoGAN on images as a `Method`: tools/infogan.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.data.labelled_subset import choose_labelled
from amnat.methods.infogan import flags as infogan_flags
from amnat.methods.pytorch_gan.method import PyTorchGANMethod
from amnat.training import flags as shared
from amnat.training import xla
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.infogan.model import InfoGAN
    from amnat.methods.infogan.rollout_model import RolloutInfoGAN
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS


class InfoGANScript(PyTorchGANMethod):
    """InfoGAN with any number of labels, free or guided by true ones."""

    name = "infogan"
    name_in_pictures = "InfoGAN"
    has_techniques = False
    defaults = {"img_size": 32, "latent_dim": 62}

    def define_flags(self) -> None:
        super().define_flags()
        infogan_flags.define()

    def check_flags(self) -> None:
        super().check_flags()
        infogan_flags.check()

    def check_data(self, dataset: Dataset) -> None:
        """Checks that there are enough labels to guide, and enough images to label."""
        classes = dataset.num_classes
        for name, acts in (
            ("lambda_gt", FLAGS.lambda_gt > 0),
            ("group_labels", FLAGS.group_labels == "classes"),
            ("conditional_critic", FLAGS.conditional_critic),
        ):
            if acts:
                shared.require_classes(dataset, f"--{name}", "leave it out: labels are then free")
            shared.require(
                not acts or FLAGS.n_classes >= classes,
                "n_classes",
                f"at least {classes}, the classes of {dataset.name}, with --{name}",
            )
        if FLAGS.num_labels:
            choose_labelled(dataset, FLAGS.num_labels, FLAGS.seed)

    def compile_obstacle(self) -> str:
        """Also: the labelled samples are shuffled within the step."""
        return super().compile_obstacle() or (xla.LABELLED_OBSTACLE if FLAGS.num_labels else "")

    def build_model(self, dataset: Dataset) -> InfoGAN | RolloutInfoGAN:
        from amnat.methods.infogan import build

        return build.build_model(dataset)

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """Sheets of labels against codes, how labels agree with classes, and the family's."""
        from amnat.methods.infogan.label_agreement import LabelAgreement
        from amnat.methods.infogan.sheets import InfoSheets

        interval, guided = FLAGS.agreement_interval, FLAGS.lambda_gt > 0
        test = self.load_data("test")
        return [
            InfoSheets(options.sample_every, start, run),
            LabelAgreement(interval, start, run, test, FLAGS.batch_size, guided),
            *super().callbacks(run, start, dataset, options),
        ]
