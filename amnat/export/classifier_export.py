"""Exports the class head of a discriminator, or a classifier of its own."""

from amnat.export.classifiers import class_probabilities, classify_signature
from amnat.export.copies import copy_network, leave_noise_out, serving_copy
from amnat.export.self_check import Request
from amnat.export.standing_statistics import copy_statistics, measure_statistics

import numpy as np
import tensorflow as tf

CHECKED_IMAGES = (100, 7, 1)
# Of the order in which real samples are taken.
SHUFFLE_SEED = 0


class DiscriminatorExport:
    """What `write_export` needs of a discriminator's class head, which itself stays as it is.

    Noise and dropout give their expectation. Standing statistics are those of real samples, which
    have batches of their own in training: generated ones are judged by the same.

    Args:
      discriminator: `amnat.networks.Network` whose first K logits are those of the K classes.
      dataset: `amnat.data.Dataset` that it was trained on.
      batch_size: of training.
      options: `ExportOptions`.

    Attributes:
      signatures, requests: as those of `GeneratorExport`.
    """

    def __init__(self, discriminator, dataset, batch_size, options):
        shape, classes = dataset.sample_shape, dataset.num_classes
        order = np.random.default_rng(SHUFFLE_SEED).permutation(dataset.num_samples)

        def draw(number, count=batch_size):
            rows = np.arange(number * count, (number + 1) * count) % dataset.num_samples
            return tf.constant(dataset.subset(order[rows]).images)

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
    """What `write_export` needs of a `amnat.metrics.keras_classifier.KerasClassifier`."""

    def __init__(self, classifier):
        shape, classes = tuple(classifier.image_shape), classifier.num_classes
        model = classifier.model

        def classify(images):
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


def check_requests(classify, samples, counts, signature="classify"):
    """Requests of several sizes with the same first samples.

    Args:
      classify: of the live model.
      samples: float [N, ...].
      counts: how many of them to send.
      signature: name.
    """
    expected = classify(samples).numpy()
    name = "images" if samples.shape.rank == 4 else "points"
    return [
        Request(
            f"{count} {name}",
            signature,
            {name: samples[:count].numpy()},
            {"probabilities": expected[:count]},
        )
        for count in counts
    ]
