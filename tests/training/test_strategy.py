"""Strategies; those of several replicas run in processes of their own (replicas.py)."""

from amnat.data.pipeline import training_batches
from amnat.errors import InputError
from amnat.rng import MAX_REPLICAS, RNG
from amnat.training.strategy import check_channels_first, make_strategy

import numpy as np
import pytest
import replicas
import tensorflow as tf
import tiny
from processes import finish, run_two_workers, start


def test_none():
    assert make_strategy("none").num_replicas_in_sync == 1


@pytest.mark.skipif(
    bool(tf.config.list_physical_devices("GPU")), reason="this machine has the GPUs"
)
@pytest.mark.parametrize("devices", [[], ["GPU:0", "GPU:1"]])
def test_missing_gpus(devices):
    with pytest.raises(InputError, match="TensorFlow sees 0 GPUs"):
        make_strategy("mirrored", devices)


def test_channels_first_where_they_cannot_be_computed(monkeypatch):
    def refuse(*_, **__):
        raise tf.errors.UnimplementedError(None, None, "only supports NHWC")

    monkeypatch.setattr(tf.nn, "conv2d_transpose", refuse)
    with pytest.raises(InputError, match="--data_format=NCHW: .*use NHWC"):
        check_channels_first(make_strategy("none"), jit_compile=False)


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    """The folder of the runs of two replicas in one process, and of one replica."""
    folder = tmp_path_factory.mktemp("mirrored")
    finish(start("training/replicas.py", ["mirrored", folder]))
    return folder


def _assert_close(found, expected, tolerance):
    assert set(found) == set(expected)
    for name in expected:
        np.testing.assert_allclose(
            found[name], expected[name], rtol=0, atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("kind", ["together", "images", "compiled"])
def test_two_replicas_are_one_with_the_whole_batch(mirrored, kind):
    found = np.load(mirrored / f"{kind}.npz")
    _assert_close(found, np.load(mirrored / "one" / f"{kind}.npz"), tolerance=1e-7)


def test_replicas_share_no_noise(mirrored):
    draws = np.load(mirrored / "draws.npy")
    for replica, draw in enumerate(draws):
        counter = replicas.ITERATIONS * MAX_REPLICAS + replica
        np.testing.assert_array_equal(draw, RNG(1, counter).normal("x", [4]))
    assert not np.intersect1d(*draws).size


def test_statistics_are_otherwise_those_of_each_replica(mirrored):
    gan, data = replicas.build(False), tiny.dataset()
    samples, labels = next(iter(training_batches(data, replicas.BATCH)))
    losses = []
    for part in range(2):
        rows = slice(5 * part, 5 * part + 5)
        rng = replicas.global_stream(gan, 0, part, 2).child("d0")
        losses.append(gan.discriminator_loss((samples[rows], labels[rows]), rng)[0].numpy())
    found = np.load(mirrored / "apart.npy")
    np.testing.assert_allclose(found, losses, atol=1e-6)
    whole = replicas.global_stream(gan, 0, 0, 1).child("d0")
    assert abs(found.mean() - gan.discriminator_loss((samples, labels), whole)[0].numpy()) > 1e-3


@pytest.mark.slow
def test_two_processes_are_one_with_the_whole_batch(mirrored, tmp_path):
    """Also: the chief alone writes, and both stop and go on together."""
    run_two_workers("training/replicas.py", "multi_worker", tmp_path)
    for kind in ("together", "compiled"):
        expected = np.load(mirrored / "one" / f"{kind}.npz")
        _assert_close(np.load(tmp_path / f"{kind}.npz"), expected, 1e-7)

    def names(run):
        paths = (path.relative_to(run) for path in run.rglob("*"))
        return sorted(str(path) for path in paths if not path.name.startswith("events."))

    both = tmp_path / "together"
    assert names(both) == names(mirrored / "one" / "together")
    assert len(list((both / "tensorboard").iterdir())) == 1
