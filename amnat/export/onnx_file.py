"""An ONNX file of a SavedModel's first signature, by tf2onnx; checked with onnxruntime."""

import importlib.util

from amnat.errors import InputError
from amnat.export.self_check import ExportMismatch

import numpy as np

NAME = "model.onnx"
OPSET = 17
TOLERANCE = 1e-4
CHECKED = 7
PACKAGES = ("tf2onnx", "onnxruntime")


def check_installed():
    """Raises InputError unless the packages that are needed are there."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"--onnx: needs {' and '.join(missing)}; pip install {' '.join(PACKAGES)}")


def convert_to_onnx(folder, signature, request):
    """Writes model.onnx beside a SavedModel; see `write_export`."""
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
    except Exception as error:  # Both raise nearly anything.
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"--onnx: the model cannot be converted ({reason})") from error
    inputs = {name: value[:CHECKED] for name, value in request.inputs.items()}
    (found,) = session.run(None, inputs)
    (expected,) = request.outputs.values()
    worst = float(np.abs(found - expected[:CHECKED]).max())
    line = f"{NAME:45} largest difference {worst:.1e}"
    if not worst <= TOLERANCE:
        raise ExportMismatch(f"{line}, expected at most {TOLERANCE:g}")
    return f"{line:86} ok"
