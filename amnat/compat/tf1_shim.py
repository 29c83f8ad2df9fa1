"""Replacements for names that TensorFlow 1 programs import and current packages have removed.

Within `Shim(...).installed()`, a program that says `import tensorflow as tf` gets TensorFlow 2's
own tf.compat.v1 with the removed names added, and a session whose calls can be followed. The
program itself is not changed. A shim is installed for one program at a time, in its own process.
"""

import contextlib
import functools
import inspect
import locale
import pickle
import sys
import types
from unittest import mock

from amnat.compat import tf1_contrib

import numpy as np
import scipy
import tensorflow as tf

tf1 = tf.compat.v1
tf1.disable_v2_behavior()

# The functions whose results are draws of a graph, as opposed to initial values.
_RANDOM_NUMBERS = ("random_normal", "truncated_normal", "random_uniform")
_RANDOM = (*_RANDOM_NUMBERS, "random_shuffle")
# The functions that create tensors of a default type; all have an argument `dtype`.
_TYPED = (
    *_RANDOM_NUMBERS,
    "get_variable",
    "random_normal_initializer",
    "random_uniform_initializer",
)
_CHANNELS_FIRST = (
    "NCHW convolutions and pooling run as NHWC between two transpositions: TensorFlow has no NCHW "
    "kernels for CPUs"
)


class _Overlay(types.ModuleType):
    """A namespace that shows another namespace, with names added or replaced."""

    def __init__(self, name, below):
        super().__init__(name)
        self._below = below

    def __getattr__(self, name):
        return getattr(self.__dict__["_below"], name)


