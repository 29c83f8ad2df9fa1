"""Makes the golden numbers of gan-intro and its negative-aware form: gan_intro.npz.

    python tests/golden/make_gan_intro.py --out FOLDER

An independent float64 program in PyTorch (CPU is enough; install it separately, amnat does not
depend on it); gan_intro_cases.py has its inputs. Keys of the file: <case>/losses [5, 2], of the
discriminator and the generator before their updates, and <case>/after/<variable> after the five
iterations.

AYLIEN/gan-intro's own `GAN` class (gan.py), run unchanged under tf.compat.v1 in float32 on the same
inputs with RATE, BETA1, BETA2 and EPSILON in its optimizer, gave the losses of the cases `gan`,
`gan_minibatch` and `gan_clamped` to 7e-7 and the variables to 8e-7, but for minibatch/b, whose
gradient is rounding that Adam enlarges.
"""

import argparse
import pathlib

import gan_intro_cases as cases
import numpy as np
import torch

SMALLEST = 1e-5


class Adam:
    """TensorFlow 1's: epsilon is added to the root of the uncorrected second moment."""

    def __init__(self, variables):
        self.variables = variables
        self.moments = [(torch.zeros_like(v), torch.zeros_like(v)) for v in variables]
        self.step = 0

    def minimize(self, loss):
        gradients = torch.autograd.grad(loss, self.variables)
        self.step += 1
        correction = (1 - cases.BETA2**self.step) ** 0.5 / (1 - cases.BETA1**self.step)
        with torch.no_grad():
            for v, (m, s), g in zip(self.variables, self.moments, gradients, strict=True):
                m.mul_(cases.BETA1).add_((1 - cases.BETA1) * g)
                s.mul_(cases.BETA2).add_((1 - cases.BETA2) * g * g)
                v.sub_(cases.RATE * correction * m / (s.sqrt() + cases.EPSILON))


class Trainer:
    def __init__(self, config):
        self.config = config
        self.variables = {
            name: torch.tensor(value, requires_grad=True)
            for name, value in cases.initial_variables(config).items()
        }
        self.players = {
            player: Adam([v for name, v in self.variables.items() if name.startswith(player)])
            for player in ("generator", "discriminator")
        }

    def linear(self, x, name):
        return x @ self.variables[f"{name}/w"] + self.variables[f"{name}/b"]

    def generate(self, uniform):
        z = np.linspace(-8.0, 8.0, cases.BATCH)[:, None] + 0.01 * uniform
        hidden = torch.log1p(torch.exp(self.linear(torch.tensor(z), "generator/g0")))
        return self.linear(hidden, "generator/g1")

    def logits(self, x):
        h = torch.relu(self.linear(x, "discriminator/d0"))
        h = torch.relu(self.linear(h, "discriminator/d1"))
        if self.config["minibatch"]:
            m = self.linear(h, "discriminator/minibatch")
            m = m.reshape(len(x), cases.KERNELS, cases.KERNEL_DIM)
            # Summed over the samples that each is compared with, itself included.
            distances = (m[:, None] - m[None]).abs().sum(3)
            h = torch.cat([h, torch.exp(-distances).sum(1)], 1)
        else:
            h = torch.relu(self.linear(h, "discriminator/d2"))
        return self.linear(h, "discriminator/d3")

    def term(self, x, real):
        """-log D, or -log(1 - D)."""
        logits = self.logits(x)
        if not self.config["clamp"]:
            return torch.logaddexp(torch.zeros_like(logits), -logits if real else logits).mean()
        probability = 1 / (1 + torch.exp(-logits))
        if not real:
            probability = 1 - probability
        return -torch.log(torch.clamp(probability, min=SMALLEST)).mean()

    def discriminator_loss(self, iteration, draws):
        config = self.config
        kinds = [self.generate(draws["d0/latent"])]
        weights = [1.0]
        if iteration % config["negatives_every"] == 0:
            for index, (mean, stddev) in enumerate(config["negatives"]):
                points = np.sort(mean + stddev * draws[f"d0/n{index}/points"], axis=0)
                kinds.append(torch.tensor(points))
                weights.append(config["negative_weight"])
        terms = [w * self.term(x, False) for w, x in zip(weights, kinds, strict=True)]
        false_term = sum(terms) / sum(weights)
        real_term = self.term(torch.tensor(cases.real_points(iteration)), True)
        return real_term + config["fake_term_weight"] * false_term

    def run(self):
        losses = []
        for iteration in range(cases.ITERATIONS):
            draws = cases.draws(self.config, iteration)
            d_loss = self.discriminator_loss(iteration, draws)
            self.players["discriminator"].minimize(d_loss)
            g_loss = self.term(self.generate(draws["g0/latent"]), True)
            self.players["generator"].minimize(g_loss)
            losses.append([d_loss.item(), g_loss.item()])
        after = {f"after/{name}": v.detach().numpy() for name, v in self.variables.items()}
        return {"losses": np.array(losses)} | after


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for gan_intro.npz")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    arrays = {
        f"{name}/{key}": value
        for name in cases.CASES
        for key, value in Trainer(cases.config_of(name)).run().items()
    }
    np.savez_compressed(out / "gan_intro.npz", **arrays)


if __name__ == "__main__":
    main()
