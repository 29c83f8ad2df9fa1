"""Training of classifiers: one that is stopped goes on as if nothing had happened."""

import dataclasses
import math
import sys
import time

from amnat.data.negatives import LABEL
from amnat.errors import InputError
from amnat.losses import negative_aware
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.metrics.meta_graph_classifier import channel_statistics
from amnat.metrics.small_cnn import accuracy
from amnat.networks import classifiers
from amnat.training import checkpoints
from amnat.training.augmentation import augmented
from amnat.training.callbacks import NotFinite, StopOnSignal
from amnat.training.classifier_options import learning_rate, run_settings
from amnat.training.optimizers import NesterovMomentum, PlainMomentum

import numpy as np
import tensorflow as tf
from tqdm import tqdm

MOMENTUM = 0.9
MAX_TO_KEEP = 2


@dataclasses.dataclass(frozen=True)
class ClassifierOutcome:
    """How a training ended.

    Attributes:
      classifier: KerasClassifier; of a run that was stopped, in the midst of training.
      test_accuracy: in [0, 1], after the last whole epoch; None without one.
      epochs: whole epochs done.
      stopped_by: the signal that ended it early, or None.
    """

    classifier: KerasClassifier
    test_accuracy: float | None
    epochs: int
    stopped_by: object


def train_classifier(network, train, test, options, run, start=0, progress=True, negatives=None):
    """Trains a classifier and writes the files of its run.

    Cross-entropy with weight decay, stochastic gradient descent with momentum 0.9 (Nesterov's as
    AM-GAN's DenseNet; pytorch-cifar has plain momentum). The images are standardised per channel
    by `train`; batch statistics are those of positives and negatives together. The order of an
    epoch and its augmentation depend on (seed, epoch) alone; the images that fill no batch are
    left out. After each epoch a row of log.csv and a checkpoint are written; SIGTERM or Ctrl-C
    stop after the current step, and a resumed run repeats the epoch that was cut. Then, on CPU, it
    equals the run that was never stopped.

    Args:
      network: a name of `amnat.networks.classifiers`.
      train, test: `amnat.data.Dataset`s of images.
      options: ClassifierOptions.
      run: ClassifierRun, created.
      start: epochs done, of `ClassifierRun.open`.
      progress: whether to show a bar with the time left on stderr.
      negatives: `nat_training.NegativeBatches`, what batches hold beside their `batch_size`
        images; the loss is then `negative_aware.classification_loss`.

    Returns: ClassifierOutcome.
    Raises:
      InputError: not images, too small ones, data sets that do not fit each other, a batch larger
        than `train`, a checkpoint of another network.
      NotFinite: the loss or a weight diverged; the last checkpoint is that of a good epoch.
    """
    check_data(train, test, options)
    trainer = _Trainer(network, train, options, negatives)
    metadata = run_settings(network, train, options) | trainer.statistics
    metadata |= negatives.settings if negatives else {}
    classifier = KerasClassifier(trainer.model, train.class_names, metadata)
    if start:
        checkpoints.restore(trainer.state, run.checkpoints, start)
    rows = run.read_log(start)
    stop = StopOnSignal()
    bar = _bar(network, trainer.steps, start, options.epochs, progress)
    stop.on_train_begin()
    try:
        for epoch in range(start, options.epochs):
            row = trainer.run_epoch(epoch, bar, stop)
            if row is None:
                break
            reached = accuracy(classifier, test)
            rows.append(row | {"test_accuracy": reached})
            bar.set_description(f"{network}, test accuracy {reached:.2%}", refresh=False)
            _save(trainer, run, rows)
    finally:
        stop.restore()
        bar.close()
    done = rows[-1]["epoch"] if rows else start
    reached = rows[-1]["test_accuracy"] if rows else None
    if done == options.epochs:
        classifier.metadata["test_accuracy"] = reached
        classifier.save(run.classifier_file)
    return ClassifierOutcome(classifier, reached, done, stop.received)


def check_data(train, test, options):
    """Raises InputError unless the two data sets are images that fit each other."""
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


def standardisation(train, options):
    """What a classifier standardises its images with, see `ClassifierOptions.standardise`.

    Returns: (mean, variance), float64 [C] each, in the units that networks take.
    """
    mean, std = channel_statistics(train.samples)
    if options.standardise == "images":
        # One by one: a large data set in float64 would take gigabytes.
        std = np.mean([image.std(axis=(0, 1)) for image in train.samples], axis=0)
    return (mean - 127.5) / 128, np.square(std / 128)


