"""Prints the flags of a training script with a command line, as JSON, after checking them.

    python -m amnat.sweep.describe tools/gan.py count --flagfile=flags/gan_digits.flags

It is a process of its own, because the flags of two scripts have the same names. `count` also
counts the iterations of an epoch, for which it reads the data. It does not load TensorFlow.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import amnat.start  # noqa: F401  (before the others)
from amnat import json_text
from amnat.classifiers.nat_script import NATClassifierScript
from amnat.errors import InputError
from amnat.training import declarations
from amnat.training import flags as shared
from amnat.training.main import run_tool
from amnat.training.method import Method

# Own flags of scripts that change no results, and places of data.
_NO_RESULTS = ("data_dir", "data_source", "seed", "sample_interval", "n_samples", "postfix")


def describe(
    script: str | os.PathLike[str], arguments: Sequence[str], counts: bool
) -> dict[str, Any]:
    """Runs this module in a process; returns what it prints; raises InputError with its error.

    Args:
      script: the path of the script.
      arguments: the words of its command line.
      counts: whether to count the iterations of an epoch.
    """
    command = [sys.executable, "-m", __spec__.name, str(script), "count" if counts else "check"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
        raise InputError((errors or lines)[-1])
    return json.loads(done.stdout.splitlines()[-1])


def description(script: Method | NATClassifierScript, counts: bool) -> dict[str, Any]:
    """{"flags": {name: {value, means, compared}}, "iterations_per_epoch": float or None,
    "result_dir": the name of the flag for the folder of runs, "kind": "generator" or
    "classifier"}.

    `compared` says whether another value may give other results: files and how often they are
    written do not.
    """
    if isinstance(script, Method):
        names = script.run_flags
        own_places = {names.result_dir, names.tag, names.resume, names.gpu}
        result_dir, batch_size = names.result_dir, names.batch_size
    else:
        result_dir, batch_size = "out_dir", "batch_size"
        own_places = {result_dir}
    found = {}
    for name in script.flag_names:
        declared = declarations.declaration(name)
        only_says_when = name in shared.shared_flags() and not declared.fixed
        found[name] = {
            "value": script.effective(name),
            "means": "batch" if name == batch_size else declared.means,
            "compared": declared.replayed
            and not declared.no_effect
            and not (name in own_places or only_says_when)
            and name not in _NO_RESULTS,
        }
    per_epoch = None
    if counts and isinstance(script, Method):
        iterations = script.num_iterations(script.load_data("train"))
        for each in found.values():
            if each["means"] == "epochs":
                per_epoch = iterations / each["value"]
            if each["means"] == "iterations" and each["value"] is None:
                each["value"] = iterations
    return {
        "flags": found,
        "iterations_per_epoch": per_epoch,
        "result_dir": result_dir,
        "kind": "generator" if isinstance(script, Method) else "classifier",
    }


def main() -> None:
    path, mode, *words = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    script = module.SCRIPT()
    script.declare(path)
    sys.argv = [path, *script.arguments(words)]

    def call() -> None:
        if not isinstance(script, (Method, NATClassifierScript)):
            raise InputError(
                "its runs have neither a generator that a sweep could score nor a report on a "
                "classifier's confidence"
            )
        script.check()
        print(json_text.dumps(description(script, mode == "count"), default=str))

    run_tool(call)


if __name__ == "__main__":
    main()
