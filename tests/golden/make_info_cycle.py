"""Makes the golden iterations of InfoGAN and of the translator by one InfoGAN: info_cycle.json.

    python tests/golden/make_info_cycle.py --out FOLDER

PyTorch's own layers, losses, autograd, clipping and Adam in float64 on the CPU (install it
separately, amnat does not depend on it); info_cycle_cases.py has the inputs. Per case: `logs`,
{name: [of each iteration]}, and `after`, {variable: [sum, norm]} after the last.
"""

import argparse
import json
import pathlib

import info_cycle_cases as cases
import info_cycle_networks as networks
import make_sim_gan
import numpy as np
import torch
from torch.nn import functional


def channels_first(images):
    return torch.tensor(images).permute(0, 3, 1, 2)


def one_hot(labels, count):
    return functional.one_hot(torch.tensor(labels), count).double()


def half_square(values, target):
    return 0.5 * functional.mse_loss(values, torch.full_like(values, target))


def cross_entropy(values, target):
    loss = functional.binary_cross_entropy_with_logits
    return loss(values, torch.full_like(values, target))


def relative(fake, real):
    f, r = fake.mean(1), real.mean(1)
    return f - r.mean(), r - f.mean()


def generator_loss(name, fake, real, ranges):
    if name == "sim":
        return make_sim_gan.sim_generator(torch.sigmoid(fake), torch.sigmoid(real), ranges)
    if name == "least_squares":
        return 2 * half_square(fake, 1.0)
    if name == "non_saturating":
        return cross_entropy(fake, 1.0)
    f, r = relative(fake, real.detach())
    return half_square(f, 1.0) + half_square(r, -1.0)


def critic_loss(name, fake, real, ranges):
    if name == "sim":
        return make_sim_gan.sim_critic(torch.sigmoid(fake), torch.sigmoid(real), ranges)
    if name == "least_squares":
        return half_square(real, 1.0) + half_square(fake, 0.0)
    if name == "non_saturating":
        return cross_entropy(real, 1.0) + cross_entropy(fake, 0.0)
    f, r = relative(fake, real)
    return half_square(r, 1.0) + half_square(f, -1.0)


