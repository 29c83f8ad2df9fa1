"""The MS-GAN family's models as the flags say."""

from amnat.methods.dist_gan.model import DistGANObjective

import numpy as np
import pytest
from built_models import adam, builder, images, single

SMALL = ("--gf_dim=2", "--df_dim=4", "--ef_dim=3", "--noise_dim=5", "--n_steps=10", "--seed=3")


@pytest.fixture(scope="module")
def build():
    with builder("msdistgan.py", *SMALL) as built:
        yield lambda *arguments, channels=3: built(images(32, channels), *arguments)


def rate(optimizer):
    return pytest.approx(float(optimizer.learning_rate), rel=1e-6)


def test_dist_gan(build):
    """With the family that is built fastest; its rates stay as they are."""
    model = build("--nnet_type=sngan", channels=1)
    assert type(model).__name__ == "DistGAN" and model.ema_generator is None
    assert (model.seed, model.ema_decay) == (3, 0)
    assert model.latent.get_config() == {"dim": 5, "noise": "uniform"}
    assert model.objective == DistGANObjective(
        "hinge", 2, 0.5, 1.0, 1.0, 0.01, 10, False, False, False, False, False, False
    )
    common = {"data_format": "NHWC", "seed": 3}
    size = {"image_size": 32, "channels": 1}
    assert model.generator.get_config() == common | size | {"width": 2}
    assert model.discriminator.get_config() == common | {"num_classes": 5, "width": 4}
    assert model.encoder.get_config() == common | {"latent_size": 5, "width": 3}
    for optimizer in model.optimizer:
        assert adam(optimizer) == single(2e-4, 0.5, 0.9, 1e-8)
    model.iteration.assign(9)
    assert adam(model.g_optimizer) == single(2e-4, 0.5, 0.9, 1e-8)


def test_every_flag_arrives(build):
    model = build(
        *("--nnet_type=sngan", "--loss_type=log", "--ss_task=1", "--lambda_p=0.25"),
        *("--lambda_r=0.125", "--lambda_d=0.375", "--lambda_g=0.0625", "--fix_log_weights"),
        *("--fix_penalty_slope", "--lr=0.25", "--beta1=0.375", "--beta2=0.625"),
        "--ema_decay=0.75",
    )
    assert model.objective == DistGANObjective(
        loss_type="log",
        ss_task=1,
        penalty_weight=0.25,
        regulariser_weight=0.125,
        d_task_weight=0.375,
        g_task_weight=0.0625,
        num_iterations=10,
        sum_slope=True,
        decay_log_weights=True,
    )
    assert model.discriminator.get_config()["num_classes"] == 4
    assert model.ema_decay == 0.75
    for averaged, weights in zip(model.ema_generator.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(averaged, weights)
    assert len(model.optimizer) == 3
    for optimizer in model.optimizer:
        assert adam(optimizer) == single(0.25, 0.375, 0.625, 1e-8)


@pytest.mark.parametrize(
    ("arguments", "on_logits", "added"),
    [
        (["--nnet_type=sngan", "--fix_hinge_logits"], True, False),
        (["--nnet_type=sngan", "--fix_penalty_sign"], False, True),
        (["--nnet_type=dcgan"], True, False),
    ],
)
def test_hinges(build, arguments, on_logits, added):
    objective = build(*arguments).objective
    assert (objective.hinge_on_logits, objective.add_hinge_penalty) == (on_logits, added)


def test_the_rates_of_the_resnet_follow_the_iterations(build):
    model = build()
    assert [adam(optimizer)[1] for optimizer in model.optimizer] == [0, 0, 0]
    # Half of the rate in the first half.
    for iteration, share in ((0, 0.5), (4, 0.5), (8, 0.2)):
        model.iteration.assign(iteration)
        for optimizer in model.optimizer:
            assert 2e-4 * share == rate(optimizer)


def test_the_seed_variant(build):
    arguments = ("--variant=pytorch_seed", "--lambda_p=0.25", "--lambda_d=0.375", "--ss_task=1")
    model = build(*arguments, "--lambda_g=0.125", "--lr=0.5", "--ae_recon_lr=0.25", "--ae_reg_lr=0")
    assert (model.use_reconstruction, model.use_regulariser) == (True, False)
    goal = model.objective
    assert (goal.penalty_weight, goal.d_task_weight, goal.g_task_weight) == (0.25, 0.375, 0.125)
    assert (goal.ss_task, goal.num_iterations, goal.binary_task_loss) == (1, 10, True)
    for iteration, share in ((0, 1.0), (8, 0.4)):
        model.iteration.assign(iteration)
        shares = [float(optimizer.learning_rate) / share for optimizer in model.optimizer]
        assert shares == pytest.approx([0.25, 0.0, 0.5, 0.5])


def test_ssgan(build):
    arguments = ("--lambda_d=0.375", "--lambda_g=0.125", "--n_critic=3", "--ema_decay=0.5")
    model = build("--variant=ssgan", *arguments)
    assert (model.d_task_weight, model.g_task_weight, model.d_steps) == (0.375, 0.125, 3)
    assert model.latent.get_config() == {"dim": 5}
    assert model.discriminator.get_config()["num_classes"] == 4
    assert model.ema_decay == 0.5 and model.ema_generator is not None
    assert len(model.optimizer) == 2
    for iteration, share in ((0, 1.0), (8, 0.2)):
        model.iteration.assign(iteration)
        for optimizer in model.optimizer:
            assert 2e-4 * share == rate(optimizer)
