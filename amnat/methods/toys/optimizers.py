"""TensorFlow 1's RMSProp, which the toy VAEGAN of tntrung/gan uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras


class RMSProp(keras.optimizers.legacy.Optimizer):
    """a <- decay a + (1 - decay) g^2; w <- w - rate g / sqrt(a + epsilon), with a = 1 at first.

    Keras starts at 0, and takes epsilon out of the root.
    """

    def __init__(
        self,
        learning_rate: float,
        decay: float = 0.9,
        epsilon: float = 1e-10,
        name: str = "RMSProp",
        **kwargs: Any,
    ):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)
        self.decay_rate = decay
        self.epsilon = epsilon

    def _create_slots(self, var_list: Sequence[tf.Variable]) -> None:
        for variable in var_list:
            self.add_slot(variable, "mean_square", initializer="ones")

    def _resource_apply_dense(
        self, grad: tf.Tensor, var: tf.Variable, apply_state: dict[Any, Any] | None = None
    ) -> tf.Operation:
        slot = self.get_slot(var, "mean_square")
        mean = slot.assign(self.decay_rate * slot + (1.0 - self.decay_rate) * tf.square(grad))
        rate = self._decayed_lr(var.dtype.base_dtype)
        return var.assign_sub(rate * grad * tf.math.rsqrt(mean + self.epsilon))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "learning_rate": self._serialize_hyperparameter("learning_rate"),
            "decay": self.decay_rate,
            "epsilon": self.epsilon,
        }
