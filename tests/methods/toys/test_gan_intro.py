"""Iterations of gan-intro and its negative-aware form against an independent float64 program."""

import functools

from amnat.methods.toys.gan_intro import GANIntro
from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator
from amnat.methods.toys.sources import NormalPoints, StratifiedLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import gan_intro_cases as cases
import numpy as np
import pytest
import tensorflow as tf

GOLDEN = np.load(f"{cases.__file__.rpartition('/')[0]}/gan_intro.npz")


def build(config, dtype="float64", **kwargs):
    common = {"hidden_size": cases.HIDDEN, "dtype": dtype}
    model = GANIntro(
        GANIntroGenerator(**common).build_variables((1,)),
        GANIntroDiscriminator(minibatch=config["minibatch"], **common).build_variables((1,)),
        StratifiedLatent(),
        NormalPoints(4.0, 0.5),
        cases.BATCH,
        negatives=[NormalPoints(*numbers) for numbers in config["negatives"]],
        negative_weight=config["negative_weight"],
        negatives_every=config["negatives_every"],
        fake_term_weight=config["fake_term_weight"],
        clamp_log=config["clamp"],
        **kwargs,
    )
    optimizers = [
        make_optimizer("adam", cases.RATE, cases.BETA1, cases.BETA2, cases.EPSILON) for _ in "dg"
    ]
    model.compile(*optimizers)
    initial = cases.initial_variables(config)
    named = variables(model)
    assert set(initial) == set(named)
    for name, variable in named.items():
        variable.assign(initial[name])
    return model


def variables(model):
    return {
        f"{network.name}/{name}": variable
        for network in (model.generator, model.discriminator)
        for name, variable in network.named_variables().items()
    }


@pytest.mark.parametrize("name", cases.CASES)
def test_five_iterations(name):
    config = cases.config_of(name)
    model = build(config)

    @functools.partial(tf.function, autograph=False)
    def step(points, recorded):
        model._iteration_rng = lambda: RecordedRNG(recorded)
        return model.train_step((points, tf.zeros([cases.BATCH], tf.int32)))

    losses = []
    for iteration in range(cases.ITERATIONS):
        draws = {key: tf.constant(v) for key, v in cases.draws(config, iteration).items()}
        logs = step(tf.constant(cases.real_points(iteration)), draws)
        losses.append([logs["loss_dis_total"], logs["loss_gen_total"]])
    np.testing.assert_allclose(losses, GOLDEN[f"{name}/losses"], rtol=1e-10)
    for key, variable in variables(model).items():
        expected = GOLDEN[f"{name}/after/{key}"]
        if key == "discriminator/minibatch/b":
            # It cancels in the differences: its gradient is rounding, which Adam enlarges.
            continue
        np.testing.assert_allclose(variable, expected, rtol=0, atol=1e-9, err_msg=key)


def test_many_iterations_are_single_ones_in_a_row():
    config = cases.config_of("nat_gan")
    together, apart = build(config, "float32", seed=3), build(config, "float32", seed=3)
    logs = together.train_iterations(4)
    for _ in range(4):
        last = apart.train_iterations(1)
    assert logs == last and int(together.iteration) == 4
    for one, other in zip(together.variables, apart.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_update_draws_afresh():
    model = build(cases.config_of("gan"), "float32", seed=3)
    seen = []
    model.latent = lambda rng, size, dtype: seen.append(rng._prefix) or tf.zeros([size, 1], dtype)
    model.train_iterations(1)
    assert seen == ["d0/", "g0/"]


def test_a_sure_discriminator_learns_nothing_through_the_clamp():
    logits = tf.constant([[-12.0]])
    for clamp, slope in ((True, 0.0), (False, -1.0)):
        config = cases.config_of("gan") | {"clamp": clamp}
        model = build(config, "float32")
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = model._surprise(logits, real=True)
        assert tape.gradient(loss, logits).numpy().item() == pytest.approx(slope, abs=1e-4)
    assert loss.numpy() == pytest.approx(12.0, abs=1e-4)


def test_decision_is_a_probability():
    model = build(cases.config_of("gan"), "float32")
    decision = model.decision(tf.constant([[4.0], [5.0]])).numpy()
    logits = model.discriminator(tf.constant([[4.0], [5.0]])).numpy()
    np.testing.assert_allclose(decision, 1 / (1 + np.exp(-logits.astype(np.float64))), rtol=1e-6)