class Trainer:
    """What both models do: steps, the information loss, the penalty."""

    def __init__(self, config):
        self.config = config
        self.variables = networks.Variables()

    def make_optimizers(self):
        self.parameters = {
            "generator": self.variables.of("generator"),
            "info": list(self.variables.values()),
        }
        for number in range(self.config.get("critics", 1)):
            self.parameters[f"critic{number}"] = self.variables.of(f"critic{number}")
        self.optimizers = {
            name: torch.optim.Adam(
                parameters, cases.RATE, (cases.BETA1, cases.BETA2), cases.EPSILON
            )
            for name, parameters in self.parameters.items()
        }

    def gradients(self, player, loss):
        parameters = self.parameters[player]
        found = torch.autograd.grad(loss, parameters, allow_unused=True)
        return [
            torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)
        ]

    def apply(self, player, gradients):
        for parameter, gradient in zip(self.parameters[player], gradients, strict=True):
            parameter.grad = gradient
        if self.config.get("clip"):
            torch.nn.utils.clip_grad_norm_(self.parameters[player], self.config["clip"])
        self.optimizers[player].step()

    def step(self, player, loss):
        self.apply(player, self.gradients(player, loss))
        return loss.item()

    def label_loss(self, logits, labels):
        values = torch.softmax(logits, 1) if self.config["double_softmax"] else logits
        return functional.cross_entropy(values, torch.tensor(labels))

    def update_information(self, outputs, labels, space, truth):
        _, estimate, logits = outputs
        distance = functional.mse_loss if self.config.get("squared_space") else functional.l1_loss
        logs = {
            "loss_info_label": self.label_loss(logits, labels),
            "loss_info_space": distance(estimate, space),
        }
        total = self.config["label_weight"] * logs["loss_info_label"]
        total = total + self.config["space_weight"] * logs["loss_info_space"]
        if self.config["truth_weight"]:
            logs["loss_info_truth"] = self.label_loss(*truth)
            total = total + self.config["truth_weight"] * logs["loss_info_truth"]
        self.step("info", total)
        return {k: v.item() for k, v in logs.items()} | {"loss_info_total": total.item()}

    def update_penalty(self, number, critic, real, offset, share):
        if not self.config["penalty_weight"]:
            return {}
        offset = channels_first(offset)
        share = torch.tensor(share).reshape(-1, 1, 1, 1)
        points = (real + share * 0.5 * real.std() * offset).detach().requires_grad_()
        values = critic(points)[0]
        if self.config["critic_loss"] == "sim":
            values = torch.sigmoid(values)
        (slope,) = torch.autograd.grad(values.sum(), points, create_graph=True)
        penalty = ((slope.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
        self.step(f"critic{number}", self.config["penalty_weight"] * penalty)
        return {"loss_dis_gp": penalty.item()}

    def run(self):
        found = [self.iterate(iteration) for iteration in range(cases.ITERATIONS)]
        after = {
            name: cases.summary(value.detach().numpy()) for name, value in self.variables.items()
        }
        return {"logs": {k: [logs[k] for logs in found] for k in found[0]}, "after": after}


class Translator(Trainer):
    def __init__(self, case):
        super().__init__(cases.translator(case))
        self.case = case
        domains = self.config["domains"]
        self.generators = [
            networks.translator(self.variables, i) for i in range(self.config["generators"])
        ]
        self.critics = [
            networks.patch_critic(self.variables, i, domains) for i in range(self.config["critics"])
        ]
        nothing = torch.zeros(1, 1, *cases.IMAGE[:2], dtype=torch.float64)
        codes = torch.zeros(1, cases.SPACE).double(), torch.zeros(1, domains).double()
        for network in self.generators:
            network(nothing, *codes)
        for network in self.critics:
            network(nothing)
        self.make_optimizers()

    def translate(self, images, space, labels):
        """Row k by generator k, counted around."""
        labels = one_hot(labels, self.config["domains"])
        count = len(self.generators)
        found = [
            self.generators[k % count](images[k : k + 1], space[k : k + 1], labels[k : k + 1])
            for k in range(len(images))
        ]
        return torch.cat(found)

    def block_sizes(self, cut):
        domains, size = self.config["domains"], cases.BATCH
        if self.config["as_published"]:
            second = size // 4 + int(cut[0] * (size - 2 * (size // 4)))
            return [size - second, second]
        bars = sorted(np.argsort(cut, kind="stable")[: domains - 1])
        sizes, block = [cases.least_per_block(self.config)] * domains, 0
        for place in range(len(cut)):
            if place in bars:
                block += 1
            else:
                sizes[block] += 1
        return sizes

    def rows(self, sizes, uniform):
        found = []
        for block, size in enumerate(sizes):
            chosen = np.argsort(uniform[block], kind="stable")[:size]
            found += [block * cases.PER_DOMAIN + row for row in chosen]
        return found

    def iterate(self, iteration):
        config, domains = self.config, self.config["domains"]
        draws = cases.translator_draws(self.case, iteration)
        sources = channels_first(cases.rollout_images(self.case, iteration))
        shift = 1 if domains == 2 else 1 + int(draws["rollout/shift"] * (domains - 1))
        source_labels = np.repeat(np.arange(domains), cases.PER_DOMAIN)
        targets = (source_labels + shift) % domains
        where = (np.arange(len(targets)) + shift * cases.PER_DOMAIN) % len(targets)
        real = sources[torch.tensor(where)]
        space = torch.tensor(draws["rollout/space"]) * 2 - 1
        prefix = "rollout/" if config["mode"] == "replay" else ""
        sizes = self.block_sizes(draws[f"{prefix}cut"])
        rows = self.rows(sizes, draws[f"{prefix}source_rows"])
        pairs = self.rows(sizes, draws["real_rows"]) if config["mode"] != "pair" else rows
        ends = np.cumsum([0, *sizes])
        if config["as_published"]:
            ends[-1] -= 1
        self.ranges = [(a, b) for a, b in zip(ends, ends[1:], strict=False) if b > a]
        part = (sources[rows], source_labels[rows], targets[rows], real[pairs], space[rows])
        found = [self.update_players(i, part, draws) for i in range(len(self.critics))]
        for number, (critic, logs) in enumerate(zip(self.critics, found, strict=True)):
            outputs = critic(self.translate(sources, space, targets))
            truth = (critic(real)[2], targets)
            logs |= self.update_information(outputs, targets, space, truth)
            penalty = (draws[f"info{number}/penalty/{name}"] for name in ("offset", "share"))
            logs |= self.update_penalty(number, critic, real, *penalty)
        return {name: float(np.mean([logs[name] for logs in found])) for name in found[0]}

    def generator_terms(self, number, part):
        sources, source_labels, targets, real, space = part
        generator = self.generators[number % len(self.generators)]
        count = self.config["domains"]
        fake = self.translate(sources, space, targets)
        critic = self.critics[number]
        name = self.config["generator_loss"]
        gan = generator_loss(name, critic(fake)[0], critic(real)[0], self.ranges)
        identity = functional.l1_loss(generator(real, space, one_hot(targets, count)), real)
        back = generator(fake, space, one_hot(source_labels, count))
        cycle = functional.l1_loss(back, sources)
        total = (
            gan + self.config["identity_weight"] * identity + self.config["cycle_weight"] * cycle
        )
        names = ("loss_gen_gan", "loss_gen_identity", "loss_gen_cycle", "loss_gen_total")
        values = (gan, identity, cycle, total)
        return total, fake.detach(), {k: v.item() for k, v in zip(names, values, strict=True)}

    def update_players(self, number, part, draws):
        config, critic = self.config, self.critics[number]
        total, fake, logs = self.generator_terms(number, part)
        gradients = self.gradients("generator", total)
        for step in range(config["critic_steps"]):
            rows, ranges = np.arange(cases.BATCH), self.ranges
            if config["critic_batch"] < cases.BATCH:
                uniform = draws[f"critic{number}/d{step}/rows"]
                # Ranges need the rows in order; the loss does not depend on it.
                rows = np.sort(np.argsort(uniform, kind="stable")[: config["critic_batch"]])
                kept = [np.flatnonzero((rows >= a) & (rows < b)) for a, b in ranges]
                ranges = [(k[0], k[-1] + 1) for k in kept if len(k)]
            loss = critic_loss(
                config["critic_loss"], critic(fake[rows])[0], critic(part[3][rows])[0], ranges
            )
            self.step(f"critic{number}", loss)
            logs |= {"loss_dis_gan": loss.item(), "loss_dis_total": loss.item()}
        if config["gradient_after"]:
            total, _, _ = self.generator_terms(number, part)
            gradients = self.gradients("generator", total)
        self.apply("generator", gradients)
        return logs


class InfoGAN(Trainer):
    def __init__(self, case):
        super().__init__(cases.infogan(case))
        self.generator = networks.infogan_generator(self.variables, self.config["epsilon"])
        self.critic = networks.infogan_critic(self.variables, self.config["epsilon"])
        self.critic(self.generate(cases.infogan_draws(0), "g0")[0])
        self.make_optimizers()

    def generate(self, draws, prefix):
        """(images, labels, code)."""
        labels = np.floor(draws[f"{prefix}/label"] * cases.LABELS).astype(int)
        noise, code = (torch.tensor(draws[f"{prefix}/{name}"]) for name in ("latent", "code"))
        code = code * 2 - 1
        return self.generator(noise, one_hot(labels, cases.LABELS), code), labels, code

    def iterate(self, iteration):
        images, classes = cases.infogan_batch(iteration)
        real, draws = channels_first(images), cases.infogan_draws(iteration)
        fake, _, _ = self.generate(draws, "g0")
        name = self.config["generator_loss"]
        g_loss = self.step("generator", generator_loss(name, self.critic(fake)[0], None, None))
        fake = fake.detach()
        loss = critic_loss(
            self.config["critic_loss"], self.critic(fake)[0], self.critic(real)[0], None
        )
        d_loss = self.step("critic0", loss)
        logs = {"loss_gen_gan": g_loss, "loss_dis_gan": d_loss}
        fake, labels, code = self.generate(draws, "i0")
        truth = (self.critic(real)[2], classes.astype(int))
        return logs | self.update_information(self.critic(fake), labels, code, truth)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the result")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    found = {name: Translator(name).run() for name in cases.TRANSLATOR_CASES}
    found |= {name: InfoGAN(name).run() for name in cases.INFOGAN_CASES}
    (out / "info_cycle.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
