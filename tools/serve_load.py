"""Loads a server of exports with many clients at once, and prints latency, images/s and memory.

    python tools/serve_load.py --export_dir=result/am_gan_digits/export
    python tools/serve_load.py --url=http://127.0.0.1:8501 --clients=8 --seconds=10

With --export_dir it runs tools/serve.py itself, with the defaults of its flags, and reads how much
memory it takes.
Exit status 1 says that a request was not answered or that the memory grew by more than
--max_growth.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.serving.load_script import LoadScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
