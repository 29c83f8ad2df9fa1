"""Trains the methods of tntrung/gan's distgan_toy1d on N(4, 1), side by side.

    python tools/distgan_toy1d.py
    python tools/distgan_toy1d.py --models=wgangp,distgan --anim_path=toy1d.gif

The original has no flags but constants; these are their names and values, but for --models (its
`model`) and those of all toys.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.methods.toys import animation  # noqa: E402
from amnat.methods.toys import methods as toy_gan_options  # noqa: E402
from amnat.methods.toys import session as toy_session  # noqa: E402
from amnat.methods.toys.gaussian_1d import Gaussian  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

DATA = Gaussian(4.0, 1.0)

flags.DEFINE_list(
    "models", ["distgan"], "Methods: " + ", ".join(toy_gan_options.METHOD_NAMES) + "."
)
flags.DEFINE_integer("n_step", 10000, "Training steps; one more is taken, as originally.")
flags.DEFINE_integer("n_batch", 64, "Samples per batch.")
flags.DEFINE_integer("n_hidden", 4, "Width of the hidden layer of every network.")
flags.DEFINE_float("learning_rate", 0.001, "Of Adam (RMSProp for vaegan).")
flags.DEFINE_float("beta1", 0.5, "Adam's beta 1.")
flags.DEFINE_float("beta2", 0.9, "Adam's beta 2.")
flags.DEFINE_boolean(
    "fix_penalty_norm",
    False,
    "Gradient penalties with a norm per sample. The original takes one of the whole batch.",
)
flags.DEFINE_string("anim_path", None, "Write an animation there, .gif or .mp4; a new file.")
flags.DEFINE_integer("anim_every", 100, "Steps between its frames; a frame takes about 0.2 s.")
flags.DEFINE_string("result_dir", str(ROOT / "result" / "distgan_toy1d"), "Folder, new.")
SHARED = ("seed", "log_every", "jit_compile", "auto_resume", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
# The originals'.
FLAGS.set_default("seed", 100)
FLAGS.set_default("log_every", 10)


def check_flags():
    """Checks every flag; raises InputError."""
    flag_defs.refuse_shared_but(SHARED)
    toy_gan_options.check_methods(FLAGS.models, "models")
    flag_defs.require(FLAGS.n_step >= 0, "n_step", "at least 0")
    for name in ("n_batch", "n_hidden", "anim_every"):
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    flag_defs.require_finite("learning_rate", positive=True)
    for name in ("beta1", "beta2"):
        flag_defs.require_finite(name, below=1.0)
    if FLAGS.anim_path:
        animation.check_path(FLAGS.anim_path, "anim_path", replace=FLAGS.auto_resume)


def build_model(name):
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
        compiled=FLAGS.jit_compile,
        seed=FLAGS.seed,
    )

    def optimizer():
        if name == "vaegan":
            return RMSProp(FLAGS.learning_rate)
        return make_optimizer("adam", FLAGS.learning_rate, FLAGS.beta1, FLAGS.beta2)

    model.compile(*(optimizer() for _ in model.players()))
    return model


def main():
    check_flags()
    folder = toy_session.open_folder(FLAGS.result_dir, again=FLAGS.auto_resume)
    print(f"data {DATA}, models {', '.join(FLAGS.models)}; run directory {folder}")
    if FLAGS.dry_run:
        return 0
    flag_defs.load_tensorflow(small_operations=True)
    from amnat.methods.toys.figures import LineFigure

    models = {toy_gan_options.METHOD_NAMES[name]: build_model(name) for name in FLAGS.models}
    status = toy_session.train(
        toy_session.ToyRun(
            folder=folder,
            models=models,
            picture=LineFigure(models, DATA),
            figure_name="densities.png",
            num_steps=FLAGS.n_step,
            log_every=FLAGS.log_every,
            anim_every=FLAGS.anim_every,
            anim_path=FLAGS.anim_path,
        )
    )
    from amnat.training.sampling import Sampler

    for title, model in models.items():
        made = Sampler(model, FLAGS.n_batch).many(10000, 0)
        print(f"{title:10} generated mean {made.mean():.3f}, standard deviation {made.std():.3f}")
    return status


if __name__ == "__main__":
    flag_defs.run(toy_session.guarded(main))
