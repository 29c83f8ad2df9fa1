"""Keras layers that reproduce those of the published methods; each file names its source."""

from amnat.layers.activations import ACTIVATIONS, activate
from amnat.layers.batch_norm import BatchStatisticsNormalization, synchronize_batch_norm
from amnat.layers.channel_dropout import ChannelDropout
from amnat.layers.conditioned_conv import ConditionedConv2D
from amnat.layers.instance_norm import InstanceNormalization
from amnat.layers.kernels import (
    Conv2D,
    Conv2DTranspose,
    Dense,
    KernelOptions,
    narrow_as_products,
    shared_kernels,
)
from amnat.layers.minibatch import MinibatchFeatures
from amnat.layers.minibatch_discrimination import MinibatchDiscrimination
from amnat.layers.noise import Dropout, RescaledDropout, TruncatedNoise
from amnat.layers.noisy_dense import NoisyDense
from amnat.layers.padded_conv import PaddedConv2D
from amnat.layers.pooling import ScaledAveragePooling2D
from amnat.layers.spectral_norm import SpectralNormalization

__all__ = [
    "ACTIVATIONS",
    "BatchStatisticsNormalization",
    "ChannelDropout",
    "ConditionedConv2D",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "Dropout",
    "InstanceNormalization",
    "KernelOptions",
    "MinibatchDiscrimination",
    "MinibatchFeatures",
    "NoisyDense",
    "PaddedConv2D",
    "RescaledDropout",
    "ScaledAveragePooling2D",
    "SpectralNormalization",
    "TruncatedNoise",
    "activate",
    "narrow_as_products",
    "shared_kernels",
    "synchronize_batch_norm",
]
