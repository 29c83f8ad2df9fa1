"""Golden files: the numbers that an original computed from the inputs of `replay`.

A file `original_<original>_<configuration>.npz` holds results of the original itself, computed in
float64 and rounded to float32: outputs and losses of the first iteration, gradients, and all
variables after 1 and 20 iterations. For large tensors it holds some evenly spaced entries. It does
not contain the inputs; `Inputs` in the original's module makes them again.
"""

import json
import pathlib

from amnat import json_text
from amnat.errors import InputError
from amnat.files import unwritable, writing

import numpy as np

_KEPT = ("outputs/1/", "losses/1/", "gradients/", "variables/0/", "variables/1/", "variables/20/")
_MOST_ENTRIES = 256


def some(value):
    """Evenly spaced entries of an array, float32 [at most 256]; all entries if it is small."""
    flat = np.ravel(value)
    return flat[:: max(1, -(-len(flat) // _MOST_ENTRIES))].astype(np.float32)


def path_of(folder, original, configuration):
    return pathlib.Path(folder) / f"original_{original}_{configuration}.npz"


def check_folder(folder):
    """Raises InputError unless `folder` exists; returns its path."""
    path = pathlib.Path(folder).expanduser()
    if not path.is_dir():
        raise InputError(f"--write_golden={folder}: no such folder")
    reason = unwritable(path)
    if reason:
        raise InputError(f"--write_golden={folder}: files cannot be written there ({reason})")
    return path


def write(folder, original, compared):
    """Writes one file for each configuration of `equality.compare`; returns the paths."""
    folder = check_folder(folder)
    paths = []
    for name, (result, traces) in compared.items():
        kept = {
            key: some(value)
            for key, value in traces["original", "float64"].items()
            if key.startswith(_KEPT)
        }
        header = {
            "original": original.url,
            "commit": original.commit,
            "settings": result.settings,
            "switches": result.switches,
            "sizes": {key: len(value) for key, value in kept.items()},
        }
        path = path_of(folder, original.name, name)
        # All values are in one vector, because an .npz needs some 270 bytes extra for each array.
        flat = np.concatenate(list(kept.values()))
        with writing(f"--write_golden: {path}"):
            np.savez_compressed(path, header=np.array(json_text.dumps(header)), values=flat)
        paths.append(path)
    return paths


def read(path):
    """Reads a golden file as (header, {name: float32 vector made by `some`})."""
    with np.load(path, allow_pickle=False) as stored:
        header, values = json.loads(str(stored["header"])), stored["values"]
    arrays, start = {}, 0
    for name, size in header["sizes"].items():
        arrays[name] = values[start : start + size]
        start += size
    return header, arrays
