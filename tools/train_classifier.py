"""Trains a classifier that scores and negative-aware training can use.

    python tools/train_classifier.py --dataset=digits
    python tools/train_classifier.py --dataset=cifar10 --network=resnet18 --data_dir=FOLDER

The result is classifier.keras in --out_dir, which tools/evaluate.py takes as --classifier.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.classifiers.script import TrainClassifierScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
