"""The toy methods' networks."""

from amnat.methods.toys.build import build_toy_gan
from amnat.methods.toys.methods import METHOD_NAMES
from amnat.methods.toys.toy_networks import GaussianPointEncoder, PointNetwork
from amnat.models import NoiseLatent
from amnat.rng import derive_seed

import numpy as np
import pytest

ENCODERS = {
    "vaegan": GaussianPointEncoder,
    "rgan": PointNetwork,
    "mdgan": PointNetwork,
    "distgan": PointNetwork,
}


def built(name, **arguments):
    latent = NoiseLatent(3, "uniform")
    arguments = {"seed": 7, "batch_size": 4, "data": None, "compiled": False} | arguments
    return build_toy_gan(name, 3, (5, 6), "he", latent, **arguments)


def config(role, outputs, **more):
    seed = derive_seed(7, role)
    common = {"num_inputs": 3, "num_outputs": outputs, "hidden": (5, 6), "initial": "he"}
    return common | {"name": role, "seed": seed} | more


@pytest.mark.parametrize("name", METHOD_NAMES)
def test_networks(name):
    model = built(name)
    assert model.generator.get_config() == config("generator", 3, squashed=False)
    assert model.discriminator.get_config() == config("discriminator", 1)
    assert (model.seed, model.batch_size) == (7, 4)
    expected = ENCODERS.get(name)
    assert type(model.encoder) is (expected or type(None))
    if expected:
        assert model.encoder.get_config()["num_outputs"] == 3
        assert model.encoder.get_config() == config("encoder", 3)
    second = model.second_discriminator
    assert (second is not None) == (name == "mdgan")
    if second is not None:
        assert second.get_config() == config("second", 1)
        first = model.discriminator.named_variables()["dense0/w"].numpy()
        assert np.abs(first - second.named_variables()["dense0/w"].numpy()).max() > 0


def test_squashed_and_another_class():
    kind = type(built("gan"))

    class Other(kind):
        pass

    model = built("gan", kind=Other, squashed=True)
    assert type(model) is Other and model.generator.squashed
    assert not model.discriminator.squashed
    assert model.generator(np.full((2, 3), 9.0, np.float32)).numpy().min() > 0


def test_the_default_seed_is_0():
    model = build_toy_gan("gan", 3, (5,), "glorot", NoiseLatent(3), data=None, batch_size=4)
    assert model.generator.get_config()["seed"] == derive_seed(0, "generator")
