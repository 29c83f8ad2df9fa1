"""The configurations of the golden numbers of MS-GAN, and their inputs (numpy only)."""

import json
import pathlib

import numpy as np

BATCH = 8
ITERATIONS = 3
# Where the weight of reconstructions moves.
FIRST_ITERATION, NUM_STEPS = 60, 100
PLAYERS = ("e0", "d0", "g0")
LEARNING_RATE, BETA2 = 2e-4, 0.9
PENALTY_WEIGHT = 0.5

_CIFAR = {"data": "cifar10", "shape": (32, 32, 3), "latent": 6, "regulariser": 1.0}
_RESNET = _CIFAR | {"network": "resnet", "beta1": 0.0, "loss": "hinge", "widths": (2, 2, 2)}
CASES = {
    "mnist": {
        "data": "mnist",
        "network": "dcgan",
        "shape": (28, 28, 1),
        "latent": 5,
        "widths": (1, 1, 1),
        "loss": "log",
        "task": 2,
        "weights": (1.0, 0.1),
        "regulariser": 1.0,
        "beta1": 0.5,
    },
    "stacked_mnist": {
        "data": "mnist-1k",
        "network": "dcgan",
        "shape": (28, 28, 3),
        "latent": 6,
        "widths": (2, 2, 1),
        "loss": "log",
        "task": 2,
        "weights": (0.5, 0.2),
        "regulariser": 0.01,
        "beta1": 0.5,
    },
    "celeba": {
        "data": "celeba",
        "network": "dcgan",
        "shape": (64, 64, 3),
        "latent": 5,
        "widths": (1, 1, 1),
        "loss": "log",
        "task": 2,
        "weights": (1.0, 0.1),
        "regulariser": 1.0,
        "beta1": 0.5,
    },
    "cifar_dcgan": _CIFAR
    | {
        "network": "dcgan",
        "widths": (2, 2, 2),
        "loss": "hinge",
        "task": 2,
        "weights": (1.0, 0.1),
        "beta1": 0.5,
    },
    "cifar_sngan": _CIFAR
    | {
        "network": "sngan",
        "latent": 128,
        "widths": (1, 1, 1),
        "loss": "hinge",
        "task": 1,
        "weights": (1.0, 0.3),
        "beta1": 0.5,
    },
    "cifar_resnet_none": _RESNET | {"task": 0, "weights": (0.0, 0.0)},
    "cifar_resnet_ss": _RESNET | {"task": 1, "weights": (0.5, 0.0)},
    "cifar_resnet_ms": _RESNET | {"task": 2, "weights": (0.5, 0.1)},
    "cifar_resnet_log": _RESNET | {"task": 2, "weights": (0.5, 0.1), "loss": "log"},
    "stl10_resnet": _RESNET
    | {
        "data": "stl10",
        "shape": (48, 48, 3),
        "task": 2,
        "weights": (1.0, 0.01),
    },
}


def load(name="ms_gan"):
    """{case: golden numbers}, see README.md beside this file."""
    path = pathlib.Path(__file__).parent / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


class Fill:
    """Initial values for the variables of one network, asked for in the order of creation.

    Kernels are uniform within Glorot's limit, biases and offsets within 0.1 of 0, scales within
    0.1 of 1.

    Args:
      seed: int.
    """

    def __init__(self, seed):
        self._random = {
            kind: np.random.RandomState(4 * seed + i)
            for i, kind in enumerate(("kernel", "bias", "offset", "scale"))
        }

    def __call__(self, kind, shape):
        """float32 of `shape`; `kind` is 'kernel', 'bias', 'offset' or 'scale'."""
        draw = self._random[kind].uniform(-1.0, 1.0, shape)
        if kind == "kernel":
            draw *= np.sqrt(6.0 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1])))
        else:
            draw = draw * 0.1 + (kind == "scale")
        return draw.astype(np.float32)


def inputs(case, iteration, player):
    """What a player of an iteration (from 0) takes.

    Returns: dict of float32 arrays: images [8, H, W, C] in [0, 1]; latents [8, dim] in [-1, 1);
      alpha [8], the share of the **real** image in the penalty's points; rotation [32] and mixture
      [40], uniform numbers whose ranks are the original's shuffled order.
    """
    config = CASES[case]
    return _inputs(config["shape"], config["latent"], iteration, player)


def seed_inputs(iteration, player):
    """`inputs` of make_ms_gan_seed.py, where all players share the images of the first."""
    return _inputs((32, 32, 3), 128, iteration, player)


def _inputs(shape, latent_size, iteration, player):
    random = np.random.RandomState(1000 + 10 * iteration + PLAYERS.index(player))
    made = {
        "images": random.uniform(0.0, 1.0, (BATCH, *shape)),
        "latents": random.uniform(-1.0, 1.0, (BATCH, latent_size)),
        "alpha": random.uniform(0.0, 1.0, BATCH),
        "rotation": random.uniform(0.0, 1.0, 4 * BATCH),
        "mixture": random.uniform(0.0, 1.0, 5 * BATCH),
    }
    return {name: value.astype(np.float32) for name, value in made.items()}
