"""What every training script does around its method: opening the run, training, reporting.

Loads no TensorFlow before the flags, the run directory and the data have been checked.
"""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Callable

from amnat import data
from amnat.data.negative_schedule import NegativeSchedule
from amnat.errors import InputError
from amnat.metrics import registry as suite
from amnat.training import cluster, figures
from amnat.training import flags as flag_defs
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_iterations,
    latest_checkpoint,
)

from absl import flags

FLAGS = flags.FLAGS

# Shared flags that a resumed run has to keep.
FIXED_BY_RUN = ("mixed_precision", "clip_norm")


@dataclasses.dataclass(frozen=True)
class Session:
    """One call of a training script; see `train`.

    Attributes:
      run: `RunDirectory`.
      start: iterations that are done, 0 for a new run.
      dataset: the training split.
      load_test: callable without arguments, gives the test split.
      batch_size: over all devices.
      batch_size_flag: the flag that errors about it name.
      num_iterations: of the whole run.
      build_model: callable, training split -> compiled `GANModel`; called under the strategy.
      gpu: number of the only GPU to use, -1 for TensorFlow's choice.
      extra_callbacks: callable (run, start, dataset, options) -> further Keras callbacks.
      resume_flag: the flag that resumes a run.
      negatives: `NegativeSchedule`, None for methods and runs without.
      make_batches: callable without arguments, gives `TrainingOptions.make_batches`; None for
        batches of the whole data set in random order.
    """

    run: RunDirectory
    start: int
    dataset: data.Dataset
    load_test: Callable
    batch_size: int
    num_iterations: int
    build_model: Callable
    batch_size_flag: str = "iBatchSize"
    gpu: int = -1
    extra_callbacks: Callable | None = None
    resume_flag: str = "bLoadCheckpoint"
    negatives: NegativeSchedule | None = None
    make_batches: Callable | None = None


def check_tag(name):
    """Raises InputError unless the flag `name` can be part of a folder's name."""
    tag = FLAGS[name].value
    flag_defs.require("/" not in tag and tag not in (".", ".."), name, "a plain name")


def check_batch_size(name):
    """Raises InputError unless the flag `name` divides among the devices."""
    replicas = known_replicas()
    batch_size = FLAGS[name].value
    flag_defs.require(batch_size >= 1, name, "at least 1")
    flag_defs.require(batch_size % replicas == 0, name, f"a multiple of the {replicas} devices")


def known_replicas():
    """The devices of all machines, as far as flags and TF_CONFIG tell."""
    return (len(FLAGS.devices) or 1) * (worker().num_workers if worker() else 1)


def worker():
    """This process among others, a `cluster.Cluster`; None without --strategy=multi_worker."""
    return cluster.read_cluster() if FLAGS.strategy == "multi_worker" else None


def open_run(result_dir, tag, dataset_name, resume, fixed_flags):
    """The run's directory and the iteration to start from; writes nothing.

    Args:
      result_dir: folder that holds the runs.
      tag: first part of the folder's name, may be empty.
      dataset_name: last part.
      resume: whether to go on with an earlier run; --auto_resume goes on with one that was begun.
      fixed_flags: names of flags that a resumed run has to keep: what its weights, order of data
        and noise depend on.

    Returns: (RunDirectory, iteration).
    Raises: InputError, e.g. if a new run would overwrite one, or a resumed one has other flags.
    """
    tag = f"{tag}_" if tag else ""
    run = RunDirectory(pathlib.Path(result_dir).expanduser() / f"{tag}{dataset_name}")
    resume = resume or (FLAGS.auto_resume and run.was_started)
    if not resume:
        # Other workers write nothing, and may find what the chief has begun.
        if not FLAGS.dry_run and (worker() is None or worker().is_chief):
            run.check_new()
        return run, 0
    start = _last_iteration(run)
    _check_fixed_flags(run, (*fixed_flags, *FIXED_BY_RUN))
    return run, start


def _last_iteration(run):
    """Of the newest whole checkpoint; 0 if the run was stopped before its first."""
    if run.was_started and not checkpoint_iterations(run.checkpoints):
        print(f"warning: no checkpoint yet in {run.path}; it starts again", file=sys.stderr)
        return 0
    start, warnings = latest_checkpoint(run.checkpoints)
    for warning in warnings:
        print(f"warning: {warning}; falling back to checkpoint {start}", file=sys.stderr)
    return start


