"""Which networks belong together: the three of a family for one data set, by name."""

import dataclasses

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

# Of the dcgan family: images of 28x28 have their own.
DCGAN_STYLES = {
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
    """What the networks of one run are; see `build`.

    Attributes:
      family: 'dcgan', 'sngan' or 'resnet'.
      image_shape: (H, W, C), H = W.
      latent_size: entries of the latent.
      encoder_width, generator_width, discriminator_width: the originals' ef_dim, gf_dim, df_dim.
      num_classes: of the discriminator's auxiliary head, 0 for none.
      style: of DCGAN_STYLES, for dcgan.
      variant: 'official'; 'pytorch_seed': the resnet of rmermin/msgan.pytorch (average pooling in
        the discriminator, heads without bias, a learned slope in the encoder); 'ssgan': average
        pooling, spectral norm in the discriminator and classes of its pooled features, as in
        mimicry.
      data_format: of `Network`.
      seed: of the initial weights.
    """

    family: str
    image_shape: tuple
    latent_size: int
    encoder_width: int
    generator_width: int
    discriminator_width: int
    num_classes: int = 0
    style: str = "images"
    variant: str = "official"
    data_format: str = "NHWC"
    seed: int = 0

    def __post_init__(self):
        if self.variant not in VARIANTS:
            raise ValueError(f"variant must be in {VARIANTS}, not {self.variant!r}")
        if self.variant != "official" and self.family != "resnet":
            raise ValueError(f"variant {self.variant} has the family resnet, not {self.family}")

    @property
    def _common(self):
        return {"data_format": self.data_format, "seed": self.seed}

    @property
    def _size(self):
        return {"image_size": self.image_shape[0], "channels": self.image_shape[2]}

    def generator(self):
        """A new generator with its variables."""
        arguments = self._common | self._size | {"width": self.generator_width}
        if self.family == "dcgan":
            made = MSDCGANGenerator(**arguments, **DCGAN_STYLES[self.style]["generator"])
        elif self.family == "sngan":
            made = MSSNGANGenerator(**arguments)
        else:
            made = MSResNetGenerator(**arguments)
        return made.build_variables((self.latent_size,))

    def encoder(self):
        """A new encoder with its variables."""
        arguments = self._common | {"width": self.encoder_width}
        if self.family == "resnet":
            learned = self.variant == "pytorch_seed"
            made = MSResNetEncoder(
                self.latent_size, self.image_shape[0], learned_slope=learned, **arguments
            )
        elif self.family == "sngan" and self.image_shape[0] != 32:
            made = MSSNGANEncoder(self.latent_size, **arguments)
        else:
            # The original's sngan at 32x32 has this one, too.
            style = DCGAN_STYLES[self.style]["encoder"]
            made = MSDCGANEncoder(self.latent_size, **arguments, **style)
        return made.build_variables(self.image_shape)

    def discriminator(self):
        """A new discriminator with its variables."""
        arguments = self._common | {"width": self.discriminator_width}
        if self.family == "dcgan":
            style = DCGAN_STYLES[self.style]["discriminator"]
            made = MSDCGANDiscriminator(self.num_classes, **arguments, **style)
        elif self.family == "sngan":
            made = MSSNGANDiscriminator(self.num_classes, **arguments)
        else:
            changes = {}
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
