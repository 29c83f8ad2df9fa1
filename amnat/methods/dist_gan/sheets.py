"""Sheets of what the encoder and the self-supervised task make of real images, as in msgan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from amnat.data.dataset import Dataset
from amnat.methods.dist_gan import self_supervised
from amnat.methods.dist_gan.encoder_latents import NUM_IMAGES, EncoderLatents
from amnat.methods.dist_gan.model import DistGAN
from amnat.methods.dist_gan.networks.common import from_unit, to_unit
from amnat.rng import RNG
from amnat.sheets import Sheet, class_sheet, pair_sheet
from amnat.training import figures
from amnat.training.loop import TrainingOptions
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf

# The most images of a sheet: with pairs, three rows of real ones.
NUM_SHOWN = 30
ANGLES = tuple(f"{90 * turns}\N{DEGREE SIGN}" for turns in range(self_supervised.NUM_ROTATIONS))
FAKE_ROW = "generated"


def real_image_callbacks(
    run: RunDirectory,
    start: int,
    dataset: Dataset,
    options: TrainingOptions,
    has_encoder: bool = True,
) -> list[Periodic]:
    """The callbacks that show what a model of the family makes of real images.

    Args:
      run, start, dataset, options: those of `Method.callbacks`.
      has_encoder: whether the model has an encoder, whose latents are shown as well.
    """
    place = options.sample_every, start, run
    batch = dataset.subset(slice(0, options.batch_size)).images
    found: list[Periodic] = [RealImageSheets(*place, batch)]
    if has_encoder:
        images = dataset.subset(slice(0, NUM_IMAGES)).images
        found.append(EncoderLatents(*place, images, options.batch_size))
    return found


class RealImageSheets(Periodic):
    """Writes sheets of one real batch with every sample sheet.

    `reconstructed_*.png` has rows of real images above their reconstructions, for models with an
    encoder. With a self-supervised task, `rotated_*.png` has what the task makes of real images, in
    a row for each angle (counter-clockwise); with the MS task, `mixed_*.png` has the batch of which
    the discriminator learns: rotated real images, and a row of generated ones. The originals write
    them as image_*_real.jpg, _real_argu.jpg and _mixe_argu.jpg.

    The random choices are the same on every sheet, and the run's own random numbers do not change.

    Args:
      interval, start, run: see `Periodic`.
      images: one training batch, float [N, H, W, C] in amnat's range: what an encoder and a
        generator with batch statistics make of an image depends on its batch.
    """

    run: RunDirectory
    # As for the other sheets.
    slack = 1

    def __init__(self, interval: int, start: int, run: RunDirectory, images: np.ndarray):
        super().__init__(interval, start, run)
        self.images = images

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        model, count = self.model, len(self.images)
        self._rng = RNG(model.seed, 0, "task_sheet/")
        self._latents = model.latent(self._rng, count)
        self._made: dict[str, Callable[[], Any]] = {}
        for name, make in self._makers().items():
            self._made[name] = tf.function(make, autograph=False)
        if self.start == 0:
            self._act()

    def _makers(self) -> dict[str, Callable[[], Any]]:
        """{what a sheet is made of: function without arguments}."""
        real = to_unit(tf.constant(self.images))
        if not isinstance(self.model, DistGAN):
            return {"rotated": lambda: self_supervised.quarter_turns(real)}
        count, task = len(self.images), self.model.objective.ss_task
        found: dict[str, Callable[[], Any]] = {"reconstructed": lambda: self._reconstructed(real)}
        if task:
            rows = self_supervised.random_candidates(self._rng, "rotation", count, 4)
            found["rotated"] = lambda: self_supervised.rotation_batch(real, rows)
        if task == 2:
            mixed = self_supervised.random_candidates(self._rng, "mixture", count, 5)
            found["mixed"] = lambda: self_supervised.mixture_batch(
                real, self.model.generator.unit_images(self._latents), mixed
            )
        return found

    def _reconstructed(self, real: tf.Tensor) -> tf.Tensor:
        return self.model.generator.unit_images(self.model.encoder(real))

    def act(self, iteration: int) -> None:
        for kind, make in self._made.items():
            figures.save_sheet(self.run, kind, iteration, self._sheet(kind, make()))

    def _sheet(self, kind: str, made: Any) -> Sheet:
        if kind == "reconstructed":
            shown = slice(0, NUM_SHOWN)
            pictures = from_unit(made).numpy()[shown]
            return pair_sheet(self.images[shown], pictures, ("real", "reconstructed"), "")
        images, labels = from_unit(made[0]).numpy(), made[1].numpy()
        rows = (*ANGLES, FAKE_ROW) if kind == "mixed" else ANGLES
        about = "real images in the rotations of the task"
        if kind == "mixed":
            about = "what the discriminator tells apart"
        found = class_sheet(images, labels, rows)
        return dataclasses.replace(found, row_name="rotation", about=about)
