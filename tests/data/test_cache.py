import os
import pathlib

from amnat.data import cache

import numpy as np
import pytest

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def unexpected():
    raise AssertionError("made again")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "made.npz")


def test_an_array_is_made_once(path):
    made = cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert made is ARRAY
    kept = cache.cached_array(path, "key", ARRAY.shape, unexpected)
    assert np.array_equal(kept, ARRAY)
    assert os.listdir(os.path.dirname(path)) == ["made.npz"]


def test_another_key_or_shape_is_made_afresh_and_replaces(path):
    cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    other = ARRAY + 1
    assert np.array_equal(cache.cached_array(path, "other", ARRAY.shape, lambda: other), other)
    assert np.array_equal(cache.cached_array(path, "other", ARRAY.shape, unexpected), other)
    assert cache.cached_array(path, "other", (24,), lambda: ARRAY.ravel()).shape == (24,)


def test_damage_is_never_returned(path, damaged):
    cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    for copy in damaged(pathlib.Path(path).read_bytes(), 200):
        pathlib.Path(path).write_bytes(copy)
        assert np.array_equal(cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY), ARRAY)


def test_a_pickle_is_not_loaded(path):
    np.savez(path, key=np.array("key"), array=np.array([[[os.getcwd]]], object))
    made = cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert made is ARRAY


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    path = str(tmp_path / "missing" / "made.npz")
    assert cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY) is ARRAY
    assert os.listdir(tmp_path) == []


def test_an_interrupt_leaves_nothing(path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert os.listdir(os.path.dirname(path)) == []
