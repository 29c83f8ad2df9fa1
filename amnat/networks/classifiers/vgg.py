"""VGG with batch normalisation (kuangliu/pytorch-cifar, models/vgg.py; Simonyan, Zisserman)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amnat.networks.classifiers import parts

import tf_keras as keras

# The channels of each stage in units of the width, and its convolutions by the depth.
FACTORS = (1, 2, 4, 8, 8)
CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


def build_vgg(
    image_shape: Sequence[int],
    num_classes: int,
    mean: Iterable[float],
    variance: Iterable[float],
    seed: int,
    width: int = 64,
    depth: int = 16,
) -> keras.Model:
    """Builds 3x3 convolutions in five stages, each halving the image, and a linear layer.

    The source only takes 32x32 images; for larger ones this network averages over the remaining
    positions. VGG-16 has 14,728,266 trained parameters for 10 classes of colour images.

    Args:
      image_shape: (H, W, C), with H and W at least 32.
      num_classes, mean, variance, seed: as for `build_resnet`.
      width: number of channels of the first stage.
      depth: 11, 13, 16 or 19, the convolutions and three linear layers of the paper's network; as
        in the source, one linear layer takes the place of the three.

    Returns:
      keras.Model, [N, H, W, C] float32 -> {"logits": [N, K], "features": [N, 8 * width]}.
    """
    make = parts.Parts(seed)
    images, x = parts.standardised_input(image_shape, mean, variance)
    for stage, (factor, count) in enumerate(zip(FACTORS, CONVOLUTIONS[depth], strict=True), 1):
        for layer in range(1, count + 1):
            name = f"stage{stage}_conv{layer}"
            x = make.conv(x, factor * width, 3, name, use_bias=True)
            x = keras.layers.ReLU()(make.norm(x, f"{name}_norm"))
        x = keras.layers.MaxPooling2D()(x)
    features = parts.pooled_features(x)
    logits = make.dense(features, num_classes, "logits")
    return parts.classifier(images, features, logits, f"vgg{depth}")
