"""msgan.pytorch's demo on N(4, 1) (distgan_toy1d/train.py): tools/msgan_pytorch_toy1d.py."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.methods.toys import toy_run
from amnat.methods.toys.gaussian_1d import Gaussian
from amnat.methods.toys.toy_script import ToyScript
from amnat.training import flag_paths, xla
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_boolean,
    define_float,
    define_integer,
    define_string,
)
from amnat.training.run_directory import results_root

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.toy_gans import ToyGAN

FLAGS = flags.FLAGS

DATA = Gaussian(4.0, 1.0)
HIDDEN = 4
FRAMES_PER_SECOND = 15
# {title: the name of its folder and its animation}, in the order of their training.
NAMES = {"Dist-GAN": "distgan", "WGAN-GP": "wgangp"}
_RATES = {
    "g_lr": "the generator",
    "d_lr": "the discriminator",
    "ae_recon_lr": "encoder and generator for the reconstruction loss",
    "ae_reg_lr": "encoder and generator for the regularisation loss",
}


class MSGANToy1DScript(ToyScript):
    """Dist-GAN, and after it WGAN-GP, each with its animation."""

    folder_name = "msgan_pytorch_toy1d"
    shared_flags = ("seed", "jit_compile", "auto_resume", "dry_run", "report")
    own_instead = {"log_every": "print_freq"}

    def define_flags(self) -> None:
        define_string(
            "result_dir",
            str(results_root() / "result" / self.folder_name),
            "Folder of this run, which must be new. In the default one, an earlier run is kept "
            "under a number: FOLDER.1, ...",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )
        define_string(
            "save_path",
            None,
            "Folder for distgan.gif and wgangp.gif; earlier ones are kept as distgan.1.gif, ... "
            "Default: the run's folder.",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )
        define_integer(
            "train_batch_size",
            64,
            "Samples per batch.",
            fixed=False,
            at_least=1,
            short_name="train_bs",
        )
        define_float("beta1", 0.5, "Adam's beta 1.", fixed=False, at_least=0, below=1)
        define_float("beta2", 0.9, "Adam's beta 2.", fixed=False, at_least=0, below=1)
        for name, whose in _RATES.items():
            text = f"Adam's learning rate of {whose}."
            define_float(name, 0.001, text, fixed=False, more_than=0, means="rate")
        define_integer("print_freq", 100, "Iterations between log lines.", fixed=False, at_least=1)
        define_integer(
            "inter_gif", 50, "Iterations between the animations' frames.", fixed=False, at_least=1
        )
        define_integer(
            "num_iter",
            10000,
            "Iterations of each model, a constant in the original.",
            fixed=False,
            at_least=1,
            means="iterations",
        )
        define_boolean(
            "fix_fresh_networks",
            False,
            "WGAN-GP starts with new networks. In the original it goes on with those of Dist-GAN, "
            "and with their optimizers.",
            fixed=False,
        )

    def check_flags(self) -> None:
        self.note_repetition()
        if FLAGS.save_path is None:
            return
        folder = pathlib.Path(FLAGS.save_path).expanduser()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"--save_path={folder}: is a file, expected a folder")

    def animations(self) -> list[pathlib.Path]:
        return [self.animation(title) for title in NAMES]

    def page_folders(self, folder: pathlib.Path) -> list[pathlib.Path]:
        return [folder / name for name in NAMES.values()]

    def animation(self, title: str) -> pathlib.Path:
        """The file of a model's animation."""
        parent = FLAGS.save_path or self.run_folder()
        return pathlib.Path(parent).expanduser() / f"{NAMES[title]}.gif"

    def describe(self, folder: pathlib.Path) -> str:
        return f"data {DATA}, models {', '.join(NAMES)}; run directory {folder}"

    def build_models(self) -> dict[str, ToyGAN]:
        """{title: compiled model}."""
        from amnat.methods.toys.msgan_toy import HingeWGANGP, TwoOptimizerDistGAN

        first = self._build("distgan", TwoOptimizerDistGAN, tuple(_RATES)[2:])
        if FLAGS.fix_fresh_networks:
            return dict(zip(NAMES, (first, self._build("wgangp", HingeWGANGP)), strict=True))
        second = HingeWGANGP(first.generator, first.discriminator, first.latent, **self._common())
        second.compile(d_optimizer=first.d_optimizer, g_optimizer=first.g_optimizer)
        return dict(zip(NAMES, (first, second), strict=True))

    def _common(self) -> dict[str, Any]:
        from amnat.methods.toys.sources import NormalPoints

        return {
            "data": NormalPoints(DATA.mean, DATA.stddev, in_order=False),
            "batch_size": FLAGS.train_batch_size,
            "compiled": xla.compiles(),
            "seed": FLAGS.seed,
        }

    def _build(self, name: str, kind: type[ToyGAN], encoder_rates: tuple[str, ...] = ()) -> ToyGAN:
        from amnat.methods.dist_gan.pytorch_initial import initialize
        from amnat.methods.toys.build import build_toy_gan
        from amnat.models.latents import NormalLatent
        from amnat.training.optimizers import make_optimizer

        latent = NormalLatent(1)
        model = build_toy_gan(name, 1, (HIDDEN,), "glorot", latent, kind=kind, **self._common())
        networks = model.generator, model.discriminator, model.encoder
        # PyTorch's own initial weights, of dense layers.
        initialize([each for each in networks if each is not None], "false", FLAGS.seed)
        rates = (*encoder_rates, "d_lr", "g_lr")
        betas = FLAGS.beta1, FLAGS.beta2
        model.compile(*(make_optimizer("adam", shared.value_of(rate), *betas) for rate in rates))
        return model

    def train(self, folder: pathlib.Path) -> int:
        from amnat.methods.toys.figures import LineFigure
        from amnat.training.sampling import Sampler

        toy_run.begin(folder)
        status = 0
        for title, model in self.build_models().items():
            print(f"{title}: {', '.join(toy_run.curves_of(model))}")
            path = self.animation(title)
            path.parent.mkdir(parents=True, exist_ok=True)
            run = toy_run.ToyRun(
                folder=folder / NAMES[title],
                models={title: model},
                picture=LineFigure({title: model}, DATA),
                figure_name="densities.png",
                num_steps=FLAGS.num_iter - 1,
                log_every=FLAGS.print_freq,
                anim_every=FLAGS.inter_gif,
                anim_path=str(path),
                anim_fps=FRAMES_PER_SECOND,
            )
            status = max(status, toy_run.train(run))
            made = Sampler(model, FLAGS.train_batch_size).many(10000, 0)
            print(
                f"{title:10} generated mean {made.mean():.3f}, standard deviation {made.std():.3f}"
            )
        return status
