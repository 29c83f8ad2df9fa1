"""What is observed of a 1D GAN, against its networks called by hand."""

from amnat.methods.toys.densities import BIN_WIDTH, DensityFigure, Observer, plot_range
from amnat.methods.toys.gaussian_1d import DATA, NEGATIVES

import gan_intro_cases as cases
import numpy as np
import pytest
from test_gan_intro import build

POINTS = 50


@pytest.fixture(scope="module", params=["gan", "gan_minibatch"])
def model(request):
    return build(cases.config_of(request.param), "float32")


def test_decision_in_blocks_of_the_batch_size(model):
    observer = Observer(model, -8.0, 8.0, POINTS)
    now = observer()
    # 50 points fill 9 blocks of 6.
    np.testing.assert_allclose(now.positions, np.linspace(-8, 8, 54))
    blocks = now.positions.astype(np.float32).reshape(9, 6, 1)
    expected = np.concatenate([model.decision(block) for block in blocks])[:, 0]
    np.testing.assert_allclose(now.decision, expected, atol=1e-6)


def test_generated_density(model):
    now = Observer(model, -8.0, 8.0, POINTS)()
    points = model.generator(np.linspace(-8, 8, POINTS, dtype=np.float32)[:, None]).numpy()
    inside = np.mean((points >= -8) & (points < now.centers[-1] + BIN_WIDTH / 2))
    assert now.generated.sum() * BIN_WIDTH == pytest.approx(inside)
    assert now.mean == pytest.approx(points.mean(), rel=1e-5)
    assert now.stddev == pytest.approx(points.std(), rel=1e-5)
    near = np.abs(points - now.centers[30]) < BIN_WIDTH / 2
    assert now.generated[30] == pytest.approx(near.mean() / BIN_WIDTH)


def test_range():
    assert plot_range([DATA]) == (-8.0, 8.0)
    assert plot_range([DATA, *NEGATIVES]) == (-14.0, 17.0)


def test_figure_follows_the_model():
    model = build(cases.config_of("gan"), "float32")
    observer = Observer(model, -8.0, 8.0, POINTS)
    draw = DensityFigure({"GAN": observer, "NAT": observer}, DATA, {"GAN": (), "NAT": NEGATIVES})
    first = draw("one")
    assert first.shape == (400, 1200, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, draw("one"))
    model.train_iterations(20)
    assert not np.array_equal(first, draw("one"))
    draw.close()
