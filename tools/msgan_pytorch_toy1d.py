"""Dist-GAN, then WGAN-GP on N(4, 1), as the 1D demo of rmermin/msgan.pytorch has them.

    python tools/msgan_pytorch_toy1d.py

It is that repository's distgan_toy1d/train.py, with its flags; ImageMagick is not needed. The
losses differ from those of tools/distgan_toy1d.py: hinge losses with the weights 0.95 and 0.05, and
one optimizer for each of the auto-encoder's two losses.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.msgan_toy1d import MSGANToy1DScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
