"""The networks of the golden iterations in PyTorch, from variables in amnat's layout.

Images are [batch, channels, height, width] here.
"""

import info_cycle_cases as cases
import torch
from torch.nn import functional


class Variables(dict):
    """{name: leaf tensor}, made when they are first asked for."""

    def get_or_make(self, name, shape):
        if name not in self:
            value = torch.tensor(cases.initial(name, shape), dtype=torch.float64)
            self[name] = value.requires_grad_()
        return self[name]

    def of(self, *prefixes):
        return [value for name, value in self.items() if name.startswith(prefixes)]


class Scope:
    """The layers of one network, by name."""

    def __init__(self, variables, name):
        self.variables, self.name = variables, name

    def get(self, name, shape):
        return self.variables.get_or_make(f"{self.name}/{name}", shape)

    def conv(self, x, name, filters, size, stride, padding, use_bias=True):
        kernel = (
            self.get(f"{name}/w", (size, size, x.shape[1], filters))
            .permute(3, 2, 0, 1)
            .contiguous()
        )
        bias = self.get(f"{name}/b", (filters,)) if use_bias else None
        return functional.conv2d(x, kernel, bias, stride, padding)

    def doubling(self, x, name, filters):
        kernel = self.get(f"{name}/w", (4, 4, filters, x.shape[1])).permute(3, 2, 0, 1).contiguous()
        return functional.conv_transpose2d(x, kernel, None, 2, 1)

    def dense(self, x, name, units):
        return x @ self.get(f"{name}/w", (x.shape[1], units)) + self.get(f"{name}/b", (units,))

    def instance_norm(self, x, name):
        scale, offset = (self.get(f"{name}/{kind}", (x.shape[1],)) for kind in ("scale", "offset"))
        return functional.instance_norm(x, weight=scale, bias=offset, eps=1e-5)

    def batch_norm(self, x, name, epsilon):
        scale, offset = (self.get(f"{name}/{kind}", (x.shape[1],)) for kind in ("scale", "offset"))
        return functional.batch_norm(x, None, None, scale, offset, training=True, eps=epsilon)


def translator(variables, number):
    """(images, space, one-hot labels) -> images."""
    scope = Scope(variables, f"generator{number}")
    width = cases.GENERATOR_WIDTH

    def normed(x, name, *arguments):
        layer = scope.doubling if name.startswith("up") else scope.conv
        extra = () if name.startswith("up") else (False,)
        return scope.instance_norm(layer(x, name, *arguments, *extra), f"{name}_norm")

    def call(images, space, labels):
        maps = torch.cat([space, labels], 1)[:, :, None, None].expand(-1, -1, *images.shape[2:])
        h = torch.cat([images, maps], 1)
        h = torch.relu(normed(h, "conv", width, 7, 1, 3))
        h = torch.relu(normed(h, "down1", 2 * width, 4, 2, 1))
        h = torch.relu(normed(h, "down2", 4 * width, 4, 2, 1))
        for i in range(1, cases.BLOCKS + 1):
            branch = torch.relu(normed(h, f"block{i}_conv1", 4 * width, 3, 1, 1))
            h = h + normed(branch, f"block{i}_conv2", 4 * width, 3, 1, 1)
        h = torch.relu(normed(h, "up1", 2 * width))
        h = torch.relu(normed(h, "up2", width))
        return torch.tanh(scope.conv(h, "last", images.shape[1], 7, 1, 3))

    return call


def patch_critic(variables, number, labels):
    """images -> (patches, space, label logits)."""
    scope = Scope(variables, f"critic{number}")

    def call(images):
        h = images
        for i in range(1, cases.DOWNS + 1):
            h = scope.conv(h, f"conv{i}", cases.CRITIC_WIDTH * 2 ** (i - 1), 4, 2, 1)
            if i > 1:
                h = functional.instance_norm(h, eps=1e-5)
            h = functional.leaky_relu(h, float(torch.tensor(0.01, dtype=torch.float32)))
        patches = scope.conv(h, "patches", 1, 3, 1, 0, False).flatten(1)
        space = torch.relu(scope.conv(h, "space_conv", 1, 3, 2, 0, False).flatten(1))
        space = torch.tanh(scope.dense(space, "space", cases.SPACE))
        logits = scope.conv(h, "labels", labels, h.shape[2], 1, 0, False).flatten(1)
        return patches, space, logits

    return call


def infogan_generator(variables, epsilon):
    """(noise, one-hot labels, code) -> images."""
    scope = Scope(variables, "generator0")
    width, side = cases.INFO_GENERATOR, cases.SIDE // 4

    def call(noise, labels, code):
        h = scope.dense(torch.cat([noise, labels, code], 1), "linear", side * side * width)
        h = h.reshape(-1, side, side, width).permute(0, 3, 1, 2)
        h = scope.batch_norm(h, "bn0", 1e-5)
        for i, filters in ((1, width), (2, width // 2)):
            h = functional.interpolate(h, scale_factor=2)
            h = scope.batch_norm(scope.conv(h, f"conv{i}", filters, 3, 1, 1), f"bn{i}", epsilon)
            h = functional.leaky_relu(h, lrelu_slope())
        return torch.tanh(scope.conv(h, "last", cases.IMAGE[-1], 3, 1, 1))

    return call


def infogan_critic(variables, epsilon):
    """images -> (patches, space, label logits); without dropout."""
    scope = Scope(variables, "critic0")

    def call(images):
        h = images
        for i in range(1, 5):
            h = scope.conv(h, f"conv{i}", cases.INFO_CRITIC * 2 ** (i - 1), 3, 2, 1)
            h = functional.leaky_relu(h, lrelu_slope())
            if i > 1:
                h = scope.batch_norm(h, f"bn{i}", epsilon)
        h = h.permute(0, 2, 3, 1).flatten(1)
        heads = [("patches", 1), ("space", cases.SPACE), ("labels", cases.LABELS)]
        return tuple(scope.dense(h, name, units) for name, units in heads)

    return call


def lrelu_slope():
    """TensorFlow holds the slope in float32 whatever the dtype of the tensor."""
    return float(torch.tensor(0.2, dtype=torch.float32))
