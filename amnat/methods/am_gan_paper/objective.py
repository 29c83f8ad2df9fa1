"""Which losses make up each method of the AM-GAN paper's comparison."""

from __future__ import annotations

import dataclasses

FAKE_CLASSES = ("free", "even", "target")


@dataclasses.dataclass(frozen=True)
class ClassAwareObjective:
    """The switches of `ClassAwareGAN`; the defaults are AM-GAN with dynamic labels.

    Attributes:
      real_from_classes: the logit of being real is the log-sum-exp of the class logits instead of
        one of its own (LAB).
      d_class_weight: weight of the discriminator's class losses, 0 for none.
      g_class_weight: weight of the generator's class loss, 0 for none (AC, G_AC_WEIGHT).
      fake_classes: what the discriminator's class head learns of generated samples: 'free':
        nothing; 'even': the uniform distribution (DIST_AC_GEN_EVEN); 'target': the class aimed at
        (DIST_AC_GEN_ACGAN).
      predefined: the generator is given the class to aim at, behind its noise (bPredefined);
        otherwise it aims at the class that each sample resembles most.
      conditional: the discriminator is given the class as well, as maps beside the image: that of a
        real sample, and the one that the generator was given (CGAN). Needs `predefined`, labels,
        and no gradient penalty, for whose points there is no class.
      target_sharpness: above 0, dynamic targets are softmax(sharpness * logits) (sharp_pow).
      real_confidence: probability of real and fake that both players aim at (f2Smoothed). Below 1
        it also scales the class losses down, and the rest, 1 - real_confidence, goes to an even
        class target on generated samples where `fake_classes` is 'free'.
      drawn_confidence: that probability is another one for each sample and update instead, sqrt(U)
        of a uniform U (PATH). It needs one class, cross-entropies and `real_confidence` 1.
      class_confidence: share of the one-hot part of class targets (fkSmoothed).
      labelled: classes of real samples are known; if not, CatGAN's entropies take the place of
        their cross-entropy (bUseClassLabel).
      free_fake_logit: the discriminator's last output is the fake logit, instead of 0
        (FAKE_LOGIT).
      wasserstein: a critic's losses instead of cross-entropies over real and fake (WGAN).
      gradient_penalty_weight: weight of the penalty that pulls the slope of the discriminator's
        **own** real logit towards one; also with `real_from_classes`, where nothing else trains
        that logit (GP; 10 in the original).
      decay_weight: weight of half the squares of what weights exceed 1 by, in both players
        (DECAY_WEIGHT).
      mode_weight: weight of the generator's evenness over the classes (MODE; 1 in the original).
      generator_slope_weight: weight of the mean |d sum(samples) / dz|, which the generator is to
        **increase** (GN, GN_WEIGHT).

    Raises: ValueError for combinations that contradict each other.
    """

    real_from_classes: bool = True
    d_class_weight: float = 1.0
    g_class_weight: float = 1.0
    fake_classes: str = "free"
    predefined: bool = False
    target_sharpness: float = 0.0
    real_confidence: float = 1.0
    drawn_confidence: bool = False
    class_confidence: float = 1.0
    labelled: bool = True
    free_fake_logit: bool = False
    wasserstein: bool = False
    gradient_penalty_weight: float = 0.0
    decay_weight: float = 0.0
    mode_weight: float = 0.0
    generator_slope_weight: float = 0.0
    conditional: bool = False

    def __post_init__(self) -> None:
        if self.fake_classes not in FAKE_CLASSES:
            raise ValueError(f"fake_classes must be in {FAKE_CLASSES}, not {self.fake_classes!r}")
        if self.wasserstein and self.real_from_classes:
            raise ValueError("wasserstein needs a real logit of its own: real_from_classes=False")
        if self.conditional and not (self.predefined and self.labelled):
            raise ValueError("conditional needs predefined and labelled classes")
        if self.conditional and self.gradient_penalty_weight:
            raise ValueError("conditional has no gradient penalty: its points have no class")
        if self.drawn_confidence and (self.wasserstein or self.real_confidence != 1.0):
            raise ValueError("drawn_confidence needs cross-entropies and real_confidence 1")
        if self.predefined and self.target_sharpness:
            raise ValueError("target_sharpness is for dynamic labels, not predefined ones")


# The rows of the paper's table 1 (dynamic labels; `dataclasses.replace(..., predefined=True)` for
# the other columns), AC-GAN as published and WGAN-GP. GAN* trains its class head at a tenth.
METHODS = {
    "gan": ClassAwareObjective(False, d_class_weight=0.0, g_class_weight=0.0),
    "gan_star": ClassAwareObjective(False, d_class_weight=0.1, g_class_weight=0.0),
    "ac_gan": ClassAwareObjective(False, fake_classes="target"),
    "ac_gan_star": ClassAwareObjective(False),
    "ac_gan_star_plus": ClassAwareObjective(False, fake_classes="even"),
    "label_gan": ClassAwareObjective(g_class_weight=0.0),
    "am_gan": ClassAwareObjective(),
    "wgan_gp": ClassAwareObjective(
        False,
        d_class_weight=0.0,
        g_class_weight=0.0,
        wasserstein=True,
        gradient_penalty_weight=10.0,
    ),
}
