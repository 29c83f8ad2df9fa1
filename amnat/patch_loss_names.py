"""Names that flags list before TensorFlow is loaded; see losses/patch_adversarial.py."""

PATCH_LOSS_NAMES = (
    "sim",
    "sim_whole",
    "least_squares",
    "non_saturating",
    "wasserstein",
    "relativistic_average",
    "relativistic_least_squares",
    "relativistic_least_squares_competitive",
    "softmax",
)
