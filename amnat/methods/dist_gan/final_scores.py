"""The scores at the end of a run, as the flags say.

This module does not load TensorFlow before it scores.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.methods.dist_gan import flags as dist_gan_flags
from amnat.training import flags as shared
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.training.run_scores import ScoreOptions

FLAGS = flags.FLAGS

# The originals' numbers of images; Stacked-MNIST is scored only by its modes.
NUM_REAL, NUM_FAKE, NUM_MODE_SAMPLES = 10000, 5000, 25600


def split() -> str:
    """The split of the real images: 'train', as the originals' code has it at the end of a
    training, or 'test', as their README means it. Stacked-MNIST is scored without real images."""
    if dist_gan_flags.is_stacked():
        return "train"
    return FLAGS.fid_split or ("test" if FLAGS.is_train == "0" else "train")


def reference(training: Dataset | None = None) -> Dataset:
    """The data set of the real images, for which the training split need not be loaded again."""
    if training is not None and split() == "train":
        return training
    return dist_gan_flags.load_data(dist_gan_flags.entry().data, split())


def numbers(real_images: Dataset) -> tuple[int, int]:
    """(number of real images, of generated ones) to score; raises InputError.

    Args:
      real_images: `reference`.
    """
    real = FLAGS.nb_test_real or min(NUM_REAL, real_images.num_samples)
    shared.require(
        real <= real_images.num_samples,
        "nb_test_real",
        f"at most {real_images.num_samples:,}, the images of the {real_images.split} split",
    )
    return real, FLAGS.nb_test_fake or (
        NUM_MODE_SAMPLES if dist_gan_flags.is_stacked() else NUM_FAKE
    )


def require_possible(real_images: Dataset) -> None:
    """Raises InputError if there is no classifier to score with."""
    if not is_possible(real_images):
        raise InputError(f"--is_train=0: {_needs(real_images)}")


def _needs(real_images: Dataset) -> str:
    return (
        f"{real_images.name} has no classes to train a classifier on; give "
        "--score_classifier=inception:FILE"
    )


def is_possible(real_images: Dataset) -> bool:
    """Whether there is a classifier to score with."""
    return dist_gan_flags.is_scored() and shared.can_judge(real_images)


def score(run: RunDirectory, iteration: int, real_images: Dataset) -> None:
    """Scores a run, prints the results and writes them into the run.

    Args:
      run: `RunDirectory` with a checkpoint of `iteration`.
      real_images: `reference`.
    """
    from amnat.methods.dist_gan.scoring import score_modes
    from amnat.training.run_scores import score_images, table

    if not is_possible(real_images):
        print(f"not scored: {_needs(real_images)} with --is_train=0")
        return
    options = _options(run, real_images)
    judge = dist_gan_flags.entry().classifier_data
    trained_on = dist_gan_flags.load_data(judge, "train") if judge else real_images

    def load_test() -> Dataset:
        assert judge is not None, "small_cnn needs a data set with classes"
        return dist_gan_flags.load_data(judge, "test")

    against = ""
    if dist_gan_flags.is_stacked():
        record = score_modes(run, iteration, trained_on, load_test, options)
    else:
        record = score_images(run, iteration, real_images, trained_on, load_test, options)
        against = f" against {options.num_real:,} images of the {real_images.split} split"
    print(f"scores of {options.num_fake:,} samples at iteration {iteration}{against}:")
    print(table(record))
    print(f"record {run.path / options.file_name}")
    run.log(f"FINAL SCORES  ITER: {iteration}{against}, {record['results']}")


def _options(run: RunDirectory, real_images: Dataset) -> ScoreOptions:
    from amnat.training.run_scores import FILE_NAME, ScoreOptions

    real, fake = numbers(real_images)
    stem, suffix = os.path.splitext(FILE_NAME)
    parts = [stem]
    # The scores of a finished training are not replaced by others.
    if split() == "test":
        parts.append("test")
    if FLAGS.score_jpeg:
        parts.append("jpeg")
    return ScoreOptions(
        real,
        fake,
        FLAGS.score_classifier,
        FLAGS.score_metrics,
        run.path.parent / "score_cache",
        FLAGS.seed,
        FLAGS.score_jpeg,
        "_".join(parts) + suffix,
    )
