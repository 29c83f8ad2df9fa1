"""What the scripts of the toy models share: the run's folder, training in step, figures.

Runs take seconds to minutes: they are not checkpointed, but done again. Loads no TensorFlow.
"""

import csv
import dataclasses
import math
import os
import pathlib
import sys
from collections.abc import Callable

from amnat import flag_defs
from amnat.errors import InputError
from amnat.training import animation, figures
from amnat.training.run_directory import write_atomically

# Just below -log(1e-5): a clamped loss as large as that is a constant, without a gradient.
_DEAD_LOSS = 11.5


@dataclasses.dataclass(frozen=True)
class ToyRun:
    """One call of a script; see `train`.

    Attributes:
      folder: for flags.txt, losses.csv and the figure.
      models: {title: compiled `GANIntro`}, trained side by side.
      picture: callable, caption -> uint8 [H, W, 3] of the present moment.
      figure_name: file name of the last picture.
      num_steps: the last step; as in gan-intro, steps 0 to num_steps are taken.
      log_every, anim_every: steps.
      anim_path: None for no animation.
    """

    folder: pathlib.Path
    models: dict
    picture: Callable
    figure_name: str
    num_steps: int
    log_every: int
    anim_every: int
    anim_path: str | None = None


def open_folder(path, flag="result_dir"):
    """The run's folder, which must not hold anything yet; not made here.

    Raises: InputError.
    """
    folder = pathlib.Path(path).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--{flag}={folder}: exists already; choose another folder")
    parent = folder.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"--{flag}={folder}: {parent} is no folder that can be written to")
    return folder


def train(run):
    """Trains the models side by side, and writes and prints everything.

    Args:
      run: ToyRun.

    Returns: the exit status, 1 if a loss is not finite.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    lines = flag_defs.replay_flags()
    write_atomically(run.folder / "flags.txt", "\n".join(lines) + "\n")
    try:
        if run.anim_path:
            animation.write_animation(run.anim_path, _frames(run))
        else:
            for _ in _events(run):
                pass
    except FloatingPointError as error:
        print(f"error: {error}; stopped", file=sys.stderr)
        return 1
    figure = run.folder / run.figure_name
    figures.save_image(figure, run.picture(f"step {run.num_steps}"))
    for label, path in [
        ("losses", run.folder / "losses.csv"),
        ("figure", figure),
        ("animation", run.anim_path),
    ]:
        if path:
            print(f"{label:10} {path}")
    return 0


def _frames(run):
    total = run.num_steps // run.anim_every + 1
    for step in _events(run):
        if step % run.anim_every == 0:
            yield run.picture(f"Frame: {step // run.anim_every + 1}/{total}   step {step}")


def _events(run):
    """Trains; yields the steps at which something is logged or drawn, and the last one."""
    with open(run.folder / "losses.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [f"{title} {name}" for title in run.models for name in ("D", "G")]
        writer.writerow(["step", *names])
        done = 0
        for step in range(run.num_steps + 1):
            logged = step % run.log_every == 0
            drawn = run.anim_path and step % run.anim_every == 0
            if not (logged or drawn or step == run.num_steps):
                continue
            losses = _advance(run.models, step + 1 - done)
            done = step + 1
            if logged:
                print(f"{step}: " + "\t".join(f"{value + 0.0:.4f}" for value in losses), flush=True)
                writer.writerow([step, *(f"{value:.6g}" for value in losses)])
            yield step
    _warn_of_dead(run.models, losses)


def _advance(models, count):
    """Takes `count` steps of each model; the losses of the last one, D and G by turns."""
    losses = []
    for title, model in models.items():
        logs = model.train_iterations(count)
        for name in ("loss_dis_total", "loss_gen_total"):
            if not math.isfinite(logs[name]):
                raise FloatingPointError(f"{title}: {name} is {logs[name]}")
            losses.append(logs[name])
    return losses


def _warn_of_dead(models, losses):
    for index, (title, model) in enumerate(models.items()):
        if model.clamp_log and max(losses[2 * index : 2 * index + 2]) > _DEAD_LOSS:
            print(
                f"warning: {title} ended at the clamp of its logarithms, where nothing is learnt; "
                "add --fix_log_clamp or try another --seed",
                file=sys.stderr,
            )