class Shim:
    """The TensorFlow 1 of one program.

    Args:
      own_modules: names of the program's modules and packages. They are removed from sys.modules
        afterwards, because a second program may have other modules with the same names.
      dtype: 'float32', or 'float64' to compute in float64 instead, except for values that are
        derived from step counters (learning rates).
      channels_first_on_cpu: whether NCHW convolutions and pooling run between transpositions,
        because TensorFlow has no such kernels for CPUs.
      optimize_graph: whether TensorFlow may rewrite the graph before it runs it, as it does by
        default. This takes longer than a few iterations of a small graph.
      ordered_updates: whether an optimizer's updates wait for its loss and all its gradients.
        Nothing in the programs ensures this: a variable may be updated as soon as its own gradient
        is computed, while another gradient still depends on the old value.

    Attributes:
      draws: tensors of the graph's random draws, in the order of their creation.
      gradients: a list of (gradient, variable) for every optimizer, in the order of creation.
      follow: callable (run, fetches, feed_dict) -> result that handles every `Session.run`; `run`
        is the session's own method.
      notes: sentences on substitutions, for the report.
    """

    def __init__(
        self,
        own_modules=(),
        dtype="float32",
        channels_first_on_cpu=True,
        optimize_graph=True,
        ordered_updates=False,
    ):
        self.own_modules = own_modules
        self.optimize_graph = optimize_graph
        self.dtype = tf.as_dtype(dtype)
        self.draws = []
        self.gradients = []
        self._losses = {}
        self.follow = lambda run, fetches, feed_dict: run(fetches, feed_dict)
        self.notes = []
        self._tensorflow = self._namespace()
        if channels_first_on_cpu:
            self._transpose_channels_first()
        if dtype == "float64":
            self._compute_in_float64()
            self._note("float64 replaces float32")
        self._ordered_updates = ordered_updates
        if ordered_updates:
            self._note("an update waits for its loss and all its gradients, whose order is open")

    def _nadam(self):
        nadam = tf1_contrib.NadamOptimizer
        return in_float64(nadam) if self.dtype == "float64" else nadam

    def _note(self, sentence):
        if sentence not in self.notes:
            self.notes.append(sentence)

    @contextlib.contextmanager
    def installed(self):
        """A context in which imports find the replacements; removes the program's modules later."""
        stand_ins = {
            "tensorflow": self._tensorflow,
            "tensorflow.contrib": self._tensorflow.contrib,
            "tensorflow.contrib.slim": self._tensorflow.contrib.slim,
            **tf1_contrib.deep_modules(self._nadam()),
            "cPickle": pickle,
            "scipy.misc": _scipy_misc(),
            "seaborn": _seaborn(),
            **_tutorials(),
            **_skimage(),
        }
        _restore_removed_functions()
        before, path, argv = dict(sys.modules), list(sys.path), list(sys.argv)
        sys.modules.update(stand_ins)
        try:
            with tf1.Graph().as_default(), self._noting_gradients():
                yield self._tensorflow
        finally:
            sys.path[:], sys.argv[:] = path, argv
            for name in list(sys.modules):
                if name.partition(".")[0] in self.own_modules:
                    del sys.modules[name]
            for name in stand_ins:
                sys.modules.pop(name)
                if name in before:
                    sys.modules[name] = before[name]

    @contextlib.contextmanager
    def _noting_gradients(self):
        optimizer_class = tf1.train.Optimizer
        compute, apply = optimizer_class.compute_gradients, optimizer_class.apply_gradients

        def compute_gradients(optimizer, loss, *args, **kwargs):
            # These tensors are recorded, because another gradient of the same loss could be
            # computed after the update.
            pairs = compute(optimizer, loss, *args, **kwargs)
            self.gradients.append(pairs)
            self._losses[optimizer] = loss
            return pairs

        def apply_gradients(optimizer, grads_and_vars, *args, **kwargs):
            pairs = list(grads_and_vars)
            before = [gradient for gradient, _ in pairs if gradient is not None]
            if optimizer in self._losses:
                before.append(self._losses[optimizer])
            with tf1.control_dependencies(before if self._ordered_updates else []):
                return apply(optimizer, pairs, *args, **kwargs)

        with (
            mock.patch.object(optimizer_class, "compute_gradients", compute_gradients),
            mock.patch.object(optimizer_class, "apply_gradients", apply_gradients),
        ):
            yield

    def _namespace(self):
        stand_in = _Overlay("tensorflow", tf1)
        stand_in.__path__ = tf.__path__
        stand_in.nn = _Overlay("tensorflow.nn", tf1.nn)
        stand_in.nn.dropout = self._dropout
        stand_in.app = types.SimpleNamespace(flags=_fresh_flags())
        stand_in.contrib = tf1_contrib.namespace()
        stand_in.Session = self._session_class()
        for name in _RANDOM:
            setattr(stand_in, name, self._noting(getattr(tf1, name)))
        return stand_in

    def _dropout(self, x, keep_prob, name=None):
        """TensorFlow 1.2's dropout; its draws are those of the graph."""
        del name
        draws = self._tensorflow.random_uniform(x.get_shape().as_list(), dtype=x.dtype)
        return x / keep_prob * tf1.floor(keep_prob + draws)

    def _session_class(self):
        shim = self

        class FollowedSession(tf1.Session):
            def __init__(self, config=None, **kwargs):
                if not shim.optimize_graph:
                    config = config or tf1.ConfigProto()
                    config.graph_options.rewrite_options.disable_meta_optimizer = True
                super().__init__(config=config, **kwargs)

            def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
                del options, run_metadata
                return shim.follow(super().run, fetches, feed_dict)

        return FollowedSession

    def _noting(self, function):
        @functools.wraps(function)
        def draw(*args, **kwargs):
            tensor = function(*args, **kwargs)
            self.draws.append(tensor)
            return tensor

        return draw

    def _transpose_channels_first(self):
        nn = self._tensorflow.nn
        for name in ("conv2d", "avg_pool", "max_pool"):
            setattr(nn, name, self._channels_last(getattr(tf1.nn, name)))

        def conv2d_transpose(
            value, filter, output_shape, strides, padding="SAME", data_format="NHWC", **kwargs
        ):
            if data_format != "NCHW":
                return tf1.nn.conv2d_transpose(
                    value, filter, output_shape, strides, padding, data_format, **kwargs
                )
            shape = tf.get_static_value(output_shape)[[0, 2, 3, 1]]
            self._note(_CHANNELS_FIRST)
            outputs = tf1.nn.conv2d_transpose(
                _to_nhwc(value), filter, shape, [strides[i] for i in (0, 2, 3, 1)], padding
            )
            return tf1.transpose(outputs, [0, 3, 1, 2])

        nn.conv2d_transpose = conv2d_transpose

    def _channels_last(self, function):
        def call(inputs, *args, data_format="NHWC", **kwargs):
            if data_format != "NCHW":
                return function(inputs, *args, data_format=data_format, **kwargs)
            self._note(_CHANNELS_FIRST)
            for name in ("strides", "ksize"):
                if name in kwargs:
                    kwargs[name] = [kwargs[name][i] for i in (0, 2, 3, 1)]
            return tf1.transpose(function(_to_nhwc(inputs), *args, **kwargs), [0, 3, 1, 2])

        return call

    def _compute_in_float64(self):
        stand_in = self._tensorflow
        stand_in.float32 = tf.float64
        for name in _TYPED:
            setattr(stand_in, name, float64_by_default(getattr(stand_in, name)))

        def constant(value, dtype=None, **kwargs):
            if dtype is None and np.asarray(value).dtype.kind == "f":
                dtype = tf.float64
            return tf1.constant(value, dtype, **kwargs)

        def sqrt(x, **kwargs):
            return tf1.sqrt(constant(x) if isinstance(x, float) else x, **kwargs)

        def cast(x, dtype, **kwargs):
            # Learning rates depend on an integer scalar; amnat's schedules are float32 too.
            counted = x.dtype.is_integer and x.shape.rank == 0
            return tf1.cast(x, tf.float32 if counted and dtype == tf.float64 else dtype, **kwargs)

        stand_in.constant, stand_in.sqrt, stand_in.cast = constant, sqrt, cast
        for name in ("minimum", "maximum"):
            setattr(stand_in, name, _of_one_type(getattr(tf1, name)))
        stand_in.train = _Overlay("tensorflow.train", tf1.train)
        stand_in.train.AdamOptimizer = in_float64(tf1.train.AdamOptimizer)


