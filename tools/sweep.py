"""Trains flagfiles with several seeds, scores every run, and prints one table.

    python tools/sweep.py --flagfile=flags/sweep_am_gan_mnist.flags --data_dir=FOLDER

Run it again after an interruption: it keeps finished runs and resumes the others.
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time

import amnat.start  # noqa: F401  (before the others)
from amnat import json_text
from amnat.errors import InputError
from amnat.evaluation.classifiers import what_outputs_depend_on
from amnat.file_lock import owned_folder
from amnat.metrics import registry
from amnat.training import figures
from amnat.training import flags as shared
from amnat.training.csv_table import differences
from amnat.training.main import run_tool
from amnat.training.run_directory import RunDirectory, write_atomically
from amnat.training.run_state import finished_at

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS

flags.DEFINE_list(
    "runs", [], "Flagfiles, or their names in flags/ without .flags; each is a row of the table."
)
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds; every flagfile is trained with each of them.")
flags.DEFINE_multi_string(
    "override", [], "A flag for every training run, for instance --override=--iBatchSize=50."
)
flags.DEFINE_multi_string(
    "evaluate", [], "A flag for tools/evaluate.py, for instance --evaluate=--metrics=is,fid."
)
flags.DEFINE_list(
    "columns",
    ["inception_score", "am_score", "fid", "ms_ssim_max"],
    "Results of tools/evaluate.py that are the columns of the table.",
)
flags.DEFINE_string("sweep_dir", None, "Folder for the runs, tables and sheets.")
flags.DEFINE_integer(
    "jobs",
    1,
    "Number of simultaneous runs; each gets its share of the processor's cores.",
    lower_bound=1,
)
SHARED = ("data_dir", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)

# The running processes; they are stopped together with the sweep.
CHILDREN = set()

Job = collections.namedtuple("Job", "name seed script flagfile folder")


def flagfile_path(text):
    """Finds a flagfile by its path or its name."""
    for path in (pathlib.Path(text), ROOT / "flags" / f"{text}.flags"):
        if path.is_file():
            return path.resolve()
    raise InputError(f"--runs: {text}: no such flagfile, also not in {ROOT / 'flags'}")


def script_of(flagfile):
    """The script that the first line of a flagfile calls."""
    words = flagfile.read_text(encoding="utf-8").partition("\n")[0].split()
    scripts = [ROOT / word for word in words if word.startswith("tools/")]
    if not scripts or not scripts[0].is_file():
        raise InputError(f"{flagfile}: its first line does not name a script in tools/")
    return scripts[0]


def make_jobs():
    """The list of all runs, starting with the first seed of every flagfile."""
    shared.require(FLAGS.runs, "runs", "at least one flagfile")
    shared.require(FLAGS.sweep_dir, "sweep_dir", "a folder")
    shared.require(all(seed.isdigit() for seed in FLAGS.seeds), "seeds", "whole numbers")
    for name in FLAGS.columns:
        if name not in {n for metric in registry.METRICS.values() for n in metric.better}:
            raise InputError(f"--columns: unknown result '{name}' (see tools/evaluate.py)")
    files = [flagfile_path(text) for text in FLAGS.runs]
    if len({path.stem for path in files}) < len(files):
        raise InputError("--runs: two flagfiles have the same name")
    base = pathlib.Path(FLAGS.sweep_dir).expanduser()
    return [
        Job(path.stem, seed, script_of(path), path, base / path.stem / f"seed{seed}")
        for seed in FLAGS.seeds
        for path in files
    ]


def data_flags():
    return [f"--data_dir={FLAGS.data_dir}"] if FLAGS.data_dir else []


def training_flags(job):
    return [*FLAGS.override, f"--seed={job.seed}", f"--sResultDir={job.folder}", *data_flags()]


def run_of(job):
    """The `RunDirectory` of a job, or None if it does not exist yet."""
    found = [path.parent for path in job.folder.glob("*/flags.txt")]
    return RunDirectory(found[0]) if found else None


def finish_of(job):
    """The last iteration of a job's run, with its checkpoint read again; None before its end."""
    run = run_of(job)
    return None if run is None else finished_at(run)


