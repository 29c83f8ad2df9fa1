"""Exports the class head of a discriminator, or a separate classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from amnat.data.dataset import Dataset
from amnat.export.classifiers import class_probabilities, classify_signature
from amnat.export.copies import copy_network, leave_noise_out, serving_copy
from amnat.export.generator_export import ExportOptions
from amnat.export.self_check import Request
from amnat.export.standing_statistics import copy_statistics, measure_statistics
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.networks.network import Network

import numpy as np
import tensorflow as tf

CHECKED_IMAGES = (100, 7, 1)
# The seed of the order in which real samples are used.
SHUFFLE_SEED = 0


def real_batches(dataset: Dataset, batch_size: int) -> Callable[..., tf.Tensor]:
    """A function (number of a batch, batch size) -> samples, float [batch size, ...].

    The samples are in one fixed random order. The batch size is `batch_size` by default.
    """
    order = np.random.default_rng(SHUFFLE_SEED).permutation(dataset.num_samples)

    def draw(number: int, count: int = batch_size) -> tf.Tensor:
        rows = np.arange(number * count, (number + 1) * count) % dataset.num_samples
        return tf.constant(dataset.subset(order[rows]).images)

    return draw


class DiscriminatorExport:
    """The export of a discriminator's class head for `write_export`; it changes only copies.

    Noise and dropout return their expectation. Standing statistics are those of real samples, which
    have separate batches in training; they are also used for generated samples.

    Args:
      discriminator: `amnat.networks.Network` whose first K logits are those of the K classes.
      dataset: `amnat.data.Dataset` that the discriminator was trained on.
      batch_size: the training batch size.
      options: `ExportOptions`.

    Attributes:
      signatures, requests: see `GeneratorExport`.
    """

    def __init__(
        self, discriminator: Network, dataset: Dataset, batch_size: int, options: ExportOptions
    ):
        shape, classes = dataset.sample_shape, dataset.num_classes
        draw = real_batches(dataset, batch_size)
        with tf.device("/CPU:0"):
            live = copy_network(discriminator, shape)
            leave_noise_out(live)
            served = serving_copy(discriminator, shape)
            if not options.batch_statistics:
                count = options.standing_batches
                measures = options.layer_by_layer, options.total_variance
                measure_statistics(live, draw, count, *measures)
                copy_statistics(live, served)
        self.signatures = [classify_signature(class_probabilities(served, classes), shape, classes)]
        samples = draw(0, batch_size if options.batch_statistics else max(CHECKED_IMAGES))
        counts = [batch_size] if options.batch_statistics else CHECKED_IMAGES
        self.requests = check_requests(class_probabilities(live, classes), samples, counts)


class ClassifierExport:
    """The export of an `amnat.metrics.keras_classifier.KerasClassifier` for `write_export`."""

    def __init__(self, classifier: KerasClassifier):
        # Classifiers that amnat trains have a fixed image size.
        shape = cast(tuple[int, ...], tuple(classifier.image_shape))
        classes = classifier.num_classes
        model = classifier.model

        def classify(images: tf.Tensor) -> tf.Tensor:
            return tf.nn.softmax(model(images, training=False)["logits"])

        self.signatures = [
            classify_signature(classify, shape, classes, name)
            for name in ("serving_default", "classify")
        ]
        shape = (max(CHECKED_IMAGES), *shape)
        images = np.random.default_rng(SHUFFLE_SEED).uniform(-1, 1, shape).astype(np.float32)
        with tf.device("/CPU:0"):
            self.requests = [
                request
                for signature in self.signatures
                for request in check_requests(
                    classify, tf.constant(images), CHECKED_IMAGES, signature.name
                )
            ]
        self.metadata = {"class_names": list(classifier.class_names)}


def check_requests(
    classify: Callable[[tf.Tensor], tf.Tensor],
    samples: tf.Tensor,
    counts: Sequence[int],
    signature: str = "classify",
    output: str = "probabilities",
) -> list[Request]:
    """Makes requests of several sizes that all begin with the same samples.

    Args:
      classify: the function of the live model.
      samples: float [N, ...].
      counts: the number of samples of each request.
      signature, output: names of the signature and of what it returns.
    """
    expected = classify(samples).numpy()
    name = "images" if samples.shape.rank == 4 else "points"
    return [
        Request(
            f"{count} {name}",
            signature,
            {name: samples[:count].numpy()},
            {output: expected[:count]},
        )
        for count in counts
    ]
