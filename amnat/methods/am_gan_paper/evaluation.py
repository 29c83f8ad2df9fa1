"""--bLoadForEvaluation: the scores of a run's checkpoint, without further training.

This module does not load TensorFlow before it scores.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from amnat.errors import InputError
from amnat.metrics import registry
from amnat.training import flags as shared
from amnat.training import opening, run_state, training_call
from amnat.training.main import load_tensorflow

from absl import flags

if TYPE_CHECKING:
    from amnat.training.method import Method

FLAGS = flags.FLAGS

# The file of the run with the scores.
FILE_NAME = "evaluation.json"


def score_run(method: Method) -> int:
    """Scores a checkpoint of the run that the flags name; with --dry_run it only says which one.

    Returns: the exit status. Raises: InputError.
    """
    run = opening.run_directory(method)
    iteration = run_state.choose_iteration(
        run,
        FLAGS.sEvaluateCheckpoint or "latest",
        "bLoadForEvaluation",
        chosen_by="sEvaluateCheckpoint",
    )
    real = method.load_data("train")
    if not shared.can_judge(real):
        raise InputError(
            f"--bLoadForEvaluation: {real.name} has one class, and a small classifier needs at "
            "least 2; give another one with --score_classifier"
        )
    counts = FLAGS.score_samples, real.num_samples
    settings, lowered = registry.fitted(FLAGS.score_metrics, *counts, method.score_settings())
    flag_names = method.score_flag_names()
    registry.check(FLAGS.score_metrics, *counts, settings, flag_names)
    of_what = f"{FLAGS.score_samples:,} samples at iteration {iteration}"
    if FLAGS.dry_run:
        print(f"run directory  {run.path}\nto be scored   {of_what}")
        return 0
    with run.owned():
        training_call.choose_gpu(method.run_flags.gpu)
        load_tensorflow()
        from amnat.training import run_scores

        options = run_scores.ScoreOptions(
            real.num_samples,
            FLAGS.score_samples,
            FLAGS.score_classifier,
            FLAGS.score_metrics,
            run.path.parent / "score_cache",
            seed=FLAGS.seed,
            file_name=FILE_NAME,
            settings=settings,
            flag_names=flag_names,
        )
        load_test = functools.partial(method.load_data, "test")
        record = run_scores.score_images(run, iteration, real, real, load_test, options)
    print(f"scores of {of_what} (and of real ones):\n{run_scores.table(record)}")
    if lowered:
        print(
            f"({', '.join(text.removeprefix('--') for text in lowered)}, as there are few images)"
        )
    print(f"record {run.path / FILE_NAME}")
    return 0
