"""A study of whether negative-aware training helps the 1D GAN, over many seeds."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from amnat import json_text
from amnat.drawing import new_figure
from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.methods.toys import gaussian_1d
from amnat.methods.toys.convergence import convergence
from amnat.methods.toys.gan_intro import GANIntro
from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator
from amnat.methods.toys.sources import NormalPoints, StratifiedLatent
from amnat.networks.network import Network
from amnat.training.csv_table import open_table, write_table
from amnat.training.optimizers import make_optimizer

import numpy as np
import tensorflow as tf

BATCH_SIZE = 8
MEASURED_POINTS = 1000
# With two kinds of negatives, generated points make up a third of the fake term. The second method
# has this effect without negatives.
METHODS: dict[str, dict[str, Any]] = {
    "GAN": {},
    "GAN, fake term / 3": {"fake_term_weight": 1 / 3},
    "NAT-GAN, 1 negative": {"negatives": gaussian_1d.NEGATIVES[:1]},
    "NAT-GAN, 2 negatives": {"negatives": gaussian_1d.NEGATIVES},
    "NAT-GAN, 2, every 10th step": {"negatives": gaussian_1d.NEGATIVES, "negatives_every": 10},
}
# Where the discriminator's final decision is recorded: data, both negatives, and between them.
PROBES = (-6.0, 4.0, 8.0, 13.0)
# Iterations between the seeds' first ones, so that no two seeds share a random number.
_STRETCH = 10_000_000
_NUMBERS = ("steps_until", "share_near", "mean_fluctuation", "spread_fluctuation")
_RESULTS = (*_NUMBERS, "final_mean", "final_spread", *(f"D({x:g})" for x in PROBES))
_COLUMNS = ("method", "seed", *_RESULTS)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What all runs of a study have in common; `num_steps` is a multiple of `measure_every`.

    `GANIntro` and `GANIntroDiscriminator` describe the last three.
    """

    num_steps: int = 5000
    measure_every: int = 25
    minibatch: bool = False
    clamp_log: bool = True
    compiled: bool = True


