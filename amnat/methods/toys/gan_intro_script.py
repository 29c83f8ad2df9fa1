"""AYLIEN/gan-intro's 1D GAN, and its negative-aware form, as a `Script`: tools/gan_intro.py."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from amnat.methods.toys import gaussian_1d
from amnat.methods.toys.toy_script import ToyScript
from amnat.training import flags as shared
from amnat.training import xla
from amnat.training.declarations import (
    define_boolean,
    define_float,
    define_integer,
    define_string,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.gan_intro import GANIntro

FLAGS = flags.FLAGS


class GANIntroScript(ToyScript):
    """The GAN, its negative-aware form, or both side by side."""

    folder_name = "gan_intro"
    # The original logs every 10 steps. It has no flag for its seed: with this one the plain GAN
    # learns with and without --minibatch; with many it does not, see --fix_log_clamp.
    shared_defaults = {"log_every": 10, "seed": 23}

    def define_flags(self) -> None:
        super().define_flags()
        self._define_original()
        define_string(
            "negatives",
            "",
            "Negative distributions MEAN:STDDEV,... The paper's web page has 13:1,-6:2. None: "
            "plain GAN.",
            fixed=False,
            means="method",
        )
        define_float(
            "negative_weight",
            1.0,
            "Weight of a kind of negatives relative to generated samples.",
            fixed=False,
            at_least=0,
            only_with="negatives",
        )
        define_integer(
            "negatives_every",
            1,
            "Take negatives in every n-th step only.",
            fixed=False,
            at_least=1,
            only_with=("negatives", "negative_weight>0"),
        )
        define_boolean(
            "compare",
            False,
            "Train the plain GAN beside the negative-aware one.",
            fixed=False,
            only_with="negatives",
        )
        define_boolean(
            "fix_log_clamp",
            False,
            "Logarithms from the logits. The original's, clamped at 1e-5, have no slope beyond: "
            "many runs stop learning.",
            fixed=False,
        )

    def _define_original(self) -> None:
        define_integer(
            "num_steps",
            5000,
            "Training steps; one more is taken, as originally.",
            fixed=False,
            at_least=0,
            means="iterations",
        )
        define_integer(
            "hidden_size",
            4,
            "Width of the generator, half that of the discriminator.",
            fixed=False,
            at_least=1,
            means="width",
        )
        define_integer("batch_size", 8, "Samples per batch.", fixed=False, at_least=1)
        define_boolean("minibatch", False, "Minibatch discrimination.", fixed=False)
        define_integer(
            "anim_every",
            1,
            "Steps between the animation's frames; a frame takes about 0.1 s.",
            fixed=False,
            at_least=1,
            only_with="anim_path",
        )

    def arguments(self, words: list[str]) -> list[str]:
        """The words with flag names spelled as in absl: --num-steps becomes --num_steps."""

        def spell(word: str) -> str:
            name, equals, value = word.partition("=")
            known = name.lstrip("-").replace("-", "_")
            return f"--{known}{equals}{value}" if name[:2] == "--" and known in FLAGS else word

        return [spell(word) for word in words]

    def check_flags(self) -> None:
        super().check_flags()
        shared.require(
            FLAGS.batch_size >= 2 or not FLAGS.minibatch,
            "batch_size",
            "at least 2 with --minibatch",
        )
        self.negatives()

    def negatives(self) -> tuple[gaussian_1d.Gaussian, ...]:
        """The negative distributions, a tuple; raises InputError."""
        return gaussian_1d.parse_gaussians(FLAGS.negatives)

    def panels(self) -> dict[str, tuple[gaussian_1d.Gaussian, ...]]:
        """{title: negatives} of the models to train."""
        negatives = self.negatives()
        if FLAGS.compare:
            return {"GAN": (), "NAT-GAN": negatives}
        return {"NAT-GAN": negatives} if negatives else {"GAN": ()}

    def describe(self, folder: pathlib.Path) -> str:
        negatives = ", ".join(map(str, self.negatives())) or "none"
        return (
            f"data {gaussian_1d.DATA}, negatives {negatives}\n"
            f"models {', '.join(self.panels())}; run directory {folder}"
        )

    def build_model(self, negatives: Sequence[gaussian_1d.Gaussian]) -> GANIntro:
        """The compiled model with these negatives; all start from the same weights."""
        from amnat.methods.toys.gan_intro import GANIntro
        from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator
        from amnat.methods.toys.sources import NormalPoints, StratifiedLatent
        from amnat.training.optimizers import make_optimizer

        size = {"hidden_size": FLAGS.hidden_size, "seed": FLAGS.seed}
        model = GANIntro(
            GANIntroGenerator(**size).build_variables((1,)),
            GANIntroDiscriminator(minibatch=FLAGS.minibatch, **size).build_variables((1,)),
            StratifiedLatent(),
            NormalPoints(gaussian_1d.DATA.mean, gaussian_1d.DATA.stddev),
            FLAGS.batch_size,
            negatives=[NormalPoints(item.mean, item.stddev) for item in negatives],
            negative_weight=FLAGS.negative_weight,
            negatives_every=FLAGS.negatives_every,
            clamp_log=not FLAGS.fix_log_clamp,
            compiled=xla.compiles(),
            seed=FLAGS.seed,
        )
        model.compile(*(make_optimizer("adam", 0.001, 0.9, 0.999, 1e-8) for _ in model.players()))
        return model

    def train(self, folder: pathlib.Path) -> int:
        from amnat.methods.toys.densities import DensityFigure, Observer, plot_range

        panels = self.panels()
        models = {title: self.build_model(negatives) for title, negatives in panels.items()}
        ends = plot_range((gaussian_1d.DATA, *self.negatives()))
        observers = {title: Observer(model, *ends) for title, model in models.items()}
        picture = DensityFigure(observers, gaussian_1d.DATA, panels)
        status = self.train_models(folder, models, picture, "densities.png", FLAGS.num_steps)
        for title, observe in observers.items():
            now = observe()
            print(f"{title:10} generated mean {now.mean:.3f}, standard deviation {now.stddev:.3f}")
        return status
