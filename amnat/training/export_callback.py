"""A callback that exports the generator while a run trains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.export.exports import make_export
from amnat.export.generator_export import run_metadata
from amnat.export.package import write_export
from amnat.export.self_check import ExportMismatch
from amnat.export.versions import owned_version
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory, warn

import tensorflow as tf


class ExportGenerator(Periodic):
    """Exports the generator, the averaged one if there is one, as export/<iteration>/.

    An export that fails is reported, and training goes on. Existing versions are never changed.

    Args:
      interval, start, run: see `Periodic`.
      dataset: the data set that the run is trained on.
      batch_size: the training batch size.
    """

    run: RunDirectory
    # Runs take one more iteration than a round number, which gets no export of its own.
    slack = 1

    def __init__(
        self, interval: int, start: int, run: RunDirectory, dataset: Dataset, batch_size: int
    ):
        super().__init__(interval, start, run)
        self.dataset = dataset
        self.batch_size = batch_size

    def act(self, iteration: int) -> None:
        with (
            self.reporting(InputError, ExportMismatch, tf.errors.OpError),
            # The scope of the run's strategy only applies in this thread, and the copies must be
            # created outside it.
            ThreadPoolExecutor(1) as thread,
        ):
            thread.submit(self._export, iteration).result()

    def _export(self, iteration: int) -> None:
        if (self.run.path / "export" / str(iteration)).exists():
            # An earlier call of the same run wrote it, and was stopped before its checkpoint.
            message = f"export {iteration} exists already and is left as it is"
            warn(f"\nwarning: {message}")
            self.run.log(f"WARNING  {message}")
            return
        model = self.model
        averages = model.ema_generator is not None
        export = make_export(
            model.ema_generator if averages else model.generator,
            model.latent,
            self.batch_size,
            self.dataset.class_names,
            model.seed,
        )
        metadata = export.metadata | run_metadata(
            self.run.path, iteration, averages, self.dataset.name
        )
        with owned_version(self.run.path / "export", iteration) as folder:
            write_export(folder, export.signatures, export.requests, metadata)
        self.run.log(f"EXPORT  ITER: {iteration}, {folder}")