def call(job, script, arguments, log):
    """Runs a script with its output in a file; raises RuntimeError with its last error or line."""
    environment = dict(os.environ)
    threads = max(1, (os.cpu_count() or 1) // FLAGS.jobs)
    environment.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    job.folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(script), *arguments]
    with open(job.folder / log, "a", encoding="utf-8") as file:
        file.write(shlex.join(command) + "\n")
        file.flush()
        child = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        CHILDREN.add(child)
        try:
            status = child.wait()
        finally:
            CHILDREN.discard(child)
    if status:
        text = (job.folder / log).read_text(encoding="utf-8", errors="replace")
        *_, output = text.rpartition(shlex.join(command))
        lines = output.strip().splitlines() or ["it printed nothing"]
        errors = [line for line in lines if "error: " in line]
        raise RuntimeError(f"status {status}: {(errors or lines)[-1]} (see {job.folder / log})")


def train(job):
    """Trains a run to its end, from its last checkpoint if there is one."""
    if finish_of(job) is not None:
        return
    arguments = [f"--flagfile={job.flagfile}", *training_flags(job), "--auto_resume"]
    call(job, job.script, arguments, "train.txt")
    if finish_of(job) is None:
        raise RuntimeError(f"stopped early (see {job.folder / 'train.txt'})")


def score(job):
    """The scores of a finished run, {result name: number}, from its file or computed now."""
    path = job.folder / "scores.json"
    end = finish_of(job)
    # Scores can only be compared if all of them were computed with the same flags, at the end.
    wanted = {"training": FLAGS.override, "evaluation": FLAGS.evaluate, "iteration": end}
    record = read_json(path)
    if record is not None and record.get("flags") == wanted:
        return record["results"]
    lines = job.folder / "evaluation.jsonl"
    lines.unlink(missing_ok=True)
    arguments = [f"--samples={run_of(job).path}", f"--checkpoint={end}", f"--json={lines}"]
    arguments += [*data_flags(), *FLAGS.evaluate]
    call(job, ROOT / "tools" / "evaluate.py", arguments, "evaluate.txt")
    record = json.loads(lines.read_text(encoding="utf-8").splitlines()[-1])
    write_atomically(path, json_text.dumps({"flags": wanted} | record, indent=1))
    return record["results"]


def read_json(path):
    """A record of an earlier sweep; None if there is none, or not a whole one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) else {"flags": record}


def identity(job):
    """What a job's run depends on beside its seed and data, as JSON values."""
    lines = job.flagfile.read_text(encoding="utf-8").splitlines()
    return {
        "flags": FLAGS.override,
        "flagfile": [line.strip() for line in lines if line.strip().startswith("-")],
    }


def check_same_flags(job):
    """Raises InputError if an earlier sweep left a run with other flags in the folder."""
    path = job.folder / "overrides.json"
    before, now = read_json(path) or {}, identity(job)
    # Earlier versions wrote the flags of seed, data and folder among the others.
    flags_before = [
        flag
        for flag in before.get("flags", now["flags"])
        if not flag.startswith(("--seed=", "--sResultDir=", "--data_dir="))
    ]
    if flags_before != now["flags"]:
        raise InputError(
            f"--sweep_dir: {job.folder} was trained with other --override flags; choose another "
            "folder"
        )
    if before.get("flagfile", now["flagfile"]) != now["flagfile"]:
        raise InputError(
            f"--sweep_dir: {job.folder} was trained when {job.flagfile} had other flags; choose "
            "another folder"
        )
    job.folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json_text.dumps(now))


