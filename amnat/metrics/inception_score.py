"""Inception Score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from amnat.metrics.arrays import blocks, check_probabilities, contiguous_splits

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

# It is added to every probability before a logarithm, as in the AM-GAN authors' code.
EPSILON = 1e-18
BLOCK_ROWS = 4096


class SplitScore(NamedTuple):
    """The scores of several splits.

    Attributes:
      mean: mean over the splits.
      stddev: population standard deviation over the splits. It describes the variation between
        samples of one generator, not between two training runs.
      scores: tuple of the scores in the order of the splits.
    """

    mean: float
    stddev: float
    scores: tuple[float, ...]

    @classmethod
    def of(cls, scores: Sequence[float]) -> SplitScore:
        """Makes a SplitScore from the scores of all splits."""
        return cls(float(np.mean(scores)), float(np.std(scores)), tuple(scores))


def inception_score(probabilities: ArrayLike) -> float:
    """Inception Score of all samples at once (unsplit): exp(E_x KL(p(y|x) || p(y))).

    Unit: effective number of classes, from 1 (all samples alike) to K. Higher is better. It is
    computed in float64, with 1e-18 added to each probability.

    Biases: it rises with the number of samples (publish the number; 50,000 is usual). Most
    published values are the mean over 10 splits, which is lower (`inception_score_splits`). Values
    of different classifiers or ways of resizing cannot be compared. It does not see collapse within
    a class, and with the ImageNet network on CIFAR-10 it does not see quality (AM-GAN paper,
    section 6.2).

    Args:
      probabilities: [N, K]; rows sum to one. Published values use the 1,008 classes of the 2015
        Inception graph and a softmax without the bias.

    Returns:
      float.

    Raises:
      InputError: if the rows are not distributions.

    Source: Salimans et al. 2016, "Improved techniques for training GANs", section 4; the AM-GAN
    authors' code.
    """
    marginal_entropy, mean_entropy = entropies(probabilities)
    # The mean divergence from the marginal is the difference of these two.
    return float(np.exp(marginal_entropy - mean_entropy))


def inception_score_splits(probabilities: ArrayLike, splits: int = 10) -> SplitScore:
    """Inception Score of contiguous splits, with mean and population standard deviation.

    Most papers print it in this form, with 50,000 samples in 10 splits. The samples must be in
    random order: samples sorted by class make every split look collapsed.

    Args:
      probabilities: as for `inception_score`.
      splits: number of splits.

    Returns:
      SplitScore.

    Raises:
      InputError: if the rows are not distributions, or there are fewer samples than splits.

    Source: the code of Salimans et al. 2016.
    """
    probabilities = check_probabilities(probabilities)
    return SplitScore.of([inception_score(p) for p in contiguous_splits(probabilities, splits)])


def entropies(probabilities: ArrayLike) -> tuple[float, float]:
    """(entropy of the mean distribution, mean entropy of the distributions), in nats.

    Args:
      probabilities: [N, K]; rows sum to one.

    Returns:
      Two floats in [0, log K]; their difference is the logarithm of the Inception Score.

    Raises:
      InputError: if the rows are not distributions.
    """
    probabilities = check_probabilities(probabilities)
    total = np.zeros(probabilities.shape[1])
    entropy = 0.0
    for block in blocks(probabilities, BLOCK_ROWS):
        total += block.sum(axis=0)
        entropy += entr(block + EPSILON).sum()
    count = len(probabilities)
    return float(entr(total / count + EPSILON).sum()), float(entropy / count)
