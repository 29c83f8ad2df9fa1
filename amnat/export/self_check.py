"""Compares an export with the live model before the export is published."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amnat import json_text
from amnat.files import scratch_folder

import numpy as np

if TYPE_CHECKING:
    from amnat.export.signatures import Array

SCRIPT = pathlib.Path(__file__).with_name("reload_check.py")
# The largest difference between two ways to compute the same image in float32.
TOLERANCE = 1e-5
TIMEOUT_SECONDS = 900


class ExportMismatch(Exception):
    """The SavedModel's outputs differ from those of the live model; the message has the report."""


@dataclasses.dataclass(frozen=True)
class Request:
    """A request to the reloaded SavedModel.

    Attributes:
      title: the title in the report.
      signature: name of the signature.
      inputs: {name: array}.
      outputs: {name: array} of the live model; None if the request has to fail.
      tolerance: the largest allowed difference, which is relative for floats above 1.
      error: text that the error must contain, if the request has to fail.
      repeated: whether the request is sent twice and must give exactly the same result.
    """

    title: str
    signature: str
    inputs: dict[str, Array]
    outputs: dict[str, Array] | None = None
    tolerance: float = TOLERANCE
    error: str | None = None
    repeated: bool = False


def check_saved_model(path: str | os.PathLike[str], requests: Sequence[Request]) -> list[str]:
    """Sends requests to a SavedModel in a fresh process that cannot import amnat.

    The process does not use a GPU, because the expected outputs come from a CPU, too.

    Returns: list of lines, the report.
    Raises: ExportMismatch.
    """
    with scratch_folder("amnat-export-") as plan:
        _write_plan(plan, requests)
        environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1"}
        command = [sys.executable, str(SCRIPT), str(path), str(plan)]
        try:
            finished = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ExportMismatch(f"no answer within {TIMEOUT_SECONDS} s") from error
    if finished.returncode != 0:
        reason = " ".join(finished.stderr.split())[-500:]
        raise ExportMismatch(f"a process without amnat cannot run it: {reason}")
    # TensorFlow may print other lines.
    lines = [line for line in finished.stdout.splitlines() if line.startswith("{")]
    report, good = [], True
    for request, line in zip(requests, lines, strict=True):
        fine, outcome = _judge(request, json.loads(line))
        good = good and fine
        verdict = "ok" if fine else "MISMATCH"
        report.append(f"{request.signature:16} {request.title:28} {outcome:40} {verdict}")
    if not good:
        raise ExportMismatch("\n".join(report))
    return report


def _judge(request: Request, outcome: dict[str, Any]) -> tuple[bool, str]:
    """(whether the outcome is as expected, the outcome as text)."""
    if "error" in outcome:
        message = " ".join(outcome["error"].split())
        expected = request.error is not None and request.error in message
        return expected, f"refused: {request.error}" if expected else f"failed: {message[:200]}"
    if request.error is not None:
        return False, "not refused"
    found = outcome["difference"]
    return found <= request.tolerance, f"largest difference {found:.1e}"


def _write_plan(folder: pathlib.Path, requests: Sequence[Request]) -> None:
    arrays: dict[str, Any] = {}
    plan = []

    def store(values: Mapping[str, Array] | None) -> dict[str, str]:
        keys = {}
        for name, value in (values or {}).items():
            keys[name] = f"a{len(arrays)}"
            arrays[keys[name]] = value
        return keys

    for request in requests:
        plan.append(
            {
                "signature": request.signature,
                "inputs": store(request.inputs),
                "outputs": store(request.outputs),
                "repeated": request.repeated,
            }
        )
    np.savez(os.path.join(folder, "arrays.npz"), **arrays)
    with open(os.path.join(folder, "plan.json"), "w", encoding="utf-8") as file:
        file.write(json_text.dumps(plan))
