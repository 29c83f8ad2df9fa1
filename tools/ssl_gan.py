"""Trains a semi-supervised GAN and, beside it, the same classifier on the labelled samples only.

    python tools/ssl_gan.py --flagfile=flags/ssl_gan_digits.flags

The discriminator tells K classes and generated images apart; it sees the labels of --num_labels
training images. Its networks, and the defaults of the rate and the batch, are those of improved-gan
(mnist_svhn_cifar10/train_mnist_feature_matching.py); flags that PyTorch-GAN has keep its names.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.semi_supervised.script import SemiSupervisedScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
