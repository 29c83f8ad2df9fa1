"""The circles of the 2D experiment."""

from amnat.errors import InputError
from amnat.methods.toys import noisy_circles

import numpy as np
import pytest


def test_page_numbers():
    # The page: the circle of radius 1 with noise 0.08, times 4 and 8; with noise 0.5, times 0.7.
    assert noisy_circles.Circle(4.0, 0.08) == noisy_circles.DATA
    assert noisy_circles.parse_circles("8:0.08,0.7:0.5") == noisy_circles.NEGATIVES


def test_points_surround_the_origin_at_their_radius():
    points = noisy_circles.DATA.points(0)
    assert points.shape == (1000, 2) and points.dtype == np.float32
    np.testing.assert_allclose(points.mean(0), 0.0, atol=0.05)
    radii = np.linalg.norm(points, axis=1)
    # Along the radius the noise is N(0, 0.32); across it, it adds 0.32^2 / (2 * 4) on average.
    assert radii.mean() == pytest.approx(4.0128, abs=0.03)
    assert radii.std() == pytest.approx(0.32, rel=0.07)


def test_a_number_is_one_draw():
    np.testing.assert_array_equal(noisy_circles.DATA.points(1), noisy_circles.DATA.points(1))
    assert not np.array_equal(noisy_circles.DATA.points(1), noisy_circles.DATA.points(2))


def test_bad_text():
    with pytest.raises(InputError, match="expected RADIUS:NOISE,... with NOISE > 0"):
        noisy_circles.parse_circles("8")
