from amnat.data.mat5 import read_mat5
from amnat.errors import InputError

import numpy as np
import pytest
from scipy.io import loadmat, savemat

LIMIT = 1 << 20
RNG = np.random.default_rng(6)
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]


@pytest.mark.parametrize("compressed", [True, False])
def test_equals_scipy_for_every_type_and_shape(tmp_path, compressed):
    path = str(tmp_path / "x.mat")
    shapes = [(1, 1), (3, 1), (1, 5), (2, 3, 4), (2, 1, 3, 2), (0, 2)]
    content = {
        f"{dtype}_{index}": (100 * RNG.standard_normal(shape)).astype(dtype)
        for dtype in TYPES
        for index, shape in enumerate(shapes)
    }
    savemat(path, content, do_compression=compressed)
    expected = loadmat(path)
    found = read_mat5(path, content, LIMIT)
    assert found.keys() == content.keys()
    for name in content:
        assert found[name].dtype == expected[name].dtype == content[name].dtype
        assert np.array_equal(found[name], content[name])


def test_other_arrays_of_any_kind_are_passed_over(tmp_path):
    path = str(tmp_path / "x.mat")
    others = {"c": np.array([1, "a"], object), "s": {"f": 1}, "t": "text", "z": np.ones(2) * 1j}
    savemat(path, others | {"a": np.arange(3)})
    assert list(read_mat5(path, ["a", "b"], LIMIT)) == ["a"]
    for name in others:
        with pytest.raises(InputError, match=f"x.mat': '{name}' is not an array of real numbers"):
            read_mat5(path, [name], LIMIT)


def test_numbers_stored_smaller_than_their_class_are_widened(tmp_path):
    # As MATLAB writes: an array of doubles whose values are bytes, in the small form.
    def element(kind, data):
        return np.array([kind, len(data)], "<u4").tobytes() + data + bytes(-len(data) % 8)

    flags = np.array([6, 0], "<u4").tobytes()
    shape = np.array([1, 3], "<i4").tobytes()
    small = np.array([3 << 16 | 2], "<u4").tobytes() + bytes([7, 8, 255, 0])
    name = np.array([1 << 16 | 1], "<u4").tobytes() + b"y\0\0\0"
    body = element(6, flags) + element(5, shape) + name + small
    path = tmp_path / "x.mat"
    path.write_bytes(b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + element(14, body))
    found = read_mat5(str(path), ["y"], LIMIT)["y"]
    assert found.dtype == np.float64
    assert found.tolist() == loadmat(path)["y"].tolist() == [[7, 8, 255]]


def test_an_unpacked_array_is_bounded_before_it_is_unpacked(tmp_path):
    path = str(tmp_path / "x.mat")
    savemat(path, {"a": np.zeros(LIMIT, np.uint8)}, do_compression=True)
    with pytest.raises(InputError, match="x.mat': too large when unpacked"):
        read_mat5(path, ["a"], LIMIT)
    assert read_mat5(path, ["a"], 2 * LIMIT)["a"].size == LIMIT


@pytest.mark.parametrize("compressed", [True, False])
def test_damage_is_an_input_error_or_changes_values_only(tmp_path, damaged, compressed):
    path = tmp_path / "x.mat"
    savemat(path, {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(3)}, do_compression=compressed)
    refused = 0
    for copy in damaged(path.read_bytes(), 600):
        path.write_bytes(copy)
        try:
            read_mat5(str(path), ["a", "b"], LIMIT)
        except InputError:
            refused += 1
    assert refused > 100
