"""Plain Keras models in the roles of Dist-GAN's networks. They take and make images in [-1, 1]."""

from __future__ import annotations

import math
from typing import Any

from amnat.methods.dist_gan.networks.common import from_unit, to_unit
from amnat.networks.keras_network import KerasNetwork
from amnat.networks.network import in_training_phase

import tensorflow as tf


class KerasImageGenerator(KerasNetwork):
    """A Keras generator whose images are also read in [0, 1]."""

    def unit_images(self, latents: tf.Tensor) -> tf.Tensor:
        """Latents [batch, dim] -> images [batch, H, W, C] in [0, 1]."""
        return to_unit(self(latents))


class KerasEncoder(KerasNetwork):
    """A Keras encoder, images in [-1, 1] -> latents, that is given images in [0, 1]."""

    def call(self, inputs: tf.Tensor, *args: Any, **kwargs: Any) -> Any:
        return super().call(from_unit(inputs), *args, **kwargs)

    def encode(self, images: tf.Tensor) -> tf.Tensor:
        """Images [batch, H, W, C] in amnat's range -> latents [batch, dim]."""
        return self(to_unit(images))


class KerasFeatureDiscriminator(KerasNetwork):
    """A Keras discriminator, images in [-1, 1] -> 1 logit of being real and those of the task.

    Its features are the input of its last layer, so it is a Sequential or functional model that
    ends in a dense layer. The features must not depend on other images in the batch more than the
    method's own networks let them.
    """

    def features(self, images: tf.Tensor) -> tf.Tensor:
        """Images [batch, H, W, C] in [0, 1] -> float [batch, F]."""
        features, _ = self.stages()(from_unit(images), training=in_training_phase())
        return tf.reshape(features, [-1, math.prod(features.shape[1:])])

    def _logits(self, features: tf.Tensor) -> tf.Tensor:
        last = self.wrapped.layers[-1]
        shaped = tf.reshape(features, [-1, *self.stages().outputs[0].shape[1:]])
        return tf.cast(last(shaped, training=in_training_phase()), self.variable_dtype)

    def score(self, features: tf.Tensor) -> tf.Tensor:
        """Features -> logits of being real [batch, 1]."""
        return self._logits(features)[:, :1]

    def classify(self, features: tf.Tensor) -> tf.Tensor:
        """Features -> logits of the task's classes [batch, T]."""
        return self._logits(features)[:, 1:]

    def call(self, inputs: tf.Tensor, *args: Any, **kwargs: Any) -> Any:
        """As the other discriminators: {'logits', 'features', 'class_logits'}."""
        features = self.features(inputs)
        logits = self._logits(features)
        outputs = {"logits": logits[:, :1], "features": features}
        return outputs | ({"class_logits": logits[:, 1:]} if logits.shape[1] > 1 else {})
