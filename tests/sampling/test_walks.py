"""Truncated and interpolated latents."""

from amnat.errors import InputError
from amnat.models import ClassConditionalLatent, NoiseLatent, NormalLatent
from amnat.sampling import walks

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

NORMAL = np.random.default_rng(0).normal(size=(400, 12)).astype(np.float32)


@pytest.mark.parametrize("threshold", [0.3, 1.0, 2.5])
def test_truncated_entries_have_the_law_of_a_truncated_normal(threshold):
    found = walks.truncated(NORMAL, 10, threshold)
    noise = found[:, :10].ravel()
    assert np.abs(noise).max() <= threshold
    assert kstest(noise, truncnorm(-threshold, threshold).cdf).pvalue > 0.01
    # What follows the noise stays, and so does the order of the entries.
    np.testing.assert_array_equal(found[:, 10:], NORMAL[:, 10:])
    np.testing.assert_array_equal(np.argsort(noise), np.argsort(NORMAL[:, :10].ravel()))


def test_a_wide_truncation_changes_nothing():
    np.testing.assert_allclose(walks.truncated(NORMAL, 12, 9.0), NORMAL, atol=1e-5)


def test_extreme_entries_stay_finite():
    found = walks.truncated(np.float32([[-40.0, 40.0]]), 2, 0.5)
    np.testing.assert_array_equal(found, [[-0.5, 0.5]])


def test_normal_noise_goes_along_a_great_circle():
    start, end = np.eye(2, 3, dtype=np.float32) * np.float32([[2.0], [4.0]])
    found = walks.interpolated(start, end, 5, 2, "normal")
    np.testing.assert_array_equal(found[[0, -1]], [start, end])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found[2], [2 * half, 4 * half, 0], rtol=1e-6)
    # Between two independent latents of many entries, lengths stay those of latents.
    many = np.random.default_rng(1).normal(size=(2, 4000)).astype(np.float32)
    lengths = np.linalg.norm(walks.interpolated(*many, 9, 4000, "normal"), axis=1)
    np.testing.assert_allclose(lengths, np.sqrt(4000), rtol=0.05)


def test_noise_on_the_sphere_stays_there():
    ends = np.random.default_rng(1).normal(size=(2, 6))
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    found = walks.interpolated(*ends, 7, 6, "unit_sphere")
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)


def test_other_noise_and_codes_go_straight():
    start, end = np.float32([1, 0, 0.5]), np.float32([0, 1, -0.5])
    found = walks.interpolated(start, end, 3, 2, "uniform")
    np.testing.assert_allclose(found[1], [0.5, 0.5, 0])
    np.testing.assert_allclose(walks.interpolated(start, end, 3, 2, "normal")[1][2], 0)


def test_equal_ends_stay():
    found = walks.interpolated(NORMAL[0], NORMAL[0], 3, 12, "normal")
    np.testing.assert_allclose(found, np.tile(NORMAL[0], (3, 1)), rtol=1e-6)


def test_the_noise_of_latents():
    assert walks.noise_of(NormalLatent(5), 5) == ("normal", 5)
    assert walks.noise_of(NoiseLatent(5, "uniform"), 5) == ("uniform", 5)
    latent = ClassConditionalLatent(5, 3, "unit_sphere")
    assert walks.noise_of(latent, 8) == ("unit_sphere", 5)
    assert walks.noise_of(lambda rng, count: None, 7) == ("normal", 7)
    latents = latent.join(np.zeros((4, 5), np.float32), [2, 0, 1, 2]).numpy()
    assert walks.classes_of(latent, latents).tolist() == [2, 0, 1, 2]


def test_only_normal_noise_is_truncated():
    walks.check_truncation("normal", "truncation")
    with pytest.raises(InputError, match="--truncation: the latents are unit sphere, expected"):
        walks.check_truncation("unit_sphere", "truncation")


@pytest.mark.parametrize("words", [["1"], ["1", "2", "3"], ["1", "x"], ["1", "-2"], []])
def test_seeds_that_are_none(words):
    with pytest.raises(InputError, match="--interpolate=.*: expected two seeds"):
        walks.parse_seeds(words)


def test_seeds():
    assert walks.parse_seeds(["3", " 14"]) == (3, 14)
