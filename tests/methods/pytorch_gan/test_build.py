"""PyTorch-GAN's two-player GAN as its flags say."""

from amnat.rng import RNG
from amnat.training.optimizers import TorchAdam

import numpy as np
import pytest
from built_models import adam, builder, images, single

SMALL = ("--dataset=digits", "--img_size=8", "--seed=3", "--latent_dim=5")


@pytest.fixture(scope="module")
def build():
    with builder("gan.py", *SMALL) as built:
        yield built


def test_defaults(build):
    model = build(images(8))
    assert (model.d_steps, model.g_steps, model.seed) == (1, 1, 3)
    assert model.ema_generator is None
    assert (model.penalty, model.gradient_penalty_weight, model.clip_weights) == ("none", 0, 0)
    assert (model.update_order, model.discriminator_scale) == ("generator_first", 0.5)
    assert type(model).__name__ == "AdversarialGAN"
    for optimizer in (model.d_optimizer, model.g_optimizer):
        assert type(optimizer) is TorchAdam
        assert adam(optimizer) == single(2e-4, 0.5, 0.999, 1e-8)


def test_every_flag_arrives(build):
    model = build(
        images(8),
        *("--loss=wasserstein", "--gradient_penalty=wgan_gp", "--gradient_penalty_weight=7"),
        *("--clip_weights=0.25", "--d_steps=2", "--g_steps=3", "--ema_decay=0.75"),
        *("--update_order=discriminator_first", "--nohalf_discriminator_loss"),
        *("--minibatch_kernels=4", "--minibatch_dim=2", "--minibatch_block=3", "--weight_norm"),
        *("--lr=0.25", "--b1=0.375", "--b2=0.625"),
        *("--historical_averaging=0.5",),
    )
    assert (model.d_steps, model.g_steps, model.ema_decay) == (2, 3, 0.75)
    assert (model.penalty, model.gradient_penalty_weight) == ("wgan_gp", 7.0)
    assert (model.clip_weights, model.update_order) == (0.25, "discriminator_first")
    assert model.discriminator_scale == 1.0
    assert model.techniques.historical_averaging == 0.5
    assert model.discriminator.get_config() == {
        **{"minibatch_kernels": 4, "minibatch_dim": 2, "minibatch_block": 3},
        **{"weight_norm": True, "seed": 3},
    }
    for averaged, weights in zip(model.ema_generator.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(averaged, weights)
    for optimizer in (model.d_optimizer, model.g_optimizer):
        assert adam(optimizer) == single(0.25, 0.375, 0.625, 1e-8)


def test_the_loss_is_the_one_that_is_named(build):
    """A critic's loss is the difference of two means, whatever its outputs."""
    model = build(
        images(8), "--loss=wasserstein", "--clip_weights=1", "--nohalf_discriminator_loss"
    )
    batch = np.ones((6, 8, 8, 1), np.float32), np.zeros(6, np.int32)
    real = model.discriminator(batch[0]).numpy()
    loss, _ = model.discriminator_loss(batch, RNG(0, 0))
    fake = model.discriminator(model.generator(model.latent(RNG(0, 0), 6))).numpy()
    assert float(loss) == pytest.approx(float(fake.mean() - real.mean()), abs=1e-5)
