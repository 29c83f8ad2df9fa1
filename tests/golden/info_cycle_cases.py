"""Configurations and inputs of the golden iterations of InfoGAN and the translator; needs numpy.

Program and test both take variables, data and draws from here; info_cycle.json holds results alone.
"""

import zlib

import numpy as np

ITERATIONS = 3
SIDE = 16
IMAGE = (SIDE, SIDE, 1)
SPACE = 2
# Powers of two and their sums: the same in float32 and float64. The large epsilon shows where it is
# added.
RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.5, 1.0 - 2.0**-10, 2.0**-12

# Of the translator.
GENERATOR_WIDTH, BLOCKS, CRITIC_WIDTH, DOWNS = 2, 1, 2, 2
PER_DOMAIN, BATCH = 4, 4
TRANSLATOR = {
    "domains": 2,
    "generators": 1,
    "critics": 1,
    "generator_loss": "sim",
    "critic_loss": "sim",
    "label_weight": 0.6,
    "space_weight": 0.1,
    "truth_weight": 0.4,
    "double_softmax": False,
    "penalty_weight": 1.0,
    "identity_weight": 5.0,
    "cycle_weight": 10.0,
    "steps_per_rollout": 2,
    "critic_batch": BATCH,
    "critic_steps": 1,
    "mode": "redraw",
    "gradient_after": False,
    "as_published": False,
    "clip": 0.0,
}
TRANSLATOR_CASES = {
    "sim": {},
    # The repository, slips and all.
    "published": {
        "as_published": True,
        "double_softmax": True,
        "identity_weight": 0.5,
        "cycle_weight": 3.0,
        "clip": 0.5,
    },
    "replay": {"mode": "replay", "critic_steps": 2, "critic_loss": "least_squares"},
    "small critic batch": {"critic_batch": 3, "gradient_after": True},
    "two of each": {
        "generators": 2,
        "critics": 2,
        "generator_loss": "relativistic_least_squares",
        "critic_loss": "relativistic_least_squares",
        "mode": "pair",
    },
    "three domains": {"domains": 3, "truth_weight": 0.0, "penalty_weight": 0.0},
}

# Of InfoGAN.
NOISE, LABELS, INFO_GENERATOR, INFO_CRITIC, INFO_BATCH = 3, 3, 4, 2, 5
INFOGAN = {
    "generator_loss": "least_squares",
    "critic_loss": "least_squares",
    "label_weight": 1.0,
    "space_weight": 0.1,
    "truth_weight": 0.0,
    "double_softmax": True,
    "squared_space": True,
    # The sum that a penalty differentiates does not depend on the images here: batch norm in front
    # of the heads takes its mean out.
    "penalty_weight": 0.0,
    "epsilon": 0.8,
}
INFOGAN_CASES = {
    # implementations/infogan/infogan.py as it is, but for dropout.
    "infogan": {},
    "guided": {
        "critic_loss": "non_saturating",
        "generator_loss": "non_saturating",
        "truth_weight": 0.5,
        "double_softmax": False,
        "squared_space": False,
        "epsilon": 1e-5,
    },
}


def translator(name):
    return TRANSLATOR | TRANSLATOR_CASES[name]


def infogan(name):
    return INFOGAN | INFOGAN_CASES[name]


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def _rounded(values, unit=256):
    return np.round(values * unit) / unit


def initial(name, shape):
    """The variable of a name, such as 'generator0/conv/w', in amnat's layout; float64."""
    draw = _state(name).standard_normal(shape)
    if name.endswith("scale"):
        return _rounded(1 + draw / 8)
    return _rounded(draw / np.sqrt(np.prod(shape[:-1]))) if len(shape) > 1 else _rounded(draw / 8)


def least_per_block(config):
    return BATCH // (2 * config["domains"])


def cut_draws(config):
    """Numbers that the division of a batch takes."""
    domains = config["domains"]
    free = BATCH - domains * least_per_block(config)
    return 1 if config["as_published"] else free + domains - 1


def rollout_images(case, iteration):
    """float64 [domains * PER_DOMAIN, *IMAGE], domain after domain."""
    config = translator(case)
    state = _state(f"images/{iteration // config['steps_per_rollout']}")
    shape = (config["domains"] * PER_DOMAIN, *IMAGE)
    return _rounded(state.uniform(-1, 1, shape))


def translator_draws(case, iteration):
    """{stream name: float64}: all that an iteration may ask for."""
    config = translator(case)
    domains = config["domains"]
    rollout = _state(f"{case}/rollout/{iteration // config['steps_per_rollout']}")
    step = _state(f"{case}/{iteration}")
    drawable = PER_DOMAIN - config["as_published"]
    count = domains * PER_DOMAIN
    found = {
        "rollout/space": rollout.uniform(size=(count, SPACE)),
        "rollout/shift": rollout.uniform(),
    }
    for prefix, state in (("rollout/", rollout), ("", step)):
        found[f"{prefix}cut"] = state.uniform(size=cut_draws(config))
        for side in ("source", "real"):
            found[f"{prefix}{side}_rows"] = state.uniform(size=(domains, drawable))
    for number in range(config["critics"]):
        for critic_step in range(config["critic_steps"]):
            found[f"critic{number}/d{critic_step}/rows"] = step.uniform(size=BATCH)
        found[f"info{number}/penalty/offset"] = step.uniform(size=(count, *IMAGE))
        found[f"info{number}/penalty/share"] = step.uniform(size=count)
    return {name: _rounded(value, 2**20) for name, value in found.items()}


def infogan_batch(iteration):
    """(images float64 [INFO_BATCH, *IMAGE], classes int32 [INFO_BATCH])."""
    state = _state(f"batch/{iteration}")
    images = _rounded(state.uniform(-1, 1, (INFO_BATCH, *IMAGE)))
    return images, state.randint(0, LABELS, INFO_BATCH).astype(np.int32)


def infogan_draws(iteration):
    """{stream name: float64}: all that an iteration may ask for."""
    found = {}
    for prefix in ("g0", "i0"):
        state = _state(f"{prefix}/{iteration}")
        found[f"{prefix}/latent"] = state.standard_normal((INFO_BATCH, NOISE))
        found[f"{prefix}/label"] = state.uniform(size=INFO_BATCH)
        found[f"{prefix}/code"] = state.uniform(size=(INFO_BATCH, SPACE))
    return {name: _rounded(value, 2**20) for name, value in found.items()}


def summary(values):
    """[sum, norm] of an array: what is kept of a variable."""
    return [float(np.sum(values)), float(np.linalg.norm(values))]
