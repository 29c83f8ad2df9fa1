"""The distributions on the line, and how pairs of numbers are read."""

from amnat.errors import InputError
from amnat.methods.toys import gaussian_1d
from amnat.methods.toys.gaussian_1d import Gaussian, parse_gaussians

import numpy as np
import pytest


def test_sources_numbers():
    assert Gaussian(4.0, 0.5) == gaussian_1d.DATA
    assert parse_gaussians("13:1,-6:2") == gaussian_1d.NEGATIVES
    assert str(gaussian_1d.NEGATIVES[1]) == "N(-6, 2)"


def test_density():
    # The standard normal density at 0 and at one standard deviation, halved and doubled in scale.
    np.testing.assert_allclose(
        Gaussian(4.0, 0.5).density([4.0, 4.5, 3.5]), [0.7978845608, 0.4839414490, 0.4839414490]
    )


def test_none():
    assert parse_gaussians("") == ()


@pytest.mark.parametrize(
    "text", ["13", "13:1:2", "13:0", "13:-1", "a:1", "13:inf", "nan:1", "1:1,"]
)
def test_bad_text(text):
    with pytest.raises(InputError, match=r"--negatives=.*expected MEAN:STDDEV,.* STDDEV > 0"):
        parse_gaussians(text)
