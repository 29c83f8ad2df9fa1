"""InfoGAN against PyTorch, iteration by iteration; guidance; any number of labels."""

from amnat.data import Dataset
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.model import InfoGAN
from amnat.models.labelled_batches import LabelledBatches

import info_cycle_cases as cases
import info_cycle_runs as runs
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize("name", cases.INFOGAN_CASES)
def test_iterations(name):
    model = runs.infogan(cases.infogan(name))
    found = runs.follow(model, cases.infogan_draws, cases.infogan_batch)
    after = runs.summaries([model.generator, model.discriminator])
    runs.check(found, after, runs.GOLDEN[name], 1e-9)


def batch():
    images, classes = cases.infogan_batch(0)
    return tf.constant(images, tf.float32), tf.constant(classes)


def test_losses_stand_alone():
    """As a `GANModel`'s, with images drawn for themselves."""
    model = runs.infogan(cases.INFOGAN, "float32", seed=4)
    loss, logs = model.discriminator_loss(batch(), model._rng_of(0))
    assert loss == logs["loss_dis_total"] > 0
    loss, logs = model.generator_loss(batch(), model._rng_of(0))
    assert loss == logs["loss_gen_total"] > 0


def guided(labelled=None, truth_weight=1.0):
    config = cases.INFOGAN | {"truth_weight": truth_weight, "double_softmax": False}
    return runs.infogan(config, "float32", seed=5, labelled=labelled)


def truth_losses(model, batch, count=40):
    step = tf.function(model.train_step, autograph=False)
    return [float(step(batch)["loss_info_truth"]) for _ in range(count)]


def truth_of_classes(model, images, classes):
    logits = model.discriminator(images).labels
    return np.mean(np.argmax(logits, axis=1) == classes)


def test_true_labels_guide():
    images, classes = batch()
    model = guided()
    losses = truth_losses(model, (images, classes))
    assert losses[-1] < 0.7 * losses[0]
    assert truth_of_classes(model, images, classes.numpy()) > 0.5


def test_a_few_labelled_images_guide():
    """Labels of the batch are not looked at."""
    images, classes = batch()
    pixels = np.rint(images.numpy() * 128 + 127.5).clip(0, 255).astype(np.uint8)
    few = Dataset("few", "train", pixels, classes.numpy(), 3, ("a", "b", "c"))
    wrong = (classes + 1) % 3
    model = guided(LabelledBatches(few, len(pixels), 0))
    losses = truth_losses(model, (images, wrong))
    assert losses[-1] < 0.7 * losses[0]
    assert truth_of_classes(model, few.images, classes.numpy()) > 0.5


@pytest.mark.parametrize("count", [4, 13])
def test_any_number_of_labels(count):
    from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator

    latent = InfoLatent(2, count, 1)
    generator = InfoGANGenerator((16, 16, 1), 2, seed=1).build_variables((latent.size,))
    critic = InfoGANCritic((16, 16, 1), count, 1, 2, seed=1).build_variables((16, 16, 1))
    model = InfoGAN(
        generator, critic, latent, InfoObjective("least_squares", "least_squares"), seed=1
    )
    model.compile(runs.adam(), runs.adam(), runs.adam())
    logs = model.train_step((tf.zeros([4, 16, 16, 1]), tf.zeros([4], tf.int32)))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    assert set(logs) == set(model.log_names) and "loss_info_truth" in logs
