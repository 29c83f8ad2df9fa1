"""Trains a classifier negative-aware and reports how sure it is of what belongs to no class.

    python tools/nat_classifier.py --flagfile=flags/nat_classifier_cifar10.flags --data_dir=FOLDER

It follows kuangliu/pytorch-cifar (main.py), which the authors of "Negative-Aware Training" changed:
--lr and --resume are its flags, and its optimizer, schedule, augmentation and standardisation are
kept. Unlike it, --resume goes on exactly where the run was, and the classifier is that of the last
epoch, not the one with the best accuracy on the test images; images that fill no batch are left
out. Without --negatives the training is the plain one, the baseline.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.classifiers.nat_script import NATClassifierScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
