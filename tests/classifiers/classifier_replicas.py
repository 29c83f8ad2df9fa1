"""Trains a small classifier under a strategy, for test_classifier_replicas.py.

python classifier_replicas.py STRATEGY FOLDER: the weights go to FOLDER/<strategy>.npz. With the
strategy mirrored, one replica with the whole batch is trained too (none.npz), and two replicas
with statistics of their own (apart.npz).
"""

import pathlib
import sys

from amnat import data
from amnat.classifiers.negatives import NegativeBatches
from amnat.classifiers.options import ClassifierOptions, run_settings
from amnat.classifiers.run_directory import ClassifierRun
from amnat.classifiers.training import train_classifier
from amnat.data.negatives import Negatives, gaussian_noise
from amnat.training.strategy import is_chief, make_strategy

import numpy as np

# A low rate: at 0.01 rounding has grown to 5e-5 of the loss after ten steps.
OPTIONS = ClassifierOptions(epochs=2, batch_size=20, learning_rate=0.002, augment="shift", seed=5)


def train(strategy, folder, name, sync_batch_norm):
    train_set = data.load("digits", split="train").subset(slice(0, 60))
    test_set = data.load("digits", split="test").subset(slice(0, 40))
    # Odd numbers of negatives: the replicas get parts of different sizes.
    noise = Negatives("noise", gaussian_noise(50, train_set.sample_shape))
    run = ClassifierRun(folder / name)
    if is_chief(strategy):
        run.create(run_settings("small", train_set, OPTIONS))
    outcome = train_classifier(
        *("small", train_set, test_set, OPTIONS, run),
        progress=False,
        negatives=NegativeBatches([noise], 3, 7),
        strategy=strategy,
        sync_batch_norm=sync_batch_norm,
    )
    if is_chief(strategy):
        losses = [row["train_loss"] for row in run.read_log(OPTIONS.epochs)]
        weights = outcome.classifier.model.get_weights()
        arrays = {f"weight{index}": weight for index, weight in enumerate(weights)}
        np.savez(folder / f"{name}.npz", losses=losses, accuracy=outcome.test_accuracy, **arrays)


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    strategy = make_strategy(name, ("CPU:0", "CPU:1") if name == "mirrored" else ())
    train(strategy, folder, name, True)
    if name == "mirrored":
        train(strategy, folder, "apart", False)
        # Keras' fused kernel would take n / (n - 1) times the variance into its moving average.
        train(None, folder, "none", True)
    print("done")


if __name__ == "__main__":
    main()
