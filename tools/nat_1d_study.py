"""Measures the 1D GAN with and without negatives over many seeds: a table and a figure.

    python tools/nat_1d_study.py --fix_log_clamp

A run is judged from the first step at which mean and standard deviation of the generated points are
both within 0.25 of the data's. After an interruption the same command goes on: it keeps the seeds
that are done.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.nat_1d_script import NAT1DStudyScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
