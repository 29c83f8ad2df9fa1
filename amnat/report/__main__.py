"""`python -m amnat.report RUN`: as tools/report.py, without a checkout."""

import amnat.start  # noqa: F401  (before the others)
from amnat.report.script import ReportScript
from amnat.training.main import run

if __name__ == "__main__":
    run(ReportScript)
