"""How a score of certain classes falls when modes are dropped: the AM-GAN paper's synthetic study.

Samples whose classes a classifier tells with certainty have the score H(kept), the entropy of the
class distribution that is left after some classes are dropped. That is the Inception Score's
logarithm (mean KL of a sample's class to the mean), and its only part that is not zero.
Source: Zhou et al. 2018 (ICLR), appendix; AM-GANs-for-reproduce, code/synthetic.py.
"""

from __future__ import annotations

import dataclasses

from amnat.drawing import new_figure

import numpy as np
from matplotlib.figure import Figure

# The original's seed of the densities.
SEED = 12345


@dataclasses.dataclass(frozen=True)
class Study:
    """Scores in nats for 1, 2, ..., N kept classes, float [N] each.

    Attributes:
      uniform: equal shares.
      increasing, decreasing: shares that are sorted magnitudes of normal numbers; the classes are
        kept in the order of increasing or decreasing shares.
      mean, lowest, highest: over random choices of the kept classes, with the increasing shares.
    """

    uniform: np.ndarray
    increasing: np.ndarray
    decreasing: np.ndarray
    mean: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


def entropies(shares: np.ndarray) -> np.ndarray:
    """Entropies in nats of distributions, float [..., N] with sums above 0, normalised first."""
    p = shares / shares.sum(axis=-1, keepdims=True)
    # A single class has 0, without the sign.
    return 0.0 - np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def prefix_scores(shares: np.ndarray) -> np.ndarray:
    """The scores with the first 1, 2, ..., N classes kept, float [N]."""
    return entropies(np.tril(np.ones((len(shares), len(shares)))) * shares)


def study(num_classes: int = 100, draws: int = 1000, seed: int = 0) -> Study:
    """Computes the study.

    Args:
      num_classes: N, at least 2.
      draws: random choices of the kept classes for each number of them.
      seed: of these choices. The shares are always the original's.
    """
    densities = np.random.RandomState(SEED)
    increasing, decreasing = (np.sort(np.abs(densities.randn(num_classes))) for _ in range(2))
    random, rows = np.random.RandomState(seed), []
    for kept in range(1, num_classes + 1):
        order = np.argsort(random.random_sample((draws, num_classes)), axis=1)
        scores = entropies(np.take(increasing, order[:, :kept]))
        rows.append((scores.mean(), scores.min(), scores.max()))
    mean, lowest, highest = np.array(rows).T
    return Study(
        prefix_scores(np.ones(num_classes)),
        prefix_scores(increasing),
        prefix_scores(decreasing[::-1]),
        mean,
        lowest,
        highest,
    )


def figure(found: Study) -> Figure:
    """Three panels: equal shares, sorted shares, and random choices with their range."""
    drawing = new_figure(12, 3.6)
    kept = np.arange(1, len(found.uniform) + 1)
    panels = drawing.subplots(1, 3, sharey=True)
    panels[0].plot(kept, found.uniform, "k.-")
    panels[0].set_title("equal shares")
    panels[1].plot(kept, found.increasing, "k.-", label="smallest classes first")
    panels[1].plot(kept, found.decreasing, "b.-", label="largest classes first")
    panels[1].set_title("shares of sorted normal numbers")
    panels[1].legend(loc="lower right")
    ends = [found.mean - found.lowest, found.highest - found.mean]
    panels[2].errorbar(kept, found.mean, ends, fmt="k.", elinewidth=0.6)
    panels[2].set_title("random classes: mean and range")
    for panel in panels:
        panel.set_xlabel("kept classes")
        panel.grid(True)
    panels[0].set_ylabel("score (nats)")
    drawing.tight_layout()
    return drawing
