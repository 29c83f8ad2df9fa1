"""The mapping from the variable names of tntrung/msgan to amnat's.

A checkpoint of msgan holds these variables and the moving averages of batch norm, which neither
program reads; it has no optimizers and no step, which only the file's name tells.

    amnat                  slim (dcgan, sngan)                          resnet
    ---------------------  -------------------------------------------  -------------------------
    .../w, .../b           .../weights, .../biases                      w, Matrix; biases, bias
    .../scale, .../offset  .../BatchNorm/gamma, .../beta                .../gamma, .../beta

A name of the original starts with {network}/{network}/. Slim numbers the layers of a kind in the
order of their creation: Conv, Conv_1, etc.; LAYERS maps them to amnat's layers. BLOCKS does so for
the resnet, whose layers have names. Kernels, biases, scales and offsets have the same shape on both
sides.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from amnat.compat.am_gan2_names import Finding

_CONVS = ("conv0", "conv1", "conv2", "conv3")
_DENSE, _DECONV = "flatten_fully_connected", "Conv2d_transpose"
_ENCODER = {"Conv": _CONVS, _DENSE: ("linear",)}
_DISCRIMINATOR = {"Conv": _CONVS, _DENSE: ("score", "classes")}
# {style: {network: {kind of slim's layers: amnat's names}}}
LAYERS = {
    "mnist": {
        "encoder": _ENCODER,
        "generator": {_DENSE: ("linear", "shrink0"), _DECONV: ("deconv0", "deconv1", "end")},
        "discriminator": _DISCRIMINATOR,
    },
    "stacked_mnist": {
        "encoder": _ENCODER,
        "generator": {
            _DENSE: ("linear",),
            _DECONV: ("deconv0", "deconv1", "deconv2"),
            "Conv": ("end",),
        },
        "discriminator": _DISCRIMINATOR,
    },
    "images": {
        "encoder": _ENCODER,
        "generator": {_DENSE: ("linear",), _DECONV: ("deconv0", "deconv1", "deconv2", "end")},
        "discriminator": _DISCRIMINATOR,
    },
    "sngan": {
        # At 32x32 this is the encoder of the dcgan family.
        "encoder": _ENCODER,
        "generator": {
            _DENSE: ("linear",),
            _DECONV: ("deconv0", "deconv1", "deconv2"),
            "Conv": ("end",),
        },
        "discriminator": {
            "Conv": ("conv0", "down0", "conv1", "down1", "conv2", "down2", "conv3"),
            _DENSE: ("score", "classes"),
        },
    },
}
# {network: {a layer's name outside of blocks: amnat's}}
BLOCKS = {
    "encoder": {"e_conv0": "conv0", "e_bn": "bn", "Linear": "linear"},
    "generator": {"g_linear0": "linear", "g_bn": "bn", "g_conv_last": "end"},
    "discriminator": {"linear_out": "score", "Linear": "classes"},
}
KINDS = {
    "weights": "w",
    "w": "w",
    "Matrix": "w",
    "biases": "b",
    "bias": "b",
    "beta": "offset",
    "gamma": "scale",
}
_SLIM = re.compile(rf"({_DENSE}|{_DECONV}|Conv)(?:_(\d+))?(/fully_connected)?(/BatchNorm)?/(\w+)")
_BLOCK = re.compile(r"[egd]_(?:optimized_)?block(\d)/([a-z]+\d|[od]_dsample_(\d))/(\w+)")
_SINGLE = re.compile(r"(\w+)/(\w+)")


def our_name(theirs, style):
    """Maps e.g. 'encoder/encoder/Conv_1/BatchNorm/beta' to 'encoder/bn1/offset'.

    Args:
      theirs: the original's name of a trainable variable.
      style: a key of LAYERS, or 'resnet'.

    Raises: KeyError, IndexError or AttributeError if there is no such variable.
    """
    network, _, rest = theirs.partition("/")
    rest = rest.removeprefix(f"{network}/")
    layer, kind = (_resnet_layer if style == "resnet" else _slim_layer)(network, rest, style)
    return f"{network}/{layer}/{KINDS[kind]}"


def _slim_layer(network, rest, style):
    kind, number, _, normed, variable = _SLIM.fullmatch(rest).groups()
    layer = LAYERS[style][network][kind][int(number or 0)]
    if normed:
        layer = "bn" + re.sub(r"\D", "", layer)
    return layer, variable


def _resnet_layer(network, rest, style):
    del style
    in_block = _BLOCK.fullmatch(rest)
    if in_block is None:
        name, variable = _SINGLE.fullmatch(rest).groups()
        return BLOCKS[network][name], variable
    block, name, down, variable = in_block.groups()
    return f"block{int(block) - 1}_{f'down{down}' if down else name}", variable


DATA_NAMES = ("mnist", "mnist-1k", "celeba", "cifar10", "cifar100", "stl10", "imagenet_32")
UNREAD = re.compile(r".*/(moving_mean|moving_variance)")
# {(style, entries of the generator's dense layer by channels of its last maps): (data set, widths
# of the encoder's first layer and the generator's last maps, in units of ef_dim and gf_dim)}. Other
# data sets of 32x32 images have the networks of cifar10.
_SIZES = {
    ("mnist", 64): ("mnist", 1, 1),
    ("stacked_mnist", 128): ("mnist-1k", 1, 1),
    ("images", 32): ("cifar10", 1, 1),
    ("images", 128): ("celeba", 1, 1),
    ("sngan", 128): ("cifar10", 1, 2),
    ("sngan", 288): ("stl10", 4, 2),
    ("resnet", 16): ("cifar10", 2, 2),
    ("resnet", 288): ("stl10", 1, 1),
}
_SNGAN_CONVS = 7
# The original's folder of a run, such as cifar10_distgan_resnet_hinge_sstask_2_ld_0.50_lg_0.10_
# batch_64_niters_300000.
_FOLDER = re.compile(
    r"(?P<db_name>[a-z0-9-]+(?:_32)?)_[a-z]+_(?P<nnet_type>dcgan|sngan|resnet)_"
    r"(?P<loss_type>log|hinge)_(?:K_(?P<k>\d)_)?sstask_(?P<ss_task>\d)_.*"
    r"batch_(?P<batch_size>\d+)_niters_(?P<n_steps>\d+).*"
)
_STEP = re.compile(r"epoch_(\d+)\.ckpt")
# The number of classes of the discriminator's second head, for each task.
_TASKS = {4: 1, 5: 2}


def style_of_names(names: Collection[str]) -> str:
    """The style of the networks whose variables these are, as in `our_name`."""

    def count(pattern: str) -> int:
        return sum(re.fullmatch(pattern, name) is not None for name in names)

    if count(r"encoder/encoder/e_block1/.*"):
        return "resnet"
    if count(r"discriminator/discriminator/Conv(_\d)?/weights") == _SNGAN_CONVS:
        return "sngan"
    if count(r"generator/generator/flatten_fully_connected_1/.*"):
        return "mnist"
    normed = count(r"encoder/encoder/Conv_1/BatchNorm/.*")
    return "images" if normed else "stacked_mnist"


def their_names(names: Collection[str], style: str) -> dict[str, str]:
    """{amnat's name: the original's} of the networks' variables among `names`."""
    found = {}
    for name in names:
        try:
            found[our_name(name, style)] = name
        except (KeyError, IndexError, AttributeError):
            continue
    return found


