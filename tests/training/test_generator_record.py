"""A generator is rebuilt from its run directory, and from nothing else."""

import json
import shutil

from amnat.errors import InputError
from amnat.layers import KernelOptions
from amnat.methods.am_gan import point_networks as mlp
from amnat.methods.am_gan.image_networks import DCGANGenerator
from amnat.models import NormalLatent
from amnat.rng import RNG
from amnat.training import checkpoints, generator_record
from amnat.training.run_directory import RunDirectory
from amnat.training.run_state import CheckpointGone

import numpy as np
import pytest
import tensorflow as tf
import tiny


@pytest.fixture
def run(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create(["--seed=1"])
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(model, its run directory after one iteration); copies of the run may be changed."""
    run = RunDirectory(tmp_path_factory.mktemp("trained") / "run")
    run.create(["--seed=1"])
    # With as many layers as the configuration gives.
    layers = mlp.NUM_HIDDEN
    average = tiny.generator(layers)
    gan = tiny.model(hidden_layers=layers, ema_generator=average, ema_decay=0.5)
    data = tiny.dataset()
    gan.train_step((tf.constant(data.samples), tf.constant(data.labels)))
    generator_record.write_record(run, gan, data, batch_size=10)
    checkpoints.save(gan, run.checkpoints, 1, max_to_keep=1)
    return gan, run


@pytest.mark.parametrize("use_ema", [None, True, False])
def test_samples_are_the_models(trained, use_ema):
    gan, run = trained
    record = generator_record.read_record(run)
    assert (record["data"], record["batch_size"]) == ("tiny", 10)
    assert record["class_names"] == ["up", "down"]
    restored = generator_record.restore_generator(run, record, 1, use_ema)
    assert restored.uses_ema == (use_ema is not False)
    latents = restored.latent(RNG(restored.seed, 0), 7)
    expected = gan.sample(gan.latent(RNG(gan.seed, 0), 7), use_ema=restored.uses_ema)
    np.testing.assert_array_equal(restored.sample(latents), expected)
    other = gan.sample(latents, use_ema=not restored.uses_ema)
    assert np.abs(other - expected).max() > 0


def test_a_checkpoint_that_is_removed_meanwhile_is_not_a_wrong_one(trained, tmp_path, monkeypatch):
    """Before it is read, between its files, and when another one has its name."""
    copy = RunDirectory(shutil.copytree(trained[1].path, tmp_path / "copy"))
    record = generator_record.read_record(copy)
    seal, index = (copy.checkpoints / f"ckpt-1.{suffix}" for suffix in ("json", "index"))
    text, read = seal.read_text(), tf.train.Checkpoint.read

    def removed_first(checkpoint, prefix):
        seal.unlink()
        index.unlink()
        return read(checkpoint, prefix)

    def replaced_after(checkpoint, prefix):
        found = read(checkpoint, prefix)
        seal.write_text(text.replace('"sha256": "', '"sha256": "0'))
        return found

    for change in (replaced_after, removed_first, read):
        monkeypatch.setattr(tf.train.Checkpoint, "read", change)
        with pytest.raises(CheckpointGone, match="ckpt-1: was removed while it was read"):
            generator_record.restore_generator(copy, record, 1)


def test_encoders_are_recorded_where_there_are_some(trained, run):
    gan, path = trained
    record = generator_record.read_record(path)
    with pytest.raises(InputError, match="describes no encoder; Dist-GAN and MS-GAN have one"):
        generator_record.restore_encoder(path, record, 1)
    # A network of points that stands for an encoder.
    gan.encoder = tiny.discriminator(3, mlp.NUM_HIDDEN)
    try:
        generator_record.write_record(run, gan, tiny.dataset(), batch_size=10)
        checkpoints.save(gan, run.checkpoints, 1, max_to_keep=1)
        restored = generator_record.restore_encoder(run, generator_record.read_record(run), 1)
        for found, expected in zip(restored.weights, gan.encoder.weights, strict=True):
            np.testing.assert_array_equal(found, expected)
    finally:
        del gan.encoder


def test_networks_are_rebuilt_from_their_config():
    kernel = KernelOptions("scale_after_init", weight_stddev=0.5)
    first = DCGANGenerator(2, 1, "relu", kernel=kernel, seed=5, name="g").build_variables((4,))
    config = json.loads(json.dumps(first.get_config()))
    second = DCGANGenerator.from_config(config).build_variables((4,))
    for one, two in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(one, two)
    latents = tf.random.stateless_normal([3, 4], [0, 1])
    np.testing.assert_array_equal(first(latents), second(latents))
    assert NormalLatent(**NormalLatent(6).get_config()).dim == 6


def changed(run, **changes):
    path = run.path / generator_record.FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 99}, "version 99"),
        ({"generator": {"module": "os", "class": "system", "config": {}}}, "os.system is not"),
        ({"latent": {"module": "amnat.models.gan", "class": "x y", "config": {}}}, "x y is not"),
        ({"latent": {"module": "amnat.models.none", "class": "A", "config": {}}}, "its latent"),
        ({"latent_size": 4}, "does not fit"),
    ],
)
def test_a_record_that_was_changed(trained, tmp_path, changes, message):
    run = RunDirectory(shutil.copytree(trained[1].path, tmp_path / "run"))
    changed(run, **changes)
    with pytest.raises(InputError, match=message):
        generator_record.restore_generator(run, generator_record.read_record(run), 1)


def test_missing_things(run):
    with pytest.raises(InputError, match="no generator.json; expected the folder"):
        generator_record.read_record(run)
    generator_record.write_record(run, tiny.model(), tiny.dataset(), 10)
    with pytest.raises(InputError, match="no averaged generator"):
        generator_record.restore_generator(run, generator_record.read_record(run), 1, True)
    (run.path / generator_record.FILE_NAME).write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        generator_record.read_record(run)
