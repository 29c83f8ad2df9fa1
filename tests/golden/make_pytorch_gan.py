"""Makes the golden numbers of PyTorch-GAN's pair: pytorch_gan.npz.

    python tests/golden/make_pytorch_gan.py --out FOLDER

PyTorch's own layers, losses and Adam in float64 on the CPU (install it separately, amnat does not
depend on it); pytorch_gan_cases.py has the inputs. Keys of the file: <case>/losses [2, 2], of the
discriminator (with its penalty) and the generator before their updates, <case>/after, all variables
after the last iteration (`flat`), and first/images, first/logits of the first generated batch.
"""

import argparse
import pathlib

import numpy as np
import pytorch_gan_cases as cases
import torch
from torch import nn
from torch.nn import functional

# TensorFlow holds the slope in float32 whatever the dtype of the tensor.
SLOPE = float(np.float32(0.2))


class Generator(nn.Module):
    def __init__(self, epsilon):
        super().__init__()
        sizes = [cases.LATENT, *cases.GENERATOR]
        steps = []
        for i, (inputs, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
            steps.append((f"linear{i}", nn.Linear(inputs, units)))
            if i:
                steps.append((f"bn{i}", nn.BatchNorm1d(units, eps=epsilon)))
            steps.append((f"slope{i}", nn.LeakyReLU(SLOPE)))
        steps += [("linear", nn.Linear(sizes[-1], int(np.prod(cases.IMAGE)))), ("tanh", nn.Tanh())]
        self.steps = nn.Sequential()
        for name, step in steps:
            self.steps.add_module(name, step)

    def forward(self, z):
        # One channel: channels first or last is the same order.
        return self.steps(z).reshape(-1, *cases.IMAGE)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [int(np.prod(cases.IMAGE)), *cases.DISCRIMINATOR]
        self.steps = nn.Sequential()
        for i, (inputs, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
            self.steps.add_module(f"linear{i}", nn.Linear(inputs, units))
            self.steps.add_module(f"slope{i}", nn.LeakyReLU(SLOPE))
        self.steps.add_module("linear", nn.Linear(sizes[-1], 1))

    def forward(self, images):
        return self.steps(images.flatten(1))


def named_parameters(networks):
    """{'generator/linear0/w': (parameter, whether it is transposed)}."""
    names = {"weight": "w", "bias": "b"}
    norm_names = {"weight": "scale", "bias": "offset"}
    found = {}
    for prefix, network in networks.items():
        for name, layer in network.steps.named_children():
            for kind, parameter in layer.named_parameters():
                is_norm = isinstance(layer, nn.BatchNorm1d)
                suffix = (norm_names if is_norm else names)[kind]
                found[f"{prefix}/{name}/{suffix}"] = parameter, suffix == "w"
    return found


def bce(logits, target):
    return nn.BCEWithLogitsLoss()(logits, torch.full_like(logits, target))


def half_mse(logits, target):
    return 0.5 * functional.mse_loss(logits, torch.full_like(logits, target))


class Trainer:
    def __init__(self, config):
        self.config = config
        self.generator = Generator(config["batch_norm_epsilon"]).double()
        self.discriminator = Discriminator().double()
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        self.parameters = named_parameters(networks)
        values = cases.initial_variables()
        assert set(values) == set(self.parameters)
        with torch.no_grad():
            for name, (parameter, transposed) in self.parameters.items():
                value = torch.tensor(values[name])
                parameter.copy_(value.T if transposed else value)
        self.optimizers = {
            name: torch.optim.Adam(
                network.parameters(), cases.RATE, (cases.BETA1, cases.BETA2), cases.EPSILON
            )
            for name, network in networks.items()
        }

    def discriminator_loss(self, real, fake):
        target = self.config["real_target"]
        r, f = self.discriminator(real), self.discriminator(fake)
        relative = r - f.mean(), f - r.mean()
        kind = self.config["loss"]
        parts = {
            "minimax": lambda: bce(r, target) + bce(f, 0.0),
            "non_saturating": lambda: bce(r, target) + bce(f, 0.0),
            "least_squares": lambda: half_mse(r, target) + half_mse(f, 0.0),
            "wasserstein": lambda: f.mean() - r.mean(),
            "hinge": lambda: functional.relu(1 - r).mean() + functional.relu(1 + f).mean(),
            "relativistic_average": lambda: bce(relative[0], target) + bce(relative[1], 0.0),
            "relativistic_least_squares": lambda: (
                half_mse(relative[0], target) + half_mse(relative[1], -1.0)
            ),
            "relativistic_least_squares_competitive": lambda: (
                half_mse(relative[0], target) + half_mse(relative[1], 0.0)
            ),
        }
        return self.config["scale"] * parts[kind]()

    def generator_loss(self, real, fake):
        f = self.discriminator(fake)
        r = self.discriminator(real).detach()
        relative = r - f.mean(), f - r.mean()
        parts = {
            "minimax": lambda: -bce(f, 0.0),
            "non_saturating": lambda: bce(f, 1.0),
            "least_squares": lambda: half_mse(f, 1.0),
            "wasserstein": lambda: -f.mean(),
            "hinge": lambda: -f.mean(),
            "relativistic_average": lambda: bce(relative[1], 1.0) + bce(relative[0], 0.0),
            "relativistic_least_squares": lambda: (
                half_mse(relative[1], 1.0) + half_mse(relative[0], -1.0)
            ),
            "relativistic_least_squares_competitive": lambda: (
                half_mse(relative[1], 1.0) + half_mse(relative[0], 0.0)
            ),
        }
        return parts[self.config["loss"]]()

    def penalty(self, real, fake, alpha, offset):
        if self.config["penalty"] == "none":
            return 0.0
        alpha = alpha.reshape(-1, 1, 1, 1)
        if self.config["penalty"] == "dragan":
            points = real + alpha * 0.5 * real.std() * offset
        else:
            points = alpha * fake + (1 - alpha) * real
        points = points.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.discriminator(points).sum(), points, create_graph=True)
        excess = slope.flatten(1).norm(2, dim=1) - 1
        return self.config["penalty_weight"] * (excess**2).mean()

    def step(self, name, loss):
        self.optimizers[name].zero_grad()
        loss.backward()
        self.optimizers[name].step()
        return loss.item()

    def update_generator(self, real, draws):
        fake = self.generator(draws["g0/latent"])
        return self.step("generator", self.generator_loss(real, fake)), fake.detach()

    def update_discriminator(self, number, real, fake, draws):
        if fake is None:
            fake = self.generator(draws[f"d{number}/latent"]).detach()
        loss = self.discriminator_loss(real, fake) + self.penalty(
            real, fake, draws[f"d{number}/penalty/alpha"], draws[f"d{number}/penalty/offset"]
        )
        value = self.step("discriminator", loss)
        if self.config["clip"]:
            for parameter in self.discriminator.parameters():
                parameter.data.clamp_(-self.config["clip"], self.config["clip"])
        return value

    def iterate(self, iteration):
        draws = {k: torch.tensor(v) for k, v in cases.draws(self.config, iteration).items()}
        real = torch.tensor(cases.real_images(iteration, self.config["d_steps"]))
        g_loss = fake = None
        if self.config["order"] == "generator_first":
            g_loss, fake = self.update_generator(real[0], draws)
        for number in range(self.config["d_steps"]):
            shown = fake if number == 0 else None
            d_loss = self.update_discriminator(number, real[number], shown, draws)
        if g_loss is None:
            g_loss, _ = self.update_generator(real[0], draws)
        return d_loss, g_loss

    def run(self):
        losses = [self.iterate(iteration) for iteration in range(cases.ITERATIONS)]
        after = {
            name: (p.T if transposed else p).detach().numpy()
            for name, (p, transposed) in self.parameters.items()
        }
        return {"losses": np.array(losses), "after": cases.flat(after)}


def first_batch():
    trainer = Trainer(cases.DEFAULTS)
    images = trainer.generator(torch.tensor(cases.draws(cases.DEFAULTS, 0)["g0/latent"]))
    logits = trainer.discriminator(images)
    return {"first/images": images.detach().numpy(), "first/logits": logits.detach().numpy()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the result")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    arrays = {
        f"{name}/{key}": value
        for name in cases.CASES
        for key, value in Trainer(cases.config_of(name)).run().items()
    }
    np.savez_compressed(out / "pytorch_gan.npz", **arrays, **first_batch())


if __name__ == "__main__":
    main()
