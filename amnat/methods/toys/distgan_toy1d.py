"""The methods of tntrung/gan's distgan_toy1d on N(4, 1), as a `Script`: tools/distgan_toy1d.py."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

from amnat.methods.toys.gaussian_1d import Gaussian
from amnat.methods.toys.methods import METHOD_NAMES, check_methods
from amnat.methods.toys.toy_script import ToyScript
from amnat.training import xla
from amnat.training.declarations import (
    define_boolean,
    define_float,
    define_integer,
    define_list,
    refuse_idle,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.toy_gans import ToyGAN

    import tf_keras as keras

FLAGS = flags.FLAGS

DATA = Gaussian(4.0, 1.0)
# The methods with the gradient penalties that --fix_penalty_norm is about.
PENALISED = ("wgangp", "distgan")


class DistGANToy1DScript(ToyScript):
    """One or more of the methods, side by side."""

    folder_name = "distgan_toy1d"
    # The defaults of the originals.
    shared_defaults = {"seed": 100, "log_every": 10}

    def define_flags(self) -> None:
        super().define_flags()
        define_list("models", ["distgan"], f"Methods: {', '.join(METHOD_NAMES)}.", fixed=False)
        define_integer(
            "n_step",
            10000,
            "Training steps; one more is taken, as originally.",
            fixed=False,
            at_least=0,
            means="iterations",
        )
        define_integer("n_batch", 64, "Samples per batch.", fixed=False, at_least=1)
        define_integer(
            "n_hidden",
            4,
            "Width of the hidden layer of every network.",
            fixed=False,
            at_least=1,
            means="width",
        )
        define_float(
            "learning_rate",
            0.001,
            "Learning rate of Adam (of RMSProp for vaegan).",
            fixed=False,
            more_than=0,
            means="rate",
        )
        define_float(
            "beta1",
            0.5,
            "Adam's beta 1; vaegan has none.",
            fixed=False,
            at_least=0,
            below=1,
        )
        define_float(
            "beta2",
            0.9,
            "Adam's beta 2; vaegan has none.",
            fixed=False,
            at_least=0,
            below=1,
        )
        define_boolean(
            "fix_penalty_norm",
            False,
            "Gradient penalties of wgangp and distgan with a norm per sample. The original takes "
            "one of the whole batch.",
            fixed=False,
        )
        define_integer(
            "anim_every",
            100,
            "Steps between the animation's frames; a frame takes about 0.2 s.",
            fixed=False,
            at_least=1,
            only_with="anim_path",
        )

    def check_flags(self) -> None:
        super().check_flags()
        check_methods(FLAGS.models, "models")
        has_adam = FLAGS.models != ["vaegan"]
        for name in ("beta1", "beta2"):
            refuse_idle(name, has_adam, "a method other than vaegan among --models")
        has_penalty = not set(PENALISED).isdisjoint(FLAGS.models)
        refuse_idle("fix_penalty_norm", has_penalty, f"{' or '.join(PENALISED)} among --models")

    def describe(self, folder: pathlib.Path) -> str:
        return f"data {DATA}, models {', '.join(FLAGS.models)}; run directory {folder}"

    def build_model(self, name: str) -> ToyGAN:
        """The compiled model; all start from the same weights."""
        from amnat.methods.toys.build import build_toy_gan
        from amnat.methods.toys.optimizers import RMSProp
        from amnat.methods.toys.sources import NormalPoints
        from amnat.models.latents import NormalLatent
        from amnat.training.optimizers import make_optimizer

        model = build_toy_gan(
            name,
            dims=1,
            hidden=(FLAGS.n_hidden,),
            initial="glorot",
            latent=NormalLatent(1),
            data=NormalPoints(DATA.mean, DATA.stddev),
            batch_size=FLAGS.n_batch,
            sample_penalties=FLAGS.fix_penalty_norm,
            compiled=xla.compiles(),
            seed=FLAGS.seed,
        )

        def optimizer() -> keras.optimizers.Optimizer:
            if name == "vaegan":
                return RMSProp(FLAGS.learning_rate)
            return make_optimizer("adam", FLAGS.learning_rate, FLAGS.beta1, FLAGS.beta2)

        model.compile(*(optimizer() for _ in model.players()))
        return model

    def train(self, folder: pathlib.Path) -> int:
        from amnat.methods.toys.figures import LineFigure
        from amnat.training.sampling import Sampler

        models = {METHOD_NAMES[name]: self.build_model(name) for name in FLAGS.models}
        picture = LineFigure(models, DATA)
        status = self.train_models(folder, models, picture, "densities.png", FLAGS.n_step)
        for title, model in models.items():
            made = Sampler(model, FLAGS.n_batch).many(10000, 0)
            print(
                f"{title:10} generated mean {made.mean():.3f}, standard deviation {made.std():.3f}"
            )
        return status
