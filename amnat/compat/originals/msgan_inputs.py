"""The inputs of both sides in a comparison with tntrung/msgan: settings, images, draws."""

import math

from amnat.compat import replay
from amnat.methods.dist_gan.settings import ENTRIES, resolve

PLAYERS = {"e": "encoder", "d": "discriminator", "g": "generator"}
# {db_name: (script, image shape)}
_SCRIPTS = {
    "cifar10": ("msdistgan_cifar.py", (32, 32, 3)),
    "mnist": ("msdistgan_mnist.py", (28, 28, 1)),
    "mnist-1k": ("msdistgan_mnist1k.py", (28, 28, 3)),
    "celeba": ("msdistgan_celeba.py", (64, 64, 3)),
    "stl10": ("msdistgan_stl10.py", (48, 48, 3)),
}
# The data has more than one batch. Its size is no multiple of the batch size, because otherwise the
# original's file reader fails at the end of an epoch.
_BATCHES = 4


def style_of(settings):
    """The style of the networks, as in `ms_gan_names.our_name`."""
    entry = ENTRIES[settings.get("db_name", "cifar10")]
    family = settings.get("nnet_type", entry.families[0])
    return entry.style if family == "dcgan" else family


def arguments(settings):
    """The script's command line."""
    known = dict(settings)
    known.pop("width", None)
    if known.get("db_name", "cifar10") != "cifar10":
        # Each of the other scripts is for one data set and one family of networks.
        del known["db_name"]
        known.pop("nnet_type", None)
    if settings.get("db_name") == "celeba":
        known["is_train"] = 0
    return [f"--{name}={value}" for name, value in known.items()]


def to_unit(images):
    """Converts (byte - 127.5) / 128 to byte / 255, the original's range."""
    return (images * 128.0 + 127.5) / 255.0


class Inputs:
    """The inputs of both sides.

    Args:
      settings: {flag: value} of all flags that differ from the script's defaults, and 'width',
        which replaces the widths in the script.
    """

    def __init__(self, settings):
        self.db_name = settings.get("db_name", "cifar10")
        self.entry = ENTRIES[self.db_name]
        defaults = {"ss_task": 2, "batch_size": 64, "noise_dim": self.entry.latent_size}
        defaults |= {"n_steps": self.entry.num_steps, "nnet_type": self.entry.families[0]}
        self.settings = defaults | {"loss_type": self.entry.loss, "width": None} | settings
        self.script, self.shape = _SCRIPTS[self.db_name]
        self.batch_size = self.settings["batch_size"]
        self.task = self.settings["ss_task"]

    def resolved(self):
        """amnat's `Settings` for these flags."""
        known = self.settings
        found = resolve(self.db_name, known["nnet_type"], known["loss_type"], known["ss_task"])
        roles = ("encoder", "generator", "discriminator")
        return found.replace(**{f"{role}_width": known["width"] for role in roles})

    def initial(self, name, shape):
        fans = math.prod(shape[:-2]) * sum(shape[-2:])
        return replay.away_from_initial(name, shape, math.sqrt(2.0 / fans))

    def images(self, name, count=None):
        """Images in amnat's range, float64 [N, H, W, C]."""
        return replay.images(name, (count or self.batch_size, *self.shape))

    def data(self):
        """(images, labels) to draw batches from if no batches are replayed."""
        count = _BATCHES * self.batch_size + 1
        return self.images("data", count), replay.labels("data/labels", count, 10)

    def latents(self, iteration, step):
        """Latents x, float64 [batch, noise_dim] in [0, 1); the networks' input is 2 x - 1."""
        shape = (self.batch_size, self.settings["noise_dim"])
        return replay.uniform(f"{iteration}/{step}/latent", shape)

    def alpha(self, iteration, step):
        """The shares of the real images in the penalty's points, float64 [batch]."""
        return replay.uniform(f"{iteration}/{step}/alpha", self.batch_size)

    def orders(self):
        """{name: entries} of the shuffled orders of the tasks, as they follow in the graph."""
        blocks = {0: {}, 1: {"rotation": 4}, 2: {"rotation": 4, "mixture": 5}}[self.task]
        return {name: count * self.batch_size for name, count in blocks.items()}

    def order(self, name, iteration, step):
        """A shuffled order, int64 [entries]."""
        return replay.permutation(f"{iteration}/{step}/{name}", self.orders()[name])
