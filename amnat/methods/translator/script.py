"""The translator by one InfoGAN as a `Method`: tools/info_cycle_sim_gan.py."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.methods.translator import flags as translator_flags
from amnat.methods.translator.domains import Domains, DomainSource, load_domains, parse_domains
from amnat.training import flags as shared
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.translator.batches import DomainBatches
    from amnat.methods.translator.model import CycleInfoGAN
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS

# The networks compute in NHWC, without batch norm.
# Images always lose what is outside the square in their middle.
NOT_TAKEN = ("data_format", "sync_batch_norm", "image_resize")


class TranslatorScript(Method):
    """One generator and one critic, or several, that translate between domains.

    Attributes:
      source: `DomainSource` of --dataset_name, once the flags are checked.
      domains: `Domains` that it trains on, once they are loaded.
      seen: `Domains` of the sheets and errors, once the data is checked.
    """

    run_flags = translator_flags.RUN_FLAGS
    shared_flags = tuple(name for name in shared.shared_flags() if name not in NOT_TAKEN)
    own_instead = {
        "sample_every": "sample_interval",
        "image_size": "img_size",
        "image_channels": "channels",
    }
    source: DomainSource
    domains: Domains
    seen: Domains

    def define_flags(self) -> None:
        translator_flags.define()

    def check_flags(self) -> None:
        translator_flags.check()
        self.source = parse_domains(FLAGS.dataset_name)
        if self.source.kind == "own":
            self.source = parse_domains(shared.check_data("dataset_name").name)

    def run_name(self) -> str:
        parts = FLAGS.sResultTag, self.source.folder_name, FLAGS.postfix
        return "_".join(part for part in parts if part)

    def title(self) -> str:
        return "translation by one InfoGAN"

    def load_data(self, split: str) -> Dataset:
        """The images of a split, whose labels are domains; for 'test' the images of the sheets."""
        if split == "train":
            domains = self._load("train")
            assert domains is not None, "only the test split may be missing"
            self.domains = domains
            return domains.data
        return self.seen.data

    def _load(self, split: str) -> Domains | None:
        """The `Domains` of a split; for training with the larger images that are cropped."""
        shape = (FLAGS.img_size, FLAGS.img_size, FLAGS.channels)
        crops = split == "train" and translator_flags.crops(self.source)
        return load_domains(self.source, FLAGS.data_dir, split, shape, crops)

    def check_enough(self, dataset: Dataset) -> None:
        """A rollout takes equally many images of every domain, and repeats those of small ones."""
        largest = max(self.domains.sizes)
        shared.require(
            FLAGS.batch_size <= largest,
            "batch_size",
            f"at most {largest}, the images of the largest domain of {FLAGS.dataset_name}",
        )

    def check_data(self, dataset: Dataset) -> None:
        """Checks the number of domains, and loads the images of the sheets and errors."""
        names = dataset.class_names
        shared.require(
            len(names) == FLAGS.n_classes,
            "n_classes",
            f"{len(names)}, the domains of {FLAGS.dataset_name} ({', '.join(names)})",
        )
        seen = self._load("test")
        if seen is None:
            print(
                f"warning: {FLAGS.dataset_name} has no test images; sheets and errors are of the "
                "training images",
                file=sys.stderr,
            )
            seen = self.domains
        self.seen = seen
        named = zip(names, self.domains.sizes, strict=True)
        sizes = ", ".join(f"{name} {size:,}" for name, size in named)
        print(f"domains        {sizes}", flush=True)

    def batch_size(self) -> int:
        """The number of images in a rollout, over all devices."""
        return FLAGS.batch_size * FLAGS.n_classes

    def sample_every(self) -> int:
        return FLAGS.sample_interval * FLAGS.n_steps

    def num_iterations(self, dataset: Dataset) -> int:
        """The iterations of --n_epochs; the largest domain fills the rollouts of an epoch."""
        return FLAGS.n_epochs * (max(self.domains.sizes) // FLAGS.batch_size) * FLAGS.n_steps

    def build_model(self, dataset: Dataset) -> CycleInfoGAN:
        from amnat.methods.translator import build

        return build.build_model(dataset)

    def make_batches(self, dataset: Dataset) -> DomainBatches:
        from amnat.methods.translator.batches import DomainBatches

        return DomainBatches(self.domains, FLAGS.batch_size, FLAGS.n_steps)

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """Sheets of translations, and their errors."""
        from amnat.methods.translator.errors import TranslationErrors
        from amnat.methods.translator.sheets import TranslationSheets

        every = options.sample_every
        return [
            TranslationSheets(every, start, run, self.seen.data, FLAGS.n_samples),
            TranslationErrors(every, start, run, self.seen),
        ]
