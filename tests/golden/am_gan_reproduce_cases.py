"""Configurations and inputs of the golden numbers of AM-GANs-for-reproduce; needs numpy only.

Program and test both take variables, batches and draws from here; the files hold results alone.
"""

import am_gan_inputs as inputs
import numpy as np

ITERATIONS = 3
BATCH = 6
NOISE = 4

DEFAULTS = {
    "classes": 5,
    "channels": 3,
    # Written out by hand from the original's loops: (size, filters) of the dense layer's images,
    # (filters, stride) of each deconvolution and convolution.
    "start": (4, 8),
    "deconvs": ((4, 2), (2, 2), (1, 2), (3, 1)),
    "convs": ((1, 1), (2, 2), (4, 2), (8, 2)),
    "kernel_g": 3,
    "kernel_d": 3,
    "generator": {"width": 2, "min_width": 2},
    "discriminator": {"width": 2},
    "pooling": "avgpool",
    "layer_noise": 0.0,
    "drop_rate": 0.3,
    "d_steps": 1,
    # A power of two: the same in float32 and float64, as are its halves.
    "learning_rate": 2.0**-11,
    "rate_step": 2,
    "lab": True,
    "ac": True,
    "d_weight": 1.0,
    "g_weight": 1.0,
    "even": False,
    "acgan": False,
    "predefined": False,
    "sharp_pow": 0.0,
    "f2": 1.0,
    "fk": 1.0,
    "labelled": True,
    "fake_logit": False,
    "wgan": False,
    "penalty": False,
    "decay": 0.0,
    "mode": False,
    "slope": 0.0,
}
LARGE_D = {"convs": ((1, 1), (2, 2), (4, 2), (8, 2), (8, 1))}

CASES = {
    "am_gan": {},
    "label_gan": {"ac": False},
    "ac_gan_star_plus": {"lab": False, "even": True},
    "ac_gan": {"lab": False, "acgan": True},
    "gan_star": {"lab": False, "ac": False, "d_weight": 0.1},
    "gan": {"lab": False, "ac": False, "d_weight": 0.0},
    "am_gan_predefined": {
        **LARGE_D,
        "predefined": True,
        "fk": 0.75,
        "discriminator": {"width": 2, "num_extra": 1},
    },
    "wgan": {"lab": False, "ac": False, "d_weight": 0.0, "wgan": True, "penalty": True},
    # Everything that the others leave out.
    "mixed": {
        "channels": 1,
        "start": (4, 5),
        "deconvs": ((8, 1), (4, 2), (2, 2), (1, 2)),
        "convs": ((1, 1), (2, 1), (4, 2), (8, 2)),
        "kernel_g": 4,
        "kernel_d": 5,
        "generator": {"width": 2, "min_width": 5, "num_extra": 1, "wide_end": False},
        "discriminator": {"width": 4, "num_first": 2, "min_size": 8},
        "pooling": "sqrpool",
        "layer_noise": 0.1,
        "d_steps": 2,
        "d_weight": 0.5,
        "g_weight": 0.25,
        "sharp_pow": 2.0,
        "f2": 0.875,
        "fk": 0.75,
        "fake_logit": True,
        "decay": 0.125,
        "mode": True,
        "slope": 0.0625,
    },
    "unlabelled": {
        "labelled": False,
        "penalty": True,
        "pooling": "none",
        "drop_rate": 0.0,
        "convs": ((1, 1), (2, 2), (4, 2)),
        "discriminator": {"width": 2, "min_size": 8},
    },
}


def config_of(name):
    return {**DEFAULTS, **CASES[name]}


def discriminator_sizes(config):
    """[(height, filters) of each convolution's output]."""
    sizes, size = [], 32
    for filters, stride in config["convs"]:
        size //= stride
        sizes.append((size, filters))
    return sizes


