import os
import pickle
import struct

from amnat.data.restricted_pickle import load_dict
from amnat.errors import InputError

import numpy as np
import pytest

ARRAY = np.arange(6, dtype=np.uint8).reshape(2, 3)


class Calls:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("array", [ARRAY, np.asfortranarray(ARRAY)], ids=["C", "F"])
def test_reads_what_numpy_writes(protocol, array):
    content = {b"data": array, "labels": [1, 300, 70000], b"name": b"x\xff", "text": "\u00fc"}
    read = load_dict(pickle.dumps(content, protocol), "file")
    assert np.array_equal(read.pop("data"), ARRAY)
    assert read == {"labels": [1, 300, 70000], "name": b"x\xff", "text": "\u00fc"}


def test_reads_a_file_as_python_2_and_numpy_1_wrote_it():
    # Written down opcode by opcode from the format: byte-string keys, numpy.core, no encode.
    written = (
        b"\x80\x02}q\x01U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\n"
        b"q\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01"
        b"\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06\x00\x01\x02"
        b"\x03\x04\x05tbs."
    )
    assert np.array_equal(pickle.loads(written, encoding="bytes")[b"data"], ARRAY)
    assert np.array_equal(load_dict(written, "file")["data"], ARRAY)


@pytest.mark.parametrize(
    "call",
    [
        Calls(os.system, "touch ran"),
        Calls(eval, "open('ran', 'w')"),
        Calls(open, "ran", "w"),
        Calls(np.ndarray.tofile, ARRAY, "ran"),
        Calls(np.load, "ran"),
        Calls(bytearray, b"x"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_that_a_pickle_names_is_run(call, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = pickle.dumps({"data": call}, protocol)
    with pytest.raises(InputError, match="^file: refused, because it asks to import"):
        load_dict(written, "file")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("codec", ["rot13", "utf-8", "zlib_codec"])
def test_encode_is_only_latin1(codec):
    written = b"\x80\x02}(K\x01c_codecs\nencode\nX\x01\x00\x00\x00aX%s%s\x86Ru." % (
        struct.pack("<I", len(codec)),
        codec.encode(),
    )
    with pytest.raises(InputError, match="latin1"):
        load_dict(written, "file")


@pytest.mark.parametrize("name", [b"numpy\nndarray\n", b"numpy\ndtype\n", b"_codecs\nencode\n"])
@pytest.mark.parametrize("state", [b"}U\x01aK\x01s", b"N}U\x08__call__K\x01s\x86"])
def test_no_attribute_can_be_set_on_what_is_allowed(name, state):
    with pytest.raises(InputError, match="state"):
        load_dict(b"\x80\x02c" + name + state + b"b.", "file")


@pytest.mark.parametrize(
    "array, dtype",
    [
        (np.array([[1, "x"]], dtype=object), "O8"),
        (ARRAY.astype(np.int64), "i8"),
        (np.zeros(2, [("f", "u1")]), "V1"),
    ],
)
def test_other_dtypes_are_refused(array, dtype):
    with pytest.raises(InputError, match=f"^file: data is an array of dtype '{dtype}'.*uint8"):
        load_dict(pickle.dumps({"data": array}, 2), "file")


def test_shape_and_bytes_must_agree():
    written = pickle.dumps({b"data": ARRAY}, 3).replace(b"K\x02K\x03\x86", b"K\x02K\x04\x86")
    with pytest.raises(InputError, match=r"shape \[2, 4\] with 6 bytes, expected 8"):
        load_dict(written, "file")


def test_a_huge_memo_index_is_refused_before_memory_is_reserved():
    with pytest.raises(InputError, match="memo index 4294967295"):
        load_dict(b"\x80\x02}r\xff\xff\xff\xff.", "file")


@pytest.mark.parametrize(
    "written, message",
    [
        (b"", "damaged or not a pickle"),
        (b"hello", "damaged or not a pickle"),
        (pickle.dumps([1]), "holds a list, expected a dictionary"),
        (pickle.dumps({1: 2}), "a key is a int"),
        (pickle.dumps({"data": ARRAY}, 2)[:-9], "damaged or not a pickle"),
    ],
)
def test_other_content_is_refused(written, message):
    with pytest.raises(InputError, match=f"^file: {message}"):
        load_dict(written, "file")


@pytest.mark.parametrize("protocol", [2, 4])
def test_damaged_pickles_raise_only_input_errors(damaged, protocol):
    content = {b"data": ARRAY, b"labels": [1, 300], b"names": [b"cat", "dog"]}
    refused = 0
    for copy in damaged(pickle.dumps(content, protocol), 400):
        try:
            load_dict(copy, "file")
        except InputError:
            refused += 1
    assert refused > 100
