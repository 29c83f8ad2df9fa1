"""The AM-GAN paper's networks and optimizers as the flags say."""

from amnat.errors import InputError
from amnat.methods.am_gan_paper import build as paper_build
from amnat.methods.am_gan_paper.model import InputNoise
from amnat.networks.network import Network

import numpy as np
import pytest
from built_models import adam, builder, images, single

SMALL = ("--sDataSet=digits", "--iFilterDimG=6", "--iFilterDimD=4", "--iDimsZ=5", "--seed=3")
KERNEL = {
    "parameterization": "weight_norm",
    "distribution": "truncated_normal",
    "weight_stddev": 0.05 / np.sqrt(1.3),
    "layer_stddev": 1.0,
    "spectral_norm": False,
    "spectral_iterations": 10,
    "spectral_scale": False,
}


@pytest.fixture(scope="module")
def build():
    with builder("am_gan_reproduce.py", *SMALL) as built:
        yield built


def test_defaults(build):
    model = build(images(32))
    assert (model.d_steps, model.g_steps, model.seed) == (1, 1, 3)
    assert model.ema_generator is None
    assert model.latent.get_config() == {"dim": 5, "noise": "normal"}
    assert model.input_noise == InputNoise(0.1, 0.1, 2.0, 1000000, False)
    common = {"growth": 2.0, "use_batch_norm": True, "activation": "lrelu", "batch_norm": "fused"}
    common |= {"kernel": KERNEL, "kernel_size": 3, "num_extra": 0, "data_format": "NHWC", "seed": 3}
    common |= {"image_size": 32}
    assert model.generator.get_config() == common | {
        **{"width": 6, "channels": 1, "min_width": 4, "wide_end": True}
    }
    assert model.discriminator.get_config() == common | {
        **{"num_logits": 6, "width": 4, "num_first": 1, "min_size": 4, "pooling": "avgpool"},
        **{"input_noise": 0.1, "layer_noise": 0.0, "dropout_rate": 0.3},
    }
    # The discriminator's rate is twice what its flag says, as originally.
    assert adam(model.d_optimizer) == single(8e-4, 0.5, 0.999, 1e-8)
    assert adam(model.g_optimizer) == single(4e-4, 0.5, 0.999, 1e-8)


def test_every_flag_arrives(build):
    model = build(
        images(32, channels=3),
        *("--iTrainD=2", "--iTrainG=3", "--ema_decay=0.75"),
        *("--fInputNoise=0.25", "--fInputNoiseMin=0.125", "--iInputNoisePow=3", "--iBatchRun=70"),
        *("--fix_input_noise", "--fDimIncreaseRate=1.5", "--data_format=NCHW", "--iKsizeG=5"),
        *("--iResG=1", "--gfirst1=0", "--oBnG=none", "--oActG=relu", "--iKsizeD=1", "--dfirst1=2"),
        *("--iResD=2", "--iMinSizeD=8", "--dfinal=sqrpool", "--fLayerNoiseD=0.375"),
        *("--fLayerDropoutD=0.5", "--oBnD=none", "--oActD=elu", "--bUseUniformZ"),
        *("--fLrIniD=0.25", "--fLrIniG=0.125", "--fBeta1D=0.25", "--fBeta2D=0.75"),
        *("--fBeta1G=0.375", "--fBeta2G=0.625"),
    )
    assert (model.d_steps, model.g_steps, model.ema_decay) == (2, 3, 0.75)
    assert model.ema_generator.get_config() == model.generator.get_config()
    assert model.input_noise == InputNoise(0.25, 0.125, 3.0, 70, True)
    assert model.latent.get_config() == {"dim": 5, "noise": "uniform"}
    generator, discriminator = model.generator.get_config(), model.discriminator.get_config()
    for config in (generator, discriminator):
        assert (config["growth"], config["data_format"], config["seed"]) == (1.5, "NCHW", 3)
        assert config["kernel"] == KERNEL and config["use_batch_norm"] is False
    names = ("channels", "kernel_size", "num_extra", "wide_end", "activation")
    assert [generator[name] for name in names] == [3, 5, 1, False, "relu"]
    names = ("kernel_size", "num_first", "num_extra", "min_size", "pooling", "activation")
    assert [discriminator[name] for name in names] == [1, 2, 2, 8, "sqrpool", "elu"]
    names = ("input_noise", "layer_noise", "dropout_rate")
    assert [discriminator[name] for name in names] == [0.25, 0.375, 0.5]
    assert adam(model.d_optimizer) == single(0.5, 0.25, 0.75, 1e-8)
    assert adam(model.g_optimizer) == single(0.125, 0.375, 0.625, 1e-8)


def test_each_rate_follows_its_own_players_updates(build):
    """Not the iterations: the discriminator has two updates in each, the generator three."""
    decay = ("--iTrainD=2", "--iTrainG=3", "--iLrStep=4", "--fLrDecay=0.25")
    model = build(images(32), *decay)
    model.iteration.assign(2)
    model.d_optimizer.iterations.assign(4)
    model.generator_updates.assign(6)
    assert float(model.d_optimizer.learning_rate) == pytest.approx(8e-4 * 0.25)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(4e-4 * 0.25)
    model.d_optimizer.iterations.assign(3)
    model.generator_updates.assign(3)
    assert float(model.d_optimizer.learning_rate) == pytest.approx(8e-4)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(4e-4)
    model = build(images(32), *decay, "--bLrStair=False", "--oOptD=sgd", "--oOptG=sgd")
    names = [type(optimizer).__name__ for optimizer in (model.d_optimizer, model.g_optimizer)]
    assert names == ["SGD", "SGD"]
    model.generator_updates.assign(2)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(4e-4 * 0.5)


def test_latents_and_classes(build):
    model = build(images(32), "--bPredefined", "--bNormalizeZ")
    assert model.latent.get_config() == {"dim": 5, "num_classes": 4, "noise": "unit_sphere"}
    unlabelled = build(images(32), "--bUseClassLabel=False", "--iUnlableClass=7", "--bPredefined")
    assert unlabelled.latent.num_classes == 7
    assert unlabelled.discriminator.get_config()["num_logits"] == 9


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--GP"], ("fused", "moments")),
        (["--GP", "--fix_penalty_gradient"], ("fused", "fused")),
        (["--GN", "--GN_WEIGHT=0.5"], ("moments", "fused")),
        (["--GN", "--GN_WEIGHT=0.5", "--fix_penalty_gradient"], ("fused", "fused")),
    ],
)
def test_penalties_decide_how_batch_norm_differentiates(build, monkeypatch, arguments, expected):
    class Networks:
        def __init__(self, *networks, **_):
            self.networks = networks[:2]

        def compile(self, **_):
            pass

    # Only the networks' arguments are looked at, so nothing need be traced.
    monkeypatch.setattr(Network, "build_variables", lambda network, shape: network)
    monkeypatch.setattr(paper_build, "ClassAwareGAN", Networks)
    monkeypatch.setattr(paper_build, "_make_optimizers", lambda model: ())
    networks = build(images(32), *arguments).networks
    assert tuple(network.get_config()["batch_norm"] for network in networks) == expected


def test_networks_that_are_too_narrow_are_named(build):
    with pytest.raises(InputError, match="--iFilterDimG, --iFilterDimD: .*; widen the networks"):
        build(images(32), "--iFilterDimD=1", "--fDimIncreaseRate=0.1")
