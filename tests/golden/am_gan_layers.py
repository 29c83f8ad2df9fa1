"""Golden cases of single layers: inputs, variables and draws, the output, and the gradients of
sum(output * cotangent) with respect to the input and every variable."""

import am_gan_inputs as inputs
import am_gan_reference as reference
import torch

KERNELS = {"conv": (lambda k, i, o: (k, k, i, o), 3), "deconv": (lambda k, i, o: (k, k, o, i), 2)}


class Case:
    """One layer's arrays under its name; `apply` maps (input, variables, draws) to the output."""

    def __init__(self, name, config, shape):
        self.name, self.config = name, config
        self.input = inputs.uniform(f"{name}/input", shape, -1, 1, 1 / 256)
        self.variables, self.draws, self.extra = {}, {}, {}

    def variable(self, key, shape, gain=1.0):
        self.variables[key] = inputs.variable(f"{self.name}/{key}", shape, gain)

    def arrays(self, apply):
        x = torch.from_numpy(self.input).requires_grad_(True)
        v = {k: torch.from_numpy(a).requires_grad_(True) for k, a in self.variables.items()}
        output = apply(
            x,
            {f"layer/{k}": t for k, t in v.items()},
            {k: torch.from_numpy(a) for k, a in self.draws.items()},
        )
        cotangent = inputs.uniform(f"{self.name}/cotangent", tuple(output.shape), -1, 1, 1 / 256)
        wanted = [x, *v.values()]
        found = torch.autograd.grad(
            (output * torch.from_numpy(cotangent)).sum(), wanted, materialize_grads=True
        )
        result = {"input": self.input, "output": output.detach().numpy(), "cotangent": cotangent}
        result.update({f"variables/{k}": a for k, a in self.variables.items()})
        result.update({f"draws/{k}": a for k, a in self.draws.items()})
        result.update(
            {f"gradients/{k}": g.numpy() for k, g in zip(["input", *v], found, strict=True)}
        )
        result.update(self.extra)
        return {f"{self.name}/{k}": a for k, a in result.items()}


def convolution(kind, weights, stride, kernel=3, size=None, suffix=""):
    size = size or {"conv": (6, 8), "deconv": (2, 4)}[kind]
    name = f"{kind}_{weights}_stride{stride}{suffix}"
    config = {"layer": kind, "weights": weights, "stride": stride, "kernel": kernel, "filters": 4}
    case = Case(name, config, (2, *size, 3))
    shape, channel_axis = KERNELS[kind]
    case.variable("w", shape(kernel, 3, 4))
    if weights == "weight_norm":
        case.variable("g", 4, stride if kind == "deconv" else 1)
    case.variable("b", 4)
    layer = getattr(reference, kind)

    def apply(x, v, _):
        return reference.to_nhwc(layer(reference.to_nchw(x), v, "layer", stride, weights))

    return case, apply


def dense(weights, shape=(4, 5), suffix=""):
    case = Case(
        f"linear_{weights}{suffix}", {"layer": "linear", "weights": weights, "units": 3}, shape
    )
    case.variable("w", (case.input[0].size, 3))
    if weights == "weight_norm":
        case.variable("g", 3)
    case.variable("b", 3)
    return case, lambda x, v, _: reference.linear(x.reshape(len(x), -1), v, "layer", weights)


def batch_norm(name, shape):
    case = Case(name, {"layer": "batch_norm"}, shape)
    case.variable("offset", shape[-1])
    case.variable("scale", shape[-1])
    return case, lambda x, v, _: reference.to_nhwc(
        reference.batch_norm(reference.to_nchw(x), v, "layer")
    )


def cond_norm():
    case = Case("cond_norm", {"layer": "cond_norm", "classes": 3}, (4, 3, 2, 5))
    case.variable("offset", (3, 5))
    case.variable("scale", (3, 5))
    labels = inputs.random_state("cond_norm/labels").randint(0, 3, 4).astype("int32")
    case.extra = {"labels": labels}

    def apply(x, v, _):
        rows = torch.from_numpy(labels).long()
        return reference.to_nhwc(reference.cond_norm(reference.to_nchw(x), v, "layer", rows))

    return case, apply


