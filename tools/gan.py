"""Trains the fully connected GAN of PyTorch-GAN (implementations/gan/gan.py).

    python tools/gan.py --flagfile=flags/gan_digits.flags

The original's flags keep their names, defaults and meaning; --loss, --update_order and the
techniques are this project's, and the others are shared by all scripts. A histogram of the
samples' classes is taken with every score.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.pytorch_gan.gan_script import GANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
