"""Warm-up of the discriminator and limits of the updates, against the loop of the original."""

import math

from amnat.errors import InputError
from amnat.methods.am_gan_paper import pacing as pacing_module
from amnat.methods.am_gan_paper.model import ClassAwareGAN
from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator
from amnat.methods.am_gan_paper.pacing import PacedGAN
from amnat.methods.am_gan_paper.pacing_flags import Pacing
from amnat.models import NoiseLatent
from amnat.training import checkpoints
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf

BATCH = tf.zeros([4, 28, 28, 1]), tf.constant([0, 1, 1, 0])


def _model(pacing=None, **kwargs):
    networks = (
        AMGANGenerator(2, 1, 28).build_variables((3,)),
        AMGANDiscriminator(4, 2, 28).build_variables((28, 28, 1)),
    )
    kind = ClassAwareGAN if pacing is None else PacedGAN
    kwargs |= {} if pacing is None else {"pacing": pacing}
    model = kind(*networks, NoiseLatent(3), **kwargs)
    model.compile(make_optimizer("sgd", 0.01), make_optimizer("sgd", 0.01))
    return model


def _updates(model, iterations):
    """[(discriminator's updates, generator's), ...] of some iterations."""
    step = tf.function(model.train_step, autograph=False)
    counts = [(0, 0)]
    for _ in range(iterations):
        logs = step(BATCH)
        counts.append((int(model.d_optimizer.iterations), int(model.generator_updates)))
        told = int(logs["updates_dis"]), int(logs["updates_gen"])
        assert told == tuple(np.subtract(counts[-1], counts[-2]))
    return [tuple(map(int, pair)) for pair in np.diff(counts, axis=0)]


def test_warm_up():
    model = _model(Pacing(warm_iterations=2, warm_steps=3))
    assert _updates(model, 3) == [(3, 1), (3, 1), (1, 1)]


def test_a_warm_up_of_fewer_updates_than_usual():
    model = _model(Pacing(warm_iterations=1, warm_steps=1), d_steps=2)
    batch = tuple(tf.concat([part, part], axis=0) for part in BATCH)
    for expected in (1, 3):
        model.train_step(batch)
        assert int(model.d_optimizer.iterations) == expected


@pytest.mark.parametrize("pacing", [Pacing(1, 1), Pacing(d_limit=0.0), Pacing(g_limit=1.0)])
def test_what_changes_nothing_trains_as_without(pacing):
    plain, paced = _model(), _model(pacing)
    for _ in range(2):
        expected, found = plain.train_step(BATCH), paced.train_step(BATCH)
        for name, value in expected.items():
            assert float(found[name]) == float(value), name
    for ours, theirs in zip(paced.generator.weights, plain.generator.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_limit_skips_the_discriminator_once_it_was_updated(monkeypatch):
    # No probability reaches 2, so only the end of the rounds lets the discriminator learn.
    monkeypatch.setattr(pacing_module, "MOST_ROUNDS", 3)
    assert _updates(_model(Pacing(d_limit=2.0)), 2) == [(1, 3), (0, 1)]


def test_a_limit_skips_the_generator_until_samples_are_less_real(monkeypatch):
    monkeypatch.setattr(pacing_module, "MOST_ROUNDS", 3)
    assert _updates(_model(Pacing(g_limit=-1.0)), 2) == [(3, 1), (3, 1)]


def test_limits_follow_the_last_update():
    """Against a loop in Python that makes the same decisions from the values that are logged."""
    model = _model(Pacing(d_limit=0.45, g_limit=0.55), d_steps=1)
    reference = _model(Pacing(d_limit=0.45, g_limit=0.55), d_steps=1)
    realness, d_was_updated = 0.0, False
    for iteration in range(6):
        model.train_step(BATCH)
        d_count = g_count = number = 0
        while not (g_count and (d_was_updated or d_count)):
            rng = reference._rng_of(tf.constant(iteration, tf.int64), number)
            if realness >= 0.45:
                logs = reference._update_discriminator(BATCH, rng.child("d0"))
                realness, d_count = float(logs["logit_fake_rsum"]), d_count + 1
            if realness <= 0.55:
                logs = reference._update_generator(BATCH, rng.child("g0"))
                realness, g_count = float(logs["logit_fake_rsum"]), g_count + 1
            number += 1
        d_was_updated = True
        assert int(model.d_optimizer.iterations) == int(reference.d_optimizer.iterations)
        assert int(model.generator_updates) == int(reference.generator_updates)
        reference.iteration.assign_add(1)
        assert float(model.realness) == pytest.approx(realness, rel=1e-6)


def test_rounds_have_noise_of_their_own(monkeypatch):
    monkeypatch.setattr(pacing_module, "MOST_ROUNDS", 2)
    model, seen = _model(Pacing(g_limit=-1.0)), []
    latent = model.latent
    model.latent = lambda *args: seen.append(latent(*args)) or seen[-1]
    model.latent.size = 3
    model.train_step(BATCH)
    assert len(seen) == 3
    assert not np.allclose(seen[0], seen[1]) and not np.allclose(seen[1], seen[2])


def test_a_player_without_an_update_keeps_its_logs(monkeypatch):
    monkeypatch.setattr(pacing_module, "MOST_ROUNDS", 3)
    model = _model(Pacing(d_limit=2.0))
    first, second = model.train_step(BATCH), model.train_step(BATCH)
    assert float(first["loss_dis_total"]) == float(second["loss_dis_total"]) != 0
    assert float(first["loss_gen_total"]) != float(second["loss_gen_total"])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_runs_in_executions_of_several_iterations(jit_compile):
    model = _model(Pacing(1, 2, d_limit=0.4, g_limit=math.inf))
    model.set_execution(2, jit_compile)
    model.fit(np.zeros([16, 28, 28, 1], np.float32), np.zeros([16], np.int32), 4, verbose=0)
    assert int(model.iteration) == 4
    assert int(model.generator_updates) >= 4


def test_a_checkpoint_has_what_the_limits_are_compared_with(tmp_path):
    model, other = _model(Pacing(d_limit=0.1)), _model(Pacing(d_limit=0.1))
    model.train_step(BATCH)
    checkpoints.save(model, tmp_path, 1, 1)
    checkpoints.restore(other, tmp_path, 1)
    assert float(other.realness) == float(model.realness) != 0
    np.testing.assert_array_equal(other.last_values, model.last_values)


def test_several_devices():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope(), pytest.raises(InputError, match="--strategy=one_device"):
        _model(Pacing(1))
