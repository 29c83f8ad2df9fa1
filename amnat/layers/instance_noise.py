"""Instance noise (Sønderby et al. 2017; Arjovsky and Bottou 2017)."""

import tensorflow as tf


class InstanceNoise:
    """Adds N(0, level) noise to the inputs of a discriminator, both real and generated.

    The noise makes the two distributions overlap while they are far apart; its level falls linearly
    to 0. An instance is a `Network.preprocess`. Calls without an rng, which are not part of
    training, get no noise.

    Args:
      stddev: the initial level, in the units of the samples (images are in [-1, 1]).
      steps: iterations until the level is 0; with 0 steps the level stays constant.
      iteration: integer scalar variable, the number of completed iterations.
    """

    def __init__(self, stddev, steps, iteration):
        self.stddev = stddev
        self.steps = steps
        self.iteration = iteration

    def level(self):
        """The current standard deviation, a float32 scalar."""
        if not self.steps:
            return tf.constant(self.stddev)
        done = tf.cast(self.iteration, tf.float32) / self.steps
        return self.stddev * tf.maximum(1.0 - done, 0.0)

    def __call__(self, inputs, rng):
        """Adds the noise, which is the normal draw `instance_noise` of `rng`."""
        if rng is None:
            return inputs
        noise = rng.normal("instance_noise", tf.shape(inputs), inputs.dtype)
        return inputs + tf.cast(self.level(), inputs.dtype) * noise
