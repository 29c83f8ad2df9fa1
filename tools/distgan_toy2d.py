"""Trains Dist-GAN on points in the plane as tntrung/gan's distgan_toy2d does, and others beside it.

    python tools/distgan_toy2d.py --num_epochs=20
    python tools/distgan_toy2d.py --models=gan,distgan --num_seeds=10

The 25 modes of a grid (--data=square), a plus or a sine. The original has no flags but constants
and Dist-GAN alone; the other methods are those of tools/distgan_toy1d.py. Printed and written to
modes.csv are, of 2,000 samples, those near a mode (registered), the modes with 20 of them or more
(covered) and the others (missing), which the original prints as its number of covered modes; of
several seeds, a table at the end.
"""

import csv
import io
import pathlib
import statistics
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.errors import InputError  # noqa: E402
from amnat.methods.toys import (  # noqa: E402
    animation,
    dist_gan_toy,
)
from amnat.methods.toys import methods as toy_gan_options  # noqa: E402
from amnat.methods.toys import session as toy_session  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training.run_directory import write_atomically  # noqa: E402

FLAGS = flags.FLAGS

HIDDEN = (128, 128, 128)
DECAY_RATE, DECAY_UPDATES = 0.9, 10000

flags.DEFINE_enum("data", "square", list(dist_gan_toy.CASES), "Point set.")
flags.DEFINE_list(
    "models", ["distgan"], "Methods: " + ", ".join(toy_gan_options.METHOD_NAMES) + "."
)
flags.DEFINE_float("num_epochs", 500.0, "Passes over the points by the generator's updates.")
flags.DEFINE_integer("mb_size", 128, "Samples per batch.")
flags.DEFINE_float("lr", 0.001, "Of Adam at first; 0.9 times that after every 10,000 updates.")
flags.DEFINE_float("beta1", 0.8, "Adam's beta 1.")
flags.DEFINE_float("beta2", 0.999, "Adam's beta 2.")
flags.DEFINE_integer("num_seeds", 1, "Runs of each model, with --seed and the ones after it.")
flags.DEFINE_boolean(
    "fix_reconstructions",
    False,
    "Dist-GAN: reconstructions count as real, as in its paper; the original's count as fake.",
)
flags.DEFINE_string("anim_path", None, "Write an animation there, .gif or .mp4; a new file.")
flags.DEFINE_integer("anim_every", 391, "Steps between its frames.")
flags.DEFINE_string("result_dir", str(ROOT / "result" / "distgan_toy2d"), "Folder, new.")
SHARED = ("seed", "log_every", "jit_compile", "auto_resume", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
FLAGS.set_default("log_every", 391)


def check_flags():
    """Checks every flag; raises InputError."""
    flag_defs.refuse_shared_but(SHARED)
    toy_gan_options.check_methods(FLAGS.models, "models")
    for name in ("mb_size", "anim_every", "num_seeds"):
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    for name in ("lr", "num_epochs"):
        flag_defs.require_finite(name, positive=True)
    for name in ("beta1", "beta2"):
        flag_defs.require_finite(name, below=1.0)
    if FLAGS.anim_path:
        animation.check_path(FLAGS.anim_path, "anim_path", replace=FLAGS.auto_resume)
        if FLAGS.num_seeds > 1:
            raise InputError("--anim_path: one seed alone is animated; take --num_seeds=1")


def build_model(name, seed, point_set):
    """The compiled model of one seed."""
    from amnat.methods.toys.build import build_toy_gan
    from amnat.methods.toys.sources import ArrayPoints
    from amnat.methods.toys.toy_auto_encoders import PlaneDistGAN
    from amnat.models.class_latent import NoiseLatent
    from amnat.training.optimizers import make_optimizer

    import tensorflow as tf

    options = {"sample_penalties": True}
    if name == "distgan":
        options = {"kind": PlaneDistGAN, "fix_reconstructions": FLAGS.fix_reconstructions}
    model = build_toy_gan(
        name,
        dims=2,
        hidden=HIDDEN,
        initial="he",
        squashed=True,
        latent=NoiseLatent(2, "uniform"),
        data=ArrayPoints(point_set.points),
        batch_size=FLAGS.mb_size,
        compiled=FLAGS.jit_compile,
        seed=seed,
        **options,
    )

    def rate():
        # The original counts the updates of all players.
        updates = tf.cast(model.iteration * len(model.schedule), tf.float32)
        return FLAGS.lr * DECAY_RATE ** tf.floor(updates / DECAY_UPDATES)

    def optimizer():
        return make_optimizer("adam", rate, FLAGS.beta1, FLAGS.beta2)

    model.compile(*(optimizer() for _ in model.players()))
    return model


def train(models, folder, point_set):
    """Trains models side by side in a folder; the exit status."""
    from amnat.methods.toys.figures import PlaneFigure

    picture = PlaneFigure(models, point_set)
    steps = round(FLAGS.num_epochs * len(point_set.points) / FLAGS.mb_size)
    status = toy_session.train(
        toy_session.ToyRun(
            folder=folder,
            models=models,
            picture=picture,
            figure_name="points.png",
            num_steps=steps,
            log_every=FLAGS.log_every,
            anim_every=FLAGS.anim_every,
            anim_path=FLAGS.anim_path,
        )
    )
    picture.close()
    return status


def main():
    check_flags()
    folder = toy_session.open_folder(FLAGS.result_dir, again=FLAGS.auto_resume)
    point_set = dist_gan_toy.load(FLAGS.data)
    print(f"{FLAGS.data}: {len(point_set.points):,} points of {len(point_set.centers)} modes")
    print(f"models {', '.join(FLAGS.models)}, {FLAGS.num_seeds} seeds; run directory {folder}")
    if FLAGS.dry_run:
        return 0
    flag_defs.load_tensorflow(small_operations=True)
    toy_session.begin(folder)
    status, rows = 0, finished_rows(folder / "modes.csv")
    done = {int(row["seed"]) for row in rows}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.num_seeds):
        if seed in done:
            print(f"seed {seed}: has ended before")
            continue
        titles = toy_gan_options.METHOD_NAMES
        models = {titles[name]: build_model(name, seed, point_set) for name in FLAGS.models}
        inner = folder if FLAGS.num_seeds == 1 else folder / f"seed_{seed}"
        status = max(status, train(models, inner, point_set))
        rows += [score(title, seed, model, point_set) for title, model in models.items()]
        write_rows(folder / "modes.csv", rows)
    if FLAGS.num_seeds > 1:
        print("\n".join(summary(rows)))
    return status


