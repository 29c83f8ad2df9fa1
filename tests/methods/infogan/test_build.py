"""InfoGAN as its flags say."""

from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.rollout_model import NoiseSchedule, RolloutInfoGAN
from amnat.rng import derive_seed
from amnat.training.optimizers import TorchAdam

import numpy as np
import pytest
from built_models import adam, builder, images, single

SMALL = ("--dataset=digits", "--img_size=16", "--width=4", "--critic_width=2", "--seed=3")


@pytest.fixture(scope="module")
def build():
    with builder("infogan.py", *SMALL) as built:
        yield built


def test_defaults(build):
    model = build(images(16))
    assert (model.seed, model.labelled, model.ema_generator) == (3, None, None)
    assert model.latent.get_config() == {"dim": 62, "num_classes": 10, "code_dim": 2}
    common = {"image_shape": (16, 16, 1), "batch_norm_epsilon": 0.8, "seed": 3}
    assert model.generator.get_config() == common | {"width": 4}
    assert model.discriminator.get_config() == common | {
        **{"width": 2, "num_labels": 10, "space_dim": 2}
    }
    for optimizer in model.optimizer:
        assert type(optimizer) is TorchAdam
        assert adam(optimizer) == single(2e-4, 0.5, 0.999, 1e-8)


def test_every_flag_arrives(build):
    model = build(
        images(16, channels=3),
        *("--critic=patch", "--loss=sim", "--critic_loss=least_squares", "--lambda_label=0.25"),
        *("--lambda_space=0.375", "--lambda_gt=0.5", "--space_distance=absolute", "--lambda_gp=2"),
        *("--double_softmax", "--n_classes=6", "--code_dim=3", "--latent_dim=5"),
        *("--batch_norm_epsilon=0.125", "--num_labels=8", "--batch_size=4", "--ema_decay=0.75"),
        *("--lr=0.25", "--b1=0.375", "--b2=0.625"),
    )
    assert model.objective == InfoObjective(
        "sim", "least_squares", 0.25, 0.375, 0.5, False, True, 2.0
    )
    assert model.latent.get_config() == {"dim": 5, "num_classes": 6, "code_dim": 3}
    assert model.discriminator.get_config() == {
        **{"image_shape": (16, 16, 3), "num_labels": 6, "space_dim": 3, "downs": 2, "width": 2},
        **{"seed": 3},
    }
    assert model.generator.get_config()["batch_norm_epsilon"] == 0.125
    assert model.ema_decay == 0.75
    for averaged, weights in zip(model.ema_generator.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(averaged, weights)
    assert len(model.optimizer) == 3
    for optimizer in model.optimizer:
        assert adam(optimizer) == single(0.25, 0.375, 0.625, 1e-8)


def test_the_labelled_images_are_as_many_as_asked_for_and_drawn_with_the_seed(build):
    data = images(16)
    data.samples[:] = np.arange(12)[:, None, None, None]

    def drawn(*arguments):
        labelled = build(data, "--lambda_gt=1", "--batch_size=8", *arguments).labelled
        assert labelled.batch_size == 8
        shown, labels = labelled(0)
        assert sorted(np.bincount(labels)) == [2, 2, 2, 2]
        return labelled.count, shown.numpy()[:, 0, 0, 0].tolist()

    count, first = drawn("--num_labels=8")
    assert count == 8 and len(set(first)) == 8
    assert drawn("--num_labels=8")[1] == first
    assert drawn("--num_labels=8", "--seed=4")[1] != first


def test_the_scheme_of_the_article(build):
    model = build(
        images(16),
        *("--scheme=info_cycle", "--n_steps=3", "--rollout_size=128", "--c_batch_size=32"),
        *("--c_train_n_step=4", "--generator_gradient=after", "--n_generators=2", "--n_critics=3"),
        *("--critic=patch", "--lambda_gp=1", "--gradient_penalty=wgan_gp", "--conditional_critic"),
        *("--loss=sim", "--group_labels=critic", "--ema_decay=0.5"),
    )
    assert type(model) is RolloutInfoGAN and model.grouping == "critic"
    assert model.schedule == NoiseSchedule(3, 128, 32, 4, True)
    assert (model.objective.penalty, model.objective.conditional) == ("wgan_gp", True)
    assert [each.get_config()["seed"] for each in model.generators] == [
        *(3, derive_seed(3, "network/1"))
    ]
    assert [each.name for each in model.critics] == [
        *("discriminator", "discriminator1", "discriminator2")
    ]
    assert model.discriminator.get_config()["conditional"] is True
    # Two halvings leave maps of 4x4, on which the head finds 2x2 patches of each of ten labels.
    assert model.discriminator.form.outputs.patches.shape[1] == 40
    assert len(model.optimizer) == 5


def test_generators_share_a_noisy_head(build):
    model = build(
        images(16),
        *("--scheme=info_cycle", "--generator=noisy", "--noisy_layers=7,9", "--n_generators=2"),
        *("--width=128", "--ema_decay=0.5"),
    )
    first, second = (each.head.dense_layers for each in model.generators)
    assert [layer.units for layer in first] == [7, 9, 256]
    for mine, other in zip(first, second, strict=True):
        assert mine.w is other.w and mine.noise is other.noise and mine.sigma is not other.sigma
    assert model.ema_generator.head.dense_layers[0].w is not first[0].w
    assert model.generator.get_config() == {
        **{"image_shape": (16, 16, 1), "hidden": (7, 9), "seed": 3}
    }
