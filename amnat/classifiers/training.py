"""The training of classifiers, which goes on after a stop as if nothing had happened."""

from __future__ import annotations

import dataclasses
import math
import signal
import sys
import time
from typing import Any

from amnat.classifiers.augmentation import augmented
from amnat.classifiers.negatives import NegativeBatches
from amnat.classifiers.options import ClassifierOptions, learning_rate, run_settings
from amnat.classifiers.run_directory import ClassifierRun
from amnat.data.dataset import Dataset
from amnat.data.negatives import LABEL
from amnat.errors import InputError
from amnat.losses import negative_aware
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.meta_graph_classifier import channel_statistics
from amnat.metrics.small_cnn import accuracy
from amnat.networks import classifiers
from amnat.training import checkpoints
from amnat.training.optimizers import NesterovMomentum, PlainMomentum
from amnat.training.run_directory import warn
from amnat.training.stopping import NotFinite, StopOnSignal
from amnat.training.strategy import is_chief, mean_over_workers, own_part

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm

MOMENTUM = 0.9
MAX_TO_KEEP = 2


@dataclasses.dataclass(frozen=True)
class ClassifierOutcome:
    """How a training ended.

    Attributes:
      classifier: KerasClassifier; if the run was stopped, as it was in the middle of training.
      test_accuracy: in [0, 1], after the last complete epoch; None if there is none.
      epochs: complete epochs that are done.
      stopped_by: the signal that ended it early, or None.
    """

    classifier: KerasClassifier
    test_accuracy: float | None
    epochs: int
    stopped_by: signal.Signals | None


def train_classifier(
    network: str,
    train: Dataset,
    test: Dataset,
    options: ClassifierOptions,
    run: ClassifierRun,
    start: int = 0,
    progress: bool = True,
    negatives: NegativeBatches | None = None,
    strategy: tf.distribute.Strategy | None = None,
    sync_batch_norm: bool = False,
) -> ClassifierOutcome:
    """Trains a classifier and writes the files of its run.

    Cross-entropy with weight decay, stochastic gradient descent with momentum 0.9 (Nesterov's as
    AM-GAN's DenseNet; pytorch-cifar has plain momentum). The images are standardised per channel
    by `train`; batch statistics are those of positives and negatives together. The order of an
    epoch and its augmentation depend only on (seed, epoch); the images that do not fill a batch are
    left out. After each epoch a row of log.csv and a checkpoint are written; SIGTERM or Ctrl-C
    stop the run after the current step, and a resumed run repeats the epoch that was cut short. On
    a CPU it then equals the run that was never stopped.

    Under a strategy the replicas take equal parts of a batch's positives, and of its negatives
    parts whose sizes differ by one at most. Each sample has the same weight as with one replica.
    Several processes all read the same data, and the chief writes.

    Args:
      network: a name of `amnat.networks.classifiers`.
      train, test: `amnat.data.Dataset`s of images.
      options: ClassifierOptions.
      run: ClassifierRun, created.
      start: completed epochs, see `ClassifierRun.open`.
      progress: whether to show a bar with the time left on stderr.
      negatives: `amnat.classifiers.negatives.NegativeBatches`, which batches contain in addition to
        their `batch_size` images; the loss is then `negative_aware.classification_loss`, or
        `negative_aware.exposure_loss` if they have a weight of their own.
      strategy: tf.distribute strategy, None for TensorFlow's own placement.
      sync_batch_norm: whether batch statistics are those of all replicas together instead of each
        replica's part.

    Returns: ClassifierOutcome.
    Raises:
      InputError: samples that are not images or too small, data sets that do not match, a batch
        larger than `train`, a checkpoint of another network.
      NotFinite: the loss or a weight diverged; the last checkpoint is that of a good epoch.
    """
    check_data(train, test, options)
    trainer = _Trainer(network, train, options, negatives, strategy, sync_batch_norm)
    metadata = run_settings(network, train, options) | trainer.statistics
    metadata |= negatives.settings if negatives else {}
    strategy = trainer.strategy
    classifier = KerasClassifier(trainer.plain_model, train.class_names, metadata)
    if start:
        checkpoints.restore(trainer.state, run.checkpoints, start)
    rows = run.read_log(start)
    stop = StopOnSignal(lambda flag: mean_over_workers(strategy, flag) > 0)
    bar = _bar(network, trainer.steps, start, options.epochs, progress and is_chief(strategy))
    stop.on_train_begin()
    try:
        for epoch in range(start, options.epochs):
            row = trainer.run_epoch(epoch, bar, stop)
            if row is None:
                break
            trainer.refresh_plain_model()
            test_accuracy = accuracy(classifier, test)
            rows.append(row | {"test_accuracy": test_accuracy})
            bar.set_description(f"{network}, test accuracy {test_accuracy:.2%}", refresh=False)
            _save(trainer, run, rows)
    finally:
        stop.restore()
        bar.close()
    done = rows[-1]["epoch"] if rows else start
    reached = rows[-1]["test_accuracy"] if rows else None
    trainer.refresh_plain_model()
    if done == options.epochs:
        classifier.metadata["test_accuracy"] = reached
        if is_chief(strategy):
            _save_classifier(classifier, run)
    return ClassifierOutcome(classifier, reached, done, stop.received)


