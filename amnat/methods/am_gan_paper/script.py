"""The methods of the AM-GAN paper's comparison as a `Method`: tools/am_gan_reproduce.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from amnat import data
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.methods.am_gan_paper import evaluation, objective_flags, optimizer_flags, pacing_flags
from amnat.methods.am_gan_paper import flags as am_gan_paper_flags
from amnat.metrics import registry
from amnat.training import flags as shared
from amnat.training import opening
from amnat.training.method import Method

import numpy as np
from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel

    import tensorflow as tf

FLAGS = flags.FLAGS


class AMGANPaperScript(Method):
    """GAN, AC-GAN and its variants, LabelGAN, AM-GAN: what --LAB and --AC choose."""

    run_flags = am_gan_paper_flags.RUN_FLAGS

    def define_flags(self) -> None:
        am_gan_paper_flags.define()

    def check_flags(self) -> None:
        am_gan_paper_flags.check()
        run = opening.run_directory(self)
        if self.resumes() and run.flags_file.is_file():
            recorded = run.recorded_flags()
            pacing_flags.keep_unlimited(recorded)
            optimizer_flags.keep_sgd(recorded)
        pacing_flags.warn_of_limits()
        optimizer_flags.warn_of_nadam()

    def run_name(self) -> str:
        return shared.run_name(FLAGS.sResultTag, data.describe(FLAGS.sDataSet).label)

    def title(self) -> str:
        return objective_flags.title()

    def load_data(self, split: str) -> Dataset:
        """A split of --sDataSet; with --bUseUnlabel the first labelled samples of each class."""
        dataset = data.load(FLAGS.sDataSet, FLAGS.data_dir, split, form=shared.image_form())
        if split != "train" or not FLAGS.bUseUnlabel:
            return dataset
        count = FLAGS.iNumLabelData
        of_class = [np.flatnonzero(dataset.labels == k) for k in range(dataset.num_classes)]
        chosen = dataset.subset(np.concatenate([indices[:count] for indices in of_class]))
        # A batch that is larger than the whole data set is another error.
        if chosen.num_samples < FLAGS.iBatchSize <= dataset.num_samples:
            raise InputError(
                f"--iNumLabelData={count}: {chosen.num_samples} labelled samples, expected at "
                f"least one batch of {FLAGS.iBatchSize}"
            )
        return chosen

    def check_data(self, dataset: Dataset) -> None:
        goal = objective_flags.objective()
        if goal.labelled:
            objective_flags.check_path(dataset.num_classes)
        if goal.labelled and (goal.d_class_weight or goal.g_class_weight or goal.conditional):
            shared.require_classes(
                dataset,
                "a class loss (--LAB, --AC, --D_AC_WEIGHT)",
                "train without labels: --bUseClassLabel=False, which looks for --iUnlableClass "
                "classes itself, or the GAN with --LAB=False --AC=False",
            )

    def num_iterations(self, dataset: Dataset) -> int:
        return FLAGS.iBatchRun + 1

    def score_settings(self) -> registry.Settings:
        return registry.Settings(ssim_images=FLAGS.iSSIM)

    def score_flag_names(self) -> dict[str, str]:
        return {"num_samples": "iSamplesEvaluate", "ssim_images": "iSSIM"}

    def make_batches(self, dataset: Dataset) -> Callable[..., tf.data.Dataset]:
        batches = super().make_batches(dataset)
        if not FLAGS.bAugment:
            return batches
        return lambda plain, *args, **kwargs: batches(
            with_flipped(plain, sideways=FLAGS.fix_augment), *args, **kwargs
        )

    def data_remark(self, dataset: Dataset) -> str:
        if not FLAGS.bAugment:
            return ""
        return f"{2 * dataset.num_samples:,} with each one flipped"

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.am_gan_paper import build

        return build.build_model(dataset)

    def start_model(self, model: GANModel, dataset: Dataset) -> None:
        """The data-dependent initialisation."""
        if FLAGS.data_dependent_init:
            model.initialize_from_data(FLAGS.iBatchSize)

    def main(self) -> int:
        """Trains, or scores a run; returns the exit status."""
        return evaluation.score_run(self) if FLAGS.bLoadForEvaluation else super().main()


def with_flipped(dataset: Dataset, sideways: bool = False) -> Dataset:
    """The images of a data set, and each of them upside down or, `sideways`, mirrored.

    Source: AM-GANs-for-reproduce, `DataProvider.augment`, whose np.fliplr turns the rows around.
    """
    flipped = dataset.samples[:, :, ::-1] if sideways else dataset.samples[:, ::-1]
    return dataclasses.replace(
        dataset,
        samples=np.concatenate([dataset.samples, flipped]),
        labels=np.concatenate([dataset.labels, dataset.labels]),
    )
