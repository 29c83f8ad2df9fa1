"""The toy methods with the weights, points and draws of the recorded runs of the original."""

from amnat.layers import Dense
from amnat.methods.toys.optimizers import RMSProp
from amnat.methods.toys.toy_auto_encoders import METHODS
from amnat.methods.toys.toy_networks import GaussianPointEncoder, PointNetwork
from amnat.models.latents import NormalLatent
from amnat.training.optimizers import make_optimizer

import numpy as np


def uniform(shape, key):
    """float32 in [0, 1), the hash of an entry's place and `key` that the original was run with."""
    place = np.arange(1, 1 + np.prod(shape), dtype=np.float64)
    hashed = np.abs(np.sin(12.9898 * place + 78.233 * (key + 1)) * 43758.5453)
    return (hashed % 1.0).astype(np.float32).reshape(shape)


def fill(network):
    """Builds a network with the weights that the original was run with."""
    network.build_variables((network.num_inputs,))
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    for key, layer in enumerate(dense):
        limit = np.sqrt(6.0 / sum(layer.w.shape))
        layer.w.assign(limit * (2.0 * uniform(layer.w.shape, key) - 1.0))
        layer.b.assign(0.1 * (2.0 * uniform(layer.b.shape, 1000 + key) - 1.0))
    return network


class DrawnPoints:
    """Points that the recorded draws of a test hold, by the name `points`."""

    def __call__(self, rng, batch_size, dtype):
        return rng.normal("points", [batch_size, 1], dtype)


def build(name, batch_size):
    """The method of the line, compiled as in the original."""
    encoder, second = None, None
    if name in ("rgan", "mdgan", "distgan"):
        encoder = fill(PointNetwork(name="encoder"))
    if name == "vaegan":
        encoder = fill(GaussianPointEncoder(name="encoder"))
    if name == "mdgan":
        second = fill(PointNetwork(name="second"))
    model = METHODS[name](
        fill(PointNetwork(name="generator")),
        fill(PointNetwork(name="discriminator")),
        NormalLatent(1),
        DrawnPoints(),
        batch_size,
        encoder=encoder,
        second_discriminator=second,
    )
    if name == "vaegan":
        model.compile(*(RMSProp(0.001) for _ in model.players()))
    else:
        model.compile(*(make_optimizer("adam", 0.001, 0.5, 0.9) for _ in model.players()))
    return model
