"""The small CNN, which is enough for digits and trains in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tf_keras as keras

MIN_SIZE = 8


def build_small_cnn(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
) -> keras.Model:
    """Builds three convolutional blocks, a 128-unit feature layer and a linear layer.

    Args:
      image_shape: (H, W, C), with H and W at least MIN_SIZE.
      num_classes: K.
      mean, variance: statistics of the training images per channel, C floats each. The network
        subtracts the mean and divides by the square root of the variance.
      seed: Python int, the seed of the initial weights.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 128]}.
    """

    def initial(layer: int) -> keras.initializers.Initializer:
        return keras.initializers.HeUniform(seed=seed * 100 + layer)

    images = keras.Input(image_shape, name="images")
    x = keras.layers.Normalization(mean=list(mean), variance=list(variance))(images)
    for layer, (filters, size) in enumerate([(16, 5), (32, 3), (64, 3)]):
        x = keras.layers.Conv2D(
            filters, size, padding="same", use_bias=False, kernel_initializer=initial(layer)
        )(x)
        x = keras.layers.MaxPooling2D()(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(128, use_bias=False, kernel_initializer=initial(3))(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    features = keras.layers.ReLU(name="features")(x)
    logits = keras.layers.Dense(num_classes, kernel_initializer=initial(4), name="logits")(features)
    return keras.Model(images, {"logits": logits, "features": features}, name="small_cnn")
