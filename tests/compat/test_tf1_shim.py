"""A TensorFlow 1 program that uses removed names runs under the stand-ins; numbers by hand."""

import subprocess
import sys

import numpy as np
import pytest

# In a process of its own: TensorFlow 1's behaviour is switched on for good.
PROGRAM = """
import sys

import tensorflow as tf
import numpy as np
import scipy.misc
import seaborn as sns

sns.set(color_codes=True)
cfg = tf.app.flags.FLAGS
tf.app.flags.DEFINE_integer("iSize", 3, "")
tf.app.flags.DEFINE_boolean("bOn", True, "")
cfg(sys.argv)
x = tf.placeholder(tf.float32, [None, 2, 4, 4])
kernel = tf.get_variable("w", initializer=np.arange(36, dtype="float32").reshape(3, 3, 2, 2) / 36)
h = tf.nn.conv2d(x, kernel, strides=[1, 1, 2, 2], padding="SAME", data_format="NCHW")
up = tf.get_variable("u", initializer=np.arange(36, dtype="float32").reshape(3, 3, 2, 2) / 36)
shape = tf.stack([2, 2, 4, 4])
h = tf.nn.conv2d_transpose(
    h, up, output_shape=shape, strides=[1, 1, 2, 2], padding="SAME", data_format="NCHW"
)
h = tf.nn.avg_pool(
    h, ksize=[1, 1, 2, 2], strides=[1, 1, 2, 2], padding="VALID", data_format="NCHW"
)
mean, _ = tf.nn.moments(h, [0, 2, 3], keep_dims=True)
h = tf.contrib.layers.flatten(h - mean) + 0 * tf.random_normal([2, 8])
loss = tf.reduce_sum(tf.square(h))
rate = 0.5 * tf.maximum(0., 1. - tf.cast(tf.Variable(0, trainable=False), tf.float32) / cfg.iSize)
update = tf.train.GradientDescentOptimizer(rate).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    results = session.run([h, loss, kernel], {x: inputs})
    session.run(update, {x: inputs})
    results.append(session.run(kernel))
flag = cfg.bOn
"""

DRIVER = """
import pathlib
import sys

import numpy as np
from amnat.compat.tf1_shim import Shim

folder = pathlib.Path(sys.argv[1])
results = {}


def waits_for(operation):
    # All that runs before an operation.
    found, left = set(), [operation]
    while left:
        new = left.pop()
        before = [*new.control_inputs, *(tensor.op for tensor in new.inputs)]
        left += [other for other in before if other not in found]
        found.update(before)
    return found


def every_update_waits(shim, graph, loss):
    # Whether the update of each variable waits for the loss and every gradient.
    updates = [op for op in graph.get_operations() if "ApplyGradientDescent" in op.type]
    assert len(updates) == 2
    asked = {loss.op, *(gradient.op for gradient, _ in shim.gradients[0])}
    return all(asked <= waits_for(update) for update in updates)


for dtype, ordered in (("float32", False), ("float64", True)):
    shim = Shim(dtype=dtype, optimize_graph=False, ordered_updates=ordered)
    with shim.installed() as tensorflow:
        sys.argv = ["program", "--iSize=4", "--bOn=false"]
        names = {"inputs": np.load(folder / "inputs.npy")}
        exec((folder / f"{dtype}.txt").read_text(), names)
        graph = names["loss"].graph
        assert every_update_waits(shim, graph, names["loss"]) == ordered
    assert sys.modules["tensorflow"] is not tensorflow
    assert len(shim.draws) == 1 and len(shim.gradients) == 1 and names["flag"] is False
    assert [variable.op.name for _, variable in shim.gradients[0]] == ["w", "u"]
    assert any("NCHW" in note for note in shim.notes)
    for name, value in zip(("h", "loss", "before", "after"), names["results"], strict=True):
        results[f"{dtype}/{name}"] = value
np.savez(folder / "out.npz", **results)
"""


def by_hand(inputs, kernel, up):
    """The program's forward pass in float64 NumPy: (flattened, loss)."""
    padded = np.pad(inputs, ((0, 0), (0, 0), (0, 1), (0, 1)))
    h = np.zeros((2, 2, 2, 2))
    out = np.zeros((2, 2, 5, 5))
    for i in range(2):
        for j in range(2):
            window = padded[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            h[:, :, i, j] = np.einsum("nchw,hwco->no", window, kernel)
    for i in range(2):
        for j in range(2):
            spread = np.einsum("nc,hwoc->nohw", h[:, :, i, j], up)
            out[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += spread
    pooled = out[:, :, :4, :4].reshape(2, 2, 2, 2, 2, 2).mean(axis=(3, 5))
    flat = (pooled - pooled.mean(axis=(0, 2, 3), keepdims=True)).reshape(2, -1)
    return flat, np.sum(flat**2)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """({'<dtype>/<name>': array}, the program's inputs)."""
    folder = tmp_path_factory.mktemp("program")
    inputs = np.random.RandomState(0).normal(size=(2, 2, 4, 4))
    np.save(folder / "inputs.npy", inputs)
    (folder / "float32.txt").write_text(PROGRAM)
    (folder / "float64.txt").write_text(PROGRAM.replace('dtype="float32"', "dtype=float"))
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(folder)],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(folder / "out.npz") as stored:
        return {name: stored[name] for name in stored.files}, inputs


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
def test_program_by_hand(results, dtype, tolerance):
    arrays, inputs = results
    h, loss, before, after = (arrays[f"{dtype}/{x}"] for x in ("h", "loss", "before", "after"))
    kernel = np.arange(36.0).reshape(3, 3, 2, 2) / 36
    flat, expected = by_hand(inputs, kernel, kernel)
    assert h.dtype == dtype
    np.testing.assert_allclose(h, flat, rtol=0, atol=tolerance * np.abs(flat).max())
    np.testing.assert_allclose(loss, expected, rtol=tolerance)
    # The update's direction and size, by central differences along it; the rate is 0.5.
    step = before.astype(np.float64) - after
    epsilon = 1e-5 / np.abs(step).max()
    up, down = (by_hand(inputs, kernel + sign * epsilon * step, kernel)[1] for sign in (1, -1))
    np.testing.assert_allclose(np.sum(step**2) / 0.5, (up - down) / (2 * epsilon), rtol=1e-4)
