"""The choices of flags, as names: importing them does not load TensorFlow.

The functions and classes that the names stand for are in the modules named below.
"""

# See `amnat.layers.activations`.
ACTIVATION_NAMES = (
    "crelu", "elu", "lrelu", "none", "relu", "selu", "softmax", "softplus", "softsign", "swish",
    "tanh",
)  # fmt: skip
# See `amnat.losses.two_player`.
LOSS_NAMES = (
    "minimax",
    "non_saturating",
    "least_squares",
    "wasserstein",
    "hinge",
    "relativistic",
    "relativistic_average",
    "relativistic_least_squares",
    "relativistic_least_squares_competitive",
)
# See `amnat.losses.feature_matching`.
MATCHING_NAMES = ("sum_squares", "mean_squares", "mean_absolute")
# Options of the two-player GAN with any loss and penalty.
PENALTY_NAMES = ("none", "wgan_gp", "dragan", "zero_centered")
UPDATE_ORDERS = ("generator_first", "discriminator_first")
# Losses of discriminators that score patches.
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
# Their penalties, and how a group of labels is known; see `amnat.methods.infogan`.
CRITIC_PENALTY_NAMES = ("dragan", "wgan_gp")
GROUPINGS = ("none", "classes", "critic")
# See `amnat.networks.classifiers`.
CLASSIFIER_NAMES = (
    "densenet", "densenet121", "dla", "googlenet", "mobilenet", "mobilenet_v2", "preact_resnet18",
    "resnet101", "resnet18", "resnet34", "resnet50", "senet18", "simple_dla", "small", "vgg11",
    "vgg13", "vgg16", "vgg19",
)  # fmt: skip
