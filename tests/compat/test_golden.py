"""Golden files hold the original's float64 numbers, and nothing else."""

import types

from amnat.compat import golden, originals
from amnat.errors import InputError

import numpy as np
import pytest

ORIGINAL = originals.module("am_gan").ORIGINAL
LARGE = np.arange(1000.0).reshape(10, 100)
TRACE = {
    "outputs/1/d0/logits": np.array([[0.5, -1.0]]),
    "outputs/5/d0/logits": np.array([[9.0, 9.0]]),
    "losses/1/total": np.array(2.0),
    "variables/20/generator/w": LARGE,
    "notes": np.array(["a"]),
}


def compared():
    result = types.SimpleNamespace(settings={"a": 1}, switches={})
    return {"am_gan": (result, {("original", "float64"): TRACE})}


def test_written_and_read(tmp_path):
    (path,) = golden.write(tmp_path, ORIGINAL, compared())
    assert path == golden.path_of(tmp_path, "am_gan", "am_gan")
    header, arrays = golden.read(path)
    assert header["commit"] == ORIGINAL.commit and header["settings"] == {"a": 1}
    assert set(arrays) == set(TRACE) - {"outputs/5/d0/logits", "notes"}
    np.testing.assert_array_equal(arrays["outputs/1/d0/logits"], [0.5, -1.0])
    assert arrays["losses/1/total"].shape == (1,)
    # Every fourth of a thousand, so that there are at most 256.
    np.testing.assert_array_equal(arrays["variables/20/generator/w"], np.arange(0, 1000, 4))


def test_no_such_folder(tmp_path):
    with pytest.raises(InputError, match="--write_golden=.*none: no such folder"):
        golden.write(tmp_path / "none", ORIGINAL, compared())
