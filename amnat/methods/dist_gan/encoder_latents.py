"""How an encoder's latents are distributed, beside the U(-1, 1) that the generator is fed."""

import dataclasses
import json

from amnat.methods.dist_gan.networks.common import to_unit
from amnat.training.callbacks import Periodic
from amnat.training.run_directory import write_atomically

import matplotlib
import numpy as np
import tensorflow as tf

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

NUM_IMAGES = 1024
FILE_NAME = "encoder_latents.json"


@dataclasses.dataclass(frozen=True)
class LatentStatistics:
    """Of all entries of all codes together, where U(-1, 1) has 0, .577, -1.2 and 0.

    Attributes:
      mean, stddev: of the entries.
      excess_kurtosis: 0 for a normal distribution.
      share_outside: of entries beyond -1 and 1.
      mean_stddev_of_an_entry: the standard deviation of one entry over the images, averaged: it
        is smaller than `stddev` if entries have means of their own.
      median_excess_kurtosis_of_an_entry: each entry's over the images, the median of them: that of
        all together is large if entries differ in spread, however each is distributed.
    """

    mean: float
    stddev: float
    excess_kurtosis: float
    share_outside: float
    mean_stddev_of_an_entry: float
    median_excess_kurtosis_of_an_entry: float


def latent_statistics(codes):
    """LatentStatistics of float [N, dim]."""
    codes = np.asarray(codes, np.float64)
    return LatentStatistics(
        mean=float(codes.mean()),
        stddev=float(codes.std()),
        excess_kurtosis=float(_excess_kurtosis(codes.ravel())),
        share_outside=float(np.mean(np.abs(codes) > 1.0)),
        mean_stddev_of_an_entry=float(codes.std(axis=0).mean()),
        median_excess_kurtosis_of_an_entry=float(np.median(_excess_kurtosis(codes))),
    )


def _excess_kurtosis(codes):
    """Over the first axis; SciPy's is not a number where all codes are the same, this is -3."""
    squares = np.square(codes - codes.mean(axis=0))
    variance = np.maximum(squares.mean(axis=0), np.finfo(np.float64).tiny ** 0.5)
    return np.mean(np.square(squares / variance), axis=0) - 3.0


class EncoderLatents(Periodic):
    """Draws plots/encoder_latents.png and writes encoder_latents.json, of the present moment.

    Args:
      interval, start: of `Periodic`.
      run: `RunDirectory`.
      images: float [N, H, W, C] in amnat's range.
      batch_size: of training, on which batch statistics depend.
    """

    slack = 1

    def __init__(self, interval, start, run, images, batch_size):
        super().__init__(interval, start)
        self.run = run
        self._batches = np.split(images, range(batch_size, len(images), batch_size))
        self._encode = None

    def act(self, iteration):
        if self._encode is None:
            encoder = self.model.encoder
            self._encode = tf.function(lambda x: encoder(to_unit(x)), autograph=False)
        codes = np.concatenate([self._encode(batch).numpy() for batch in self._batches])
        statistics = latent_statistics(codes)
        record = {"iteration": iteration} | dataclasses.asdict(statistics)
        write_atomically(self.run.path / FILE_NAME, json.dumps(record, indent=1) + "\n")
        self.run.log(f"ENCODER  {json.dumps(record)}")
        draw_latents(self.run.plots / "encoder_latents.png", codes, f"iteration {iteration}")


def draw_latents(path, codes, title):
    """A histogram of all entries, with U(-1, 1) and the normal of their moments."""
    statistics = latent_statistics(codes)
    reach = max(1.5, 4 * statistics.stddev + abs(statistics.mean))
    positions = np.linspace(-reach, reach, 400)
    deviations = (positions - statistics.mean) / statistics.stddev
    normal = np.exp(-(deviations**2) / 2) / (statistics.stddev * np.sqrt(2 * np.pi))
    figure, axis = plt.subplots(figsize=(6, 4), dpi=100)
    axis.hist(codes.ravel(), bins=100, range=(-reach, reach), density=True, label="E(x)")
    axis.plot(positions, normal, label="normal of its moments")
    axis.plot(positions, 0.5 * (np.abs(positions) <= 1), label="latents of the generator")
    axis.set(title=title, xlabel="entry of the latent", ylabel="density")
    axis.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
