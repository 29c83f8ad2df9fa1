"""Reads and writes the golden files of AM-GAN: load("image") gives a dict of named arrays.

A plain .npz spends some 270 bytes on each small array, more than the array. So a file holds one
flat vector per type and an index: key -> [vector, start, shape], or null where the array equals
that of the base file.
"""

import json
import math
import pathlib

import numpy as np

VECTORS = ("float64", "float32", "int32")


def path_of(name, folder=None):
    return pathlib.Path(folder or pathlib.Path(__file__).parent) / f"am_gan_{name}.npz"


def load(name, folder=None):
    """All arrays of one golden file, by key; 'config' (where present) is a dict."""
    with np.load(path_of(name, folder)) as stored:
        header = json.loads(str(stored["header"]))
        vectors = {kind: stored[kind] for kind in VECTORS}
    base = load(header["base"], folder) if header["base"] else {}
    arrays = {"config": header["config"]} if header["config"] else {}
    for key, place in header["index"].items():
        if place is None:
            arrays[key] = base[key]
        else:
            kind, start, shape = place
            arrays[key] = vectors[kind][start : start + math.prod(shape)].reshape(shape)
    return arrays


def save(name, arrays, folder, config=None, base=None):
    base_arrays = load(base, folder) if base else {}
    vectors, index = {kind: [] for kind in VECTORS}, {}
    for key, value in arrays.items():
        if np.array_equal(base_arrays.get(key), value):
            index[key] = None
            continue
        vector = vectors[str(value.dtype)]
        index[key] = [str(value.dtype), sum(part.size for part in vector), list(value.shape)]
        vector.append(value)
    flat = {
        kind: np.concatenate([np.ravel(part) for part in parts] or [np.zeros(0)]).astype(kind)
        for kind, parts in vectors.items()
    }
    header = json.dumps({"config": config, "base": base, "index": index})
    np.savez_compressed(path_of(name, folder), header=np.array(header), **flat)
