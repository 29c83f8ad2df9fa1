"""--train: what is trained, what is scored, the table; the sides are stood in for."""

import types

from amnat import data
from amnat.compat import originals, score_runs
from amnat.errors import InputError

import numpy as np
import pytest
from scipy.stats import norm

SHIFT = {"original": 0.0, "amnat": 0.25}


@pytest.fixture
def sides(monkeypatch):
    """Replaces the processes; receives (side, jobs)."""
    started = []

    def run_side(side, original, folder, jobs, scratch, report):
        started.append((side, jobs))
        points = norm.ppf((np.arange(200) + 0.5) / 200, 4.0 + SHIFT[side], 0.5)
        return None, [{"samples": points[:, None] + job["seed"]} for job in jobs]

    monkeypatch.setattr(score_runs, "run_side", run_side)
    return started


def test_both_sides_train_from_the_same_seeds(sides):
    original = originals.module("gan_intro").ORIGINAL
    report = score_runs.train_and_score(
        original, "folder", {"batch_size": "4"}, "digits", None, 2, 30, 200
    )
    assert [side for side, _ in sides] == ["original", "amnat"]
    for _, jobs in sides:
        assert [job["seed"] for job in jobs] == [0, 1]
        assert {job["iterations"] for job in jobs} == {30}
        assert jobs[0]["configuration"].settings["batch_size"] == 4
    distances = [s["Wasserstein distance"] for s in report["scores"]["amnat"]]
    assert distances == pytest.approx([0.25, 1.25], abs=1e-6)
    lines = score_runs.table(report).splitlines()
    assert "30 iterations, 200 samples" in lines[0]
    assert lines[1] == "--hidden_size=4 --batch_size=4 --minibatch=True"
    assert lines[2] == "mean  (real 4)"
    assert lines[4].split() == ["amnat", "4.75", "±", "0.707", "4.25", "5.25"]


def test_one_run_has_no_spread(sides):
    original = originals.module("gan_intro").ORIGINAL
    report = score_runs.train_and_score(original, "folder", {}, "digits", None, 1, None, 200)
    assert report["iterations"] == original.train_iterations
    assert "± 0 " in score_runs.table(report)


def test_data_that_a_network_does_not_take():
    train_settings = originals.module("msgan").ORIGINAL.train_settings
    digits = types.SimpleNamespace(name="digits", sample_shape=(32, 32, 1))
    with pytest.raises(InputError, match=r"--dataset=digits: images of 32x32x1.*\(cifar10\)"):
        train_settings(10, digits)
    small = types.SimpleNamespace(name="mnist_28", sample_shape=(28, 28, 1))
    assert train_settings(10, small)["db_name"] == "mnist"


def test_the_default_data_set_fits_am_gan():
    digits = data.load("digits", None, "train")
    settings = originals.module("am_gan").ORIGINAL.train_settings(7, digits)
    assert (settings["sDataSet"], settings["iMaxIter"]) == ("mnist", 7)
