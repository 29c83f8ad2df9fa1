"""Trains flagfiles with several seeds, scores every run, and prints one table.

    python tools/sweep.py --flagfile=flags/sweep_digits.flags
    python tools/sweep.py --runs=am_gan_digits --row="wide: am_gan_digits --width=x2" ...

Run it again after an interruption: it keeps finished runs and resumes the others.
"""

import concurrent.futures
import contextlib
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

import amnat.start  # noqa: F401  (before the others)
from amnat.errors import InputError
from amnat.file_lock import owned_folder
from amnat.files import write_atomically
from amnat.metrics import registry
from amnat.sweep import classifier_rows, shared_names, table
from amnat.sweep.describe import describe
from amnat.sweep.jobs import Job, by_row, read_json
from amnat.sweep.processes import Processes, Stopped
from amnat.sweep.rows import all_rows
from amnat.training import figures
from amnat.training import flags as shared
from amnat.training.main import load_tensorflow, run_tool

from absl import flags

FLAGS = flags.FLAGS

flags.DEFINE_list(
    "runs", [], "Flagfiles, or their names in flags/ without .flags; each is a row of the table."
)
flags.DEFINE_multi_string(
    "row",
    [],
    "A row with flags of its own, as NAME: FLAGFILE --flag=value ..., for instance --row='wide: "
    "am_gan_digits --width=x2 --fDropRate=0.5'. A flagfile has it on a line, without quotes. NAME: "
    "may be left out. Its flags replace those of the flagfile and of --override.",
)
flags.DEFINE_list(
    "only",
    [],
    "Names of the rows that this call trains, by default all of them. The table has whatever "
    "other calls have finished, too.",
)
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds; every flagfile is trained with each of them.")
flags.DEFINE_multi_string(
    "override", [], "A flag for every training run, for instance --override=--iBatchSize=50."
)
flags.DEFINE_string(
    "length",
    None,
    "Length of every run in iterations, or a factor such as x0.5 for what the row has otherwise. "
    "It becomes --iMaxIter, --iBatchRun, --n_steps, or whole epochs for --n_epochs. A row may have "
    "its own.",
)
flags.DEFINE_string(
    "width",
    None,
    "Width of every network (of generators, discriminators, encoders), or a factor such as x0.5. "
    "A row may have its own.",
)
flags.DEFINE_string(
    "rate",
    None,
    "Learning rate of every player, or a factor such as x10. A row may have its own.",
)
flags.DEFINE_multi_string(
    "evaluate", [], "A flag for tools/evaluate.py, for instance --evaluate=--metrics=is,fid."
)
flags.DEFINE_multi_string(
    "evaluate_also",
    [],
    "A flag for tools/evaluate.py in a second evaluation of each run, for instance by another "
    "--classifier. Of results that both have, the table shows those of --evaluate.",
)
flags.DEFINE_list(
    "columns",
    ["inception_score", "am_score", "fid", "ms_ssim_max"],
    "Results of tools/evaluate.py that are the columns of the table. For classifiers, those of "
    "confidence.csv; default: " + ", ".join(classifier_rows.COLUMNS) + ".",
)
flags.DEFINE_string("sweep_dir", None, "Folder for the runs, tables and sheets.")
flags.DEFINE_integer(
    "jobs",
    1,
    "Number of simultaneous runs; each gets its share of the processor's cores.",
    lower_bound=1,
)
flags.DEFINE_float(
    "time_budget",
    None,
    "Minutes after which the runs save a checkpoint and stop; the same command goes on, also with "
    "a copy of --sweep_dir on another machine. The exit status is 1 until all runs are done.",
    lower_bound=0,
)
SHARED = ("data_dir", "dry_run")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)


def check_flags():
    """Checks the flags that need no file; raises InputError."""
    shared.refuse_shared_but(SHARED)
    shared.require(FLAGS.runs or FLAGS.row, "runs", "at least one flagfile, or a --row")
    shared.require(FLAGS.sweep_dir, "sweep_dir", "a folder")
    shared.require(FLAGS.seeds, "seeds", "at least one")
    shared.require(all(seed.isdigit() for seed in FLAGS.seeds), "seeds", "whole numbers")
    shared.require(len(set(FLAGS.seeds)) == len(FLAGS.seeds), "seeds", "each of them once")
    known = {n for metric in registry.METRICS.values() for n in metric.better}
    for name in FLAGS.columns:
        if name not in known | set(classifier_rows.DIRECTIONS):
            raise InputError(
                f"--columns: unknown result '{name}'; generators have those of tools/evaluate.py, "
                f"classifiers {', '.join(classifier_rows.DIRECTIONS)}"
            )
    for name in shared_names.SHARED_NAMES:
        if FLAGS[name].value is not None:
            shared_names.Amount.parse(name, FLAGS[name].value)


def shared_values(row):
    """{shared name: value} for a row: its own, or those of all rows."""
    values = {name: FLAGS[name].value for name in shared_names.SHARED_NAMES}
    return {name: text for name, text in (values | dict(row.shared)).items() if text is not None}


