"""What a GAN in the plane does: a map of the discriminator's decision, and the points."""

from amnat.rng import RNG

import matplotlib
import numpy as np
import tensorflow as tf

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

GRID = 120
SHOWN = 1000


def plot_radius(arrays):
    """The largest coordinate of float [N, 2] arrays, and a margin."""
    return 1.1 * max(float(np.abs(points).max()) for points in arrays)


class DecisionMapFigure:
    """A figure with a panel per model, drawn again and again.

    Args:
      models: {title: `GANIntro` in the plane, without minibatch features}.
      data: float [N, 2].
      negatives: {title: float [N, 2] arrays, may be none}.
      radius: the panels show -radius to radius.

    At most `SHOWN` points of each kind are drawn; generated ones come from the same latents every
    time.
    """

    def __init__(self, models, data, negatives, radius):
        ticks = np.linspace(-radius, radius, GRID, dtype=np.float32)
        self._grid = tf.constant(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2))
        count = len(models)
        self._figure, axes = plt.subplots(
            1, count, figsize=(5.5 * count, 5.5), dpi=100, squeeze=False
        )
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

    def _observer(self, model):
        latents = model.latent(RNG(model.seed, 0, "sheet/"), SHOWN)
        return tf.function(
            lambda: (model.decision(self._grid), model.generator(latents)), autograph=False
        )

    def __call__(self, caption):
        """Draws the present moment; uint8 [550, 550 * panels, 3]."""
        for image, generated, observe in self._panels:
            decision, points = observe()
            image.set_data(decision.numpy().reshape(GRID, GRID))
            generated.set_offsets(points.numpy())
        self._text.set_text(caption)
        self._figure.canvas.draw()
        return np.asarray(self._figure.canvas.buffer_rgba())[..., :3].copy()

    def close(self):
        plt.close(self._figure)


def _scatter(axis, points, color, label):
    step = max(1, len(points) // SHOWN)
    return axis.scatter(*points[::step].T, s=3, color=color, label=label, linewidths=0)
