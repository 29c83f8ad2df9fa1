"""What can be done to latents before images are generated: truncation and interpolation.

Latents of amnat begin with `dim` entries of noise, which may be followed by a one-hot class of
`num_classes` entries and a continuous code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amnat.errors import InputError

import numpy as np
from scipy.special import ndtr, ndtri

NORMAL, UNIT_SPHERE = "normal", "unit_sphere"


def noise_of(draw: Any, size: int) -> tuple[str, int]:
    """(the distribution of the noise, its number of entries) of latents.

    Args:
      draw: a latent, or the function that draws standard normal ones for other SavedModels.
      size: entries of a latent.
    """
    from amnat.export.generators import latent_law

    if not hasattr(draw, "size"):
        return NORMAL, size
    if hasattr(draw, "dim"):
        return str(getattr(draw, "noise", NORMAL)), draw.dim
    return latent_law(draw), size


def classes_of(draw: Any, latents: np.ndarray) -> np.ndarray:
    """The classes in latents, int [N]; `draw` has `dim` and `num_classes`."""
    return latents[:, draw.dim : draw.dim + draw.num_classes].argmax(axis=1)


def truncated(latents: np.ndarray, dim: int, threshold: float) -> np.ndarray:
    """Latents whose first `dim` entries, standard normal, become truncated normal.

    Every entry z becomes F^-1(Phi(z)), where F is the distribution function of a normal variable
    that is known to lie in [-threshold, threshold]. This has the law of drawing entries again until
    they lie there (Brock et al. 2019, section 3.1), but needs no further draws, and the images
    change smoothly with the threshold.

    Args:
      latents: float [N, Z].
      threshold: positive.
    """
    low, high = ndtr([-threshold, threshold])
    shares = ndtr(latents[:, :dim].astype(np.float64))
    noise = np.clip(ndtri(low + shares * (high - low)), -threshold, threshold)
    found = latents.copy()
    found[:, :dim] = noise
    return found


def interpolated(
    first: np.ndarray, second: np.ndarray, count: int, dim: int, law: str
) -> np.ndarray:
    """Latents on the way from one latent to another, with both ends.

    Normal noise and noise on the sphere go along a great circle, on which lengths change evenly
    (White 2016, "Sampling Generative Networks"): on a straight line, the middle would be shorter
    than nearly every latent that the generator has seen. Other noise goes straight. A class is that
    of the first latent, and what follows it goes straight.

    Args:
      first, second: float [Z].
      count: number of latents, at least 2.
      dim, law: see `noise_of`.

    Returns: float [count, Z].
    """
    weights = np.linspace(0, 1, count, dtype=np.float64)[:, None]
    start, end = first.astype(np.float64), second.astype(np.float64)
    found = (1 - weights) * start + weights * end
    if law in (NORMAL, UNIT_SPHERE):
        found[:, :dim] = _great_circle(start[:dim], end[:dim], weights)
    return found.astype(first.dtype)


def _great_circle(start: np.ndarray, end: np.ndarray, weights: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    cosine = np.clip(start @ end / max(lengths[0] * lengths[1], 1e-30), -1.0, 1.0)
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-6:
        return (1 - weights) * start + weights * end
    parts = np.sin((1 - weights) * angle) * start + np.sin(weights * angle) * end
    return parts / np.sin(angle)


def parse_seeds(words: Sequence[str], flag: str = "interpolate") -> tuple[int, int]:
    """The two seeds of a flag; raises InputError."""
    if len(words) != 2 or not all(word.strip().isdecimal() for word in words):
        raise InputError(f"--{flag}={','.join(words)}: expected two seeds, SEED1,SEED2")
    return int(words[0]), int(words[1])


def check_truncation(law: str, flag: str) -> None:
    """Raises InputError unless noise can be truncated."""
    if law != NORMAL:
        raise InputError(
            f"--{flag}: the latents are {law.replace('_', ' ')}, expected standard normal ones; "
            "leave it out"
        )
