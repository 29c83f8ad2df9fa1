"""FID during training, and the checkpoint with the best one (rmermin/msgan.pytorch, `validate`)."""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
from collections.abc import Callable
from typing import Any

from amnat import json_text
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.evaluation import fid_statistics
from amnat.evaluation.classifier_outputs import classify
from amnat.evaluation.classifiers import open_classifier, what_outputs_depend_on
from amnat.evaluation.evaluation import Evaluation
from amnat.evaluation.sources import ArraySource, dataset_source, path_digest
from amnat.files import write_atomically
from amnat.metrics import registry
from amnat.metrics.frechet import FeatureStatistics, feature_statistics, frechet_distance
from amnat.training import checkpoints, figures, run_state
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.run_lookup import BEST_FILE, BEST_FOLDER
from amnat.training.sampling import Sampler

import numpy as np
import tensorflow as tf

# What the original's function for saving images adds to the range of an image.
_LEAST_RANGE = 1e-5


def stretched(images: np.ndarray) -> np.ndarray:
    """Stretches each image to the full range of bytes, as torchvision's save_image(normalize=True).

    Args:
      images: float [N, H, W, C], in any range.

    Returns: uint8 [N, H, W, C].
    """
    images = np.asarray(images, np.float32)
    low, high = (take(images, axis=(1, 2, 3), keepdims=True) for take in (np.min, np.max))
    unit = (images - low) / (high - low + 2 * _LEAST_RANGE)
    return np.clip(unit * 255.0 + 0.5, 0, 255).astype(np.uint8)


@dataclasses.dataclass(frozen=True)
class FIDOptions:
    """How the FID is computed.

    Attributes:
      classifier: see `amnat.evaluation.classifiers.HELP`.
      statistics: path of a file with the real images' statistics; None for those of the test split.
      num_images, batch_size: of generated images.
      stretches: whether generated images are `stretched`.
      cache_dir: folder of trained classifiers and observed references.
    """

    classifier: str
    statistics: str | None
    num_images: int
    batch_size: int
    stretches: bool
    cache_dir: pathlib.Path


class FID:
    """The FID of generated images.

    Args:
      train: the training split, on which a small classifier is trained.
      load_test: callable without arguments that returns the test split.
      options: `FIDOptions`.

    Attributes:
      depends_on: dict of JSON values: what the FID depends on besides the images.

    Raises: InputError if the statistics do not fit the classifier.
    """

    def __init__(self, train: Dataset, load_test: Callable[[], Dataset], options: FIDOptions):
        self.options = options
        test = load_test()
        source = dataset_source(test)
        folder = options.cache_dir / "classifiers"
        self._classifier, identity = open_classifier(
            options.classifier, dataset_source(train), train, lambda: test, folder
        )
        self._real: FeatureStatistics | None = None
        settings = {"num_samples": options.num_images, "batch_size": options.batch_size}
        settings["stretched"] = options.stretches
        if options.statistics is not None:
            self._real = fid_statistics.read(options.statistics, "fid_stat")
            found = classify(source, min(2, test.num_samples), self._classifier, progress=False)
            size = found.features.shape[1]
            fid_statistics.check_features(self._real, size, options.statistics, "fid_stat")
            self.depends_on: dict[str, Any] = {
                "reference": path_digest(options.statistics),
                "classifier": what_outputs_depend_on(identity),
            }
        else:
            self._evaluation = Evaluation(
                *(["fid"], registry.Settings(), self._classifier, identity, source),
                *(test.num_samples, options.cache_dir),
                progress=False,
            )
            self._evaluation.classify_reference()
            self.depends_on = self._evaluation.depends_on
        self.depends_on = self.depends_on | settings

    def __call__(self, images: np.ndarray) -> float:
        """The FID of float images [N, H, W, C] in [-1, 1]; NaN if it cannot be computed."""
        source = ArraySource(stretched(images) if self.options.stretches else images, "samples")
        if self._real is None:
            return self._evaluation(source, len(images)).results.get("fid", math.nan)
        features = classify(source, len(images), self._classifier, progress=False).features
        try:
            return frechet_distance(feature_statistics(features), self._real)
        except InputError:
            return math.nan


class Validation(Periodic):
    """Computes the FID after certain epochs and at the end, and keeps the best checkpoint.

    The FIDs go to scores.csv, log.txt and TensorBoard. The folder best/ has the checkpoint with the
    smallest one and can be used like a run's: by tools/sample.py, evaluate.py and export.py, and
    --init_from.

    Args:
      epochs: between validations; the first one is after one epoch more.
      epoch_length: iterations of an epoch.
      start, run: see `Periodic`.
      fid: `FID`.
    """

    run: RunDirectory

    def __init__(self, epochs: int, epoch_length: int, start: int, run: RunDirectory, fid: FID):
        super().__init__(epochs * epoch_length, start, run)
        self.epoch_length = epoch_length
        self.fid = fid
        self.best = RunDirectory(run.path / BEST_FOLDER)
        self._validated = 0

    def times_due(self, iteration: int) -> int:
        return max(0, iteration - self.epoch_length) // self.interval

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._sampler = Sampler(self.model, self.fid.options.batch_size)
        self.writer = tf.summary.create_file_writer(str(self.run.tensorboard))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_end(logs)
        with self.reporting(tf.errors.OpError):
            self.writer.close()

    def finish(self) -> None:
        if self._is_due or self._validated != self.iteration:
            self._act()

    def act(self, iteration: int) -> None:
        self._validated = iteration
        value = self.fid(self._sampler.many(self.fid.options.num_images, iteration))
        row = {"iteration": iteration, "fid": f"{value:.9g}"}
        self.run.append_row(self.run.scores_file, row, self.fid.depends_on)
        self.run.log(f"FID  ITER: {iteration}, {self.fid.options.num_images} samples, {value:.4f}")
        with self.summaries(iteration):
            tf.summary.scalar("score/fid", value)
        # Those that the sample sheets draw lack the last one.
        figures.save_plots(self.run)
        known = self.best_so_far()
        if math.isfinite(value) and (known is None or value < known[1]):
            with self.reporting(tf.errors.OpError):
                self._keep(iteration, value)

    def best_so_far(self) -> tuple[int, float] | None:
        """(iteration, FID) of the checkpoint in best/; None if there is none yet."""
        try:
            record = json.loads((self.best.path / BEST_FILE).read_text(encoding="utf-8"))
            return int(record["iteration"]), float(record["fid"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, iteration: int, value: float) -> None:
        self.best.checkpoints.mkdir(parents=True, exist_ok=True)
        for path in (self.run.record_file, self.run.flags_file):
            write_atomically(self.best.path / path.name, path.read_text(encoding="utf-8"))
        checkpoints.save(self.model, self.best.checkpoints, iteration, max_to_keep=1)
        run_state.mark_finished(self.best, iteration)
        text = json_text.dumps({"iteration": iteration, "fid": value}, indent=1) + "\n"
        write_atomically(self.best.path / BEST_FILE, text)

    def summary(self) -> str:
        """What to print at the end."""
        found = self.best_so_far()
        if found is None:
            return ""
        options = self.fid.options
        stretched = (
            " with stretched contrast (without --fix_eval_contrast)" if options.stretches else ""
        )
        against = options.statistics or "the test split"
        return (
            f"best FID     {found[1]:.4f} at iteration {found[0]}: {self.best.path}\n"
            f"             of {options.num_images:,} samples{stretched} against {against}; do not "
            "compare it\n"
            "             with FIDs of tools/evaluate.py (docs/results_ms_gan.md)"
        )
