"""Trains small models under a strategy, for test_strategy.py: python replicas.py STRATEGY FOLDER.

The weights and the logged losses of each model go to FOLDER/<model>.npz, its run to FOLDER/<model>.
With the strategy mirrored one replica with the whole batch is trained too, in FOLDER/one.
"""

import contextlib
import os
import pathlib
import signal
import sys

from amnat.data.pipeline import training_batches
from amnat.layers import synchronize_batch_norm
from amnat.networks.network import Network
from amnat.rng import MAX_REPLICAS, RNG
from amnat.training import callbacks, loop
from amnat.training.run_directory import RunDirectory
from amnat.training.strategy import is_chief, make_strategy

import numpy as np
import tensorflow as tf
import tf_keras as keras

BATCH = 10
# Of the images.
SIDE = 8
ITERATIONS = 10
# Small enough that gradients are clipped.
CLIP_NORM = 0.05


class GlobalStream(RNG):
    """Draws for the batch of all replicas and gives one replica its part of it."""

    part = 0
    parts = 1

    def _slice(self, draw, shape):
        shape = tf.convert_to_tensor(shape, tf.int32)
        size = shape[0]
        whole = draw(tf.concat([[size * self.parts], shape[1:]], axis=0))
        return tf.reshape(whole[self.part * size : (self.part + 1) * size], shape)

    def normal(self, name, shape, dtype=tf.float32):
        return self._slice(lambda s: super(GlobalStream, self).normal(name, s, dtype), shape)

    def uniform(self, name, shape, dtype=tf.float32):
        return self._slice(lambda s: super(GlobalStream, self).uniform(name, s, dtype), shape)

    def truncated_normal(self, name, shape, mean=0.0, stddev=1.0, dtype=tf.float32):
        parent = super().truncated_normal
        return self._slice(lambda s: parent(name, s, mean, stddev, dtype), shape)

    def keep(self, name, shape, probability, dtype=tf.float32):
        parent = super().keep
        return self._slice(lambda s: parent(name, s, probability, dtype), shape)

    def child(self, name):
        child = super().child(name)
        child.part, child.parts = self.part, self.parts
        return child


def global_stream(gan, iteration, part, parts):
    rng = GlobalStream(gan.seed, iteration * MAX_REPLICAS)
    rng.part, rng.parts = part, parts
    return rng


@contextlib.contextmanager
def float64():
    """Models that are built within it compute in float64.

    In float32 rounding grows: Adam divides by the size of a gradient, and makes steps of rounding
    errors where the gradient is none (biases before batch normalisation).
    """
    keras.mixed_precision.set_global_policy("float64")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy("float32")


def build(synchronized, **kwargs):
    """A tiny GAN whose replicas share the noise of the whole batch out."""
    import tiny

    with float64():
        gan = tiny.model(ema_generator=tiny.generator(), ema_decay=0.5, **kwargs)
    gan.clip_norm = CLIP_NORM
    if synchronized:
        assert synchronize_batch_norm(gan) > 0

    def rng():
        context = tf.distribute.get_replica_context()
        part = context.replica_id_in_sync_group
        return global_stream(gan, gan.iteration, part, context.num_replicas_in_sync)

    gan._iteration_rng = rng
    return gan


