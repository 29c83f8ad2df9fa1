"""Statistics of real images in a file, as pytorch-fid and TTUR store them.

This module does not load TensorFlow.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
import zipfile

from amnat.errors import InputError
from amnat.evaluation.classifiers import SMALL_CNN, is_imagenet
from amnat.files import output_file, writing
from amnat.metrics.frechet import FeatureStatistics

import numpy as np

# The features of the Inception graph that both programs use.
INCEPTION_FEATURES = 2048
_MOST_FEATURES = 8192


def read(path: str | os.PathLike[str], flag: str) -> FeatureStatistics:
    """Reads the mean `mu` [F] and the covariance `sigma` [F, F] of an .npz file.

    Args:
      path: path of the file.
      flag: the flag that errors name.

    Returns: FeatureStatistics; its count is 0, which the file does not say.
    Raises: InputError if the file is missing or is something else.
    """
    where = f"--{flag}={path}"
    check_exists(path, flag)
    if not zipfile.is_zipfile(path):
        raise InputError(f"{where}: is no .npz file; expected one with mu and sigma")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            mean, covariance = (np.asarray(arrays[name]) for name in ("mu", "sigma"))
    # NumPy documents no narrower set of errors for a damaged file.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{where}: expected an .npz file with mu and sigma ({reason})") from error
    count = mean.size
    numeric = mean.dtype.kind == "f" and covariance.dtype.kind == "f"
    if not (numeric and mean.ndim == 1 and covariance.shape == (count, count) and count):
        raise InputError(
            f"{where}: mu of shape {list(mean.shape)} and sigma of {list(covariance.shape)}, "
            "expected floats [F] and [F, F]"
        )
    if count > _MOST_FEATURES or not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise InputError(
            f"{where}: expected finite numbers of at most {_MOST_FEATURES:,} features, found "
            f"{count:,} features"
        )
    return FeatureStatistics(mean.astype(np.float64), covariance.astype(np.float64), 0)


def check_new(path: str, classifier: str, flag: str) -> None:
    """Raises InputError about `flag` unless statistics of a classifier can be written to `path`."""
    if pathlib.Path(path).suffix != ".npz":
        raise InputError(f"--{flag}={path}: expected a name that ends in .npz")
    if classifier == SMALL_CNN:
        raise InputError(
            f"--{flag}={path}: expected --classifier=inception:FILE or another file; the small one "
            "is trained anew for each reference, and its features have no use elsewhere"
        )
    output_file(path, flag)


def write(path: str | os.PathLike[str], statistics: FeatureStatistics, flag: str) -> None:
    """Writes statistics to an .npz file as `read` takes them, in one step.

    Raises: OutputError that names `flag`.
    """
    file = pathlib.Path(path).expanduser()
    partial = file.with_name(f".partial-{secrets.token_hex(8)}")
    with writing(f"--{flag}={path}"):
        try:
            with open(partial, "wb") as stream:
                np.savez(stream, mu=statistics.mean, sigma=statistics.covariance)
            os.replace(partial, file)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(partial)


def check_exists(path: str | os.PathLike[str], flag: str) -> None:
    """Raises InputError about `flag` unless the file exists."""
    if not os.path.isfile(path):
        raise InputError(f"--{flag}={path}: no such file; expected an .npz file with mu and sigma")


def check(path: str | os.PathLike[str], classifier: str, flag: str) -> FeatureStatistics:
    """Reads the statistics, and checks that they may be those of a classifier's features.

    Args:
      path, flag: see `read`.
      classifier: see `classifiers.HELP`.
    """
    found = read(path, flag)
    if is_imagenet(classifier) and found.mean.size != INCEPTION_FEATURES:
        raise InputError(
            f"--{flag}={path}: statistics of {found.mean.size} features, but those of Inception "
            f"are {INCEPTION_FEATURES:,}"
        )
    if found.mean.size == INCEPTION_FEATURES and not is_imagenet(classifier):
        raise InputError(
            f"--{flag}={path}: statistics of Inception's features, which --score_classifier="
            f"{classifier} does not compute; add --score_classifier=inception:FILE"
        )
    return found


def check_features(
    found: FeatureStatistics, num_features: int, path: str | os.PathLike[str], flag: str
) -> None:
    """Raises InputError unless a classifier's features are as many as those of the statistics."""
    if found.mean.size != num_features:
        raise InputError(
            f"--{flag}={path}: statistics of {found.mean.size} features, but the classifier has "
            f"{num_features}"
        )
