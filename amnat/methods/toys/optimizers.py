"""TensorFlow 1's RMSProp, which the toy VAEGAN of tntrung/gan uses."""

import tensorflow as tf
import tf_keras as keras


class RMSProp(keras.optimizers.legacy.Optimizer):
    """a <- decay a + (1 - decay) g^2; w <- w - rate g / sqrt(a + epsilon), with a = 1 at first.

    Keras starts at 0, and takes epsilon out of the root.
    """

    def __init__(self, learning_rate, decay=0.9, epsilon=1e-10, name="RMSProp", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)
        self.decay_rate = decay
        self.epsilon = epsilon

    def _create_slots(self, var_list):
        for variable in var_list:
            self.add_slot(variable, "mean_square", initializer="ones")

    def _resource_apply_dense(self, grad, var, apply_state=None):
        slot = self.get_slot(var, "mean_square")
        mean = slot.assign(self.decay_rate * slot + (1.0 - self.decay_rate) * tf.square(grad))
        rate = self._decayed_lr(var.dtype.base_dtype)
        return var.assign_sub(rate * grad * tf.math.rsqrt(mean + self.epsilon))

    def get_config(self):
        return super().get_config() | {
            "learning_rate": self._serialize_hyperparameter("learning_rate"),
            "decay": self.decay_rate,
            "epsilon": self.epsilon,
        }
