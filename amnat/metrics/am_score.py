"""AM Score."""

from __future__ import annotations

from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.arrays import check_probabilities, contiguous_splits
from amnat.metrics.inception_score import EPSILON, SplitScore, entropies

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr


class AMScore(NamedTuple):
    """AM Score and its two terms, in nats; score = marginal_divergence + mean_entropy.

    Attributes:
      score: the AM Score, >= 0.
      mean_entropy: E_x H(C(x)) of the samples, in [0, log K]; it measures how clear single samples
        are.
      marginal_divergence: KL(mean C(training) || mean C(samples)), >= 0; it measures how far off
        the mix of classes is.
    """

    score: float
    mean_entropy: float
    marginal_divergence: float


def am_score(probabilities: ArrayLike, reference_probabilities: ArrayLike) -> AMScore:
    """AM Score: KL(mean C(training) || mean C(samples)) + E_samples H(C(x)).

    Unit: nats. Lower is better, 0 is the best. It is not an exponential, and it is published for
    50,000 samples without splits. It is computed in float64, with 1e-18 added to each of the
    samples' probabilities, so a class without any sample costs about 41 nats times its share and
    not infinity.

    Biases: it depends on the classifier, which must be trained on the target data (in the AM-GAN
    paper a DenseNet on CIFAR-10) and standardised by the reference images. It cannot see collapse
    within a class (the paper also reports MS-SSIM). It falls slightly with the number of samples.

    Args:
      probabilities: [N, K] for the generated images; rows sum to one.
      reference_probabilities: [M, K] for the training images, from the same classifier.

    Returns:
      AMScore.

    Raises:
      InputError: if the rows are not distributions, or have different numbers of classes.

    Source: AM-GAN (arXiv 1703.02000), equation 27, and the authors' code.
    """
    reference = check_probabilities(reference_probabilities, "reference probabilities")
    _, mean_entropy = entropies(probabilities)
    marginal = np.asarray(probabilities).mean(axis=0, dtype=np.float64) + EPSILON
    reference_marginal = reference.mean(axis=0, dtype=np.float64)
    if marginal.shape != reference_marginal.shape:
        raise InputError(
            f"probabilities: {len(marginal)} classes, expected the {len(reference_marginal)} of "
            "the reference; use one classifier, trained on the target data, for both"
        )
    divergence = float(rel_entr(reference_marginal, marginal).sum())
    return AMScore(divergence + mean_entropy, mean_entropy, divergence)


def am_score_splits(
    probabilities: ArrayLike, reference_probabilities: ArrayLike, splits: int = 10
) -> SplitScore:
    """AM Score of contiguous splits of the samples, each against the whole reference.

    Args:
      probabilities, reference_probabilities: as for `am_score`; samples must be in random order.
      splits: number of splits.

    Returns:
      SplitScore of the AM Scores.

    Raises:
      InputError: as for `am_score`, or if there are fewer samples than splits.

    Source: the AM-GAN authors' code.
    """
    probabilities = check_probabilities(probabilities)
    pieces = contiguous_splits(probabilities, splits)
    return SplitScore.of([am_score(p, reference_probabilities).score for p in pieces])
