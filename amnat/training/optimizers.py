"""Optimizers with the arithmetic of TensorFlow 1, and PyTorch's Adam.

They all derive from tf-keras' `legacy.Optimizer`, whose updates are TensorFlow's fused kernels: one
operation per variable, as in TensorFlow 1. The newer Keras classes need a dozen operations per
variable, and their SGD keeps the learning rate inside the momentum, which differs from TensorFlow 1
by more than a learning rate once the rate decays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

# The rate, or a callable that returns it.
Rate = float | Callable[[], float | tf.Tensor]


def make_optimizer(
    name: str,
    learning_rate: Rate,
    beta1: float = 0.5,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    fix_sign: bool = False,
) -> keras.optimizers.legacy.Optimizer:
    """Makes an optimizer by its name.

    Args:
      name: 'adam' (epsilon is added to the square root of the uncorrected second moment); 'nadam'
        (Adam with Nesterov momentum); 'sgd'; 'rmsprop' (TensorFlow 1's); 'mom' (Nesterov momentum
        `beta1`); 'powersign', 'addsign' (with a decay of 0.5).
      learning_rate: callable without arguments that returns a float scalar, or a number.
      beta1, beta2, epsilon: the parameters of the optimizers that have them.
      fix_sign: whether PowerSign and AddSign follow the paper; see `_SignOptimizer`.
    """
    if name == "adam":
        return keras.optimizers.legacy.Adam(learning_rate, beta1, beta2, epsilon)
    if name == "nadam":
        return NesterovAdam(learning_rate, beta1, beta2, epsilon)
    if name == "sgd":
        return keras.optimizers.legacy.SGD(learning_rate)
    if name == "rmsprop":
        return RMSProp(learning_rate)
    if name == "mom":
        return NesterovMomentum(learning_rate, momentum=beta1)
    if name == "powersign":
        return PowerSign(learning_rate, fix_sign=fix_sign)
    if name == "addsign":
        return AddSign(learning_rate, fix_sign=fix_sign)
    raise ValueError(
        f"unknown optimizer {name!r}, known are adam, nadam, sgd, rmsprop, mom, powersign, addsign"
    )


class _DenseOptimizer(keras.optimizers.legacy.Optimizer):
    """An optimizer for dense gradients with one slot per variable."""

    slot = ""

    def __init__(self, learning_rate: Rate, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)

    def _create_slots(self, var_list: Sequence[tf.Variable]) -> None:
        for variable in var_list:
            self.add_slot(variable, self.slot)

    def _rate(self, variable: tf.Variable) -> tf.Tensor:
        return self._decayed_lr(variable.dtype.base_dtype)

    def get_config(self) -> dict[str, Any]:
        config = {"learning_rate": self._serialize_hyperparameter("learning_rate")}
        return super().get_config() | config


class NesterovMomentum(_DenseOptimizer):
    """a <- momentum * a + g; w <- w - rate * (g + momentum * a): tf.train.MomentumOptimizer.

    Unlike in Keras, the rate is not part of the accumulator.
    """

    slot = "momentum"
    use_nesterov = True

    def __init__(
        self,
        learning_rate: Rate,
        momentum: float = 0.5,
        name: str = "NesterovMomentum",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.momentum = momentum

    def _resource_apply_dense(
        self, grad: tf.Tensor, var: tf.Variable, apply_state: dict[Any, Any] | None = None
    ) -> tf.Operation:
        return tf.raw_ops.ResourceApplyMomentum(
            var=var.handle,
            accum=self.get_slot(var, self.slot).handle,
            lr=self._rate(var),
            grad=grad,
            momentum=tf.cast(self.momentum, var.dtype.base_dtype),
            use_nesterov=self.use_nesterov,
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"momentum": self.momentum}


class PlainMomentum(NesterovMomentum):
    """a <- momentum * a + g; w <- w - rate * a: PyTorch's SGD."""

    use_nesterov = False

    def __init__(
        self,
        learning_rate: Rate,
        momentum: float = 0.5,
        name: str = "PlainMomentum",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, momentum, name, **kwargs)


