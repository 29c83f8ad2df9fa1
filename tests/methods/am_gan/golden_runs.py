"""Builds amnat's models from the golden configurations and replays their draws."""

import functools

from amnat.layers import KernelOptions
from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator
from amnat.methods.am_gan.model import AMGAN
from amnat.methods.am_gan.point_networks import MLPDiscriminator, MLPGenerator
from amnat.models import GAN, NormalLatent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import tensorflow as tf

NUM_CLASSES = 10
PARAMETERIZATIONS = {"weight_norm": "weight_norm", "scaled": "scale_after_init"}


def build(golden, dtype="float64", data_format="NHWC"):
    """The model of a golden file, compiled, with its initial variables."""
    config = golden["config"]
    num_logits = NUM_CLASSES + 1 if config["am_gan"] else 1
    common = {
        "kernel": KernelOptions(PARAMETERIZATIONS[config["weights"]]),
        "dtype": dtype,
        # The original's second derivative.
        "batch_norm": "moments" if config["penalty_weight"] else "fused",
    }
    if config["network"] == "image":
        common["data_format"] = data_format
        generator = DCGANGenerator(config["width_g"], config["channels"], **common)
        discriminator = DCGANDiscriminator(
            num_logits, config["width_d"], config["drop_rate"], **common
        )
        sample_shape = (32, 32, config["channels"])
    else:
        generator = MLPGenerator(config["width_g"], config["channels"], **common)
        discriminator = MLPDiscriminator(num_logits, config["width_d"], **common)
        sample_shape = (config["channels"],)
    generator.build_variables((config["latent"],))
    discriminator.build_variables(sample_shape)
    method = AMGAN if config["am_gan"] else GAN
    model = method(
        generator,
        discriminator,
        NormalLatent(config["latent"]),
        d_steps=config["d_steps"],
        gradient_penalty_weight=config["penalty_weight"],
    )

    # The recorded float64 rates: a float32 rate's rounding would show in a float64 trace
    # (tests/methods/am_gan/test_schedules.py compares the schedules with these numbers).
    rates = tf.constant(golden["learning_rate/g0"])

    def rate():
        return rates[model.generator_updates]

    optimizers = [
        make_optimizer(
            config["optimizer"], rate, config["beta1"], config["beta2"], config["epsilon"]
        )
        for _ in range(2)
    ]
    model.compile(*optimizers)
    assign(model, golden, "initial")
    return model


def variables(model):
    """{'generator/linear/w': variable, ...}, the golden files' names."""
    return {
        f"{network.name}/{name}": variable
        for network in (model.generator, model.discriminator)
        for name, variable in network.named_variables().items()
    }


def assign(model, golden, moment):
    named = variables(model)
    stored = {key.removeprefix(f"{moment}/") for key in golden if key.startswith(f"{moment}/")}
    assert stored == set(named)
    for name, variable in named.items():
        variable.assign(golden[f"{moment}/{name}"])


def draws(golden, iteration, dtype):
    """{stream name: tensor} of the golden draws of one iteration (0-based)."""
    recorded = {}
    for key, value in golden.items():
        if key.startswith("draws/"):
            draw = tf.constant(value[iteration], dtype)
            name = key.removeprefix("draws/")
            recorded[name] = tf.reshape(draw, [-1]) if "alpha" in name else draw
    return recorded


def replayed_train_step(model):
    """A traced `train_step(data, draws)` whose random numbers are `draws`."""

    @functools.partial(tf.function, autograph=False)
    def step(data, recorded):
        model._iteration_rng = lambda: RecordedRNG(recorded)
        return model.train_step(data)

    return step


def batch(golden, iteration, dtype):
    """(samples, labels) of one iteration, several discriminator batches interleaved."""
    steps = golden["config"]["d_steps"]
    images = [golden[f"real/d{step}/images"][iteration] for step in range(steps)]
    labels = [golden[f"real/d{step}/labels"][iteration] for step in range(steps)]
    images, labels = np.stack(images, 1), np.stack(labels, 1)
    images = images.reshape(-1, *images.shape[2:])
    return tf.constant(images, dtype), tf.constant(labels.reshape(-1), tf.int32)