def _of_one_type(function):
    """Wraps a function of two numbers: a Python float as the first one gets the second's dtype."""

    def call(x, y, **kwargs):
        if isinstance(x, float):
            x = tf1.constant(x, y.dtype)
        return function(x, y, **kwargs)

    return call


def float64_by_default(function):
    """Wraps a function with an argument `dtype`, whose default becomes float64."""
    signature = inspect.signature(function)

    def call(*args, **kwargs):
        given = signature.bind_partial(*args, **kwargs).arguments
        return function(*args, **kwargs, **({} if "dtype" in given else {"dtype": tf.float64}))

    return call


def in_float64(adam):
    """Wraps a class of Adam's kind: the powers of its betas are kept in float64."""

    def make(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        # TensorFlow 1 and Keras both round the betas to float32; TensorFlow 1 also rounds their
        # powers.
        betas = [np.float64(np.float32(beta)) for beta in (beta1, beta2)]
        if tf.is_tensor(learning_rate):
            # The rate depends on a placeholder; see `cast`.
            learning_rate = tf1.cast(learning_rate, tf.float32)
        return adam(learning_rate, *betas, np.float64(epsilon))

    return make


def _to_nhwc(tensor):
    return tf1.transpose(tensor, [0, 2, 3, 1])


def _fresh_flags():
    """A separate tf.app.flags, because several programs define the same flags."""
    from absl import flags

    class Values(flags.FlagValues):
        """Like TensorFlow 1.2's, it keeps the names that a program adds."""

        def __setattr__(self, name, value):
            if name in self:
                super().__setattr__(name, value)
            else:
                self.__dict__[name] = value

    values = Values()

    def define(function):
        def call(name, default, help):
            # TensorFlow 1 did not check the type of a default.
            wrong = function is flags.DEFINE_string and default is False
            return function(name, None if wrong else default, help, flag_values=values)

        return call

    kinds = ("string", "boolean", "bool", "integer", "float")
    functions = {f"DEFINE_{kind}": define(getattr(flags, f"DEFINE_{kind}")) for kind in kinds}
    return types.SimpleNamespace(FLAGS=values, **functions)


def _scipy_misc():
    """The part of scipy.misc that training programs need: images from arrays, but no reading."""
    module = types.ModuleType("scipy.misc")
    module.imread = None

    def toimage(array, cmin, cmax):
        from PIL import Image

        array = (np.clip(array, cmin, cmax) - cmin) * (255.0 / (cmax - cmin))
        return Image.fromarray((array + 0.5).astype(np.uint8))

    module.toimage = toimage
    # `import scipy.misc` binds scipy, which may no longer have the name.
    scipy.misc = module
    return module


def _seaborn():
    """A stub of seaborn, which programs load for the style of figures that are not drawn here."""
    module = types.ModuleType("seaborn")
    module.set = lambda **kwargs: None
    return module


def _tutorials():
    """A stub of tensorflow.examples.tutorials.mnist, without its reader."""
    names = ["tensorflow.examples"]
    names += [f"{names[0]}.tutorials", f"{names[0]}.tutorials.mnist"]
    modules = {name: types.ModuleType(name) for name in names}
    modules[names[-1]].input_data = types.ModuleType("input_data")
    return modules


def _skimage():
    """A stub of skimage that neither writes nor resizes images."""
    modules = {name: types.ModuleType(name) for name in ("skimage", "skimage.transform")}
    modules["skimage"].io = types.SimpleNamespace(imsave=lambda path, image: None)
    modules["skimage"].img_as_ubyte = lambda image: image
    modules["skimage.transform"].resize = None
    return modules


def _restore_removed_functions():
    if not hasattr(locale, "format"):  # until Python 3.11
        locale.format = locale.format_string
    if "float" not in np.__dict__:  # until NumPy 1.23
        np.float = float
