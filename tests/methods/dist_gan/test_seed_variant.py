"""`SeedDistGAN` against rmermin/msgan.pytorch's own training function, in float32."""

from amnat.methods.dist_gan.networks import from_unit
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.schedules import late_linear_rate
from amnat.methods.dist_gan.seed_variant import SeedDistGAN, seed_objective
from amnat.models import NoiseLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import ms_gan_cases as cases
import numpy as np
import pytest
import tensorflow as tf
from layer_order import ordered_variables

GOLDEN = cases.load("ms_gan_seed")
RATE, NUM_ITERATIONS = 1e-4, 8
LOGGED = {
    "ae_recon_loss": "loss_enc_recon",
    "ae_reg_loss": "loss_enc_reg",
    "d_loss": "loss_dis_total",
    "g_loss": "loss_gen_total",
}


def build(case):
    plan = Plan("resnet", (32, 32, 3), 128, 2, 2, 2, num_classes=5, variant="pytorch_seed")
    networks = plan.encoder(), plan.generator(), plan.discriminator()
    for seed, network in enumerate(networks):
        fill = cases.Fill(seed)
        for kind, variable in ordered_variables(network):
            variable.assign(fill(kind, variable.shape))
    encoder, generator, discriminator = networks
    model = SeedDistGAN(
        generator,
        discriminator,
        encoder,
        NoiseLatent(128, "uniform"),
        seed_objective(NUM_ITERATIONS),
        use_reconstruction=case == "reconstruction",
        use_regulariser=case == "regulariser",
    )
    # The function under test is called with a constant rate.
    model.compile(*(make_optimizer("adam", RATE, 0.0, 0.9) for _ in range(4)))
    model.iteration.assign(NUM_ITERATIONS // 2 + 1)
    return model


def recorded(iteration):
    given = {player: cases.seed_inputs(iteration, player) for player in cases.PLAYERS}
    draws = {f"{player}/latent": (given[player]["latents"] + 1) / 2 for player in cases.PLAYERS}
    draws["d0/penalty/alpha"] = 1 - given["d0"]["alpha"]
    draws["d0/mixture"] = given["d0"]["mixture"]
    draws["g0/rotation"] = given["g0"]["rotation"]
    images = tf.constant(from_unit(given["e0"]["images"]), tf.float32)
    data = images, tf.zeros([len(images)], tf.int32)
    return data, {name: tf.constant(value, tf.float32) for name, value in draws.items()}


@pytest.mark.parametrize("case", ["reconstruction", "regulariser"])
def test_three_iterations(case):
    golden, model = GOLDEN[case], build(case)
    for iteration in range(cases.ITERATIONS):
        data, draws = recorded(iteration)
        model._iteration_rng = lambda draws=draws: RecordedRNG(draws)
        logs = model.train_step(data)
        for theirs, ours in LOGGED.items():
            if ours in logs:
                np.testing.assert_allclose(
                    logs[ours],
                    golden["losses"][theirs][iteration],
                    rtol=1e-3,
                    atol=1e-6,
                    err_msg=f"{ours} {iteration}",
                )
    networks = model.encoder, model.generator, model.discriminator
    for network, norms, count in zip(
        networks, golden["variable_norms"], golden["parameters"], strict=True
    ):
        assert sum(int(np.prod(v.shape)) for v in network.trainable_variables) == count
        found = sorted(float(tf.norm(variable)) for variable in network.trainable_variables)
        np.testing.assert_allclose(found, norms, rtol=1e-3, atol=3e-4)


def test_rate():
    rates = [float(late_linear_rate(1.0, 10, tf.constant(i, tf.int64))) for i in (0, 5, 6, 10)]
    np.testing.assert_allclose(rates, [1, 1, 0.8, 0], atol=1e-6)


def test_without_both_the_encoder_rests():
    model = build("neither")
    before = [variable.numpy() for variable in model.encoder.trainable_variables]
    data, draws = recorded(0)
    model._iteration_rng = lambda: RecordedRNG(draws)
    logs = model.train_step(data)
    assert not [name for name in logs if name.startswith("loss_enc")]
    for variable, value in zip(model.encoder.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
