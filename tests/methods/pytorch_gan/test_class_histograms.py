"""The numbers of a class histogram and their figure."""

from amnat.methods.pytorch_gan.class_histograms import histogram, save_figure
from amnat.training.series import Series

import numpy as np
from PIL import Image


def test_numbers():
    """Eight samples of three classes: 4, 4 and 0; two of them unsure."""
    sure, unsure = 0.95, 0.6
    rows = [[sure, 0.03, 0.02]] * 3 + [[unsure, 0.3, 0.1]]
    rows += [[0.03, sure, 0.02]] * 3 + [[0.2, unsure, 0.2]]
    found = histogram(np.array(rows), np.array([0.25, 0.25, 0.5]))
    assert found["entropy"] == np.log(2)
    np.testing.assert_allclose(found["effective_classes"], 2)
    np.testing.assert_allclose(found["kl_to_data"], np.log(2))
    np.testing.assert_allclose(found["total_variation"], 0.5)
    assert found["rejected_share"] == 0.25
    assert [found[f"share_{i}"] for i in range(3)] == [0.5, 0.5, 0.0]


def test_figure(tmp_path):
    even = histogram(np.eye(12), np.full(12, 1 / 12))
    series = Series(tmp_path / "classes.csv", 0)
    for iteration in (100, 200):
        series.append(iteration, even)
    save_figure(tmp_path / "classes.png", series, even, [str(i) for i in range(12)])
    assert Image.open(tmp_path / "classes.png").size == (800, 700)
