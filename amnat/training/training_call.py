"""One call of a training script: it opens the run, trains and reports.

TensorFlow is not loaded before the flags, the run directory and the data have been checked.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.errors import InputError
from amnat.metrics import registry
from amnat.training import declarations, figures
from amnat.training import flags as shared
from amnat.training.main import load_tensorflow
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_iterations,
    latest_checkpoint,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.callbacks import StopOnSignal
    from amnat.training.loop import Outcome, Scorer, TrainingOptions
    from amnat.training.method import Method

    import tensorflow as tf
    import tf_keras as keras

FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class TrainingCall:
    """One call of a method's script, with its flags checked and its data loaded.

    Attributes:
      method: `Method`.
      run: `RunDirectory`.
      start: number of completed iterations, 0 for a new run.
      dataset: the training split.
      batch_size: the batch size over all devices.
      num_iterations: number of iterations of the whole run.
      negatives: `NegativeSchedule`, None for methods and runs without negatives.
    """

    method: Method
    run: RunDirectory
    start: int
    dataset: Dataset
    batch_size: int
    num_iterations: int
    negatives: NegativeSchedule | None

    def build(self, dataset: Dataset) -> GANModel:
        """The compiled model; for a new run, with data-dependent weights if the method has them."""
        model = self.method.build_model(dataset)
        if self.start == 0 and not FLAGS.dry_run:
            self.method.start_model(model, dataset)
        return model


def open_call(method: Method) -> TrainingCall:
    """Opens the run and loads the data as the flags say. Writes nothing; raises InputError."""
    run, start = open_run(method)
    dataset = method.load_data("train")
    method.check_enough(dataset)
    images = ("image_size", "image_resize", "image_channels")
    for name in ("data_format", "score_metrics", "score_classifier", *images):
        if name in method.flag_names:
            declarations.refuse_idle(name, dataset.is_image, "images")
    method.check_data(dataset)
    return TrainingCall(
        method,
        run,
        start,
        dataset,
        method.batch_size(),
        method.num_iterations(dataset),
        method.negatives(dataset),
    )


def open_run(method: Method) -> tuple[RunDirectory, int]:
    """Opens the run's directory and finds the iteration to start from; writes nothing.

    Returns: (RunDirectory, iteration).
    Raises: InputError, e.g. if a new run would overwrite an existing one, or if a resumed run has
      other flags.
    """
    names = method.run_flags
    folder = pathlib.Path(shared.value_of(names.result_dir)).expanduser()
    run = RunDirectory(folder / method.run_name(), names)
    resume = FLAGS[names.resume].value or (FLAGS.auto_resume and run.was_started)
    if not resume:
        # The other workers write nothing, and may find files that the chief has just written.
        worker = shared.worker()
        if not FLAGS.dry_run and (worker is None or worker.is_chief):
            run.check_new()
        return run, 0
    start = _last_iteration(run)
    _check_fixed_flags(run, method.flag_names)
    return run, start


def _last_iteration(run: RunDirectory) -> int:
    """The iteration of the newest complete checkpoint; 0 if there is no checkpoint yet."""
    if run.was_started and not checkpoint_iterations(run.checkpoints):
        print(f"warning: no checkpoint yet in {run.path}; it starts again", file=sys.stderr)
        return 0
    start, warnings = latest_checkpoint(
        run.checkpoints, run.names.resume, "; leave the flag out to start a new run"
    )
    for warning in warnings:
        print(f"warning: {warning}; falling back to checkpoint {start}", file=sys.stderr)
    return start


def _check_fixed_flags(run: RunDirectory, names: Iterable[str]) -> None:
    """Raises InputError if the value of a fixed flag differs from the run's record."""
    if not run.flags_file.is_file():
        raise InputError(
            f"--{run.names.resume}: {run.flags_file} is missing, the record of its flags"
        )
    recorded = run.recorded_flags()
    for name in names:
        found = declarations.declaration(name)
        assert found is not None, f"--{name} is defined without a declaration"
        if not found.fixed:
            continue
        _, equals, now = FLAGS[name].serialize().partition("=")
        if not equals:
            now = str(FLAGS[name].value).lower()
        # The record omits flags that were not given and whose default is None.
        before = recorded.get(name, now if FLAGS[name].default is not None else "none")
        if before != now:
            raise InputError(
                f"--{name}={now}: the run in {run.path} has {before} (its flags.txt); "
                f"resume it with its own flags, or start another run with --{run.names.tag}"
            )


