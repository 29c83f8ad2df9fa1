"""The scores at the end of a run, as the flags say.

This module does not load TensorFlow before it scores.
"""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.methods.dist_gan import flags as dist_gan_flags
from amnat.training import flags as shared
from amnat.training.run_directory import RunDirectory

from absl import flags

FLAGS = flags.FLAGS

# The originals' numbers of images; Stacked-MNIST is scored only by its modes.
NUM_REAL, NUM_FAKE, NUM_MODE_SAMPLES = 10000, 5000, 25600


def numbers(dataset: Dataset) -> tuple[int, int]:
    """(number of real images, of generated ones) to score; raises InputError.

    Args:
      dataset: the training split.
    """
    real = FLAGS.nb_test_real or min(NUM_REAL, dataset.num_samples)
    shared.require(
        real <= dataset.num_samples, "nb_test_real", f"at most {dataset.num_samples:,} images"
    )
    return real, FLAGS.nb_test_fake or (
        NUM_MODE_SAMPLES if dist_gan_flags.is_stacked() else NUM_FAKE
    )


def score(run: RunDirectory, iteration: int, dataset: Dataset) -> None:
    """Scores a run, prints the results and writes them into the run.

    Args:
      run: `RunDirectory` with a checkpoint of `iteration`.
      dataset: the training split.
    """
    from amnat.methods.dist_gan.scoring import ScoreOptions, score_images, score_modes

    if not dist_gan_flags.is_scored() or not shared.can_judge(dataset):
        print(
            f"not scored: {dataset.name} has no classes to train a classifier on; give "
            "--score_classifier=inception:FILE with --is_train=0"
        )
        return
    real, fake = numbers(dataset)
    options = ScoreOptions(
        real,
        fake,
        FLAGS.score_classifier,
        FLAGS.score_metrics,
        run.path.parent / "score_cache",
        FLAGS.seed,
    )
    judge = dist_gan_flags.entry().classifier_data
    trained_on = dist_gan_flags.load_data(judge, "train") if judge else dataset

    def load_test() -> Dataset:
        assert judge is not None, "small_cnn needs a data set with classes"
        return dist_gan_flags.load_data(judge, "test")

    if dist_gan_flags.is_stacked():
        record = score_modes(run, iteration, trained_on, load_test, options)
    else:
        record = score_images(run, iteration, dataset, trained_on, load_test, options)
    print(f"scores of {fake:,} samples at iteration {iteration}:")
    for name, value in record["results"].items():
        print(f"  {name:28} {value:9.4f}")
    for name, reason in record["not_taken"].items():
        print(f"  {name}: not taken: {reason}")
    run.log(f"FINAL SCORES  ITER: {iteration}, {record['results']}")