class _Trainer:
    """The network, its optimizer and the training step."""

    def __init__(self, network, train, options, negatives=None):
        self.train = train
        self.options = options
        self.negatives = negatives
        self.steps = train.num_samples // options.batch_size
        mean, variance = standardisation(train, options)
        self.statistics = {"mean": mean.tolist(), "variance": variance.tolist()}
        self.model = classifiers.build(
            network, train.sample_shape, train.num_classes, mean, variance, options.seed
        )
        self.rate = tf.Variable(0.0, trainable=False)
        optimizer = {"nesterov": NesterovMomentum, "plain": PlainMomentum}[options.momentum]
        self.optimizer = optimizer(lambda: self.rate, MOMENTUM)
        # All state exists from the start, so that a checkpoint is restored in whole.
        self.optimizer._create_all_weights(self.model.trainable_variables)
        self.state = tf.train.Checkpoint(network=self.model, optimizer=self.optimizer)
        self._step = tf.function(self._update, self._signature(), autograph=False)

    def _signature(self):
        """One graph for all numbers of negatives; None without."""
        if self.negatives is None:
            return None
        size, shape = self.options.batch_size, self.train.sample_shape
        # Graphs of different shapes round differently, and a resumed run would trace others.
        return [
            tf.TensorSpec((size, *shape), tf.uint8),
            tf.TensorSpec((size,), tf.int32),
            tf.TensorSpec((None, *shape), tf.float32),
        ]

    def _update(self, samples, labels, negatives=None):
        images = (tf.cast(samples, tf.float32) - 127.5) / 128.0
        all_labels = labels
        if negatives is not None:
            images = tf.concat([images, negatives], axis=0)
            all_labels = tf.concat([labels, tf.fill(tf.shape(negatives)[:1], LABEL)], axis=0)
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)["logits"]
            loss = negative_aware.classification_loss(logits, all_labels)
        gradients = [
            gradient + self.options.weight_decay * variable
            for gradient, variable in zip(tape.gradient(loss, variables), variables, strict=True)
        ]
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        positive_logits = logits[: tf.shape(labels)[0]]
        correct = tf.argmax(positive_logits, axis=1, output_type=labels.dtype) == labels
        return loss, tf.reduce_mean(tf.cast(correct, tf.float32))

    def run_epoch(self, epoch, bar, stop):
        """One pass over the data; the row of the log, or None if a signal cut it short."""
        since = time.monotonic()
        size, train = self.options.batch_size, self.train
        rng = np.random.default_rng([self.options.seed, epoch])
        order = rng.permutation(train.num_samples)
        sums = np.zeros(2)
        for step in range(self.steps):
            if stop.received:
                return None
            rows = order[step * size : (step + 1) * size]
            samples = augmented(train.samples[rows], self.options, rng)
            batch = [samples, train.labels[rows]]
            if self.negatives is not None:
                iteration = epoch * self.steps + step
                batch.append(self.negatives.draw(iteration, self.options, **self.statistics))
            share = (epoch + step / self.steps) / self.options.epochs
            self.rate.assign(learning_rate(self.options, share))
            loss, correct = (float(value) for value in self._step(*batch))
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
            "learning_rate": float(self.rate),
            "train_loss": float(loss),
            "train_accuracy": float(correct),
            "seconds": round(time.monotonic() - since, 3),
        }


def _bar(network, steps, start, epochs, progress):
    terminal = sys.stderr.isatty()
    return tqdm(
        initial=start * steps,
        total=epochs * steps,
        desc=network,
        unit="step",
        dynamic_ncols=terminal,
        # A log file gets a line now and then instead of a redrawn one.
        mininterval=0.2 if terminal else 10.0,
        disable=not progress,
    )


def _save(trainer, run, rows):
    """The log and a checkpoint. A disk that is full is reported, and training goes on."""
    epoch = rows[-1]["epoch"]
    try:
        # The log first: a checkpoint that counts has its row.
        run.write_log(rows)
        checkpoints.save(trainer.state, run.checkpoints, epoch, MAX_TO_KEEP)
    except (OSError, tf.errors.OpError) as error:
        message = " ".join(str(error).split())
        print(f"\nwarning: epoch {epoch} was not saved: {message}", file=sys.stderr)
