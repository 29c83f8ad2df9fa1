"""What the scripts of the toy models share: the run's folder, training in step, figures.

Runs take seconds to minutes: they are not checkpointed, but done again, with --auto_resume in the
same folder. Loads no TensorFlow.
"""

import csv
import dataclasses
import math
import os
import pathlib
import sys
from collections.abc import Callable

from amnat.errors import InputError
from amnat.methods.toys import animation
from amnat.training import figures
from amnat.training import flags as flag_defs
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


class Stopped(Exception):
    """The process was told to stop before the training came to its end."""


def open_folder(path, flag="result_dir", again=False):
    """The run's folder, which must not hold anything yet; not made here.

    Args:
      path: of the folder.
      flag: that errors name.
      again: whether it may hold a run with the same flags, which is then done again.

    Raises: InputError.
    """
    folder = pathlib.Path(path).expanduser()
    if again and folder.is_dir():
        _check_same_run(folder, flag)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--{flag}={folder}: exists already; choose another folder")
    parent = folder.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"--{flag}={folder}: {parent} is no folder that can be written to")
    return folder


def _check_same_run(folder, flag):
    def is_kept(path):
        return path.is_file() and not path.name.startswith(".partial-")

    record = folder / "flags.txt"
    found = [path for path in folder.rglob("*") if is_kept(path)]
    lines = record.read_text(encoding="utf-8").splitlines() if record.is_file() else None
    if found and lines != flag_defs.replay_flags():
        raise InputError(
            f"--{flag}={folder}: holds a run with other flags; choose another folder, or give the "
            "flags of its flags.txt"
        )


def train(run):
    """Trains the models side by side, and writes and prints everything.

    Args:
      run: ToyRun.

    Returns: the exit status, 1 if a loss is not finite.
    Raises: Stopped, which `guarded` turns into a message.
    """
    from amnat.training.callbacks import StopOnSignal

    stop = StopOnSignal()
    stop.install()
    try:
        return _train(run, stop)
    except Stopped:
        raise Stopped(stop.received.name) from None
    finally:
        stop.restore()


def begin(folder):
    """Makes a run's folder with the flags that it is a run of."""
    folder.mkdir(parents=True, exist_ok=True)
    for partial in folder.glob(".partial-*"):
        partial.unlink()
    write_atomically(folder / "flags.txt", "\n".join(flag_defs.replay_flags()) + "\n")


def guarded(main):
    """A script's `main` that ends with status 0 and a message where training was stopped."""

    def ending():
        try:
            return main()
        except Stopped as stopped:
            print(f"stopped by {stopped}; the same command with --auto_resume does the run again")
            return 0

    return ending


def _train(run, stop):
    begin(run.folder)
    try:
        if run.anim_path:
            animation.write_animation(run.anim_path, _frames(run, stop))
        else:
            for _ in _events(run, stop):
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


def _frames(run, stop):
    total = run.num_steps // run.anim_every + 1
    for step in _events(run, stop):
        if step % run.anim_every == 0:
            yield run.picture(f"Frame: {step // run.anim_every + 1}/{total}   step {step}")


def _events(run, stop):
    """Trains; yields the steps at which something is logged or drawn, and the last one."""
    path = run.folder / "losses.csv"
    # Line by line, to be read while a long run is under way.
    with open(path, "w", buffering=1, newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [f"{title} {name}" for title in run.models for name in ("D", "G")]
        writer.writerow(["step", *names])
        done = 0
        for step in range(run.num_steps + 1):
            logged = step % run.log_every == 0
            drawn = run.anim_path and step % run.anim_every == 0
            if not (logged or drawn or step == run.num_steps):
                continue
            if stop.received:
                raise Stopped
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
