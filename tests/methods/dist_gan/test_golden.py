"""`DistGAN` against the original's own graph (tests/golden/make_ms_gan.py), in float32."""

from amnat.methods.dist_gan.model import TASK_CLASSES, DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks import from_unit
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.schedules import halved_linear_rate
from amnat.models import NoiseLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import ms_gan_cases as cases
import numpy as np
import pytest
import tensorflow as tf
from layer_order import ordered_variables

GOLDEN = cases.load()
STYLES = {"mnist": "mnist", "mnist-1k": "stacked_mnist"}


def build(case):
    config = cases.CASES[case]
    plan = Plan(
        config["network"],
        config["shape"],
        config["latent"],
        *config["widths"],
        num_classes=TASK_CLASSES[config["task"]],
        style=STYLES.get(config["data"], "images"),
    )
    objective = DistGANObjective(
        loss_type=config["loss"],
        ss_task=config["task"],
        penalty_weight=cases.PENALTY_WEIGHT,
        regulariser_weight=config["regulariser"],
        d_task_weight=config["weights"][0],
        g_task_weight=config["weights"][1],
        num_iterations=cases.NUM_STEPS,
        hinge_on_logits=config["network"] == "dcgan",
        generator_reconstructs=config["data"] in STYLES,
    )
    networks = plan.encoder(), plan.generator(), plan.discriminator()
    for seed, network in enumerate(networks):
        fill = cases.Fill(seed)
        for kind, variable in ordered_variables(network):
            variable.assign(fill(kind, variable.shape))
    encoder, generator, discriminator = networks
    latent = NoiseLatent(config["latent"], "uniform")
    model = DistGAN(generator, discriminator, encoder, latent, objective)

    def rate():
        if config["network"] != "resnet":
            return cases.LEARNING_RATE
        return halved_linear_rate(cases.LEARNING_RATE, cases.NUM_STEPS, model.iteration)

    model.compile(*(make_optimizer("adam", rate, config["beta1"], cases.BETA2) for _ in range(3)))
    model.iteration.assign(cases.FIRST_ITERATION)
    return model


def recorded(case, iteration):
    """The batches of an iteration, interleaved, and its draws."""
    given = {player: cases.inputs(case, iteration, player) for player in cases.PLAYERS}
    images = np.stack([given[player]["images"] for player in cases.PLAYERS], axis=1)
    images = from_unit(images.reshape(-1, *images.shape[2:]))
    draws = {f"{player}/latent": (given[player]["latents"] + 1) / 2 for player in cases.PLAYERS}
    draws["d0/penalty/alpha"] = 1 - given["d0"]["alpha"]
    for player, name in ("d0", "rotation"), ("d0", "mixture"), ("g0", "rotation"):
        draws[f"{player}/{name}"] = given[player][name]
    data = tf.constant(images, tf.float32), tf.zeros([len(images)], tf.int32)
    return data, {name: tf.constant(value, tf.float32) for name, value in draws.items()}


def noting_gradients(model):
    """A list that receives the norms of the gradients of every update that the model makes."""
    noted = []

    def noting(optimizer, found, variables):
        noted.append(np.sort([float(tf.norm(gradient)) for gradient in found]))
        DistGAN._apply_gradients(model, optimizer, found, variables)

    model._apply_gradients = noting
    return noted


def check_loss(case, name, logs, expected, iteration):
    found, scale = logs.get(name), 0.01
    if name == "penalty":
        sign = -1.0 if cases.CASES[case]["loss"] == "hinge" else 1.0
        found = sign * logs["loss_dis_gp"] / cases.PENALTY_WEIGHT
    if name == "loss_enc_reg":
        # The square of a difference of means, which are small beside what they are means of.
        scale = float(logs["loss_enc_total"])
    np.testing.assert_allclose(
        found, expected, rtol=5e-4, atol=1e-3 * scale, err_msg=f"{name} {iteration}"
    )


# The others take a minute together.
QUICK = ("stacked_mnist", "cifar_resnet_ms")


MARKED = [
    pytest.param(case, marks=[] if case in QUICK else pytest.mark.slow) for case in cases.CASES
]


@pytest.mark.parametrize("case", MARKED)
def test_three_iterations(case):
    golden, model = GOLDEN[case], build(case)
    for role, count in golden["parameters"].items():
        assert getattr(model, role).count_params() == count
    norms = noting_gradients(model)
    for iteration in range(cases.ITERATIONS):
        data, draws = recorded(case, iteration)
        model._iteration_rng = lambda draws=draws: RecordedRNG(draws)
        # Not traced: that would take longer than three iterations.
        logs = model.train_step(data)
        for name, values in golden["losses"].items():
            check_loss(case, name, logs, values[iteration], iteration)
    for player, found in zip(cases.PLAYERS, norms, strict=False):
        expected = np.sort(golden["gradient_norms"][player])
        np.testing.assert_allclose(
            found, expected, rtol=1e-3, atol=1e-4 * expected.max(), err_msg=player
        )
    networks = model.encoder, model.generator, model.discriminator
    for network, role in zip(networks, golden["variable_norms"], strict=True):
        expected = golden["variable_norms"][role]
        found = [float(tf.norm(variable)) for variable in network.trainable_variables]
        np.testing.assert_allclose(sorted(found), sorted(expected), rtol=1e-3, atol=3e-4)