def settle(row):
    """(the flags of a row beside its flagfile, what `describe` says of it, what shared names became
    or ""); raises InputError."""
    wanted = shared_values(row)
    before = [f"--flagfile={row.flagfile}", *FLAGS.override]
    try:
        found = describe(row.script, [*before, *row.flags, *data_flags()], "length" in wanted)
        if not wanted:
            return [*FLAGS.override, *row.flags], found, ""
        translated = {
            name: (text, shared_names.translate(name, text, found, row.name))
            for name, text in wanted.items()
        }
        words = [word for _, each in translated.values() for word in each]
        settled = [*FLAGS.override, *words, *row.flags]
        arguments = [f"--flagfile={row.flagfile}", *settled, *data_flags()]
        sentence = shared_names.sentence(row.name, translated)
        return settled, describe(row.script, arguments, False), sentence
    except InputError as error:
        raise InputError(f"{row.name}: {error}") from error


def make_jobs():
    """(All runs, starting with the first seed of every row; {row: what `describe` says of it})."""
    check_flags()
    rows = all_rows(FLAGS.runs, FLAGS.row)
    names = [row.name for row in rows]
    for name in FLAGS.only:
        if name not in names:
            raise InputError(f"--only: no row {name}; rows: {', '.join(names)}")
    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        settled = dict(zip(names, pool.map(settle, rows), strict=True))
    base = pathlib.Path(FLAGS.sweep_dir).expanduser()
    jobs = []
    for seed in FLAGS.seeds:
        for row in rows:
            words, found, _ = settled[row.name]
            folder = base / row.name / f"seed{seed}"
            place = found["result_dir"], found.get("kind", "generator")
            place += (tuple(data_flags()),)
            jobs.append(Job(row.name, seed, row.script, row.flagfile, folder, tuple(words), *place))
    check_kinds(jobs)
    for *_, sentence in settled.values():
        if sentence:
            print(sentence)
    return jobs, {name: found for name, (_, found, _) in settled.items()}


def chosen(jobs):
    """The jobs that this call carries out."""
    return [job for job in jobs if not FLAGS.only or job.name in FLAGS.only]


def check_kinds(jobs):
    """Raises InputError unless all rows train generators, or all classifiers, and fit the flags."""
    kinds = {job.kind: job.name for job in jobs}
    if len(kinds) > 1:
        raise InputError(
            f"--runs, --row: {kinds['generator']} trains a generator, {kinds['classifier']} a "
            "classifier; expected one kind, whose results make one table"
        )
    (kind,) = kinds
    if kind == "classifier" and FLAGS.evaluate:
        raise InputError("--evaluate: classifiers report by themselves; leave it out")
    for name in columns(kind):
        if (name in classifier_rows.DIRECTIONS) != (kind == "classifier"):
            raise InputError(f"--columns: {name} is no result of a {kind}")


def columns(kind):
    """The results in the table of a sweep of generators or classifiers."""
    by_default = FLAGS["columns"].using_default_value and kind == "classifier"
    return classifier_rows.COLUMNS if by_default else FLAGS.columns


def data_flags():
    return [f"--data_dir={FLAGS.data_dir}"] if FLAGS.data_dir else []


def evaluations():
    """{file of the scores: the flags of its evaluation}, the first one first."""
    both = {"scores": FLAGS.evaluate, "scores_also": FLAGS.evaluate_also}
    return {name: words for name, words in both.items() if words or name == "scores"}


def run_jobs(jobs):
    """Carries out the jobs; returns ({job: results}, {job: reason}, the jobs that are left)."""
    results, failures, left = {}, {}, []
    start = time.monotonic()
    processes = Processes(FLAGS.jobs)

    def carry_out(job):
        job.train(processes)
        return job.score(processes, evaluations())

    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool, stopping(processes, pool):
        futures = {pool.submit(carry_out, job): job for job in jobs}
        for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
            job = futures[future]
            try:
                results[job] = future.result()
                outcome = "done"
            except Stopped:
                left.append(job)
                outcome = "left for the next call"
            except (RuntimeError, OSError, ValueError, KeyError) as error:
                failures[job] = str(error)
                outcome = f"FAILED: {error}"
            remaining = (time.monotonic() - start) / done * (len(jobs) - done) / 60
            where = f"[{done}/{len(jobs)}] {job.name} seed {job.seed}"
            more = "" if processes.is_stopping else f"; {remaining:.0f} min left"
            print(f"{where}: {outcome}{more}", flush=True)
    return results, failures, left


