"""Methods as Keras models with their own train steps, one file per method."""

from amnat.models.am_gan import AMGAN
from amnat.models.base import GANModel, NormalLatent
from amnat.models.gan import GAN

__all__ = ["AMGAN", "GAN", "GANModel", "NormalLatent"]
