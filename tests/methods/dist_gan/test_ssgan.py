"""SSGAN's losses, from what its networks give, and its spectral norm."""

from amnat.methods.dist_gan.networks import to_unit
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.ssgan import SSGAN
from amnat.models import NormalLatent
from amnat.rng import RNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import tensorflow as tf


def build():
    plan = Plan("resnet", (32, 32, 3), 3, 1, 1, 1, num_classes=4, variant="ssgan")
    model = SSGAN(plan.generator(), plan.discriminator(), NormalLatent(3))
    model.compile(*(make_optimizer("adam", 0.01, 0.0, 0.9) for _ in range(2)))
    return model


def rotation_loss(model, images):
    """Softmax cross-entropy of image i turned by i quarter turns, of four images."""
    turned = np.stack([np.rot90(image, turns) for turns, image in enumerate(images)])
    logits = model.discriminator(tf.constant(turned))["class_logits"].numpy().astype(np.float64)
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[range(4), range(4)])


def test_losses_and_an_update():
    model = build()
    samples = tf.random.stateless_uniform([4, 32, 32, 3], [0, 1], -1.0, 1.0)
    batch = samples, tf.zeros([4], tf.int32)
    latents = model.latent(RNG(0, 0), 4)
    real, fake = to_unit(samples).numpy(), model.generator.unit_images(latents).numpy()
    scores = [model.discriminator(tf.constant(x))["logits"].numpy() for x in (real, fake)]
    expected = np.maximum(0, 1 - scores[0]).mean() + np.maximum(0, 1 + scores[1]).mean()
    found, _ = model.discriminator_loss(batch, RNG(0, 0))
    np.testing.assert_allclose(found, expected + rotation_loss(model, real), rtol=1e-4)
    found, _ = model.generator_loss(batch, RNG(0, 0))
    expected = -scores[1].mean() + 0.2 * rotation_loss(model, fake)
    np.testing.assert_allclose(found, expected, rtol=1e-4)

    layer = model.discriminator.first.conv2
    before = layer.spectral.u.numpy()
    model.train_step(batch)
    matrix = layer.w.numpy().reshape(-1, 1)
    after = layer.spectral.u.numpy()
    assert after.shape == before.shape and matrix.shape[1] == 1
    # One output unit: its largest singular value is its norm.
    np.testing.assert_allclose(np.abs(after), [[1.0]], rtol=1e-5)
    kernel = layer.kernel().numpy().ravel()
    np.testing.assert_allclose(np.linalg.norm(kernel), 1.0, rtol=1e-4)
