"""TensorFlow GAN 2.1 on current TensorFlow; only this module imports `tensorflow_gan`.

TF-GAN derives four classes from tf.estimator, which TensorFlow 2.16 removed, so its own import
fails (github tensorflow/gan, issue 55), and its training asks for inspect.getargspec, which Python
3.11 removed. This module provides replacements. TF-GAN's losses, evaluation, features and training
(`train`: gan_model, gan_loss, gan_train_ops, gan_train and the others) work; its estimators raise
NotImplementedError.

    from amnat.compat import tfgan
    tfgan.eval.frechet_classifier_distance_from_activations(a, b)
"""

import contextlib
import inspect
import types
import warnings

import tensorflow as tf

# The first import of this module replaces the object at tf.compat.v1, so it must come before the
# replacements are added there.
import tensorflow.compat.v1 as tf1
from tf_keras.api._v1.keras.__internal__.legacy import layers as legacy_layers


class _RemovedEstimator:
    """Replaces tf.estimator.Estimator and TPUEstimator as a base class."""

    def __new__(cls, *args, **kwargs):
        raise NotImplementedError(
            "TF-GAN's estimators need tf.estimator, which TensorFlow 2.16 removed; "
            "use a keras.Model (amnat.models)"
        )


@contextlib.contextmanager
def _estimator_names():
    """Adds the removed namespaces to TensorFlow while TF-GAN is imported.

    They are removed again afterwards, because other packages check hasattr(tf, "estimator").
    """
    tf.estimator = types.SimpleNamespace(
        Estimator=_RemovedEstimator, SessionRunHook=tf1.train.SessionRunHook
    )
    tf1.estimator = types.SimpleNamespace(tpu=types.SimpleNamespace(TPUEstimator=_RemovedEstimator))
    try:
        with warnings.catch_warnings():
            # TF-Hub, which TF-GAN imports, still uses it; no user can fix that.
            warnings.filterwarnings("ignore", "pkg_resources is deprecated")
            yield
    finally:
        del tf.estimator, tf1.estimator


class _Inspect(types.ModuleType):
    """The module `inspect` with getargspec, as far as TF-GAN reads its result."""

    def __getattr__(self, name):
        return getattr(inspect, name)

    def getargspec(self, function):
        found = inspect.getfullargspec(function)
        # The old function knew of no arguments that can only be given by name.
        return types.SimpleNamespace(
            args=found.args + found.kwonlyargs, keywords=found.varkw, varargs=found.varargs
        )


with contextlib.nullcontext() if hasattr(tf, "estimator") else _estimator_names():
    from tensorflow_gan import __version__, eval, features, losses
    from tensorflow_gan.python import train

if not hasattr(inspect, "getargspec"):
    train.inspect = _Inspect("inspect")

# TF-GAN's conditioning calls these layers, which TensorFlow only has with Keras 2: with Keras 3
# every name in tf.compat.v1.layers raises AttributeError.
if not hasattr(tf1.layers, "dense"):
    tf1.layers = legacy_layers

__all__ = ["__version__", "eval", "features", "losses", "train"]
