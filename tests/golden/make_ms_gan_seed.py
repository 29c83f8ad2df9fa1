"""Makes the golden numbers of rmermin/msgan.pytorch with its own training function.

    python tests/golden/make_ms_gan_seed.py --original_dir FOLDER --out FOLDER

FOLDER is a checkout of github.com/rmermin/msgan.pytorch; needs PyTorch (CPU; install it
separately). functions.train runs unmodified: its draws are given, what it imports besides is left
out, and tensors of CUDA are those of the CPU. It takes a gradient through weights that have changed
since, which PyTorch refuses today; what that gives is no loss's gradient, so each case has one of
the two optimizers of the auto-encoder at rest. README.md beside this file says what the results
hold.
"""

import argparse
import json
import pathlib
import sys
import types

import ms_gan_cases as cases
import numpy as np
import torch

SHAPE, LATENT, WIDTH = (32, 32, 3), 128, 2
# Of the generator's dense layer.
UNITS = 4 * 4 * 2 * WIDTH
RATE, NUM_ITERATIONS = 1e-4, 8


def import_original(folder):
    """Its modules `functions` and `models`."""
    for name in ("imageio", "torchvision", "torchvision.utils", "torchvision.transforms"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["imageio"].imsave = None
    sys.modules["torchvision.utils"].save_image = None
    for name in ("torchvision.transforms.functional", "pytorch_fid", "pytorch_fid.fid_score"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["torchvision.transforms.functional"].rotate = None
    sys.modules["pytorch_fid.fid_score"].calculate_fid_given_paths = None
    torch.cuda.FloatTensor, torch.cuda.LongTensor = torch.FloatTensor, torch.LongTensor
    sys.path.insert(0, str(folder))
    import functions
    import models

    return functions, models


class Draws:
    """Stands for numpy.random in the original; draws of one iteration in its order."""

    def __init__(self):
        self.calls = []

    def begin(self, iteration):
        given = {player: cases.seed_inputs(iteration, player) for player in cases.PLAYERS}
        self.latents = [given[player]["latents"] for player in self.players]
        self.orders = [given["d0"]["mixture"], given["g0"]["rotation"]]
        self.alpha = given["d0"]["alpha"]

    def uniform(self, low, high, shape):
        return self.latents.pop(0)

    def random(self, shape):
        return self.alpha.reshape(shape)

    def shuffle(self, order):
        order[:] = np.argsort(self.orders.pop(0), kind="stable")


class Unnoticed(torch.optim.Adam):
    """Adam, whose changes PyTorch's check for changed weights does not see."""

    def step(self):
        parameters = tuple(self.param_groups[0]["params"])
        with torch.autograd._unsafe_preserve_version_counter(parameters):
            super().step()


class Resting:
    """An optimizer that changes nothing."""

    param_groups = ()

    def step(self):
        """Nothing."""


class Scalars(list):
    """Takes what the original logs."""

    def add_scalar(self, name, value, step):
        self.append((name, value))


def fill(network, seed):
    """Initial values, in the order of the original's TensorFlow twin."""
    values = cases.Fill(seed)
    for module in ordered(network):
        if isinstance(module, torch.nn.BatchNorm2d):
            assign(module.bias, values("offset", tuple(module.bias.shape)))
            assign(module.weight, values("scale", tuple(module.weight.shape)))
            continue
        if isinstance(module, torch.nn.Conv2d):
            out, inputs, height, width = module.weight.shape
            kernel = values("kernel", (height, width, inputs, out)).transpose(3, 2, 0, 1)
        else:
            kernel = dense_kernel(module, values)
        assign(module.weight, kernel)
        if module.bias is not None:
            bias = values("bias", tuple(module.bias.shape))
            if isinstance(module, torch.nn.Linear) and len(bias) == UNITS:
                bias = bias.reshape(4, 4, 2 * WIDTH).transpose(2, 0, 1).ravel()
            assign(module.bias, bias)


def dense_kernel(module, values):
    """Flattened maps are channels first in PyTorch, and last in the numbers."""
    out, inputs = module.weight.shape
    kernel = values("kernel", (inputs, out))
    wide, sizes = 2 * WIDTH, {LATENT: (4, 2 * WIDTH), 5: (8, WIDTH)}
    if out == UNITS:
        kernel = kernel.reshape(inputs, 4, 4, wide).transpose(0, 3, 1, 2).reshape(inputs, out)
    elif out in sizes:
        side, channels = sizes[out]
        kernel = kernel.reshape(side, side, channels, out).transpose(2, 0, 1, 3)
        kernel = kernel.reshape(inputs, out)
    return kernel.T


def assign(parameter, value):
    with torch.no_grad():
        parameter.copy_(torch.tensor(np.ascontiguousarray(value)))


def ordered(network):
    """Layers in the order of TensorFlow's, block by block; the activations have no order."""
    names = {"GenBlock": "b1 c1 b2 c2 c_sc", "EncBlock": "b1 c1 b2 c2 c_sc"}
    names |= {"OptimizedDisBlock": "c1 c2 c_sc", "DisBlock": "c1 c2 c_sc"}
    for child in network.children():
        blocks = names.get(type(child).__name__)
        if blocks:
            found = [getattr(child, name, None) for name in blocks.split()]
            yield from (layer for layer in found if layer is not None)
        elif isinstance(child, torch.nn.Conv2d | torch.nn.Linear | torch.nn.BatchNorm2d):
            yield child


def run(functions, models, case):
    config = types.SimpleNamespace(
        bottom_width=4,
        gf_dim=2 * WIDTH,
        df_dim=WIDTH,
        ef_dim=2 * WIDTH,
        latent_dim=LATENT,
        lambda_d=0.5,
        lambda_g=0.1,
        num_iter=NUM_ITERATIONS,
        print_freq=100,
        num_epochs=1,
    )
    networks = [models.Encoder(config), models.Generator(config), models.Discriminator(config)]
    for seed, network in enumerate(networks):
        fill(network, seed)
    encoder, generator, discriminator = networks
    both = [*encoder.parameters(), *generator.parameters()]
    adam = {"lr": RATE, "betas": (0.0, 0.9)}
    reconstructs = case == "reconstruction"
    recon = Unnoticed(both, **adam) if reconstructs else Resting()
    reg = Resting() if reconstructs else torch.optim.Adam(both, **adam)
    players = (
        torch.optim.Adam(generator.parameters(), **adam),
        torch.optim.Adam(discriminator.parameters(), **adam),
    )
    draws, logged = Draws(), []
    draws.players = cases.PLAYERS
    functions.np = types.SimpleNamespace(
        random=draws, arange=np.arange, sqrt=np.sqrt, float32=np.float32
    )
    functions.tqdm.write = lambda text: None
    for iteration in range(cases.ITERATIONS):
        draws.begin(iteration)
        images = cases.seed_inputs(iteration, "e0")["images"].transpose(0, 3, 1, 2)
        loader = [(torch.tensor(np.ascontiguousarray(images)), None)]
        # It begins beyond the middle, where reconstructions have lost weight.
        writer = {"writer": Scalars(), "train_global_steps": NUM_ITERATIONS // 2 + 1 + iteration}
        functions.train(
            *(config, generator, discriminator, encoder, *players, recon, reg, loader, 0, writer)
        )
        logged.append(dict(writer["writer"]))
    return {
        "losses": {name: [float(row[name]) for row in logged] for name in logged[0]},
        "variable_norms": [
            sorted(float(p.detach().norm()) for p in network.parameters()) for network in networks
        ],
        "parameters": [sum(p.numel() for p in network.parameters()) for network in networks],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original_dir", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="for ms_gan_seed.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    original = import_original(options.original_dir.resolve())
    golden = {case: run(*original, case) for case in ("reconstruction", "regulariser")}
    path = options.out / "ms_gan_seed.json"
    path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
