"""The signatures of a generator."""

from amnat.export.signatures import Field, Signature, checked, to_bytes
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

# What the bytes of a sample are in the generator's range.
SCALING = "(byte - 127.5) / 128"
LATENT_LAWS = {
    "normal": "independent standard normal",
    "uniform": "independent uniform in [-1, 1)",
    "unit_sphere": "standard normal, scaled to length 1",
}


def is_conditional(latent):
    """Whether the latent carries a class that can be asked for."""
    return hasattr(latent, "join") and hasattr(latent, "num_classes")


def latent_law(latent):
    """What the entries of a latent are, as text."""
    if hasattr(latent, "law"):
        return latent.law
    noise = getattr(latent, "noise", "normal" if hasattr(latent, "dim") else None)
    law = LATENT_LAWS.get(noise, type(latent).__name__)
    if is_conditional(latent):
        return f"{latent.dim} entries {law}, then a one-hot class of {latent.num_classes}"
    return law


def generator_signatures(generate, latent, sample_shape, max_samples):
    """serving_default, generate and, with a class in the latent, generate_class.

    Random numbers depend on the seed of the request alone, on every load and every machine that
    draws with the same algorithm (TensorFlow's Philox, on CPUs and GPUs).

    Args:
      generate: callable, latents float32 [N, Z] -> samples float32 [N, ...].
      latent: callable (rng, batch size, dtype) -> latents, with `size`.
      sample_shape: of one sample: (H, W, C) for images in [-1, 1], (D,) for points.
      max_samples: that one request may ask for.

    Returns: list of `Signature`.
    """
    signatures = [
        latent_signature(generate, latent, sample_shape),
        _generate(generate, latent, sample_shape, max_samples),
    ]
    if is_conditional(latent):
        signatures.append(_generate_class(generate, latent, sample_shape, max_samples))
    return signatures


def output_name(sample_shape):
    """'images' or 'points'."""
    return "images" if len(sample_shape) == 3 else "points"


def float_field(sample_shape):
    """What the samples of a generator are."""
    if len(sample_shape) == 3:
        return Field(f"scaled as {SCALING}", -1.0, 1.0)
    return Field("in the units of the data")


def sampled(sample_shape):
    """(conversion of the generator's samples, Field) for requests that come with a seed."""
    if len(sample_shape) == 3:
        return to_bytes, Field("bytes", 0, 255)
    return tf.identity, float_field(sample_shape)


def latent_signature(generate, latent, sample_shape):
    """serving_default: latents to samples."""
    name = output_name(sample_shape)
    return Signature(
        "serving_default",
        lambda latent: {name: generate(latent)},
        {"latent": tf.TensorSpec([None, latent.size], tf.float32)},
        {"latent": Field(latent_law(latent))},
        {name: float_field(sample_shape)},
        {"latent": np.zeros([1, latent.size], np.float32)},
    )


def serving_rng(seed):
    """The random numbers of a request."""
    return RNG(0, seed, "serving/")


def seed_field():
    """What a request's seed is."""
    return Field("the same seed gives the same samples")


def _generate(generate, latent, sample_shape, max_samples):
    convert, field = sampled(sample_shape)

    def call(num_samples, seed):
        allowed = tf.logical_and(num_samples >= 1, num_samples <= max_samples)
        message = tf.strings.format(
            f"num_samples is {{}}, expected 1 to {max_samples}", num_samples
        )
        count = checked(num_samples, allowed, message)
        latents = latent(serving_rng(seed), count, tf.float32)
        return {output_name(sample_shape): convert(generate(latents))}

    return Signature(
        "generate",
        call,
        {"num_samples": tf.TensorSpec([], tf.int32), "seed": tf.TensorSpec([], tf.int64)},
        {"num_samples": Field("samples to generate", 1, max_samples), "seed": seed_field()},
        {output_name(sample_shape): field},
        {"num_samples": np.int32(1), "seed": np.int64(0)},
    )


def _generate_class(generate, latent, sample_shape, max_samples):
    convert, field = sampled(sample_shape)
    classes = latent.num_classes

    def call(labels, seed):
        count = tf.size(labels)
        few = tf.logical_and(count >= 1, count <= max_samples)
        message = tf.strings.format(f"{{}} labels, expected 1 to {max_samples}", count)
        labels = checked(labels, few, message)
        known = tf.reduce_all(tf.logical_and(labels >= 0, labels < classes))
        message = tf.strings.format(f"labels are {{}}, expected 0 to {classes - 1}", labels)
        labels = checked(labels, known, message)
        noise, _ = latent.split(latent(serving_rng(seed), tf.size(labels), tf.float32))
        return {output_name(sample_shape): convert(generate(latent.join(noise, labels)))}

    return Signature(
        "generate_class",
        call,
        {"labels": tf.TensorSpec([None], tf.int32), "seed": tf.TensorSpec([], tf.int64)},
        {
            "labels": Field(f"a class per sample; 1 to {max_samples} of them", 0, classes - 1),
            "seed": seed_field(),
        },
        {output_name(sample_shape): field},
        {"labels": np.zeros([1], np.int32), "seed": np.int64(0)},
    )