def initial_variables(config):
    """{'generator/deconv0/w': float64 array, ...}, all away from their initial values."""
    latent = NOISE + config["classes"] * config["predefined"]
    size, filters = config["start"]
    kernels = [("generator/linear", (latent, size * size * filters), 1)]
    norms = [("generator/bn0", filters)]
    k = config["kernel_g"]
    for i, (units, _) in enumerate(config["deconvs"]):
        kernels.append((f"generator/deconv{i}", (k, k, units, filters), 2))
        norms.append((f"generator/bn{i + 1}", units))
        filters = units
    norms.pop()  # none after the image
    k, filters = config["kernel_d"], config["channels"]
    for i, (units, _) in enumerate(config["convs"]):
        kernels.append((f"discriminator/conv{i}", (k, k, filters, units), 3))
        norms.append((f"discriminator/bn{i}", units))
        filters = units
    height, filters = discriminator_sizes(config)[-1]
    features = filters * (height * height if config["pooling"] == "none" else 1)
    kernels.append(("discriminator/linear", (features, config["classes"] + 2), 1))
    variables = {}
    for name, shape, axis in kernels:
        variables[f"{name}/w"] = inputs.variable(f"{name}/w", shape)
        variables[f"{name}/g"] = inputs.variable(f"{name}/g", shape[axis])
        variables[f"{name}/b"] = inputs.variable(f"{name}/b", shape[axis])
    for name, channels in norms:
        for kind in ("offset", "scale"):
            variables[f"{name}/{kind}"] = inputs.variable(f"{name}/{kind}", channels)
    return variables


def latent_draws(config, salt):
    draws = {"latent": inputs.normal(f"{salt}/latent", (BATCH, NOISE))}
    if config["predefined"]:
        labels = inputs.random_state(f"{salt}/target").randint(0, config["classes"], BATCH)
        # In the middle of the label's share of [0, 1).
        draws["label"] = ((labels + 0.5) / config["classes"]).astype(np.float32)
    return draws


def call_draws(config, salt):
    """The draws of one call of the discriminator, by stream name."""
    image = (BATCH, 32, 32, config["channels"])
    draws = {"noise_add": inputs.noise_add(f"{salt}/noise_add", image)}
    sizes = discriminator_sizes(config)
    shapes = [(BATCH, size, size, filters) for size, filters in sizes]
    if config["pooling"] != "none":
        shapes.append((BATCH, sizes[-1][1]))
    for i, shape in enumerate(shapes):
        if config["layer_noise"]:
            name = f"noise{i}/noise_multiply"
            draws[name] = inputs.noise_multiply(f"{salt}/{name}", shape)
        if config["drop_rate"]:
            draws[f"dropout{i}"] = inputs.uniform_draws(f"{salt}/dropout{i}", shape)
    return draws


def step_inputs(config, iteration):
    """(draws by full stream name, {'d0': (images, labels), ...}) of one iteration (from 0)."""
    draws, batches = {}, {}
    for step in [f"d{i}" for i in range(config["d_steps"])] + ["g0"]:
        salt = f"{iteration}/{step}"
        named = latent_draws(config, salt)
        calls = ["fake"] if step == "g0" else ["real", "fake"]
        if step != "g0" and config["penalty"]:
            calls.append("penalty")
            named["penalty/alpha"] = inputs.uniform_draws(f"{salt}/alpha", (BATCH,))
        for call in calls:
            for key, value in call_draws(config, f"{salt}/{call}").items():
                named[f"{call}/{key}"] = value
        draws.update({f"{step}/{key}": value for key, value in named.items()})
        if step != "g0":
            shape = (BATCH, 32, 32, config["channels"])
            labels = inputs.random_state(f"{salt}/labels").randint(0, config["classes"], BATCH)
            batches[step] = inputs.images(f"{salt}/images", shape), labels.astype(np.int32)
    return draws, batches


def initialization_draws(config):
    """The draws of a data-dependent initialisation: one generator and one discriminator call."""
    draws = latent_draws(config, "initialize")
    fake = call_draws(config, "initialize/fake")
    return draws | {f"fake/{key}": value for key, value in fake.items()}
