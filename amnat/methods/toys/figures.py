"""Pictures of the toy methods: densities on the line, points in the plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from amnat.drawing import new_figure, pixels_of
from amnat.methods.toys import dist_gan_toy
from amnat.rng import RNG

import numpy as np
import tensorflow as tf
from scipy.stats import gaussian_kde

if TYPE_CHECKING:
    from amnat.methods.toys.gaussian_1d import Gaussian
    from amnat.methods.toys.toy_gans import ToyGAN

# The range that distgan_toy1d/gan_toy1d.py draws.
LOW, HIGH = -8.0, 8.0
_GRID = 400
_SHOWN = 2000


def _sampler(model: ToyGAN, count: int) -> Callable[[], np.ndarray]:
    """A function without arguments that returns points, float [count, dims], from fixed latents."""
    latents = model.latent(RNG(model.seed, 0, "sheet/"), count, tf.float32)
    generate = tf.function(lambda: model.generator(latents), autograph=False)
    return lambda: generate().numpy()


class LineFigure:
    """Data, generated density and the discriminator's decision, one panel per model.

    Args:
      models: {title: `ToyGAN` on the line}.
      data: `amnat.methods.toys.gaussian_1d.Gaussian`.
    """

    def __init__(self, models: Mapping[str, ToyGAN], data: Gaussian):
        positions = np.linspace(LOW, HIGH, _GRID)
        self._positions = positions
        inputs = tf.constant(positions[:, None], tf.float32)
        count = len(models)
        self._figure = new_figure(5 * count, 4)
        axes = self._figure.subplots(1, count, sharey=True, squeeze=False)
        self._panels = []
        for axis, (title, model) in zip(axes[0], models.items(), strict=True):
            axis.fill_between(positions, data.density(positions), alpha=0.4, label="real data")
            (decision,) = axis.plot([], [], color="tab:green", label=_decision_label(model))
            axis.set(xlim=(LOW, HIGH), ylim=(0, 1), xlabel="Input domain", title=title)
            decide = tf.function(lambda m=model: m.decision(inputs), autograph=False)
            self._panels.append([axis, decision, decide, _sampler(model, _SHOWN), None])
        axes[0, 0].set_ylabel("Probability density")
        self._text = axes[0, 0].text(0.02, 0.02, "", transform=axes[0, 0].transAxes)
        self._figure.tight_layout()

    def __call__(self, caption: str) -> np.ndarray:
        """Draws the models as they are now; uint8 [400, 500 * panels, 3]."""
        for panel in self._panels:
            axis, decision, decide, generate, filled = panel
            if filled is not None:
                filled.remove()
            panel[-1] = axis.fill_between(
                self._positions,
                _density(generate()[:, 0], self._positions),
                alpha=0.4,
                color="tab:orange",
                label="generated data",
            )
            decision.set_data(self._positions, decide().numpy()[:, 0])
            axis.legend(loc="upper left", fontsize="small")
        self._text.set_text(caption)
        return pixels_of(self._figure)

    def close(self) -> None:
        self._figure.clear()


def _decision_label(model: ToyGAN) -> str:
    from amnat.methods.toys.toy_gans import ToyWGANGP

    return "critic (scaled)" if isinstance(model, ToyWGANGP) else "decision: probability of real"


def _density(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """A kernel density estimate; for values that are all equal, a spike."""
    if np.std(values) < 1e-6:
        return np.where(np.abs(positions - values[0]) < 0.02, 1.0, 0.0)
    return gaussian_kde(values)(positions)


class PlaneFigure:
    """Data, centres, generated points and the number of covered modes, one panel per model.

    Args:
      models: {title: `ToyGAN` in the plane}.
      point_set: `dist_gan_toy.PointSet`.
    """

    def __init__(self, models: Mapping[str, ToyGAN], point_set: dist_gan_toy.PointSet):
        self._point_set = point_set
        count = len(models)
        self._figure = new_figure(5 * count, 5)
        axes = self._figure.subplots(1, count, squeeze=False)
        shown = point_set.points[:_SHOWN]
        self._panels = []
        for axis, (title, model) in zip(axes[0], models.items(), strict=True):
            axis.scatter(*shown.T, s=2, color="tab:blue", label="real data", linewidths=0)
            points = axis.scatter([], [], s=2, color="tab:red", label="generated", linewidths=0)
            axis.scatter(*point_set.centers.T, s=8, color="black", marker="x", linewidths=0.5)
            axis.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), title=title)
            axis.legend(loc="upper right", markerscale=4, fontsize="small")
            generate = _sampler(model, dist_gan_toy.NUM_SAMPLES)
            self._panels.append((title, axis, points, generate))
        self._text = self._figure.text(0.01, 0.01, "")
        self._figure.tight_layout(rect=(0, 0.04, 1, 1))

    def __call__(self, caption: str) -> np.ndarray:
        """Draws the models as they are now; uint8 [500, 500 * panels, 3]."""
        for title, axis, points, generate in self._panels:
            made = generate()
            points.set_offsets(made)
            found = dist_gan_toy.count_modes(made, self._point_set)
            axis.set_title(f"{title}: {found.covered} of {len(found.hits)} modes")
        self._text.set_text(caption)
        return pixels_of(self._figure)

    def close(self) -> None:
        self._figure.clear()