class Study:
    """A study in a folder; if it is run again, it goes on after the last finished seed.

    Args:
      folder: the folder of results.csv, settings.json, table.md and study.png.
      settings: Settings.

    Raises: InputError if the folder holds a study with other settings or of another version.
    """

    def __init__(self, folder: pathlib.Path, settings: Settings):
        self.settings = settings
        self.folder = folder
        self._results = folder / "results.csv"
        wanted = json_text.dumps(dataclasses.asdict(settings))
        record = folder / "settings.json"
        if record.exists() and record.read_text(encoding="utf-8") != wanted:
            raise InputError(f"--result_dir={folder}: holds a study with other settings")
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(record, wanted)
        self.rows: list[dict[str, Any]] = [*open_table(self._results, _COLUMNS, "result_dir")]

    def run(self, seeds: Sequence[int], report: Callable[[str], None] = print) -> None:
        """Runs the given seeds (ints below 100,000) unless they are finished."""
        done = {(row["method"], int(row["seed"])) for row in self.rows}
        initial = {}
        for method, options in METHODS.items():
            missing = [seed for seed in seeds if (method, seed) not in done]
            if not missing:
                continue
            model = self._model(0, **options)
            for seed in missing:
                if seed not in initial:
                    initial[seed] = [part.get_weights() for part in self._networks(seed)]
                _restart(model, seed, initial[seed])
                self._add({"method": method, "seed": seed} | self._observe(model))
                report(f"{method}, seed {seed}: {self.rows[-1]['steps_until'] or 'not reached'}")

    def _networks(self, seed: int) -> tuple[Network, Network]:
        generator = GANIntroGenerator(seed=seed).build_variables((1,))
        discriminator = GANIntroDiscriminator(minibatch=self.settings.minibatch, seed=seed)
        return generator, discriminator.build_variables((1,))

    def _model(
        self, seed: int, negatives: Sequence[gaussian_1d.Gaussian] = (), **options: Any
    ) -> GANIntro:
        data = gaussian_1d.DATA
        model = GANIntro(
            *self._networks(seed),
            StratifiedLatent(),
            NormalPoints(data.mean, data.stddev),
            BATCH_SIZE,
            negatives=[NormalPoints(item.mean, item.stddev) for item in negatives],
            clamp_log=self.settings.clamp_log,
            compiled=self.settings.compiled,
            **options,
        )
        model.compile(*(make_optimizer("adam", 0.001, 0.9, 0.999, 1e-8) for _ in model.players()))
        return model

    def _observe(self, model: GANIntro) -> dict[str, str]:
        assert isinstance(model.latent, StratifiedLatent), "see _model"
        latents = model.latent.even(MEASURED_POINTS)
        generate = tf.function(lambda: model.generator(latents), autograph=False)
        steps = range(0, self.settings.num_steps + 1, self.settings.measure_every)
        means, spreads = [], []
        for step in steps:
            if step:
                model.train_iterations(self.settings.measure_every)
            points = generate().numpy().astype(np.float64)
            means.append(points.mean())
            spreads.append(points.std())
        data = gaussian_1d.DATA
        found = convergence(steps, means, spreads, data.mean, data.stddev)
        decisions = (_probe(model, x) for x in PROBES)
        values = (*dataclasses.astuple(found), means[-1], spreads[-1], *decisions)
        return {
            name: "" if value is None else f"{value:.6g}"
            for name, value in zip(_RESULTS, values, strict=True)
        }

    def _add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        write_table(self._results, self.rows)

    def values(self, method: str, name: str) -> np.ndarray:
        """A result of all seeds, float [seeds]; NaN for runs that never came near the data."""
        return np.array([float(r[name] or math.nan) for r in self.rows if r["method"] == method])

    def table(self) -> str:
        """The results as Markdown: medians, with quartiles in brackets, of the runs that came near
        the data; for D at the probes, medians of all runs."""
        decisions = _RESULTS[-len(PROBES) :]
        head = ["method", "came near", *_NUMBERS, *decisions]
        lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        for method in METHODS:
            reached = self.values(method, "steps_until")
            cells = [method, f"{np.isfinite(reached).sum()}/{len(reached)}"]
            cells += [_quartiles(self.values(method, name)) for name in _NUMBERS]
            cells += [f"{np.median(self.values(method, name)):.2f}" for name in decisions]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def write_report(self) -> str:
        """Writes table.md and study.png; returns the table."""
        text = self.table()
        write_atomically(self.folder / "table.md", text + "\n")
        figure = new_figure(12, 4.5)
        left, right = figure.subplots(1, 2)
        for index, method in enumerate(METHODS):
            reached = np.sort(self.values(method, "steps_until"))
            shares = np.arange(len(reached) + 1) / max(1, len(reached))
            count = int(np.isfinite(reached).sum())
            ends = [0, *reached[:count], self.settings.num_steps]
            left.step(ends, [*shares[: count + 1], shares[count]], where="post", label=method)
            moved = self.values(method, "mean_fluctuation")
            right.plot(np.full(len(moved), index), moved, "o", alpha=0.5)
            right.plot(index, _median(moved), "k_", markersize=24)
        left.set(xlabel="step", ylabel="share of seeds that came near the data", ylim=(0, 1))
        left.legend(fontsize="small")
        right.set(ylabel="fluctuation of the generated mean from then on", ylim=(0, None))
        right.set_xticks(range(len(METHODS)), [m.replace(", ", ",\n", 1) for m in METHODS])
        right.tick_params("x", labelsize="small")
        figure.tight_layout()
        figure.savefig(self.folder / "study.png")
        return text


def _restart(model: GANIntro, seed: int, weights: Sequence[list[np.ndarray]]) -> None:
    """Turns a compiled model into one of another seed, with different iterations and noise."""
    model.generator.set_weights(weights[0])
    model.discriminator.set_weights(weights[1])
    for optimizer in model.optimizer:
        for variable in optimizer.variables():
            variable.assign(tf.zeros_like(variable))
    model.iteration.assign(seed * _STRETCH)


def _probe(model: GANIntro, position: float) -> float:
    """D at a position, judged in a batch that contains nothing else."""
    return float(model.decision(tf.fill([BATCH_SIZE, 1], position))[0, 0])


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return np.median(known) if known.size else math.nan


def _quartiles(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    if not known.size:
        return "-"
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return f"{middle:.4g} ({low:.4g} to {high:.4g})"