def score(title, seed, model, point_set):
    """Counts and prints the modes of a trained model; one row of modes.csv."""
    from amnat.training.sampling import Sampler

    samples = Sampler(model, FLAGS.mb_size).many(dist_gan_toy.NUM_SAMPLES, 0)
    found = dist_gan_toy.count_modes(samples, point_set)
    row = {
        "model": title,
        "seed": seed,
        "covered_modes": found.covered,
        "missing_modes": found.missing,
        "registered_points": found.registered,
        "samples": len(samples),
    }
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return row


def summary(rows):
    """Markdown lines: the mean over the seeds, and the smallest and largest, of each model."""
    counts = ("covered_modes", "missing_modes", "registered_points")
    head = ("model", "seeds", *(name.replace("_", " ") for name in counts))
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for model in dict.fromkeys(row["model"] for row in rows):
        found = [row for row in rows if row["model"] == model]
        cells = [model, str(len(found))]
        for name in counts:
            numbers = [int(row[name]) for row in found]
            cells.append(f"{statistics.fmean(numbers):.1f} ({min(numbers)} to {max(numbers)})")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def finished_rows(path):
    """The rows of seeds that an earlier call of the same run has trained to their end."""
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, text.getvalue())


if __name__ == "__main__":
    flag_defs.run(toy_session.guarded(main))
