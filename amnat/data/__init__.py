"""Data sets by name, as NumPy arrays: `load("cifar10", "dataset", "train")`.

To add a data set, put a new file into this folder that calls `register` when it is imported; the
first look-up of a name imports every file here. Only `pipeline` loads TensorFlow.
"""

from amnat.data.dataset import Dataset, GaussianMixture, scale, unscale
from amnat.data.registry import DatasetInfo, describe, load, load_again, names, register

__all__ = [
    "Dataset",
    "DatasetInfo",
    "GaussianMixture",
    "describe",
    "load",
    "load_again",
    "names",
    "register",
    "scale",
    "unscale",
]
