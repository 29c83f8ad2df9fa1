"""One call of a training script, which `opening` has opened: it trains and reports.

TensorFlow is loaded here, after the flags, the run directory and the data have been checked.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from amnat import command_text
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.metrics import registry
from amnat.training import (
    cpu,
    declarations,
    figures,
    flag_record,
    native_log,
    run_page,
    run_state,
    trackers,
    xla,
)
from amnat.training import flags as shared
from amnat.training.main import load_tensorflow
from amnat.training.opening import TrainingCall
from amnat.training.run_directory import (
    RunDirectory,
    latest_checkpoint,
    warn,
)

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.loop import Outcome, Scorer, TrainingOptions
    from amnat.training.stopping import StopOnSignal

    import tensorflow as tf
    import tf_keras as keras

FLAGS = flags.FLAGS


def train(call: TrainingCall) -> int:
    """Builds the model, trains it and reports; returns the exit status of the script.

    Raises: InputError.
    """
    choose_gpu(call.method.run_flags.gpu)
    load_tensorflow(small_operations=not call.dataset.is_image)
    from amnat.training.stopping import StopOnSignal
    from amnat.training.strategy import make_strategy

    import tensorflow as tf

    strategy = make_strategy(FLAGS.strategy, FLAGS.devices)
    is_open = FLAGS.jit_compile == declarations.AUTO
    settle_execution(call, strategy)
    # Signals are handled from here on, because tracing the step may take minutes.
    stop = StopOnSignal()
    stop.install()
    try:
        try:
            status, outcome = _train(call, strategy, stop)
        except tf.errors.OpError as error:
            reason = xla.compile_failure(error)
            if reason is None:
                raise
            if not is_open:
                print(f"\nerror: --jit_compile: {reason}; give --nojit_compile", file=sys.stderr)
                return 1
            print(f"\nnote: not compiled with XLA: {reason}", file=sys.stderr)
            FLAGS["jit_compile"].value = False
            status, outcome = _train(call, strategy, stop)
    finally:
        stop.restore()
    # A run that has not finished lacks what is needed here.
    if outcome is not None and call.run.finished_file.exists():
        try:
            call.method.finish(call.run, call.dataset, outcome)
        except OSError as error:
            print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
            status = 1
        run_page.write_page(call.run.path)
    return status


def settle_execution(call: TrainingCall, strategy: tf.distribute.Strategy) -> None:
    """Settles --jit_compile and --steps_per_execution where they are 'auto'."""
    from amnat.training.strategy import uses_gpu

    if call.run.flags_file.is_file():
        xla.keep_recorded(call.run.recorded_flags())
    intervals = (FLAGS.log_every, call.method.sample_every(), FLAGS.score_every)
    note = xla.settle(
        uses_gpu(strategy),
        not call.dataset.is_image,
        (*intervals, FLAGS.save_every, FLAGS.export_every),
        call.method.compile_obstacle(),
    )
    if note:
        print(f"note: {note}", file=sys.stderr)


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
    from amnat.training.stopping import NotFinite
    from amnat.training.strategy import is_chief

    _check_replicas(call, strategy)
    model = build_model(call.build, call.dataset, strategy)
    description = _describe(call, model)
    print(description, flush=True)
    if FLAGS.dry_run:
        print("\n".join(shared.replay_flags(effective=call.method.effective)))
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
        print(f"error: {error}; stopped. {_last_checkpoint(call.run)}", file=sys.stderr)
        if is_chief(strategy):
            call.run.log(f"STOPPED  {error}")
    if not is_chief(strategy):
        return status, None
    if outcome is not None:
        status = _report(call, outcome, scorer)
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
    lines = shared.replay_flags()
    run.create(lines, anew=call.start == 0)
    run.title = f"{call.method.title()} on {call.dataset.name}"
    run.raw_sheets = FLAGS.raw_sheets
    native_log.keep_in(run.log_file)
    negatives = None if call.negatives is None else call.negatives.negatives
    with run.writing():
        if call.start:
            for change in flag_record.update(run.flags_file, lines, call.start, "at iteration"):
                print(f"changed        {change}")
                run.log(f"CHANGED  at iteration {call.start}: {change}")
        # It is not finished until the end of this call.
        run.finished_file.unlink(missing_ok=True)
        write_record(run, model, call.dataset, call.batch_size)
        figures.save_data_sheets(run, call.dataset, negatives)
    run.log(description)
    run.log("command line  " + shlex.join(sys.argv))
    extra = list(call.method.callbacks(run, call.start, call.dataset, options))
    if FLAGS.export_every:
        from amnat.training.export_callback import ExportGenerator

        sizes = call.dataset, call.batch_size
        extra.append(ExportGenerator(FLAGS.export_every, call.start, run, *sizes))
    if FLAGS.track:
        from amnat.training.tracking import Track

        settings = trackers.settings_of(lines)
        extra.append(Track(FLAGS.log_every, call.start, run, FLAGS.track, settings))
    return scorer, extra


def build_model(
    build: Callable[[Dataset], GANModel], dataset: Dataset, strategy: tf.distribute.Strategy
) -> GANModel:
    """Calls build(dataset) for a compiled model, under a strategy and with the shared flags."""
    from amnat.layers import synchronize_batch_norm
    from amnat.training.strategy import check_channels_first

    import tensorflow as tf
    import tf_keras as keras

    if FLAGS.deterministic:
        tf.config.experimental.enable_op_determinism()
    if FLAGS.data_format == "NCHW":
        check_channels_first(strategy, FLAGS.jit_compile)
    # The policy is only for this model: a classifier that scores it computes in float32.
    before = keras.mixed_precision.global_policy()
    if FLAGS.mixed_precision != "none":
        keras.mixed_precision.set_global_policy(f"mixed_{FLAGS.mixed_precision}")
    try:
        with strategy.scope():
            model = build(dataset)
        model.check_dataset(dataset)
    finally:
        keras.mixed_precision.set_global_policy(before)
    model.clip_norm = FLAGS.clip_norm
    with strategy.scope():
        model.set_execution(xla.steps(), xla.compiles())
    if FLAGS.sync_batch_norm:
        synchronize_batch_norm(model)
    return model


def _training_options(call: TrainingCall) -> TrainingOptions:
    from amnat.training.loop import TrainingOptions

    return TrainingOptions(
        num_iterations=call.num_iterations,
        batch_size=call.batch_size,
        seed=FLAGS.seed,
        steps_per_execution=xla.steps(),
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
    settings = call.method.score_settings()
    if call.dataset.is_image:
        sizes = (FLAGS.score_samples, call.dataset.num_samples)
        settings, lowered = registry.fitted(FLAGS.score_metrics, *sizes, settings)
        names = call.method.score_flag_names()
        registry.check(FLAGS.score_metrics, *sizes, settings, names)
        if lowered:
            # These are flags of tools/evaluate.py, not of this script.
            changes = ", ".join(text.removeprefix("--") for text in lowered)
            print(f"scores: {changes}, as there are few images", flush=True)
    return make_scorer(
        call.dataset,
        lambda: call.method.load_data("test"),
        call.run.path.parent / "score_cache",
        classifier=FLAGS.score_classifier,
        metrics=FLAGS.score_metrics,
        settings=settings,
        flag_names=call.method.score_flag_names(),
    )


def _describe(call: TrainingCall, model: GANModel) -> str:
    """The resolved options, as text."""
    from amnat.training.strategy import uses_gpu

    dataset, worker = call.dataset, shared.worker()
    resumed = f", resumed at iteration {call.start}" if call.start else ""
    unscored = ""
    if 0 < call.num_iterations < FLAGS.score_every:
        unscored = (
            f"--score_every={FLAGS.score_every} is beyond its {call.num_iterations} iterations"
        )
    remark = call.method.data_remark(dataset)
    on_gpu = uses_gpu(model.distribute_strategy)
    num_parameters = model.generator.count_params() + model.discriminator.count_params()
    faster = cpu.precision_note(num_parameters, on_gpu, FLAGS.mixed_precision)
    lines = [
        f"run directory  {call.run.path}{resumed}",
        f"data           {dataset.name}, {dataset.num_samples:,} samples of "
        f"{'x'.join(map(str, dataset.sample_shape))}, {dataset.num_classes} "
        f"{'class' if dataset.num_classes == 1 else 'classes'}" + (f"; {remark}" if remark else ""),
        *([f"negatives      {call.negatives}"] if call.negatives else []),
        f"generator      {model.generator.count_params():,} parameters",
        f"discriminator  {model.discriminator.count_params():,} parameters",
        *([f"weights from   {call.initial}"] if call.initial else []),
        *([f"scores         none; {unscored}"] if unscored else []),
        f"execution      {xla.describe()}",
        *([f"precision      float32; {faster}"] if faster else []),
        *([f"worker         {worker.index} of {worker.num_workers}"] if worker else []),
    ]
    return "\n".join(lines)


def _last_checkpoint(run: RunDirectory) -> str:
    """A sentence that says what can be resumed, and how."""
    go_on = command_text.command(f"--resume={run.path.absolute()}")
    try:
        iteration, _ = latest_checkpoint(run.checkpoints)
    except InputError:
        return f"There is no checkpoint in {run.checkpoints}; the same command starts again."
    return f"The checkpoint of iteration {iteration} is kept. Go on with: {go_on}"


def _print_scores(scores: Mapping[str, float], scorer: Scorer | None) -> None:
    """Prints the last scores, next to those of the training images if they are known."""
    real = getattr(scorer, "of_reference", {})
    print(f"scores of {FLAGS.score_samples:,} samples" + (" (and of real ones):" if real else ":"))
    failures = getattr(scorer, "failures", {})
    missing = {result for name in failures for result in registry.METRICS[name].better}
    for name, value in scores.items():
        if name not in missing:
            print(f"  {name:28} {value:9.4f}" + (f" {real[name]:9.4f}" if name in real else ""))
    for name, reason in failures.items():
        print(f"  {name}: not taken: {reason}")
    accuracy = getattr(scorer, "accuracy", None)
    if accuracy:
        print(f"  (by a classifier with {accuracy:.2%} test accuracy)")


def _conclude(run: RunDirectory, outcome: Outcome) -> int:
    """Says how the run ended, after a look at what it left; returns the exit status."""
    iteration = outcome.iteration
    if outcome.stopped_by:
        ended = f"stopped by {outcome.stopped_by.name}"
        lack = run_state.missing(run, iteration)
    else:
        ended = f"finished after {iteration} iterations"
        lack = run_state.mark_finished(run, iteration)
    if lack:
        reasons = "".join(f"; {text}" for text in run.failures.values())
        message = f"not {ended}: it lacks {lack}{reasons}. {_last_checkpoint(run)}"
        if outcome.stopped_by:
            message = f"{ended}, but it lacks {lack}{reasons}. {_last_checkpoint(run)}"
    elif run.failures:
        message = f"{ended}, but not everything was written: {'; '.join(run.failures.values())}"
    else:
        print(f"{ended}. {_last_checkpoint(run)}" if outcome.stopped_by else ended)
        return 0
    warn(f"error: {message}")
    run.log(f"ERROR  {message}")
    return 1


def _report(call: TrainingCall, outcome: Outcome, scorer: Scorer | None) -> int:
    """Prints how the run ended, its scores and where to look; returns the exit status."""
    run = call.run
    status = _conclude(run, outcome)
    if outcome.scores:
        _print_scores(outcome.scores, scorer)
    sheets = figures.sheets_in_order(run.samples)
    for label, path in [
        ("samples", sheets[-1][1] if sheets else run.samples),
        ("evolution", run.plots / "evolution.gif"),
        ("curves", run.plots / "losses.png"),
        ("log", run.log_file),
        ("TensorBoard", f"tensorboard --logdir {shlex.quote(str(run.tensorboard))}"),
    ]:
        print(f"{label:12} {path}")
    return status
