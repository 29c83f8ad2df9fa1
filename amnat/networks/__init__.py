"""The base of generators and discriminators, and the classifier networks."""

from amnat.networks.data_dependent_init import initialize_from_data
from amnat.networks.network import Network

__all__ = [
    "Network",
    "initialize_from_data",
]
