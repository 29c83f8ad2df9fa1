"""The arrays behind scores.json, from numpy's frozen RandomState."""

import numpy as np

NUM_CLASSES = 10
SPLITS = 7
IMAGES_PER_CLASS = 10
IMAGE_CLASSES = 3


def probabilities():
    """{name: (samples' [N, K], reference [M, K])}, float64."""
    rng = np.random.RandomState(0)
    sharp = _softmax(5 * rng.standard_normal((203, NUM_CLASSES)))
    flat = _softmax(0.3 * rng.standard_normal((150, NUM_CLASSES)) + np.linspace(0, 1, NUM_CLASSES))
    # What a collapsed generator gives: certain answers, and classes that are never one of them.
    one_hot = np.eye(NUM_CLASSES)[rng.randint(0, 4, 80)]
    return {
        "sharp": (sharp, _softmax(8 * rng.standard_normal((301, NUM_CLASSES)))),
        "flat": (flat, sharp),
        "one_hot": (one_hot, sharp),
    }


def features():
    """{name: (samples' [N, F], reference [M, F])}, float64."""
    rng = np.random.RandomState(1)

    def draw(count, width, rank, shift=0.0, scale=1.0):
        mixing = np.random.RandomState(2).standard_normal((rank, width))
        return scale * rng.standard_normal((count, rank)) @ mixing + shift

    return {
        "full": (draw(300, 12, 12), draw(400, 12, 12, 0.3, 1.4)),
        "activations": (
            np.maximum(draw(250, 32, 32), 0),
            np.maximum(draw(310, 32, 32, 0.5, 0.8), 0),
        ),
        "few_samples": (draw(40, 64, 64), draw(50, 64, 64, 0.2, 1.3)),
        "low_rank": (draw(120, 48, 9), draw(150, 48, 9, 0.1, 1.2)),
    }


def images():
    """float32 [IMAGE_CLASSES * IMAGES_PER_CLASS, 32, 32, 3] in [-1, 1], class after class.

    The images of class 0 differ in everything, those of the last class hardly.
    """
    rng = np.random.RandomState(3)
    result = []
    for label in range(IMAGE_CLASSES):
        shared = _blobs(rng, 1)
        own = _blobs(rng, IMAGES_PER_CLASS)
        share = label / (IMAGE_CLASSES - 0.5)
        noise = 0.1 * rng.standard_normal(own.shape)
        result.append(np.clip(share * shared + (1 - share) * own + noise, -1, 1))
    return np.concatenate(result).astype(np.float32)


def _softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _blobs(rng, count):
    coarse = rng.standard_normal((count, 4, 4, 3))
    return np.tanh(np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2))
