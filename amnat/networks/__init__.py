"""Generators and discriminators, one file per family."""

from amnat.networks.am_gan_reproduce import AMGANDiscriminator, AMGANGenerator, WidthError
from amnat.networks.data_dependent_init import initialize_from_data
from amnat.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from amnat.networks.gan_intro import GANIntroDiscriminator, GANIntroGenerator
from amnat.networks.mlp import MLPDiscriminator, MLPGenerator
from amnat.networks.network import Network

__all__ = [
    "AMGANDiscriminator",
    "AMGANGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "GANIntroDiscriminator",
    "GANIntroGenerator",
    "MLPDiscriminator",
    "MLPGenerator",
    "Network",
    "WidthError",
    "initialize_from_data",
]
