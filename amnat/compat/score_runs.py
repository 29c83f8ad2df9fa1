"""Trains both sides from several seeds on the same data and scores their samples alike."""

import statistics

from amnat import data
from amnat.compat import originals
from amnat.compat.processes import SIDES, run_side
from amnat.compat.speed import settings_text, write
from amnat.errors import InputError
from amnat.files import scratch_folder
from amnat.training.main import load_tensorflow

import numpy as np

__all__ = ["table", "train_and_score", "write"]
METRICS = ("is", "am", "fid", "classes")


def train_and_score(original, folder, settings, dataset, data_dir, seeds, iterations, num_samples):
    """Trains both sides and scores their samples.

    Args:
      original: `Original`.
      folder: the user's checkout, which has been checked.
      settings: {flag: value} that override the original's `train_settings`.
      dataset: name of a data set of 32x32 images with ten classes; not used for points.
      data_dir: the folder of the data set, or None.
      seeds: number of runs of each side.
      iterations: iterations of each run; None for the original's own number.
      num_samples: number of samples to score.

    Returns: dict for `table` and `write`.
    Raises: InputError for unknown data, or if a side failed.
    """
    iterations = iterations or original.train_iterations
    module = originals.module(original.name)
    train = data.load(dataset, data_dir, "train") if module.TRAINS_ON_IMAGES else None
    sizes = original.train_settings(iterations, train)
    configuration = original.configurations[original.speed_configuration]
    configuration = configuration.with_sizes(sizes).with_changes(settings)
    job = {
        "task": "train",
        "configuration": configuration,
        "iterations": iterations,
        "num_samples": num_samples,
    }
    with scratch_folder("amnat-compare-") as scratch:
        if train is not None:
            if train.num_classes != 10:
                raise InputError(f"--dataset={dataset}: {train.num_classes} classes, expected 10")
            job["data"] = f"{scratch}/data.npz"
            np.savez(job["data"], samples=train.images, labels=train.labels)
        samples = {side: _samples(side, original, folder, job, seeds, scratch) for side in SIDES}
        score, real = _judge(train, dataset, data_dir, scratch)
        scores = {side: [score(each) for each in samples[side]] for side in SIDES}
    return {
        "configuration": configuration.title,
        "settings": configuration.settings,
        "iterations": iterations,
        "dataset": dataset if train is not None else "N(4, 0.5)",
        "num_samples": num_samples,
        "real": real,
        "scores": scores,
    }


def _samples(side, original, folder, job, seeds, scratch):
    jobs = [job | {"seed": seed} for seed in range(seeds)]
    print(f"training {side}, {seeds} runs of {job['iterations']} iterations", flush=True)
    _, stored = run_side(
        side,
        original,
        folder,
        jobs,
        scratch,
        report=lambda number: print(f"  {side} {number + 1} of {seeds}", flush=True),
    )
    return [each["samples"] for each in stored]


def _judge(train, dataset, data_dir, scratch):
    """(callable samples -> {name: number}, {name: number} of the real data)."""
    if train is None:
        return _score_points, {"mean": 4.0, "standard deviation": 0.5, "Wasserstein distance": 0.0}
    load_tensorflow()
    from amnat.training.scoring import ClassifierScorer

    scorer = ClassifierScorer(
        train, lambda: data.load(dataset, data_dir, "test"), scratch, metrics=METRICS
    )
    return scorer, {name: float(value) for name, value in scorer.of_reference.items()}


def _score_points(samples):
    from scipy.stats import norm, wasserstein_distance

    points = np.ravel(samples).astype(np.float64)
    quantiles = norm.ppf((np.arange(len(points)) + 0.5) / len(points), 4.0, 0.5)
    return {
        "mean": float(points.mean()),
        "standard deviation": float(points.std()),
        "Wasserstein distance": float(wasserstein_distance(points, quantiles)),
    }


def table(report):
    """The scores of both sides as text: every run, the mean and the standard deviation."""
    lines = [
        f"{report['configuration']}, {report['dataset']}, {report['iterations']} iterations, "
        f"{report['num_samples']} samples",
        settings_text(report["settings"]),
    ]
    for name in report["scores"][SIDES[0]][0]:
        real = report["real"].get(name)
        lines.append(name + (f"  (real {real:.4g})" if real is not None else ""))
        for side in SIDES:
            values = [scores[name] for scores in report["scores"][side]]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            runs = "  ".join(f"{value:.4g}" for value in values)
            mean = statistics.fmean(values)
            lines.append(f"  {side:10}{mean:9.4g} ± {spread:<9.3g} {runs}")
    return "\n".join(lines)
