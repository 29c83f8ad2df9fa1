"""Data sets of TensorFlow Datasets and Hugging Face datasets, read by these libraries.

They are read in a process of their own, `library_process`. There, TensorFlow may open its devices,
while this process has not yet decided on them, and what the libraries print is held back. That
process imports no code that belongs to a data set and unpickles nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from amnat import json_text
from amnat.data.dataset import Dataset
from amnat.data.file_reading import note
from amnat.data.own_data import OwnData
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np

# {kind: (module, name of its package)}
_LIBRARIES = {
    "tfds": ("tensorflow_datasets", "tensorflow-datasets"),
    "hf": ("datasets", "datasets"),
}
# The status of `library_process` after an `InputError`.
REFUSED = 3


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
        [sys.executable, "-m", "amnat.data.library_process"],
        cwd=folder,
        env=environment,
        input=json_text.dumps(request),
        capture_output=True,
        text=True,
    )
    if done.returncode == REFUSED:
        raise InputError(done.stdout.strip().splitlines()[-1])
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise InputError(f"data set '{request['spec']}': cannot be read ({last[:300]})")