@contextlib.contextmanager
def stopping(processes, pool):
    """A context in which Ctrl-C, SIGTERM and the end of --time_budget stop the runs, which save
    checkpoints."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    timer = None
    if FLAGS.time_budget is not None:
        timer = threading.Timer(60 * FLAGS.time_budget, processes.stop)
        timer.daemon = True
        timer.start()
    try:
        yield
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        processes.stop()
        print("stopped; run the same command to go on from here", file=sys.stderr)
        raise
    finally:
        if timer is not None:
            timer.cancel()


def report(jobs, results, descriptions):
    """The table with the sentences under it, as Markdown."""
    rows = dict.fromkeys(by_row(jobs), [])
    rows |= {name: [results[job] for job in done] for name, done in by_row(results).items()}
    if jobs[0].is_classifier:
        text = classifier_rows.report(columns("classifier"), rows, FLAGS.seeds)
        return "\n\n".join(filter(None, [text, table.differing_settings(descriptions)]))
    files = [f"{name}.json" for name in evaluations()]
    records = {
        job.folder / file: read_json(job.folder / file) or {} for file in files for job in results
    }
    real = table.real_images(records.values())
    lines = [
        *table.legend(records.values(), FLAGS.seeds, columns("generator")),
        table.differing_settings(descriptions),
    ]
    for file in files:
        places = {
            f"{job.name} seed {job.seed}": job.folder / file for job in jobs if job in results
        }
        found = {label: records[place] for label, place in places.items()}
        lines += table.incomparable(found, places)
    return "\n\n".join([table.markdown(columns("generator"), rows, real), *filter(None, lines)])


def draw(jobs, base):
    """Writes the pictures of a sweep; returns their place."""
    if not jobs[0].is_classifier:
        copy_sheets(jobs, base / "sheets")
        return f"sheets {base / 'sheets'}"
    folders = {name: [job.folder for job in each] for name, each in by_row(jobs).items()}
    path = classifier_rows.save_curves(base / "roc.png", folders)
    return f"curves {path or 'none, as no run has ended'}"


def copy_sheets(jobs, folder):
    """Copies the last sample sheet of every flagfile's first seed, named after the flagfile."""
    folder.mkdir(exist_ok=True)
    for job in jobs:
        run = job.run()
        sheets = figures.sheets_in_order(run.samples) if run else []
        if sheets and job.seed == FLAGS.seeds[0]:
            shutil.copy(sheets[-1][1], folder / f"{job.name}.png")


def write_trials(folder, results, descriptions):
    """Writes settings and scores of the finished runs for TensorBoard."""
    load_tensorflow()
    from amnat.sweep import hparams

    trials = []
    for job, found in results.items():
        if job.is_classifier:
            # They are grouped by the set of negatives.
            found = {
                f"{group}/{name}": x for group, each in found.items() for name, x in each.items()
            }
        settings = descriptions[job.name]["flags"]
        compared = {name: each["value"] for name, each in settings.items() if each["compared"]}
        trials.append(hparams.Trial(job.name, job.seed, compared, found))
    hparams.write_trials(folder, trials)


def dry_run(jobs):
    """Has every row's script do a dry run of its first seed; returns the exit status."""
    status = 0
    for job in chosen(jobs):
        words = job.training_flags()
        print(f"\n{job.name} seed {job.seed}: python {job.script} {shlex.join(words)}", flush=True)
        if job.seed != FLAGS.seeds[0]:
            continue
        command = [sys.executable, str(job.script), *words, "--dry_run"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
            print(f"failed: {job.name}: {lines[-1]}", file=sys.stderr)
            status = 2
        else:
            # The flags that follow stand in the runs' flags.txt.
            print(done.stdout.partition("\n#")[0].rstrip(), flush=True)
    return status


def main():
    jobs, descriptions = make_jobs()
    if FLAGS.dry_run:
        status = dry_run(jobs)
        print(f"\n{table.differing_settings(descriptions)}".rstrip())
        return status
    with owned_folder(FLAGS.sweep_dir, "sweep_dir") as base:
        return sweep(jobs, descriptions, base)


def sweep(jobs, descriptions, base):
    """Carries out the jobs and writes the table and the sheets; returns the exit status."""
    now = chosen(jobs)
    for job in jobs:
        if job in now or job.folder.exists():
            job.claim()
    try:
        results, failures, left = run_jobs(now)
    except KeyboardInterrupt:
        return 130
    for job in jobs:
        if job not in now and (found := job.known_scores(evaluations())) is not None:
            results[job] = found
    text = report(jobs, results, descriptions)
    # What was computed is printed first, since a full disk may keep it from being written.
    print(f"\n{text}\n")
    for job, reason in failures.items():
        print(f"failed: {job.name} seed {job.seed}: {reason}", file=sys.stderr)
    if left:
        print(
            f"--time_budget={FLAGS.time_budget:g} minutes are over: {len(left)} of {len(now)} "
            "runs are left; run the same command to go on",
            file=sys.stderr,
        )
    try:
        write_atomically(base / "table.md", text + "\n")
        pictures = draw(jobs, base)
        write_trials(base / "tensorboard", results, descriptions)
    except OSError as error:
        where = error.filename2 or error.filename or base
        print(f"error: {where}: {error.strerror}; run the command again", file=sys.stderr)
        return 1
    print(f"table  {base / 'table.md'}\n{pictures}")
    return 1 if failures or left else 0


if __name__ == "__main__":
    run_tool(main)
