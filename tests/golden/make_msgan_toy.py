"""Prints the numbers of tests/methods/toys/test_msgan_toy.py, with the original's own functions.

    python tests/golden/make_msgan_toy.py --original_dir FOLDER

FOLDER is a checkout of github.com/rmermin/msgan.pytorch; needs NumPy and PyTorch (CPU; install it
separately). train_distgan and train_wgangp of distgan_toy1d/functions.py run unmodified for STEPS
iterations, one after the other on the same networks as in its train.py; what they import for
pictures is left out, and weights and draws are known ones.
"""

import argparse
import itertools
import json
import pathlib
import re
import sys
import types

import numpy as np
import torch

BATCH, STEPS, RATE = 64, 101, 0.001
LOGGED = (0, 50, 100)


def uniform(shape, key):
    """As in tests/methods/toys/toy_gan_runs.py."""
    place = np.arange(1, 1 + np.prod(shape), dtype=np.float64)
    hashed = np.abs(np.sin(12.9898 * place + 78.233 * (key + 1)) * 43758.5453)
    return (hashed % 1.0).astype(np.float32).reshape(shape)


class Bar:
    """Stands for tqdm: fewer iterations, and the printed lines are kept."""

    lines: list[str] = []

    def __init__(self, iterations):
        self.count = min(STEPS, len(iterations))

    def __iter__(self):
        return iter(range(self.count))

    @classmethod
    def write(cls, text):
        cls.lines.append(text)


def import_original(folder):
    """Its module `functions`."""
    names = ("seaborn", "tqdm", "matplotlib", "matplotlib.pyplot", "matplotlib.animation")
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["tqdm"].tqdm = Bar
    sys.modules["matplotlib.animation"].ImageMagickWriter = None
    sys.path.insert(0, str(folder / "distgan_toy1d"))
    import functions

    for name in names:
        # PyTorch looks for tqdm later.
        del sys.modules[name]
    return functions


def network():
    """1 - 4 - 1 with ReLU, as in train.py, with the weights of `toy_gan_runs.fill`."""
    layers = [torch.nn.Linear(1, 4), torch.nn.Linear(4, 1)]
    for key, layer in enumerate(layers):
        limit = np.sqrt(6.0 / sum(layer.weight.shape))
        weight = limit * (2.0 * uniform(layer.weight.T.shape, key) - 1.0)
        bias = 0.1 * (2.0 * uniform(layer.bias.shape, 1000 + key) - 1.0)
        layer.weight.data = torch.tensor(weight.T, dtype=torch.float32)
        layer.bias.data = torch.tensor(bias, dtype=torch.float32)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])


def numbers():
    lines = [list(map(float, re.findall(r": (-?[\d.]+)\]", line))) for line in Bar.lines]
    Bar.lines.clear()
    return [lines[step] for step in LOGGED]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original_dir", type=pathlib.Path, required=True)
    functions = import_original(parser.parse_args().original_dir)
    np.random.seed(100)
    share = ((np.arange(BATCH) + 0.5) / BATCH)[:, None]
    functions.np.random.random = lambda shape: share.reshape(shape)
    generator, discriminator, encoder = network(), network(), network()

    def adam(*networks):
        parameters = itertools.chain(*(each.parameters() for each in networks))
        return torch.optim.Adam(parameters, RATE, (0.5, 0.9))

    arguments = types.SimpleNamespace(train_batch_size=BATCH, print_freq=1, inter_gif=50)
    pictures = types.SimpleNamespace(plot_progress=lambda net: None)
    players = adam(generator), adam(discriminator)
    auto_encoder = adam(encoder, generator), adam(encoder, generator)
    networks = generator, discriminator
    functions.train_distgan(arguments, *networks, encoder, *players, *auto_encoder, pictures)
    found = {"distgan": numbers()}
    latents = torch.tensor(-2 + 4 * uniform((8, 1), 6000))
    found["made"] = [generator(latents)[:3, 0].tolist()]
    functions.train_wgangp(arguments, *networks, *players, pictures)
    found["wgangp"] = numbers()
    found["made"].append(generator(latents)[:3, 0].tolist())
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
