"""Layers with the same arithmetic as amnat's: weight norm, batch statistics, noise, dropout."""

import math

import torch
import torch.nn.functional as F
from torch import nn

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def weight_norm(weight, gain, axes):
    """Computes gain * weight / norm, with one norm for each output unit."""
    square = weight.square().sum(axes, keepdim=True)
    return weight * (gain * square.clamp_min(1e-12).rsqrt())


class Conv(nn.Module):
    """3x3 (or k x k) convolution with a bias, weight-normalised or plain; SAME padding."""

    def __init__(self, inputs, outputs, stride=1, kernel_size=3, normed=True):
        super().__init__()
        weight = 0.01 * torch.randn(outputs, inputs, kernel_size, kernel_size)
        self.weight = nn.Parameter(weight.to(memory_format=torch.channels_last))
        self.gain = nn.Parameter(torch.ones(outputs, 1, 1, 1)) if normed else None
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.stride, self.padding = stride, kernel_size // 2

    def forward(self, x):
        weight = self.weight
        if self.gain is not None:
            weight = weight_norm(weight, self.gain, (1, 2, 3))
        if self.padding == 0 and self.stride > 1:
            # The result is the same; oneDNN's gradient of the other form writes out of bounds.
            return F.conv2d(x[..., :: self.stride, :: self.stride], weight, self.bias)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


class Deconv(nn.Module):
    """3x3 transposed convolution with a bias, weight-normalised; it enlarges by the stride."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        weight = 0.01 * torch.randn(inputs, outputs, 3, 3)
        self.weight = nn.Parameter(weight.to(memory_format=torch.channels_last))
        self.gain = nn.Parameter(torch.full((1, outputs, 1, 1), float(stride)))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.stride = stride

    def forward(self, x):
        weight = weight_norm(self.weight, self.gain, (0, 2, 3))
        return F.conv_transpose2d(x, weight, self.bias, self.stride, 1, self.stride - 1)


class Linear(nn.Module):
    """Dense layer with a bias, weight-normalised or plain."""

    def __init__(self, inputs, outputs, normed=True, stddev=0.01):
        super().__init__()
        self.weight = nn.Parameter(stddev * torch.randn(outputs, inputs))
        self.gain = nn.Parameter(torch.ones(outputs, 1)) if normed else None
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        weight = self.weight
        if self.gain is not None:
            weight = weight_norm(weight, self.gain, 1)
        return F.linear(x, weight, self.bias)


class BatchNorm(nn.Module):
    """Batch normalisation with the batch's own statistics, in training and in sampling."""

    def __init__(self, channels, epsilon=0.001):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.epsilon = epsilon

    def forward(self, x):
        return F.batch_norm(x, None, None, self.scale, self.offset, True, 0.0, self.epsilon)


def truncated_normal_like(x, mean, stddev):
    """Draws a normal truncated at two standard deviations, by its inverse distribution function."""
    bound = math.erf(2.0 / math.sqrt(2.0))
    uniform = torch.empty_like(x).uniform_(-bound, bound)
    return uniform.erfinv_().mul_(stddev * math.sqrt(2.0)).add_(mean)


def noise(x, stddev=0.1):
    """Adds, then multiplies the discriminator's inputs with noise."""
    x = x + truncated_normal_like(x, 0.0, stddev)
    return x * truncated_normal_like(x, 1.0, stddev)


def dropout(x, rate=0.3):
    """Dropout that keeps the second moment."""
    kept = torch.empty_like(x).bernoulli_(1.0 - rate)
    return x * kept.mul_(math.sqrt(1.0 / (1.0 - rate)))


def adam(modules, rate=0.0004, betas=(0.5, 0.999)):
    """Adam with PyTorch's fused kernel, which is the fastest."""
    parameters = [p for module in modules for p in module.parameters()]
    # A CUDA graph can hold its update only if the number of steps is on the device.
    on_gpu = DEVICE == "cuda"
    return torch.optim.Adam(parameters, rate, betas, fused=True, capturable=on_gpu)


def precision(settings):
    """A context in which networks compute in bfloat16 if the settings say so."""
    dtype = torch.bfloat16
    return torch.autocast(DEVICE, dtype, enabled=settings.get("mixed_precision") == "bfloat16")


def frozen(module, is_frozen=True):
    """Excludes a network's parameters from gradients, or includes them again."""
    for parameter in module.parameters():
        parameter.requires_grad_(not is_frozen)


def random_batches(settings):
    """Returns a function that makes a batch of images in [-1, 1], channels last, and labels."""
    count, size = settings["num_images"], settings["batch_size"]
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(count) % 10

    def batch(count=size):
        rows = torch.randint(0, len(images), (count,))
        chosen = images[rows].to(DEVICE).float().sub_(127.5).div_(128.0)
        return chosen.contiguous(memory_format=torch.channels_last), labels[rows].to(DEVICE)

    return batch
