"""Trains InfoGAN on images, after PyTorch-GAN (implementations/infogan/infogan.py).

    python tools/infogan.py --flagfile=flags/infogan_10_mnist.flags --data_dir=FOLDER

The first flags are the original's, with their names and defaults. info-cycle-sim-gan's article adds
any number of labels (--n_classes), true labels that guide them (--lambda_gt), and its losses. While
it trains, it measures how the labels agree with the classes of test images.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.infogan.script import InfoGANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
