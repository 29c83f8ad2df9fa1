"""Dist-GAN and other methods on points in the plane, as a `Script`: tools/distgan_toy2d.py."""

from __future__ import annotations

import pathlib
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.methods.toys import dist_gan_toy, toy_run
from amnat.methods.toys.methods import METHOD_NAMES, check_methods
from amnat.methods.toys.toy_script import ToyScript
from amnat.training import xla
from amnat.training.csv_table import open_table, write_table
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    define_list,
    refuse_idle,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.toy_gans import ToyGAN

    import tensorflow as tf
    import tf_keras as keras

FLAGS = flags.FLAGS

HIDDEN = (128, 128, 128)
DECAY_RATE, DECAY_UPDATES = 0.9, 10000
COLUMNS = (*("model", "seed", "covered_modes", "missing_modes", "registered_points", "samples"),)


class DistGANToy2DScript(ToyScript):
    """One or more methods side by side, for one seed or several."""

    folder_name = "distgan_toy2d"
    shared_defaults = {"log_every": 391}

    def define_flags(self) -> None:
        super().define_flags()
        define_enum(
            "data",
            "square",
            list(dist_gan_toy.CASES),
            "Point set; in capitals as well, as in the original.",
            fixed=False,
            case_sensitive=False,
        )
        define_list("models", ["distgan"], f"Methods: {', '.join(METHOD_NAMES)}.", fixed=False)
        define_float(
            "num_epochs",
            500.0,
            "Passes over the points by the generator's updates.",
            fixed=False,
            more_than=0,
            means="epochs",
        )
        define_integer("mb_size", 128, "Samples per batch.", fixed=False, at_least=1)
        define_float(
            "lr",
            0.001,
            "Learning rate of Adam at first; it is multiplied by 0.9 after every 10,000 updates.",
            fixed=False,
            more_than=0,
            means="rate",
        )
        define_float("beta1", 0.8, "Adam's beta 1.", fixed=False, at_least=0, below=1)
        define_float("beta2", 0.999, "Adam's beta 2.", fixed=False, at_least=0, below=1)
        define_integer(
            "num_seeds",
            1,
            "Runs of each model, with --seed and the ones after it.",
            fixed=False,
            at_least=1,
        )
        define_boolean(
            "fix_reconstructions",
            False,
            "Dist-GAN: reconstructions count as real, as in its paper; the original's count as "
            "fake.",
            fixed=False,
        )
        define_integer(
            "anim_every",
            391,
            "Steps between the animation's frames.",
            fixed=False,
            at_least=1,
            only_with="anim_path",
        )

    def check_flags(self) -> None:
        super().check_flags()
        check_methods(FLAGS.models, "models")
        refuse_idle("fix_reconstructions", "distgan" in FLAGS.models, "distgan among --models")
        if FLAGS.anim_path and FLAGS.num_seeds > 1:
            raise InputError("--anim_path: only one seed can be animated; use --num_seeds=1")

    def describe(self, folder: pathlib.Path) -> str:
        found = dist_gan_toy.load(FLAGS.data)
        return (
            f"{FLAGS.data}: {len(found.points):,} points of {len(found.centers)} modes\n"
            f"models {', '.join(FLAGS.models)}, {FLAGS.num_seeds} seeds; run directory {folder}"
        )

    def build_model(self, name: str, seed: int, point_set: dist_gan_toy.PointSet) -> ToyGAN:
        """The compiled model of one seed."""
        from amnat.methods.toys.build import build_toy_gan
        from amnat.methods.toys.sources import ArrayPoints
        from amnat.methods.toys.toy_auto_encoders import PlaneDistGAN
        from amnat.models.class_latent import NoiseLatent
        from amnat.training.optimizers import make_optimizer

        import tensorflow as tf

        options: dict[str, Any] = {"sample_penalties": True}
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
            compiled=xla.compiles(),
            seed=seed,
            **options,
        )

        def rate() -> tf.Tensor:
            # The original counts the updates of all players.
            updates = tf.cast(model.iteration * len(model.schedule), tf.float32)
            return FLAGS.lr * DECAY_RATE ** tf.floor(updates / DECAY_UPDATES)

        def optimizer() -> keras.optimizers.Optimizer:
            return make_optimizer("adam", rate, FLAGS.beta1, FLAGS.beta2)

        model.compile(*(optimizer() for _ in model.players()))
        return model

    def train(self, folder: pathlib.Path) -> int:
        toy_run.begin(folder)
        point_set = dist_gan_toy.load(FLAGS.data)
        # The rows of the seeds that an earlier call of the same run has finished.
        status, rows = 0, [*open_table(folder / "modes.csv", COLUMNS, "result_dir")]
        done = {int(row["seed"]) for row in rows}
        for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.num_seeds):
            if seed in done:
                print(f"seed {seed}: finished earlier")
                continue
            models = {
                METHOD_NAMES[name]: self.build_model(name, seed, point_set) for name in FLAGS.models
            }
            inner = folder if FLAGS.num_seeds == 1 else folder / f"seed_{seed}"
            status = max(status, self._train_seed(models, inner, point_set))
            rows += [score(title, seed, model, point_set) for title, model in models.items()]
            write_table(folder / "modes.csv", rows)
        if FLAGS.num_seeds > 1:
            print("\n".join(summary(rows)))
        return status

    def _train_seed(
        self, models: dict[str, ToyGAN], folder: pathlib.Path, point_set: dist_gan_toy.PointSet
    ) -> int:
        from amnat.methods.toys.figures import PlaneFigure

        picture = PlaneFigure(models, point_set)
        steps = round(FLAGS.num_epochs * len(point_set.points) / FLAGS.mb_size)
        status = self.train_models(folder, models, picture, "points.png", steps)
        picture.close()
        return status


def score(title: str, seed: int, model: ToyGAN, point_set: dist_gan_toy.PointSet) -> dict[str, Any]:
    """Counts and prints the modes of a trained model; returns its row of modes.csv."""
    from amnat.training.sampling import Sampler

    samples = Sampler(model, FLAGS.mb_size).many(dist_gan_toy.NUM_SAMPLES, 0)
    found = dist_gan_toy.count_modes(samples, point_set)
    values = (title, seed, found.covered, found.missing, found.registered, len(samples))
    row = dict(zip(COLUMNS, values, strict=True))
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return row


def summary(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Markdown lines with the mean, smallest and largest count over the seeds for each model."""
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