def _check_fixed_flags(run, names):
    if not run.flags_file.is_file():
        raise InputError(f"--bLoadCheckpoint: {run.flags_file} is missing, the record of its flags")
    recorded = run.recorded_flags()
    for name in names:
        now = FLAGS[name].serialize().partition("=")
        now = now[2] if now[1] else str(FLAGS[name].value).lower()
        if recorded.get(name, now) != now:
            raise InputError(
                f"--{name}={now}: the run in {run.path} has {recorded[name]} (its flags.txt); "
                "resume it with its own flags, or start another run with --sResultTag"
            )


def load_data(name, split, batch_size, batch_size_flag="iBatchSize"):
    """Loads a split; raises InputError if training has less than one batch."""
    dataset = data.load(name, FLAGS.data_dir, split)
    if split == "train":
        check_enough(dataset, batch_size, batch_size_flag)
    return dataset


def check_enough(dataset, batch_size, batch_size_flag="iBatchSize"):
    """Raises InputError if a training split has less than one batch."""
    if batch_size > dataset.num_samples:
        raise InputError(
            f"--{batch_size_flag}={batch_size} is larger than {dataset.name} "
            f"({dataset.num_samples} samples)"
        )


def train(session: Session):
    """Builds the model, trains it and reports; the exit status of the script.

    Raises: InputError.
    """
    if session.gpu >= 0:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(session.gpu)
    flag_defs.load_tensorflow(small_operations=not session.dataset.is_image)
    from amnat.training.callbacks import StopOnSignal
    from amnat.training.strategy import make_strategy

    strategy = make_strategy(FLAGS.strategy, FLAGS.devices)
    # From here on, since tracing the step may take minutes.
    stop = StopOnSignal()
    stop.install()
    try:
        return _train(session, strategy, stop)
    finally:
        stop.restore()


def _train(session, strategy, stop):
    from amnat.training import loop
    from amnat.training.callbacks import NotFinite
    from amnat.training.generator_record import write_record
    from amnat.training.strategy import is_chief

    replicas = strategy.num_replicas_in_sync
    _check_same_start(session, strategy)
    flag_defs.require(
        session.batch_size % replicas == 0,
        session.batch_size_flag,
        f"a multiple of the {replicas} devices",
    )
    if session.negatives is not None:
        session.negatives.check_replicas(replicas)
    model = build_model(session.build_model, session.dataset, strategy)
    description = _describe(session, model)
    print(description, flush=True)
    flag_lines = flag_defs.replay_flags()
    if FLAGS.dry_run:
        print("\n".join(flag_lines))
        return 0
    options = _training_options(session)
    run, dataset, start = session.run, session.dataset, session.start
    scorer, extra = None, ()
    writes = is_chief(strategy)
    if writes:
        scorer = _make_scorer(session, options)
        run.create(flag_lines)
        write_record(run, model, dataset, session.batch_size)
        run.log(description)
        run.log("command line  " + " ".join(sys.argv))
        if session.extra_callbacks is not None:
            extra = session.extra_callbacks(run, start, dataset, options)
        if FLAGS.export_every:
            from amnat.training.export_callback import ExportGenerator

            sizes = dataset, session.batch_size
            extra = (*extra, ExportGenerator(FLAGS.export_every, start, run, *sizes))
    try:
        outcome = loop.train(
            *(model, dataset, run, options, strategy, scorer, start, extra),
            *(session.negatives, stop),
        )
    except NotFinite as error:
        print(f"error: {error}; stopped. {_last_checkpoint(session)}", file=sys.stderr)
        if writes:
            run.log(f"STOPPED  {error}")
        return 1
    if writes:
        _report(session, outcome, scorer)
    return 0


def _check_same_start(session, strategy):
    """Raises InputError unless all workers go on from the same iteration."""
    from amnat.training.strategy import mean_over_workers

    if mean_over_workers(strategy, session.start) != session.start:
        raise InputError(
            f"--{session.resume_flag}: the workers found different checkpoints, this one that of "
            f"iteration {session.start}; all have to read one folder ({session.run.path})"
        )


