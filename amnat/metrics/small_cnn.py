"""A small classifier for 32x32 digits that trains in seconds, for the scores of demos and tests."""

from __future__ import annotations

import hashlib
import os
import tempfile

from amnat import json_text
from amnat.data.cache import read_or_make
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.metrics.classifier import Classifier
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.networks.classifiers.small import MIN_SIZE, build_small_cnn

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm

# This is part of the cache key: raise it with every change to the network or its training.
VERSION = 1
BATCH_SIZE = 64
PEAK_LEARNING_RATE = 4e-3
MAX_SHIFT = 2
# Without `epochs`, the total number of training images seen is about this, within bounds.
DEFAULT_IMAGES_SEEN = 18_000
MIN_EPOCHS, MAX_EPOCHS = 8, 40


def default_epochs(num_images: int) -> int:
    """The epochs for `num_images` images: 13 for scikit-learn's 1,437 digits, 8 for MNIST."""
    return int(np.clip(round(DEFAULT_IMAGES_SEEN / num_images), MIN_EPOCHS, MAX_EPOCHS))


def train_small_cnn(
    train: Dataset, test: Dataset, seed: int = 0, epochs: int | None = None, progress: bool = True
) -> tuple[KerasClassifier, float]:
    """Trains the small CNN, in about 10 s for scikit-learn's digits on two CPU cores.

    It uses Adam with a cosine schedule from PEAK_LEARNING_RATE to 0 and the cross-entropy loss.
    Images are shifted by up to MAX_SHIFT pixels and not mirrored (which would turn digits into
    other shapes). On a CPU the result only depends on the arguments; GPU convolutions sum in
    varying order.

    Args:
      train, test: amnat.data.Dataset of images. Images are standardised per channel by `train`.
      seed: int, the seed of weights, data order and shifts.
      epochs: number of passes over `train`; None chooses it by the size (`default_epochs`).
      progress: whether to show a bar with the remaining time on stderr.

    Returns:
      (KerasClassifier, accuracy on `test` in [0, 1]); the metadata of the classifier holds the
      accuracy and the settings.

    Raises:
      InputError: if the data are not images, the data sets do not fit each other, or epochs < 1.
    """
    _check_data(train, test)
    epochs = default_epochs(len(train.labels)) if epochs is None else epochs
    if epochs < 1:
        raise InputError(f"epochs: {epochs}, expected at least 1")
    images, axes = train.images, (0, 1, 2)
    mean = images.mean(axes, dtype=np.float64)
    variance = images.var(axes, dtype=np.float64)
    model = build_small_cnn(images.shape[1:], train.num_classes, mean, variance, seed)
    _fit(model, images, train.labels, seed, epochs, progress)
    metadata = {"network": "small_cnn", "version": VERSION, "seed": seed, "epochs": epochs}
    classifier = KerasClassifier(model, train.class_names, metadata)
    classifier.metadata["test_accuracy"] = accuracy(classifier, test)
    return classifier, classifier.metadata["test_accuracy"]


def _fit(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    seed: int,
    epochs: int,
    progress: bool,
) -> None:
    batch_size = min(BATCH_SIZE, len(images))
    steps = len(images) // batch_size
    schedule = keras.optimizers.schedules.CosineDecay(PEAK_LEARNING_RATE, steps * epochs)
    optimizer = keras.optimizers.Adam(schedule)
    # Label smoothing would give even real images a high entropy, which would spoil the AM Score.
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def run_epoch(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        loss = tf.constant(0.0)
        for step in tf.range(steps):
            rows = slice(step * batch_size, (step + 1) * batch_size)
            with tf.GradientTape() as tape:
                logits = model(images[rows], training=True)["logits"]
                loss = loss_of(labels[rows], logits)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    bar = tqdm(range(epochs), "classifier", unit="epoch", disable=not progress)
    for epoch in bar:
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(images))[: steps * batch_size]
        shifted = random_shifts(images[order], MAX_SHIFT, rng)
        loss = run_epoch(tf.constant(shifted), tf.constant(labels[order], tf.int32))
        bar.set_postfix(loss=f"{float(loss):.3f}")


