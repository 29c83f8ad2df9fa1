"""NAT-GAN, CatGAN and AM-GAN with external negatives: what reaches which loss.

The losses themselves are in tests/losses, the updates in test_am_gan_golden.py.
"""

from amnat.methods.am_gan.model import AMGAN, NegativesAMGAN
from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.methods.nat_gan.cat_gan import CatGAN, UnsupervisedCatGAN
from amnat.methods.nat_gan.model import NATGAN
from amnat.models import NormalLatent
from amnat.rng import RNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf
import tiny

K = 2
NUMPY_RNG = np.random.default_rng(2)
NEGATIVES = tf.constant(3 * NUMPY_RNG.normal(size=(4, 2)), tf.float32)
METHODS = (NATGAN, CatGAN, UnsupervisedCatGAN, NegativesAMGAN)


def _batch(*negatives):
    data = tiny.dataset()
    return (tf.constant(data.samples[:10]), tf.constant(data.labels[:10]), *negatives)


def _model(method, **kwargs):
    num_logits = K + issubclass(method, AMGAN)
    generator = MLPGenerator(8).build_variables((3,))
    discriminator = MLPDiscriminator(num_logits, 8).build_variables((2,))
    gan = method(generator, discriminator, NormalLatent(3), seed=1, **kwargs)
    gan.compile(make_optimizer("adam", 0.01), make_optimizer("adam", 0.01))
    return gan


def _log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def _entropy(probabilities):
    return -(probabilities * np.log(probabilities)).sum(axis=-1)


def _expected_loss(method, real, labels, fake):
    """The discriminator's loss of logits, float64."""
    real, fake = _log_softmax(real), _log_softmax(fake)
    classified = -real[np.arange(len(labels)), labels].mean()
    marginal = _entropy(np.exp(real).mean(axis=0))
    if method is NATGAN:
        return classified + (np.log(1 / K) - fake).mean()
    if method is CatGAN:
        return classified - marginal + fake.max(axis=1).mean()
    if method is UnsupervisedCatGAN:
        return _entropy(np.exp(real)).mean() - marginal - _entropy(np.exp(fake)).mean()
    return classified - fake[:, -1].mean()


@pytest.mark.parametrize("concat", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_negatives_weigh_as_much_as_generated_samples(method, concat):
    gan = _model(method, concat_negatives=concat)
    samples, labels, negatives = _batch(NEGATIVES)
    fake = gan.generator(gan.latent(RNG(1, 0), 10))
    if concat:
        fake_logits = gan.discriminator(tf.concat([fake, negatives], axis=0))
    else:
        parts = gan.discriminator(fake), gan.discriminator(negatives)
        fake_logits = np.concatenate(parts)
    arrays = (np.float64(gan.discriminator(samples)), labels.numpy(), np.float64(fake_logits))
    loss, _ = gan.discriminator_loss((samples, labels, negatives), RNG(1, 0))
    np.testing.assert_allclose(loss, _expected_loss(method, *arrays), rtol=1e-5)


def test_common_batch_statistics_are_another_model():
    batch = _batch(NEGATIVES)
    losses = [
        float(_model(NATGAN, concat_negatives=concat).discriminator_loss(batch, RNG(1, 0))[0])
        for concat in (True, False)
    ]
    assert abs(losses[0] - losses[1]) > 1e-4


@pytest.mark.parametrize("concat", [True, False])
def test_an_iteration_without_negatives_is_that_of_the_method_without(concat):
    without, empty = _model(NATGAN), _model(NATGAN, concat_negatives=concat)
    without.train_step(_batch())
    empty.train_step(_batch(NEGATIVES[:0]))
    tiny.assert_equal_weights(without, empty)


def test_am_gan_without_negatives_is_am_gan():
    one, other = _model(AMGAN), _model(NegativesAMGAN)
    for gan in (one, other):
        gan.train_step(_batch())
    tiny.assert_equal_weights(one, other)
    assert one.log_names == other.log_names


@pytest.mark.parametrize("method", METHODS)
def test_the_generator_does_not_see_negatives(method):
    gan = _model(method)
    losses = [gan.generator_loss(batch, RNG(1, 0))[0] for batch in (_batch(), _batch(NEGATIVES))]
    assert losses[0] == losses[1]


def test_every_discriminator_step_takes_its_own_negatives():
    seen = []

    class Spy(NATGAN):
        def all_fake_logits(self, fake, batch, rng):
            seen.append(batch[2].numpy())
            return super().all_fake_logits(fake, batch, rng)

    _model(Spy, d_steps=2).train_step(_batch(NEGATIVES))
    np.testing.assert_array_equal(seen[0], NEGATIVES[0::2])
    np.testing.assert_array_equal(seen[1], NEGATIVES[1::2])


@pytest.mark.parametrize("concat", [True, False])
def test_one_graph_takes_any_number_of_negatives(concat):
    gan = _model(NATGAN, concat_negatives=concat)
    spec = tf.TensorSpec([10, 2]), tf.TensorSpec([10], tf.int32), tf.TensorSpec([None, 2])
    step = tf.function(gan.train_step, input_signature=[spec], autograph=False)
    for count in (3, 0, 1):
        logs = step(_batch(NEGATIVES[:count]))
        assert np.isfinite([value.numpy() for value in logs.values()]).all()
    assert all(np.isfinite(weight).all() for weight in tiny.weights(gan))
