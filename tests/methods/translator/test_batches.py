"""Rollouts of several domains: even shares, counted order, crops."""

import types

from amnat.data import Dataset
from amnat.methods.translator.batches import DomainBatches, cropped_and_mirrored
from amnat.methods.translator.domains import Domains
from amnat.rng import RNG

import numpy as np
import tensorflow as tf

SIZES = (5, 9, 1)


def domains(larger=None):
    labels = np.repeat(np.arange(3, dtype=np.int32), SIZES)
    samples = np.arange(15, dtype=np.uint8).repeat(4).reshape(15, 2, 2, 1)
    return Domains(Dataset("three", "train", samples, labels, 3, ("a", "b", "c")), larger)


def batches(count, start=0, replica=None, seed=0, larger=None):
    """Image numbers [count, 3 * 4] of the first batches, of one of two replicas or of one alone."""
    context = None
    if replica is not None:
        context = types.SimpleNamespace(
            num_replicas_in_sync=2, num_input_pipelines=2, input_pipeline_id=replica
        )
    make = DomainBatches(domains(larger), 4, 2)
    data = make(None, 12, 1, seed, start, context).take(count)
    found = [(images.numpy(), labels.numpy()) for images, labels in data]
    return np.array([np.rint(x[:, 0, 0, 0] * 128 + 127.5) for x, _ in found]), found[0][1]


def test_every_rollout_has_as_many_images_of_each_domain():
    numbers, labels = batches(20)
    np.testing.assert_array_equal(labels, np.repeat([0, 1, 2], 4))
    for rows in numbers:
        assert (rows[:4] < 5).all() and (rows[8:] == 14).all()
        assert ((rows[4:8] >= 5) & (rows[4:8] < 14)).all()
    # Two iterations take their images from one rollout.
    np.testing.assert_array_equal(numbers[::2], numbers[1::2])
    # Five rollouts of four go through the five images four times, each time in another order.
    epochs = numbers[::2, :4].ravel()[:20].reshape(4, 5)
    assert all(sorted(epoch) == [0, 1, 2, 3, 4] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_any_iteration_is_reached_at_once():
    whole, _ = batches(9)
    late, _ = batches(4, start=5)
    np.testing.assert_array_equal(whole[5:], late)
    assert (batches(9, seed=1)[0] != whole).any()


def test_replicas_share_a_rollout():
    whole, _ = batches(2)
    parts = [batches(2, replica=i)[0] for i in (0, 1)]
    for domain in range(3):
        expected = whole[:, 4 * domain : 4 * domain + 4]
        found = np.concatenate([part[:, 2 * domain : 2 * domain + 2] for part in parts], axis=1)
        np.testing.assert_array_equal(found, expected)


def test_crops_and_mirrors():
    images = np.arange(6 * 5 * 5).reshape(6, 5, 5, 1)
    seen = set()
    for counter in range(60):
        crops = cropped_and_mirrored(tf.constant(images), 3, RNG(0, counter)).numpy()
        for image, crop in zip(images, crops, strict=True):
            mirrored = crop[0, 0, 0] > crop[0, 1, 0]
            plain = crop[:, ::-1] if mirrored else crop
            top, left = np.argwhere(image[..., 0] == plain[0, 0, 0])[0]
            np.testing.assert_array_equal(plain, image[top : top + 3, left : left + 3])
            seen.add((int(top), int(left), bool(mirrored)))
    assert len(seen) == 3 * 3 * 2


def test_larger_images_are_cropped_anew_for_every_rollout():
    larger = np.random.default_rng(0).integers(0, 256, (15, 6, 6, 1)).astype(np.uint8)
    make = DomainBatches(domains(larger), 4, 2)
    first, again, other = (x.numpy() for x, _ in make(None, 12).take(3))
    assert first.shape == (12, 2, 2, 1)
    np.testing.assert_array_equal(first, again)
    # The third domain's only image.
    assert not np.array_equal(first[8:], other[8:])
