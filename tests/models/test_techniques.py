"""Techniques as a mixin: each against its definition, on methods that know nothing of them."""

import functools

from amnat.layers.instance_noise import InstanceNoise
from amnat.methods.am_gan.model import AMGAN
from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.methods.nat_gan.model import NATGAN
from amnat.models import GAN, NormalLatent
from amnat.models.techniques import Techniques, last_hidden, with_techniques
from amnat.rng import RNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf

RATE, WEIGHT = 0.05, 0.25
NUMPY_RNG = np.random.default_rng(0)
POINTS = NUMPY_RNG.normal(size=(6, 2)).astype(np.float32)
BATCH = tf.constant(POINTS), tf.constant([0, 1, 1, 0, 1, 0])


@functools.cache
def networks(num_logits):
    return MLPGenerator(4).build_variables((3,)), MLPDiscriminator(num_logits, 4).build_variables(
        (2,)
    )


def build(method, num_logits=1, **techniques):
    generator, discriminator = networks(num_logits)
    discriminator.preprocess = None
    cls = with_techniques(method, Techniques(**techniques))
    model = cls(generator, discriminator, NormalLatent(3), seed=1)
    model.compile(make_optimizer("sgd", RATE), make_optimizer("sgd", RATE))
    return model


def weights(network):
    return [variable.numpy() for variable in network.trainable_variables]


@pytest.fixture
def start():
    """The networks are shared: every test leaves them as they were."""
    kept = {count: [n.get_weights() for n in networks(count)] for count in (1, 3)}
    yield
    for count, values in kept.items():
        for network, value in zip(networks(count), values, strict=True):
            network.set_weights(value)


def test_a_method_without_techniques_is_itself():
    assert with_techniques(GAN, Techniques()) is GAN
    assert Techniques().describe() == []


def test_what_is_on_is_listed():
    names = Techniques(0.9, "mean_squares", 2.0, 0.5, 0.1, 0.3, 1000).describe()
    assert names == [
        "label smoothing (real target 0.9)",
        "feature matching (mean_squares, weight 2, adversarial weight 0.5)",
        "historical averaging (weight 0.1)",
        "instance noise (stddev 0.3 until iteration 1,000)",
    ]


