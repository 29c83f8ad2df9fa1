"""Methods as Keras models with their own train steps, one file per method."""

from amnat.models.am_gan import AMGAN
from amnat.models.base import GANModel
from amnat.models.gan import GAN
from amnat.models.latents import NormalLatent

__all__ = ["AMGAN", "GAN", "GANModel", "NormalLatent"]
