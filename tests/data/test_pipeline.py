"""Order and content of training batches."""

import types

from amnat.data import Dataset
from amnat.data.pipeline import check_batch_size, training_batches
from amnat.errors import InputError

import numpy as np
import pytest


def _points(count):
    samples = np.arange(count, dtype=np.float32)[:, None]
    labels = np.arange(count, dtype=np.int32)
    return Dataset("points", "train", samples, labels, count, tuple(map(str, range(count))))


def _labels(dataset, batch_size, take, **kwargs):
    batches = training_batches(dataset, batch_size, **kwargs).take(take)
    return [labels.numpy() for _, labels in batches]


def test_an_epoch_shows_no_sample_twice_and_drops_the_rest():
    batches = _labels(_points(23), 5, 8)
    for epoch in (batches[:4], batches[4:]):
        assert len(np.unique(np.concatenate(epoch))) == 20
    assert not np.array_equal(batches[0], batches[4])


def test_epochs_are_well_shuffled():
    order = np.concatenate(_labels(_points(1000), 100, 10))
    assert abs(np.corrcoef(order, np.arange(1000))[0, 1]) < 0.1
    # Two neighbours stay together in about 2 of 1,000 places by chance.
    assert (np.abs(np.diff(order)) == 1).sum() < 10


def test_samples_come_with_their_labels():
    samples, labels = next(iter(training_batches(_points(23), 5)))
    np.testing.assert_array_equal(samples[:, 0], labels)


def test_images_are_scaled():
    images = np.arange(256, dtype=np.uint8).reshape(16, 4, 4, 1)
    data = Dataset("images", "train", images, np.arange(16, dtype=np.int32), 16, ("",) * 16)
    samples, labels = next(iter(training_batches(data, 16)))
    expected = (images[labels.numpy()].astype(np.float64) - 127.5) / 128
    np.testing.assert_array_equal(samples, expected)


def test_a_resumed_order_goes_on():
    data = _points(23)
    whole = _labels(data, 5, 9, seed=3)
    np.testing.assert_array_equal(_labels(data, 5, 2, seed=3, start_iteration=7), whole[7:])
    assert not np.array_equal(whole, _labels(data, 5, 9, seed=4))


def test_several_batches_per_step_are_interleaved():
    data = _points(23)
    single = _labels(data, 5, 4)
    double = _labels(data, 5, 2, batches_per_step=2)
    np.testing.assert_array_equal(double[0][0::2], single[0])
    np.testing.assert_array_equal(double[0][1::2], single[1])
    np.testing.assert_array_equal(double[1][1::2], single[3])


def test_replicas_share_each_batch_out():
    data = _points(24)
    whole = _labels(data, 6, 3)
    parts = []
    for worker in range(2):  # two workers with one replica each
        context = types.SimpleNamespace(
            num_replicas_in_sync=2, num_input_pipelines=2, input_pipeline_id=worker
        )
        parts.append(_labels(data, 6, 3, input_context=context))
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    context = types.SimpleNamespace(
        num_replicas_in_sync=2, num_input_pipelines=1, input_pipeline_id=0
    )
    one_worker = _labels(data, 6, 6, input_context=context)
    np.testing.assert_array_equal(np.concatenate(one_worker), np.concatenate(whole))


@pytest.mark.parametrize(
    ("batch_size", "replicas", "message"), [(24, 1, "larger than"), (5, 2, "not divisible")]
)
def test_bad_batch_size(batch_size, replicas, message):
    with pytest.raises(InputError, match=message):
        check_batch_size(batch_size, 23, replicas)
