"""Instance noise (Sønderby et al. 2017; Arjovsky and Bottou 2017)."""

import tensorflow as tf


class InstanceNoise:
    """x + N(0, level) on what a discriminator is shown, real and generated alike.

    The level falls linearly to 0: noise makes the two distributions overlap while they are far
    apart. It is a `Network.preprocess`; calls without an rng, which are not of training, get
    none.

    Args:
      stddev: the level at the start, in the units of the samples, whose images are in [-1, 1].
      steps: iterations until it is 0; 0 keeps it.
      iteration: integer scalar variable, iterations done.
    """

    def __init__(self, stddev, steps, iteration):
        self.stddev = stddev
        self.steps = steps
        self.iteration = iteration

    def level(self):
        """The standard deviation now; a float32 scalar."""
        if not self.steps:
            return tf.constant(self.stddev)
        done = tf.cast(self.iteration, tf.float32) / self.steps
        return self.stddev * tf.maximum(1.0 - done, 0.0)

    def __call__(self, inputs, rng):
        """Draws the normal numbers `instance_noise` of `rng`."""
        if rng is None:
            return inputs
        noise = rng.normal("instance_noise", tf.shape(inputs), inputs.dtype)
        return inputs + tf.cast(self.level(), inputs.dtype) * noise
