"""FID during training against the test split or a file, and the best checkpoint."""

import json
from types import SimpleNamespace

from amnat import data
from amnat.errors import InputError
from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator
from amnat.methods.dist_gan import validation
from amnat.methods.dist_gan.validation import FID, FIDOptions, Validation, stretched
from amnat.metrics.frechet import feature_statistics, frechet_distance
from amnat.models import GAN, NormalLatent
from amnat.training import generator_record
from amnat.training.run_directory import RunDirectory, checkpoint_iterations
from amnat.training.run_state import choose_iteration, finished_at

import numpy as np
import pytest
from quarter_means import Means


@pytest.fixture
def cheap(monkeypatch):
    identity = {"kind": "means", "sha256": "1"}
    monkeypatch.setattr(validation, "open_classifier", lambda *_: (Means(), dict(identity)))


@pytest.fixture(scope="module")
def digits():
    return data.load("digits"), data.load("digits", split="test")


def options(folder, **changes):
    values = {"classifier": "small_cnn", "statistics": None, "num_images": 60, "batch_size": 30}
    return FIDOptions(**(values | {"stretches": False, "cache_dir": folder} | changes))


def test_images_are_stretched_as_torchvision_saves_them():
    images = np.zeros((2, 2, 2, 1), np.float32)
    images[0, 0, 0], images[0, 1, 1], images[1] = -0.5, 0.25, 0.3
    found = stretched(images)
    # (x - low) / (high - low) of the first one: 0, 1 and 2/3 of the way; the second one is flat.
    np.testing.assert_array_equal(found[0, :, :, 0], [[0, 170], [170, 255]])
    assert not found[1].any() and found.dtype == np.uint8


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("stretches", [False, True])
def test_a_file_gives_what_the_test_split_gives(digits, tmp_path, stretches):
    train, test = digits
    samples = train.images[:60]
    seen = samples
    if stretches:
        seen = stretched(samples).astype(np.float32) / 128 - 127.5 / 128
    real = feature_statistics(Means()(test.images).features)
    expected = frechet_distance(feature_statistics(Means()(seen).features), real)
    np.savez(tmp_path / "stat.npz", mu=real.mean, sigma=real.covariance)
    chosen = options(tmp_path, stretches=stretches)
    by_split = FID(train, lambda: test, chosen)
    path = str(tmp_path / "stat.npz")
    by_file = FID(train, lambda: test, options(tmp_path, stretches=stretches, statistics=path))
    np.testing.assert_allclose(by_split(samples), expected, rtol=1e-5)
    np.testing.assert_allclose(by_file(samples), expected, rtol=1e-5)
    assert by_split.depends_on != by_file.depends_on
    assert by_file.depends_on["stretched"] is stretches


@pytest.mark.usefixtures("cheap")
def test_statistics_of_other_features_are_refused(digits, tmp_path):
    np.savez(tmp_path / "stat.npz", mu=np.zeros(5), sigma=np.eye(5))
    chosen = options(tmp_path, statistics=str(tmp_path / "stat.npz"))
    with pytest.raises(InputError, match="of 5 features, but the classifier has 4"):
        FID(digits[0], lambda: digits[1], chosen)


def test_when_it_is_due(tmp_path):
    """After the epochs 3, 6 and 9 of ten iterations, counted from 0, and at the end."""
    run = RunDirectory(tmp_path)
    callback = Validation(3, 10, 0, run, SimpleNamespace())
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.set_params({"steps": 115})
    callback.writer = SimpleNamespace(close=lambda: None)
    done = []
    callback.act = lambda iteration: done.append(iteration)
    for batch in range(115):
        callback.on_train_batch_end(batch)
    callback.on_train_end()
    assert done == [40, 70, 100, 115]


def small_run(path, digits):
    run = RunDirectory(path)
    run.create(["--seed=1"])
    networks = DCGANGenerator(1, 1), DCGANDiscriminator(1, 2)
    model = GAN(networks[0].build_variables((4,)), networks[1], NormalLatent(4), seed=1)
    generator_record.write_record(run, model, digits[0], 8)
    return run, model


@pytest.mark.usefixtures("cheap")
def test_the_best_checkpoint_is_kept(digits, tmp_path):
    run, model = small_run(tmp_path, digits)
    values = iter([5.0, 7.0, float("nan"), 3.0, 4.0])
    fid = SimpleNamespace(depends_on={"a": 1}, options=options(tmp_path))
    callback = Validation(1, 10, 0, run, lambda images: next(values))
    callback.fid.depends_on, callback.fid.options = fid.depends_on, fid.options
    callback.set_model(model)
    callback.on_train_begin()
    kept = []
    for iteration in (20, 30, 40, 50, 60):
        callback.act(iteration)
        kept += checkpoint_iterations(callback.best.checkpoints)
    assert kept == [20, 20, 20, 50, 50]
    assert json.loads((tmp_path / "best" / "best.json").read_text()) == {"iteration": 50, "fid": 3}
    np.testing.assert_array_equal(run.read_rows(run.scores_file)["fid"], [5, 7, np.nan, 3, 4])
    lines = callback.summary().splitlines()
    assert lines[0] == f"best FID     3.0000 at iteration 50: {tmp_path / 'best'}"
    assert lines[1].strip().startswith("of 60 samples against the test split; do not compare it")
    callback.fid.options = options(tmp_path, stretches=True, statistics="a.npz")
    assert "of 60 samples with stretched contrast (without --fix_eval_contrast) against a.npz" in (
        callback.summary()
    )
    callback.fid.options = fid.options
    # It is as good as a run.
    best = RunDirectory(tmp_path / "best")
    assert choose_iteration(best, "latest", "run_dir") == finished_at(best) == 50
    record = generator_record.read_record(best)
    restored = generator_record.restore_generator(best, record, 50)
    for one, other in zip(restored.generator.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    # A resumed run goes on from the best one so far.
    again = Validation(1, 10, 40, run, callback.fid)
    assert again.best_so_far() == (50, 3.0)
