"""Prints the flags of a training script with a command line, as JSON, after checking them.

    python -m amnat.sweep.describe tools/gan.py count --flagfile=flags/gan_digits.flags

It is a process of its own, because the flags of two scripts have the same names. `count` also
counts the iterations of an epoch, for which it reads the data. It does not load TensorFlow.
"""

import importlib.util
import json
import pathlib
import subprocess
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat.errors import InputError
from amnat.training import declarations
from amnat.training import flags as shared
from amnat.training.main import run_tool
from amnat.training.method import Method

from absl import flags

FLAGS = flags.FLAGS


def describe(script, arguments, counts):
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


def description(script, counts):
    """{"flags": {name: {value, means, compared}}, "iterations_per_epoch": float or None}.

    `compared` says whether another value may give other results: files and how often they are
    written do not.
    """
    own_places = set(vars(script.run_flags).values()) if isinstance(script, Method) else set()
    found = {}
    for name in script.flag_names:
        declared = declarations.declaration(name)
        if declared is None:
            continue
        is_place = name in own_places - {script_batch(script)} or declared.paths is not None
        only_says_when = name in shared.shared_flags() and not declared.fixed
        found[name] = {
            "value": script.effective(name),
            "means": "batch" if name == script_batch(script) else declared.means,
            "compared": not is_place and not only_says_when and declared.replayed,
        }
    per_epoch = None
    epochs = [each["value"] for each in found.values() if each["means"] == "epochs"]
    if counts and epochs and isinstance(script, Method):
        per_epoch = script.num_iterations(script.load_data("train")) / epochs[0]
    return {"flags": found, "iterations_per_epoch": per_epoch}


def script_batch(script):
    """The name of the flag for the batch size, or None."""
    return script.run_flags.batch_size if isinstance(script, Method) else None


def main():
    path, mode, *words = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    script = module.SCRIPT()
    script.declare(path)
    sys.argv = [path, *script.arguments(words)]

    def call():
        script.check()
        print(json.dumps(description(script, mode == "count"), default=str))

    run_tool(call)


if __name__ == "__main__":
    main()