def train(call: TrainingCall) -> int:
    """Builds the model, trains it and reports; returns the exit status of the script.

    Raises: InputError.
    """
    choose_gpu(call.method.run_flags.gpu)
    load_tensorflow(small_operations=not call.dataset.is_image)
    from amnat.training.callbacks import StopOnSignal
    from amnat.training.strategy import make_strategy

    strategy = make_strategy(FLAGS.strategy, FLAGS.devices)
    # Signals are handled from here on, because tracing the step may take minutes.
    stop = StopOnSignal()
    stop.install()
    try:
        status, outcome = _train(call, strategy, stop)
    finally:
        stop.restore()
    if outcome is not None and not outcome.stopped_by:
        call.method.finish(call.run, call.dataset, outcome)
    return status


def choose_gpu(name: str | None) -> None:
    """Hides all GPUs but one from TensorFlow, if the flag `name` says which one to use."""
    if name is None:
        return
    number = shared.value_of(name)
    if number >= 0 and (FLAGS.strategy == "none" or number != FLAGS[name].default):
        os.environ["CUDA_VISIBLE_DEVICES"] = str(number)


def _train(
    call: TrainingCall, strategy: tf.distribute.Strategy, stop: StopOnSignal
) -> tuple[int, Outcome | None]:
    """(exit status, `loop.Outcome` in the process that writes the run, otherwise None)."""
    from amnat.training import loop
    from amnat.training.callbacks import NotFinite
    from amnat.training.strategy import is_chief

    _check_replicas(call, strategy)
    model = build_model(call.build, call.dataset, strategy)
    description = _describe(call, model)
    print(description, flush=True)
    if FLAGS.dry_run:
        print("\n".join(shared.replay_flags()))
        return 0, None
    options = _training_options(call)
    scorer: Scorer | None = None
    extra: Sequence[keras.callbacks.Callback] = ()
    if is_chief(strategy):
        scorer, extra = _begin_run(call, model, options, description)
    status = 0
    outcome: Outcome | None = None
    try:
        outcome = loop.train(
            *(model, call.dataset, call.run, options, strategy, scorer, call.start, extra),
            *(call.negatives, stop),
        )
    except NotFinite as error:
        status = 1
        print(f"error: {error}; stopped. {_last_checkpoint(call)}", file=sys.stderr)
        if is_chief(strategy):
            call.run.log(f"STOPPED  {error}")
    if not is_chief(strategy):
        return status, None
    if outcome is not None:
        _report(call, outcome, scorer)
    for callback in extra:
        summary = callback.summary() if hasattr(callback, "summary") else ""
        if summary:
            print(summary)
    return status, outcome


def _check_replicas(call: TrainingCall, strategy: tf.distribute.Strategy) -> None:
    """Raises InputError unless the batch divides and all workers start from the same iteration."""
    from amnat.training.strategy import mean_over_workers

    if mean_over_workers(strategy, call.start) != call.start:
        raise InputError(
            f"--{call.run.names.resume}: the workers found different checkpoints (this one: "
            f"iteration {call.start}); all have to read the same folder ({call.run.path})"
        )
    replicas = strategy.num_replicas_in_sync
    shared.require(
        call.batch_size % replicas == 0,
        call.run.names.batch_size,
        f"a multiple of the {replicas} devices",
    )
    if call.negatives is not None:
        call.negatives.check_replicas(replicas)


def _begin_run(
    call: TrainingCall, model: GANModel, options: TrainingOptions, description: str
) -> tuple[Scorer | None, list[keras.callbacks.Callback]]:
    """Writes the records of the run; returns (scorer or None, the additional callbacks)."""
    from amnat.training.generator_record import write_record

    run = call.run
    scorer = _make_scorer(call, options)
    run.create(shared.replay_flags())
    write_record(run, model, call.dataset, call.batch_size)
    run.log(description)
    run.log("command line  " + " ".join(sys.argv))
    extra = list(call.method.callbacks(run, call.start, call.dataset, options))
    if FLAGS.export_every:
        from amnat.training.export_callback import ExportGenerator

        sizes = call.dataset, call.batch_size
        extra.append(ExportGenerator(FLAGS.export_every, call.start, run, *sizes))
    return scorer, extra


