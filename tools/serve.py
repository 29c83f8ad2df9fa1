"""Serves exports to a browser and to clients of TensorFlow Serving's REST interface.

    python tools/serve.py result/am_gan_digits/export
    python tools/serve.py digits=result/am_gan_digits/export,cifar=result/am_gan_cifar10/export
    python tools/serve.py result/am_gan_digits/export --host=0.0.0.0 --port=8501

The page at / draws samples by seed and class, walks between two of them, translates and classifies
pictures, where the export can. Requests below /v1/ are those of TensorFlow Serving: a client moves
there by changing the address. New versions are served as they appear. This server is for trying out
and small use; BUILD.md says how to run TensorFlow Serving in production. See docs/export.md.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.serving.script import ServeScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