def stochastic():
    shape = (2, 4, 5, 3)
    case = Case("noise_add_multiply", {"layer": "noise", "add": True, "multiply": True}, shape)
    case.draws = {
        "noise_add": inputs.noise_add("layers/add", shape),
        "noise_multiply": inputs.noise_multiply("layers/multiply", shape),
    }
    yield case, lambda x, _, draws: (x + draws["noise_add"]) * draws["noise_multiply"]
    case = Case("noise_multiply", {"layer": "noise", "add": False, "multiply": True}, shape)
    case.draws = {"noise_multiply": inputs.noise_multiply("layers/only", shape)}
    yield case, lambda x, _, draws: x * draws["noise_multiply"]
    for rate in (0.3, 0.5):
        case = Case(f"dropout_{rate}", {"layer": "dropout", "rate": rate}, shape)
        case.draws = {"dropout": inputs.uniform_draws(f"layers/dropout{rate}", shape)}
        yield case, lambda x, _, draws, rate=rate: reference.dropout(x, draws["dropout"], rate)


def pooling(kernel, shape):
    case = Case(
        f"avgpool_{kernel}", {"layer": "avgpool", "kernel": kernel, "stride": kernel}, shape
    )

    def apply(x, *_):
        return reference.to_nhwc(reference.average_pool(reference.to_nchw(x), kernel))

    return case, apply


def minibatch(name, shape):
    case = Case(name, {"layer": "minibatch_feature", "kernels": 4, "dim_per_kernel": 3}, shape)
    case.variable("w", (case.input[0].size, 12))
    case.variable("g", 12)
    case.variable("b", 12)
    return case, lambda x, v, _: reference.minibatch_feature(x, v, "layer", 4)


def spectral(name, shape, with_factor):
    """The input is the weight; u and v are state."""
    case = Case(
        name, {"layer": "spectral_norm", "iterations": 10, "trained_factor": with_factor}, shape
    )
    if with_factor:
        case.variables["k"] = inputs.uniform(f"{name}/k", (), 0.7, 1.3, 1 / 256)
    rest = case.input.size // shape[-1]
    u, v = inputs.normal(f"{name}/u", (1, shape[-1])), inputs.normal(f"{name}/v", (1, rest))
    state = [torch.from_numpy(a) for a in (u, v)]
    _, sigma, *after = reference.spectral_norm(torch.from_numpy(case.input), *state)
    case.extra = {
        "u": u,
        "v": v,
        "sigma": sigma.numpy(),
        "u_after": after[0].numpy(),
        "v_after": after[1].numpy(),
        "sigma_after": reference.spectral_norm(torch.from_numpy(case.input), *after)[1].numpy(),
    }
    return case, lambda w, others, _: reference.spectral_norm(w, *state, others.get("layer/k"))[0]


def activations():
    for name, function in reference.ACTIVATIONS.items():
        case = Case(f"activation_{name}", {"layer": "activation", "name": name}, (5, 6))
        case.input = 4 * case.input
        case.input[0, 0] = 0.0
        yield case, lambda x, *_, function=function: function(x)


def cases():
    for kind in KERNELS:
        for weights in ("weight_norm", "scaled", "plain"):
            for stride in (1, 2):
                yield convolution(kind, weights, stride)
        yield convolution(kind, "weight_norm", 2, size=(5, 3), suffix="_odd")
        yield convolution(kind, "weight_norm", 2, kernel=5, suffix="_kernel5")
    for weights in ("weight_norm", "scaled", "plain"):
        yield dense(weights)
    yield dense("weight_norm", (3, 2, 4, 2), "_rank4")
    yield batch_norm("batch_norm_4d", (3, 4, 5, 3))
    yield batch_norm("batch_norm_2d", (6, 4))
    yield cond_norm()
    yield from stochastic()
    yield pooling(4, (2, 4, 4, 3))
    yield pooling(2, (2, 4, 6, 3))
    yield minibatch("minibatch", (5, 6))
    yield minibatch("minibatch_rank4", (4, 2, 3, 2))
    for with_factor in (False, True):
        ending = "_factor" if with_factor else ""
        yield spectral(f"spectral_conv{ending}", (3, 3, 2, 4), with_factor)
        yield spectral(f"spectral_linear{ending}", (5, 3), with_factor)
    yield from activations()


def make():
    """(configuration of each case by name, arrays)."""
    config, arrays = {}, {}
    for case, apply in cases():
        config[case.name] = case.config
        arrays.update(case.arrays(apply))
    return config, arrays
