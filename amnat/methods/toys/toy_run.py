"""A run of toy models: its folder, training side by side, pictures.

A run takes seconds to minutes, so it has no checkpoints; with --auto_resume it is repeated in the
same folder. This module does not load TensorFlow.
"""

from __future__ import annotations

import csv
import dataclasses
import math
import os
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from amnat import sheets
from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.methods.toys import animation
from amnat.methods.toys.earlier import is_kept
from amnat.training import declarations, xla
from amnat.training import flags as shared
from amnat.training.run_directory import read_flag_lines

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.gan_intro import GANIntro
    from amnat.methods.toys.toy_gans import ToyGAN
    from amnat.training.stopping import StopOnSignal

    import numpy as np

    ToyModel = GANIntro | ToyGAN

FLAGS = flags.FLAGS

# Just below -log(1e-5): a clamped loss as large as this is a constant, without a gradient.
_DEAD_LOSS = 11.5
# {column of losses.csv, after the model's title: name of the loss}; a model may have its own
# `curves`.
CURVES = {"D": "loss_dis_total", "G": "loss_gen_total"}


@dataclasses.dataclass(frozen=True)
class ToyRun:
    """What `train` trains and writes.

    Attributes:
      folder: the folder of flags.txt, losses.csv and the figure.
      models: {title: compiled `GANIntro` or `ToyGAN`}.
      picture: callable, caption -> uint8 [H, W, 3] that shows the current models.
      figure_name: file name of the last picture.
      num_steps: the last step; as in gan-intro, steps 0 to num_steps are taken.
      log_every: steps between rows of losses.csv.
      anim_every: steps between frames.
      anim_path: file of the animation; None for no animation.
      anim_fps, anim_width: its frames per second, and its greatest width in pixels (None: any).
    """

    folder: pathlib.Path
    models: Mapping[str, ToyModel]
    picture: Callable[[str], np.ndarray]
    figure_name: str
    num_steps: int
    log_every: int
    anim_every: int
    anim_path: str | None = None
    anim_fps: int = 30
    anim_width: int | None = None


class Stopped(Exception):
    """The process was told to stop before the end of the training."""


def open_folder(
    path: str | os.PathLike[str], flag: str = "result_dir", again: bool = False
) -> pathlib.Path:
    """The run's folder, which must be empty or missing; it is not created here.

    Args:
      path: path of the folder.
      flag: the name of the flag, for errors.
      again: whether the folder may hold a run with the same flags, which is then repeated.

    Raises: InputError.
    """
    folder = pathlib.Path(path).expanduser()
    if again and folder.is_dir():
        _check_same_run(folder, flag)
    elif folder.exists() and (not folder.is_dir() or any(map(is_kept, folder.iterdir()))):
        raise InputError(f"--{flag}={folder}: exists already; choose another folder")
    parent = folder.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"--{flag}={folder}: {parent} is not a writable folder")
    return folder


def _check_same_run(folder: pathlib.Path, flag: str) -> None:
    record = folder / "flags.txt"
    found = [path for path in folder.rglob("*") if path.is_file() and is_kept(path)]
    lines = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
    if lines:
        xla.keep_recorded(read_flag_lines(lines))
    if found and not _same_flags(lines, shared.replay_flags()):
        raise InputError(
            f"--{flag}={folder}: holds a run with other flags; choose another folder, or give the "
            "flags of its flags.txt"
        )


def _same_flags(before: Sequence[str], now: Sequence[str]) -> bool:
    """Whether two records hold the same run; the folder may be named in another way."""
    first, second = read_flag_lines(before), read_flag_lines(now)
    for values in (first, second):
        values.pop("result_dir", None)
    # Earlier versions did not have all flags; what is left at its default changes nothing.
    for name in second.keys() - first.keys():
        if FLAGS[name].using_default_value:
            del second[name]
    return first.keys() == second.keys() and all(
        declarations.same_value(name, first[name], second[name]) for name in first
    )


