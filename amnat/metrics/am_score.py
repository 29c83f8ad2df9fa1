"""AM Score."""

from typing import NamedTuple

from amnat.errors import InputError
from amnat.metrics.arrays import check_probabilities, contiguous_splits
from amnat.metrics.inception_score import EPSILON, SplitScore, entropies

import numpy as np
from scipy.special import rel_entr


class AMScore(NamedTuple):
    """AM Score and its two terms, in nats; score = marginal_divergence + mean_entropy.

    Attributes:
      score: the AM Score, >= 0.
      mean_entropy: E_x H(C(x)) of the samples, in [0, log K]: are single samples clear?
      marginal_divergence: KL(mean C(training) || mean C(samples)), >= 0: is the mix of classes
        right?
    """

    score: float
    mean_entropy: float
    marginal_divergence: float


def am_score(probabilities, reference_probabilities):
    """AM Score: KL(mean C(training) || mean C(samples)) + E_samples H(C(x)).

    Unit: nats. Lower is better, 0 is the best. Not an exponential, and published unsplit over
    50,000 samples. Computed in float64, with 1e-18 added to each of the samples' probabilities,
    so a class that no sample shows costs about 41 nats times its share, not infinity.

    Biases: depends on the classifier, which must be trained on the target data (AM-GAN: a
    DenseNet on CIFAR-10), standardised by the reference images; cannot see collapse within a
    class (AM-GAN shows MS-SSIM beside it); falls slightly with the number of samples.

    Args:
      probabilities: [N, K] of the generated images, rows sum to one.
      reference_probabilities: [M, K] of the training images, by the same classifier.

    Returns:
      AMScore.

    Raises:
      InputError: not distributions, or over different numbers of classes.

    Source: AM-GAN (arXiv 1703.02000), equation 27; AM-GAN2 common/score.py, am_score.
    """
    reference = check_probabilities(reference_probabilities, "reference probabilities")
    _, mean_entropy = entropies(probabilities)
    marginal = np.mean(probabilities, axis=0, dtype=np.float64) + EPSILON
    reference_marginal = np.mean(reference, axis=0, dtype=np.float64)
    if marginal.shape != reference_marginal.shape:
        raise InputError(
            f"probabilities: {len(marginal)} classes, expected the {len(reference_marginal)} of "
            "the reference; use one classifier, trained on the target data, for both"
        )
    divergence = float(rel_entr(reference_marginal, marginal).sum())
    return AMScore(divergence + mean_entropy, mean_entropy, divergence)


def am_score_splits(probabilities, reference_probabilities, splits=10):
    """AM Score of contiguous splits of the samples, each against the whole reference.

    Args:
      probabilities, reference_probabilities: as for `am_score`; the samples in random order.
      splits: number of splits.

    Returns:
      SplitScore of the AM Scores.

    Raises:
      InputError: as `am_score`, or fewer samples than splits.

    Source: AM-GAN2 common/score.py, am_score_split_std.
    """
    probabilities = check_probabilities(probabilities)
    pieces = contiguous_splits(probabilities, splits)
    return SplitScore.of([am_score(p, reference_probabilities).score for p in pieces])
