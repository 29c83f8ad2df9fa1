"""Inception Score."""

from typing import NamedTuple

from amnat.metrics.arrays import blocks, check_probabilities, contiguous_splits

import numpy as np
from scipy.special import entr

# AM-GAN2 (common/score.py) adds this to every probability before a logarithm.
EPSILON = 1e-18
BLOCK_ROWS = 4096


class SplitScore(NamedTuple):
    """A score of each split.

    Attributes:
      mean: over the splits.
      stddev: their population standard deviation. It says how much the score changes between
        samples of one generator, not between two trainings.
      scores: tuple, in the order of the splits.
    """

    mean: float
    stddev: float
    scores: tuple

    @classmethod
    def of(cls, scores):
        """From the scores of all splits."""
        return cls(float(np.mean(scores)), float(np.std(scores)), tuple(scores))


def inception_score(probabilities):
    """Inception Score of all samples at once (unsplit): exp(E_x KL(p(y|x) || p(y))).

    Unit: effective number of classes, 1 (all samples alike) to K. Higher is better. Computed in
    float64, with 1e-18 added to each probability.

    Biases: rises with the number of samples (publish it, 50,000 is usual); most published values
    are the mean over 10 splits, which is lower (`inception_score_splits`); values of two
    classifiers cannot be compared, nor of two ways of resizing. It sees no collapse within a
    class, and with the ImageNet network on CIFAR-10 no quality (AM-GAN paper, section 6.2).

    Args:
      probabilities: [N, K], rows sum to one. For published values: the 2015 Inception graph's
        1,008 classes, softmax without the bias.

    Returns:
      float.

    Raises:
      InputError: not distributions.

    Source: Salimans et al. 2016, "Improved techniques for training GANs", section 4; AM-GAN2
    common/score.py, inception_score_KL.
    """
    marginal_entropy, mean_entropy = entropies(probabilities)
    # The mean divergence to the marginal is the difference of these two.
    return float(np.exp(marginal_entropy - mean_entropy))


def inception_score_splits(probabilities, splits=10):
    """Inception Score of contiguous splits, with mean and population standard deviation.

    The form in which most papers print it, with 50,000 samples in 10 splits. The samples must be
    in random order: samples sorted by class make every split look collapsed.

    Args:
      probabilities: as for `inception_score`.
      splits: number of splits.

    Returns:
      SplitScore.

    Raises:
      InputError: not distributions, or fewer samples than splits.

    Source: openai/improved-gan, inception_score/model.py.
    """
    probabilities = check_probabilities(probabilities)
    return SplitScore.of([inception_score(p) for p in contiguous_splits(probabilities, splits)])


def entropies(probabilities):
    """(entropy of the mean distribution, mean entropy of the distributions), in nats.

    Args:
      probabilities: [N, K], rows sum to one.

    Returns:
      Two floats in [0, log K]; the logarithm of the Inception Score is their difference.

    Raises:
      InputError: not distributions.
    """
    probabilities = check_probabilities(probabilities)
    total = np.zeros(probabilities.shape[1])
    entropy = 0.0
    for block in blocks(probabilities, BLOCK_ROWS):
        total += block.sum(axis=0)
        entropy += entr(block + EPSILON).sum()
    count = len(probabilities)
    return float(entr(total / count + EPSILON).sum()), float(entropy / count)
