"""The scores by name, with their requirements, their results and which direction is better.

This module does not load TensorFlow: scripts check their flags against this table first.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics import am_score, frechet, inception_score, kernel, manifold, modes, ms_ssim

import numpy as np

# This is part of every record of scores: raise it when a score of the same outputs changes.
VERSION = 1


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of scores, in addition to the images and the classifier.

    Attributes:
      splits: number of contiguous splits of the Inception Score and the AM Score.
      kid_subsets, kid_subset_size: number and size of the random subsets of KID.
      nearest_k: number of neighbours of precision, recall, density and coverage.
      prdc_samples: number of images of each side that these four use, starting with the first;
        their time grows with its square, and 10,000 is usual.
      ssim_images: number of images per class of MS-SSIM.
      seed: seed of KID's subsets.
    """

    splits: int = 10
    kid_subsets: int = 100
    kid_subset_size: int = 1000
    nearest_k: int = 5
    prdc_samples: int = 10000
    ssim_images: int = 10
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class ClassifierOutputs:
    """The outputs of a classifier for a set of images, in the order of the images.

    Attributes:
      probabilities: float32 [N, K].
      features: float32 [N, F].
      class_images: the first float32 images of each class, at most `Settings.ssim_images` per
        class: the class that they were given, or otherwise the classifier's arg-max. None if no
        score needs them, or for a reference without given classes.
    """

    probabilities: np.ndarray
    features: np.ndarray
    class_images: list[np.ndarray] | None = None


class Metric(NamedTuple):
    """One entry of METRICS.

    Attributes:
      compute: callable (samples, reference, settings) -> {result name: number}.
      check: callable (number of samples, number of reference images, settings) that raises
        InputError.
      better: {result name: 'higher', 'lower' or ''}.
      needs_images: whether class_images are needed.
      of_reference: whether the score is meaningful for the reference itself.
    """

    compute: Callable[[ClassifierOutputs, ClassifierOutputs, Settings], dict[str, float]]
    check: Callable[[int, int, Settings], None]
    better: dict[str, str]
    needs_images: bool = False
    of_reference: bool = False


