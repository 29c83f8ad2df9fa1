"""Activations, weights and their gradients, layer by layer (AM-GAN2, AM-GAN-log-netstate.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amnat.files import write_atomically
from amnat.networks.network import Network
from amnat.rng import MAX_REPLICAS, RNG
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory

import tensorflow as tf


def _moments(tensor: tf.Tensor) -> tf.Tensor:
    tensor = tf.cast(tensor, tf.float64)
    return tf.stack([tf.reduce_mean(tensor), tf.math.reduce_std(tensor)])


class LayerStates(Periodic):
    """Writes layer_states.txt: mean and standard deviation of every step's output and of the
    discriminator loss's gradient at it, and of every variable and its own loss's gradient.

    Args:
      interval, start: see `Periodic`.
      run: `RunDirectory`.
      batch: (samples, labels) that the states are taken on, the same every time.
    """

    def __init__(self, interval: int, start: int, run: RunDirectory, batch: tuple[tf.Tensor, ...]):
        super().__init__(interval, start)
        self.path = run.path / "layer_states.txt"
        self.batch = batch
        self._names: list[tuple[str, str, tuple[int, ...]]] = []
        self._measure = tf.function(self._states, autograph=False)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.path.exists():
            self._forget_after(self.start)
        if self.start == 0:
            self.act(0)

    def _forget_after(self, iteration: int) -> None:
        """Drops what a session that was killed wrote after the checkpoint that this one is from."""
        text = self.path.read_text(encoding="utf-8")
        entries = [f"ITER: {entry}" for entry in text.split("ITER: ")[1:]]
        kept = [entry for entry in entries if int(entry.split()[1]) <= iteration]
        write_atomically(self.path, "".join(kept if iteration else []))

    def act(self, iteration: int) -> None:
        counter = tf.constant(iteration, tf.int64) * MAX_REPLICAS
        states = self._measure(*self.batch, counter).numpy()
        lines = [f"ITER: {iteration}"]
        for (kind, name, shape), (value, gradient) in zip(self._names, states, strict=True):
            lines.append(
                f"{kind} mean {value[0]:12.5g} std {value[1]:12.5g}, gradient mean "
                f"{gradient[0]:12.5g} std {gradient[1]:12.5g}  {name} {shape}"
            )
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n\n")

    def _states(self, samples: tf.Tensor, labels: tf.Tensor, counter: tf.Tensor) -> tf.Tensor:
        """float64 [entries, 2 (value, gradient), 2 (mean, std)]; names go to `_names`."""
        model = self.model
        rng = RNG(model.seed, counter, "layer_states/")
        pairs: list[tf.Tensor] = []
        self._names = []

        def note(
            kind: str, named_tensors: list[tuple[str, tf.Tensor]], gradients: list[tf.Tensor | None]
        ) -> None:
            for (name, tensor), gradient in zip(named_tensors, gradients, strict=True):
                gradient = tf.zeros_like(tensor) if gradient is None else gradient
                pairs.append(tf.stack([_moments(tensor), _moments(gradient)]))
                self._names.append((kind, name, tuple(tensor.shape)))

        variables = list(self._variables(model.discriminator))
        with (
            model.generator.recording() as generator_layers,
            model.discriminator.recording() as discriminator_layers,
            tf.GradientTape() as tape,
        ):
            loss, _ = model.discriminator_loss((samples, labels), rng.child("d"))
        layers = generator_layers + discriminator_layers
        targets = [tensor for _, tensor in variables + layers]
        gradients = tape.gradient(loss, targets)
        note("variable", variables, gradients[: len(variables)])
        note("layer   ", layers, gradients[len(variables) :])

        variables = list(self._variables(model.generator))
        with tf.GradientTape() as tape:
            loss, _ = model.generator_loss((samples, labels), rng.child("g"))
        note("variable", variables, tape.gradient(loss, [tensor for _, tensor in variables]))
        return tf.stack(pairs)

    @staticmethod
    def _variables(network: Network) -> Iterator[tuple[str, tf.Variable]]:
        trained = {id(variable) for variable in network.trainable_variables}
        for name, variable in network.named_variables().items():
            if id(variable) in trained:
                yield f"{network.name}/{name}", variable