def train(run: ToyRun) -> int:
    """Trains the models side by side, and writes and prints all results.

    Args:
      run: ToyRun.

    Returns: the exit status, 1 if a loss is not finite.
    Raises: Stopped, with the name of the signal.
    """
    from amnat.training.stopping import StopOnSignal

    stop = StopOnSignal()
    stop.install()
    try:
        return _train(run, stop)
    finally:
        stop.restore()


def begin(folder: pathlib.Path) -> None:
    """Creates a run's folder, with the flags of the run in flags.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    for partial in folder.glob(".partial-*"):
        partial.unlink()
    write_atomically(folder / "flags.txt", "\n".join(shared.replay_flags()) + "\n")


def _train(run: ToyRun, stop: StopOnSignal) -> int:
    begin(run.folder)
    try:
        if run.anim_path:
            frames = _frames(run, stop)
            animation.write_animation(run.anim_path, frames, run.anim_fps, run.anim_width)
        else:
            for _ in _events(run, stop):
                pass
    except FloatingPointError as error:
        print(f"error: {error}; stopped", file=sys.stderr)
        return 1
    figure = run.folder / run.figure_name
    sheets.save_image(figure, run.picture(f"step {run.num_steps}"))
    for label, path in [
        ("losses", run.folder / "losses.csv"),
        ("figure", figure),
        ("animation", run.anim_path),
    ]:
        if path:
            print(f"{label:10} {path}")
    return 0


def _frames(run: ToyRun, stop: StopOnSignal) -> Iterator[np.ndarray]:
    total = run.num_steps // run.anim_every + 1
    for step in _events(run, stop):
        if step % run.anim_every == 0:
            yield run.picture(f"Frame: {step // run.anim_every + 1}/{total}   step {step}")


def _events(run: ToyRun, stop: StopOnSignal) -> Iterator[int]:
    """Trains; yields the steps at which something is logged or drawn, and the last step."""
    path = run.folder / "losses.csv"
    # Line by line, so that it can be read during a long run.
    with open(path, "w", buffering=1, newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [
            f"{title} {name}" for title, model in run.models.items() for name in curves_of(model)
        ]
        writer.writerow(["step", *names])
        done = 0
        for step in range(run.num_steps + 1):
            logged = step % run.log_every == 0
            drawn = run.anim_path and step % run.anim_every == 0
            if not (logged or drawn or step == run.num_steps):
                continue
            if stop.received:
                raise Stopped(stop.received.name)
            losses = _advance(run.models, step + 1 - done)
            done = step + 1
            if logged:
                print(f"{step}: " + "\t".join(f"{value + 0.0:.4f}" for value in losses), flush=True)
                writer.writerow([step, *(f"{value:.6g}" for value in losses)])
            yield step
    _warn_of_dead(run.models, losses)


def curves_of(model: ToyModel) -> Mapping[str, str]:
    """{column of losses.csv, after the model's title: name of the loss} of a model."""
    return getattr(model, "curves", CURVES)


def _advance(models: Mapping[str, ToyModel], count: int) -> list[float]:
    """Takes `count` steps of each model; returns the losses of the curves of each model."""
    losses = []
    for title, model in models.items():
        logs = model.train_iterations(count)
        for name in curves_of(model).values():
            if not math.isfinite(logs[name]):
                raise FloatingPointError(f"{title}: {name} is {logs[name]}")
            losses.append(logs[name])
    return losses


def _warn_of_dead(models: Mapping[str, ToyModel], losses: Sequence[float]) -> None:
    rest = list(losses)
    for title, model in models.items():
        count = len(curves_of(model))
        own, rest = rest[:count], rest[count:]
        if model.clamp_log and max(own) > _DEAD_LOSS:
            print(
                f"warning: {title} ended at the clamp of its logarithms, where nothing is learnt; "
                "add --fix_log_clamp or try another --seed",
                file=sys.stderr,
            )
