"""Negatives beside the training batches: order, schedules, replicas."""

import types

from amnat.data import Dataset
from amnat.data.negative_schedule import NegativeSchedule
from amnat.data.negatives import Negatives
from amnat.data.pipeline import training_batches
from amnat.errors import InputError

import numpy as np
import pytest


def _points(count):
    samples = np.arange(count, dtype=np.float32)[:, None]
    labels = np.arange(count, dtype=np.int32)
    return Dataset("points", "train", samples, labels, count, tuple(map(str, range(count))))


def _schedule(count, per_batch, every=1):
    samples = np.arange(count, dtype=np.float32)[:, None] + 1000
    return NegativeSchedule(Negatives("far", samples), per_batch, every)


def _batches(schedule, take, batch_size=5, **kwargs):
    batches = training_batches(_points(23), batch_size, negatives=schedule, **kwargs).take(take)
    return [(labels.numpy(), negatives.numpy()[:, 0]) for _, labels, negatives in batches]


def test_negatives_have_epochs_of_their_own():
    found = [negatives for _, negatives in _batches(_schedule(11, 3), 6)]
    for epoch in (found[:3], found[3:]):
        assert len(np.unique(np.concatenate(epoch))) == 9
    assert not np.array_equal(found[0], found[3])
    assert min(map(min, found)) >= 1000


def test_samples_do_not_depend_on_negatives():
    alone = [labels.numpy() for _, labels in training_batches(_points(23), 5).take(6)]
    np.testing.assert_array_equal([labels for labels, _ in _batches(_schedule(11, 3), 6)], alone)


def test_negatives_every_third_iteration_are_those_of_every_iteration():
    always = [negatives for _, negatives in _batches(_schedule(11, 3), 3)]
    sometimes = [negatives for _, negatives in _batches(_schedule(11, 3, every=3), 8)]
    assert [len(negatives) for negatives in sometimes] == [3, 0, 0, 3, 0, 0, 3, 0]
    np.testing.assert_array_equal(sometimes[::3], always)


@pytest.mark.parametrize("every", [1, 3])
def test_a_resumed_order_goes_on(every):
    whole = _batches(_schedule(11, 3, every), 9, seed=3)
    resumed = _batches(_schedule(11, 3, every), 4, seed=3, start_iteration=5)
    for (labels, negatives), (same_labels, same_negatives) in zip(whole[5:], resumed, strict=True):
        np.testing.assert_array_equal(labels, same_labels)
        np.testing.assert_array_equal(negatives, same_negatives)
    other = _batches(_schedule(11, 3, every), 1, seed=4)
    assert not np.array_equal(whole[0][1], other[0][1])


def test_discriminator_steps_are_interleaved():
    single = [negatives for _, negatives in _batches(_schedule(11, 3), 4)]
    double = [negatives for _, negatives in _batches(_schedule(11, 3), 2, batches_per_step=2)]
    np.testing.assert_array_equal(double[0][0::2], single[0])
    np.testing.assert_array_equal(double[0][1::2], single[1])
    np.testing.assert_array_equal(double[1][1::2], single[3])


@pytest.mark.parametrize("every", [1, 2])
def test_replicas_share_the_negatives_out(every):
    schedule = _schedule(11, 4, every)
    whole = [negatives for _, negatives in _batches(schedule, 3, batch_size=4)]
    context = types.SimpleNamespace(
        num_replicas_in_sync=2, num_input_pipelines=1, input_pipeline_id=0
    )
    parts = _batches(schedule, 6, batch_size=4, input_context=context)
    parts = np.concatenate([negatives for _, negatives in parts])
    np.testing.assert_array_equal(parts, np.concatenate(whole))


def test_bytes_are_scaled_and_noise_is_not():
    images = np.arange(64, dtype=np.uint8).reshape(4, 4, 4, 1)
    data = Dataset("images", "train", images, np.zeros(4, np.int32), 1, ("",))
    scaled = NegativeSchedule(Negatives("other", 3 * images), 4)
    (batch,) = training_batches(data, 4, negatives=scaled).take(1)
    np.testing.assert_array_equal(
        np.sort(np.ravel(batch[2])), np.sort((np.ravel(3 * images) - 127.5) / 128)
    )
    noise = np.float32([[[[5.0]]]]) * np.ones((1, 4, 4, 1), np.float32)
    (batch,) = training_batches(data, 4, negatives=NegativeSchedule(Negatives("n", noise), 1)).take(
        1
    )
    np.testing.assert_array_equal(batch[2], noise)


@pytest.mark.parametrize("per_batch, every, message", [
    (12, 1, "--iNegPerBatch=12: expected 1 to 11, the number of negatives 'far'"),
    (0, 1, "--iNegPerBatch=0: expected 1 to 11"),
    (1, 0, "--iNegEvery=0: expected at least 1"),
])  # fmt: skip
def test_schedules_that_cannot_be(per_batch, every, message):
    with pytest.raises(InputError, match=message):
        _schedule(11, per_batch, every)


def test_negatives_that_do_not_divide():
    with pytest.raises(InputError, match="--iNegPerBatch=3: expected a multiple of the 2 devices"):
        _schedule(11, 3).check_replicas(2)
