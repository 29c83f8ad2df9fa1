"""CatGAN (Springenberg 2016), and the supervised form that NAT-GAN is compared with.

External negatives, which only the latter's paper has, are further fake samples.
"""

from amnat.methods.nat_gan import cat_gan_losses as categorical_gan
from amnat.models.external_negatives import NegativesGAN


class CatGAN(NegativesGAN):
    """K classes and no fake class, on K logits, from labelled samples.

    Source: Li, Jia and Jing, "Negative-Aware Training" (ECAI 2020), equations 10 and 11.
    """

    has_class_head = True

    def real_fake_losses(self, real_logits, labels, fake_logits):
        return categorical_gan.supervised_discriminator_loss(real_logits, labels, fake_logits)

    def adversarial_generator_loss(self, fake_logits):
        return categorical_gan.supervised_generator_loss(fake_logits)


class UnsupervisedCatGAN(NegativesGAN):
    """K clusters on K logits, from samples whose labels play no part (Springenberg 2016)."""

    def real_fake_losses(self, real_logits, labels, fake_logits):
        del labels
        return categorical_gan.discriminator_loss(real_logits, fake_logits)

    def adversarial_generator_loss(self, fake_logits):
        return categorical_gan.generator_loss(fake_logits)
