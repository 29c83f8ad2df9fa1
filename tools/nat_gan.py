"""Trains NAT-GAN, and CatGAN and AM-GAN beside it, with or without external negatives.

    python tools/nat_gan.py --flagfile=flags/nat_gan_digits.flags

The authors never released their code, which changed AM-GAN's (natpaper.github.io): the flags with
capital letters are those of AM-GAN2's code/AM-GAN.py, with its defaults, and four of the same
style for the negatives; the others are shared by all scripts.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.nat_gan.script import NATGANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
