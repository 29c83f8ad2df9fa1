"""Optimizers with TensorFlow 1's arithmetic.

All rest on tf-keras' `legacy.Optimizer`, whose updates are TensorFlow's fused kernels: one
operation per variable, which is what TensorFlow 1 ran. The newer Keras classes take a dozen per
variable, and their SGD keeps the learning rate inside the momentum, which differs from TensorFlow
1 by more than a learning rate once the rate decays.
"""

import math

import tensorflow as tf
import tf_keras as keras


def make_optimizer(name, learning_rate, beta1=0.5, beta2=0.999, epsilon=1e-8, fix_sign=False):
    """An optimizer by the original's name (AM-GAN2, code/AM-GAN.py, `oOpt`).

    Args:
      name: 'adam' (epsilon is added to the square root of the uncorrected second moment);
        'sgd'; 'mom' (Nesterov momentum `beta1`); 'powersign', 'addsign' (common/optimizer.py,
        with their default decay of 0.5).
      learning_rate: callable without arguments that returns a float scalar, or a number.
      beta1, beta2, epsilon: as the original's flags.
      fix_sign: PowerSign and AddSign as published instead of as the original computes them.
    """
    if name == "adam":
        return keras.optimizers.legacy.Adam(learning_rate, beta1, beta2, epsilon)
    if name == "sgd":
        return keras.optimizers.legacy.SGD(learning_rate)
    if name == "mom":
        return NesterovMomentum(learning_rate, momentum=beta1)
    if name == "powersign":
        return PowerSign(learning_rate, fix_sign=fix_sign)
    if name == "addsign":
        return AddSign(learning_rate, fix_sign=fix_sign)
    raise ValueError(f"unknown optimizer {name!r}, known are adam, sgd, mom, powersign, addsign")


class _DenseOptimizer(keras.optimizers.legacy.Optimizer):
    """An optimizer for dense gradients with one slot per variable."""

    slot = ""

    def __init__(self, learning_rate, name, **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)

    def _create_slots(self, var_list):
        for variable in var_list:
            self.add_slot(variable, self.slot)

    def _rate(self, variable):
        return self._decayed_lr(variable.dtype.base_dtype)

    def get_config(self):
        config = {"learning_rate": self._serialize_hyperparameter("learning_rate")}
        return super().get_config() | config


class NesterovMomentum(_DenseOptimizer):
    """a <- momentum * a + g; w <- w - rate * (g + momentum * a): tf.train.MomentumOptimizer.

    The rate stays outside the accumulator, unlike in Keras.
    """

    slot = "momentum"
    use_nesterov = True

    def __init__(self, learning_rate, momentum=0.5, name="NesterovMomentum", **kwargs):
        super().__init__(learning_rate, name, **kwargs)
        self.momentum = momentum

    def _resource_apply_dense(self, grad, var, apply_state=None):
        return tf.raw_ops.ResourceApplyMomentum(
            var=var.handle,
            accum=self.get_slot(var, self.slot).handle,
            lr=self._rate(var),
            grad=grad,
            momentum=tf.cast(self.momentum, var.dtype.base_dtype),
            use_nesterov=self.use_nesterov,
        )

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum}


class PlainMomentum(NesterovMomentum):
    """a <- momentum * a + g; w <- w - rate * a: PyTorch's SGD."""

    use_nesterov = False

    def __init__(self, learning_rate, momentum=0.5, name="PlainMomentum", **kwargs):
        super().__init__(learning_rate, momentum, name, **kwargs)


class _SignOptimizer(_DenseOptimizer):
    """What PowerSign and AddSign of AM-GAN2 (common/optimizer.py) share.

    The original keeps m <- max(decay * m + 1e-7, |g|), which is never negative: comparing its
    sign with the gradient's says nothing about agreement. Its `alpha` is never read either,
    `decay` stands in its place. Both are kept. `fix_sign` gives the rule of Bello et al. 2017
    instead: m is the moving average of the gradients, and alpha is used.
    """

    slot = "m"

    def __init__(self, learning_rate, alpha, decay, fix_sign, name, **kwargs):
        super().__init__(learning_rate, name, **kwargs)
        self.alpha = alpha
        self.decay = decay
        self.fix_sign = fix_sign

    def _factor(self, agreement):
        """The update's multiplier, given sign(g) * sign(m)."""
        raise NotImplementedError

    def _resource_apply_dense(self, grad, var, apply_state=None):
        moment = self.get_slot(var, self.slot)
        if self.fix_sign:
            new_moment = moment.assign(self.decay * moment + (1 - self.decay) * grad)
        else:
            new_moment = moment.assign(tf.maximum(self.decay * moment + 1e-7, tf.abs(grad)))
        agreement = tf.sign(grad) * tf.sign(new_moment)
        return var.assign_sub(self._rate(var) * grad * self._factor(agreement))

    def get_config(self):
        return super().get_config() | {
            "alpha": self.alpha,
            "decay": self.decay,
            "fix_sign": self.fix_sign,
        }


class PowerSign(_SignOptimizer):
    """w <- w - rate * g * base ** (sign g * sign m); base is `decay`, with fix_sign `alpha`."""

    def __init__(
        self, learning_rate, alpha=math.e, decay=0.5, fix_sign=False, name="PowerSign", **kwargs
    ):
        super().__init__(learning_rate, alpha, decay, fix_sign, name, **kwargs)

    def _factor(self, agreement):
        base = self.alpha if self.fix_sign else self.decay
        return tf.exp(math.log(base) * agreement)


class AddSign(_SignOptimizer):
    """w <- w - rate * g * (1 + decay * sign g * sign m); with fix_sign alpha + sign g * sign m."""

    def __init__(
        self, learning_rate, alpha=1.0, decay=0.5, fix_sign=False, name="AddSign", **kwargs
    ):
        super().__init__(learning_rate, alpha, decay, fix_sign, name, **kwargs)

    def _factor(self, agreement):
        if self.fix_sign:
            return self.alpha + agreement
        return 1.0 + self.decay * agreement
