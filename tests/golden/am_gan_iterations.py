"""Whole training iterations of AM-GAN in PyTorch float64, from recorded inputs."""

import math

import am_gan_inputs as inputs
import am_gan_reference as reference
import numpy as np
import torch
import torch.nn.functional as F

CLASSES = 10
ITERATIONS = 3
LATENT = 4
BATCH = 6
FAKE_LIFT = 1.5

DEFAULTS = {
    "network": "image",
    "channels": 3,
    "width_g": 1,
    "width_d": 1,
    "batch": BATCH,
    "latent": LATENT,
    "am_gan": True,
    "d_steps": 1,
    "weights": "weight_norm",
    "drop_rate": 0.3,
    "penalty_weight": 0.0,
    "optimizer": "adam",
    "decay": "linear",
    "learning_rate": 0.0004,
    "max_iter": 10,
    "beta1": 0.5,
    "beta2": 0.999,
    "epsilon": 1e-8,
}

CASES = {
    "image": {},
    "image_1channel": {"channels": 1},
    "image_sgd": {"optimizer": "sgd", "learning_rate": 0.05},
    "image_momentum": {"optimizer": "mom", "learning_rate": 0.05},
    "image_exp": {"decay": "exp", "max_iter": 20},
    "image_gan": {"am_gan": False},
    "image_two_d_steps": {"d_steps": 2},
    "image_scaled": {"weights": "scaled"},
    "image_penalty": {"penalty_weight": 10.0},
    "mlp": {"network": "mlp", "channels": 2, "width_g": 4, "width_d": 5},
    "mlp_gan": {"network": "mlp", "channels": 2, "width_g": 4, "width_d": 5, "am_gan": False},
}


