"""Rates, folder names and the encoder's latents of the Dist-GAN family; RMSProp of its toys."""

from amnat.errors import InputError
from amnat.methods.dist_gan.encoder_latents import draw_latents, latent_statistics
from amnat.methods.dist_gan.schedules import halved_linear_rate, linear_rate
from amnat.methods.dist_gan.settings import folder_name, resolve
from amnat.methods.toys.optimizers import RMSProp

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image


def test_the_resnets_rate_starts_at_half():
    steps = (0, 4, 5, 6, 10, 11)
    rates = [float(halved_linear_rate(2e-4, 10, tf.constant(i, tf.int64))) for i in steps]
    np.testing.assert_allclose(rates, [1e-4, 1e-4, 1e-4, 0.8e-4, 0, 0], rtol=1e-5, atol=1e-12)
    rates = [float(linear_rate(1.0, 10, tf.constant(i, tf.int64))) for i in (0, 5, 10, 11)]
    np.testing.assert_allclose(rates, [1, 0.5, 0, 0])


def test_folders_have_the_originals_names():
    found = resolve("cifar10")
    name = folder_name("cifar10", found, 2, 2, 64, 300000)
    assert name == ("cifar10_distgan_resnet_hinge_sstask_2_ld_0.50_lg_0.10_batch_64_niters_300000")
    found = resolve("mnist-1k", k=4)
    name = folder_name("mnist-1k", found, 2, 4, 64, 200000)
    assert name == (
        "mnist-1k_distgan_dcgan_log_K_4_sstask_2_ld_0.50_lg_0.20_batch_64_niters_200000"
    )
    with pytest.raises(InputError, match="--k=3"):
        resolve("mnist-1k", k=3)


def test_statistics_tell_uniform_from_normal():
    rng = np.random.default_rng(0)
    uniform = latent_statistics(rng.uniform(-1, 1, (2000, 64)))
    assert abs(uniform.stddev - 0.5774) < 0.005 and abs(uniform.excess_kurtosis + 1.2) < 0.02
    assert uniform.share_outside == 0
    normal = latent_statistics(3 * rng.normal(size=(2000, 64)))
    assert abs(normal.excess_kurtosis) < 0.1 and abs(normal.share_outside - 0.739) < 0.01
    # Normal entries of different spreads are not normal taken together.
    mixture = latent_statistics(rng.normal(size=(2000, 64)) * np.linspace(0, 3, 64))
    expected = np.mean(np.linspace(0, 3, 64) ** 4) / np.mean(np.linspace(0, 3, 64) ** 2) ** 2
    assert abs(mixture.excess_kurtosis - 3 * (expected - 1)) < 0.1
    assert abs(mixture.median_excess_kurtosis_of_an_entry) < 0.1
    # Entries that differ from one another, and not over the images.
    constant = latent_statistics(np.tile(rng.normal(size=64), (10, 1)))
    assert constant.mean_stddev_of_an_entry < 1e-6 < constant.stddev
    assert np.isfinite(constant.median_excess_kurtosis_of_an_entry)


def test_the_picture(tmp_path):
    draw_latents(tmp_path / "codes.png", np.random.default_rng(0).normal(size=(50, 8)), "title")
    assert Image.open(tmp_path / "codes.png").size == (600, 400)


def test_rmsprop_is_tensorflow_1s():
    variable = tf.Variable([1.0, -2.0])
    optimizer = RMSProp(0.1)
    mean, expected = np.ones(2), np.array([1.0, -2.0])
    for gradient in ([0.5, 0.0], [2.0, -1.0]):
        optimizer.apply_gradients([(tf.constant(gradient), variable)])
        mean = 0.9 * mean + 0.1 * np.square(gradient)
        expected = expected - 0.1 * np.array(gradient) / np.sqrt(mean + 1e-10)
    np.testing.assert_allclose(variable, expected, rtol=1e-6)
