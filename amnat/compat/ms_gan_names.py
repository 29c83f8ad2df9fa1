"""The mapping from the variable names of tntrung/msgan to amnat's.

    amnat                  slim (dcgan, sngan)                          resnet
    ---------------------  -------------------------------------------  -------------------------
    .../w, .../b           .../weights, .../biases                      w, Matrix; biases, bias
    .../scale, .../offset  .../BatchNorm/gamma, .../beta                .../gamma, .../beta

A name of the original starts with {network}/{network}/. Slim numbers the layers of a kind in the
order of their creation: Conv, Conv_1, etc.; LAYERS maps them to amnat's layers. BLOCKS does so for
the resnet, whose layers have names. Kernels, biases, scales and offsets have the same shape on both
sides.
"""

import re

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