class ImageGenerator(Network):
    """Latent -> [batch, SIDE, SIDE, 1]: batch norm, a transposed convolution."""

    def __init__(self, normalized=True, **kwargs):
        super().__init__("lrelu", name="generator", **kwargs)
        self.linear = self.dense(SIDE * SIDE // 4 * 2, "linear")
        self.bn = self.batch_norm("bn") if normalized else tf.identity
        self.up = self.deconv(1, 2, "up")

    def call(self, inputs, rng=None):
        del rng
        h = tf.reshape(self.linear(inputs), [-1, SIDE // 2, SIDE // 2, 2])
        return tf.tanh(self.up(self.activate(self.bn(h))))


class ImageDiscriminator(Network):
    """[batch, SIDE, SIDE, 1] -> 3 logits: noise, a convolution, batch norm, dropout."""

    def __init__(self, normalized=True, **kwargs):
        super().__init__("lrelu", name="discriminator", **kwargs)
        self.input_noise = self.noise(0.1, "noise")
        self.down = self.conv(2, 2, "down")
        self.bn = self.batch_norm("bn") if normalized else tf.identity
        self.drop = self.dropout(0.3, "drop")
        self.linear = self.dense(3, "linear")

    def call(self, inputs, rng=None):
        h = self.down(self.input_noise(inputs, rng))
        return self.linear(self.drop(self.activate(self.bn(h)), rng))


def build_images(compiled=False):
    """A small GAN on images, with the convolutions' batch statistics over all replicas.

    XLA compiles no sums over replicas: a compiled one has no batch statistics.
    """
    from amnat.methods.am_gan.model import AMGAN
    from amnat.models import NormalLatent
    from amnat.training.optimizers import make_optimizer

    class Exact(AMGAN):
        def _batch(self, tensor, step):
            return tf.cast(tensor, tf.float64) if tensor.dtype == tf.float32 else tensor

    with float64():
        gan = Exact(
            ImageGenerator(not compiled).build_variables((3,)),
            ImageDiscriminator(not compiled).build_variables((SIDE, SIDE, 1)),
            NormalLatent(3),
            gradient_penalty_weight=1.0,
        )
    assert (synchronize_batch_norm(gan) > 0) != compiled
    gan._iteration_rng = lambda: global_stream(
        gan,
        gan.iteration,
        tf.distribute.get_replica_context().replica_id_in_sync_group,
        tf.distribute.get_strategy().num_replicas_in_sync,
    )
    gan.compile(*(make_optimizer("sgd", 0.01) for _ in range(2)))
    if compiled:
        gan.set_execution(2, compiled=True)
        assert gan.compiles_gradients == (tf.distribute.has_strategy())
    return gan


def images():
    from amnat.data import Dataset

    rng = np.random.default_rng(0)
    samples = rng.integers(0, 256, (40, SIDE, SIDE, 1), dtype=np.uint8)
    return Dataset("noise", "train", samples, np.arange(40, dtype=np.int32) % 2, 2, ("a", "b"))


def train(gan, dataset, folder, strategy, iterations=ITERATIONS, start=0, extra=()):
    run = RunDirectory(folder)
    if is_chief(strategy):
        run.create([])
    options = loop.TrainingOptions(iterations, BATCH, log_every=1, sample_every=5, save_every=5)
    return run, loop.train(gan, dataset, run, options, strategy, start=start, extra_callbacks=extra)


def numbers(gan, run):
    """{name: array} to compare: the weights, and what was logged."""
    found = {f"weight{i}": v.numpy() for i, v in enumerate(gan.generator.weights)}
    found |= {f"critic{i}": v.numpy() for i, v in enumerate(gan.discriminator.weights)}
    if gan.ema_generator:
        found |= {f"mean{i}": v.numpy() for i, v in enumerate(gan.ema_generator.weights)}
    rows = run.read_rows(run.metrics_file)
    # Logged is the mean over the replicas, which is no maximum of the batch's.
    left_out = ("_std", "_max")
    return found | {name: rows[name] for name in rows if not name.endswith(left_out)}


class Terminate(keras.callbacks.Callback):
    """Sends this process SIGTERM after an iteration."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            os.kill(os.getpid(), signal.SIGTERM)


def train_all(models, folder, strategy):
    import tiny

    for kind, gan in models.items():
        data = tiny.dataset() if kind == "together" else images()
        run, outcome = train(gan, data, folder / kind, strategy)
        assert outcome.iteration == ITERATIONS
        if is_chief(strategy):
            np.savez(folder / f"{kind}.npz", **numbers(gan, run))


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    one = tf.distribute.get_strategy()
    strategy = make_strategy(name, ("CPU:0", "CPU:1") if name == "mirrored" else ())
    with strategy.scope():
        models = {"together": build(True), "compiled": build_images(compiled=True)}
        if name == "mirrored":
            models["images"] = build_images()
    # Drawing takes longer than training, and is not what is tested.
    callbacks.SampleSheets.act = lambda *_: None
    train_all(models, folder, strategy)
    gan = models["together"]
    if name == "mirrored":
        draws = strategy.run(lambda: type(gan)._iteration_rng(gan).normal("x", [4]))
        np.save(folder / "draws.npy", np.stack(strategy.experimental_local_results(draws)))
        np.save(folder / "apart.npy", loss_apart(strategy))
        (folder / "one").mkdir()
        models = {"together": build(True), "images": build_images()}
        models["compiled"] = build_images(compiled=True)
        train_all(models, folder / "one", one)
    else:
        stop_together(gan, strategy, folder / "stopped")
    print("done")


def loss_apart(strategy):
    """Each replica's first discriminator loss without synchronized statistics."""
    import tiny

    with strategy.scope():
        gan = build(False)
    samples, labels = next(iter(training_batches(tiny.dataset(), BATCH)))
    size = BATCH // strategy.num_replicas_in_sync

    def part(context):
        rows = slice(context.replica_id_in_sync_group * size, None)
        return samples[rows][:size], labels[rows][:size]

    batches = strategy.experimental_distribute_values_from_function(part)
    losses = strategy.run(
        lambda *batch: gan.discriminator_loss(batch, gan._iteration_rng().child("d0"))[0],
        args=batches,
    )
    return np.stack(strategy.experimental_local_results(losses))


def stop_together(gan, strategy, folder):
    """One worker is told to stop: both do, and both can go on."""
    import tiny

    fit = gan.fit
    # The loop leaves further callbacks to the chief: the other worker's signal comes by itself.
    if not is_chief(strategy):
        gan.fit = lambda *a, callbacks, **k: fit(*a, callbacks=[*callbacks, Terminate()], **k)
    _, outcome = train(gan, tiny.dataset(), folder, strategy, 100)
    assert outcome.stopped_by == signal.SIGTERM and 3 <= outcome.iteration < 6, outcome
    saved = [variable.numpy() for variable in gan.generator.weights]
    for variable in gan.generator.weights:
        variable.assign(tf.zeros_like(variable))
    gan.fit = fit
    _, again = train(gan, tiny.dataset(), folder, strategy, outcome.iteration, outcome.iteration)
    assert again.iteration == outcome.iteration
    for variable, value in zip(gan.generator.weights, saved, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


if __name__ == "__main__":
    main()
