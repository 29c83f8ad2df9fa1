"""The scores of msdistgan.py: which split, how many images, through JPEG or not."""

import json

from amnat import data
from amnat.data.dataset import unscale
from amnat.errors import InputError
from amnat.evaluation.jpeg_source import through_jpeg
from amnat.methods.dist_gan import final_scores
from amnat.methods.dist_gan import flags as dist_gan_flags
from amnat.methods.dist_gan.networks.families import Plan
from amnat.metrics.frechet import feature_statistics, frechet_distance
from amnat.models import GAN, NoiseLatent
from amnat.training import checkpoints, generator_record, run_scores
from amnat.training.generator_sources import run_source
from amnat.training.main import parse
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from quarter_means import Means
from script_runs import call_script, loaded_script


@pytest.fixture
def script():
    with loaded_script("msdistgan.py") as made:
        yield made


@pytest.fixture
def cheap(monkeypatch):
    identity = {"kind": "means", "sha256": "1"}
    monkeypatch.setattr(run_scores, "open_classifier", lambda *_: (Means(), dict(identity)))


@pytest.fixture
def loaded(monkeypatch):
    """Digits in place of every data set; the list of what is loaded."""
    seen = []

    def load(name, split):
        seen.append((name, split))
        return data.load("digits", split=split)

    monkeypatch.setattr(dist_gan_flags, "load_data", load)
    return seen


@pytest.mark.parametrize(
    ("command", "split", "numbers", "name"),
    [
        ("", "train", (1437, 5000), "final_scores.json"),
        ("--is_train=0", "test", (360, 5000), "final_scores_test.json"),
        ("--is_train=0 --fid_split=train", "train", (1437, 5000), "final_scores.json"),
        (
            "--fid_split=test --score_jpeg --nb_test_real=50 --nb_test_fake=60",
            "test",
            (50, 60),
            "final_scores_test_jpeg.json",
        ),
        ("--db_name=mnist-1k --is_train=0", "train", (1437, 25600), "final_scores.json"),
    ],
)
def test_the_readmes_numbers(script, loaded, tmp_path, command, split, numbers, name):
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        script.check()
        assert final_scores.split() == split
        real_images = final_scores.reference()
        assert loaded[-1][1] == real_images.split == split
        assert final_scores.numbers(real_images) == numbers
        options = final_scores._options(RunDirectory(tmp_path), real_images)
        assert (options.num_real, options.num_fake) == numbers
        assert options.file_name == name and options.jpeg == ("jpeg" in name)
        # The training split is not loaded again.
        if split == "train":
            assert final_scores.reference(real_images) is real_images
        flags.FLAGS.nb_test_real = 2000
        with pytest.raises(InputError, match=f"--nb_test_real=2000: expected at most .* {split}"):
            final_scores.numbers(real_images)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--db_name=celeba --fid_split=test", "--fid_split=test: changes nothing here"),
        ("--db_name=celeba --score_jpeg", "--score_jpeg: changes nothing here"),
        ("--db_name=mnist-1k --fid_split=test", "--fid_split=test: changes nothing with"),
    ],
)
def test_flags_that_change_nothing(script, command, message):
    with flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        with pytest.raises(InputError, match=message):
            script.check()


def saved_run(path, shape, dataset):
    """A run of random weights with one checkpoint, of iteration 3."""
    run = RunDirectory(path)
    run.create(["--seed=0"])
    plan = Plan("dcgan", shape, 4, 1, 1, 1)
    model = GAN(plan.generator(), plan.discriminator(), NoiseLatent(4, "uniform"), seed=0)
    generator_record.write_record(run, model, dataset, 8)
    checkpoints.save(model, run.checkpoints, 3, max_to_keep=1)
    return run


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("jpeg", [False, True])
def test_both_sides_go_through_jpeg(tmp_path, jpeg):
    digits = data.load("digits", split="test")
    run = saved_run(tmp_path / "run", (32, 32, 1), digits)
    options = run_scores.ScoreOptions(
        360, 40, "small_cnn", ["fid"], tmp_path, 0, jpeg, "scores.json"
    )
    record = run_scores.score_images(run, 3, digits, digits, lambda: digits, options)
    made = np.concatenate(list(run_source(run.path, 3).batches(40)))
    real = digits.images
    if jpeg:
        made, real = (through_jpeg(unscale(x)).astype(np.float32) for x in (made, real))
        made, real = ((x - 127.5) / 128 for x in (made, real))
    seen = [feature_statistics(Means()(images).features) for images in (made, real)]
    np.testing.assert_allclose(record["results"]["fid"], frechet_distance(*seen), rtol=1e-4)
    assert ("jpeg" in record["samples"]) == ("jpeg" in record["reference"]) == jpeg
    assert json.loads((run.path / "scores.json").read_text())["iteration"] == 3


def test_celeba(script, tmp_path, monkeypatch):
    """Scored by Inception against the published test part; without it one line says what to do."""
    random = np.random.default_rng(0)
    folder = tmp_path / "data" / "img_align_celeba"
    folder.mkdir(parents=True)
    for number in (1, 2, 3, *range(182638, 182650)):
        pixels = random.integers(0, 256, (218, 178, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:06d}.jpg")
    (tmp_path / "graph.pb").write_bytes(b"")
    arguments = ("--db_name=celeba", f"--data_source={tmp_path / 'data'}", "--is_train=0")
    arguments += (f"--out_dir={tmp_path / 'out'}", "--n_steps=2", "--nb_test_fake=9")
    name = "celeba_distgan_dcgan_log_sstask_2_ld_1.00_lg_0.10_batch_64_niters_2"
    test = data.load("celeba", tmp_path / "data", "test")
    run = saved_run(tmp_path / "out" / name, (64, 64, 3), test)

    done = call_script(script, *arguments[:-1])
    assert done.returncode == 2
    assert "--is_train=0: celeba has no classes to train a classifier on" in done.stderr
    monkeypatch.setattr(run_scores, "open_classifier", lambda *_: (Means(), {"sha256": "1"}))
    inception = f"--score_classifier=inception:{tmp_path / 'graph.pb'}"
    done = call_script(script, *arguments, inception, "--dry_run")
    assert "against        12 images of celeba's test" in done.stdout
    done = call_script(script, *arguments, inception, "--score_jpeg")
    assert done.returncode == 0, done.stderr
    assert "scores of 9 samples at iteration 3 against 12 images of the test split" in done.stdout
    record = json.loads((run.path / "final_scores_test_jpeg.json").read_text())
    assert record["results"]["fid"] > 0 and record["reference"]["split"] == "test"
