"""The sngan family, without spectral norm (tntrung/msgan, modules/net_sngan.py).

Sizes are multiples of 8: 32 as in msgan, 48 as in tntrung/gan (with msgan's slope of 0.2).
"""

from __future__ import annotations

from typing import Any

from amnat.methods.dist_gan.networks.common import DiscriminatorRole, GeneratorRole, MSGANNetwork
from amnat.rng import RNG

import tensorflow as tf


class MSSNGANGenerator(GeneratorRole, MSGANNetwork):
    """See `GeneratorRole`. Widths are twice those of the SN-GAN paper: 16, 8, 4 and 2 times d.

    The dense layer has a bias and no batch norm.

    Args:
      image_size: H = W, a multiple of 8.
      channels: of the images.
      width: d, gf_dim.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: int = 3,
        width: int = 64,
        activation: str = "relu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        _check_size(image_size)
        self.start = image_size // 8, 16 * width
        self.linear = self.dense_layer(self.start[0] ** 2 * self.start[1], "linear")
        self.deconvs, self.norms = [], []
        for stage, factor in enumerate((8, 4, 2)):
            self.deconvs.append(self.deconv_layer(factor * width, 4, 2, f"deconv{stage}", False))
            self.norms.append(self.batch_norm(f"bn{stage}"))
        self.end = self.conv_layer(channels, 3, 1, "end")

    def unit_images(self, latents: tf.Tensor) -> tf.Tensor:
        h = self.activate(self.apply_layer(self.linear, latents))
        h = self.unflatten(h, *self.start)
        for deconv, norm in zip(self.deconvs, self.norms, strict=True):
            h = self.activate(self.apply_layer(norm, self.apply_layer(deconv, h)))
        h = self.from_layout(self.apply_layer(self.end, h))
        return self.tap("sigmoid", tf.sigmoid(self.full_precision(h)))


class MSSNGANEncoder(MSGANNetwork):
    """Images [batch, H, W, C] in [0, 1] -> latents [batch, latent_size].

    It is used at 48x48; at 32x32 the original combines `MSDCGANEncoder` with the other two.

    Args:
      latent_size: entries of the latent.
      width: d, ef_dim.
    """

    def __init__(
        self,
        latent_size: int,
        width: int = 64,
        activation: str = "lrelu",
        name: str = "encoder",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.start = self.conv_layer(2 * width, 3, 1, "start")
        self.convs, self.norms = [], []
        for stage, factor in enumerate((4, 8, 16)):
            self.convs.append(self.conv_layer(factor * width, 4, 2, f"conv{stage}", False))
            self.norms.append(self.batch_norm(f"bn{stage}"))
        self.linear = self.dense_layer(latent_size, "linear")

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        del rng
        # The first activation is a ReLU, unlike the others.
        h = tf.nn.relu(self.apply_layer(self.start, self.to_layout(inputs)))
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = self.activate(self.apply_layer(norm, self.apply_layer(conv, h)))
        return self.apply_layer(self.linear, self.flatten(h))


class MSSNGANDiscriminator(DiscriminatorRole, MSGANNetwork):
    """See `DiscriminatorRole`; seven convolutions, no batch norm.

    Args:
      num_classes: of the auxiliary head, 0 for none.
      width: d, df_dim.
    """

    def __init__(
        self,
        num_classes: int = 0,
        width: int = 64,
        activation: str = "lrelu",
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.num_classes = num_classes
        self.convs = []
        for stage, factor in enumerate((1, 2, 4)):
            self.convs.append(self.conv_layer(factor * width, 3, 1, f"conv{stage}"))
            self.convs.append(self.conv_layer(factor * width, 4, 2, f"down{stage}"))
        self.convs.append(self.conv_layer(8 * width, 3, 1, "conv3"))
        self.add_heads()

    def features(self, images: tf.Tensor) -> tf.Tensor:
        h = self.to_layout(images)
        for conv in self.convs:
            h = self.activate(self.apply_layer(conv, h))
        return self.full_precision(self.flatten(h))


def _check_size(image_size: int) -> None:
    if image_size % 8:
        raise ValueError(f"images of {image_size}, expected a multiple of 8")