def build_model(
    build: Callable[[Dataset], GANModel], dataset: Dataset, strategy: tf.distribute.Strategy
) -> GANModel:
    """Calls build(dataset) for a compiled model, under a strategy and with the shared flags."""
    from amnat.layers import synchronize_batch_norm

    import tensorflow as tf
    import tf_keras as keras

    if FLAGS.deterministic:
        tf.config.experimental.enable_op_determinism()
    # The policy is only for this model: a classifier that scores it computes in float32.
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


def _training_options(call: TrainingCall) -> TrainingOptions:
    from amnat.training.loop import TrainingOptions

    return TrainingOptions(
        num_iterations=call.num_iterations,
        batch_size=call.batch_size,
        seed=FLAGS.seed,
        steps_per_execution=FLAGS.steps_per_execution,
        log_every=FLAGS.log_every,
        sample_every=call.method.sample_every(),
        score_every=FLAGS.score_every,
        score_samples=FLAGS.score_samples,
        save_every=FLAGS.save_every,
        max_to_keep=FLAGS.max_to_keep,
        rolls_back=FLAGS.nan_policy == "rollback",
        make_batches=call.method.make_batches(call.dataset),
    )


def _make_scorer(call: TrainingCall, options: TrainingOptions) -> Scorer | None:
    from amnat.training.scoring import make_scorer

    if not 0 < options.score_every <= options.num_iterations:
        return None
    if not shared.can_judge(call.dataset):
        print(
            f"not scored: {call.dataset.name} has one class, and a small classifier needs at least "
            "2; give another one with --score_classifier",
            flush=True,
        )
        return None
    if call.dataset.is_image:
        sizes = (FLAGS.score_samples, call.dataset.num_samples)
        registry.check(FLAGS.score_metrics, *sizes, registry.Settings())
    return make_scorer(
        call.dataset,
        lambda: call.method.load_data("test"),
        call.run.path.parent / "score_cache",
        classifier=FLAGS.score_classifier,
        metrics=FLAGS.score_metrics,
    )


def _describe(call: TrainingCall, model: GANModel) -> str:
    """The resolved options, as text."""
    dataset, worker = call.dataset, shared.worker()
    resumed = f", resumed at iteration {call.start}" if call.start else ""
    lines = [
        f"run directory  {call.run.path}{resumed}",
        f"data           {dataset.name}, {dataset.num_samples:,} samples of "
        f"{'x'.join(map(str, dataset.sample_shape))}, {dataset.num_classes} "
        f"{'class' if dataset.num_classes == 1 else 'classes'}",
        *([f"negatives      {call.negatives}"] if call.negatives else []),
        f"generator      {model.generator.count_params():,} parameters",
        f"discriminator  {model.discriminator.count_params():,} parameters",
        *([f"worker         {worker.index} of {worker.num_workers}"] if worker else []),
    ]
    return "\n".join(lines)


def _last_checkpoint(call: TrainingCall) -> str:
    """A sentence that says what can be resumed."""
    kept = checkpoint_iterations(call.run.checkpoints)
    if not kept:
        return "No checkpoint had been written."
    flag = call.run.names.resume
    return f"The checkpoint of iteration {kept[-1]} is kept; resume it with --{flag}."


def _print_scores(scores: Mapping[str, float], scorer: Scorer | None) -> None:
    """Prints the last scores, next to those of the training images if they are known."""
    real = getattr(scorer, "of_reference", {})
    print(f"scores of {FLAGS.score_samples:,} samples" + (" (and of real ones):" if real else ":"))
    for name, value in scores.items():
        print(f"  {name:28} {value:9.4f}" + (f" {real[name]:9.4f}" if name in real else ""))
    accuracy = getattr(scorer, "accuracy", None)
    if accuracy:
        print(f"  (by a classifier with {accuracy:.2%} test accuracy)")


def _report(call: TrainingCall, outcome: Outcome, scorer: Scorer | None) -> None:
    """Prints how the run ended, its scores and where to look."""
    run = call.run
    if outcome.stopped_by:
        print(f"stopped by {outcome.stopped_by.name}. {_last_checkpoint(call)}")
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
