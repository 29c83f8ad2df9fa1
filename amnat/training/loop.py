"""The training loop: Keras' `fit` on counted data and noise, with everything that it writes."""

import dataclasses

from amnat.data.pipeline import training_batches
from amnat.training import callbacks, checkpoints
from amnat.training.sampling import Sampler

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How a run is carried out; intervals are in iterations.

    Attributes:
      num_iterations: of the whole run.
      batch_size: over all replicas.
      steps_per_execution: iterations inside one call of TensorFlow.
      score_every: 0 never scores.
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


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How training ended.

    Attributes:
      iteration: iterations done.
      scores: {name: number} of the last scoring, None without one.
      stopped_by: the signal that ended it early, or None.
    """

    iteration: int
    scores: dict | None
    stopped_by: object


def train(
    model,
    dataset,
    run,
    options,
    strategy,
    scorer=None,
    start=0,
    extra_callbacks=(),
    negatives=None,
):
    """Trains a compiled model from iteration `start` and writes the run directory.

    Args:
      model: `GANModel`, built and compiled under `strategy`.
      dataset: `amnat.data.Dataset`.
      run: `RunDirectory`, created.
      options: `TrainingOptions`.
      strategy: tf.distribute strategy.
      scorer: callable, samples -> {name: number}.
      start: iterations done; above 0 the checkpoint of that iteration is restored.
      extra_callbacks: more Keras callbacks.
      negatives: `NegativeSchedule` for models that take negatives with their batches.

    Returns: Outcome.
    Raises: `callbacks.NotFinite`, after which the last checkpoint is that of a good iteration.
    """
    if start:
        checkpoints.restore(model, run.checkpoints, start)
        run.forget_after(start)
    writer = tf.summary.create_file_writer(str(run.tensorboard))
    sampler = Sampler(model, options.batch_size)
    progress = callbacks.Progress(start, options.num_iterations)
    stop = callbacks.StopOnSignal()
    log = callbacks.Log(options.log_every, start, run, writer, run.path.name)
    acting = [callbacks.StopOnNotFinite(start), stop, log]
    scores = None
    if scorer is not None and options.score_every:
        scores = callbacks.Scores(
            options.score_every, start, run, writer, sampler, scorer, options.score_samples
        )
        acting.append(scores)
    acting += [
        callbacks.SampleSheets(options.sample_every, start, run, writer, sampler, dataset),
        *extra_callbacks,
        # After the others, so that what a checkpoint holds has been written.
        callbacks.Save(options.save_every, start, run, options.max_to_keep),
        progress,
    ]
    remaining = options.num_iterations - start
    if remaining > 0:
        try:
            _fit(model, dataset, options, strategy, start, remaining, acting, negatives)
        finally:
            stop.restore()
            progress.close()
    writer.close()
    return Outcome(log.iteration, scores.latest if scores else None, stop.received)


def _fit(model, dataset, options, strategy, start, remaining, acting, negatives):
    def batches(context):
        return training_batches(
            dataset, options.batch_size, model.d_steps, options.seed, start, context, negatives
        )

    data = strategy.distribute_datasets_from_function(batches)
    model.fit(data, epochs=1, steps_per_epoch=remaining, callbacks=acting, verbose=0)
