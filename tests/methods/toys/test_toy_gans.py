"""The toy methods against runs of tntrung/gan under tf.compat.v1, with its weights and draws
replaced by known ones: losses at three steps and points generated after them."""

import functools

from amnat.methods.toys.toy_auto_encoders import PlaneDistGAN
from amnat.methods.toys.toy_networks import PointNetwork
from amnat.models.class_latent import NoiseLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf
import toy_gan_runs as runs

BATCH, STEPS = 64, 101
# D and G at steps 0, 50 and 100, and the points generated from three latents afterwards.
TRAJECTORIES = {
    "gan": (
        (0.516987, 0.503940, 0.502627),
        (0.545004, 0.553120, 0.542607),
        (0.40065, 0.45115, 0.62682),
    ),
    "rgan": (
        (1.033974, 1.029955, 1.015845),
        (0.649804, 0.626432, 0.587883),
        (0.39841, 0.44922, 0.62581),
    ),
    "mdgan": (
        (1.319462, 1.201386, 1.160716),
        (0.544471, 0.529288, 0.509424),
        (0.63009, 0.70608, 0.71969),
    ),
    "vaegan": (
        (1.853652, 1.783422, 1.805202),
        (1.120271, 1.170026, 1.186888),
        (0.33149, 0.38913, 0.57308),
    ),
    "wgangp": (
        (1.065940, 0.910387, 0.727993),
        (0.341618, 0.349765, 0.353414),
        (0.39295, 0.44503, 0.62027),
    ),
    "distgan": (
        (1.837761, 1.249780, 1.215119),
        (0.277184, 0.159467, 0.137727),
        (0.69078, 0.69442, 0.87572),
    ),
}
# Pairs of points and latents that the original draws in an iteration, in its order: the number that
# our draw has in its name, None for what is thrown away.
DRAWN = {
    "gan": [(0, 0), (1, 1)],
    "rgan": [(0, 0), (1, 1), (2, 2)],
    "mdgan": [(0, 0), (1, 1)],
    "vaegan": [(0, 0)],
    "wgangp": [(0, 0), (1, 1), (2, 2), (3, 3)],
    "distgan": [(0, 0), (None, None), (1, 1), (2, 2), (3, 3), (None, 4)],
}


def draws_of_a_run(name, model):
    """{name of a draw: float32 [STEPS, ...]}."""
    random = np.random.RandomState(100)
    drawn = {}
    for _ in range(STEPS):
        for points, latents in DRAWN[name]:
            if (points, latents) != (None, 4):
                drawn.setdefault(f"points{points}/points", []).append(
                    random.normal(4, 1, (BATCH, 1))
                )
            drawn.setdefault(f"latents{latents}/latent", []).append(random.randn(BATCH, 1))
    share = (np.arange(BATCH) + 0.5) / BATCH
    fixed = {"code": 2 * np.arange(BATCH)[:, None] / BATCH - 1, "alpha": 1.0 - share}
    steps = [f"s{step}" for step in range(len(model.schedule))] + ["log_d", "log_g"]
    for step in steps:
        for name, values in fixed.items():
            drawn[f"{step}/{name}"] = np.broadcast_to(values, (STEPS, *values.shape))
    return {key: np.asarray(values, np.float32) for key, values in drawn.items()}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("vaegan", "distgan") else pytest.mark.slow)
        for name in TRAJECTORIES
    ],
)
def test_a_run_follows_the_original(name):
    model = runs.build(name, BATCH)
    drawn = draws_of_a_run(name, model)

    @functools.partial(tf.function, autograph=False)
    def step(recorded):
        model._iteration_rng = lambda: RecordedRNG(recorded)
        return model.train_step()

    found = []
    for index in range(STEPS):
        logs = step({key: tf.constant(values[index]) for key, values in drawn.items()})
        found.append([float(logs[key]) for key in ("loss_dis_total", "loss_gen_total")])
    d_losses, g_losses, points = TRAJECTORIES[name]
    seen = np.array(found)[[0, 50, 100]]
    np.testing.assert_allclose(seen[:, 0], d_losses, rtol=2e-4, err_msg="D")
    np.testing.assert_allclose(np.abs(seen[:, 1]), np.abs(g_losses), rtol=2e-3, err_msg="G")
    latents = -2 + 4 * runs.uniform((8, 1), 6000)
    made = model.generator(tf.constant(latents)).numpy()[:3, 0]
    np.testing.assert_allclose(made, points, rtol=2e-3)


def test_the_plane_is_the_originals():
    widths = {"num_inputs": 2, "hidden": (128, 128, 128), "initial": "he"}
    networks = [
        runs.fill(
            PointNetwork(num_outputs=count, squashed=squashed, **widths).build_variables((2,))
        )
        for count, squashed in ((2, True), (1, False), (2, False))
    ]
    model = PlaneDistGAN(
        *networks[:2], NoiseLatent(2, "uniform"), runs.DrawnPoints(), 8, encoder=networks[2]
    )
    points = tf.constant(runs.uniform((8, 2), 5000))
    latents = tf.constant(2 * runs.uniform((8, 2), 6000) - 1)
    alpha = tf.constant(((np.arange(8) + 0.5) / 8).astype(np.float32))
    rng = RecordedRNG({"alpha": alpha})
    np.testing.assert_allclose(model.encoder_objective(points, latents, rng), 0.6993622, rtol=2e-5)
    np.testing.assert_allclose(
        model.discriminator_objective(points, latents, rng), 1.496991, rtol=2e-5
    )
    np.testing.assert_allclose(
        model.generator_objective(points, latents, rng), 0.002806783, rtol=2e-3
    )


def test_reconstructions_can_be_real():
    widths = {"num_inputs": 2, "hidden": (3,), "initial": "he"}
    networks = [
        PointNetwork(num_outputs=count, **widths).build_variables((2,)) for count in (2, 1, 2)
    ]
    model = PlaneDistGAN(
        *networks[:2],
        NoiseLatent(2, "uniform"),
        runs.DrawnPoints(),
        4,
        encoder=networks[2],
        fix_reconstructions=True,
    )
    rng = RecordedRNG({"alpha": tf.zeros([4])})
    points, latents = tf.constant(runs.uniform((4, 2), 1)), tf.constant(runs.uniform((4, 2), 2))
    fixed = model.discriminator_objective(points, latents, rng)
    model.fix_reconstructions = False
    original = model.discriminator_objective(points, latents, rng)
    logits = networks[1](networks[0](networks[2](points)))
    # softplus(x) - softplus(-x) = x.
    np.testing.assert_allclose(original - fixed, 0.5 * tf.reduce_mean(logits), rtol=1e-4)


def test_a_traced_loop_is_a_run():
    model = runs.build("gan", 8)
    model.data = lambda rng, count, dtype: 4.0 + rng.normal("points", [count, 1], dtype)
    model.compile(*(make_optimizer("adam", 0.001) for _ in model.players()))
    logs = model.train_iterations(3)
    assert int(model.iteration) == 3
    assert np.isfinite(logs["loss_dis_total"])
