"""Trains for a while and checks whether memory and speed stay constant.

    python tools/soak.py --minutes=30 --soak_dir=FOLDER

It runs tools/am_gan.py with several iterations per TensorFlow call, checkpoints and sample sheets,
stops it with SIGTERM, and reads the memory and the time per iteration from its log.txt. The exit
status is 1 if the memory grew by --most_growth or more after the warm-up.
"""

import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

import amnat.start  # noqa: F401  (before the others)
from amnat import file_lock
from amnat.errors import InputError
from amnat.training import flags as shared
from amnat.training.main import run_tool
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_damage,
    checkpoint_iterations,
)

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS

flags.DEFINE_float("minutes", 30.0, "Duration of training after the first logged iteration.")
flags.DEFINE_string("soak_dir", None, "New folder for the run.")
flags.DEFINE_float("warm_up", 0.2, "Share of the time that is ignored at the beginning.")
flags.DEFINE_float("most_growth", 0.02, "Growth of the memory that is a failure, as a share.")
flags.DEFINE_multi_string(
    "training",
    ["--steps_per_execution=10", "--save_every=200", "--sample_every=400", "--log_every=20"],
    "Flags of tools/am_gan.py in addition to those of flags/am_gan_digits.flags.",
)
SHARED = ()

_LINE = re.compile(r"ITER: (\d+),.* time: ([\d.]+), memory: ([\d.]+) MB")
STOP_WITHIN_S = 300


def check_flags():
    """Checks every flag; raises InputError. Returns the folder."""
    shared.refuse_shared_but(SHARED)
    shared.require_finite("minutes", positive=True)
    shared.require_finite("most_growth", positive=True)
    shared.require_finite("warm_up", below=1.0)
    shared.require(FLAGS.soak_dir, "soak_dir", "a folder")
    folder = pathlib.Path(FLAGS.soak_dir).expanduser()
    if not file_lock.may_be_owned(folder):
        check_new(folder)
    return folder


def check_new(folder):
    """Raises InputError if there is anything in the folder."""
    if folder.exists() and any(path.name != file_lock.FILE_NAME for path in folder.iterdir()):
        raise InputError(f"--soak_dir={folder}: is not empty; choose another folder")


def read_log(run):
    """Reads [(iteration, seconds per iteration, megabytes), ...] from a run's log.txt."""
    if not run.log_file.exists():
        return []
    # TensorFlow writes its errors there as well, in any encoding.
    found = _LINE.finditer(run.log_file.read_text(encoding="utf-8", errors="replace"))
    return [(int(match[1]), float(match[2]), float(match[3])) for match in found]


def train(folder):
    """Runs the script for --minutes and stops it; returns its RunDirectory."""
    command = [
        *(sys.executable, str(ROOT / "tools" / "am_gan.py")),
        f"--flagfile={ROOT / 'flags' / 'am_gan_digits.flags'}",
        *("--iMaxIter=100000000", "--oDecay=none", "--score_every=0", "--sResultTag=soak"),
        *(f"--sResultDir={folder}", *FLAGS.training),
    ]
    run = RunDirectory(folder / "soak_digits")
    child = subprocess.Popen(command)
    try:
        deadline = None
        while deadline is None or time.monotonic() < deadline:
            if child.poll() is not None:
                raise InputError(f"--training: tools/am_gan.py ended with {child.returncode}")
            if deadline is None and read_log(run):
                deadline = time.monotonic() + 60 * FLAGS.minutes
            time.sleep(0.5)
        child.send_signal(signal.SIGTERM)
        status = child.wait(STOP_WITHIN_S)
    finally:
        child.kill()
    if status:
        raise InputError(f"tools/am_gan.py ended with status {status}, expected 0 after SIGTERM")
    return run


def report(run):
    """Prints memory and speed after the warm-up; returns whether the memory stayed constant."""
    rows = read_log(run)
    rows = rows[int(len(rows) * FLAGS.warm_up) :]
    # Medians of several lines are compared, because a sample sheet may affect a single line.
    part = max(1, len(rows) // 5)
    first, last = rows[:part], rows[-part:]
    memory = [statistics.median(row[2] for row in rows) for rows in (first, last)]
    times = [statistics.median(row[1] for row in rows) for rows in (first, last)]
    growth = memory[1] / memory[0] - 1
    print(f"iterations    {rows[0][0]} to {rows[-1][0]} after the warm-up")
    print(f"memory        {memory[0]:.1f} MB, at the end {memory[1]:.1f} MB ({growth:+.2%})")
    print(f"rate          {1 / times[0]:.2f} iterations/s, at the end {1 / times[1]:.2f}")
    print(f"checkpoints   {checkpoint_iterations(run.checkpoints)}")
    return growth < FLAGS.most_growth


def has_last_checkpoint(run):
    """Whether the run saved when it was stopped, which is after its last line, and all is whole."""
    last = read_log(run)[-1][0]
    newest = max(checkpoint_iterations(run.checkpoints), default=0)
    damage = f"{run.checkpoints} has no checkpoint of iteration {last} or later"
    if newest >= last:
        damage = checkpoint_damage(run.checkpoints, newest)
    if damage:
        print(f"error: {damage}", file=sys.stderr)
    return not damage


def main():
    folder = check_flags()
    with file_lock.owned_folder(folder, "soak_dir"):
        check_new(folder)
        run = train(folder)
        constant = report(run)
        return 0 if has_last_checkpoint(run) and constant else 1


if __name__ == "__main__":
    run_tool(main)
