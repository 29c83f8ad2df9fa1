"""Models that several methods share: the training step of a GAN, its latents, negatives."""

from amnat.models.base import GANModel
from amnat.models.class_latent import ClassConditionalLatent, NoiseLatent
from amnat.models.external_negatives import NegativesGAN
from amnat.models.gan import GAN
from amnat.models.latents import NormalLatent

__all__ = [
    "ClassConditionalLatent",
    "GAN",
    "GANModel",
    "NegativesGAN",
    "NoiseLatent",
    "NormalLatent",
]