def _inception_score(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    score = inception_score.inception_score(samples.probabilities)
    split = inception_score.inception_score_splits(samples.probabilities, settings.splits)
    real = inception_score.inception_score(reference.probabilities)
    return {
        "inception_score": score,
        "inception_score_split_mean": split.mean,
        "inception_score_split_std": split.stddev,
        "share_of_real_score": score / real,
    }


def _am_score(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    total = am_score.am_score(samples.probabilities, reference.probabilities)
    split = am_score.am_score_splits(
        samples.probabilities, reference.probabilities, settings.splits
    )
    return {
        "am_score": total.score,
        "am_score_entropy": total.mean_entropy,
        "am_score_divergence": total.marginal_divergence,
        "am_score_split_mean": split.mean,
        "am_score_split_std": split.stddev,
    }


def _frechet(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    del settings
    return {"fid": frechet.frechet_inception_distance(samples.features, reference.features)}


def _kernel(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    distance = kernel.kernel_inception_distance(
        samples.features,
        reference.features,
        settings.kid_subsets,
        settings.kid_subset_size,
        settings.seed,
    )
    return {"kid": distance.mean, "kid_subset_std": distance.stddev}


def _manifold(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    most = settings.prdc_samples
    scores = manifold.manifold_scores(
        np.asarray(samples.features[:most]),
        np.asarray(reference.features[:most]),
        settings.nearest_k,
    )
    return scores._asdict()


def _ms_ssim(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    del reference
    assert samples.class_images is not None, "see needs_images"
    counts = [len(images) for images in samples.class_images]
    if min(counts) < settings.ssim_images:
        raise InputError(
            f"MS-SSIM: {min(counts)} images of class {int(np.argmin(counts))}, expected "
            f"{settings.ssim_images}; raise --num_samples or lower --ssim_images"
        )
    labels = np.repeat(np.arange(len(counts)), settings.ssim_images)
    similarity = ms_ssim.ms_ssim_per_class(
        np.concatenate(samples.class_images), labels, len(counts), settings.ssim_images
    )
    return {
        "ms_ssim_max": similarity.maximum,
        "ms_ssim_mean": float(np.mean(similarity.mean)),
    }


def _classes(
    samples: ClassifierOutputs, reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    del reference, settings
    labels = samples.probabilities.argmax(axis=1)
    histogram = modes.class_histogram(labels, samples.probabilities.shape[1])
    return {
        "classes_found": histogram.num_found,
        "class_entropy": histogram.entropy,
        "smallest_class_share": float(histogram.counts.min() / histogram.counts.sum()),
    }


def _check_splits(num_samples: int, num_reference: int, settings: Settings) -> None:
    del num_reference
    if not 1 <= settings.splits <= num_samples:
        raise InputError(
            f"--splits={settings.splits}: expected 1 to the number of samples, {num_samples}"
        )


def _check_pair(num_samples: int, num_reference: int, settings: Settings) -> None:
    del settings
    if min(num_samples, num_reference) < 2:
        raise InputError(
            f"FID of {num_samples} samples and {num_reference} reference images: expected at "
            "least 2 of each; raise --num_samples"
        )


def _check_kernel(num_samples: int, num_reference: int, settings: Settings) -> None:
    fewest = min(num_samples, num_reference)
    if settings.kid_subsets < 1:
        raise InputError(f"--kid_subsets={settings.kid_subsets}: expected at least 1")
    if not 2 <= settings.kid_subset_size <= fewest:
        raise InputError(
            f"--kid_subset_size={settings.kid_subset_size}: expected 2 to {fewest}, the smaller "
            "of the two sets; lower it or raise --num_samples"
        )


def _check_manifold(num_samples: int, num_reference: int, settings: Settings) -> None:
    fewest = min(num_samples, num_reference, settings.prdc_samples)
    if not 1 <= settings.nearest_k < fewest:
        raise InputError(
            f"--nearest_k={settings.nearest_k}: expected 1 to {fewest - 1}, one less than the "
            "smaller of the two sets and --prdc_samples"
        )


def _check_ssim(num_samples: int, num_reference: int, settings: Settings) -> None:
    del num_samples, num_reference
    if settings.ssim_images < 2:
        raise InputError(f"--ssim_images={settings.ssim_images}: expected at least 2")


def _no_check(num_samples: int, num_reference: int, settings: Settings) -> None:
    del num_samples, num_reference, settings


METRICS = {
    "is": Metric(
        _inception_score,
        _check_splits,
        {
            "inception_score": "higher",
            "inception_score_split_mean": "higher",
            "inception_score_split_std": "",
            "share_of_real_score": "higher",
        },
        of_reference=True,
    ),
    "am": Metric(
        _am_score,
        _check_splits,
        {
            "am_score": "lower",
            "am_score_entropy": "lower",
            "am_score_divergence": "lower",
            "am_score_split_mean": "lower",
            "am_score_split_std": "",
        },
        of_reference=True,
    ),
    "fid": Metric(_frechet, _check_pair, {"fid": "lower"}),
    "kid": Metric(_kernel, _check_kernel, {"kid": "lower", "kid_subset_std": ""}),
    "prdc": Metric(
        _manifold,
        _check_manifold,
        {"precision": "higher", "recall": "higher", "density": "higher", "coverage": "higher"},
    ),
    "ms_ssim": Metric(
        _ms_ssim,
        _check_ssim,
        {"ms_ssim_max": "lower", "ms_ssim_mean": "lower"},
        needs_images=True,
        of_reference=True,
    ),
    "classes": Metric(
        _classes,
        _no_check,
        {"classes_found": "higher", "class_entropy": "higher", "smallest_class_share": "higher"},
        of_reference=True,
    ),
}


ABBREVIATIONS = ("am", "fid", "kid", "kl", "ms", "ssim")
# The scores of points, which `amnat.training.scoring` computes without a classifier.
BETTER_OF_POINTS = {"modes_found": "higher", "share_within_3_stddev": "higher", "mode_kl": "lower"}


def check_names(names: Sequence[str], flag: str = "metrics") -> None:
    """Raises InputError unless `names` has at least one name of METRICS and no name twice."""
    for name in names:
        if name not in METRICS:
            raise InputError(f"--{flag}: unknown score '{name}', expected {', '.join(METRICS)}")
    if not names or len(set(names)) < len(names):
        raise InputError(f"--{flag}={','.join(names)}: expected different names, at least one")


def check(
    names: Sequence[str],
    num_samples: int,
    num_reference: int,
    settings: Settings,
    flag_names: Mapping[str, str] | None = None,
) -> None:
    """Raises InputError if a score cannot be computed for sets of these sizes.

    `flag_names` are those of the script, see `with_flags_of_script`.
    """
    try:
        for name in names:
            METRICS[name].check(num_samples, num_reference, settings)
    except InputError as error:
        raise InputError(with_flags_of_script(str(error), flag_names or {})) from None


def with_flags_of_script(text: str, flag_names: Mapping[str, str]) -> str:
    """A message about scores in which the flags have the names of a script.

    Args:
      text: a message with the flags of tools/evaluate.py.
      flag_names: {its flag: what stands for it in the script}, both without dashes.
    """
    return re.sub(r"--(\w+)", lambda found: f"--{flag_names.get(found[1], found[1])}", text)


def fitted(
    names: Sequence[str],
    num_samples: int,
    num_reference: int,
    settings: Settings,
    given: Container[str] = (),
) -> tuple[Settings, list[str]]:
    """Lowers the settings that are too large for sets of these sizes.

    Args:
      names: names in METRICS.
      num_samples, num_reference: the numbers of images.
      settings: Settings.
      given: names of settings that stay as they are, because a user has chosen them.

    Returns: (Settings, texts "--kid_subset_size=60 instead of 1000" about each changed setting).
    """
    fewest = min(num_samples, num_reference)
    limits = {
        "splits": num_samples if {"is", "am"} & set(names) else None,
        "kid_subset_size": max(2, fewest) if "kid" in names else None,
        "nearest_k": max(1, min(fewest, settings.prdc_samples) - 1) if "prdc" in names else None,
    }
    lowered = {
        name: limit
        for name, limit in limits.items()
        if limit is not None and name not in given and getattr(settings, name) > limit
    }
    texts = [
        f"--{name}={now} instead of {getattr(settings, name)}" for name, now in lowered.items()
    ]
    return dataclasses.replace(settings, **lowered), texts


def needs_images(names: Sequence[str]) -> bool:
    """Whether `ClassifierOutputs.class_images` are needed for these scores."""
    return any(METRICS[name].needs_images for name in names)


def compute(
    names: Sequence[str],
    samples: ClassifierOutputs,
    reference: ClassifierOutputs,
    settings: Settings,
) -> tuple[dict[str, float], dict[str, str]]:
    """Computes scores of a set of images.

    Args:
      names: names in METRICS.
      samples, reference: ClassifierOutputs, from the same classifier.
      settings: Settings.

    Returns:
      ({result name: number}, {name: reason}). The latter has the scores that cannot be computed for
      these samples (no image of some class for MS-SSIM, features that are not finite); it does not
      affect the other scores.
    """
    results: dict[str, float] = {}
    failures: dict[str, str] = {}
    for name in names:
        try:
            results |= METRICS[name].compute(samples, reference, settings)
        except InputError as error:
            failures[name] = str(error)
    return results, failures


def scores_of_reference(
    names: Sequence[str], reference: ClassifierOutputs, settings: Settings
) -> dict[str, float]:
    """The meaningful scores of the reference images themselves, {result name: number}."""
    chosen = [name for name in names if METRICS[name].of_reference]
    if reference.class_images is None:
        chosen = [name for name in chosen if not METRICS[name].needs_images]
    return compute(chosen, reference, reference, settings)[0]


def label_of(result_name: str) -> str:
    """A result's name and its better direction for an axis: "FID (lower is better)"."""
    words = [word.upper() if word in ABBREVIATIONS else word for word in result_name.split("_")]
    better = direction(result_name)
    return " ".join(words) + (f" ({better} is better)" if better else "")


def direction(result_name: str) -> str:
    """'higher' or 'lower' for a result of any metric; '' if neither is better, or it is unknown."""
    for better in (*(metric.better for metric in METRICS.values()), BETTER_OF_POINTS):
        if result_name in better:
            return better[result_name]
    return ""