def check_data(train: Dataset, test: Dataset, options: ClassifierOptions) -> None:
    """Raises InputError unless the two data sets are images that match."""
    for dataset in (train, test):
        if not dataset.is_image:
            raise InputError(
                f"data set '{dataset.name}' ({dataset.split}): samples of shape "
                f"{list(dataset.sample_shape)}, expected images"
            )
    train_form, test_form = ((d.sample_shape, d.num_classes) for d in (train, test))
    if train_form != test_form:
        raise InputError(
            f"data set '{test.name}' (test): shape and classes {test_form}, expected those of "
            f"the training images, {train_form}"
        )
    if options.batch_size > train.num_samples:
        raise InputError(
            f"batch_size: {options.batch_size}, expected at most {train.num_samples}, the images "
            f"of data set '{train.name}'"
        )


def check_replicas(
    options: ClassifierOptions, replicas: int, negatives: NegativeBatches | None = None
) -> None:
    """Raises InputError unless the batch divides among the replicas."""
    if negatives is not None and negatives.apart and negatives.fewest < replicas:
        raise InputError(
            f"--negatives_per_batch={negatives.counts}: expected at least one for each of the "
            f"{replicas} devices with --negatives_apart"
        )
    if options.batch_size % replicas:
        raise InputError(
            f"--batch_size={options.batch_size}: expected a multiple of the {replicas} devices"
        )


def standardisation(train: Dataset, options: ClassifierOptions) -> tuple[np.ndarray, np.ndarray]:
    """The mean and variance for standardising images, see `ClassifierOptions.standardise`.

    Returns: (mean, variance), float64 [C] each, in the units that networks take.
    """
    mean, std = channel_statistics(train.samples)
    if options.standardise == "images":
        # One by one: a large data set in float64 would take gigabytes.
        std = np.mean([image.std(axis=(0, 1)) for image in train.samples], axis=0)
    return (mean - 127.5) / 128, np.square(std / 128)


