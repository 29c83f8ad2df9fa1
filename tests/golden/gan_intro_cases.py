"""Configurations and inputs of the golden numbers of gan-intro; needs numpy only.

Program and test both take variables, data and draws from here; gan_intro.npz holds results alone.
"""

import zlib

import numpy as np

ITERATIONS = 5
BATCH = 6
HIDDEN = 3
KERNELS, KERNEL_DIM = 5, 3
# Powers of two and their sums: the same in float32 and float64.
RATE, BETA1, BETA2, EPSILON = 2.0**-6, 0.875, 1.0 - 2.0**-9, 2.0**-26

DEFAULTS = {
    "minibatch": False,
    "clamp": True,
    # (mean, standard deviation) of each.
    "negatives": (),
    "negative_weight": 1.0,
    "negatives_every": 1,
    "fake_term_weight": 1.0,
    # Of the initial weights: 1.25 puts some probabilities below the clamp and leaves others above.
    "stddev": 1.0,
}
BOTH = ((13.0, 1.0), (-6.0, 2.0))
CASES = {
    "gan": {},
    "gan_minibatch": {"minibatch": True},
    "gan_clamped": {"stddev": 1.25},
    "gan_logits": {"stddev": 1.25, "clamp": False},
    "nat_gan": {"negatives": BOTH},
    "nat_gan_weighted": {
        "negatives": BOTH,
        "negative_weight": 0.25,
        "negatives_every": 2,
        "fake_term_weight": 0.5,
        "clamp": False,
        "minibatch": True,
    },
}


def config_of(name):
    return DEFAULTS | CASES[name]


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def _normal(name, shape):
    return np.round(_state(name).standard_normal(shape) * 256) / 256


def initial_variables(config):
    """{'generator/g0/w': float64, ...}; weights [in, out], biases away from 0."""
    width = 2 * HIDDEN
    shapes = {
        "generator/g0": (1, HIDDEN),
        "generator/g1": (HIDDEN, 1),
        "discriminator/d0": (1, width),
        "discriminator/d1": (width, width),
    }
    if config["minibatch"]:
        shapes["discriminator/minibatch"] = (width, KERNELS * KERNEL_DIM)
        shapes["discriminator/d3"] = (width + KERNELS, 1)
    else:
        shapes["discriminator/d2"] = (width, width)
        shapes["discriminator/d3"] = (width, 1)
    variables = {}
    for name, shape in shapes.items():
        stddev = 0.25 if name.endswith("minibatch") else config["stddev"]
        variables[f"{name}/w"] = stddev * _normal(f"{name}/w", shape)
        variables[f"{name}/b"] = 0.5 * _normal(f"{name}/b", shape[-1:])
    return variables


def real_points(iteration):
    """float64 [BATCH, 1], ascending."""
    return np.sort(4.0 + 0.5 * _normal(f"real{iteration}", (BATCH, 1)), axis=0)


def draws(config, iteration):
    """{stream name: float64 [BATCH, 1]} of one iteration: U[0, 1) latents, N(0, 1) negatives."""
    found = {
        f"{player}/latent": _state(f"{player}{iteration}").randint(0, 256, (BATCH, 1)) / 256
        for player in ("d0", "g0")
    }
    for index in range(len(config["negatives"])):
        found[f"d0/n{index}/points"] = _normal(f"n{index}/{iteration}", (BATCH, 1))
    return found
