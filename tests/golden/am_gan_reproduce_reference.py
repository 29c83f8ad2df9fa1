"""Networks, losses and iterations of AM-GANs-for-reproduce in PyTorch float64, for golden numbers.

Written from the behaviour of its code/model.py and code/ops_wn.py, not from amnat. Losses are
spelled out as the original has them: cross-entropies over two logits and over K, with explicit
target distributions. Layers come from am_gan_reference.py.
"""

import am_gan_iterations
import am_gan_reference as reference
import am_gan_reproduce_cases as cases
import numpy as np
import torch

LOG_GUARD = 1e-8


def generate(config, v, latents):
    act = reference.ACTIVATIONS["lrelu"]
    size, filters = config["start"]
    h = reference.linear(latents, v, "generator/linear").reshape(-1, size, size, filters)
    h = h.permute(0, 3, 1, 2)
    for i, (_, stride) in enumerate(config["deconvs"]):
        h = act(reference.batch_norm(h, v, f"generator/bn{i}"))
        h = reference.deconv(h, v, f"generator/deconv{i}", stride)
    return reference.to_nhwc(torch.tanh(h))


def perturb(config, h, draws, i):
    if config["layer_noise"]:
        h = h * reference.to_nchw(draws[f"noise{i}/noise_multiply"])
    if config["drop_rate"]:
        keep = 1.0 - config["drop_rate"]
        h = h / keep * torch.floor(keep + reference.to_nchw(draws[f"dropout{i}"]))
    return h


def discriminate(config, v, images, draws):
    """Logits [N, K + 2]: classes, real, fake."""
    act = reference.ACTIVATIONS["lrelu"]
    h = reference.to_nchw(images + draws["noise_add"])
    for i, (_, stride) in enumerate(config["convs"]):
        h = reference.conv(h, v, f"discriminator/conv{i}", stride)
        h = perturb(config, act(reference.batch_norm(h, v, f"discriminator/bn{i}")), draws, i)
    if config["pooling"] == "none":
        h = reference.to_nhwc(h).reshape(len(h), -1)
    else:
        h = (h * h if config["pooling"] == "sqrpool" else h).mean(dim=[2, 3])
        h = perturb(config, h, draws, len(config["convs"]))
    return reference.linear(h, v, "discriminator/linear")