def cross_entropy(logits, targets):
    shifted = logits - logits.max(1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return -np.mean(np.sum(targets * log_probabilities, axis=1))


def entropy(targets):
    return -np.mean(np.sum(targets * np.log(targets), axis=1))


@pytest.mark.parametrize("method, width, rest", [(AMGAN, 3, 2), (NATGAN, 2, None)])
def test_real_targets_are_smoothed(method, width, rest):
    """0.9 for the class, the rest where generated samples belong: a class of theirs, or all."""
    labels = BATCH[1].numpy()
    real, fake = NUMPY_RNG.normal(size=(2, 6, width))
    one_hot, elsewhere = np.eye(width)[labels], np.full((6, width), 1 / width)
    if rest is not None:
        elsewhere = np.eye(width)[[rest] * 6]
    model = with_techniques(method, Techniques(real_target=0.9)).__new__(
        with_techniques(method, Techniques(real_target=0.9))
    )
    part, fake_part = model.real_fake_losses(tf.constant(real), BATCH[1], tf.constant(fake))
    expected = cross_entropy(real, 0.9 * one_hot + 0.1 * elsewhere)
    # NAT-GAN's divergence is its cross-entropy less the entropy of even targets.
    expected -= 0.1 * entropy(elsewhere) if rest is None else 0.0
    np.testing.assert_allclose(part, expected, rtol=1e-6)
    plain = method.real_fake_losses(model, tf.constant(real), BATCH[1], tf.constant(fake))
    np.testing.assert_allclose(fake_part, plain[1])


def test_real_target_of_one_logit():
    cls = with_techniques(GAN, Techniques(real_target=0.9))
    logits = NUMPY_RNG.normal(size=(6, 1))
    part, _ = cls.__new__(cls).real_fake_losses(tf.constant(logits), None, tf.constant(logits))
    log_sigmoid = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    np.testing.assert_allclose(part, -np.mean(0.9 * log_sigmoid[0] + 0.1 * log_sigmoid[1]))


def test_historical_averaging(start):
    model = build(GAN, historical_averaging=WEIGHT)
    pasts = {"dis": [], "gen": []}
    for step in range(3):
        for role, network in (("dis", model.discriminator), ("gen", model.generator)):
            pasts[role].append(weights(network))
        logs = model.train_step(BATCH)
        for role, past in pasts.items():
            means = [np.mean(values, axis=0) for values in zip(*past, strict=True)]
            distance = sum(
                np.sum((now - mean).astype(np.float64) ** 2)
                for now, mean in zip(past[-1], means, strict=True)
            )
            logged = logs[f"loss_{role}_history"]
            np.testing.assert_allclose(logged, WEIGHT * distance, rtol=1e-4, atol=1e-9)
            assert (distance > 0) == (step > 0)


def test_historical_averaging_pulls_towards_the_mean(start):
    """Against the same update without it: the difference is -rate * 2 * weight * (now - mean)."""
    model = build(GAN, historical_averaging=WEIGHT)
    model.train_step(BATCH)
    now = weights(model.discriminator)
    means = [mean.numpy() for mean in model.histories["dis"]]
    state = [network.get_weights() for network in networks(1)]
    model.train_step(BATCH)
    pulled = weights(model.discriminator)
    for network, value in zip(networks(1), state, strict=True):
        network.set_weights(value)
    plain = build(GAN)
    plain.iteration.assign(1)
    plain.train_step(BATCH)
    for one, other, value, mean in zip(
        pulled, weights(plain.discriminator), now, means, strict=True
    ):
        expected = -RATE * 2 * WEIGHT * (value - mean)
        np.testing.assert_allclose(one - other, expected, atol=3e-7)
        assert np.abs(expected).max() > 0 or value.size == 0


def test_historical_averaging_goes_on_from_a_checkpoint(start, tmp_path):
    model = build(GAN, historical_averaging=WEIGHT)
    model.train_step(BATCH)
    tf.train.Checkpoint(model=model).write(str(tmp_path / "c"))
    model.train_step(BATCH)
    after = [v.numpy() for v in (*model.discriminator.weights, *model.histories["dis"])]
    resumed = build(GAN, historical_averaging=WEIGHT)
    tf.train.Checkpoint(model=resumed).read(str(tmp_path / "c")).assert_consumed()
    resumed.train_step(BATCH)
    others = [v.numpy() for v in (*resumed.discriminator.weights, *resumed.histories["dis"])]
    for one, other in zip(after, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_feature_matching(start):
    model = build(GAN, feature_matching="mean_squares", feature_matching_weight=3.0)
    rng = RNG(5, 0)
    loss, logs = model.generator_loss(BATCH, rng)
    fake = model.generator(model.latent(RNG(5, 0), 6))
    means = []
    for samples in (fake, BATCH[0]):
        with model.discriminator.recording() as steps:
            model.discriminator(samples)
        assert [name for name, _ in steps][-2:] == [
            "discriminator/activation4", "discriminator/linear",
        ]  # fmt: skip
        means.append(np.mean(steps[-2][1], axis=0))
    expected = np.mean((means[0] - means[1]) ** 2)
    np.testing.assert_allclose(logs["loss_gen_matching"], expected, rtol=1e-5)
    np.testing.assert_allclose(loss, 3 * expected, rtol=1e-5)
    assert set(model.train_step(BATCH)) == set(model.log_names)


def test_feature_matching_beside_the_adversarial_loss(start):
    model = build(GAN, feature_matching="sum_squares", adversarial_weight=0.5)
    loss, logs = model.generator_loss(BATCH, RNG(5, 0))
    expected = logs["loss_gen_matching"] + 0.5 * logs["loss_gen_gan"]
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


def test_last_hidden_prefers_the_step_of_that_name():
    steps = [("d/features", 1), ("d/noise", 2), ("d/minibatch", 3), ("d/linear", 4)]
    assert last_hidden(steps) == 1 and last_hidden(steps[1:]) == 2


def test_instance_noise_fades():
    iteration = tf.Variable(0, dtype=tf.int64)
    noise = InstanceNoise(0.5, 100, iteration)
    rng = RNG(3, 0)
    images = tf.zeros([200, 200])
    noisy = noise(images, rng)
    np.testing.assert_allclose([np.mean(noisy), np.std(noisy)], [0.0, 0.5], atol=0.01)
    iteration.assign(75)
    np.testing.assert_allclose(noise(images, RNG(3, 0)), 0.25 * noisy, rtol=1e-6)
    for done in (100, 1000):
        iteration.assign(done)
        np.testing.assert_array_equal(noise(images, RNG(3, 0)), images)
    assert InstanceNoise(0.5, 0, iteration).level().numpy() == 0.5
    assert noise(images, None) is images


def test_instance_noise_is_on_all_that_the_discriminator_is_shown(start):
    model = build(GAN, instance_noise=0.1)
    seen = {}
    noise = model.discriminator.preprocess

    def watch(inputs, rng):
        outputs = noise(inputs, rng)
        seen[rng._prefix] = outputs - inputs
        return outputs

    model.discriminator.preprocess = watch
    model.train_step(BATCH)
    model.discriminator.preprocess = None
    assert list(seen) == ["d0/real/", "d0/fake/", "g0/fake/"]
    for prefix, added in seen.items():
        draw = RNG(1, 0, prefix).normal("instance_noise", [6, 2])
        np.testing.assert_allclose(added, 0.1 * draw, atol=1e-6)
