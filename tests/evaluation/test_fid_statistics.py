"""Files with the statistics of real images."""

from amnat.errors import InputError
from amnat.evaluation import fid_statistics

import numpy as np
import pytest


def written(path, size=4, **changes):
    arrays = {"mu": np.arange(size, dtype=np.float32), "sigma": np.eye(size)} | changes
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return path


def test_they_are_read(tmp_path):
    found = fid_statistics.check(written(tmp_path / "a.npz"), "small_cnn", "fid_stat")
    np.testing.assert_array_equal(found.mean, [0, 1, 2, 3])
    np.testing.assert_array_equal(found.covariance, np.eye(4))
    assert found.mean.dtype == found.covariance.dtype == np.float64
    fid_statistics.check_features(found, 4, "a.npz", "fid_stat")
    with pytest.raises(InputError, match="a.npz: statistics of 4 features, but .* has 5"):
        fid_statistics.check_features(found, 5, "a.npz", "fid_stat")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sigma": None}, "expected an .npz file with mu and sigma"),
        ({"sigma": np.eye(3)}, r"mu of shape \[4\] and sigma of \[3, 3\]"),
        ({"mu": np.zeros((4, 1))}, "expected floats"),
        ({"mu": np.array(["a"] * 4)}, "expected floats"),
        ({"mu": np.array([0, 1, 2, np.nan])}, "finite"),
        ({"mu": np.array([None] * 4, object)}, "expected an .npz file with mu and sigma"),
    ],
)
def test_other_content_is_refused(tmp_path, changes, message):
    path = written(tmp_path / "bad.npz", **changes)
    with pytest.raises(InputError, match=f"--fid_stat=.*bad.npz: .*{message}"):
        fid_statistics.read(path, "fid_stat")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no array")
    with pytest.raises(InputError, match="text.npz: is no .npz file"):
        fid_statistics.read(tmp_path / "text.npz", "fid_stat")
    with pytest.raises(InputError, match="gone.npz: no such file"):
        fid_statistics.read(tmp_path / "gone.npz", "fid_stat")


def test_the_classifier_has_to_fit(tmp_path):
    small = written(tmp_path / "small.npz")
    with pytest.raises(InputError, match="of 4 features, but those of Inception are 2,048"):
        fid_statistics.check(small, "inception:graph.pb", "fid_stat")
    large = written(tmp_path / "large.npz", 2048)
    fid_statistics.check(large, "inception:graph.pb", "fid_stat")
    with pytest.raises(InputError, match="add --score_classifier=inception:FILE"):
        fid_statistics.check(large, "small_cnn", "fid_stat")
