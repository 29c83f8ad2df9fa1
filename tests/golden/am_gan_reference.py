"""AM-GAN's layers and networks in PyTorch float64, for golden numbers only.

Written from the behavioural specification of AM-GAN2 (common/ops.py, code/AM-GAN.py), not from
amnat, so that the two can disagree. Networks take and return NHWC, layers work in NCHW. Variables
live in a flat dict of named tensors: conv w [k, k, in, out], deconv w [k, k, out, in], linear w
[in, out]; g, b, offset and scale are [C].
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

NORM_EPSILON = 1e-12
BATCH_NORM_EPSILON = 0.001
COND_NORM_EPSILON = 1e-5
# TensorFlow keeps the slope as a float32 attribute of the operation, whatever the tensor.
LEAKY_SLOPE = float(np.float32(0.2))
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717

LAYER_STDDEV = 1.0
WEIGHT_STDDEV = 0.01


def to_nchw(x):
    return x.permute(0, 3, 1, 2) if x.ndim == 4 else x


def to_nhwc(x):
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x


def effective_weight(w, g, channel_axis, mode, stride=1):
    """The weight that a layer applies: mode is 'weight_norm', 'scaled' (after init) or 'plain'."""
    if mode == "plain":
        return w
    if mode == "scaled":
        fan_in = w.numel() // w.shape[channel_axis]
        return w * (LAYER_STDDEV / math.sqrt(fan_in) / WEIGHT_STDDEV * stride)
    axes = [axis for axis in range(w.ndim) if axis != channel_axis]
    squared = (w * w).sum(dim=axes, keepdim=True).clamp(min=NORM_EPSILON)
    shape = [1] * w.ndim
    shape[channel_axis] = -1
    return w / squared.sqrt() * g.reshape(shape)


def same_padding(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def conv(x, v, name, stride=1, mode="weight_norm"):
    w = effective_weight(v[f"{name}/w"], v.get(f"{name}/g"), 3, mode)
    kernel = w.shape[0]
    pad = (*same_padding(x.shape[3], kernel, stride), *same_padding(x.shape[2], kernel, stride))
    return F.conv2d(F.pad(x, pad), w.permute(3, 2, 0, 1).contiguous(), v[f"{name}/b"], stride)


def deconv(x, v, name, stride=1, mode="weight_norm"):
    """The adjoint of a SAME convolution: the full output, cut to input * stride."""
    w = effective_weight(v[f"{name}/w"], v.get(f"{name}/g"), 2, mode, stride)
    full = F.conv_transpose2d(x, w.permute(3, 2, 0, 1).contiguous(), stride=stride)
    height, width = x.shape[2] * stride, x.shape[3] * stride
    begin = max(w.shape[0] - stride, 0) // 2
    cut = full[:, :, begin : begin + height, begin : begin + width]
    return cut + v[f"{name}/b"].reshape(1, -1, 1, 1)


def linear(x, v, name, mode="weight_norm"):
    w = effective_weight(v[f"{name}/w"], v.get(f"{name}/g"), 1, mode)
    return x @ w + v[f"{name}/b"]


def normalize(x, axes, epsilon):
    """The variance takes the mean as a constant, as tf.nn.moments does.

    First derivatives do not notice (the deviations sum to zero). Second derivatives do: those of
    the gradient penalty come out of TensorFlow, and of the original, without the terms through this
    mean.
    """
    mean = x.mean(dim=axes, keepdim=True)
    variance = ((x - mean.detach()) ** 2).mean(dim=axes, keepdim=True)
    return (x - mean) / (variance + epsilon).sqrt()


def batch_norm(x, v, name):
    shape = [1, -1, 1, 1] if x.ndim == 4 else [1, -1]
    normed = normalize(x, [0, 2, 3] if x.ndim == 4 else [0], BATCH_NORM_EPSILON)
    return normed * v[f"{name}/scale"].reshape(shape) + v[f"{name}/offset"].reshape(shape)


def cond_norm(x, v, name, labels):
    normed = normalize(x, [0, 2, 3], COND_NORM_EPSILON)
    scale, offset = (v[f"{name}/{key}"][labels][:, :, None, None] for key in ("scale", "offset"))
    return normed * scale + offset


def dropout(x, uniform, rate):
    keep = 1.0 - rate
    return x * torch.floor(keep + uniform) * math.sqrt(1.0 / keep)


def average_pool(x, kernel):
    return F.avg_pool2d(x, kernel, kernel) * kernel


def minibatch_feature(x, v, name, kernels, mode="weight_norm"):
    h = linear(x.reshape(len(x), -1), v, name, mode).reshape(len(x), kernels, -1)
    distance = (h[:, None] - h[None]).abs().sum(dim=3)
    others = 1.0 - torch.eye(len(x), dtype=x.dtype)
    return (torch.exp(-distance) * others[:, :, None]).sum(dim=1) / others.sum()


def spectral_norm(w, u, v, factor=None, iterations=10):
    """(weight / sigma * factor, sigma of the given u and v, u and v after the iterations)."""

    def unit(x):
        return x / ((x * x).sum().sqrt() + NORM_EPSILON)

    matrix = w.reshape(-1, w.shape[-1])
    sigma = (v @ matrix @ u.T)[0, 0]
    for _ in range(iterations):
        v = unit(u @ matrix.T)
        u = unit(v @ matrix)
    normed = w / sigma if factor is None else w / sigma * factor
    return normed, sigma, u, v


def selu(x):
    """At zero the slope is the positive side's, as in TensorFlow (PyTorch takes the other)."""
    return SELU_SCALE * torch.where(x >= 0, x, SELU_ALPHA * torch.expm1(x.clamp(max=0.0)))


