"""Standing statistics: batch normalisation that no longer looks at the batch.

The originals keep no moving averages, so that a sample depends on the others of its batch. Here the
statistics of many batches are averaged once, and stand in for those of any batch.
"""

from amnat.layers import BatchStatisticsNormalization
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

DEFAULT_BATCHES = 200


def measure_statistics(network, draw, num_batches, layer_by_layer=False, total_variance=False):
    """Measures and sets the standing statistics of a network.

    By default all layers are measured in one pass in which every layer normalises with the
    statistics of the batch, as in training, and the variance is the average of the batches' own,
    by which batch normalisation divided. docs/export.md compares the other choices.

    Args:
      network: with its variables; its `BatchStatisticsNormalization` layers are set.
      draw: callable, number of a batch -> inputs of the network, of the training's batch size.
      num_batches: to average.
      layer_by_layer: measure a layer with standing statistics in those before it, in as many
        passes as there are layers.
      total_variance: add the variance of the batches' means, which gives the variance over all
        samples.

    Returns: the layers, in the order in which they are called.
    """
    layers = _batch_norms(network)
    if layer_by_layer:
        groups = [[layer] for layer in _called(network, layers, draw(0))]
    else:
        groups = [layers]
    done = []
    for group in groups if layers else ():
        for layer, averages in _average(network, group, draw, num_batches):
            means, squared_means, variances = averages
            between = np.maximum(squared_means - means**2, 0.0) if total_variance else 0.0
            # Arrays: converters take captured tensors for inputs.
            layer.standing = tuple(
                values.astype(np.float32) for values in (means, variances + between)
            )
            done.append(layer)
    return done


def copy_statistics(source, target):
    """Gives a network the standing statistics of an equal one; their layouts may differ."""
    for one, other in zip(_batch_norms(source), _batch_norms(target), strict=True):
        other.standing = one.standing


def _batch_norms(network):
    return [x for x in network.submodules if isinstance(x, BatchStatisticsNormalization)]


def _observed(network, layers, observe):
    """A function of inputs: a list of what `observe(layer, inputs)` gives for each call of one."""

    def call(inputs):
        noted = []
        for layer in layers:
            layer.observer = lambda layer, inputs: noted.append(observe(layer, inputs))
        try:
            network(inputs, rng=RNG(0, 0))
        finally:
            for layer in layers:
                layer.observer = None
        return noted

    return tf.function(call, autograph=False)


def _called(network, layers, inputs):
    """The layers in the order in which they are called."""
    called = []
    _observed(network, layers, lambda layer, _: called.append(layer)).get_concrete_function(inputs)
    return called


def _average(network, layers, draw, num_batches):
    """[(layer, (means, squared means, variances))] in the order of the calls, float64 [C] each,
    averaged over the batches."""
    called = []

    def observe(layer, inputs):
        called.append(layer)
        return layer.moments(inputs)

    step = _observed(network, layers, observe).get_concrete_function(draw(0))
    sums = [np.zeros([3, layer.scale.shape[0]]) for layer in called]
    for number in range(num_batches):
        for total, moments in zip(sums, step(draw(number)), strict=True):
            mean, variance = (moment.numpy().astype(np.float64) for moment in moments)
            total += mean, mean**2, variance
    return [(layer, total / num_batches) for layer, total in zip(called, sums, strict=True)]
