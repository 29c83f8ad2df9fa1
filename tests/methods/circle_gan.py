"""A complete method outside amnat: everything that adding one takes (docs/architecture.md).

    python circle_gan.py --num_steps=1000

A GAN with the least-squares losses on images, whose latent is a point on a circle; its export can
be asked for an angle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat import data
from amnat.data.dataset import Dataset
from amnat.training.declarations import define_float, define_integer, define_string
from amnat.training.main import run
from amnat.training.method import Method
from amnat.training.run_directory import RunFlags

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel

FLAGS = flags.FLAGS


class CircleMethod(Method):
    run_flags = RunFlags()

    def define_flags(self) -> None:
        define_string("dataset", "digits", "Data set of images.", fixed=True)
        define_string("result_dir", "result", "Folder that holds the runs.", fixed=False)
        define_string("tag", "circle", "First part of the run's name.", fixed=False)
        define_integer("num_steps", 100, "Iterations.", fixed=False, at_least=1)
        define_integer("batch_size", 20, "Images per batch.", fixed=True)
        define_integer("width", 8, "Units of both hidden layers.", fixed=True, at_least=1)
        define_float("lr", 0.01, "Adam's learning rate.", fixed=False, more_than=0)

    def run_name(self) -> str:
        return f"{FLAGS.tag}_{FLAGS.dataset}"

    def load_data(self, split: str) -> Dataset:
        return data.load(FLAGS.dataset, FLAGS.data_dir, split)

    def num_iterations(self, dataset: Dataset) -> int:
        return FLAGS.num_steps

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.training.optimizers import make_optimizer

        from circle_gan_model import CircleDiscriminator, CircleGAN, CircleGenerator, CircleLatent

        common = {"width": FLAGS.width, "seed": FLAGS.seed}
        latent = CircleLatent()
        generator = CircleGenerator(dataset.sample_shape, **common)
        discriminator = CircleDiscriminator(**common)
        model = CircleGAN(
            generator.build_variables((latent.size,)),
            discriminator.build_variables(dataset.sample_shape),
            latent,
            seed=FLAGS.seed,
        )
        model.compile(*(make_optimizer("adam", FLAGS.lr) for _ in model.players()))
        return model


SCRIPT = CircleMethod

if __name__ == "__main__":
    run(SCRIPT)
