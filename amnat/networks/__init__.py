"""Generators and discriminators, one file per family."""

from amnat.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from amnat.networks.mlp import MLPDiscriminator, MLPGenerator
from amnat.networks.network import Network

__all__ = [
    "DCGANDiscriminator",
    "DCGANGenerator",
    "MLPDiscriminator",
    "MLPGenerator",
    "Network",
]
