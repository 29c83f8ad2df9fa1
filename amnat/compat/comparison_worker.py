"""One side of a comparison in its process: python -m amnat.compat.comparison_worker REQUEST.

REQUEST is a JSON file {"side": "original" or "amnat", "original": NAME, "folder": DIR, "jobs":
[...]}; a job has "task", "configuration" ({"title", "settings", "switches"}), "out" and what its
task needs. Every finished job is one line "done NUMBER" on standard output; whatever an original
prints goes to standard error.
"""

import contextlib
import json
import pathlib
import sys
import tempfile

from amnat.benchmark.task_worker import peak_bytes
from amnat.compat import originals
from amnat.compat.originals import Configuration

import numpy as np


def main(path):
    request = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    # Nothing is written into the user's checkout.
    sys.dont_write_bytecode = True
    module = originals.module(request["original"])
    if request["side"] == "original":
        from amnat.compat.original_tasks import run_job

        folder = originals.check_checkout(module.ORIGINAL, request["folder"])
    else:
        from amnat.compat.amnat_tasks import run_job

        folder = None
    for number, job in enumerate(request["jobs"]):
        job["configuration"] = Configuration(**job["configuration"])
        with contextlib.redirect_stdout(sys.stderr):
            arrays = run_job(module, folder, job)
        if job["task"] == "speed":
            arrays |= {"peak_bytes": np.array(peak_bytes())}
        np.savez(job["out"], **arrays)
        print(f"done {number}", flush=True)


def job_data(job):
    """(samples, labels) that a job hands over in a file, or None."""
    if "data" not in job:
        return None
    with np.load(job["data"]) as stored:
        return stored["samples"], stored["labels"]


@contextlib.contextmanager
def scratch(job):
    """A folder for what an original writes: the job's, or a temporary one."""
    if "result_dir" in job:
        yield job["result_dir"]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield folder


if __name__ == "__main__":
    main(sys.argv[1])
