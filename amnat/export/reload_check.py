"""Runs a SavedModel in a process without amnat, and compares its outputs with the expected ones.

    python reload_check.py SAVED_MODEL PLAN

PLAN is a folder with plan.json (a list of requests, see `amnat.export.self_check`) and arrays.npz.
The script prints one line of JSON per request. It does not import amnat, and prevents it.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Python adds the script's own folder as the first entry, unless PYTHONSAFEPATH is set.
    if sys.path[0] == __file__.rpartition("/")[0]:
        sys.path.pop(0)
    for _name in ("amnat", "tf_keras"):
        sys.modules[_name] = None  # type: ignore[assignment]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json  # noqa: E402
from collections.abc import Mapping  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative for floats above 1; inf if shapes or dtypes differ."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return float("inf")
    unit = 1.0 if found.dtype.kind in "iu" else np.maximum(np.abs(expected), 1.0)
    found, expected = (array.astype(np.float64) for array in (found, expected))
    worst = np.max(np.abs(found - expected) / unit, initial=0.0)
    return float(worst) if np.isfinite(worst) else float("inf")


def run_request(
    model: Any, request: dict[str, Any], arrays: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Runs a request; returns {'difference': number}, or {'error': message} if it failed."""
    inputs = {name: tf.constant(arrays[key]) for name, key in request["inputs"].items()}
    function = model.signatures[request["signature"]]
    try:
        outputs = function(**inputs)
        again = function(**inputs) if request["repeated"] else outputs
    except tf.errors.OpError as error:
        return {"error": error.message}
    worst = 0.0
    for name, key in request["outputs"].items():
        found = outputs[name].numpy()
        worst = max(worst, difference(found, arrays[key]))
        if not np.array_equal(found, again[name].numpy()):
            return {"error": f"{name} differs from one call to the next"}
    return {"difference": worst}


def main() -> None:
    model_path, plan_path = sys.argv[1:]
    with open(os.path.join(plan_path, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    arrays = np.load(os.path.join(plan_path, "arrays.npz"), allow_pickle=False)
    model = tf.saved_model.load(model_path)
    for request in plan:
        print(json.dumps(run_request(model, request, arrays)), flush=True)


if __name__ == "__main__":
    main()
