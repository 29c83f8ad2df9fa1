"""The training loop: Keras' `fit` with callbacks that write the run directory."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import Callable, Iterator, Sequence

from amnat.data.dataset import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.data.pipeline import training_batches
from amnat.errors import InputError
from amnat.models.base import GANModel
from amnat.models.compiled_loop import executions
from amnat.training import callbacks, checkpoints, periodic, stopping
from amnat.training.run_directory import RunDirectory, latest_checkpoint, warn
from amnat.training.sampling import Sampler
from amnat.training.strategy import is_chief, mean_over_workers

import tensorflow as tf
import tf_keras as keras

# The limit for --nan_policy=rollback: a run that diverges this often does so whatever the noise.
MAX_ROLLBACKS = 10

# What the progress bar says before the first iterations of a compiled step: XLA takes as long for
# the networks of a paper on a GPU, and less for small ones or a program in its cache.
COMPILING = "compiling with XLA; 25 to 50 s"

# Scores of samples, by their names.
Scorer = Callable[..., dict[str, float]]


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How a run is carried out; intervals are in iterations.

    Attributes:
      num_iterations: number of iterations of the whole run.
      batch_size: the batch size over all replicas.
      steps_per_execution: number of iterations in one TensorFlow call.
      score_every: iterations between scores; 0 means no scores.
      rolls_back: whether to restore the last checkpoint and go on with different noise when a
        logged quantity or a weight is not finite, at most MAX_ROLLBACKS times in the run. Otherwise
        training stops.
      make_batches: function that makes the training data, with the arguments of
        `training_batches`.
    """

    num_iterations: int
    batch_size: int
    seed: int = 0
    steps_per_execution: int = 1
    log_every: int = 100
    sample_every: int = 1000
    score_every: int = 0
    score_samples: int = 50000
    save_every: int = 1000
    max_to_keep: int = 3
    rolls_back: bool = False
    make_batches: Callable[..., tf.data.Dataset] = training_batches


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How training ended.

    Attributes:
      iteration: number of completed iterations.
      scores: {name: number}, the last scores; None without scores.
      stopped_by: the signal that ended training early, or None.
    """

    iteration: int
    scores: dict[str, float] | None
    stopped_by: signal.Signals | None


def train(
    model: GANModel,
    dataset: Dataset,
    run: RunDirectory,
    options: TrainingOptions,
    strategy: tf.distribute.Strategy,
    scorer: Scorer | None = None,
    start: int = 0,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
    negatives: NegativeSchedule | None = None,
    stop: stopping.StopOnSignal | None = None,
) -> Outcome:
    """Trains a compiled model from iteration `start` and writes the run directory.

    If there are several processes, only the chief writes, and only the chief uses `scorer` and
    `extra_callbacks`.

    Args:
      model: `GANModel`, built and compiled under `strategy`.
      dataset: `amnat.data.Dataset`.
      run: `RunDirectory` that has been created.
      options: `TrainingOptions`.
      strategy: tf.distribute strategy.
      scorer: callable, samples -> {name: number}. If its `takes_labels` is true, the second
        argument is their `GivenLabels` or None.
      start: number of completed iterations; if above 0, the checkpoint of that iteration is
        restored.
      extra_callbacks: additional Keras callbacks.
      negatives: `NegativeSchedule` for models that take negatives with their batches.
      stop: `stopping.StopOnSignal` that is already installed, to respect earlier signals too.

    Returns: Outcome; what could not be written is in `run`, see `run_state.mark_finished`.
    Raises:
      InputError: if nothing can be written.
      stopping.NotFinite: see `TrainingOptions.rolls_back`; the last checkpoint is then that
        of a finite iteration.
    """
    if start:
        checkpoints.restore(model, run.checkpoints, start)
    if is_chief(strategy):
        with run.writing():
            run.forget_after(start)
    stop = stop or stopping.StopOnSignal()
    stop.agree = lambda flag: mean_over_workers(strategy, flag) > 0
    preparation = COMPILING if model.jit_compile or model.compiles_gradients else ""
    progress = callbacks.Progress(start, options.num_iterations, is_chief(strategy), preparation)
    with _summary_writer(run, strategy) as writer:
        log, scores, acting = _callbacks(
            *(model, dataset, run, options, strategy, scorer, start, extra_callbacks, writer),
            negatives,
        )
        acting = [stopping.StopOnNotFinite(start), stop, *acting, progress]
        try:
            while start < options.num_iterations and not stop.agree(stop.received is not None):
                try:
                    _fit(model, dataset, options, strategy, start, acting, negatives)
                    break
                except stopping.NotFinite as error:
                    start = _roll_back(model, run, options, strategy, error)
                    for callback in acting:
                        if isinstance(callback, periodic.Counted):
                            callback.restart(start)
        finally:
            stop.restore()
            progress.close()
    was_stopped = log.iteration < options.num_iterations
    return Outcome(
        log.iteration, scores.latest if scores else None, stop.received if was_stopped else None
    )


@contextlib.contextmanager
def _summary_writer(
    run: RunDirectory, strategy: tf.distribute.Strategy
) -> Iterator[tf.summary.SummaryWriter]:
    if not is_chief(strategy):
        yield tf.summary.create_noop_writer()
        return
    writer = tf.summary.create_file_writer(str(run.tensorboard))
    try:
        yield writer
    finally:
        try:
            writer.close()
        except tf.errors.OpError as error:
            run.failures["TensorBoard"] = " ".join(str(error).split())


def _callbacks(
    model: GANModel,
    dataset: Dataset,
    run: RunDirectory,
    options: TrainingOptions,
    strategy: tf.distribute.Strategy,
    scorer: Scorer | None,
    start: int,
    extra_callbacks: Sequence[keras.callbacks.Callback],
    writer: tf.summary.SummaryWriter,
    negatives: NegativeSchedule | None,
) -> tuple[callbacks.Log, callbacks.Scores | None, list[keras.callbacks.Callback]]:
    """(`Log`, `Scores` or None, list of these and all other writing callbacks) of this process."""
    if not is_chief(strategy):
        log = callbacks.Log(options.log_every, start, None, writer)
        save = callbacks.Save(options.save_every, start, None, options.max_to_keep, writes=False)
        return log, None, [log, save]
    sampler = Sampler(model, options.batch_size)
    depends_on = {"data": dataset.identity()}
    if negatives is not None:
        depends_on |= {"negatives": negatives.negatives.identity()}
    log = callbacks.Log(options.log_every, start, run, writer, depends_on)
    scores = None
    if scorer is not None and options.score_every:
        scores = callbacks.Scores(
            options.score_every, start, run, writer, sampler, scorer, options.score_samples
        )
    acting = [
        log,
        *([scores] if scores else []),
        callbacks.SampleSheets(
            *(options.sample_every, start, run, writer, sampler, dataset),
            getattr(scorer, "of_reference", None),
        ),
        *extra_callbacks,
        # It comes last, so that everything that belongs to a checkpoint has been written.
        callbacks.Save(options.save_every, start, run, options.max_to_keep),
    ]
    return log, scores, acting


def _fit(
    model: GANModel,
    dataset: Dataset,
    options: TrainingOptions,
    strategy: tf.distribute.Strategy,
    start: int,
    acting: list[keras.callbacks.Callback],
    negatives: NegativeSchedule | None,
) -> None:
    def batches(context: tf.distribute.InputContext) -> tf.data.Dataset:
        data = options.make_batches(
            dataset,
            options.batch_size,
            model.batches_per_iteration,
            options.seed,
            start,
            context,
            negatives,
        )
        return executions(model, data)

    data = strategy.distribute_datasets_from_function(batches)
    remaining = options.num_iterations - start
    model.fit(data, epochs=1, steps_per_epoch=remaining, callbacks=acting, verbose=0)


def _roll_back(
    model: GANModel,
    run: RunDirectory,
    options: TrainingOptions,
    strategy: tf.distribute.Strategy,
    error: stopping.NotFinite,
) -> int:
    """Restores the newest checkpoint for another try with different noise; returns its iteration.

    Raises: `error` if the run does not roll back, or cannot.
    """
    generation = model.noise_generation + 1
    if not options.rolls_back or generation > MAX_ROLLBACKS:
        raise error
    try:
        start, _ = latest_checkpoint(run.checkpoints)
    except InputError:
        # There is no checkpoint to go back to.
        raise error from None
    checkpoints.restore(model, run.checkpoints, start)
    model.noise_generation = generation
    # The step is traced again, with the new noise.
    model.train_function = None
    if is_chief(strategy):
        try:
            run.forget_after(start)
        except OSError as failure:
            raise stopping.NotFinite(f"{error}, and cannot go back ({failure})") from failure
        message = f"{error}; back to iteration {start}, with other noise (number {generation})"
        warn(f"\nwarning: {message}")
        run.log(f"ROLLBACK  {message}")
    return start
