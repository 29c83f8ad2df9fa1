"""What the methods that take PyTorch-GAN's flags share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amnat import data
from amnat.data.dataset import Dataset
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags
from amnat.training import flags as shared
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS


class PyTorchGANMethod(Method):
    """Where runs lie, their data, their length, and the class histograms that they take.

    A method sets the attributes, builds its model, and defines its own flags after those of
    `define_flags`.

    Attributes:
      name: the tag of runs without --sResultTag.
      name_in_pictures: the name of the method in pictures.
      holds_out: see `amnat.data.load`; for methods whose result is an accuracy.
      has_techniques: whether it takes the flags of the techniques, and --weight_norm.
      defaults: {flag of `define_flags`: its default, where it differs from that of
        implementations/gan/gan.py or of the technique}.
    """

    name = ""
    name_in_pictures = ""
    has_techniques = True
    defaults: dict[str, Any] = {}
    run_flags = pytorch_gan_flags.RUN_FLAGS
    holds_out = False
    own_instead = {
        "sample_every": "sample_interval",
        "image_size": "img_size",
        "image_channels": "channels",
    }

    def define_flags(self) -> None:
        pytorch_gan_flags.define()
        if self.has_techniques:
            pytorch_gan_flags.define_techniques()
        for name, value in self.defaults.items():
            FLAGS.set_default(name, value)

    def check_flags(self) -> None:
        pytorch_gan_flags.check_data()

    def run_name(self) -> str:
        return f"{FLAGS.sResultTag or self.name}_{data.describe(FLAGS.dataset).label}"

    def title(self) -> str:
        return self.name_in_pictures

    def load_data(self, split: str) -> Dataset:
        """A split of --dataset at --img_size."""
        return pytorch_gan_flags.load_data(split, self.holds_out)

    def batches_per_iteration(self) -> int:
        """Batches of real images that one iteration takes."""
        return 1

    def num_iterations(self, dataset: Dataset) -> int:
        """The iterations of --n_epochs; the incomplete batch at the end of an epoch is left out."""
        batches = FLAGS.n_epochs * (dataset.num_samples // FLAGS.batch_size)
        return max(1, batches // self.batches_per_iteration())

    def sample_every(self) -> int:
        return FLAGS.sample_interval

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """The histogram of the samples' classes, in a list, where scores are taken."""
        if not options.score_every or not shared.can_judge(dataset):
            return []
        from amnat.methods.pytorch_gan.class_histograms import ClassHistograms

        return [
            ClassHistograms(
                options.score_every,
                start,
                run,
                dataset,
                lambda: self.load_data("test"),
                FLAGS.score_classifier,
                FLAGS.batch_size,
                FLAGS.score_samples,
            )
        ]
