"""The image pair: sizes, names, layouts, and the golden forward passes and gradients."""

from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator, stages_of
from amnat.rng import RNG, RecordedRNG

import am_gan_golden
import golden_runs
import numpy as np
import pytest
import tensorflow as tf

# Gains and biases in front of a batch norm: their gradients cancel (nearly, exactly), and what
# float32 leaves of them is rounding (tests/golden/README.md has the original's own figures).
GAINS = ("deconv4_8/g", "deconv8_16/g", "deconv16_32/g", "conv32_16/g", "conv16_8/g", "conv8_4/g")
BIASES = tuple(name.replace("/g", "/b") for name in GAINS)


def test_parameter_counts_are_the_originals():
    generator = DCGANGenerator().build_variables((100,))
    discriminator = DCGANDiscriminator(11).build_variables((32, 32, 3))
    assert generator.count_params() == 4_743_846
    assert discriminator.count_params() == 1_559_382


def test_variable_names_are_the_originals():
    generator = DCGANGenerator(1, 3).build_variables((4,))
    kernels = ["linear", "deconv4_8", "deconv8_16", "deconv16_32", "deconv32"]
    norms = ["bn4", "bn8", "bn16", "bn32"]
    assert set(generator.named_variables()) == {
        *(f"{name}/{suffix}" for name in kernels for suffix in "wgb"),
        *(f"{name}/{suffix}" for name in norms for suffix in ("offset", "scale")),
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_range(channels):
    generator = DCGANGenerator(2, channels).build_variables((5,))
    images = generator(tf.random.stateless_normal([7, 5], [0, 0]))
    assert images.shape == (7, 32, 32, channels)
    assert np.abs(images).max() <= 1.0
    discriminator = DCGANDiscriminator(11, 2).build_variables((32, 32, channels))
    assert discriminator(images, rng=RNG(0, 0)).shape == (7, 11)


def test_the_input_noise_has_the_originals_size():
    """0.1, added and multiplied: the golden runs bring their own noise, of any size."""
    discriminator = DCGANDiscriminator(11, 1).build_variables((32, 32, 1))
    for level in (0.0, 3.0):
        images = tf.fill([40, 32, 32, 1], level)
        with discriminator.recording() as steps:
            discriminator(images, rng=RNG(0, 0))
        noisy = dict(steps)["discriminator/noise"].numpy()
        # 0.88 is the standard deviation of the normal distribution cut at two of its own.
        expected = 0.88 * 0.1 * np.sqrt(1 + level**2)
        assert noisy.std() == pytest.approx(expected, rel=0.02)
        assert noisy.mean() == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize(
    ("size", "sides", "widths"),
    [
        (28, [7, 14, 28], [4, 2, 1]),
        (32, [4, 8, 16, 32], [8, 4, 2, 1]),
        (48, [6, 12, 24, 48], [8, 4, 2, 1]),
        (64, [4, 8, 16, 32, 64], [8, 8, 4, 2, 1]),
        (128, [4, 8, 16, 32, 64, 128], [8, 8, 8, 4, 2, 1]),
    ],
)
def test_the_stages_of_each_size(size, sides, widths):
    assert stages_of(size, 3) == [(side, 3 * n) for side, n in zip(sides, widths, strict=True)]


@pytest.mark.parametrize("size", [57, 3, 30])
def test_sizes_without_stages(size):
    with pytest.raises(ValueError, match="such as 28, 32, 48, 64 or 128"):
        stages_of(size, 3)


@pytest.mark.parametrize("size", [28, 48, 64, 128])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_other_sizes(size, data_format):
    common = {"image_size": size, "data_format": data_format}
    generator = DCGANGenerator(1, 3, **common).build_variables((2,))
    discriminator = DCGANDiscriminator(5, 1, **common).build_variables((size, size, 3))
    assert generator.form.outputs.shape[1:] == (size, size, 3)
    assert discriminator.form.outputs.shape[1:] == (5,)
    sides = [side for side, _ in stages_of(size, 1)]
    assert f"deconv{sides[0]}_{sides[1]}/w" in generator.named_variables()
    assert f"conv{sides[1]}_{sides[0]}/w" in discriminator.named_variables()
    assert DCGANGenerator.from_config(generator.get_config()).start_shape[0] == sides[0]


@pytest.mark.parametrize("name", ["image", "image_scaled"])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_first_gradients_in_float32(name, data_format):
    """Images, losses and gradients against the golden run, as near as the original's layouts."""
    golden = am_gan_golden.load(name)
    model = golden_runs.build(golden, "float32", data_format)
    batch = golden_runs.batch(golden, 0, "float32")
    draws = golden_runs.draws(golden, 0, "float32")

    def run(player, loss_function, step):
        rng = RecordedRNG(draws).child(step)
        variables = player.named_variables()
        with tf.GradientTape() as tape:
            loss, _ = loss_function(batch, rng)
        return loss, tape.gradient(loss, variables)

    step = tf.function(run, autograph=False)
    images = tf.function(model.generator)(draws["d0/latent"])
    np.testing.assert_allclose(images[:, ::8, ::8], golden["fake_sample/d0"], atol=2e-6)
    loss, gradients = step(model.discriminator, model.discriminator_loss, "d0")
    np.testing.assert_allclose(loss, golden["losses/d0/total"][0], rtol=4e-6)
    for key, gradient in gradients.items():
        expected = golden[f"gradients/d0/discriminator/{key}"]
        if key in BIASES:
            scale, tolerance = 1.0, 1e-5
        else:
            # A gradient of one entry, as the bias of a layer of width 1 has, may cancel: it is
            # compared with the largest gradient of its layer.
            layer = f"gradients/d0/discriminator/{key.split('/')[0]}/"
            scale = max(np.abs(golden[name]).max() for name in golden if name.startswith(layer))
            tolerance = 5e-3 if key in GAINS else 3e-5
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=tolerance * scale, err_msg=key)
