"""Methods as Keras models with their own train steps, one file per method."""

from amnat.models.am_gan import AMGAN, NegativesAMGAN
from amnat.models.base import GANModel
from amnat.models.cat_gan import CatGAN, UnsupervisedCatGAN
from amnat.models.class_aware_gan import ClassAwareGAN, InputNoise
from amnat.models.class_aware_objective import METHODS, ClassAwareObjective
from amnat.models.class_latent import ClassConditionalLatent, NoiseLatent
from amnat.models.cycle_info_gan import CycleInfoGAN, TranslationSchedule
from amnat.models.dist_gan import TASK_CLASSES, DistGAN, DistGANObjective
from amnat.models.dist_gan_seed import SeedDistGAN, seed_objective
from amnat.models.external_negatives import NegativesGAN
from amnat.models.gan import GAN
from amnat.models.gan_intro import GANIntro
from amnat.models.info_latent import InfoLatent
from amnat.models.info_model import InfoObjective
from amnat.models.infogan import InfoGAN
from amnat.models.latents import NormalLatent
from amnat.models.nat_gan import NATGAN
from amnat.models.ssgan import SSGAN
from amnat.models.translation_latent import TranslationLatent
from amnat.models.translation_objective import CycleObjective, TranslationStep

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
    "CycleInfoGAN",
    "CycleObjective",
    "DistGAN",
    "DistGANObjective",
    "GANIntro",
    "GANModel",
    "InfoGAN",
    "InfoLatent",
    "InfoObjective",
    "InputNoise",
    "NegativesAMGAN",
    "NegativesGAN",
    "NoiseLatent",
    "NormalLatent",
    "SeedDistGAN",
    "TranslationLatent",
    "TranslationSchedule",
    "TranslationStep",
    "UnsupervisedCatGAN",
    "seed_objective",
]
