"""Where the toy models' points come from."""

from amnat.methods.toys.sources import ArrayPoints, NormalPoints, StratifiedLatent
from amnat.rng import RNG, RecordedRNG

import numpy as np


def test_normal_points_ascend():
    recorded = RecordedRNG({"points": np.array([[1.0], [-2.0], [0.5]])})
    points = NormalPoints(4.0, 0.5)(recorded, 3, "float64")
    np.testing.assert_array_equal(points, [[3.0], [4.25], [4.5]])


def test_rows_of_an_array_are_drawn_alike():
    rows = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], np.float32)
    drawn = ArrayPoints(rows)(RNG(0, 0), 3000).numpy()
    counts = np.bincount((drawn[:, 0] / 2).astype(int))
    np.testing.assert_array_equal(drawn[:, 1] - drawn[:, 0], 1.0)
    assert len(counts) == 3 and counts.min() > 900


def test_a_uniform_number_next_to_one_takes_the_last_row():
    rows = np.zeros([100_000_000 // 1_000, 1], np.float32)
    rows[-1] = 7.0
    largest = np.array([np.nextafter(np.float32(1), np.float32(0))])
    assert ArrayPoints(rows)(RecordedRNG({"rows": largest}), 1).numpy() == 7.0


def test_stratified_latent():
    recorded = RecordedRNG({"latent": np.array([[0.0], [0.5], [1.0]])})
    latent = StratifiedLatent()
    np.testing.assert_allclose(latent(recorded, 3, "float64"), [[-8.0], [0.005], [8.01]])
    np.testing.assert_array_equal(latent.even(3), [[-8.0], [0.0], [8.0]])
    assert StratifiedLatent(**StratifiedLatent(2.0, 0.5).get_config()).half_range == 2.0
