"""Names that flags list before TensorFlow is loaded; see losses/adversarial_pairs.py, models/."""

LOSS_NAMES = (
    "minimax",
    "non_saturating",
    "least_squares",
    "wasserstein",
    "hinge",
    "relativistic_average",
    "relativistic_least_squares",
    "relativistic_least_squares_competitive",
)
# Of amnat.losses.feature_matching.
MATCHING_NAMES = ("sum_squares", "mean_squares", "mean_absolute")
# Of amnat.models.AdversarialGAN.
PENALTY_NAMES = ("none", "wgan_gp", "dragan", "zero_centered")
UPDATE_ORDERS = ("generator_first", "discriminator_first")
