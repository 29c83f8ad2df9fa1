"""What programs of TensorFlow 1.2 rely on: flags that they add, its dropout, one-sided defaults."""

import subprocess
import sys

# In a process of its own: TensorFlow 1's behaviour is switched on for good.
DRIVER = """
import sys

import numpy as np
from amnat.compat.tf1_shim import Shim, float64_by_default

shim = Shim(dtype="float64", optimize_graph=False)
with shim.installed():
    import cPickle
    import tensorflow as tf
    from tensorflow.contrib.layers.python.layers.layers import layer_norm
    from tensorflow.contrib.opt.python.training.nadam_optimizer import NadamOptimizer

    flags = tf.app.flags.FLAGS
    tf.app.flags.DEFINE_string("PATH", False, "")
    tf.app.flags.DEFINE_string("sTag", "a", "")
    flags(["program", "--sTag=b"])
    flags.sFolder = "result/" + flags.sTag
    flags.sTag = "c"
    assert (flags.PATH, flags.sFolder, flags.sTag) == (None, "result/b", "c")

    x = tf.placeholder(tf.float32, [4, 3])
    kept = tf.nn.dropout(x, 0.7)
    (draws,) = shim.draws
    values = np.arange(12.0).reshape(4, 3)
    uniform = np.linspace(0.0, 0.99, 12).reshape(4, 3)
    with tf.Session() as session:
        found = session.run(kept, {x: values, draws: uniform})
    expected = values / 0.7 * np.floor(0.7 + uniform)
    np.testing.assert_allclose(found, expected, atol=1e-14)
    assert kept.dtype == float64_by_default(tf.ones)([2]).dtype == tf.float64
    assert tf.get_variable("w", [2, 2]).dtype.base_dtype == tf.float64
assert "cPickle" not in sys.modules
print("ran")
"""


def test_names_and_dropout_of_tensorflow_1_2():
    done = subprocess.run([sys.executable, "-c", DRIVER], capture_output=True, text=True)
    assert done.returncode == 0 and "ran" in done.stdout, done.stderr
