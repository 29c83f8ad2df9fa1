"""The semi-supervised GAN: which samples and labels each part sees, and its losses."""

from amnat.data import Dataset
from amnat.methods.semi_supervised.model import SemiSupervisedGAN
from amnat.methods.semi_supervised.networks import (
    SemiSupervisedDiscriminator,
    SemiSupervisedGenerator,
)
from amnat.models import NormalLatent
from amnat.models.labelled_batches import LabelledBatches
from amnat.models.techniques import Techniques, with_techniques
from amnat.rng import RNG
from amnat.training.optimizers import TorchAdam

import numpy as np
import pytest
import tensorflow as tf

K, LABELLED = 3, 6
NUMPY_RNG = np.random.default_rng(0)
UNLABELLED = tf.constant(NUMPY_RNG.uniform(-1, 1, (4, 4, 4, 1)), tf.float32)


def labelled_set():
    samples = NUMPY_RNG.integers(0, 256, (LABELLED, 4, 4, 1)).astype(np.uint8)
    labels = np.arange(LABELLED, dtype=np.int32) % K
    return Dataset("tiny", "train", samples, labels, K, tuple("abc"))


DATASET = labelled_set()


def build(extra=0, baseline=True, method=SemiSupervisedGAN, **kwargs):
    def discriminator():
        network = SemiSupervisedDiscriminator(K + extra, (6, 5), seed=2)
        return network.build_variables((4, 4, 1))

    model = method(
        SemiSupervisedGenerator((4, 4, 1), (5,), seed=1).build_variables((3,)),
        discriminator(),
        NormalLatent(3),
        seed=1,
        num_classes=K,
        labelled=LabelledBatches(DATASET, 4, seed=7),
        baseline=discriminator() if baseline else None,
        **kwargs,
    )
    model.compile(*(TorchAdam(0.01, 0.5, 0.999, 1e-8) for _ in model.players()))
    return model


def test_batches_are_permutations_epoch_after_epoch():
    batches = LabelledBatches(DATASET, 4, seed=7)
    images = DATASET.images.reshape(LABELLED, -1)
    rows = []
    for number in range(6):
        samples, labels = batches(number)
        found = [int(np.argmin(np.abs(images - s).sum(1))) for s in np.reshape(samples, (4, -1))]
        np.testing.assert_array_equal(labels, DATASET.labels[found])
        rows += found
    epochs = np.reshape(rows, (4, LABELLED))
    assert all(sorted(epoch) == list(range(LABELLED)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_replicas_share_a_batch_out():
    batches = LabelledBatches(DATASET, 4, seed=7)
    whole = batches(5)[0]
    parts = [batches(tf.constant(5, tf.int64), part, 2)[0] for part in range(2)]
    np.testing.assert_array_equal(tf.concat(parts, 0), whole)


def softplus(x):
    return np.logaddexp(0, x)


@pytest.mark.parametrize("extra", [0, 1])
def test_discriminator_loss(extra):
    model = build(extra, unsupervised_weight=0.5, real_target=0.9)
    samples, labels = model.labelled(0)
    batch = (UNLABELLED, tf.zeros([4], tf.int32), samples, labels)
    loss, logs = model.discriminator_loss(batch, RNG(5, 0))
    rng = RNG(5, 0)
    fake = model.generator(model.latent(rng, 4))
    logits = [
        model.discriminator(images, rng=rng.child(name)).numpy().astype(np.float64)
        for images, name in ((UNLABELLED, "real"), (fake, "fake"), (samples, "labelled"))
    ]

    def binary(values):
        rest = values[:, K] if extra else 0.0
        return np.log(np.exp(values[:, :K]).sum(1)) - rest

    real, generated = binary(logits[0]), binary(logits[1])
    real_part = 0.9 * softplus(-real) + 0.1 * softplus(real)
    classes = logits[2][:, :K]
    chosen = classes[np.arange(4), labels.numpy()]
    class_part = np.mean(np.log(np.exp(classes).sum(1)) - chosen)
    expected = 0.5 * (real_part.mean() + softplus(generated).mean()) + class_part
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(logs["loss_dis_class"], class_part, rtol=1e-5)
    np.testing.assert_allclose(logs["logit_real_r2"], real.mean(), rtol=1e-4)
    correct = np.mean(classes.argmax(1) == labels.numpy())
    np.testing.assert_allclose(logs["accuracy_real"], correct)


@pytest.mark.parametrize("saturating", [False, True])
def test_generators_own_loss(saturating):
    model = build(saturating=saturating)
    logits = tf.constant(NUMPY_RNG.normal(size=(4, K)), tf.float32)
    binary = np.log(np.exp(logits.numpy().astype(np.float64)).sum(1))
    expected = -softplus(binary).mean() if saturating else softplus(-binary).mean()
    np.testing.assert_allclose(model.adversarial_generator_loss(logits), expected, rtol=1e-5)


def test_labels_of_the_training_batches_are_not_used():
    states = []
    for labels in ([0, 0, 0, 0], [2, 1, 2, 1]):
        model = build()
        logs = model.train_step((UNLABELLED, tf.constant(labels)))
        assert set(logs) == set(model.log_names)
        states.append([variable.numpy() for variable in model.variables])
    for one, other in zip(*states, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_baseline_sees_the_labelled_samples_alone():
    finals = []
    for shift in (0.0, 0.3):
        model = build()
        for _ in range(2):
            model.train_step((UNLABELLED + shift, tf.zeros([4], tf.int32)))
        finals.append((model.baseline.get_weights(), model.discriminator.get_weights()))
    (one, changed), (other, otherwise) = finals
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(np.any(a != b) for a, b in zip(changed, otherwise, strict=True))


def test_feature_matching_takes_the_unlabelled_batch():
    method = with_techniques(
        SemiSupervisedGAN, Techniques(feature_matching="sum_squares", real_target=0.9)
    )
    model = build(method=method, baseline=False)
    assert model.real_target == 0.9
    loss, logs = model.generator_loss((UNLABELLED, None), RNG(5, 0))
    rng = RNG(5, 0)
    fake = model.generator(model.latent(rng, 4))
    means = []
    for images, name in ((fake, "fake"), (UNLABELLED, "matched")):
        with model.discriminator.recording() as steps:
            model.discriminator(images, rng=rng.child(name))
        means.append(np.mean(dict(steps)["discriminator/features"], axis=0))
    np.testing.assert_allclose(loss, np.sum((means[0] - means[1]) ** 2), rtol=1e-5)
    assert set(model.train_step((UNLABELLED, tf.zeros([4], tf.int32)))) == set(model.log_names)
