"""A translator whose answers are known."""

import types

from amnat.data import Dataset
from amnat.methods.infogan.patch_networks import CriticOutputs
from amnat.methods.translator.domains import Domains
from amnat.methods.translator.latent import TranslationLatent
from amnat.training.run_directory import RunDirectory

import numpy as np
import tensorflow as tf

SIDE = 4


def domains(count=2, sizes=(3, 5), truth=True):
    labels = np.repeat(np.arange(count, dtype=np.int32), sizes)
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 256, (len(labels), SIDE, SIDE, 1)).astype(np.uint8)
    names = tuple("abc"[:count])
    data = Dataset("pairs", "test", samples, labels, count, names)
    return Domains(data, truth=255 - samples if truth else None)


class Translator:
    """Gives negatives, brighter by `error`; tells domains by the code that it was given."""

    seed = 0

    def __init__(self, count=2, error=0.0):
        self.latent = TranslationLatent((SIDE, SIDE, 1), count, 2)
        self.error = error
        self.asked = []

    def sample(self, latents):
        images, space, labels = tf.split(latents, [SIDE**2, 2, self.latent.num_domains], axis=1)
        self.asked.append((space, labels))
        return tf.reshape(self.error - images, [-1, SIDE, SIDE, 1])

    def discriminator(self, images):
        """Everything is of domain 1."""
        logits = tf.tile(tf.one_hot([1], self.latent.num_domains), [tf.shape(images)[0], 1])
        return CriticOutputs(logits, logits, logits)


def run_directory(folder):
    run = RunDirectory(folder)
    run.create([])
    return run


def attached(callback, model):
    callback.set_model(types.SimpleNamespace(stop_training=False))
    callback.model = model
    callback.on_train_begin()
    return callback