def cross_entropy(logits, targets):
    return -(targets * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()


def one_hot(labels, classes, confidence):
    targets = torch.full((len(labels), classes), (1.0 - confidence) / classes)
    targets[torch.arange(len(labels)), labels] += confidence
    return targets


def guarded_log(p, classes):
    return torch.log(p * (1.0 - classes * LOG_GUARD) + LOG_GUARD)


def excess(variables, role):
    parts = [v for name, v in variables.items() if name.startswith(role)]
    return sum(((v.abs().clamp(min=1.0) - 1.0) ** 2).sum() / 2 for v in parts)


class Heads:
    """The logits of one call, taken apart."""

    def __init__(self, config, logits):
        self.classes, self.real, fake = logits[:, :-2], logits[:, -2:-1], logits[:, -1:]
        two_real = self.classes.logsumexp(dim=1, keepdim=True) if config["lab"] else self.real
        self.two = torch.cat([two_real, fake if config["fake_logit"] else 0 * fake], dim=1)


def targets_of(config, latents, heads):
    if config["predefined"]:
        labels = latents[:, cases.NOISE :].argmax(dim=1)
    elif config["sharp_pow"]:
        return torch.softmax(heads.classes.detach() * config["sharp_pow"], dim=1)
    else:
        labels = heads.classes.detach().argmax(dim=1)
    return one_hot(labels, config["classes"], config["fk"])


def two_class_targets(config, is_real, count):
    p = config["f2"]
    return torch.tensor([[p, 1 - p] if is_real else [1 - p, p]]).expand(count, 2)


def discriminator_class_loss(config, real, labels, fake, targets):
    classes, f2 = config["classes"], config["f2"]
    even = torch.full((len(targets), classes), 1.0 / classes)
    if config["labelled"]:
        loss = f2 * cross_entropy(real.classes, one_hot(labels, classes, config["fk"]))
    else:
        p = torch.softmax(real.classes, dim=1)
        loss = -(p * guarded_log(p, classes)).sum(dim=1).mean()
        loss = loss + (p.mean(dim=0) * guarded_log(p.mean(dim=0), classes)).sum()
    if config["acgan"]:
        return loss + cross_entropy(fake.classes, targets)
    if config["even"]:
        return loss + cross_entropy(fake.classes, even)
    return loss + (1 - f2) * cross_entropy(fake.classes, even)


class Trainer:
    """Runs one case; `golden` gathers results."""

    def __init__(self, config):
        self.config = config
        initial = cases.initial_variables(config)
        self.variables = {key: torch.from_numpy(value.copy()) for key, value in initial.items()}
        adam = {"optimizer": "adam", "beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8}
        self.optimizers = {role: am_gan_iterations.Optimizer(adam) for role in "dg"}
        self.golden, self.series = {}, {}

    def record(self, key, value):
        value = value.detach() if torch.is_tensor(value) else value
        self.series.setdefault(key, []).append(np.asarray(value, np.float64))

    def call(self, v, images, draws, prefix):
        chosen = {k[len(prefix) :]: x for k, x in draws.items() if k.startswith(prefix)}
        return Heads(self.config, discriminate(self.config, v, images, chosen))

    def latents(self, draws, step):
        z = draws[f"{step}/latent"]
        if not self.config["predefined"]:
            return z
        labels = torch.floor(draws[f"{step}/label"] * self.config["classes"]).long()
        return torch.cat([z, one_hot(labels, self.config["classes"], 1.0)], dim=1)

    def update(self, role, step, v, loss, first):
        watched = {k: t for k, t in v.items() if t.requires_grad}
        gradients = torch.autograd.grad(
            loss, watched.values(), allow_unused=True, materialize_grads=True
        )
        gradients = dict(zip(watched, gradients, strict=True))
        if first:
            self.golden.update({f"gradients/{step}/{k}": g.numpy() for k, g in gradients.items()})
        optimizer = self.optimizers[role]
        rate = self.config["learning_rate"] * {"d": 2.0, "g": 1.0}[role]
        rate *= 0.5 ** (optimizer.count // self.config["rate_step"])
        optimizer.apply(self.variables, gradients, rate)

    def watched(self, role):
        return {k: v.clone().requires_grad_(k.startswith(role)) for k, v in self.variables.items()}

    def penalty(self, v, images, fake, draws, step):
        alpha = draws[f"{step}/penalty/alpha"].reshape(-1, 1, 1, 1)
        points = (images + alpha * (fake - images)).detach().requires_grad_(True)
        values = self.call(v, points, draws, f"{step}/penalty/").real
        slope = torch.autograd.grad(values.sum(), points, create_graph=True)[0]
        slopes = (slope**2).sum(dim=[1, 2, 3]).sqrt()
        return 10 * ((slopes - 1) ** 2).mean(), slopes.mean()

    def discriminator_step(self, step, draws, batch, first):
        config, v = self.config, self.watched("discriminator")
        images, labels = torch.from_numpy(batch[0]), torch.from_numpy(batch[1]).long()
        latents = self.latents(draws, step)
        images_fake = generate(config, v, latents)
        real = self.call(v, images, draws, f"{step}/real/")
        fake = self.call(v, images_fake, draws, f"{step}/fake/")
        targets, count = targets_of(config, latents, fake), len(labels)
        if config["wgan"]:
            loss = fake.real.mean() - real.real.mean()
        else:
            loss = cross_entropy(real.two, two_class_targets(config, True, count))
            loss = loss + cross_entropy(fake.two, two_class_targets(config, False, count))
        logs = {"loss_dis_gan": loss}
        if config["d_weight"]:
            classes = discriminator_class_loss(config, real, labels, fake, targets)
            logs["loss_dis_ac"] = classes
            loss = loss + config["d_weight"] * classes
        if config["penalty"]:
            logs["loss_dis_gp"], logs["slope_mean"] = self.penalty(
                v, images, images_fake, draws, step
            )
            loss = loss + logs["loss_dis_gp"]
        if config["decay"]:
            logs["loss_dis_decay"] = excess(v, "discriminator")
            loss = loss + config["decay"] * logs["loss_dis_decay"]
        logs["loss_dis_total"] = loss
        if config["labelled"]:
            logs["accuracy_real"] = (real.classes.argmax(dim=1) == labels).double().mean()
        self.update("d", step, v, loss, first)
        return logs | self.logit_logs(real, "real")

    def generator_step(self, draws, first):
        config, v = self.config, self.watched("generator")
        latents = self.latents(draws, "g0").requires_grad_(True)
        images = generate(config, v, latents)
        fake = self.call(v, images, draws, "g0/fake/")
        targets = targets_of(config, latents.detach(), fake)
        if config["wgan"]:
            loss = -fake.real.mean()
        else:
            loss = cross_entropy(fake.two, two_class_targets(config, True, len(targets)))
        logs = {"loss_gen_gan": loss}
        if config["ac"]:
            logs["loss_gen_ac"] = config["f2"] * cross_entropy(fake.classes, targets)
            loss = loss + config["g_weight"] * logs["loss_gen_ac"]
        if config["mode"]:
            modes = torch.softmax(fake.classes * 10000, dim=1).mean(dim=0)
            logs["loss_gen_mode"] = -guarded_log(modes, config["classes"]).mean()
            loss = loss + logs["loss_gen_mode"]
        if config["decay"]:
            logs["loss_gen_decay"] = excess(v, "generator")
            loss = loss + config["decay"] * logs["loss_gen_decay"]
        if config["slope"]:
            slopes = torch.autograd.grad(images.sum(), latents, create_graph=True)[0]
            logs["gen_slope"] = slopes[:, : cases.NOISE].abs().mean()
            loss = loss - config["slope"] * logs["gen_slope"]
        logs["loss_gen_total"] = loss
        normed = [
            x / x.norm(dim=1, keepdim=True) for x in (torch.softmax(fake.classes, 1), targets)
        ]
        logs["match_fake"] = (normed[0] * normed[1]).sum(dim=1).mean()
        self.update("g", "g0", v, loss, first)
        return logs | self.logit_logs(fake, "fake")

    def logit_logs(self, heads, kind):
        largest = torch.softmax(heads.classes, dim=1).max(dim=1).values.mean()
        if self.config["wgan"]:
            logs = {f"logit_{kind}_r2": heads.real.mean()}
        else:
            logs = {f"logit_{kind}_rsum": torch.softmax(heads.two, dim=1)[:, 0].mean()}
        return logs | {f"logit_{kind}_rmax": largest}

    def run(self):
        """Logs of all iterations, gradients of the first, variables after the last."""
        for iteration in range(cases.ITERATIONS):
            raw, batches = cases.step_inputs(self.config, iteration)
            draws = {k: torch.from_numpy(np.asarray(x, np.float64)) for k, x in raw.items()}
            logs = {}
            for step, batch in batches.items():
                logs |= self.discriminator_step(step, draws, batch, iteration == 0)
            logs |= self.generator_step(draws, iteration == 0)
            for key, value in logs.items():
                self.record(f"log/{key}", value)
        self.golden.update({f"after/{key}": v.numpy() for key, v in self.variables.items()})
        self.golden.update({key: np.stack(values) for key, values in self.series.items()})
        return self.golden


def initialization(config):
    """g and b of every layer after a data-dependent initialisation, {'generator/linear/g': ...}.

    Every layer is computed with its gain at one and no bias, then normalised by the mean and
    standard deviation of what came out; the next layer sees the normalised output.
    """
    initial = cases.initial_variables(config)
    v = {key: torch.from_numpy(value.copy()) for key, value in initial.items()}
    trainer = Trainer(config)
    raw = {f"i/{key}": value for key, value in cases.initialization_draws(config).items()}
    draws = {k: torch.from_numpy(np.asarray(x, np.float64)) for k, x in raw.items()}
    found = {}
    layers = {name: getattr(reference, name) for name in ("linear", "conv", "deconv")}

    def learning(layer):
        def run(x, variables, name, *stride):
            variables[f"{name}/g"] = torch.ones_like(variables[f"{name}/g"])
            variables[f"{name}/b"] = torch.zeros_like(variables[f"{name}/b"])
            h = layer(x, variables, name, *stride)
            axes = [0, 2, 3] if h.ndim == 4 else [0]
            std = (h.var(dim=axes, unbiased=False) + 1e-12).sqrt()
            variables[f"{name}/g"] = found[f"{name}/g"] = 1 / std
            variables[f"{name}/b"] = found[f"{name}/b"] = -h.mean(dim=axes) / std
            return layer(x, variables, name, *stride)

        return run

    for name, layer in layers.items():
        setattr(reference, name, learning(layer))
    try:
        images = generate(config, v, trainer.latents(draws, "i"))
        trainer.call(v, images, draws, "i/fake/")
    finally:
        for name, layer in layers.items():
            setattr(reference, name, layer)
    return {key: value.numpy() for key, value in found.items()}
