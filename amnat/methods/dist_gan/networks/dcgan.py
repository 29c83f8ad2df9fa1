"""The dcgan family: 5x5 kernels, strides 2 (tntrung/msgan, modules/net_dcgan.py)."""

from __future__ import annotations

from typing import Any, NamedTuple

from amnat.layers import BatchStatisticsNormalization, Conv2DTranspose, Dense
from amnat.methods.dist_gan.networks.common import (
    DiscriminatorRole,
    GeneratorRole,
    MSGANNetwork,
    halved_sizes,
)
from amnat.rng import RNG

import tensorflow as tf

_KERNEL = 5
SHRINKS = ("dense", "crop")


class Stage(NamedTuple):
    """Layers of one doubling of the generator; the last may be None."""

    deconv: Conv2DTranspose
    norm: BatchStatisticsNormalization
    shrink: Dense | None


class _ConvolutionTrunk(MSGANNetwork):
    """`num_stages` convolutions of width, 2 width, 4 width, ...; each halves the size."""

    def _add_trunk(self, width: int, num_stages: int, use_batch_norm: bool) -> None:
        self.convs, self.norms = [], []
        for stage in range(num_stages):
            normed = use_batch_norm and stage > 0
            name = f"conv{stage}"
            self.convs.append(self.conv_layer(width * 2**stage, _KERNEL, 2, name, not normed))
            self.norms.append(self.batch_norm(f"bn{stage}") if normed else None)

    def _run_trunk(self, images: tf.Tensor) -> tf.Tensor:
        h = self.to_layout(images)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = self.apply_layer(norm, self.apply_layer(conv, h))
            h = self.tap(f"{conv.name}/activation", self.activate(h))
        return self.flatten(h)


class MSDCGANEncoder(_ConvolutionTrunk):
    """Images [batch, H, W, C] in [0, 1] -> latents [batch, latent_size].

    Args:
      latent_size: entries of the latent.
      width: ef_dim, filters of the first convolution.
      num_stages: convolutions.
      use_batch_norm: after all but the first.
    """

    def __init__(
        self,
        latent_size: int,
        width: int = 64,
        num_stages: int = 4,
        use_batch_norm: bool = True,
        activation: str = "lrelu",
        name: str = "encoder",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self._add_trunk(width, num_stages, use_batch_norm)
        self.linear = self.dense_layer(latent_size, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        return self.apply_layer(self.linear, self._run_trunk(inputs))


class MSDCGANDiscriminator(DiscriminatorRole, _ConvolutionTrunk):
    """See `DiscriminatorRole`; the features are the last convolution's activations.

    Args:
      num_classes: of the auxiliary head, 0 for none.
      width: df_dim, filters of the first convolution.
      num_stages: convolutions.
      use_batch_norm: after all but the first.
    """

    def __init__(
        self,
        num_classes: int = 0,
        width: int = 64,
        num_stages: int = 4,
        use_batch_norm: bool = True,
        activation: str = "lrelu",
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.num_classes = num_classes
        self._add_trunk(width, num_stages, use_batch_norm)
        self.add_heads()

    def features(self, images: tf.Tensor) -> tf.Tensor:
        return self.full_precision(self._run_trunk(images))


class MSDCGANGenerator(GeneratorRole, MSGANNetwork):
    """See `GeneratorRole`. Dense to the smallest size, then transposed convolutions.

    Batch norm follows all but the last layer (that of the dense layer is per unit, before the
    reshaping) and the layer that `shrink` may add.

    Args:
      image_size: H = W.
      channels: of the images.
      width: gf_dim, filters of the last hidden layer.
      num_stages: doublings of the size.
      shrink: where a doubled size is one too many (4 to 8 instead of 7): 'crop' drops the last
        row and column, 'dense' is a dense layer between all units before and after.
      separate_end: a convolution of stride 1 makes the image, and the last transposed one is
        hidden; without it the last transposed one makes the image.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: int = 3,
        width: int = 64,
        num_stages: int = 4,
        shrink: str = "crop",
        separate_end: bool = False,
        activation: str = "relu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        if shrink not in SHRINKS:
            raise ValueError(f"shrink must be in {SHRINKS}, not {shrink!r}")
        sizes = halved_sizes(image_size, num_stages)
        hidden = num_stages if separate_end else num_stages - 1
        self.start = sizes[-1], width * 2**hidden
        self.linear = self.dense_layer(self.start[0] ** 2 * self.start[1], "linear", False)
        self.norm = self.batch_norm("bn")
        self.stages, self.targets = [], []
        for stage in range(hidden):
            target, filters = sizes[-2 - stage], width * 2 ** (hidden - 1 - stage)
            dense = shrink == "dense" and 2 * sizes[-1 - stage] != target
            self.stages.append(
                Stage(
                    self.deconv_layer(filters, _KERNEL, 2, f"deconv{stage}", False),
                    self.batch_norm(f"bn{stage}"),
                    self.dense_layer(target**2 * filters, f"shrink{stage}") if dense else None,
                )
            )
            self.targets.append((target, filters))
        make_end = self.conv_layer if separate_end else self.deconv_layer
        self.end = make_end(channels, _KERNEL, 1 if separate_end else 2, "end")

    def unit_images(self, latents: tf.Tensor) -> tf.Tensor:
        h = self.apply_layer(self.norm, self.apply_layer(self.linear, latents))
        h = self.unflatten(self.activate(h), *self.start)
        for stage, target in zip(self.stages, self.targets, strict=True):
            h = self.activate(self.apply_layer(stage.norm, self.apply_layer(stage.deconv, h)))
            h = self._fitted(h, stage.shrink, *target)
        h = self.from_layout(self.apply_layer(self.end, h))
        return self.tap("sigmoid", tf.sigmoid(self.full_precision(h)))

    def _fitted(self, h: tf.Tensor, shrink: Dense | None, size: int, filters: int) -> tf.Tensor:
        if shrink is not None:
            units = self.activate(self.apply_layer(shrink, self.flatten(h)))
            return self.unflatten(units, size, filters)
        return h[:, :, :size, :size] if self.data_format == "NCHW" else h[:, :size, :size]
