"""The tasks of a comparison on amnat's side."""

import contextlib
import functools
import time
from unittest import mock

from amnat.compat.job_files import job_data
from amnat.data.pipeline import training_batches
from amnat.methods.am_gan.script import AMGANScript
from amnat.methods.am_gan_paper.script import AMGANPaperScript
from amnat.rng import MAX_REPLICAS, RNG, RecordedRNG

import numpy as np
import tensorflow as tf
import tf_keras as keras
from absl import flags


def run_job(module, folder, job):
    """Runs amnat for one job; returns {name: array}."""
    del folder
    tf.keras.backend.clear_session()
    port = module.Port(
        job["configuration"],
        job.get("dtype", "float32"),
        data=job_data(job),
        seed=job.get("seed", 0),
    )
    task = {"trace": trace, "speed": speed, "train": train}[job["task"]]
    return task(port, job)


# Flags that `script_flags` has defined in this process, all of one script.
DEFINED = []


def am_gan_flags(words):
    """Sets the flags of tools/am_gan.py from a command line, after resetting earlier values."""
    return script_flags(AMGANScript, "bAMGAN", words)


def am_gan_paper_flags(words):
    """The same for tools/am_gan_reproduce.py."""
    return script_flags(AMGANPaperScript, "LAB", words)


def script_flags(script, own, words):
    """Sets a script's flags from a command line, after resetting earlier values.

    Args:
      script: its `Method` class.
      own: a flag that no other script of a comparison has.
      words: the command line.
    """
    if own not in flags.FLAGS:
        while DEFINED:
            delattr(flags.FLAGS, DEFINED.pop())
        before = set(flags.FLAGS)
        script().define_flags()
        DEFINED.extend(set(flags.FLAGS) - before)
    for name in list(flags.FLAGS):
        flags.FLAGS[name].unparse()
    flags.FLAGS(["script", *words])
    return flags.FLAGS


@contextlib.contextmanager
def precision(dtype):
    """A context in which new layers compute in `dtype`."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(dtype)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def networks_of(model):
    """The generator, the discriminator and, if there is one, the encoder."""
    names = ("generator", "discriminator", "encoder")
    return [getattr(model, name) for name in names if hasattr(model, name)]


def named_variables(model):
    """The variables of all players, {'generator/linear/w': variable, ...}."""
    return {
        f"{network.name}/{name}": variable
        for network in networks_of(model)
        for name, variable in network.named_variables().items()
    }


def trace(port, job):
    """Replays the inputs, and records the arrays of `session_hooks.Trace` under the same names."""
    arrays = beginnings(port, job["beginnings"]) if job.get("beginnings") else {}
    model = port.build()
    variables = named_variables(model)
    for name, variable in variables.items():
        variable.assign(port.initial(name, tuple(variable.shape)))
    port.start(model)
    if 0 in job["recorded"]:
        arrays |= {f"variables/0/{name}": v.numpy() for name, v in variables.items()}
    step = observed_step(model, port)
    for iteration in range(1, job["iterations"] + 1):
        samples, labels = port.batch(iteration)
        recorded = {
            name: tf.constant(value, port.dtype) for name, value in port.draws(iteration).items()
        }
        logs, outputs, gradients = step(
            (tf.constant(samples, port.dtype), tf.constant(labels, tf.int32)), recorded
        )
        if iteration == 1:
            arrays |= {f"gradients/{name}": value.numpy() for name, value in gradients.items()}
        if iteration in job["recorded"]:
            logs = {name: logs[name] for name in port.logs or logs}
            for kind, values in (("losses", logs), ("outputs", outputs), ("variables", variables)):
                arrays |= {f"{kind}/{iteration}/{name}": v.numpy() for name, v in values.items()}
    return arrays


def observed_step(model, port):
    """`model.train_step` as a tf.function of (data, draws) -> (logs, outputs, gradients).

    What is computed in a branch of a graph cannot be seen outside of it, so a step with branches
    runs without a graph.
    """

    def step(data, draws):
        with _Observed(model, port) as observed:
            logs = observed.run(data, draws)
        return logs, observed.outputs, observed.gradients

    return step if port.has_branches else tf.function(step, autograph=False)


class _Observed:
    """Records the outputs and gradients of a training step, in the order of their computation."""

    def __init__(self, model, port):
        self.model, self.port = model, port
        self.outputs, self.gradients = {}, {}
        self._counts = dict.fromkeys(port.calls, 0)
        self._losses = []
        self._patches = []

    def __enter__(self):
        model = self.model
        for player in self.port.calls:
            optimizer = getattr(model, f"{player}_optimizer")
            spy = functools.partial(self._update, player, optimizer.apply_gradients)
            self._patches.append(mock.patch.object(optimizer, "apply_gradients", spy))
        if hasattr(model, "real_fake_losses"):
            spy = functools.partial(self._split_loss, model.real_fake_losses)
            self._patches.append(mock.patch.object(model, "real_fake_losses", spy))
        self._recordings = [network.recording() for network in networks_of(model)]
        self._noted = [recording.__enter__() for recording in self._recordings]
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *error):
        for patch in self._patches:
            patch.stop()
        for recording in self._recordings:
            recording.__exit__(*error)

    def run(self, data, draws):
        self.model._iteration_rng = lambda: RecordedRNG(draws)
        return self.model.train_step(data)

    def _split_loss(self, function, *args):
        self._losses = function(*args)
        return self._losses

    def _update(self, player, apply_gradients, pairs, *args, **kwargs):
        """Records the outputs of the update's forward pass and its gradients."""
        step = f"{player}{self._counts[player]}"
        self._counts[player] += 1
        pairs = list(pairs)
        names = {id(v): name for name, v in named_variables(self.model).items()}
        for gradient, variable in pairs:
            self.gradients[f"{step}/{names[id(variable)]}"] = tf.convert_to_tensor(gradient)
        values = {}
        for last, results in self.port.calls[player].items():
            values |= self._named_calls(last, results)
        if player == "d" and self._losses:
            values |= dict(zip(("loss_real", "loss_fake"), self._losses, strict=True))
        self.outputs |= {
            f"{step}/{name}": self.port.to_theirs(name, value) for name, value in values.items()
        }
        for noted in self._noted:
            noted.clear()
        return apply_gradients(pairs, *args, **kwargs)

    def _named_calls(self, last, names):
        """{name: result of the step `last`} for the network's calls since the last update.

        A call whose name is None is left out.
        """
        results = [tensor for noted in self._noted for name, tensor in noted if name == last]
        found = dict(zip(names, results, strict=True))
        found.pop(None, None)
        return found


