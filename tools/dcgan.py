"""Trains a convolutional GAN by the guidelines of DCGAN (Radford et al. 2016).

    python tools/dcgan.py --flagfile=flags/dcgan_digits.flags

For images of 28, 32 or 64 pixels, to which any data set is brought. Flags that PyTorch-GAN's
implementations/dcgan/dcgan.py has keep its names and meaning, but its networks are others: it
enlarges without strides, and has leaky ReLU, dropout and an epsilon of 0.8 in its batch norm.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.pytorch_gan.dcgan_script import DCGANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
