"""InfoGAN by rollouts of noise: what iterations share, how players and labels take part."""

from amnat.errors import InputError
from amnat.methods.infogan.info_model import InfoObjective, Shown
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.noisy_networks import NoisyGenerator
from amnat.methods.infogan.objective import GenerationStep
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.infogan.rollout_model import NoiseSchedule, RolloutInfoGAN
from amnat.methods.infogan.similarity_losses import (
    similarity_critic_loss,
    similarity_generator_loss,
)

import info_cycle_runs as runs
import numpy as np
import pytest
import tensorflow as tf

SIDE, LABELS, BATCH = 16, 3, 6
SHAPE = (SIDE, SIDE, 1)
LATENT = InfoLatent(4, LABELS, 2)


def networks(generators=1, critics=1, conditional=False):
    made = []
    for number in range(generators):
        network = NoisyGenerator(SHAPE, (5,), name=f"generator{number}", seed=number)
        if made:
            network.share_head(made[0])
        made.append(network.build_variables((LATENT.size,)))
    judges = [
        PatchCritic(
            SHAPE, LABELS, 2, 2, 3, conditional=conditional, name=f"critic{number}", seed=number
        ).build_variables(SHAPE)
        for number in range(critics)
    ]
    return made, judges


def model_of(schedule=None, generators=1, critics=1, goal=None, **options):
    goal = goal or InfoObjective(truth_weight=0.0, penalty_weight=0.0)
    players = networks(generators, critics, goal.conditional)
    model = RolloutInfoGAN(*players, LATENT, goal, schedule=schedule, seed=3, **options)
    model.compile(*(runs.adam() for _ in model.players()))
    return model


def batch(seed=0):
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, (BATCH, *SHAPE)).astype(np.float32)
    return tf.constant(images), tf.constant([0, 1, 2, 0, 1, 1])


class Watching:
    """An objective that keeps its steps, and draws images towards the dark."""

    log_names = ("loss_gen_dark",)

    def __init__(self):
        self.steps: list[GenerationStep] = []

    def __call__(self, step):
        self.steps.append(step)
        dark = tf.reduce_mean(step.fake)
        return step.adversarial_loss + 100.0 * dark, {"loss_gen_dark": dark}


@pytest.mark.parametrize("rollout_size", [None, 12])
def test_noise_stays_while_real_batches_pass(rollout_size):
    watching = Watching()
    model = model_of(NoiseSchedule(3, rollout_size), generation=watching)
    logs = [model.train_step(batch(number)) for number in range(4)]
    assert float(logs[2]["loss_gen_dark"]) < float(logs[0]["loss_gen_dark"])
    latents = [step.latents.numpy() for step in watching.steps]
    sets = [set(map(bytes, values)) for values in latents]
    for number, step in enumerate(watching.steps):
        np.testing.assert_array_equal(step.real, batch(number)[0])
        assert len(sets[number]) == BATCH
        assert not number % 3 or (latents[0] == latents[number]).all() == (rollout_size is None)
        noise, labels, space = LATENT.parts(step.latents)
        np.testing.assert_array_equal(step.labels, labels)
        np.testing.assert_array_equal(step.space, space)
        assert noise.shape == (BATCH, 4)
    # Of a larger rollout other rows; then a rollout with latents of its own.
    assert len(sets[0] | sets[1] | sets[2]) <= (rollout_size or BATCH)
    assert not sets[0] & sets[3]
    assert set(logs[0]) == set(model.log_names)


def test_steps_of_several_players():
    schedule = NoiseSchedule(critic_steps=3, critic_batch=2, gradient_after=True)
    model = model_of(schedule, generators=2, critics=2)
    seen = []
    loss = model.adversarial_critic_loss

    def watched(critic, shown, rng):
        seen.append((critic.name, shown))
        return loss(critic, shown, rng)

    model.adversarial_critic_loss = watched
    before = [critic.get_weights() for critic in model.critics]
    model.train_step(batch())
    assert [name for name, _ in seen] == ["critic0"] * 3 + ["critic1"] * 3
    real = set(map(bytes, batch()[0].numpy()))
    for _, shown in seen:
        assert shown.fake.shape == shown.real.shape == (2, *SHAPE)
        assert set(map(bytes, shown.real.numpy())) <= real
    assert model.generator_updates == 2
    steps = [int(optimizer.iterations) for optimizer in model.optimizer]
    assert steps == [2, 2, 3, 3]
    for critic, weights in zip(model.critics, before, strict=True):
        moved = zip(critic.get_weights(), weights, strict=True)
        assert max(np.abs(now - then).max() for now, then in moved) > 0


def test_generators_take_rows_in_turn_and_share_weights():
    model = model_of(generators=2)
    first, second = model.generators
    noise = [layer.noise for layer in first.head.dense_layers]
    latents = LATENT(model._rng_of(0), BATCH)
    model.sample_weight_noise(model._rng_of(0))
    assert all(np.abs(values).max() > 0 for values in noise)
    second.head.dense_layers[0].sigma.assign_add(tf.ones_like(second.head.dense_layers[0].sigma))
    found = model.generate_dealt(latents)
    for number, generator in enumerate(model.generators):
        expected = generator(latents)[number::2]
        np.testing.assert_allclose(found[number::2], expected, atol=1e-6)
    assert np.abs(first(latents) - second(latents)).max() > 1e-3
    # Two layers with a weight and a scale each, and two more scales.
    assert len(model.generator_variables) == 6
    model.train_step(batch())
    assert all(np.abs(values).max() == 0 for values in noise)
    with pytest.raises(InputError, match="5 latents, expected a multiple of the 2 generators"):
        model.generate_dealt(latents[:5])


