"""Gaussian mixtures on a ring in the plane, as in the AM-GAN authors' code."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from amnat.data.dataset import SPLITS, Dataset, GaussianMixture
from amnat.data.registry import register
from amnat.errors import InputError

import numpy as np

POINTS_PER_COMPONENT = {"train": 1_000_000, "test": 10_000}

_SEED = 20180313
_RADIUS = 1.0
# The authors' code calls this value a standard deviation but uses it as the variance.
_VARIANCE = 0.01


@dataclass(frozen=True)
class Ring:
    """A ring whose components 0..n-1 have their means at (sin t, cos t), t = 2 pi i / n.

    Attributes:
      num_on_ring: n.
      odd_variance: the variance of odd components, relative to that of even ones.
      odd_share: the number of points of odd components, relative to that of even ones.
      center: whether there is an additional last component at the origin.
    """

    num_on_ring: int
    odd_variance: float = 1.0
    odd_share: float = 1.0
    center: bool = False

    @property
    def num_components(self) -> int:
        return self.num_on_ring + self.center

    def _per_component(self, odd_value: float) -> np.ndarray:
        values = np.ones(self.num_components)
        values[1 : self.num_on_ring : 2] = odd_value
        return values

    @property
    def shares(self) -> np.ndarray:
        """The number of points of each component relative to the first, float64 [K]."""
        return self._per_component(self.odd_share)

    @property
    def mixture(self) -> GaussianMixture:
        angles = 2 * np.pi * np.arange(self.num_on_ring) / self.num_on_ring
        means = np.zeros((self.num_components, 2))
        means[: self.num_on_ring] = _RADIUS * np.stack([np.sin(angles), np.cos(angles)], axis=1)
        return GaussianMixture(
            means=means,
            stddevs=np.sqrt(_VARIANCE * self._per_component(self.odd_variance)),
            weights=self.shares / self.shares.sum(),
        )


RINGS = {
    "toy": Ring(10),
    "toy_cov": Ring(8, odd_variance=1 / 4),
    "toy_weight": Ring(8, odd_share=1 / 4),
    "toy_center": Ring(10, center=True),
}


def load_toy(name: str, split: str = "train", points_per_component: int | None = None) -> Dataset:
    """Draws the points of one of the rings.

    - "toy": 10 components on the ring, standard deviation 0.1.
    - "toy_cov": 8 components; odd ones have a quarter of the variance (standard deviation 0.05).
    - "toy_weight": 8 components; odd ones have a quarter of the points (weights 1/5 and 1/20).
    - "toy_center": 10 components on the ring and an eleventh in the middle. The version in the
      authors' code cannot run: it reserves memory only for the ring and writes beyond it.

    The draw is fixed: component i takes float32 normal numbers from
    `np.random.default_rng([20180313, s, i])` with s = 0 for train and 1 for test, so fewer points
    are the beginning of more points. In the authors' code both splits are the same unseeded draw.

    Args:
      name: a key of `RINGS`.
      split: "train" or "test".
      points_per_component: the number of points of components with full share; by default
        1,000,000 (train, as in the authors' code) or 10,000 (test).

    Returns:
      float32 points [N, 2], component after component, labelled by component.

    Raises:
      InputError: if the name or split is unknown, or a component would have no point.
    """
    if name not in RINGS or split not in SPLITS:
        raise InputError(f"unknown toy data '{name}' ({split}), expected {', '.join(RINGS)}")
    if points_per_component is None:
        points_per_component = POINTS_PER_COMPONENT[split]
    ring = RINGS[name]
    counts = np.floor(points_per_component * ring.shares).astype(np.int64)
    if counts.min() < 1:
        raise InputError(
            f"{name}: points_per_component={points_per_component} leaves a component without a "
            f"point, expected at least {int(np.ceil(1 / ring.shares.min()))}"
        )
    return Dataset(
        name=name,
        split=split,
        samples=_draw(ring.mixture, counts, SPLITS.index(split)),
        labels=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        num_classes=len(counts),
        class_names=tuple(f"component {i}" for i in range(len(counts))),
        mixture=ring.mixture,
    )


def _draw(mixture: GaussianMixture, counts: np.ndarray, split_index: int) -> np.ndarray:
    points = np.empty((counts.sum(), 2), np.float32)
    ends = np.cumsum(counts)
    for i, (count, end) in enumerate(zip(counts, ends, strict=True)):
        component = points[end - count : end]
        rng = np.random.default_rng([_SEED, split_index, i])
        rng.standard_normal(out=component, dtype=np.float32)
        component *= np.float32(mixture.stddevs[i])
        component += mixture.means[i].astype(np.float32)
    return points


def _load_default(name: str, data_dir: str, split: str, download: bool) -> Dataset:
    return load_toy(name, split)


for _name, _ring in RINGS.items():
    register(
        _name,
        functools.partial(_load_default, _name),
        num_classes=_ring.num_components,
        sample_shape=(2,),
    )
