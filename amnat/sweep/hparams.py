"""A sweep's settings and scores for TensorBoard's HPARAMS tab. Loads TensorFlow."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from tensorboard.plugins.hparams import api as hp


class Trial(NamedTuple):
    """One run of a sweep.

    Attributes:
      name: the name of its row.
      seed: its seed, as text.
      settings: {setting: value}, what may differ between rows.
      results: {name of a result: number}.
    """

    name: str
    seed: str
    settings: Mapping[str, Any]
    results: Mapping[str, float]


def write_trials(folder: pathlib.Path, trials: Sequence[Trial]) -> None:
    """Writes an event file for each trial; what an earlier call wrote is replaced.

    Raises: OSError if it cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for trial in trials:
        place = folder / trial.name / f"seed{trial.seed}"
        settings = {"row": trial.name, "seed": int(trial.seed)}
        settings |= {name: _plain(value) for name, value in trial.settings.items()}
        try:
            with tf.summary.create_file_writer(str(place)).as_default(step=0):
                hp.hparams(settings, trial_id=f"{trial.name} seed {trial.seed}")
                for name, value in trial.results.items():
                    tf.summary.scalar(name, value)
        except tf.errors.OpError as error:
            raise OSError(f"{place}: {error.message}") from error


def _plain(value: Any) -> Any:
    """A value of a kind that the tab can sort and filter."""
    return value if isinstance(value, (bool, int, float, str)) else str(value)
