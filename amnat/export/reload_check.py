"""Runs a SavedModel in a process that has no amnat, and compares with what was expected.

    python reload_check.py SAVED_MODEL PLAN

PLAN is a folder with plan.json (a list of requests, see `amnat.export.self_check`) and arrays.npz.
Prints one line of JSON per request. As a script it imports nothing of amnat, and cannot.
"""

import sys

if __name__ == "__main__":
    # Python puts the script's own folder there.
    sys.path.pop(0)
    for _name in ("amnat", "tf_keras"):
        sys.modules[_name] = None

import json  # noqa: E402
import os  # noqa: E402

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def difference(found, expected):
    """The largest difference, of floats above 1 the relative one; inf where shapes differ."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return float("inf")
    unit = 1.0 if found.dtype.kind in "iu" else np.maximum(np.abs(expected), 1.0)
    found, expected = (array.astype(np.float64) for array in (found, expected))
    worst = np.max(np.abs(found - expected) / unit, initial=0.0)
    return float(worst) if np.isfinite(worst) else float("inf")


def run_request(model, request, arrays):
    """{'difference'} of a request, or {'error'}, what it failed with."""
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


def main():
    model_path, plan_path = sys.argv[1:]
    with open(os.path.join(plan_path, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    arrays = np.load(os.path.join(plan_path, "arrays.npz"), allow_pickle=False)
    model = tf.saved_model.load(model_path)
    for request in plan:
        print(json.dumps(run_request(model, request, arrays)), flush=True)


if __name__ == "__main__":
    main()
