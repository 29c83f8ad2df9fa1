"""Methods as Keras models with their own train steps, one file per method."""

from amnat.models.am_gan import AMGAN, NegativesAMGAN
from amnat.models.base import GANModel
from amnat.models.cat_gan import CatGAN, UnsupervisedCatGAN
from amnat.models.class_aware_gan import ClassAwareGAN, InputNoise
from amnat.models.class_aware_objective import METHODS, ClassAwareObjective
from amnat.models.class_latent import ClassConditionalLatent, NoiseLatent
from amnat.models.dist_gan import TASK_CLASSES, DistGAN, DistGANObjective
from amnat.models.dist_gan_seed import SeedDistGAN, seed_objective
from amnat.models.external_negatives import NegativesGAN
from amnat.models.gan import GAN
from amnat.models.gan_intro import GANIntro
from amnat.models.latents import NormalLatent
from amnat.models.nat_gan import NATGAN
from amnat.models.ssgan import SSGAN

__all__ = [
    "AMGAN",
    "GAN",
    "METHODS",
    "NATGAN",
    "SSGAN",
    "TASK_CLASSES",
    "CatGAN",
    "ClassAwareGAN",
    "ClassAwareObjective",
    "ClassConditionalLatent",
    "DistGAN",
    "DistGANObjective",
    "GANIntro",
    "GANModel",
    "InputNoise",
    "NegativesAMGAN",
    "NegativesGAN",
    "NoiseLatent",
    "NormalLatent",
    "SeedDistGAN",
    "UnsupervisedCatGAN",
    "seed_objective",
]
