"""Trains a GAN on points in the plane beside its negative-aware form.

    python tools/nat_2d.py --data=circles
    python tools/nat_2d.py --data=toy --anim_path=toy.gif --anim_every=100

The 2D experiment of "Negative-Aware Training" (its web page), and the same on AM-GAN's rings of
Gaussians. Networks and losses are those of tools/gan_intro.py, wider, with logarithms that are
taken from the logits and initial weights that suit the width.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.data import toy  # noqa: E402
from amnat.methods.toys import animation  # noqa: E402
from amnat.methods.toys import noisy_circles as circles  # noqa: E402
from amnat.methods.toys import session as toy_session  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

# Around the data and inside of it, in the proportions of `circles.NEGATIVES`.
_AROUND_RING = (circles.Circle(2.0, 0.08), circles.Circle(0.175, 0.5))
NEGATIVES = {
    "circles": circles.NEGATIVES,
    "toy": _AROUND_RING,
    "toy_center": _AROUND_RING[:1],
    "toy_cov": _AROUND_RING,
    "toy_weight": _AROUND_RING,
}
# Enough of a toy data set that points hardly ever repeat within a run.
POINTS_PER_COMPONENT = 20000

flags.DEFINE_enum("data", "circles", sorted(NEGATIVES), "A noisy circle, or a ring of Gaussians.")
flags.DEFINE_integer("num_steps", 5000, "Training steps.")
flags.DEFINE_integer("hidden_size", 64, "Width of the generator, half that of the discriminator.")
flags.DEFINE_integer("latent_size", 2, "Entries of the latent, N(0, 1).")
flags.DEFINE_integer("batch_size", 128, "Samples per batch, and per kind of negatives.")
flags.DEFINE_float("learning_rate", 0.001, "Of Adam (0.5, 0.999), for both players.")
flags.DEFINE_string("anim_path", None, "Write an animation there, .gif or .mp4; a new file.")
flags.DEFINE_integer("anim_every", 50, "Steps between its frames.")
flags.DEFINE_string(
    "negatives",
    None,
    "Circles of negatives RADIUS:NOISE,... (noise relative to the radius). Default: one around the "
    "data and, where the middle is empty, one inside.",
)
flags.DEFINE_float(
    "negative_weight", 1.0, "Weight of a kind of negatives relative to generated samples."
)
flags.DEFINE_integer("negatives_every", 1, "Take negatives in every n-th step only.")
flags.DEFINE_string("result_dir", str(ROOT / "result" / "nat_2d"), "Folder of this run, new.")
SHARED = ("seed", "log_every", "jit_compile", "auto_resume", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)


def check_flags():
    """Checks every flag; raises InputError. Returns the circles of negatives."""
    flag_defs.refuse_shared_but(SHARED)
    flag_defs.require(FLAGS.num_steps >= 0, "num_steps", "at least 0")
    for name in ("hidden_size", "latent_size", "batch_size", "anim_every", "negatives_every"):
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    flag_defs.require_finite("negative_weight")
    flag_defs.require_finite("learning_rate", positive=True)
    negatives = NEGATIVES[FLAGS.data]
    if FLAGS.negatives is not None:
        negatives = circles.parse_circles(FLAGS.negatives)
        flag_defs.require(negatives, "negatives", "at least one circle RADIUS:NOISE")
    if FLAGS.anim_path:
        animation.check_path(FLAGS.anim_path, "anim_path", replace=FLAGS.auto_resume)
    return negatives


def load_points():
    """float32 [N, 2] of --data, in no order."""
    if FLAGS.data == "circles":
        return circles.DATA.points(0)
    return toy.load_toy(FLAGS.data, points_per_component=POINTS_PER_COMPONENT).samples


def build_model(points, negatives):
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
        compiled=FLAGS.jit_compile,
        seed=FLAGS.seed,
    )
    model.compile(*(make_optimizer("adam", FLAGS.learning_rate) for _ in range(2)))
    return model


def main():
    negatives = check_flags()
    folder = toy_session.open_folder(FLAGS.result_dir, again=FLAGS.auto_resume)
    print(f"data {FLAGS.data}, negatives {', '.join(map(str, negatives))}")
    print(f"run directory {folder}")
    if FLAGS.dry_run:
        return 0
    points = load_points()
    titles = {
        "GAN": (),
        "NAT-GAN": tuple(item.points(index) for index, item in enumerate(negatives, start=1)),
    }
    flag_defs.load_tensorflow(small_operations=True)
    from amnat.methods.toys.decision_maps import DecisionMapFigure, plot_radius

    models = {title: build_model(points, found) for title, found in titles.items()}
    radius = plot_radius((points, *titles["NAT-GAN"]))
    return toy_session.train(
        toy_session.ToyRun(
            folder=folder,
            models=models,
            picture=DecisionMapFigure(models, points, titles, radius),
            figure_name="decision_maps.png",
            num_steps=FLAGS.num_steps,
            log_every=FLAGS.log_every,
            anim_every=FLAGS.anim_every,
            anim_path=FLAGS.anim_path,
        )
    )


if __name__ == "__main__":
    flag_defs.run(toy_session.guarded(main))