class _Trainer:
    """The network, its optimizer and the training step."""

    def __init__(
        self,
        network: str,
        train: Dataset,
        options: ClassifierOptions,
        negatives: NegativeBatches | None = None,
        strategy: tf.distribute.Strategy | None = None,
        sync_batch_norm: bool = False,
    ):
        strategy = strategy or tf.distribute.get_strategy()
        check_replicas(options, strategy.num_replicas_in_sync, negatives)
        self.train = train
        self.options = options
        self.negatives = negatives
        self.strategy = strategy
        self.steps = train.num_samples // options.batch_size
        mean, variance = standardisation(train, options)
        self.statistics = {"mean": mean.tolist(), "variance": variance.tolist()}
        shape = train.sample_shape, train.num_classes
        with strategy.scope():
            self.model = classifiers.build(network, *shape, mean, variance, options.seed)
            self.rate = tf.Variable(0.0, trainable=False)
            optimizer = {"nesterov": NesterovMomentum, "plain": PlainMomentum}[options.momentum]
            self.optimizer = optimizer(lambda: self.rate, MOMENTUM)
            # All state exists from the start, so that a checkpoint is restored completely.
            self.optimizer._create_all_weights(self.model.trainable_variables)
        self.plain_model = self.model
        if strategy.num_replicas_in_sync > 1:
            self.plain_model = classifiers.build(network, *shape, mean, variance, options.seed)
        if sync_batch_norm:
            _synchronize_batch_norm(self.model)
        self.state = tf.train.Checkpoint(network=self.model, optimizer=self.optimizer)
        self._step = tf.function(self._shared_update, self._signature(), autograph=False)
        # Batch statistics of no negatives would be undefined.
        self._step_without = tf.function(self._shared_update, autograph=False)

    def refresh_plain_model(self) -> None:
        """Gives `plain_model`, which belongs to no strategy, the weights of the trained one."""
        if self.plain_model is not self.model:
            self.plain_model.set_weights(self.model.get_weights())

    def _signature(self) -> list[tf.TensorSpec] | None:
        """The input signature, one for all numbers of negatives; None without negatives."""
        if self.negatives is None:
            return None
        size, shape = self.options.batch_size, self.train.sample_shape
        # Graphs of different shapes round differently, and a resumed run would trace others.
        return [
            tf.TensorSpec((size, *shape), tf.uint8),
            tf.TensorSpec((size,), tf.int32),
            tf.TensorSpec((None, *shape), tf.float32),
        ]

    def _shared_update(self, *batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One step of all replicas, each of which is given the whole batch."""
        loss, correct = self.strategy.run(self._update, batch)
        reduce = tf.distribute.ReduceOp
        return (
            self.strategy.reduce(reduce.SUM, loss, axis=None),
            self.strategy.reduce(reduce.MEAN, correct, axis=None),
        )

    def _update(
        self, samples: tf.Tensor, labels: tf.Tensor, negatives: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """A replica's part of a step: (its share of the loss, the accuracy on its positives)."""
        counts = tf.shape(samples)[0], 0 if negatives is None else tf.shape(negatives)[0]
        samples, labels = own_part(samples), own_part(labels)
        images = (tf.cast(samples, tf.float32) - 127.5) / 128.0
        all_labels = labels
        if negatives is not None:
            negatives = own_part(negatives)
            all_labels = tf.concat([labels, tf.fill(tf.shape(negatives)[:1], LABEL)], axis=0)
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._logits(images, negatives)
            loss = self._loss(logits, all_labels, tf.shape(labels)[0], counts)
        # The optimizer sums the gradients of all replicas.
        decay = self.options.weight_decay / self.strategy.num_replicas_in_sync
        gradients = [
            gradient + decay * variable
            for gradient, variable in zip(tape.gradient(loss, variables), variables, strict=True)
        ]
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        positive_logits = logits[: tf.shape(labels)[0]]
        correct = tf.argmax(positive_logits, axis=1, output_type=labels.dtype) == labels
        return loss, tf.reduce_mean(tf.cast(correct, tf.float32))

    def _logits(self, images: tf.Tensor, negatives: tf.Tensor | None) -> tf.Tensor:
        """The logits of a replica's positives and, behind them, of its negatives, in training."""
        if negatives is None:
            return self.model(images, training=True)["logits"]
        if self.negatives is not None and self.negatives.apart:
            positive = self.model(images, training=True)["logits"]
            # The classifier is used with the moving averages, which would fit neither kind if they
            # were of both.
            averages = [v for v in self.model.non_trainable_variables if "moving_" in v.name]
            kept = [tf.identity(variable) for variable in averages]
            negative = self.model(negatives, training=True)["logits"]
            for variable, value in zip(averages, kept, strict=True):
                variable.assign(value)
            return tf.concat([positive, negative], axis=0)
        return self.model(tf.concat([images, negatives], axis=0), training=True)["logits"]

    def _loss(
        self,
        logits: tf.Tensor,
        labels: tf.Tensor,
        positives: tf.Tensor,
        counts: tuple[tf.Tensor, tf.Tensor],
    ) -> tf.Tensor:
        """A replica's share of the loss.

        Args:
          logits, labels: of its positives and, behind them, of its negatives.
          positives: the number of its positives.
          counts: positives and negatives of all replicas.
        """
        is_binary = self.options.loss == "binary_cross_entropy"
        if self.negatives is None or self.negatives.weight is None:
            loss = negative_aware.classification_loss(logits, labels, is_binary)
            if self.strategy.num_replicas_in_sync > 1:
                loss *= tf.cast(tf.shape(logits)[0] / (counts[0] + counts[1]), loss.dtype)
            return loss
        losses = negative_aware.sample_losses(logits, labels, is_binary)
        parts = losses[:positives], losses[positives:]
        return negative_aware.exposure_loss(*parts, self.negatives.weight, *counts)

    def run_epoch(self, epoch: int, bar: tqdm, stop: StopOnSignal) -> dict[str, Any] | None:
        """One pass over the data; returns the row of the log, or None if a signal cut it short."""
        since = time.monotonic()
        size, train = self.options.batch_size, self.train
        rng = np.random.default_rng([self.options.seed, epoch])
        order = rng.permutation(train.num_samples)
        sums = np.zeros(2)
        for step in range(self.steps):
            if stop.agree(stop.received is not None):
                stop.received = stop.received or signal.SIGTERM
                return None
            rows = order[step * size : (step + 1) * size]
            samples = augmented(train.samples[rows], self.options, rng)
            batch, update = [samples, train.labels[rows]], self._step
            if self.negatives is not None:
                iteration = epoch * self.steps + step
                negatives = self.negatives.draw(iteration, self.options, **self.statistics)
                if self.negatives.apart and not len(negatives):
                    update = self._step_without
                else:
                    batch.append(negatives)
            share = (epoch + step / self.steps) / self.options.epochs
            self.rate.assign(learning_rate(self.options, share))
            loss, correct = (float(value) for value in update(*batch))
            if not math.isfinite(loss):
                raise NotFinite(f"the loss is {loss} in epoch {epoch + 1}")
            sums += loss, correct
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update()
        for variable in self.model.trainable_variables:
            if not tf.reduce_all(tf.math.is_finite(variable)):
                raise NotFinite(f"{variable.name} is not finite after epoch {epoch + 1}")
        loss, correct = sums / self.steps
        return {
            "epoch": epoch + 1,
            "learning_rate": float(self.rate.numpy()),
            "train_loss": float(loss),
            "train_accuracy": float(correct),
            "seconds": round(time.monotonic() - since, 3),
        }


def _bar(network: str, steps: int, start: int, epochs: int, progress: bool) -> tqdm:
    terminal = sys.stderr.isatty()
    return tqdm(
        initial=start * steps,
        total=epochs * steps,
        desc=network,
        unit="step",
        dynamic_ncols=terminal,
        # A log file gets a line from time to time instead of a redrawn one.
        mininterval=0.2 if terminal else 10.0,
        disable=not progress,
    )


def _synchronize_batch_norm(model: keras.Model) -> None:
    """Makes Keras' batch normalisation take the statistics of all replicas."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # The fused kernel knows its own replica only. (Its moving average also takes
            # n / (n - 1) times the variance of n values, which that of the other one does not.)
            layer.synchronized, layer.fused = True, False


def _save_classifier(classifier: KerasClassifier, run: ClassifierRun) -> None:
    """Writes classifier.keras. A full disk is reported, and shows in `ClassifierRun.missing`."""
    try:
        classifier.save(run.classifier_file)
    except (OSError, RuntimeError) as error:  # HDF5's writer raises both.
        message = " ".join(str(error).split())
        warn(f"\nwarning: {run.classifier_file} was not saved: {message}")


def _save(trainer: _Trainer, run: ClassifierRun, rows: list[dict[str, Any]]) -> None:
    """Writes the log and a checkpoint. A full disk is reported, and training goes on."""
    epoch = rows[-1]["epoch"]
    if not is_chief(trainer.strategy):
        checkpoints.take_part(trainer.state)
        return
    try:
        # The log comes first: a checkpoint that counts has its row.
        run.write_log(rows)
        checkpoints.save(trainer.state, run.checkpoints, epoch, MAX_TO_KEEP)
    except (OSError, tf.errors.OpError) as error:
        message = " ".join(str(error).split())
        warn(f"\nwarning: epoch {epoch} was not saved: {message}")
