"""A GAN on points in the plane and its negative-aware form, as a `Script`: tools/nat_2d.py."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from amnat.data import toy
from amnat.methods.toys import noisy_circles
from amnat.methods.toys.noisy_circles import Circle
from amnat.methods.toys.toy_script import ToyScript
from amnat.training import flags as shared
from amnat.training import xla
from amnat.training.declarations import define_enum, define_float, define_integer, define_string

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.gan_intro import GANIntro

    import numpy as np

FLAGS = flags.FLAGS

# Around the data and inside it, in the proportions of `noisy_circles.NEGATIVES`.
_AROUND_RING = (Circle(2.0, 0.08), Circle(0.175, 0.5))
NEGATIVES = {
    "circles": noisy_circles.NEGATIVES,
    "toy": _AROUND_RING,
    "toy_center": _AROUND_RING[:1],
    "toy_cov": _AROUND_RING,
    "toy_weight": _AROUND_RING,
}
# Enough of a toy data set that points hardly ever repeat within a run.
POINTS_PER_COMPONENT = 20000


class NAT2DScript(ToyScript):
    """The 2D experiment of "Negative-Aware Training", and the same on rings of Gaussians."""

    folder_name = "nat_2d"

    def define_flags(self) -> None:
        super().define_flags()
        define_enum(
            "data",
            "circles",
            sorted(NEGATIVES),
            "A noisy circle, or a ring of Gaussians.",
            fixed=False,
        )
        define_integer(
            "num_steps", 5000, "Training steps.", fixed=False, at_least=0, means="iterations"
        )
        define_integer(
            "hidden_size",
            64,
            "Width of the generator, half that of the discriminator.",
            fixed=False,
            at_least=1,
            means="width",
        )
        define_integer("latent_size", 2, "Entries of the latent, N(0, 1).", fixed=False, at_least=1)
        define_integer(
            "batch_size",
            128,
            "Samples per batch, and per kind of negatives.",
            fixed=False,
            at_least=1,
        )
        define_float(
            "learning_rate",
            0.001,
            "Learning rate of Adam (0.5, 0.999), for both players.",
            fixed=False,
            more_than=0,
            means="rate",
        )
        define_integer(
            "anim_every",
            50,
            "Steps between the animation's frames.",
            fixed=False,
            at_least=1,
            only_with="anim_path",
        )
        define_string(
            "negatives",
            None,
            "Circles of negatives RADIUS:NOISE,... (noise relative to the radius). Default: one "
            "around the data and, where the middle is empty, one inside.",
            fixed=False,
            means="method",
        )
        define_float(
            "negative_weight",
            1.0,
            "Weight of a kind of negatives relative to generated samples.",
            fixed=False,
            at_least=0,
        )
        define_integer(
            "negatives_every",
            1,
            "Take negatives in every n-th step only.",
            fixed=False,
            at_least=1,
            only_with="negative_weight>0",
        )

    def check_flags(self) -> None:
        super().check_flags()
        shared.require(self.negatives(), "negatives", "at least one circle RADIUS:NOISE")

    def negatives(self) -> tuple[Circle, ...]:
        """The circles of negatives, a tuple; raises InputError."""
        if FLAGS.negatives is None:
            return NEGATIVES[FLAGS.data]
        return noisy_circles.parse_circles(FLAGS.negatives)

    def load_points(self) -> np.ndarray:
        """The points of --data, float32 [N, 2], in no particular order."""
        if FLAGS.data == "circles":
            return noisy_circles.DATA.points(0)
        return toy.load_toy(FLAGS.data, points_per_component=POINTS_PER_COMPONENT).samples

    def describe(self, folder: pathlib.Path) -> str:
        negatives = ", ".join(map(str, self.negatives()))
        return f"data {FLAGS.data}, negatives {negatives}\nrun directory {folder}"

    def build_model(self, points: np.ndarray, negatives: Sequence[np.ndarray]) -> GANIntro:
        """The compiled model; all start from the same weights."""
        from amnat.methods.toys.gan_intro import GANIntro
        from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator
        from amnat.methods.toys.sources import ArrayPoints
        from amnat.models.latents import NormalLatent
        from amnat.training.optimizers import make_optimizer

        common = {"hidden_size": FLAGS.hidden_size, "weight_stddev": None, "seed": FLAGS.seed}
        generator = GANIntroGenerator(
            num_inputs=FLAGS.latent_size, num_outputs=2, num_hidden=2, **common
        )
        model = GANIntro(
            generator.build_variables((FLAGS.latent_size,)),
            GANIntroDiscriminator(num_inputs=2, **common).build_variables((2,)),
            NormalLatent(FLAGS.latent_size),
            ArrayPoints(points),
            FLAGS.batch_size,
            negatives=[ArrayPoints(item) for item in negatives],
            negative_weight=FLAGS.negative_weight,
            negatives_every=FLAGS.negatives_every,
            clamp_log=False,
            compiled=xla.compiles(),
            seed=FLAGS.seed,
        )
        model.compile(*(make_optimizer("adam", FLAGS.learning_rate) for _ in model.players()))
        return model

    def train(self, folder: pathlib.Path) -> int:
        from amnat.methods.toys.decision_maps import DecisionMapFigure, plot_radius

        points = self.load_points()
        circles = enumerate(self.negatives(), start=1)
        titles = {"GAN": (), "NAT-GAN": tuple(item.points(number) for number, item in circles)}
        models = {title: self.build_model(points, found) for title, found in titles.items()}
        radius = plot_radius((points, *titles["NAT-GAN"]))
        picture = DecisionMapFigure(models, points, titles, radius)
        return self.train_models(folder, models, picture, "decision_maps.png", FLAGS.num_steps)
