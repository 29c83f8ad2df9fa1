"""Standing statistics: batch normalisation that no longer depends on the batch.

`BatchStatisticsNormalization` has no moving averages, so a sample depends on the others of its
batch. This module averages the statistics of many batches once, and uses them for any batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from amnat.layers import BatchStatisticsNormalization
from amnat.networks.network import Network
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

DEFAULT_BATCHES = 200


def measure_statistics(
    network: Network,
    draw: Callable[[int], tf.Tensor],
    num_batches: int,
    layer_by_layer: bool = False,
    total_variance: bool = False,
    run: Callable[[tf.Tensor], Any] | None = None,
) -> list[BatchStatisticsNormalization]:
    """Measures and sets the standing statistics of a network.

    By default all layers are measured in one pass, in which every layer normalises with the
    statistics of the batch, as in training. The variance is the average of the variances of the
    batches, by which batch normalisation divided. docs/export.md compares the other choices.

    Args:
      network: a network whose variables are built; its `BatchStatisticsNormalization` layers are
        set.
      draw: callable, number of a batch -> inputs of the network, with the training batch size.
      num_batches: number of batches to average.
      layer_by_layer: whether to measure each layer with standing statistics in the layers before
        it, in as many passes as there are layers.
      total_variance: whether to add the variance of the batches' means, which gives the variance
        over all samples.
      run: callable that runs the network on what `draw` returns, if that is not its input.

    Returns: the layers, in the order in which they are called.
    """
    layers = _batch_norms(network)
    run = run or (lambda inputs: network(inputs, rng=RNG(0, 0)))
    groups = [[layer] for layer in _called(run, layers, draw(0))] if layer_by_layer else [layers]
    done = []
    for group in groups if layers else ():
        for layer, averages in _average(run, group, draw, num_batches):
            means, squared_means, variances = averages
            between = np.maximum(squared_means - means**2, 0.0) if total_variance else 0.0
            # The statistics are arrays, because converters treat captured tensors as inputs.
            layer.standing = tuple(  # type: ignore[assignment]
                values.astype(np.float32) for values in (means, variances + between)
            )
            done.append(layer)
    return done


def copy_statistics(source: Network, target: Network) -> None:
    """Copies the standing statistics to an equal network, which may have another layout."""
    for one, other in zip(_batch_norms(source), _batch_norms(target), strict=True):
        other.standing = one.standing


def _batch_norms(network: Network) -> list[BatchStatisticsNormalization]:
    return [x for x in network.submodules if isinstance(x, BatchStatisticsNormalization)]


def _observed(
    run: Callable[[tf.Tensor], Any],
    layers: Sequence[BatchStatisticsNormalization],
    observe: Callable[[BatchStatisticsNormalization, tf.Tensor], Any],
) -> tf.types.experimental.PolymorphicFunction:
    """A function of inputs that returns the list of `observe(layer, inputs)` of all layer calls."""

    def call(inputs: tf.Tensor) -> list[Any]:
        noted = []

        def note(layer: BatchStatisticsNormalization, inputs: tf.Tensor) -> None:
            noted.append(observe(layer, inputs))

        for layer in layers:
            layer.observer = note  # type: ignore[assignment]
        try:
            run(inputs)
        finally:
            for layer in layers:
                layer.observer = None
        return noted

    return tf.function(call, autograph=False)


def _called(
    run: Callable[[tf.Tensor], Any],
    layers: Sequence[BatchStatisticsNormalization],
    inputs: tf.Tensor,
) -> list[BatchStatisticsNormalization]:
    """The layers in the order in which they are called."""
    called = []
    _observed(run, layers, lambda layer, _: called.append(layer)).get_concrete_function(inputs)
    return called


def _average(
    run: Callable[[tf.Tensor], Any],
    layers: Sequence[BatchStatisticsNormalization],
    draw: Callable[[int], tf.Tensor],
    num_batches: int,
) -> list[tuple[BatchStatisticsNormalization, np.ndarray]]:
    """[(layer, (means, squared means, variances))] in the order of the calls. The statistics are
    averaged over the batches, float64 [C] each."""
    called = []

    def observe(
        layer: BatchStatisticsNormalization, inputs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        called.append(layer)
        return layer.moments(inputs)

    step = _observed(run, layers, observe).get_concrete_function(draw(0))
    sums = [np.zeros([3, layer.scale.shape[0]]) for layer in called]
    for number in range(num_batches):
        for total, moments in zip(sums, step(draw(number)), strict=True):
            mean, variance = (moment.numpy().astype(np.float64) for moment in moments)
            total += mean, mean**2, variance
    return [(layer, total / num_batches) for layer, total in zip(called, sums, strict=True)]
