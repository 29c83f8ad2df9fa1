"""Which networks belong together: the three of a family for one data set."""

from __future__ import annotations

import dataclasses
from typing import Any

from amnat.layers import KernelOptions
from amnat.methods.dist_gan.networks.dcgan import (
    MSDCGANDiscriminator,
    MSDCGANEncoder,
    MSDCGANGenerator,
)
from amnat.methods.dist_gan.networks.resnet import (
    MSResNetDiscriminator,
    MSResNetEncoder,
    MSResNetGenerator,
)
from amnat.methods.dist_gan.networks.sngan import (
    MSSNGANDiscriminator,
    MSSNGANEncoder,
    MSSNGANGenerator,
)
from amnat.networks.network import Network

# The styles of the dcgan family: data sets of 28x28 images have their own.
DCGAN_STYLES: dict[str, dict[str, dict[str, Any]]] = {
    "mnist": {
        "encoder": {"num_stages": 3, "activation": "relu"},
        "generator": {"num_stages": 3, "shrink": "dense"},
        "discriminator": {"num_stages": 3},
    },
    "stacked_mnist": {
        "encoder": {"num_stages": 4, "activation": "relu", "use_batch_norm": False},
        "generator": {"num_stages": 3, "shrink": "crop", "separate_end": True},
        "discriminator": {"num_stages": 3, "use_batch_norm": False},
    },
    "images": {"encoder": {}, "generator": {}, "discriminator": {}},
}
VARIANTS = ("official", "pytorch_seed", "ssgan")


@dataclasses.dataclass(frozen=True)
class Plan:
    """The networks of one run; see `amnat.methods.dist_gan.build`.

    Attributes:
      family: 'dcgan', 'sngan' or 'resnet'.
      image_shape: (H, W, C), H = W.
      latent_size: entries of the latent.
      encoder_width, generator_width, discriminator_width: the originals' ef_dim, gf_dim, df_dim.
      num_classes: number of classes of the discriminator's auxiliary head, 0 for no such head.
      style: a key of DCGAN_STYLES, for dcgan.
      variant: 'official'; 'pytorch_seed': the resnet of rmermin/msgan.pytorch (average pooling in
        the discriminator, heads without bias, a learned slope in the encoder); 'ssgan': average
        pooling and spectral norm in the discriminator, whose class head takes pooled features, as
        in mimicry.
      data_format: see `Network`.
      seed: the seed of the initial weights.
    """

    family: str
    image_shape: tuple[int, ...]
    latent_size: int
    encoder_width: int
    generator_width: int
    discriminator_width: int
    num_classes: int = 0
    style: str = "images"
    variant: str = "official"
    data_format: str = "NHWC"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"variant must be in {VARIANTS}, not {self.variant!r}")
        if self.variant != "official" and self.family != "resnet":
            raise ValueError(f"variant {self.variant} has the family resnet, not {self.family}")

    @property
    def _common(self) -> dict[str, Any]:
        return {"data_format": self.data_format, "seed": self.seed}

    @property
    def _size(self) -> dict[str, Any]:
        return {"image_size": self.image_shape[0], "channels": self.image_shape[2]}

    def generator(self) -> Network:
        """A new generator with its variables."""
        arguments = self._common | self._size | {"width": self.generator_width}
        if self.family == "dcgan":
            style = DCGAN_STYLES[self.style]["generator"]
            made: Network = MSDCGANGenerator(**arguments, **style)
        elif self.family == "sngan":
            made = MSSNGANGenerator(**arguments)
        else:
            made = MSResNetGenerator(**arguments)
        return made.build_variables((self.latent_size,))

    def encoder(self) -> Network:
        """A new encoder with its variables."""
        arguments = self._common | {"width": self.encoder_width}
        if self.family == "resnet":
            learned = self.variant == "pytorch_seed"
            made: Network = MSResNetEncoder(
                self.latent_size, self.image_shape[0], learned_slope=learned, **arguments
            )
        elif self.family == "sngan" and self.image_shape[0] != 32:
            made = MSSNGANEncoder(self.latent_size, **arguments)
        else:
            # The original's sngan has this encoder as well at 32x32.
            style = DCGAN_STYLES[self.style]["encoder"]
            made = MSDCGANEncoder(self.latent_size, **arguments, **style)
        return made.build_variables(self.image_shape)

    def discriminator(self) -> Network:
        """A new discriminator with its variables."""
        arguments = self._common | {"width": self.discriminator_width}
        if self.family == "dcgan":
            style = DCGAN_STYLES[self.style]["discriminator"]
            made: Network = MSDCGANDiscriminator(self.num_classes, **arguments, **style)
        elif self.family == "sngan":
            made = MSSNGANDiscriminator(self.num_classes, **arguments)
        else:
            changes: dict[str, Any] = {}
            if self.variant == "pytorch_seed":
                changes = {"downsampling": "average", "head_bias": False}
            elif self.variant == "ssgan":
                changes = {
                    "downsampling": "average",
                    "pooled_classes": True,
                    "kernel": KernelOptions("glorot", spectral_norm=True, spectral_iterations=1),
                }
            made = MSResNetDiscriminator(self.num_classes, **arguments, **self._size, **changes)
        return made.build_variables(self.image_shape)
