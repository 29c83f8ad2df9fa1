"""The interface between a training script's method and the code that runs it.

This module does not load TensorFlow: a method imports it, and its own model, in the functions that
need them.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.metrics import registry
from amnat.training import flags as shared
from amnat.training import resumption
from amnat.training.main import Script
from amnat.training.run_directory import RunDirectory, RunFlags

from absl import flags

if TYPE_CHECKING:
    from amnat.data.negative_schedule import NegativeSchedule
    from amnat.models.base import GANModel
    from amnat.training.loop import Outcome, TrainingOptions

    import tensorflow as tf
    import tf_keras as keras

FLAGS = flags.FLAGS


class Method(Script):
    """A GAN method: its flags, data, model and additions to a run.

    A method overrides the functions that have no default here, and others where it differs. The
    latent decides how its generator is exported (`amnat.export.exports.make_export`).

    Attributes:
      run_flags: `RunFlags`, the names of the method's flags about the run.
    """

    run_flags: RunFlags
    shared_flags: tuple[str, ...] | None = None

    def run_name(self) -> str:
        """The name of the run's folder in the folder of all runs."""
        raise NotImplementedError

    def title(self) -> str:
        """The name of the method in pictures."""
        return type(self).__name__.removesuffix("Script")

    def load_data(self, split: str) -> Dataset:
        """Loads the 'train' or 'test' split; raises InputError."""
        raise NotImplementedError

    def num_iterations(self, dataset: Dataset) -> int:
        """The number of iterations of the whole run on a training split."""
        raise NotImplementedError

    def build_model(self, dataset: Dataset) -> GANModel:
        """Builds the compiled model for a training split; called in the strategy's scope."""
        raise NotImplementedError

    def start_model(self, model: GANModel, dataset: Dataset) -> None:
        """Sets a new run's weights from data, for methods with such an initialisation."""

    def batch_size(self) -> int:
        """The batch size over all devices."""
        return shared.value_of(self.run_flags.batch_size)

    def sample_every(self) -> int:
        """The number of iterations between sample sheets."""
        return FLAGS.sample_every

    def negatives(self, dataset: Dataset) -> NegativeSchedule | None:
        """The external negatives for a training split, or None."""
        return None

    def check_enough(self, dataset: Dataset) -> None:
        """Raises InputError if a training split has less than one batch."""
        shared.check_enough(dataset, self.batch_size(), self.run_flags.batch_size)

    def check_data(self, dataset: Dataset) -> None:
        """Checks the training split before TensorFlow is loaded; raises InputError."""

    def score_settings(self) -> registry.Settings:
        """What the scores during training depend on."""
        return registry.Settings()

    def score_flag_names(self) -> dict[str, str]:
        """The script's flags for those of tools/evaluate.py, in messages about its scores."""
        others = {"ssim_images": "ssim_images of tools/evaluate.py"}
        return {"num_samples": "score_samples"} | others

    def data_remark(self, dataset: Dataset) -> str:
        """What the line about a training split says besides its size, or ""."""
        return ""

    def make_batches(self, dataset: Dataset) -> Callable[..., tf.data.Dataset]:
        """The function that makes the training batches; see `TrainingOptions.make_batches`."""
        from amnat.data.pipeline import training_batches

        return training_batches

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> Sequence[keras.callbacks.Callback]:
        """Additional Keras callbacks for the process that writes the run.

        A callback may have a method `summary()` that returns text to print at the end, or an empty
        text.
        """
        return ()

    def finish(self, run: RunDirectory, dataset: Dataset, outcome: Outcome) -> None:
        """Called after training that was not stopped early, in the process that writes the run."""

    def place_flags(self) -> tuple[str, ...]:
        return self.run_flags.result_dir, self.run_flags.tag

    def run_folder(self) -> pathlib.Path:
        """The folder of the run: the one that --resume names, or as the other flags say."""
        parent = pathlib.Path(shared.value_of(self.run_flags.result_dir)).expanduser()
        return resumption.folder() or parent / self.run_name()

    def resumes(self) -> bool:
        return super().resumes() or bool(FLAGS[self.run_flags.resume].value)

    def move_to(self, folder: pathlib.Path) -> None:
        super().move_to(folder.parent)

    def check(self) -> None:
        """Checks all flags that need no file; raises InputError."""
        super().check()
        shared.check_shared()
        shared.check_tag(self.run_flags.tag)
        shared.check_batch_size(self.run_flags.batch_size)
        obstacle = self.compile_obstacle()
        if FLAGS.jit_compile is True and obstacle:
            raise InputError(f"--jit_compile: {obstacle}; leave it out")

    def compile_obstacle(self) -> str:
        """Why XLA cannot compile the step with these flags; '' if it can."""
        return shared.compile_obstacle()

    def main(self) -> int:
        """Trains, and returns the exit status."""
        from amnat.training.opening import open_call, owned_run
        from amnat.training.training_call import train

        with owned_run(self):
            return train(open_call(self))
