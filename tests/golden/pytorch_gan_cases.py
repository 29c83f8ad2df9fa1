"""Configurations and inputs of the golden numbers of PyTorch-GAN's pair; needs numpy only.

Program and test both take variables, data and draws from here; pytorch_gan.npz holds results alone.
"""

import zlib

import numpy as np

ITERATIONS = 2
BATCH = 6
LATENT = 3
IMAGE = (4, 4, 1)
GENERATOR, DISCRIMINATOR = (5, 6, 7, 8), (6, 5)
# Powers of two and their sums: the same in float32 and float64. The large epsilon shows where it
# is added.
RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.5, 1.0 - 2.0**-10, 2.0**-12

DEFAULTS = {
    "loss": "non_saturating",
    "order": "generator_first",
    "d_steps": 1,
    "scale": 0.5,
    "real_target": 1.0,
    "batch_norm_epsilon": 0.8,
    "penalty": "none",
    "penalty_weight": 10.0,
    "clip": 0.0,
}
CASES = {
    # implementations/gan/gan.py as it is.
    "gan": {},
    "usual_epsilon": {"batch_norm_epsilon": 1e-5},
    "minimax_two_steps": {"loss": "minimax", "order": "discriminator_first", "d_steps": 2},
    "generator_first_two_steps": {"d_steps": 2, "real_target": 0.875},
    "least_squares": {"loss": "least_squares", "real_target": 0.875},
    "wasserstein_clipped": {
        "loss": "wasserstein",
        "order": "discriminator_first",
        "d_steps": 2,
        "scale": 1.0,
        "clip": 0.125,
    },
    "wgan_gp": {"loss": "wasserstein", "scale": 1.0, "penalty": "wgan_gp"},
    "hinge": {"loss": "hinge", "scale": 1.0},
    "dragan": {"penalty": "dragan"},
    "relativistic_average": {"loss": "relativistic_average"},
    "relativistic_least_squares": {"loss": "relativistic_least_squares"},
    "relativistic_least_squares_competitive": {"loss": "relativistic_least_squares_competitive"},
}


def config_of(name):
    return DEFAULTS | CASES[name]


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def layers():
    """{'generator/linear0': (inputs, units), ...} and {'generator/bn1': units, ...}."""
    dense, norms = {}, {}
    sizes = [LATENT, *GENERATOR]
    for i, (inputs, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
        dense[f"generator/linear{i}"] = (inputs, units)
        if i:
            norms[f"generator/bn{i}"] = units
    dense["generator/linear"] = (sizes[-1], int(np.prod(IMAGE)))
    sizes = [int(np.prod(IMAGE)), *DISCRIMINATOR]
    for i, (inputs, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
        dense[f"discriminator/linear{i}"] = (inputs, units)
    dense["discriminator/linear"] = (sizes[-1], 1)
    return dense, norms


def initial_variables():
    """{'generator/linear0/w': float64 [in, out], ...}, away from 0 and 1 where they start there."""
    dense, norms = layers()
    variables = {}
    for name, (inputs, units) in dense.items():
        weights = _state(f"{name}/w").standard_normal((inputs, units)) / np.sqrt(inputs)
        variables[f"{name}/w"] = np.round(weights * 1024) / 1024
        variables[f"{name}/b"] = np.round(_state(f"{name}/b").standard_normal(units) * 128) / 1024
    for name, units in norms.items():
        variables[f"{name}/scale"] = 1.0 + np.round(_state(f"{name}/s").standard_normal(units)) / 8
        variables[f"{name}/offset"] = np.round(_state(f"{name}/o").standard_normal(units)) / 8
    return variables


def flat(variables):
    """All variables of `initial_variables` in one vector, in its order."""
    return np.concatenate([np.ravel(variables[name]) for name in initial_variables()])


def real_images(iteration, d_steps):
    """float64 [d_steps, BATCH, *IMAGE] in [-1, 1]."""
    draw = _state(f"real/{iteration}").uniform(-1.0, 1.0, (d_steps, BATCH, *IMAGE))
    return np.round(draw * 128) / 128


def draws(config, iteration):
    """{'g0/latent': float64, ...}: all that an iteration may ask for."""
    found = {}
    for step in ["g0", *(f"d{s}" for s in range(config["d_steps"]))]:
        state = _state(f"{step}/{iteration}")
        found[f"{step}/latent"] = np.round(state.standard_normal((BATCH, LATENT)) * 256) / 256
        found[f"{step}/penalty/alpha"] = np.round(state.uniform(size=BATCH) * 256) / 256
        found[f"{step}/penalty/offset"] = np.round(state.uniform(size=(BATCH, *IMAGE)) * 256) / 256
    return found
