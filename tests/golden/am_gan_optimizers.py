"""Golden cases of the optimisers alone: recorded gradients applied for five steps."""

import am_gan_inputs as inputs
import am_gan_iterations as iterations
import numpy as np

STEPS = 5
SHAPES = {"matrix": (4, 3), "vector": (7,)}
RATES = {"linear": {"decay": "linear", "max_iter": 4}, "exp": {"decay": "exp", "max_iter": 20}}
SIGN_EPSILON = 1e-7


def recorded_gradients(name, shape):
    """Five gradients over eight orders of magnitude; the first element of each is always zero."""
    random = inputs.random_state(f"optimizers/{name}")
    size = 2.0 ** random.randint(-26, 3, (STEPS, *shape))
    gradients = size * inputs.rounded(random.uniform(-1, 1, (STEPS, *shape)), 1 / 256)
    gradients.reshape(STEPS, -1)[:, 0] = 0.0
    return gradients


class SignOptimizer:
    """PowerSign and AddSign of AM-GAN2's common/optimizer.py, which reads its alpha from beta."""

    def __init__(self, config):
        self.config, self.m = config, {}

    def apply(self, variables, gradients, rate):
        beta = self.config["beta"]
        alpha = self.config["alpha_used"]
        for name, g in gradients.items():
            self.m[name] = np.maximum(beta * self.m.get(name, 0.0 * g) + SIGN_EPSILON, np.abs(g))
            agreement = np.sign(g) * np.sign(self.m[name])
            power = self.config["optimizer"] == "power_sign"
            factor = alpha**agreement if power else 1.0 + alpha * agreement
            variables[name] = variables[name] - rate * g * factor


def configs():
    for decay, rates in RATES.items():
        for kind in ("adam", "mom", "sgd"):
            yield (
                f"{kind}_{decay}",
                {
                    "optimizer": kind,
                    "learning_rate": 0.01,
                    "beta1": 0.5,
                    "beta2": 0.999,
                    "epsilon": 1e-8,
                    **rates,
                },
            )
    for kind in ("power_sign", "add_sign"):
        yield (
            kind,
            {
                "optimizer": kind,
                "learning_rate": 0.01,
                "alpha_passed": 0.9,
                "beta": 0.3,
                "alpha_used": 0.3,
                "epsilon": SIGN_EPSILON,
                "decay": "none",
            },
        )


def make():
    """(configuration of each case by name, arrays); the first axis of every recorded trace is the
    step.
    """
    gradients = {name: recorded_gradients(name, shape) for name, shape in SHAPES.items()}
    initial = {
        name: inputs.uniform(f"optimizers/{name}", s, -1, 1, 1 / 256) for name, s in SHAPES.items()
    }
    arrays = {f"gradients/{k}": v for k, v in gradients.items()}
    arrays.update({f"initial/{k}": v for k, v in initial.items()})
    table = dict(configs())
    for name, config in table.items():
        signed = "alpha_used" in config
        optimizer = SignOptimizer(config) if signed else iterations.Optimizer(config)
        variables, trace, rates = dict(initial), {k: [] for k in SHAPES}, []
        for step in range(STEPS):
            rates.append(
                config["learning_rate"] if signed else iterations.learning_rate(config, step)
            )
            optimizer.apply(variables, {k: g[step] for k, g in gradients.items()}, rates[-1])
            for key, values in variables.items():
                trace[key].append(values)
        arrays[f"{name}/learning_rate"] = np.array(rates)
        arrays.update({f"{name}/variables/{k}": np.stack(v) for k, v in trace.items()})
        if signed:
            arrays.update({f"{name}/m/{k}": v for k, v in optimizer.m.items()})
    return table, arrays