@pytest.mark.parametrize("grouping", ["none", "classes", "critic"])
def test_groups_of_labels(grouping):
    watching = Watching()
    model = model_of(grouping=grouping, generation=watching)
    loss, _ = model.generator_loss(batch(), model._rng_of(0))
    (step,) = watching.steps
    critic, (real, classes) = model.discriminator, batch()
    fake, real = (critic(images) for images in (step.fake, real))
    groups, real_groups = (
        tf.one_hot(step.labels, LABELS),
        {
            "none": None,
            "classes": tf.one_hot(classes, LABELS),
            "critic": tf.one_hot(tf.argmax(real.labels, axis=1), LABELS),
        }[grouping],
    )
    groups = None if grouping == "none" else groups
    scores = tf.sigmoid(fake.patches), tf.sigmoid(real.patches)
    expected = similarity_generator_loss(*scores, groups, real_groups)
    np.testing.assert_allclose(step.adversarial_loss, expected, rtol=1e-5)
    found, _ = model.discriminator_loss(batch(), model._rng_of(0))
    np.testing.assert_allclose(found, similarity_critic_loss(*scores, groups, real_groups), 1e-5)
    assert model.label_classes == (LABELS if grouping == "classes" else None)


CONDITIONAL = InfoObjective("least_squares", "least_squares", truth_weight=0.0, conditional=True)


def test_a_conditional_critic_scores_images_for_their_labels():
    model = model_of(goal=CONDITIONAL)
    images, classes = batch()
    labels = (classes + 1) % LABELS
    shown = Shown(-images, images, labels=labels, real_labels=classes)
    fake, real = (
        np.stack([
            model.discriminator(side).patches.numpy()[row].reshape(-1, LABELS)[:, label]
            for row, label in enumerate(numbers.numpy())
        ])
        for side, numbers in ((-images, labels), (images, classes))
    )  # fmt: skip
    rng = model._rng_of(0)
    loss = model.adversarial_critic_loss(model.discriminator, shown, rng)
    np.testing.assert_allclose(loss, 0.5 * (np.mean((real - 1) ** 2) + np.mean(fake**2)), 1e-5)
    loss = model.adversarial_generator_loss(model.discriminator, shown, rng)
    np.testing.assert_allclose(loss, np.mean((fake - 1) ** 2), 1e-5)
    assert model.label_classes == LABELS
    logs = model.train_step(batch())
    assert np.isfinite([float(value) for value in logs.values()]).all()


def test_a_conditional_critic_has_patches_of_every_label():
    generators, critics = networks()
    model = RolloutInfoGAN(generators, critics, LATENT, CONDITIONAL)
    with pytest.raises(InputError, match="the critic has 4 patches, expected a multiple of 3"):
        model.compile(*(runs.adam() for _ in model.players()))


@pytest.mark.parametrize("conditional", [False, True])
def test_slopes_between_real_and_generated_images(conditional):
    goal = InfoObjective(
        *("least_squares", "least_squares"),
        truth_weight=0.0,
        penalty_weight=2.0,
        penalty="wgan_gp",
        conditional=conditional,
    )
    model = model_of(goal=goal)
    real, classes = batch()
    share = model._rng_of(0).uniform("share", [BATCH])[:, None, None, None]
    points = real + share * (-real - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        patches = model.discriminator(points).patches
        if conditional:
            chosen = tf.one_hot(classes, LABELS)[:, None]
            patches = tf.reshape(patches, [BATCH, -1, LABELS]) * chosen
    slopes = tf.sqrt(tf.reduce_sum(tape.gradient(patches, points) ** 2, axis=[1, 2, 3]))
    before = model.discriminator.get_weights()
    logs = model.update_penalty(0, real, model._rng_of(0), -real, classes)
    np.testing.assert_allclose(logs["loss_dis_gp"], np.mean((slopes - 1) ** 2), rtol=1e-4)
    moved = zip(model.discriminator.get_weights(), before, strict=True)
    assert max(np.abs(now - then).max() for now, then in moved) > 0


def test_true_labels_guide_and_fit_traces():
    goal = InfoObjective("least_squares", "least_squares", truth_weight=1.0, penalty_weight=0.0)
    model = model_of(NoiseSchedule(2), goal=goal)
    data = tf.data.Dataset.from_tensors(batch()).repeat()
    history = model.fit(data, epochs=2, steps_per_epoch=30, verbose=0).history["loss_info_truth"]
    assert history[1] < history[0]


@pytest.mark.parametrize("options, message", [
    ({"grouping": "domains"}, "grouping must be in"),
    ({"goal": {"penalty": "wgan"}}, "unknown penalty 'wgan', known are dragan, wgan_gp"),
])  # fmt: skip
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        options |= {name: InfoObjective(**options[name]) for name in options if name == "goal"}
        model_of(**options)


@pytest.mark.parametrize("result, message", [
    (lambda loss: loss, r"returned SymbolicTensor, expected \(scalar, \{log name: scalar\}\)"),
    (lambda loss: (loss, loss), "returned logs of type SymbolicTensor, expected"),
    (lambda loss: (tf.stack([loss, loss]), {}), r"returned a loss of shape \[2\], expected"),
])  # fmt: skip
def test_what_an_objective_returns_is_checked(result, message):
    class Goal:
        log_names = ()

        def __call__(self, step):
            return result(step.adversarial_loss)

    model = model_of(generation=Goal())
    data = tf.data.Dataset.from_tensors(batch()).repeat()
    with pytest.raises(InputError, match=f"^--objective: Goal {message}") as error:
        model.fit(data, epochs=1, steps_per_epoch=1, verbose=0)
    assert "\n" not in str(error.value)