def build_model(build, dataset, strategy):
    """build(dataset), a compiled model, under a strategy and as the shared flags want it."""
    from amnat.layers import synchronize_batch_norm

    import tensorflow as tf
    import tf_keras as keras

    if FLAGS.deterministic:
        tf.config.experimental.enable_op_determinism()
    # For this model alone: a classifier that scores it computes as ever.
    before = keras.mixed_precision.global_policy()
    if FLAGS.mixed_precision != "none":
        keras.mixed_precision.set_global_policy(f"mixed_{FLAGS.mixed_precision}")
    try:
        with strategy.scope():
            model = build(dataset)
    finally:
        keras.mixed_precision.set_global_policy(before)
    model.clip_norm = FLAGS.clip_norm
    if FLAGS.jit_compile:
        model.jit_compile = True
    if FLAGS.sync_batch_norm:
        synchronize_batch_norm(model)
    return model


def _training_options(session):
    from amnat.training.loop import TrainingOptions

    own = {"make_batches": session.make_batches()} if session.make_batches else {}
    return TrainingOptions(
        num_iterations=session.num_iterations,
        batch_size=session.batch_size,
        seed=FLAGS.seed,
        steps_per_execution=FLAGS.steps_per_execution,
        log_every=FLAGS.log_every,
        sample_every=FLAGS.sample_every,
        score_every=FLAGS.score_every,
        score_samples=FLAGS.score_samples,
        save_every=FLAGS.save_every,
        max_to_keep=FLAGS.max_to_keep,
        rolls_back=FLAGS.nan_policy == "rollback",
        **own,
    )


def _make_scorer(session, options):
    from amnat.training.scoring import make_scorer

    if not 0 < options.score_every <= options.num_iterations:
        return None
    if session.dataset.is_image:
        sizes = (FLAGS.score_samples, session.dataset.num_samples)
        suite.check(FLAGS.score_metrics, *sizes, suite.Settings())
    return make_scorer(
        session.dataset,
        session.load_test,
        session.run.path.parent / "score_cache",
        classifier=FLAGS.score_classifier,
        metrics=FLAGS.score_metrics,
    )


def _describe(session, model):
    """The resolved options, as text."""
    dataset, start = session.dataset, session.start
    resumed = f", resumed at iteration {start}" if start else ""
    lines = [
        f"run directory  {session.run.path}{resumed}",
        f"data           {dataset.name}, {dataset.num_samples:,} samples of "
        f"{'x'.join(map(str, dataset.sample_shape))}, {dataset.num_classes} classes",
        *([f"negatives      {session.negatives}"] if session.negatives else []),
        f"generator      {model.generator.count_params():,} parameters",
        f"discriminator  {model.discriminator.count_params():,} parameters",
        *([f"worker         {worker().index} of {worker().num_workers}"] if worker() else []),
    ]
    return "\n".join(lines)


def _last_checkpoint(session):
    """A sentence on what can be resumed."""
    kept = checkpoint_iterations(session.run.checkpoints)
    if not kept:
        return "No checkpoint had been written."
    flag = session.resume_flag
    return f"The checkpoint of iteration {kept[-1]} is kept; resume it with --{flag}."


def _print_scores(scores, scorer):
    """The last scores, beside those of the training images where they have them."""
    real = getattr(scorer, "of_reference", {})
    print(f"scores of {FLAGS.score_samples:,} samples" + (" (and of real ones):" if real else ":"))
    for name, value in scores.items():
        print(f"  {name:28} {value:9.4f}" + (f" {real[name]:9.4f}" if name in real else ""))
    if getattr(scorer, "accuracy", None):
        print(f"  (by a classifier with {scorer.accuracy:.2%} test accuracy)")


def _report(session, outcome, scorer):
    """Prints how the run ended, its scores and where to look."""
    run = session.run
    if outcome.stopped_by:
        print(f"stopped by {outcome.stopped_by.name}. {_last_checkpoint(session)}")
    else:
        (run.path / "finished").touch()
        print(f"finished after {outcome.iteration} iterations")
    if outcome.scores:
        _print_scores(outcome.scores, scorer)
    sheets = figures.sheets_in_order(run.samples)
    for label, path in [
        ("samples", sheets[-1][1] if sheets else run.samples),
        ("evolution", run.plots / "evolution.gif"),
        ("curves", run.plots / "losses.png"),
        ("log", run.log_file),
        ("TensorBoard", f"tensorboard --logdir {run.tensorboard}"),
    ]:
        print(f"{label:12} {path}")