class RMSProp(_DenseOptimizer):
    """v <- decay * v + (1 - decay) * g^2; w <- w - rate * g / sqrt(v + epsilon).

    That is tf.train.RMSPropOptimizer without momentum: v starts at **one**, and epsilon is inside
    the root. Keras' starts at 0 and adds epsilon outside.
    """

    slot = "rms"

    def __init__(
        self,
        learning_rate: Rate,
        decay: float = 0.9,
        epsilon: float = 1e-10,
        name: str = "RMSProp",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.decay_rate = decay
        self.epsilon = epsilon

    def _create_slots(self, var_list: Sequence[tf.Variable]) -> None:
        for variable in var_list:
            self.add_slot(variable, self.slot, "ones")
            self.add_slot(variable, "momentum")

    def _resource_apply_dense(
        self, grad: tf.Tensor, var: tf.Variable, apply_state: dict[Any, Any] | None = None
    ) -> tf.Operation:
        dtype = var.dtype.base_dtype

        def rounded(number: float) -> tf.Tensor:
            # TensorFlow 1 rounds its constants to float32 whatever the variable is.
            return tf.cast(tf.constant(number, tf.float32), dtype)

        return tf.raw_ops.ResourceApplyRMSProp(
            var=var.handle,
            ms=self.get_slot(var, self.slot).handle,
            mom=self.get_slot(var, "momentum").handle,
            lr=self._rate(var),
            rho=rounded(self.decay_rate),
            momentum=rounded(0.0),
            epsilon=rounded(self.epsilon),
            grad=grad,
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"decay": self.decay_rate, "epsilon": self.epsilon}


class _SignOptimizer(_DenseOptimizer):
    """The base of PowerSign and AddSign.

    By default both follow a widely copied implementation, which the AM-GAN authors use too. It
    keeps m <- max(decay * m + 1e-7, |g|). This is never negative, so comparing its sign with that
    of the gradient says nothing about agreement. That implementation also never reads `alpha` and
    uses `decay` in its place. `fix_sign` gives the rule of Bello et al. 2017 instead: m is the
    moving average of the gradients, and alpha is used.
    """

    slot = "m"

    def __init__(
        self,
        learning_rate: Rate,
        alpha: float,
        decay: float,
        fix_sign: bool,
        name: str,
        **kwargs: Any,
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.alpha = alpha
        self.decay = decay
        self.fix_sign = fix_sign

    def _factor(self, agreement: tf.Tensor) -> tf.Tensor:
        """The multiplier of the update, given sign(g) * sign(m)."""
        raise NotImplementedError

    def _resource_apply_dense(
        self, grad: tf.Tensor, var: tf.Variable, apply_state: dict[Any, Any] | None = None
    ) -> tf.Operation:
        moment = self.get_slot(var, self.slot)
        if self.fix_sign:
            new_moment = moment.assign(self.decay * moment + (1 - self.decay) * grad)
        else:
            new_moment = moment.assign(tf.maximum(self.decay * moment + 1e-7, tf.abs(grad)))
        agreement = tf.sign(grad) * tf.sign(new_moment)
        return var.assign_sub(self._rate(var) * grad * self._factor(agreement))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "alpha": self.alpha,
            "decay": self.decay,
            "fix_sign": self.fix_sign,
        }


class PowerSign(_SignOptimizer):
    """w <- w - rate * g * base ** (sign g * sign m); base is `decay`, or `alpha` with fix_sign."""

    def __init__(
        self,
        learning_rate: Rate,
        alpha: float = math.e,
        decay: float = 0.5,
        fix_sign: bool = False,
        name: str = "PowerSign",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, alpha, decay, fix_sign, name, **kwargs)

    def _factor(self, agreement: tf.Tensor) -> tf.Tensor:
        base = self.alpha if self.fix_sign else self.decay
        return tf.exp(math.log(base) * agreement)


class AddSign(_SignOptimizer):
    """w <- w - rate * g * f; f is 1 + decay * sign g * sign m, or with fix_sign
    alpha + sign g * sign m."""

    def __init__(
        self,
        learning_rate: Rate,
        alpha: float = 1.0,
        decay: float = 0.5,
        fix_sign: bool = False,
        name: str = "AddSign",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, alpha, decay, fix_sign, name, **kwargs)

    def _factor(self, agreement: tf.Tensor) -> tf.Tensor:
        if self.fix_sign:
            return self.alpha + agreement
        return 1.0 + self.decay * agreement


class NesterovAdam(keras.optimizers.legacy.Adam):
    """w <- w - r * (beta1 * m + (1 - beta1) * g) / (sqrt(v) + epsilon); m, v and r are Adam's.

    That is tf.contrib.opt.NadamOptimizer of TensorFlow 1. Keras' Nadam also changes beta1 from step
    to step, as Dozat 2016 does.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        name: str = "NesterovAdam",
        **kwargs: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name=name, **kwargs)

    def _resource_apply_dense(
        self, grad: tf.Tensor, var: tf.Variable, apply_state: dict[Any, Any] | None = None
    ) -> tf.Operation:
        device, dtype = var.device, var.dtype.base_dtype
        state = (apply_state or {}).get((device, dtype))
        state = state or self._fallback_apply_state(device, dtype)
        return tf.raw_ops.ResourceApplyAdam(
            var=var.handle,
            m=self.get_slot(var, "m").handle,
            v=self.get_slot(var, "v").handle,
            beta1_power=state["beta_1_power"],
            beta2_power=state["beta_2_power"],
            lr=state["lr_t"],
            beta1=state["beta_1_t"],
            beta2=state["beta_2_t"],
            epsilon=state["epsilon"],
            grad=grad,
            use_locking=self._use_locking,
            use_nesterov=True,
        )


class TorchAdam(keras.optimizers.legacy.Adam):
    """w <- w - rate * m' / (sqrt(v') + epsilon) with the corrected moments: torch.optim.Adam.

    TensorFlow adds epsilon to the square root of the uncorrected second moment. In the terms of
    this formula its epsilon is larger by a factor of 1 / sqrt(1 - beta2^t), so with gradients near
    epsilon the first steps differ by a factor of several.
    """

    def _prepare_local(
        self, var_device: str, var_dtype: tf.DType, apply_state: dict[Any, Any]
    ) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[(var_device, var_dtype)]
        correction = tf.sqrt(1.0 - state["beta_2_power"])
        state["epsilon"] = tf.cast(self.epsilon, var_dtype) * correction
