"""Converts a SavedModel's first signature to TensorFlow Lite files."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Callable

from amnat.errors import InputError
from amnat.export.self_check import ExportMismatch, Request
from amnat.export.signatures import Signature
from amnat.files import FULL, failure_reason

import numpy as np
import tensorflow as tf

# The largest difference between TensorFlow and its Lite interpreter for outputs of order 1. In
# float32 the kernels differ; in float16 the weights have 11 bits.
TOLERANCES = {False: 1e-4, True: 5e-2}
# The number of samples that the interpreter is checked with.
CHECKED = 7


def convert_to_tflite(half: bool) -> Callable[[pathlib.Path, Signature, Request], str]:
    """The conversion for `write_export`, to float32 weights or, with `half`, to float16 weights."""

    def convert(folder: pathlib.Path, signature: Signature, request: Request) -> str:
        name = "model_float16.tflite" if half else "model.tflite"
        path = folder / name
        path.write_bytes(_convert(folder, signature.name, half))
        found = _run(path, signature.name, request)
        assert request.outputs is not None, "the first request is answered"
        ((output, expected),) = request.outputs.items()
        worst = float(np.abs(found[output] - np.asarray(expected)[:CHECKED]).max())
        line = f"{name:45} largest difference {worst:.1e}"
        if not worst <= TOLERANCES[half]:
            raise ExportMismatch(f"{line}, expected at most {TOLERANCES[half]:g}")
        return f"{line:86} ok"

    return convert


def _convert(folder: pathlib.Path, signature_name: str, half: bool) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(folder), signature_keys=[signature_name]
    )
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    try:
        return converter.convert()
    except Exception as error:  # The converter raises the errors of its native code.
        if failure_reason(error, FULL):
            raise
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"--tflite: TensorFlow cannot convert the model ({reason})") from error


def _run(path: pathlib.Path, signature_name: str, request: Request) -> dict[str, np.ndarray]:
    """Runs the interpreter on the first samples of a request; returns {output name: array}."""
    with warnings.catch_warnings():
        # The interpreter is deprecated; LiteRT, its successor, is a separate package.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner(signature_name)
    return runner(**{name: np.asarray(value)[:CHECKED] for name, value in request.inputs.items()})
