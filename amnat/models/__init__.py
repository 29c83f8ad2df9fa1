"""Methods as Keras models with their own train steps, one file per method."""

from amnat.models.am_gan import AMGAN, NegativesAMGAN
from amnat.models.base import GANModel
from amnat.models.cat_gan import CatGAN, UnsupervisedCatGAN
from amnat.models.class_aware_gan import ClassAwareGAN, InputNoise
from amnat.models.class_aware_objective import METHODS, ClassAwareObjective
from amnat.models.class_latent import ClassConditionalLatent, NoiseLatent
from amnat.models.external_negatives import NegativesGAN
from amnat.models.gan import GAN
from amnat.models.gan_intro import GANIntro
from amnat.models.latents import NormalLatent
from amnat.models.nat_gan import NATGAN

__all__ = [
    "AMGAN",
    "GAN",
    "METHODS",
    "NATGAN",
    "CatGAN",
    "ClassAwareGAN",
    "ClassAwareObjective",
    "ClassConditionalLatent",
    "GANIntro",
    "GANModel",
    "InputNoise",
    "NegativesAMGAN",
    "NegativesGAN",
    "NoiseLatent",
    "NormalLatent",
    "UnsupervisedCatGAN",
]
