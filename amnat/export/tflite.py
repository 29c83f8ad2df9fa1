"""TensorFlow Lite files of a SavedModel's first signature."""

import warnings

from amnat.errors import InputError
from amnat.export.self_check import ExportMismatch

import numpy as np
import tensorflow as tf

# Between TensorFlow and its Lite interpreter, for outputs of order 1: other kernels in float32;
# weights of 11 bits in float16.
TOLERANCES = {False: 1e-4, True: 5e-2}
# Samples that the interpreter is run with.
CHECKED = 7


def convert_to_tflite(half):
    """The conversion to float32 weights, or to float16 ones with `half`; for `write_export`."""

    def convert(folder, signature, request):
        name = "model_float16.tflite" if half else "model.tflite"
        path = folder / name
        path.write_bytes(_convert(folder, signature.name, half))
        found = _run(path, signature.name, request)
        ((output, expected),) = request.outputs.items()
        worst = float(np.abs(found[output] - expected[:CHECKED]).max())
        line = f"{name:45} largest difference {worst:.1e}"
        if not worst <= TOLERANCES[half]:
            raise ExportMismatch(f"{line}, expected at most {TOLERANCES[half]:g}")
        return f"{line:86} ok"

    return convert


def _convert(folder, signature_name, half):
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(folder), signature_keys=[signature_name]
    )
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    try:
        return converter.convert()
    except Exception as error:  # The converter raises what its native code does.
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"--tflite: TensorFlow cannot convert the model ({reason})") from error


def _run(path, signature_name, request):
    """{output name: array} of the first samples of a request, by the interpreter."""
    with warnings.catch_warnings():
        # It announces its end; LiteRT, its successor, is another package.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner(signature_name)
    return runner(**{name: value[:CHECKED] for name, value in request.inputs.items()})
