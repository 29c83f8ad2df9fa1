"""Data-dependent initialisation: every layer's output is standardised on the batch."""

from amnat.layers import KernelOptions
from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator
from amnat.networks import initialize_from_data
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf

LATENTS = tf.random.stateless_normal([20, 7], [0, 0])


def _kernel_outputs(network, *inputs, **arguments):
    with network.recording() as steps:
        output = initialize_from_data(network, *inputs, **arguments)
    kinds = ("linear", "conv", "deconv")
    return output, [t.numpy() for name, t in steps if name.split("/")[1].startswith(kinds)]


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_every_layer_has_mean_0_and_variance_1(data_format):
    common = {"data_format": data_format}
    generator = AMGANGenerator(4, 3, num_extra=1, min_width=2, **common).build_variables((7,))
    discriminator = AMGANDiscriminator(5, 4, num_extra=1, **common).build_variables((32, 32, 3))
    images, outputs = _kernel_outputs(generator, LATENTS)
    _, more = _kernel_outputs(discriminator, images, rng=RNG(0, 0))
    assert len(outputs) == 6 and len(more) == 6
    for output in outputs + more:
        channels = output.ndim - 1 if data_format == "NHWC" else 1
        axes = tuple(axis for axis in range(output.ndim) if axis != channels)
        np.testing.assert_allclose(output.mean(axis=axes), 0, atol=1e-5)
        np.testing.assert_allclose(output.var(axis=axes), 1, atol=1e-4)
    # It is over: the next batch is not standardised.
    again = generator(LATENTS * 2).numpy()
    np.testing.assert_array_equal(again, generator(LATENTS * 2).numpy())


def test_the_weights_themselves_stay():
    generator = AMGANGenerator(2, 1).build_variables((7,))
    before = {name: value.numpy() for name, value in generator.named_variables().items()}
    initialize_from_data(generator, LATENTS)
    for name, value in generator.named_variables().items():
        if name.endswith(("/w", "/offset", "/scale")):
            np.testing.assert_array_equal(value, before[name])
        else:
            assert not np.allclose(value, before[name])


def test_only_weight_norm_has_gains_to_set():
    generator = AMGANGenerator(2, 1, kernel=KernelOptions("plain")).build_variables((7,))
    with pytest.raises(ValueError, match="weight norm"):
        initialize_from_data(generator, LATENTS)
    assert not generator.linear.initializing
