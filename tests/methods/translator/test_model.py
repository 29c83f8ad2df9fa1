"""The translator by one InfoGAN against PyTorch, iteration by iteration; hooks; strategies."""

from amnat.errors import InputError
from amnat.methods.translator.model import CycleInfoGAN, TranslationSchedule

import info_cycle_cases as cases
import info_cycle_runs as runs
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("name", cases.TRANSLATOR_CASES)
def test_iterations(name):
    config = cases.translator(name)
    model = runs.translator(config)

    def batch(iteration):
        images = cases.rollout_images(name, iteration)
        return images, np.zeros(len(images), np.int32)

    found = runs.follow(model, lambda i: cases.translator_draws(name, i), batch)
    after = runs.summaries([*model.generators, *model.critics])
    # PyTorch's clipping adds 1e-6 to the norm that it divides by.
    runs.check(found, after, runs.GOLDEN[name], 1e-5 if config["clip"] else 1e-9)
    assert model.iteration == cases.ITERATIONS
    assert model.generator_updates == cases.ITERATIONS * config["critics"]


def rollout(seed=0, domains=2, dtype=np.float32):
    images = np.random.default_rng(seed).uniform(-1, 1, (domains * cases.PER_DOMAIN, *cases.IMAGE))
    labels = np.repeat(np.arange(domains), cases.PER_DOMAIN).astype(np.int32)
    return tf.constant(images.astype(dtype)), tf.constant(labels)


class Darkness:
    """An objective of a user's own."""

    log_names = ("loss_gen_dark",)

    def __init__(self):
        self.steps = []

    def __call__(self, step):
        self.steps.append(step)
        dark = tf.reduce_mean(step.fake)
        return step.adversarial_loss + 100.0 * dark, {"loss_gen_dark": dark}


def test_an_objective_of_ones_own():
    """It is given the step's tensors, and its gradient reaches the generator."""
    networks = runs.translator_networks(2, 1, 1, "float32")
    schedule = TranslationSchedule(generator_batch=4, critic_batch=4)
    dark = Darkness()
    model = CycleInfoGAN(*networks, translation=dark, schedule=schedule, seed=1)
    model.compile(runs.adam(), runs.adam(), runs.adam())
    runs.initialised(model, [*model.generators, *model.critics])
    logs = [model.train_step(rollout()) for _ in range(6)]
    assert logs[-1]["loss_gen_dark"] < logs[0]["loss_gen_dark"] - 0.05
    step = dark.steps[0]
    assert step.fake.shape == step.sources.shape == step.real.shape == (4, *cases.IMAGE)
    np.testing.assert_array_equal(step.source_labels + step.target_labels, np.ones(4))
    images, labels = (x.numpy() for x in rollout())
    for given, domains in ((step.sources, step.source_labels), (step.real, step.target_labels)):
        for image, domain in zip(given.numpy(), domains.numpy(), strict=True):
            (row,) = np.flatnonzero((images == image).all((1, 2, 3)))
            assert labels[row] == domain
    again = step.translate(step.sources, step.space, step.target_labels)
    assert again.shape == step.fake.shape and step.critic == 0


def test_what_an_objective_returns_is_checked():
    class Alone(Darkness):
        def __call__(self, step):
            return super().__call__(step)[0]

    schedule = TranslationSchedule(generator_batch=4, critic_batch=4)
    networks = runs.translator_networks(2, 1, 1, "float32")
    model = CycleInfoGAN(*networks, translation=Alone(), schedule=schedule, seed=1)
    model.compile(runs.adam(), runs.adam(), runs.adam())
    with pytest.raises(InputError, match="^--objective: Alone returned EagerTensor, expected"):
        model.train_step(rollout())


@pytest.mark.parametrize("mode", ["redraw", "pair", "replay"])
def test_what_iterations_of_one_rollout_share(mode):
    config = cases.TRANSLATOR | {"mode": mode, "steps_per_rollout": 3, "penalty_weight": 0.0}
    model = runs.translator(config, "float32", seed=3)
    dark = Darkness()
    model.translation = dark
    model.log_names = tuple(n for n in model.log_names if "identity" not in n and "cycle" not in n)
    model.log_names += dark.log_names
    model._record = lambda logs: logs
    for _ in range(4):
        model.train_step(rollout())
    sources, real, space = (
        [getattr(step, name).numpy() for step in dark.steps]
        for name in ("sources", "real", "space")
    )

    def same(values, first, second):
        return values[first].shape == values[second].shape and np.array_equal(
            values[first], values[second]
        )

    for other in (1, 2):
        assert same(sources, 0, other) == (mode == "replay")
        assert not same(real, 0, other)
        assert same(space, 0, other) == (mode == "replay")
    # The fourth begins another rollout, with codes of its own.
    assert not set(space[0].ravel()) & set(space[3].ravel())
    assert set(space[0].ravel()) <= set(model._rollout(
        rollout()[0], model._rng_of(0).child("rollout"),
    ).space.numpy().ravel())  # fmt: skip


def test_rows_are_dealt_in_turn():
    config = cases.TRANSLATOR | {"generators": 2}
    model = runs.translator(config, "float32")
    images, labels = rollout()
    space = tf.zeros([8, cases.SPACE])
    found = model.translate_dealt(images, space, labels).numpy()
    for number in (0, 1):
        expected = model.translate(images, space, labels, number)
        np.testing.assert_allclose(found[number::2], expected[number::2], atol=1e-6)
    assert np.abs(found[::2] - model.translate(images, space, labels, 1)[::2]).max() > 1e-3


def fresh():
    networks = runs.translator_networks.__wrapped__(2, 1, 1, "float64")
    schedule = TranslationSchedule(generator_batch=4, critic_batch=4)
    model = CycleInfoGAN(*networks, schedule=schedule, seed=2)
    model.compile(runs.adam(), runs.adam(), runs.adam())
    return runs.initialised(model, [*model.generators, *model.critics])


def test_fit_traces_the_step():
    """One graph gives what step by step execution gives, also where a rollout ends."""
    first, second = fresh(), fresh()
    second.iteration.assign(6)
    first.iteration.assign(6)
    batch = rollout(dtype=np.float64)
    history = first.fit(tf.data.Dataset.from_tensors(batch).repeat(), steps_per_epoch=2, verbose=0)
    assert set(history.history) == set(first.log_names)
    for _ in range(2):
        second.train_step(batch)
    found, expected = (runs.summaries([m.generator, m.discriminator]) for m in (first, second))
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("change, message", [
    ({"mode": "shuffle"}, "mode must be in"),
    ({"critic_batch": 9}, "critic_batch must be at most generator_batch"),
])  # fmt: skip
def test_schedules_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        TranslationSchedule(**change)


def test_the_published_slips_are_of_two_domains():
    networks = runs.translator_networks(3, 1, 1, "float64")
    schedule = TranslationSchedule(as_published=True)
    with pytest.raises(ValueError, match="the repository has two domains"):
        CycleInfoGAN(*networks, schedule=schedule)
