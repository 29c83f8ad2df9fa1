"""Generators and discriminators, one file per family."""

from amnat.networks.am_gan_reproduce import AMGANDiscriminator, AMGANGenerator, WidthError
from amnat.networks.data_dependent_init import initialize_from_data
from amnat.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from amnat.networks.gan_intro import GANIntroDiscriminator, GANIntroGenerator
from amnat.networks.info_cycle import PatchCritic, ResidualGenerator
from amnat.networks.infogan import InfoGANCritic, InfoGANGenerator
from amnat.networks.mlp import MLPDiscriminator, MLPGenerator
from amnat.networks.network import Network
from amnat.networks.noisy_head import NoisyHead

__all__ = [
    "AMGANDiscriminator",
    "AMGANGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "GANIntroDiscriminator",
    "GANIntroGenerator",
    "InfoGANCritic",
    "InfoGANGenerator",
    "MLPDiscriminator",
    "MLPGenerator",
    "Network",
    "NoisyHead",
    "PatchCritic",
    "ResidualGenerator",
    "WidthError",
    "initialize_from_data",
]
