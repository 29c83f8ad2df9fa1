"""Converts a SavedModel's first signature to ONNX with tf2onnx and checks it with onnxruntime."""

from __future__ import annotations

import importlib.util
import pathlib

from amnat.errors import InputError
from amnat.export.self_check import ExportMismatch, Request
from amnat.export.signatures import Signature
from amnat.files import FULL, failure_reason

import numpy as np

NAME = "model.onnx"
OPSET = 17
TOLERANCE = 1e-4
CHECKED = 7
PACKAGES = ("tf2onnx", "onnxruntime")


def check_installed() -> None:
    """Raises InputError unless the required packages are installed."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"--onnx: needs {' and '.join(missing)}; pip install {' '.join(PACKAGES)}")


def convert_to_onnx(folder: pathlib.Path, signature: Signature, request: Request) -> str:
    """Writes model.onnx into the folder of a SavedModel; see `write_export`."""
    import onnxruntime
    import tf2onnx

    specs = signature.function().input_signature
    try:
        tf2onnx.convert.from_function(
            signature.function(), specs, opset=OPSET, output_path=str(folder / NAME)
        )
        session = onnxruntime.InferenceSession(
            str(folder / NAME), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # Both packages raise nearly anything.
        if failure_reason(error, FULL):
            raise
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"--onnx: the model cannot be converted ({reason})") from error
    inputs = {name: np.asarray(value)[:CHECKED] for name, value in request.inputs.items()}
    (found,) = session.run(None, inputs)
    assert request.outputs is not None, "the first request is answered"
    (expected,) = request.outputs.values()
    worst = float(np.abs(found - np.asarray(expected)[:CHECKED]).max())
    line = f"{NAME:45} largest difference {worst:.1e}"
    if not worst <= TOLERANCE:
        raise ExportMismatch(f"{line}, expected at most {TOLERANCE:g}")
    return f"{line:86} ok"
