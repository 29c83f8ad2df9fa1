"""Files that the two sides of a comparison exchange."""

import contextlib

from amnat.files import scratch_folder

import numpy as np


def job_data(job):
    """(samples, labels) from the data file of a job, or None."""
    if "data" not in job:
        return None
    with np.load(job["data"]) as stored:
        return stored["samples"], stored["labels"]


@contextlib.contextmanager
def scratch(job):
    """The folder that an original may write to: the job's, or a temporary one."""
    if "result_dir" in job:
        yield job["result_dir"]
        return
    with scratch_folder("amnat-original-") as folder:
        yield str(folder)
