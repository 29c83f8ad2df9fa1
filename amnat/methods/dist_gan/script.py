"""Dist-GAN, SSGAN and MS-GAN as a `Method`: tools/msdistgan.py."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.methods.dist_gan import final_scores
from amnat.methods.dist_gan import flags as dist_gan_flags
from amnat.methods.dist_gan.settings import folder_name
from amnat.training import opening, run_state, training_call
from amnat.training.main import load_tensorflow
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory, RunFlags

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.dist_gan.build import ModelOptions
    from amnat.models.base import GANModel
    from amnat.training.loop import Outcome, TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS

# The originals' names, links to tools/msdistgan.py, and the data sets of their scripts.
LINKS = {
    "msdistgan_mnist": "mnist",
    "msdistgan_mnist1k": "mnist-1k",
    "msdistgan_celeba": "celeba",
    "msdistgan_cifar": "cifar10",
    "msdistgan_stl10": "stl10",
    "msdistgan_imagenet32": "imagenet_32",
}
# A rate of 0 leaves out that update of the variant pytorch_seed.
UPDATE_RATES = ("ae_recon_lr", "ae_reg_lr")
DEFAULT_UPDATE_RATE = 1e-4


class DistGANScript(Method):
    """Dist-GAN with or without a self-supervised task, or a variant of it.

    Attributes:
      default_data: the default of --db_name, which depends on the script's file name.
    """

    run_flags = RunFlags("out_dir", "tag", "resume", "batch_size", "gpu_id", "n_steps")
    default_data = "cifar10"

    def declare(self, module: str) -> None:
        self.default_data = LINKS.get(pathlib.Path(module).stem, self.default_data)
        super().declare(module)

    def define_flags(self) -> None:
        dist_gan_flags.define(self.default_data)

    def check_flags(self) -> None:
        dist_gan_flags.check()

    def effective(self, name: str) -> Any:
        if name in dist_gan_flags.SETTINGS_FLAGS:
            return getattr(dist_gan_flags.settings(), dist_gan_flags.SETTINGS_FLAGS[name])
        if name in UPDATE_RATES:
            return update_rate(name)
        derived = {"n_steps": dist_gan_flags.num_steps, "noise_dim": dist_gan_flags.latent_size}
        return derived[name]() if name in derived else super().effective(name)

    def run_name(self) -> str:
        """The original's name, with the tag at the end."""
        name = folder_name(
            dist_gan_flags.data_label(),
            dist_gan_flags.settings(),
            FLAGS.ss_task,
            FLAGS.k,
            FLAGS.batch_size,
            dist_gan_flags.num_steps(),
            FLAGS.variant,
        )
        return f"{name}_{FLAGS.tag}" if FLAGS.tag else name

    def title(self) -> str:
        if FLAGS.variant == "ssgan":
            return "SSGAN"
        task = {0: "Dist-GAN", 1: "Dist-GAN with SS", 2: "MS-GAN"}[FLAGS.ss_task]
        return f"{task} ({FLAGS.variant})" if FLAGS.variant != "official" else task

    def load_data(self, split: str) -> Dataset:
        return dist_gan_flags.load_data(dist_gan_flags.entry().data, split)

    def check_data(self, dataset: Dataset) -> None:
        if not dist_gan_flags.is_scored():
            return
        final_scores.numbers(final_scores.reference(dataset))

    def num_iterations(self, dataset: Dataset) -> int:
        return dist_gan_flags.num_steps() + 1

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.dist_gan import build

        return build.build_model(self.model_options(), dataset)

    def model_options(self) -> ModelOptions:
        """The `ModelOptions` of the flags."""
        from amnat.methods.dist_gan.build import ModelOptions

        fixes = {
            "add_hinge_penalty": FLAGS.fix_penalty_sign,
            "hinge_on_logits": FLAGS.fix_hinge_logits,
            "sum_slope": FLAGS.fix_penalty_slope,
            "decay_log_weights": FLAGS.fix_log_weights,
        }
        reconstruction_rate, regulariser_rate = map(update_rate, UPDATE_RATES)
        return ModelOptions(
            settings=dist_gan_flags.settings(),
            variant=FLAGS.variant,
            ss_task=FLAGS.ss_task,
            num_steps=dist_gan_flags.num_steps(),
            latent_size=dist_gan_flags.latent_size(),
            style=dist_gan_flags.entry().style,
            generator_reconstructs=dist_gan_flags.base() in ("mnist", "mnist-1k"),
            fixes=fixes,
            reconstruction_rate=reconstruction_rate,
            regulariser_rate=regulariser_rate,
            d_steps=FLAGS.n_critic,
            ema_decay=FLAGS.ema_decay,
            data_format=FLAGS.data_format,
            seed=FLAGS.seed,
        )

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> Sequence[keras.callbacks.Callback]:
        """Sheets of real images, and the encoder's latents if the method has an encoder."""
        from amnat.methods.dist_gan.sheets import real_image_callbacks

        return real_image_callbacks(run, start, dataset, options, FLAGS.variant != "ssgan")

    def finish(self, run: RunDirectory, dataset: Dataset, outcome: Outcome) -> None:
        """Scores the run."""
        final_scores.score(run, outcome.iteration, final_scores.reference(dataset))

    def main(self) -> int:
        """Trains and scores, or scores a finished run; returns the exit status."""
        if FLAGS.is_train == "0":
            return self._score_again()
        with opening.owned_run(self):
            call = opening.open_call(self)
            if call.start:
                check_updates(call.run)
            return training_call.train(call)

    def _score_again(self) -> int:
        """Scores a run's newest checkpoint; with --dry_run it only says which one."""
        run = opening.run_directory(self)
        iteration = run_state.choose_iteration(run, "latest", "is_train")
        real_images = final_scores.reference()
        final_scores.require_possible(real_images)
        real, fake = final_scores.numbers(real_images)
        if FLAGS.dry_run:
            print(f"run directory  {run.path}")
            print(f"to be scored   {fake:,} samples at iteration {iteration}")
            if not dist_gan_flags.is_stacked():
                print(f"against        {real:,} images of {real_images.name}'s {real_images.split}")
            return 0
        with run.owned():
            training_call.choose_gpu(self.run_flags.gpu)
            load_tensorflow()
            final_scores.score(run, iteration, real_images)
        return 0


def update_rate(name: str) -> float:
    """The effective rate of a flag of UPDATE_RATES."""
    rate = FLAGS[name].value
    return DEFAULT_UPDATE_RATE if rate is None else rate


def check_updates(run: RunDirectory) -> None:
    """Raises InputError if a resumed run would add or leave out an update."""
    recorded = run.recorded_flags()
    for name in UPDATE_RATES:
        before, now = float(recorded.get(name, DEFAULT_UPDATE_RATE)), update_rate(name)
        if (before > 0) != (now > 0):
            raise InputError(
                f"--{name}={now:g}: the run in {run.path} has {before:g} (its flags.txt), and 0 "
                "leaves the update out; resume it as it was, or start another run with --tag"
            )
