"""Trains AM-GAN, or the plain GAN it is compared with, as AM-GAN2's code/AM-GAN.py does.

    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags

Flags with capital letters are the original's, with its names, types, defaults and meaning (those
of code/AM-GAN-log-netstate.py included); the others are shared by all scripts.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.am_gan.script import AMGANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
