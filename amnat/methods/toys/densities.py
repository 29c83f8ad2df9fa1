"""Pictures of a GAN on the line: decision boundary, data, negatives and generated density.

After AYLIEN/gan-intro (gan.py, `samples`, `plot_distributions`, `save_animation`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from amnat.drawing import new_figure, pixels_of
from amnat.methods.toys.sources import StratifiedLatent

import numpy as np
import tensorflow as tf
from matplotlib.lines import Line2D

if TYPE_CHECKING:
    from amnat.methods.toys.gan_intro import GANIntro
    from amnat.methods.toys.gaussian_1d import Gaussian

# The original's, with 99 bins over its range of -8 to 8.
BIN_WIDTH = 16.0 / 99
TOP = 1.4
_LEAST_RANGE = (-8.0, 8.0)


@dataclasses.dataclass(frozen=True)
class Densities:
    """What a model does at one moment.

    Attributes:
      positions: float [N], ascending.
      decision: float [N], the discriminator's probability of being real at these positions.
      centers: float [B], the centres of bins that are `BIN_WIDTH` wide.
      generated: float [B], the generator's density in the bins, without points outside all bins.
      mean, stddev: mean and standard deviation of all generated points.
    """

    positions: np.ndarray
    decision: np.ndarray
    centers: np.ndarray
    generated: np.ndarray
    mean: float
    stddev: float


def plot_range(distributions: Iterable[Gaussian]) -> tuple[float, float]:
    """(low, high) of a range that contains the original's, -8 to 8, and 4 standard deviations of
    each distribution."""
    lows = [item.mean - 4 * item.stddev for item in distributions]
    highs = [item.mean + 4 * item.stddev for item in distributions]
    return min(_LEAST_RANGE[0], *lows), max(_LEAST_RANGE[1], *highs)


class Observer:
    """Observes a model on the line.

    Args:
      model: `GANIntro` with a `StratifiedLatent`.
      low, high: ends of the range.
      num_points: number of latents, and of positions (rounded up to a multiple of the batch size).

    As in the original, positions pass the discriminator in consecutive blocks of the batch size.
    With minibatch features a position is therefore judged together with its neighbours, unlike in
    any training batch: the curve then does not show the discriminator's decisions in training.
    """

    def __init__(self, model: GANIntro, low: float, high: float, num_points: int = 10000):
        blocks = -(-num_points // model.batch_size)
        self.model = model
        self.positions = np.linspace(low, high, blocks * model.batch_size)
        self.edges = np.arange(low, high + BIN_WIDTH, BIN_WIDTH)
        size = [blocks, model.batch_size] if model.discriminator.minibatch else [1, -1]
        self._inputs = tf.constant(self.positions.reshape([*size, 1]), tf.float32)
        assert isinstance(model.latent, StratifiedLatent), "evenly spaced latents"
        self._latents = model.latent.even(num_points)
        self._decide = tf.function(lambda: tf.map_fn(model.decision, self._inputs), autograph=False)
        self._generate = tf.function(lambda: model.generator(self._latents), autograph=False)

    def generated(self) -> np.ndarray:
        """float [num_points], from evenly spaced latents."""
        return self._generate().numpy()[:, 0]

    def __call__(self) -> Densities:
        """The `Densities` of the model as it is now."""
        points = self.generated()
        counts, _ = np.histogram(points, bins=self.edges)
        return Densities(
            self.positions,
            self._decide().numpy().reshape(-1),
            (self.edges[1:] + self.edges[:-1]) / 2,
            counts / (len(points) * BIN_WIDTH),
            float(np.mean(points, dtype=np.float64)),
            float(np.std(points, dtype=np.float64)),
        )


class DensityFigure:
    """A figure with a panel per model that is redrawn during training.

    Args:
      observers: {title: `Observer`}, all with the same range.
      data: `amnat.methods.toys.gaussian_1d.Gaussian`.
      negatives: {title: such distributions, possibly none}.

    Data and negatives are drawn as their exact densities, where the original draws a histogram of
    the data that flickers.
    """

    def __init__(
        self,
        observers: Mapping[str, Observer],
        data: Gaussian,
        negatives: Mapping[str, Sequence[Gaussian]],
    ):
        self._observers = observers
        count = len(observers)
        self._figure = new_figure(6 * count, 4)
        axes = self._figure.subplots(1, count, sharey=True, squeeze=False)
        self._figure.suptitle("1D Generative Adversarial Network")
        self._lines: dict[str, tuple[Line2D, Line2D]] = {}
        for axis, (title, observer) in zip(axes[0], observers.items(), strict=True):
            x = observer.positions
            (decision,) = axis.plot([], [], label="decision: probability of being real")
            axis.plot(x, data.density(x), label="real data")
            (generated,) = axis.plot([], [], label="generated data")
            for index, item in enumerate(negatives[title]):
                label = "negatives" if index == 0 else None
                axis.fill_between(x, item.density(x), color="0.6", alpha=0.6, lw=0, label=label)
            axis.set(xlim=(x[0], x[-1]), ylim=(0, TOP), xlabel="Data values", title=title)
            axis.legend(loc="upper right", fontsize="small")
            self._lines[title] = decision, generated
        axes[0, 0].set_ylabel("Probability density")
        self._text = axes[0, 0].text(0.02, 0.97, "", va="top", transform=axes[0, 0].transAxes)
        self._figure.tight_layout()

    def __call__(self, caption: str) -> np.ndarray:
        """Draws the models as they are now; uint8 [400, 600 * panels, 3]."""
        for title, observer in self._observers.items():
            now = observer()
            decision, generated = self._lines[title]
            decision.set_data(now.positions, now.decision)
            generated.set_data(now.centers, now.generated)
        self._text.set_text(caption)
        return pixels_of(self._figure)

    def close(self) -> None:
        self._figure.clear()
