"""The shared train step: which batches, which randomness, which steps count."""

from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.models import GANModel, NormalLatent
from amnat.rng import RNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf
import tiny


class Spy(GANModel):
    """Notes what each loss is given."""

    log_names = ("d", "g")

    def __init__(self, **kwargs):
        generator = MLPGenerator(2).build_variables((3,))
        discriminator = MLPDiscriminator(1, 2).build_variables((2,))
        super().__init__(generator, discriminator, NormalLatent(3), **kwargs)
        self.seen = []
        self.compile(make_optimizer("sgd", 0.1), make_optimizer("sgd", 0.1))

    def discriminator_loss(self, batch, rng):
        self.seen.append(("d", batch[1].numpy().tolist(), rng.normal("z", [2]).numpy().tolist()))
        return tf.reduce_mean(self.discriminator(batch[0])), {"d": tf.constant(1.0)}

    def generator_loss(self, batch, rng):
        self.seen.append(("g", None, rng.normal("z", [2]).numpy().tolist()))
        return tf.reduce_mean(self.generator(self.latent(rng, 4))), {"g": tf.constant(2.0)}


def _data(size):
    return tf.zeros([size, 2]), tf.range(size)


def test_every_discriminator_step_has_its_own_batch_and_every_step_its_own_noise():
    spy = Spy(d_steps=2, g_steps=3)
    logs = spy.train_step(_data(8))
    assert [(player, labels) for player, labels, _ in spy.seen] == [
        ("d", [0, 2, 4, 6]),
        ("d", [1, 3, 5, 7]),
        ("g", None),
        ("g", None),
        ("g", None),
    ]
    spy.train_step(_data(8))
    draws = np.array([draw for _, _, draw in spy.seen])
    assert len(np.unique(draws)) == draws.size == 20
    assert set(logs) == {"d", "g", "klr"}


def test_counters():
    spy = Spy(d_steps=2, g_steps=3)
    spy.train_step(_data(8))
    assert (spy.iteration.numpy(), spy.generator_updates.numpy()) == (1, 3)
    assert spy.d_optimizer.iterations.numpy() == 2


def test_draws_depend_on_the_iteration_alone():
    first, second = Spy(), Spy()
    second.iteration.assign(5)
    for _ in range(6):
        first.train_step(_data(4))
    second.train_step(_data(4))
    assert first.seen[-1][2] == second.seen[-1][2]


def test_logs_must_be_the_declared_ones():
    spy = Spy()
    spy.log_names = ("d", "klr")
    with pytest.raises(ValueError, match="log_names"):
        spy.train_step(_data(4))


def test_keras_fit_trains_it():
    gan = tiny.model()
    data = tiny.dataset()
    before = gan.generator.get_weights()
    batches = tf.data.Dataset.from_tensor_slices((data.samples, data.labels)).batch(10)
    history = gan.fit(batches, epochs=2, verbose=0)
    assert len(history.history["loss_gen_total"]) == 2
    assert gan.iteration.numpy() == 10
    assert not np.allclose(before[0], gan.generator.get_weights()[0])


def test_latents():
    latents = NormalLatent(50)(RNG(0, 0), 400).numpy()
    assert latents.shape == (400, 50)
    np.testing.assert_allclose([latents.mean(), latents.std()], [0, 1], atol=0.02)
