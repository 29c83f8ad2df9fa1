"""A picture of a GAN in the plane: a map of the discriminator's decision, and the points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from amnat.drawing import new_figure, pixels_of
from amnat.rng import RNG

import numpy as np
import tensorflow as tf
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

if TYPE_CHECKING:
    from amnat.methods.toys.gan_intro import GANIntro

GRID = 120
SHOWN = 1000


def plot_radius(arrays: Iterable[np.ndarray]) -> float:
    """The largest absolute coordinate of float [N, 2] arrays, plus a margin."""
    return 1.1 * max(float(np.abs(points).max()) for points in arrays)


class DecisionMapFigure:
    """A figure with a panel per model that is redrawn during training.

    Args:
      models: {title: `GANIntro` in the plane, without minibatch features}.
      data: float [N, 2].
      negatives: {title: float [N, 2] arrays, possibly none}.
      radius: the panels show -radius to radius.

    At most `SHOWN` points of each kind are drawn; generated points always come from the same
    latents.
    """

    def __init__(
        self,
        models: Mapping[str, GANIntro],
        data: np.ndarray,
        negatives: Mapping[str, Sequence[np.ndarray]],
        radius: float,
    ):
        ticks = np.linspace(-radius, radius, GRID, dtype=np.float32)
        self._grid = tf.constant(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2))
        count = len(models)
        self._figure = new_figure(5.5 * count, 5.5)
        axes = self._figure.subplots(1, count, squeeze=False)
        self._panels = []
        for axis, (title, model) in zip(axes[0], models.items(), strict=True):
            image = axis.imshow(
                np.zeros([GRID, GRID]),
                extent=(-radius, radius, -radius, radius),
                origin="lower",
                cmap="Greens",
                vmin=0,
                vmax=1,
            )
            for index, points in enumerate(negatives[title]):
                _scatter(axis, points, "0.4", "negatives" if index == 0 else None)
            _scatter(axis, data, "tab:blue", "real data")
            generated = _scatter(axis, np.zeros([0, 2]), "tab:red", "generated data")
            axis.set(title=title, xlim=(-radius, radius), ylim=(-radius, radius))
            axis.legend(loc="upper right", markerscale=4, fontsize="small")
            self._panels.append((image, generated, self._observer(model)))
        self._text = axes[0, 0].text(0.02, 0.98, "", va="top", transform=axes[0, 0].transAxes)
        self._figure.tight_layout()

    def _observer(self, model: GANIntro) -> Callable[[], tuple[tf.Tensor, tf.Tensor]]:
        latents = model.latent(RNG(model.seed, 0, "sheet/"), SHOWN, tf.float32)
        return tf.function(
            lambda: (model.decision(self._grid), model.generator(latents)), autograph=False
        )

    def __call__(self, caption: str) -> np.ndarray:
        """Draws the models as they are now; uint8 [550, 550 * panels, 3]."""
        for image, generated, observe in self._panels:
            decision, points = observe()
            image.set_data(decision.numpy().reshape(GRID, GRID))
            generated.set_offsets(points.numpy())
        self._text.set_text(caption)
        return pixels_of(self._figure)

    def close(self) -> None:
        self._figure.clear()


def _scatter(axis: Axes, points: np.ndarray, color: str, label: str | None) -> PathCollection:
    step = max(1, len(points) // SHOWN)
    x, y = points[::step].T
    return axis.scatter(x, y, s=3, color=color, label=label, linewidths=0)
