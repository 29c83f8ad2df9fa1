"""Every method class on tiny plain Keras networks, for tests of what networks and data must be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from amnat import data
from amnat.methods.am_gan.model import AMGAN, NegativesAMGAN
from amnat.methods.am_gan_paper.model import ClassAwareGAN
from amnat.methods.am_gan_paper.objective import METHODS as ROWS
from amnat.methods.dist_gan.model import DistGAN
from amnat.methods.dist_gan.seed_variant import SeedDistGAN, seed_objective
from amnat.methods.dist_gan.ssgan import SSGAN
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.model import InfoGAN
from amnat.methods.nat_gan.cat_gan import CatGAN, UnsupervisedCatGAN
from amnat.methods.nat_gan.model import NATGAN
from amnat.methods.pytorch_gan.model import AdversarialGAN
from amnat.methods.semi_supervised.model import SemiSupervisedGAN
from amnat.models import GAN, GANModel
from amnat.models.labelled_batches import LabelledBatches

import numpy as np
import tf_keras as keras
from tf_keras import layers

SIDE, NUM_CLASSES = 4, 3


def samples(count=12):
    """(images float32 [count, 4, 4, 1] in [-1, 1], labels [count] in [0, 3))."""
    images = np.random.default_rng(0).uniform(-1, 1, (count, SIDE, SIDE, 1))
    return images.astype(np.float32), np.arange(count) % NUM_CLASSES


def generator(size=6, side=SIDE, end="tanh"):
    return keras.Sequential(
        [
            layers.Input((size,)),
            layers.Dense(8),
            layers.BatchNormalization(),
            layers.Dense(side * side, activation=end),
            layers.Reshape((side, side, 1)),
        ]
    )


def discriminator(logits, end=None):
    """It has no variables before it is called."""
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(8),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.2),
            layers.Dense(8),
            layers.LeakyReLU(0.2),
            layers.Dense(logits, activation=end),
        ]
    )


def critic(labels):
    images = layers.Input((SIDE, SIDE, 1))
    h = layers.BatchNormalization()(layers.Dense(8)(layers.Flatten()(images)))
    return keras.Model(images, [layers.Dense(count)(h) for count in (1, 2, labels)])


def labelled():
    images, labels = samples()
    pixels = np.round(images * 127 + 128).astype(np.uint8)
    names = ("a", "b", "c")
    dataset = data.Dataset("tiny", "train", pixels, labels.astype(np.int32), NUM_CLASSES, names)
    return LabelledBatches(dataset, 4, 0)


def _semi_supervised(logits):
    return SemiSupervisedGAN(
        generator(),
        discriminator(logits),
        num_classes=NUM_CLASSES,
        labelled=labelled(),
        baseline=discriminator(logits),
    )


@dataclasses.dataclass(frozen=True)
class Case:
    """A method class.

    Attributes:
      make: callable, number of logits (of labels, for a critic) -> the model.
      logits: the number for three classes.
      wrong: a number that the method refuses in `compile`.
      labels: whether it learns from the labels of its batches.
      players: the number of its optimizers.
    """

    make: Callable[[int], GANModel]
    logits: int
    wrong: int
    labels: bool = False
    players: int = 2


def _plain(cls, **kwargs):
    return lambda logits: cls(generator(), discriminator(logits), **kwargs)


CASES = {
    "GAN": Case(_plain(GAN), 1, 3),
    "AdversarialGAN": Case(_plain(AdversarialGAN, update_order="generator_first"), 1, 3),
    "AMGAN": Case(_plain(AMGAN), 4, 1, labels=True),
    "NegativesAMGAN": Case(_plain(NegativesAMGAN), 4, 1, labels=True),
    "NATGAN": Case(_plain(NATGAN), 3, 1, labels=True),
    "CatGAN": Case(_plain(CatGAN), 3, 1, labels=True),
    "UnsupervisedCatGAN": Case(_plain(UnsupervisedCatGAN), 3, 1),
    "ClassAwareGAN": Case(_plain(ClassAwareGAN, objective=ROWS["am_gan"]), 5, 2, labels=True),
    "LabelGAN": Case(_plain(ClassAwareGAN, objective=ROWS["label_gan"]), 5, 2, labels=True),
    "SemiSupervisedGAN": Case(_semi_supervised, 3, 5, players=3),
    "DistGAN": Case(
        lambda logits: DistGAN(generator(), discriminator(logits), discriminator(6)),
        6, 4, players=3,
    ),
    "SeedDistGAN": Case(
        lambda logits: SeedDistGAN(
            generator(), discriminator(logits), discriminator(6), objective=seed_objective(10)
        ),
        6, 1, players=4,
    ),
    "SSGAN": Case(_plain(SSGAN), 5, 1),
    "InfoGAN": Case(
        lambda labels: InfoGAN(generator(9), critic(labels), InfoLatent(4, 3, 2), InfoObjective()),
        3, 4, labels=True, players=3,
    ),
}  # fmt: skip
