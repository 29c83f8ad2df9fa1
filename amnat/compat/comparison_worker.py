"""One side of a comparison in its own process: python -m amnat.compat.comparison_worker REQUEST.

REQUEST is a JSON file {"side": "original" or "amnat", "original": NAME, "folder": DIR, "jobs":
[...]}. A job has "task", "configuration" ({"title", "settings", "switches"}), "out" and whatever
its task needs. The worker prints one line "done NUMBER" on standard output for every finished job;
everything that an original prints goes to standard error.
"""

import contextlib
import json
import pathlib
import sys

from amnat.compat import originals
from amnat.compat.originals import Configuration
from amnat.compat.processes import peak_bytes

import numpy as np


def main(path):
    request = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    # Python must not write anything into the user's checkout.
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


if __name__ == "__main__":
    main(sys.argv[1])
