"""The tasks of a comparison on the original's side."""

import contextlib

from amnat.compat import session_hooks, tf1_shim
from amnat.compat.job_files import job_data, scratch

import numpy as np
import tensorflow as tf


def run_job(module, folder, job):
    """Runs the original for one job; returns {name: array}."""
    original = module.ORIGINAL
    on_cpu = not tf.config.list_physical_devices("GPU")
    shim = tf1_shim.Shim(
        original.own_modules,
        job.get("dtype", "float32"),
        channels_first_on_cpu=on_cpu,
        optimize_graph=job["task"] in ("speed", "train"),
        ordered_updates=job["task"] == "trace",
    )
    with scratch(job) as result_dir, shim.installed() as tensorflow:
        script = module.Script(
            shim,
            folder,
            job["configuration"],
            result_dir,
            data=job_data(job),
            seed=job.get("seed", 0),
        )
        follower = _follower(script, job)
        shim.follow = follower
        with contextlib.suppress(session_hooks.Finished):
            script.execute(tensorflow)
        arrays = _results(follower, script, job)
    notes = [*original.notes, *shim.notes]
    return arrays | {"notes": np.array(notes)}


def _follower(script, job):
    task = job["task"]
    if task == "trace":
        count = job.get("beginnings", 0)
        return session_hooks.Trace(script, job["iterations"], job["recorded"], count)
    if task == "speed":
        return session_hooks.Clock(script, job["iterations"])
    return session_hooks.Training(script, job["iterations"], job["num_samples"])


def _results(follower, script, job):
    if job["task"] == "speed":
        return {"times": np.array(follower.times)}
    if job["task"] == "train":
        kept = script.save() if job.get("save") else {}
        return {"samples": np.asarray(follower.samples)} | kept
    return follower.arrays
