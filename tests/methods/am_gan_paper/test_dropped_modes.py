"""Scores against dropped modes, by the sums that define them, and the tool."""

from amnat.methods.am_gan_paper import dropped_modes

import numpy as np
import pytest
from PIL import Image
from script_runs import run_script


def mean_kl(shares):
    """The mean KL of certain samples to their mean, in nats, one class after the other."""
    p = np.array(shares) / np.sum(shares)
    return sum(share * (np.log(1.0) - np.log(share)) for share in p if share > 0)


def test_kept_classes_in_order():
    shares = np.array([0.1, 0.4, 0.2, 0.3])
    found = dropped_modes.prefix_scores(shares)
    np.testing.assert_allclose(found, [mean_kl(shares[:i]) for i in range(1, 5)], atol=1e-12)


def test_the_originals_densities():
    found = dropped_modes.study(num_classes=7, draws=3)
    state = np.random.RandomState(12345)
    increasing, other = (np.sort(abs(state.randn(7))) for _ in range(2))
    np.testing.assert_allclose(found.uniform, np.log(np.arange(1, 8)), atol=1e-12)
    assert not np.signbit(found.uniform[0])
    for scores, shares in ((found.increasing, increasing), (found.decreasing, other[::-1])):
        np.testing.assert_allclose(scores, [mean_kl(shares[:i]) for i in range(1, 8)], atol=1e-12)


def test_random_choices():
    found = dropped_modes.study(num_classes=5, draws=400, seed=2)
    shares = np.sort(abs(np.random.RandomState(12345).randn(5)))
    # One class has no entropy; all classes leave no choice; of four, five choices.
    np.testing.assert_allclose([found.mean[0], found.lowest[0], found.highest[0]], 0, atol=1e-12)
    everything = mean_kl(shares)
    np.testing.assert_allclose([found.lowest[4], found.highest[4]], everything, atol=1e-12)
    four = [mean_kl(np.delete(shares, i)) for i in range(5)]
    assert found.lowest[3] == pytest.approx(min(four))
    assert found.highest[3] == pytest.approx(max(four))
    assert found.mean[3] == pytest.approx(np.mean(four), abs=0.03)
    again = dropped_modes.study(num_classes=5, draws=400, seed=2)
    np.testing.assert_array_equal(found.mean, again.mean)


def test_the_tool(tmp_path):
    path = tmp_path / "modes.png"
    done = run_script("dropped_modes.py", f"--out={path}", "--num_classes=4", "--draws=5")
    assert done.returncode == 0, done.stderr
    assert Image.open(path).width >= 1000
    lines = (tmp_path / "modes.csv").read_text().splitlines()
    assert lines[0] == "kept,uniform,increasing,decreasing,mean,lowest,highest" and len(lines) == 5
    assert lines[4].startswith("4,1.386294,")
    for words, said in (("--out=a.txt", "expected a file that ends in"), ("--seed=-1", "--seed")):
        done = run_script("dropped_modes.py", words, cwd=tmp_path)
        assert done.returncode == 2 and said in done.stderr
