"""Names of the activations, importable without TensorFlow (flag checks need them)."""

ACTIVATION_NAMES = (
    "crelu", "elu", "lrelu", "none", "relu", "selu", "softmax", "softplus", "softsign", "swish",
    "tanh",
)  # fmt: skip