def run_jobs(jobs):
    """Carries out the jobs; returns ({job: results}, {job: reason})."""
    results, failures = {}, {}
    start = time.monotonic()

    def carry_out(job):
        train(job)
        return score(job)

    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool, stopping_children(pool):
        futures = {pool.submit(carry_out, job): job for job in jobs}
        for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
            job = futures[future]
            try:
                results[job] = future.result()
                outcome = "done"
            except (RuntimeError, OSError, ValueError, KeyError) as error:
                failures[job] = str(error)
                outcome = f"FAILED: {error}"
            elapsed = time.monotonic() - start
            left = elapsed / done * (len(jobs) - done) / 60
            where = f"[{done}/{len(jobs)}] {job.name} seed {job.seed}"
            print(f"{where}: {outcome}; {left:.0f} min left", flush=True)
    return results, failures


@contextlib.contextmanager
def stopping_children(pool):
    """A context in which Ctrl-C and SIGTERM stop the runs, which save checkpoints, and the pool."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in list(CHILDREN):
            child.terminate()
        print("stopped; run the same command to go on from here", file=sys.stderr)
        raise


def table(jobs, results):
    """The Markdown table: mean and standard deviation (n - 1) over the finished seeds."""
    head = ["run", "seeds", *FLAGS.columns]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name in dict.fromkeys(job.name for job in jobs):
        found = [results[job] for job in jobs if job.name == name and job in results]
        cells = [name, str(len(found))]
        for column in FLAGS.columns:
            values = [row[column] for row in found if column in row]
            cells.append(cell(values) + ("" if len(values) == len(found) else f" ({len(values)})"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(values):
    if not values:
        return "-"
    spread = f" ± {statistics.stdev(values):.3g}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.3f}{spread}"


def incomparable(jobs):
    """A line for each run whose scores come from another classifier, or other settings, than the
    first one's on the same reference."""
    lines, first = [], {}
    for job in jobs:
        path = job.folder / "scores.json"
        record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if "classifier" not in record:
            continue
        basis = {"classifier": what_outputs_depend_on(record["classifier"])}
        basis |= {name: record[name] for name in ("settings", "version") if name in record}
        other, expected = first.setdefault(record["reference"]["name"], (job, basis))
        differing = ", ".join(differences(basis, expected))
        if differing:
            lines.append(
                f"Not comparable: {job.name} seed {job.seed} was scored with {differing} as "
                f"{other.name} seed {other.seed}; remove {path} and run the command again."
            )
    return lines


def copy_sheets(jobs, folder):
    """Copies the last sample sheet of every flagfile's first seed, named after the flagfile."""
    folder.mkdir(exist_ok=True)
    for job in jobs:
        run = run_of(job)
        sheets = figures.sheets_in_order(run.samples) if run else []
        if sheets and job.seed == FLAGS.seeds[0]:
            shutil.copy(sheets[-1][1], folder / f"{job.name}.png")


def main():
    shared.refuse_shared_but(SHARED)
    jobs = make_jobs()
    if FLAGS.dry_run:
        for job in jobs:
            print(
                f"python {job.script} --flagfile={job.flagfile} {shlex.join(training_flags(job))}"
            )
        return 0
    with owned_folder(FLAGS.sweep_dir, "sweep_dir") as base:
        return sweep(jobs, base)


def sweep(jobs, base):
    """Carries out the jobs and writes the table and the sheets; returns the exit status."""
    for job in jobs:
        check_same_flags(job)
    try:
        results, failures = run_jobs(jobs)
    except KeyboardInterrupt:
        return 130
    text = "\n".join([table(jobs, results), *(f"\n{line}" for line in incomparable(jobs))])
    # What was computed is printed first, since a full disk may keep it from being written.
    print(f"\n{text}\n")
    for job, reason in failures.items():
        print(f"failed: {job.name} seed {job.seed}: {reason}", file=sys.stderr)
    try:
        write_atomically(base / "table.md", text + "\n")
        copy_sheets(jobs, base / "sheets")
    except OSError as error:
        where = error.filename2 or error.filename or base
        print(f"error: {where}: {error.strerror}; run the command again", file=sys.stderr)
        return 1
    print(f"table  {base / 'table.md'}\nsheets {base / 'sheets'}")
    return 1 if failures else 0


if __name__ == "__main__":
    run_tool(main)
