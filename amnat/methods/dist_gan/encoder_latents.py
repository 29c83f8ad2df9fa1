"""The distribution of an encoder's latents, compared with the generator's input, U(-1, 1)."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

from amnat import json_text
from amnat.drawing import new_figure
from amnat.files import write_atomically
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

NUM_IMAGES = 1024
FILE_NAME = "encoder_latents.json"


@dataclasses.dataclass(frozen=True)
class LatentStatistics:
    """Statistics of all entries of all codes together; for U(-1, 1) they are 0, .577, -1.2 and 0.

    Attributes:
      mean, stddev: mean and standard deviation of the entries.
      excess_kurtosis: 0 for a normal distribution.
      share_outside: the share of entries outside [-1, 1].
      mean_stddev_of_an_entry: the standard deviation of one entry over the images, averaged over
        the entries: it is smaller than `stddev` if the entries' means differ.
      median_excess_kurtosis_of_an_entry: the median over the entries of each entry's excess
        kurtosis over the images: `excess_kurtosis` is large if entries differ in spread, however
        each one is distributed.
    """

    mean: float
    stddev: float
    excess_kurtosis: float
    share_outside: float
    mean_stddev_of_an_entry: float
    median_excess_kurtosis_of_an_entry: float


def latent_statistics(codes: ArrayLike) -> LatentStatistics:
    """The LatentStatistics of codes, float [N, dim]."""
    codes = np.asarray(codes, np.float64)
    return LatentStatistics(
        mean=float(codes.mean()),
        stddev=float(codes.std()),
        excess_kurtosis=float(_excess_kurtosis(codes.ravel())),
        share_outside=float(np.mean(np.abs(codes) > 1.0)),
        mean_stddev_of_an_entry=float(codes.std(axis=0).mean()),
        median_excess_kurtosis_of_an_entry=float(np.median(_excess_kurtosis(codes))),
    )


def _excess_kurtosis(codes: np.ndarray) -> np.ndarray:
    """The excess kurtosis over the first axis; -3 if all codes are equal, where SciPy's is NaN."""
    squares = np.square(codes - codes.mean(axis=0))
    variance = np.maximum(squares.mean(axis=0), np.finfo(np.float64).tiny ** 0.5)
    return np.mean(np.square(squares / variance), axis=0) - 3.0


class EncoderLatents(Periodic):
    """Draws plots/encoder_latents.png and writes encoder_latents.json, replacing earlier ones.

    Args:
      interval, start: see `Periodic`.
      run: `RunDirectory`.
      images: float [N, H, W, C] in amnat's range.
      batch_size: the training batch size, on which batch statistics depend.
    """

    run: RunDirectory
    slack = 1

    def __init__(
        self, interval: int, start: int, run: RunDirectory, images: np.ndarray, batch_size: int
    ):
        super().__init__(interval, start)
        self.run = run
        self._batches = np.split(images, range(batch_size, len(images), batch_size))
        self._encode: Callable[[np.ndarray], tf.Tensor] | None = None

    def act(self, iteration: int) -> None:
        if self._encode is None:
            encoder = self.model.encoder
            self._encode = tf.function(lambda x: encoder(to_unit(x)), autograph=False)
        encode = self._encode
        codes = np.concatenate([encode(batch).numpy() for batch in self._batches])
        statistics = latent_statistics(codes)
        record = {"iteration": iteration} | dataclasses.asdict(statistics)
        write_atomically(self.run.path / FILE_NAME, json_text.dumps(record, indent=1) + "\n")
        self.run.log(f"ENCODER  {json_text.dumps(record)}")
        title = [text for text in (self.run.title, f"iteration {iteration:,}") if text]
        draw_latents(self.run.plots / "encoder_latents.png", codes, ", ".join(title))


def draw_latents(path: str | os.PathLike[str], codes: np.ndarray, title: str) -> None:
    """Draws a histogram of all entries, with U(-1, 1) and the normal density of their moments."""
    statistics = latent_statistics(codes)
    reach = max(1.5, 4 * statistics.stddev + abs(statistics.mean))
    positions = np.linspace(-reach, reach, 400)
    deviations = (positions - statistics.mean) / statistics.stddev
    normal = np.exp(-(deviations**2) / 2) / (statistics.stddev * np.sqrt(2 * np.pi))
    figure = new_figure(6, 4)
    axis = figure.subplots()
    axis.hist(codes.ravel(), bins=100, range=(-reach, reach), density=True, label="E(x)")
    axis.plot(positions, normal, label="normal of its moments")
    axis.plot(positions, 0.5 * (np.abs(positions) <= 1), label="latents of the generator, U(-1, 1)")
    axis.set(title=title, xlabel="entry of the encoder's latent", ylabel="density")
    axis.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path)
