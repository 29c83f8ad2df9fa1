"""Images on the way between two latents, for the page. Loads TensorFlow."""

from __future__ import annotations

from typing import Any

from amnat.errors import InputError
from amnat.export.generators import is_conditional, serving_rng
from amnat.sampling.walks import interpolated, noise_of
from amnat.serving.bodies import DEFAULT_SIGNATURE
from amnat.serving.request_errors import RequestError
from amnat.serving.saved_models import LoadedModel
from amnat.training.generator_record import rebuild_latent

import numpy as np
import tensorflow as tf

LATENT = "latent"


def latent_of(model: LoadedModel) -> Any:
    """The latent that a model's samples are drawn from; None if images cannot be walked between.

    SavedModels of other programs whose only input is `latent` get standard normal ones.
    """
    infos = model.inputs.get(DEFAULT_SIGNATURE, {})
    info = infos.get(LATENT)
    if len(infos) != 1 or info is None or info.shape is None or len(info.shape) != 2:
        return None
    size = info.shape[1]
    if size is None or info.dtype != "float32":
        return None
    if LATENT not in model.metadata:
        return lambda rng, count, dtype: rng.normal(LATENT, [count, size], dtype)
    try:
        return rebuild_latent(model.metadata, "the export")
    except InputError:
        return None  # The latent of a program that is not imported here.


def drawn(latent: Any, seed: int, label: int | None, code: list[float]) -> np.ndarray:
    """The latent of the first image of a seed, as the export's signatures draw it; float32 [Z].

    Args:
      label: the class or label; None to draw it.
      code: the continuous code, of latents that have one beside a label.
    """
    rng = serving_rng(tf.constant(seed, tf.int64))
    if label is None:
        found = latent(rng, 1, tf.float32)
    elif is_conditional(latent):
        noise, _ = latent.split(latent(rng, 1, tf.float32))
        found = latent.join(noise, tf.constant([label]))
    else:
        noise = rng.normal(LATENT, [1, latent.dim])
        space = tf.constant([code or [0.0] * latent.code_dim], tf.float32)
        found = latent.compose(noise, tf.constant([label]), space)
    return found.numpy()[0]


def has_labels(latent: Any) -> bool:
    """Whether the class or label of a latent can be chosen."""
    return is_conditional(latent) or hasattr(latent, "compose")


def check_choices(latent: Any, label: int | None, code: list[float]) -> None:
    """Raises RequestError 400 if a latent has no such label or code."""
    classes = latent.num_classes if has_labels(latent) else 0
    if label is not None and not 0 <= label < classes:
        expected = f"0 to {classes - 1}" if classes else "none, as this model has no classes"
        raise RequestError(400, f"label is {label}, expected {expected}")
    size = getattr(latent, "code_dim", 0)
    if code and (len(code) != size or not all(-1 <= value <= 1 for value in code)):
        raise RequestError(400, f"expected a code of {size} numbers in [-1, 1]")


def walk(
    model: LoadedModel, seeds: tuple[int, int], steps: int, label: int | None, code: list[float]
) -> dict[str, np.ndarray]:
    """What serving_default makes of the latents from one seed's to another's, with both ends.

    Raises: RequestError 400.
    """
    latent = latent_of(model)
    if latent is None:
        raise RequestError(400, "This model takes no latents that could be walked between")
    check_choices(latent, label, code)
    first, second = (drawn(latent, seed, label, code) for seed in seeds)
    law, dim = noise_of(latent, len(first))
    latents = interpolated(first, second, steps, dim, law)
    return model.call(DEFAULT_SIGNATURE, {LATENT: latents.astype(np.float32)})