class _NotingRNG(RNG):
    """An `RNG` that records all its draws; version 1, whose dropout the originals can replay."""

    noted = {}

    def _note(self, name, value):
        self.noted[self._prefix + name] = value.numpy()
        return value

    def normal(self, name, *args, **kwargs):
        return self._note(name, super().normal(name, *args, **kwargs))

    def truncated_normal(self, name, *args, **kwargs):
        return self._note(name, super().truncated_normal(name, *args, **kwargs))

    def uniform(self, name, *args, **kwargs):
        return self._note(name, super().uniform(name, *args, **kwargs))


def noted_draws(model, seed, iteration, batch):
    """The draws of one training step, {name of the draw: array}."""
    _NotingRNG.noted = noted = {}
    model._iteration_rng = lambda: _NotingRNG(seed, iteration * MAX_REPLICAS, version=1)
    samples, labels = batch
    model.train_step((tf.constant(samples, tf.float32), tf.constant(labels, tf.int32)))
    return noted


def beginnings(port, count):
    """Initial values for several seeds, and draws of several iterations."""
    initial = []
    for seed in range(count):
        port.seed = seed
        model = port.build()
        initial.append({name: v.numpy() for name, v in named_variables(model).items()})
    draws = [port.sample_draws(model, iteration) for iteration in range(count)]
    arrays = {f"initial/{name}": np.stack([v[name] for v in initial]) for name in initial[0]}
    return arrays | {f"draws/{name}": np.stack([v[name] for v in draws]) for name in draws[0]}


def fit(model, dataset, batch_size, seed, iterations, tick):
    """Trains with Keras' fit on the scripts' data pipeline.

    Args:
      tick: called with the number of completed iterations, first with 0.
    """
    data = training_batches(dataset, batch_size, model.batches_per_iteration, seed=seed)
    tick(0)
    counting = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: tick(batch + 1)
    )
    model.fit(data, steps_per_epoch=iterations, callbacks=[counting], verbose=0)


def speed(port, job):
    """Times the iterations: [seconds since the epoch, completed iterations], the first with 0."""
    times = []
    port.fit(port.build(), job["iterations"], lambda done: times.append([time.time(), done]))
    return {"times": np.array(times)}


def train(port, job):
    """Trains a model as its script does, and returns samples."""
    model = port.build()
    port.fit(model, job["iterations"])
    return {"samples": port.samples(model, job["num_samples"])}