def layer_table(config):
    """(name, shape of w, output channel axis, initial g) of each layer, (name, channels) of each
    batch norm.
    """
    f, d, c, z = (config[key] for key in ("width_g", "width_d", "channels", "latent"))
    logits = CLASSES + 1 if config["am_gan"] else 1
    if config["network"] == "mlp":
        g_sizes, d_sizes = [z] + [f] * 5, [c] + [d] * 5
        dense = [(f"generator/linear{i}", (g_sizes[i], f), 1, 1) for i in range(5)]
        dense += [("generator/linear", (f, c), 1, 1)]
        dense += [(f"discriminator/linear{i}", (d_sizes[i], d), 1, 1) for i in range(5)]
        dense += [("discriminator/linear", (d, logits), 1, 1)]
        norms = [(f"generator/bn{i}", f) for i in range(5)]
        return dense, norms + [(f"discriminator/bn{i}", d) for i in range(1, 5)]
    weights = [
        ("generator/linear", (z, 16 * 8 * f), 1, 1),
        ("generator/deconv4_8", (3, 3, 4 * f, 8 * f), 2, 2),
        ("generator/deconv8_16", (3, 3, 2 * f, 4 * f), 2, 2),
        ("generator/deconv16_32", (3, 3, f, 2 * f), 2, 2),
        ("generator/deconv32", (3, 3, c, f), 2, 1),
        ("discriminator/conv32", (3, 3, c, d), 3, 1),
        ("discriminator/conv32_16", (3, 3, d, 2 * d), 3, 1),
        ("discriminator/conv16_8", (3, 3, 2 * d, 4 * d), 3, 1),
        ("discriminator/conv8_4", (3, 3, 4 * d, 8 * d), 3, 1),
        ("discriminator/linear", (8 * d, logits), 1, 1),
    ]
    norms = [(f"generator/bn{size}", f * 32 // size) for size in (4, 8, 16, 32)]
    return weights, norms + [(f"discriminator/bn{size}", d * 32 // size) for size in (16, 8, 4)]


def initial_variables(config):
    weights, norms = layer_table(config)
    variables = {}
    for name, shape, channel_axis, gain in weights:
        variables[f"{name}/w"] = inputs.variable(f"{name}/w", shape)
        if config["weights"] == "weight_norm":
            variables[f"{name}/g"] = inputs.variable(f"{name}/g", shape[channel_axis], gain)
        variables[f"{name}/b"] = inputs.variable(f"{name}/b", shape[channel_axis])
    for name, channels in norms:
        for kind in ("offset", "scale"):
            variables[f"{name}/{kind}"] = inputs.variable(f"{name}/{kind}", channels)
    if config["am_gan"]:
        # The fake class then wins for some samples, whose generator label is still a real class.
        variables["discriminator/linear/b"][CLASSES] += FAKE_LIFT
    return variables


def call_draws(config, prefix):
    """The discriminator's draws of one call, in graph order."""
    if config["network"] == "mlp":
        return {}
    n, c, d = config["batch"], config["channels"], config["width_d"]
    shapes = {f"dropout{size}": (n, size, size, d * 32 // size) for size in (32, 16, 8, 4)}
    shapes["dropout_flat"] = (n, 8 * d)
    image = (n, 32, 32, c)
    draws = {
        "noise_add": inputs.noise_add(f"{prefix}/noise_add", image),
        "noise_multiply": inputs.noise_multiply(f"{prefix}/noise_multiply", image),
    }
    draws.update({key: inputs.uniform_draws(f"{prefix}/{key}", s) for key, s in shapes.items()})
    return {f"{prefix}/{key}": value for key, value in draws.items()}


def step_inputs(config, iteration):
    """Draws and real batches of one iteration, by names such as draws/d0/latent."""
    n, result = config["batch"], {}
    for step in [f"d{i}" for i in range(config["d_steps"])] + ["g0"]:
        salt = f"{iteration}/{step}"
        named = {f"{step}/latent": inputs.normal(f"{salt}/latent", (n, config["latent"]))}
        calls = ["fake"] if step == "g0" else ["real", "fake"]
        if step != "g0" and config["penalty_weight"]:
            calls.append("penalty")
            alpha = inputs.uniform_draws(f"{salt}/alpha", (n, 1, 1, 1))
            named[f"{step}/penalty/alpha"] = alpha
        for call in calls:
            for key, value in call_draws(config, f"{salt}/{call}").items():
                named[key.split("/", 1)[1]] = value
        result.update({f"draws/{key}": value for key, value in named.items()})
        if step != "g0":
            result[f"real/{step}/labels"] = inputs.random_state(f"{salt}/labels").randint(
                0, CLASSES, n
            )
            shape = (n, 32, 32, config["channels"])
            is_mlp = config["network"] == "mlp"
            result[f"real/{step}/images"] = (
                inputs.toy_points(f"{salt}/points", n)
                if is_mlp
                else inputs.images(f"{salt}/images", shape)
            )
    return result


def learning_rate(config, step):
    if config["decay"] == "linear":
        return config["learning_rate"] * max(0.0, 1.0 - step / config["max_iter"])
    return config["learning_rate"] * 0.5 ** (step // (config["max_iter"] // 10))


class Optimizer:
    """TensorFlow 1's Adam, Nesterov momentum and gradient descent; each call states its rate."""

    def __init__(self, config):
        self.config, self.count, self.slots = config, 0, {}

    def apply(self, variables, gradients, rate):
        self.count += 1
        for name, gradient in gradients.items():
            variables[name] = variables[name] - self.update(name, gradient, rate)

    def update(self, name, g, rate):
        kind, beta1, beta2 = (self.config[key] for key in ("optimizer", "beta1", "beta2"))
        first, second = self.slots.get(name, (0.0 * g, 0.0 * g))
        if kind == "sgd":
            return rate * g
        if kind == "mom":
            first = beta1 * first + g
            self.slots[name] = (first, second)
            return rate * (g + beta1 * first)
        first, second = beta1 * first + (1 - beta1) * g, beta2 * second + (1 - beta2) * g * g
        self.slots[name] = (first, second)
        corrected = rate * math.sqrt(1 - beta2**self.count) / (1 - beta1**self.count)
        return corrected * first / (second**0.5 + self.config["epsilon"])


def cross_entropy(logits, labels):
    return -torch.log_softmax(logits, dim=1)[torch.arange(len(labels)), labels].mean()


class Trainer:
    """Runs one case; `golden` gathers what its file holds."""

    def __init__(self, config):
        self.config, mode = config, config["weights"]
        self.variables = {
            k: torch.from_numpy(v.copy()) for k, v in initial_variables(config).items()
        }
        self.optimizers = {"d": Optimizer(config), "g": Optimizer(config)}
        self.golden, self.series = {}, {}
        image = config["network"] == "image"
        generator = reference.image_generator if image else reference.mlp_generator
        discriminator = reference.image_discriminator if image else reference.mlp_discriminator
        extra = {"drop_rate": config["drop_rate"]} if image else {}
        self.generate = lambda v, z: generator(v, z, mode)
        self.discriminate = lambda v, x, draws: discriminator(v, x, draws, mode, **extra)

    def call(self, variables, x, data, prefix):
        start = f"draws/{prefix}/"
        return self.discriminate(
            variables, x, {k[len(start) :]: v for k, v in data.items() if k.startswith(start)}
        )

    def watched(self, role):
        full = {"d": "discriminator", "g": "generator"}[role]
        return {k: v.clone().requires_grad_(k.startswith(full)) for k, v in self.variables.items()}

    def record(self, key, value):
        self.series.setdefault(key, []).append(
            np.asarray(value.detach() if torch.is_tensor(value) else value)
        )

    def finish(self, role, step, v, losses, rate, first):
        """Gradients of losses['total'] (recorded in the first iteration), then the optimiser."""
        watched = {k: t for k, t in v.items() if t.requires_grad}
        gradients = dict(
            zip(watched, torch.autograd.grad(losses["total"], watched.values()), strict=True)
        )
        if first:
            self.golden.update({f"gradients/{step}/{k}": g.numpy() for k, g in gradients.items()})
        for key, loss in losses.items():
            self.record(f"losses/{step}/{key}", loss)
        self.record(f"learning_rate/{step}", rate)
        self.optimizers[role].apply(self.variables, gradients, rate)

    def penalty(self, v, real, fake, data, step):
        alpha = data[f"draws/{step}/penalty/alpha"]
        points = (real + alpha * (fake - real)).detach().requires_grad_(True)
        logits = self.call(v, points, data, f"{step}/penalty")
        slope = torch.autograd.grad(logits.abs().sum(), points, create_graph=True)[0]
        squared = (slope**2).sum(dim=[1, 2, 3])
        self.record(f"slopes/{step}", squared.sqrt())
        return self.config["penalty_weight"] * squared.mean()

    def discriminator_step(self, step, data, rate, first):
        v = self.watched("d")
        real, labels = data[f"real/{step}/images"], data[f"real/{step}/labels"]
        fake = self.generate(v, data[f"draws/{step}/latent"])
        logits = {
            "real": self.call(v, real, data, f"{step}/real"),
            "fake": self.call(v, fake, data, f"{step}/fake"),
        }
        if self.config["am_gan"]:
            losses = {
                "real": cross_entropy(logits["real"], labels),
                "fake": cross_entropy(logits["fake"], torch.full_like(labels, CLASSES)),
            }
        else:
            losses = {
                "real": F.softplus(-logits["real"]).mean(),
                "fake": F.softplus(logits["fake"]).mean(),
            }
        losses["gan"] = losses["real"] + losses["fake"]
        losses["total"] = losses["gan"]
        if self.config["penalty_weight"]:
            losses["penalty"] = self.penalty(v, real, fake, data, step)
            losses["total"] = losses["gan"] + losses["penalty"]
        for key, value in logits.items():
            self.record(f"logits/{step}/{key}", value)
        if first:
            sample = fake[:, ::8, ::8] if fake.ndim == 4 else fake
            self.golden[f"fake_sample/{step}"] = sample.numpy()
            if "penalty" in losses:
                self.record_penalty_gradients(v, losses["penalty"], step)
        self.finish("d", step, v, losses, rate, first)
        return losses, logits["real"].detach()

    def record_penalty_gradients(self, v, penalty, step):
        watched = {k: t for k, t in v.items() if t.requires_grad}
        found = torch.autograd.grad(
            penalty, watched.values(), retain_graph=True, materialize_grads=True
        )
        self.golden.update(
            {
                f"penalty_gradients/{step}/{k}": g.numpy()
                for k, g in zip(watched, found, strict=True)
            }
        )

    def generator_step(self, data, rate, first):
        v = self.watched("g")
        fake = self.generate(v, data["draws/g0/latent"])
        logits = self.call(v, fake, data, "g0/fake")
        if self.config["am_gan"]:
            loss = cross_entropy(logits, logits[:, :CLASSES].detach().argmax(dim=1))
        else:
            loss = F.softplus(-logits).mean()
        self.record("logits/g0/fake", logits)
        self.finish("g", "g0", v, {"total": loss}, rate, first)
        return loss, logits.detach()

    def log(self, rate, d_losses, real_logits, g_loss, fake_logits):
        values = {
            "klr": rate * 1000,
            "loss_dis_total": d_losses["total"],
            "loss_dis_gan": d_losses["gan"],
            "loss_gen_total": g_loss,
            "loss_gen_gan": g_loss,
        }
        if "penalty" in d_losses:
            slopes = self.series["slopes/d0"][-1]
            values.update(
                loss_dis_gp=d_losses["penalty"], slope_mean=slopes.mean(), slope_max=slopes.max()
            )
        for key, logits in (("real", real_logits), ("fake", fake_logits)):
            if self.config["am_gan"]:
                real_classes = torch.softmax(logits, dim=1)[:, :CLASSES]
                values[f"logit_{key}_rsum"] = real_classes.sum(dim=1).mean()
                values[f"logit_{key}_rmax"] = real_classes.max(dim=1).values.mean()
            else:
                values[f"logit_{key}_r2"] = logits.mean()
        for key, value in values.items():
            self.record(f"log/{key}", value)

    def run(self):
        """The case's arrays; recorded series have the iteration as their first axis."""
        self.golden.update({f"initial/{k}": v.numpy().copy() for k, v in self.variables.items()})
        for iteration in range(ITERATIONS):
            raw = step_inputs(self.config, iteration)
            for key, value in raw.items():
                self.record(key, value)
            data = {k: torch.from_numpy(np.ascontiguousarray(a)) for k, a in raw.items()}
            rate = learning_rate(self.config, iteration)
            for i in range(self.config["d_steps"]):
                d_losses, real_logits = self.discriminator_step(f"d{i}", data, rate, iteration == 0)
            g_loss, fake_logits = self.generator_step(data, rate, iteration == 0)
            self.log(rate, d_losses, real_logits, g_loss, fake_logits)
            if iteration + 1 in (1, ITERATIONS):
                values = {f"after{iteration + 1}/{k}": v.numpy() for k, v in self.variables.items()}
                self.golden.update(values)
        self.golden.update({k: compact(k, np.stack(v)) for k, v in self.series.items()})
        return self.golden


def compact(key, values):
    """Stores draws and real batches as float32, which holds them exactly, labels as int32."""
    if key.endswith("/labels"):
        return values.astype(np.int32)
    return values.astype(np.float32) if key.startswith(("draws/", "real/")) else values


def base_of(name):
    """The case whose file holds the arrays that this one shares with it."""
    base = name.split("_")[0]
    return None if base == name else base


def make(name):
    """(configuration, arrays) of one case."""
    config = {**DEFAULTS, **CASES[name]}
    return config, Trainer(config).run()
