"""Builds the data and models of the workloads like the training scripts."""

from amnat.compat import amnat_tasks
from amnat.data import Dataset
from amnat.training.strategy import make_strategy
from amnat.training.training_call import build_model

import numpy as np
from absl import flags

# CIFAR-10's number of training images.
NUM_IMAGES = 50000


def random_images(count, num_classes=10, shape=(32, 32, 3)):
    """A data set of random bytes; the content of the images does not affect the time."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, *shape), dtype=np.uint8)
    labels = (np.arange(count) % num_classes).astype(np.int32)
    return Dataset("cifar10", "train", images, labels, num_classes, tuple("abcdefghij"))


def shared_words(settings):
    """The command line for the shared flags in a workload's settings."""
    replicas = settings.get("replicas", 1)
    words = [
        f"--{name}={settings[name]}"
        for name in ("data_format", "mixed_precision", "jit_compile", "steps_per_execution")
        if name in settings
    ]
    if replicas > 1:
        devices = ",".join(f"{settings.get('device', 'CPU')}:{i}" for i in range(replicas))
        words += ["--strategy=mirrored", f"--devices={devices}"]
    return words


def parse_am_gan(settings, data_name="cifar10"):
    """Sets the flags of tools/am_gan.py."""
    return amnat_tasks.am_gan_flags(
        [
            f"--sDataSet={data_name}",
            f"--iBatchSize={settings['batch_size']}",
            f"--iDimsZ={settings['latent_size']}",
            f"--iFilterDimsG={settings['generator_width']}",
            f"--iFilterDimsD={settings['discriminator_width']}",
            *shared_words(settings),
        ]
    )


def build_under_flags(build, dataset):
    """Builds a model like the scripts, with the present flags; returns (model, strategy)."""
    strategy = make_strategy(flags.FLAGS.strategy, flags.FLAGS.devices)
    return build_model(build, dataset, strategy), strategy
