"""Data sets of TensorFlow Datasets and Hugging Face datasets, read by these libraries.

They are read in a process of their own. There, TensorFlow may open its devices, while this process
has not yet decided on them, and what the libraries print is held back. That process imports no code
that belongs to a data set and unpickles nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from amnat.data.dataset import Dataset
from amnat.data.file_reading import note
from amnat.data.own_data import OwnData
from amnat.data.own_samples import Converter, split_rows, stacked, test_part_remark
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np

# {kind: (module, name of its package)}
_LIBRARIES = {
    "tfds": ("tensorflow_datasets", "tensorflow-datasets"),
    "hf": ("datasets", "datasets"),
}
_UNLABELLED = "unlabelled"
# The status of the process after an `InputError`.
_REFUSED = 3


@dataclass(frozen=True)
class Examples:
    """One split as a library reads it.

    Attributes:
      rows: (image file or uint8 array, its name for errors, label) of each image; the label is an
        integer, or None without `class_names`.
      count: the number of rows.
      class_names: the names of the labels; None for unlabelled images.
      is_own_split: whether the data has this split; otherwise a part has to be taken.
    """

    rows: Iterable[tuple[bytes | np.ndarray, str, Any]]
    count: int
    class_names: list[str] | None
    is_own_split: bool


def load_library_data(
    source: OwnData, data_dir: str, split: str, download: bool, form: ImageForm, holds_out: bool
) -> Dataset:
    """Reads a data set through its library.

    Args:
      source: of kind "tfds" or "hf".
      data_dir: a folder that may hold prepared data of TensorFlow Datasets; after it, the library's
        own folder is searched.
      split: "train" or "test"; see `own_folder.load_own_folder` for data without a test split.
      download: whether TensorFlow Datasets may download and prepare data that it knows.
      form: the size, how it is reached, and the channels.
      holds_out: whether images to test on are left out of "train" where there is no test split.

    Returns:
      uint8 images [N, H, W, C] in the order of the library.

    Raises:
      InputError: if the library is missing, or the data is missing, has no image or label column
        that is clear, or cannot be read.
    """
    module, package = _LIBRARIES[source.kind]
    found = importlib.util.find_spec(module)
    # A folder of this name without Python files is found as well, without an origin.
    if found is None or found.origin is None:
        raise InputError(
            f"data set '{source.spec}': needs the package {package}, which is not installed: "
            f"pip install {package}, or pip install 'amnat[datasets]'"
        )
    request = {
        "kind": source.kind,
        "spec": source.spec,
        "place": source.place,
        "options": dict(source.options),
        "data_dir": os.path.abspath(data_dir),
        "split": split,
        "download": download,
        "form": [form.size, form.resize, form.channels],
        "holds_out": holds_out,
    }
    with tempfile.TemporaryDirectory(prefix="amnat-") as folder:
        _run_process(request, folder)
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
            result = json.load(file)
        samples = np.load(os.path.join(folder, "samples.npy"), allow_pickle=False)
        labels = np.load(os.path.join(folder, "labels.npy"), allow_pickle=False)
    note(f"'{source.spec}' ({split}): {result['remark']}")
    class_names = result["class_names"]
    return Dataset(source.label, split, samples, labels, len(class_names), tuple(class_names))


def _run_process(request: dict[str, Any], folder: str) -> None:
    environment = os.environ | {
        # The process may not be started where relative entries of the path lead to the same.
        "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run(
        # Not in the user's folder, whose files might be imported instead of the libraries.
        [sys.executable, "-m", "amnat.data.library_data"],
        cwd=folder,
        env=environment,
        input=json.dumps(request),
        capture_output=True,
        text=True,
    )
    if done.returncode == _REFUSED:
        raise InputError(done.stdout.strip().splitlines()[-1])
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise InputError(f"data set '{request['spec']}': cannot be read ({last[:300]})")


def convert(examples: Examples, request: dict[str, Any]) -> dict[str, Any]:
    """Writes samples.npy and labels.npy into the current folder; returns what result.json holds."""
    where = f"data set '{request['spec']}'"
    form = ImageForm(*request["form"])
    converter = Converter(form, examples.count, where)
    images: list[np.ndarray] = []
    values: list[int | None] = []
    for content, name, value in examples.rows:
        from_kind = converter.from_file if isinstance(content, bytes) else converter.from_array
        images.append(from_kind(content, name))  # type: ignore[arg-type]
        values.append(value)
    if not images:
        raise InputError(f"{where}: no images in it")
    labels, class_names = _labels(values, examples.class_names, where)
    samples = stacked(images, form.channels)
    remarks = [converter.remark(samples.shape[3])]
    if not examples.is_own_split:
        rows = split_rows(labels, request["split"], request["holds_out"], where)
        samples, labels = samples[rows], labels[rows]
        if request["split"] == "test":
            remarks.append(test_part_remark(request["holds_out"]))
    np.save("samples.npy", samples)
    np.save("labels.npy", labels)
    return {"class_names": class_names, "remark": "; ".join(remarks)}


def _labels(
    values: list[int | None], class_names: list[str] | None, where: str
) -> tuple[np.ndarray, list[str]]:
    """(labels, class names)."""
    if class_names is None:
        return np.zeros(len(values), np.int32), [_UNLABELLED]
    labels = np.array([-1 if value is None else value for value in values], np.int32)
    unlabelled = int((labels < 0).sum())
    if unlabelled:
        raise InputError(
            f"{where}: {unlabelled:,} of {len(labels):,} images of this split have no label"
        )
    return labels, class_names


def main() -> int:
    """The process: reads a request on stdin, and writes files into the current folder."""
    request = json.load(sys.stdin)
    # Libraries that print must not disturb the answer.
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        if request["kind"] == "tfds":
            from amnat.data.tfds_reader import read_tfds as read
        else:
            from amnat.data.hf_reader import read_hf as read
        result = convert(read(request), request)
    except InputError as error:
        print(" ".join(str(error).split()), file=answer)
        return _REFUSED
    with open("result.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
