"""Writes one HTML file about a run, several runs, a sweep or a comparison with an original.

    python tools/report.py result/am_gan_digits
    python tools/report.py result/sweep_digits --out=sweep.html
    python tools/report.py result/comparison/am_gan.json

The file shows samples, curves, scores, flags and commands. It needs no network and no server.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.report.script import ReportScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
