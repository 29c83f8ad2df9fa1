"""Data and models of the workloads, built as the training scripts build them."""

from amnat.compat import amnat_tasks as our_side
from amnat.data import Dataset
from amnat.training.session import build_model
from amnat.training.strategy import make_strategy

import numpy as np
from absl import flags

# CIFAR-10's number of training images.
NUM_IMAGES = 50000


def random_images(count, num_classes=10, shape=(32, 32, 3)):
    """A data set of random bytes: what is in the images does not change the time."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, *shape), dtype=np.uint8)
    labels = (np.arange(count) % num_classes).astype(np.int32)
    return Dataset("cifar10", "train", images, labels, num_classes, tuple("abcdefghij"))


def shared_words(settings):
    """The command line of the shared flags that a workload's settings name."""
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
    return our_side.am_gan_flags(
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
    """(model, strategy): as the scripts' session builds it, under the flags in force."""
    strategy = make_strategy(flags.FLAGS.strategy, flags.FLAGS.devices)
    return build_model(build, dataset, strategy), strategy
