"""A classifier that needs no training."""

from amnat.metrics.classifier import ClassifierOutput

import numpy as np


class Means:
    """A classifier whose features are the means of an image's quarters."""

    num_classes = 10
    image_shape = (None, None, None)

    def __call__(self, images):
        half = images.shape[1] // 2
        parts = images.reshape(len(images), 2, half, 2, half, -1).mean(axis=(2, 4, 5))
        features = parts.reshape(len(images), 4).astype(np.float32)
        probabilities = np.full((len(images), 10), 0.1, np.float32)
        return ClassifierOutput(probabilities, np.log(probabilities), features)