def random_shifts(images: np.ndarray, max_shift: int, rng: np.random.Generator) -> np.ndarray:
    """Shifts each image by its own random number of pixels; the edge is repeated in the gap.

    Args:
      images: [N, H, W, C].
      max_shift: the largest shift in every direction, in pixels.
      rng: numpy Generator.

    Returns:
      A new array of the same shape and dtype.
    """
    pad = (max_shift, max_shift)
    padded = np.pad(images, ((0, 0), pad, pad, (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(  # type: ignore[call-overload]
        padded, images.shape[1:3], axis=(1, 2)
    )
    down, right = rng.integers(2 * max_shift + 1, size=(2, len(images)))
    # The window axes come last, after the channels.
    shifted = windows[np.arange(len(images)), down, right]
    return np.ascontiguousarray(shifted.transpose(0, 2, 3, 1))


def content_key(train: Dataset, seed: int = 0, epochs: int | None = None) -> str:
    """A digest of the arguments of `train_small_cnn`.

    Equal keys mean equal classifiers on one processor with one TensorFlow.

    Args:
      train, seed, epochs: as for `train_small_cnn`.

    Returns:
      str of 64 hexadecimal digits (SHA-256), which can be used in a file name.
    """
    epochs = default_epochs(len(train.labels)) if epochs is None else epochs
    settings = [VERSION, int(seed), int(epochs), train.num_classes, list(train.class_names)]
    digest = hashlib.sha256(json_text.dumps(settings).encode())
    for array in (train.samples, train.labels):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def cached_small_cnn(
    cache_dir: str | os.PathLike[str],
    train: Dataset,
    test: Dataset,
    seed: int = 0,
    epochs: int | None = None,
    progress: bool = True,
) -> tuple[KerasClassifier, float]:
    """Calls `train_small_cnn`, or reads the result of an earlier call with equal arguments.

    On another processor, equal arguments train other weights: what is computed with a classifier
    belongs to its weights (`KerasClassifier.digest`), not to the arguments.

    Args:
      cache_dir: folder of the .keras files, which is created if it is missing. If several processes
        need the same classifier, one of them trains it.
      others: see `train_small_cnn`.

    The result and the errors are those of `train_small_cnn`; a damaged file in `cache_dir` and a
    folder that cannot be written to also raise InputError.
    """
    key = content_key(train, seed, epochs)
    path = os.path.join(cache_dir, f"small_cnn_{train.name}_{key[:16]}.keras")

    def read() -> KerasClassifier | None:
        return KerasClassifier.load(path) if os.path.exists(path) else None

    def make() -> KerasClassifier:
        classifier, _ = train_small_cnn(train, test, seed, epochs, progress)
        return classifier

    if not os.path.exists(path):
        _check_data(train, test)
        _check_writable(cache_dir)
    classifier = read_or_make(path, read, make, lambda trained: trained.save(path))
    return classifier, accuracy(classifier, test)


def _check_writable(cache_dir: str | os.PathLike[str]) -> None:
    """Raises InputError before the training if its result could not be stored."""
    try:
        os.makedirs(cache_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache_dir):
            pass
    except OSError as error:
        raise InputError(
            f"{os.fspath(cache_dir)}: the classifier for the scores cannot be stored there "
            f"({error.strerror}); choose another folder, or another classifier"
        ) from error


def accuracy(classifier: Classifier, dataset: Dataset) -> float:
    """The share of images in `dataset` whose largest logit is that of their label, in [0, 1]."""
    return float(np.mean(classifier(dataset.images).logits.argmax(axis=1) == dataset.labels))


def _check_data(train: Dataset, test: Dataset) -> None:
    for dataset in (train, test):
        where = f"data set '{dataset.name}' ({dataset.split})"
        if not dataset.is_image or min(dataset.sample_shape[:2]) < MIN_SIZE:
            raise InputError(
                f"{where}: samples of shape {list(dataset.sample_shape)}, expected images of at "
                f"least {MIN_SIZE}x{MIN_SIZE} pixels"
            )
    train_form, test_form = ((d.sample_shape, d.num_classes) for d in (train, test))
    if train_form != test_form:
        raise InputError(
            f"data set '{test.name}' (test): shape and classes {test_form}, expected those of "
            f"the training images, {train_form}"
        )
