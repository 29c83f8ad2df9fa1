"""PyTorch's Adam."""

import tensorflow as tf
import tf_keras as keras


class TorchAdam(keras.optimizers.legacy.Adam):
    """w <- w - rate * m' / (sqrt(v') + epsilon), m' and v' the corrected moments: torch.optim.Adam.

    TensorFlow adds epsilon to the root of the uncorrected second moment, which makes it larger by
    1 / sqrt(1 - beta2^t) here: with gradients near epsilon the first steps differ several times.
    """

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[(var_device, var_dtype)]
        correction = tf.sqrt(1.0 - state["beta_2_power"])
        state["epsilon"] = tf.cast(self.epsilon, var_dtype) * correction