def folder_flags(prefix: pathlib.Path) -> dict[str, Any]:
    """{flag: value} from the name of the run's folder above a checkpoint."""
    for folder in prefix.absolute().parents:
        match = _FOLDER.fullmatch(folder.name)
        if match:
            found = {name: text for name, text in match.groupdict().items() if text is not None}
            return {name: int(text) if text.isdecimal() else text for name, text in found.items()}
    return {}


def step_of(prefix: pathlib.Path) -> int | None:
    """The iteration in the name of a checkpoint's files; None if it has another name."""
    match = _STEP.fullmatch(prefix.name)
    return int(match[1]) if match else None


def find_flags(shapes: Mapping[str, Sequence[int]], recorded: Mapping[str, Any]) -> Finding:
    """Finds the flags that a checkpoint's variables determine.

    Args:
      shapes: {the original's name: shape}.
      recorded: {flag: value} that are known already, of which only db_name counts.
    """
    style = style_of_names(shapes)
    names = their_names(shapes, style)
    found: dict[str, Any] = {}
    reasons: dict[str, str] = {}

    def note(flag: str, value: Any, variable: str) -> None:
        found[flag], reasons[flag] = value, names.get(variable, variable)

    def shape(variable: str) -> Sequence[int]:
        return shapes.get(names.get(variable, ""), ())

    note("nnet_type", style if style in ("resnet", "sngan") else "dcgan", "the layers")
    if shape("encoder/linear/b"):
        note("noise_dim", shape("encoder/linear/b")[0], "encoder/linear/b")
    dense, last = shape("generator/linear/w"), shape("generator/end/w")
    if len(dense) == 2 and len(last) == 4:
        # A transposed convolution's inputs are its last axis, a convolution's the one before.
        maps = last[3] if style in ("mnist", "images") else last[2]
        data, encoder, generator = _SIZES.get((style, dense[1] // maps), ("", 1, 1))
        if data and not (data == "cifar10" and recorded.get("db_name")):
            note("db_name", data, "generator/linear/w")
        note("gf_dim", maps // generator, "generator/end/w")
        if len(shape("encoder/conv0/w")) == 4:
            note("ef_dim", shape("encoder/conv0/w")[3] // encoder, "encoder/conv0/w")
    first = f"discriminator/{'block0_conv1' if style == 'resnet' else 'conv0'}/w"
    if len(shape(first)) == 4:
        note("df_dim", shape(first)[3], first)
    classes = shape("discriminator/classes/b")
    note("ss_task", _TASKS.get(classes[0], 0) if classes else 0, "discriminator/classes/b")
    return Finding(found, reasons)
