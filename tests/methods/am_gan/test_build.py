"""AM-GAN2's networks and optimizers as the flags say."""

from amnat.methods.am_gan.model import AMGAN
from amnat.training.optimizers import NesterovMomentum, PowerSign

import numpy as np
import pytest
import tf_keras as keras
from built_models import adam, builder, images, points, single

SMALL = ("--sDataSet=digits", "--iFilterDimsG=2", "--iFilterDimsD=3", "--iDimsZ=7")


@pytest.fixture(scope="module")
def build():
    with builder("am_gan.py", *SMALL) as built:
        yield built


def options_of(model):
    """The `KernelOptions` of all layers of both networks."""
    layers = [*model.generator.submodules, *model.discriminator.submodules]
    return {layer.options for layer in layers if hasattr(layer, "options")}


def spread(network, layer):
    return network.named_variables()[f"{layer}/w"].numpy().std()


def has_gains(network):
    """Whether its layers have weight norm's gains."""
    return any(name.endswith("/g") for name in network.named_variables())


def test_defaults(build):
    model = build(images(32))
    assert type(model) is AMGAN
    assert (model.d_steps, model.g_steps, model.seed) == (1, 1, 0)
    assert model.gradient_penalty_weight == 0 and model.clip_norm == 0
    assert model.ema_generator is None and model.ema_decay == 0
    assert model.latent.size == 7
    (options,) = options_of(model)
    assert options.parameterization == "weight_norm"
    assert (options.weight_stddev, options.layer_stddev) == (0.01, 1.0)
    assert spread(model.generator, "linear") == pytest.approx(0.01, rel=0.1)
    assert has_gains(model.generator) and has_gains(model.discriminator)
    discriminator = model.discriminator
    assert discriminator.linear.units == 5 and discriminator.minibatch is None
    assert discriminator.bn4.implementation == "fused"
    for layer in (discriminator.dropout32, discriminator.dropout4, discriminator.dropout_flat):
        assert layer.rate == 0.3
    for optimizer in (model.d_optimizer, model.g_optimizer):
        assert type(optimizer) is keras.optimizers.legacy.Adam
        assert adam(optimizer) == single(4e-4, 0.5, 0.999, 1e-8)
    assert model.d_optimizer is not model.g_optimizer


def test_every_flag_arrives(build):
    model = build(
        images(32, channels=3),
        *("--iTrainD=2", "--iTrainG=3", "--seed=5", "--ema_decay=0.75", "--fWeightGP=0.25"),
        *("--oOpt=mom", "--fBeta1=0.625", "--oDecay=none", "--fLrIni=0.125"),
        *("--nobUseWN", "--fInitWeightStddev=0.02", "--fInitLayerStddev=2", "--fDropRate=0.5"),
        *("--oAct=relu", "--data_format=NCHW", "--minibatch_kernels=6", "--minibatch_dim=4"),
    )
    assert (model.d_steps, model.g_steps, model.seed) == (2, 3, 5)
    assert (model.ema_decay, model.gradient_penalty_weight) == (0.75, 0.25)
    for averaged, weights in zip(model.ema_generator.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(averaged, weights)
    (options,) = options_of(model)
    assert options.parameterization == "scale_after_init"
    assert (options.weight_stddev, options.layer_stddev) == (0.02, 2.0)
    assert spread(model.generator, "linear") == pytest.approx(0.02, rel=0.1)
    assert not has_gains(model.generator) and not has_gains(model.discriminator)
    for network in (model.generator, model.discriminator):
        config = network.get_config()
        assert (config["activation"], config["data_format"]) == ("relu", "NCHW")
        assert config["seed"] == 5
    assert (model.generator.width, model.generator.deconv32.filters) == (2, 3)
    assert model.discriminator.conv32.filters == 3
    assert model.discriminator.dropout16.rate == 0.5
    minibatch = model.discriminator.minibatch.get_config()
    assert (minibatch["num_kernels"], minibatch["kernel_dim"]) == (6, 4)
    for optimizer in (model.d_optimizer, model.g_optimizer):
        assert type(optimizer) is NesterovMomentum
        assert optimizer.momentum == 0.625 and float(optimizer.learning_rate) == 0.125


def test_optimizers(build):
    arguments = ("--fLrIni=0.125", "--fBeta1=0.25", "--fBeta2=0.875", "--fEpsilon=0.5")
    assert adam(build(points(), *arguments).g_optimizer) == (0.125, 0.25, 0.875, 0.5)
    for flag, fixed in ((), False), (("--fix_sign_optimizers",), True):
        optimizer = build(points(), "--oOpt=powersign", *flag).d_optimizer
        assert type(optimizer) is PowerSign and optimizer.fix_sign is fixed


@pytest.mark.parametrize("decay", ["linear", "exp"])
def test_both_rates_follow_the_generators_updates(build, decay):
    """Not the iterations: with iTrainG of 2 the schedule is through after half of them."""
    arguments = ("--iTrainG=2", "--iTrainD=3", f"--oDecay={decay}", "--iMaxIter=40")
    model = build(points(), *arguments)
    batch = np.zeros((6, 2), np.float32), np.zeros(6, np.int32)
    model.train_step(batch)
    model.train_step(batch)
    assert (int(model.iteration), int(model.generator_updates)) == (2, 4)
    share = {"linear": 1 - 4 / 40, "exp": 0.5}[decay]
    for optimizer in (model.d_optimizer, model.g_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(4e-4 * share, rel=1e-6)


def test_points(build):
    model = build(points(), "--oAct=tanh")
    assert model.generator.linear.units == 2 and model.generator.hidden[0].units == 2
    assert model.discriminator.hidden[0].units == 3 and model.discriminator.linear.units == 5
    assert model.discriminator.get_config()["activation"] == "tanh"
    assert build(points(), "--nobAMGAN").discriminator.linear.units == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["--fWeightGP=1"], "moments"), (["--fWeightGP=1", "--fix_penalty_gradient"], "fused")],
)
def test_the_penalty_decides_how_batch_norm_differentiates(build, arguments, expected):
    model = build(points(), *arguments)
    assert {norm.implementation for norm in model.discriminator.norms} == {expected}
    assert {norm.implementation for norm in model.generator.norms} == {"fused"}
