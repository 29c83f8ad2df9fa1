"""The initial weights of rmermin/msgan.pytorch (train.py, `weights_init`).

Convolutions get theirs by --init_type. Dense layers and all biases keep PyTorch's own, uniform
within 1 / sqrt(fan in) of 0. Scales of batch norm are N(1, 0.02), its offsets 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from amnat.layers import BatchStatisticsNormalization, Conv2D, Dense
from amnat.networks.network import Network
from amnat.rng import derive_seed

import numpy as np

STDDEV = 0.02


def initialize(networks: Iterable[Network], init_type: str, seed: int) -> None:
    """Sets the weights of networks whose variables are built.

    Args:
      networks: of `amnat.methods.dist_gan.networks`, each with a name of its own.
      init_type: a member of `settings.INIT_TYPES`, for the kernels of convolutions: N(0, 0.02);
        orthogonal; Glorot's uniform; 'false': PyTorch's own, as of dense layers.
      seed: int; every layer draws from it and its own name.
    """
    for network in networks:
        for layer in network.submodules:
            random = np.random.default_rng(derive_seed(seed, f"{network.name}/{layer.name}"))
            if isinstance(layer, (Conv2D, Dense)):
                is_conv = isinstance(layer, Conv2D)
                layer.w.assign(initial_kernel(tuple(layer.w.shape), init_type, random, is_conv))
                if layer.b is not None:
                    reach = 1.0 / math.sqrt(math.prod(layer.w.shape[:-1]))
                    layer.b.assign(random.uniform(-reach, reach, layer.b.shape))
            elif isinstance(layer, BatchStatisticsNormalization):
                layer.scale.assign(random.normal(1.0, STDDEV, layer.scale.shape))
                layer.offset.assign(np.zeros(layer.offset.shape))


def initial_kernel(
    shape: tuple[int, ...], init_type: str, random: np.random.Generator, is_conv: bool
) -> np.ndarray:
    """float64 of a kernel's shape, [k, k, in, out] or [in, out]; see `initialize`."""
    fan_in, filters = math.prod(shape[:-1]), shape[-1]
    if is_conv and init_type == "normal":
        return random.normal(0.0, STDDEV, shape)
    if is_conv and init_type == "orth":
        return _orthogonal(filters, fan_in, random).T.reshape(shape)
    reach = 1.0 / math.sqrt(fan_in)
    if is_conv and init_type == "xavier_uniform":
        area = math.prod(shape[:-2])
        reach = math.sqrt(6.0 / (fan_in + area * filters))
    return random.uniform(-reach, reach, shape)


def _orthogonal(rows: int, columns: int, random: np.random.Generator) -> np.ndarray:
    """A random matrix with orthonormal rows, or columns if there are fewer of them."""
    longer, shorter = max(rows, columns), min(rows, columns)
    made, triangle = np.linalg.qr(random.normal(size=(longer, shorter)))
    # Without the signs it would not be distributed uniformly.
    made *= np.sign(np.diag(triangle))
    return made if rows >= columns else made.T
