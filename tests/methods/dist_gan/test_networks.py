"""The networks of MS-GAN: shapes and the originals' parameter counts."""

from amnat.methods.dist_gan.networks.families import Plan

import numpy as np
import pytest
import tensorflow as tf

# Trainable parameters of encoder, generator and discriminator without and with 4 and 5 classes,
# counted in the graphs of tntrung/msgan (mnist: modules/net_dcgan.py, ...) at their default widths;
# those of sngan at 48x48 in tntrung/gan.
COUNTS = [
    ("dcgan", (28, 28, 1), 100, (64, 64, 64), "mnist", 1436132, 52830273, 1030529, 16388),
    ("dcgan", (28, 28, 3), 256, (8, 8, 2), "stacked_mnist", 133712, 332107, 1293, 516),
    ("dcgan", (28, 28, 3), 256, (8, 8, 4), "stacked_mnist", 133712, 332107, 4585, 1028),
    ("dcgan", (28, 28, 3), 256, (8, 8, 8), "stacked_mnist", 133712, 332107, 17169, 2052),
    ("dcgan", (64, 64, 3), 100, (64, 64, 64), "images", 5126756, 5142083, 4315649, 32772),
    ("dcgan", (32, 32, 3), 128, (64, 64, 64), "images", 4569728, 4572739, 4309505, 8196),
    ("sngan", (32, 32, 3), 128, (64, 64, 64), "images", 4569728, 13128835, 2935873, 32772),
    ("sngan", (48, 48, 3), 128, (64, 64, 64), "images", 15735936, 15770755, 2946113, 73732),
    ("resnet", (32, 32, 3), 128, (128, 128, 128), "images", 4273024, 4276739, 1103373, 32772),
    ("resnet", (48, 48, 3), 128, (64, 64, 64), "images", 7184512, 4878083, 20236813, 36868),
]
FEATURES = [4096, 128, 256, 512, 8192, 2048, 8192, 18432, 8192, 9216]


# The families once each; all together take half a minute.
QUICK = (1, 6, 8)


def marked(indices):
    """Numbers of cases; those that are not QUICK are slow."""
    return [
        pytest.param(index, marks=[] if index in QUICK else pytest.mark.slow) for index in indices
    ]


def trainable(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def plan_of(case, **changes):
    family, shape, latent_size, widths, style = case[:5]
    return Plan(family, shape, latent_size, *widths, style=style, **changes)


@pytest.mark.parametrize("index", marked(range(len(COUNTS))))
def test_counts_are_the_originals(index):
    case = COUNTS[index]
    plan = plan_of(case)
    encoder, generator, discriminator, four_classes = case[5:]
    # In a graph, nothing is drawn or computed.
    with tf.Graph().as_default():
        assert trainable(plan.encoder()) == encoder
        assert trainable(plan.generator()) == generator
        made = plan_of(case, num_classes=5).discriminator()
        assert trainable(made) == discriminator + four_classes // 4 * 5


def test_heads():
    case = COUNTS[1]
    for num_classes, more in (0, 0), (4, case[8]):
        made = plan_of(case, num_classes=num_classes).discriminator()
        assert trainable(made) == case[7] + more


@pytest.mark.parametrize("index", marked((0, 1, 4, 7, 8)))
def test_shapes(index):
    case, features = COUNTS[index], FEATURES[index]
    small = (*case[:3], (2, 2, case[3][2]), *case[4:])
    plan = plan_of(small, num_classes=5)
    latents = tf.random.stateless_uniform([2, case[2]], [0, 1], -1.0, 1.0)
    generator = plan.generator()
    images = generator.unit_images(latents)
    assert images.shape == (2, *case[1])
    assert tf.reduce_min(images) > 0.0 and tf.reduce_max(images) < 1.0
    np.testing.assert_allclose(generator(latents), (images * 255 - 127.5) / 128, rtol=1e-6)
    assert plan.encoder()(images).shape == (2, case[2])
    judged = plan.discriminator()(images)
    assert {name: value.shape[1] for name, value in judged.items()} == {
        "logits": 1,
        "features": features,
        "class_logits": 5,
    }


def test_a_generator_is_rebuilt_from_its_config():
    for case in COUNTS[1], COUNTS[8]:
        generator = plan_of((*case[:3], (2, 2, 2), *case[4:])).generator()
        again = type(generator).from_config(generator.get_config())
        again.build_variables((case[2],))
        for one, other in zip(generator.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_variants_of_the_resnet():
    case = ("resnet", (32, 32, 3), 128, (8, 8, 8), "images")
    official, seed = (
        plan_of(case, num_classes=5),
        plan_of(case, num_classes=5, variant="pytorch_seed"),
    )
    # Four 1x1 convolutions (one of three channels) and the biases of the heads less.
    halvings = 3 * (8 * 8 + 8) + 3 * 3 + 3
    assert trainable(official.discriminator()) - trainable(seed.discriminator()) == halvings + 6
    assert trainable(seed.encoder()) == trainable(official.encoder()) + 1
    spectral = plan_of(case, num_classes=4, variant="ssgan").discriminator()
    assert all(layer.spectral is not None for layer in spectral.layers)
    with pytest.raises(ValueError, match="resnet"):
        plan_of(("dcgan", (32, 32, 3), 8, (2, 2, 2), "images"), variant="ssgan")


def test_initial_weights_are_glorot_uniform():
    weights = plan_of(COUNTS[8]).discriminator().blocks[1].conv1.w.numpy()
    limit = np.sqrt(6 / (9 * (128 + 128)))
    assert abs(weights).max() <= limit
    assert abs(weights.std() - limit / np.sqrt(3)) < 0.01 * limit
