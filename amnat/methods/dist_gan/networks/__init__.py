"""The networks of Dist-GAN, SS- and MS-GAN: one file per family (tntrung/msgan, modules/net_*.py).

Encoders and discriminators take images in [0, 1]; a generator's `unit_images` returns such images,
and its call returns images in the range of all generators of amnat.
"""

from amnat.methods.dist_gan.networks.common import from_unit, to_unit
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

__all__ = [
    "MSDCGANDiscriminator",
    "MSDCGANEncoder",
    "MSDCGANGenerator",
    "MSResNetDiscriminator",
    "MSResNetEncoder",
    "MSResNetGenerator",
    "MSSNGANDiscriminator",
    "MSSNGANEncoder",
    "MSSNGANGenerator",
    "from_unit",
    "to_unit",
]
