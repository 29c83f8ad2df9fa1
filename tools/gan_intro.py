"""Trains the 1D GAN of AYLIEN/gan-intro, or its negative-aware form, as its gan.py does.

    python tools/gan_intro.py --minibatch --anim-path=gan.mp4
    python tools/gan_intro.py --negatives=13:1,-6:2 --compare --anim_path=both.gif

The original's flags, with their names, defaults and meaning, in either spelling (--num-steps,
--num_steps); the others are shared by several scripts, or those of the negative-aware form.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.errors import InputError  # noqa: E402
from amnat.methods.toys import (  # noqa: E402
    animation,
    gaussian_1d,
)
from amnat.methods.toys import session as toy_session  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

flags.DEFINE_integer("num_steps", 5000, "Training steps; one more is taken, as originally.")
flags.DEFINE_integer("hidden_size", 4, "Width of the generator, half that of the discriminator.")
flags.DEFINE_integer("batch_size", 8, "Samples per batch.")
flags.DEFINE_boolean("minibatch", False, "Minibatch discrimination.")
flags.DEFINE_string(
    "anim_path", None, "Write an animation there, .gif or .mp4; the file must not exist yet."
)
flags.DEFINE_integer("anim_every", 1, "Steps between its frames; a frame takes about 0.1 s.")
flags.DEFINE_string(
    "negatives",
    "",
    "Negative distributions MEAN:STDDEV,... The paper's web page has 13:1,-6:2. None: plain GAN.",
)
flags.DEFINE_float(
    "negative_weight", 1.0, "Weight of a kind of negatives relative to generated samples."
)
flags.DEFINE_integer("negatives_every", 1, "Take negatives in every n-th step only.")
flags.DEFINE_boolean("compare", False, "Train the plain GAN beside the negative-aware one.")
flags.DEFINE_boolean(
    "fix_log_clamp",
    False,
    "Logarithms from the logits. The original's, clamped at 1e-5, have no slope beyond: many runs "
    "stop learning.",
)
flags.DEFINE_string("result_dir", str(ROOT / "result" / "gan_intro"), "Folder of this run, new.")
SHARED = ("seed", "log_every", "jit_compile", "auto_resume", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
# The original's, which has no flag for its seed. With this one the plain GAN learns with and
# without --minibatch; with many it does not, see --fix_log_clamp.
FLAGS.set_default("log_every", 10)
FLAGS.set_default("seed", 23)


def check_flags():
    """Checks every flag; raises InputError. Returns the negative distributions."""
    flag_defs.refuse_shared_but(SHARED)
    flag_defs.require(FLAGS.num_steps >= 0, "num_steps", "at least 0")
    for name in ("hidden_size", "batch_size", "anim_every", "negatives_every"):
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    flag_defs.require(
        FLAGS.batch_size >= 2 or not FLAGS.minibatch, "batch_size", "at least 2 with --minibatch"
    )
    flag_defs.require_finite("negative_weight")
    negatives = gaussian_1d.parse_gaussians(FLAGS.negatives)
    if FLAGS.compare and not negatives:
        raise InputError("--compare: needs negatives, for instance --negatives=13:1,-6:2")
    if FLAGS.anim_path:
        animation.check_path(FLAGS.anim_path, "anim_path", replace=FLAGS.auto_resume)
    return negatives


def panels(negatives):
    """{title: its negatives} of the models to train."""
    if FLAGS.compare:
        return {"GAN": (), "NAT-GAN": negatives}
    return {"NAT-GAN": negatives} if negatives else {"GAN": ()}


def build_model(negatives):
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
        compiled=FLAGS.jit_compile,
        seed=FLAGS.seed,
    )
    model.compile(*(make_optimizer("adam", 0.001, 0.9, 0.999, 1e-8) for _ in range(2)))
    return model


def main():
    negatives = check_flags()
    titles = panels(negatives)
    folder = toy_session.open_folder(FLAGS.result_dir, again=FLAGS.auto_resume)
    print(f"data {gaussian_1d.DATA}, negatives {', '.join(map(str, negatives)) or 'none'}")
    print(f"models {', '.join(titles)}; run directory {folder}")
    if FLAGS.dry_run:
        return 0
    flag_defs.load_tensorflow(small_operations=True)
    from amnat.methods.toys.densities import DensityFigure, Observer, plot_range

    models = {title: build_model(found) for title, found in titles.items()}
    ends = plot_range((gaussian_1d.DATA, *negatives))
    observers = {title: Observer(model, *ends) for title, model in models.items()}
    status = toy_session.train(
        toy_session.ToyRun(
            folder=folder,
            models=models,
            picture=DensityFigure(observers, gaussian_1d.DATA, titles),
            figure_name="densities.png",
            num_steps=FLAGS.num_steps,
            log_every=FLAGS.log_every,
            anim_every=FLAGS.anim_every,
            anim_path=FLAGS.anim_path,
        )
    )
    for title, observe in observers.items():
        now = observe()
        print(f"{title:10} generated mean {now.mean:.3f}, standard deviation {now.stddev:.3f}")
    return status


def underscored(arguments):
    """The arguments with the names of flags as absl spells them: --num-steps as --num_steps."""

    def spell(word):
        name, equals, value = word.partition("=")
        known = name.lstrip("-").replace("-", "_")
        return f"--{known}{equals}{value}" if name[:2] == "--" and known in FLAGS else word

    return [spell(word) for word in arguments]


if __name__ == "__main__":
    sys.argv[1:] = underscored(sys.argv[1:])
    flag_defs.run(toy_session.guarded(main))