ACTIVATIONS = {
    "relu": F.relu,
    "lrelu": lambda x: F.leaky_relu(x, LEAKY_SLOPE),
    "elu": F.elu,
    "selu": selu,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, dim=-1),
    "crelu": lambda x: torch.cat([F.relu(x), F.relu(-x)], dim=-1),
    "swish": lambda x: torch.sigmoid(x) * x,
    "softplus": lambda x: torch.log1p(torch.exp(x)),
    "softsign": lambda x: x / (1.0 + x.abs()),
    "none": lambda x: x,
}


def image_generator(v, latent, mode="weight_norm"):
    """Latents [N, Z] to images [N, 32, 32, C] in (-1, 1); the first layer's outputs read as [8f, 4,
    4].
    """
    act = ACTIVATIONS["lrelu"]
    h = linear(latent, v, "generator/linear", mode).reshape(len(latent), -1, 4, 4)
    h = act(batch_norm(h, v, "generator/bn4"))
    for low, high in ((4, 8), (8, 16), (16, 32)):
        h = deconv(h, v, f"generator/deconv{low}_{high}", 2, mode)
        h = act(batch_norm(h, v, f"generator/bn{high}"))
    return to_nhwc(torch.tanh(deconv(h, v, "generator/deconv32", 1, mode)))


def image_discriminator(v, images, draws, mode="weight_norm", drop_rate=0.3):
    """Images [N, 32, 32, C] to logits [N, L]; draws: this call's noise and uniforms by name."""
    act = ACTIVATIONS["lrelu"]
    h = to_nchw((images + draws["noise_add"]) * draws["noise_multiply"])
    h = act(conv(h, v, "discriminator/conv32", 1, mode))
    h = dropout(h, to_nchw(draws["dropout32"]), drop_rate)
    for high, low in ((32, 16), (16, 8), (8, 4)):
        h = conv(h, v, f"discriminator/conv{high}_{low}", 2, mode)
        h = act(batch_norm(h, v, f"discriminator/bn{low}"))
        h = dropout(h, to_nchw(draws[f"dropout{low}"]), drop_rate)
    h = average_pool(h, 4).reshape(len(h), -1)
    h = dropout(h, draws["dropout_flat"], drop_rate)
    return linear(h, v, "discriminator/linear", mode)


def mlp_generator(v, latent, mode="weight_norm"):
    h = latent
    for i in range(5):
        h = linear(h, v, f"generator/linear{i}", mode)
        h = ACTIVATIONS["lrelu"](batch_norm(h, v, f"generator/bn{i}"))
    return linear(h, v, "generator/linear", mode)


def mlp_discriminator(v, points, draws, mode="weight_norm"):
    h = points
    for i in range(5):
        h = linear(h, v, f"discriminator/linear{i}", mode)
        if i > 0:
            h = batch_norm(h, v, f"discriminator/bn{i}")
        h = ACTIVATIONS["lrelu"](h)
    return linear(h, v, "discriminator/linear", mode)
