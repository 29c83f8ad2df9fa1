"""The point sets of Dist-GAN's toys."""

from amnat.errors import InputError
from amnat.methods.toys import dist_gan_toy

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("case", "modes", "count"), [("square", 25, 50_000), ("plus", 13, 52_000), ("sine", 12, 48_000)]
)
def test_sizes_and_range(case, modes, count):
    found = dist_gan_toy.load(case)
    assert found.points.shape == (count, 2) and found.centers.shape == (modes, 2)
    assert found.points.min() >= 0 and found.points.max() <= 1
    assert max(found.points.max() - 0.5, 0.5 - found.points.min()) == pytest.approx(0.5)
    counted = dist_gan_toy.count_modes(found.points[:2000], found)
    # 2.83 standard deviations of a plane normal hold 98 of 100.
    assert 1930 < counted.registered < 1995
    assert (counted.covered, counted.missing) == (modes, 0)
    np.testing.assert_array_equal(dist_gan_toy.load(case).points, found.points)


def test_missing_modes_are_not_covered_ones():
    found = dist_gan_toy.load("square")
    # 1,980 samples on the first centre, 20 on the second, 19 on the third.
    samples = np.repeat(found.centers[:3], [1961, 20, 19], axis=0)
    counted = dist_gan_toy.count_modes(samples, found)
    assert (counted.covered, counted.missing, counted.registered) == (2, 23, 2000)


def test_unknown_case():
    with pytest.raises(InputError, match="square, plus, sine"):
        dist_gan_toy.load("circle")
