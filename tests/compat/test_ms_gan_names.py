"""The names of tntrung/msgan's variables lead to those of amnat's networks, each to another one."""

from amnat.compat.ms_gan_names import our_name
from amnat.methods.dist_gan.networks.families import Plan

import pytest

PLANS = {
    "mnist": ("dcgan", (28, 28, 1)),
    "stacked_mnist": ("dcgan", (28, 28, 3)),
    "images": ("dcgan", (32, 32, 3)),
    "sngan": ("sngan", (32, 32, 3)),
}
NORMED, PLAIN = ("weights", "BatchNorm/beta", "BatchNorm/gamma"), ("weights", "biases")
DENSE = "flatten_fully_connected{}/fully_connected"


def slim(kind, *layers):
    """Names of a kind's layers, of which True has a batch norm."""
    return [
        f"{kind.format(f'_{i}' if i else '') if '{' in kind else kind + (f'_{i}' if i else '')}/{x}"
        for i, normed in enumerate(layers)
        for x in (NORMED if normed else PLAIN)
    ]


def convs(*layers):
    return slim("Conv", *layers)


def deconvs(*layers):
    return slim("Conv2d_transpose", *layers)


def dense(*layers):
    return slim(DENSE, *layers)


# As modules/net_dcgan.py and net_sngan.py make them.
THEIRS = {
    "mnist": {
        "encoder": convs(False, True, True) + dense(False),
        "generator": dense(True, False) + deconvs(True, True, False),
        "discriminator": convs(False, True, True) + dense(False, False),
    },
    "stacked_mnist": {
        "encoder": convs(False, False, False, False) + dense(False),
        "generator": dense(True) + deconvs(True, True, True) + convs(False),
        "discriminator": convs(False, False, False) + dense(False, False),
    },
    "images": {
        "encoder": convs(False, True, True, True) + dense(False),
        "generator": dense(True) + deconvs(True, True, True, False),
        "discriminator": convs(False, True, True, True) + dense(False, False),
    },
    "sngan": {
        "encoder": convs(False, True, True, True) + dense(False),
        "generator": dense(False) + deconvs(True, True, True) + convs(False),
        "discriminator": convs(*[False] * 7) + dense(False, False),
    },
}


def networks(plan):
    return plan.encoder(), plan.generator(), plan.discriminator()


@pytest.mark.parametrize("style", THEIRS)
def test_slims_numbered_layers(style):
    family, shape = PLANS[style]
    name = style if style in ("mnist", "stacked_mnist") else "images"
    plan = Plan(family, shape, 128, 1, 1, 1, num_classes=5, style=name)
    for network in networks(plan):
        theirs = [f"{network.name}/{network.name}/{x}" for x in THEIRS[style][network.name]]
        found = [our_name(x, style) for x in theirs]
        assert len(set(found)) == len(found)
        assert set(found) == {f"{network.name}/{x}" for x in network.named_variables()}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("encoder/encoder/e_conv0/w", "encoder/conv0/w"),
        ("encoder/encoder/e_block3/bn1/gamma", "encoder/block2_bn1/scale"),
        ("encoder/encoder/Linear/Matrix", "encoder/linear/w"),
        ("generator/generator/g_linear0/bias", "generator/linear/b"),
        ("generator/generator/g_block1/bn0/beta", "generator/block0_bn0/offset"),
        ("generator/generator/g_conv_last/biases", "generator/end/b"),
        ("discriminator/discriminator/d_optimized_block1/o_dsample_2/w", "block0_down2/w"),
        ("discriminator/discriminator/d_block2/d_dsample_1/biases", "block1_down1/b"),
        ("discriminator/discriminator/d_block4/conv2/w", "block3_conv2/w"),
        ("discriminator/discriminator/linear_out/Matrix", "score/w"),
        ("discriminator/discriminator/Linear/bias", "classes/b"),
    ],
)
def test_the_resnets_named_layers(theirs, ours):
    network = theirs.partition("/")[0]
    assert our_name(theirs, "resnet") == f"{network}/{ours.removeprefix(f'{network}/')}"


def test_every_layer_of_the_resnet_is_named():
    encoder, generator, discriminator = networks(
        Plan("resnet", (32, 32, 3), 4, 1, 1, 1, num_classes=5)
    )
    expected = {
        encoder: [f"e_block{i}/{x}" for i in (1, 2, 3) for x in BLOCK] + ["e_conv0", "e_bn"],
        generator: [f"g_block{i}/{x}" for i in (1, 2, 3) for x in BLOCK] + ["g_bn", "g_conv_last"],
        discriminator: [
            *(f"d_optimized_block1/{x}" for x in ("conv1", "conv2", "conv3")),
            *("d_optimized_block1/o_dsample_1", "d_optimized_block1/o_dsample_2"),
            *(f"d_block2/{x}" for x in ("conv1", "conv2", "d_dsample_1", "conv3", "d_dsample_2")),
            *(f"d_block{i}/conv{j}" for i in (3, 4) for j in (1, 2)),
        ],
    }
    heads = {encoder: ["Linear"], generator: ["g_linear0"], discriminator: ["linear_out", "Linear"]}
    for network, layers in expected.items():
        names = [
            f"{layer}/{x}"
            for layer in layers
            for x in (("beta", "gamma") if "bn" in layer else ("w", "biases"))
        ]
        names += [f"{head}/{x}" for head in heads[network] for x in ("Matrix", "bias")]
        found = {our_name(f"{network.name}/{network.name}/{x}", "resnet") for x in names}
        assert found == {f"{network.name}/{x}" for x in network.named_variables()}


BLOCK = ("bn0", "conv1", "bn1", "conv2", "conv3")


def test_unknown_variables():
    with pytest.raises((KeyError, AttributeError)):
        our_name("encoder/encoder/other/w", "resnet")
    with pytest.raises(IndexError):
        our_name("encoder/encoder/Conv_9/weights", "images")
