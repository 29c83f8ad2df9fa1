"""Runs that were made before the methods' modules moved still resume, evaluate and export.

tests/old_runs/make.py says how they were made.
"""

import csv
import functools
import json
import pathlib
import runpy
import shutil

from amnat.export import package
from amnat.metrics import small_cnn
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.networks import classifiers
from amnat.networks.classifiers.densenet import build_densenet
from amnat.training import generator_record
from amnat.training.generator_sources import run_source, saved_model_source
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
from export_cases import check_here
from script_runs import call_script, loaded_script, write_mnist

OLD_RUNS = pathlib.Path(__file__).with_name("old_runs")
RUNS = runpy.run_path(str(OLD_RUNS / "runs.py"))["RUNS"]
RECORDS = sorted((OLD_RUNS / "records").iterdir())
ITERATION = 2
# The others are resumed by --resume=FOLDER.
BY_FLAGFILE = ("am_gan",)


def old_run(name):
    """The folder of an old run."""
    (folder,) = (OLD_RUNS / name).iterdir()
    return folder


GANS = [name for name in RUNS if (old_run(name) / generator_record.FILE_NAME).exists()]
IMAGE_GANS = [name for name in GANS if name not in ("am_gan_toy", "translator")]


def but_slow(names, quick):
    """The names, of which all but the quick ones are slow tests."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    return write_mnist(tmp_path_factory.mktemp("mnist"))


def call(script, *arguments):
    """What a script prints; it has to succeed."""
    with loaded_script(script) as module:
        finished = call_script(module, *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def copy_of(name, out):
    """Copies an old run to the folder `out`; (its copy, the flags that name folders)."""
    run = shutil.copytree(old_run(name), out / old_run(name).name)
    return run, [text for text in RUNS[name][1] if "{" in text]


def resume(name, out, mnist):
    """Resumes a copy of an old run; (its folder, what was printed)."""
    run, places = copy_of(name, out)
    places = [text.format(out=out, mnist=mnist) for text in places]
    way = (f"--resume={run}",)
    if name in BY_FLAGFILE:
        way = (f"--flagfile={run / 'flags.txt'}", "--bLoadCheckpoint")
    return run, call(RUNS[name][0], *places, *way)


def assert_same_table(file, expected, but=()):
    """Compares two CSV files of numbers, without some columns."""
    found, expected = (list(csv.DictReader(path.open())) for path in (file, expected))
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, old in zip(found, expected, strict=True):
        for name in set(row) - set(but):
            assert float(row[name]) == pytest.approx(float(old[name]), rel=1e-3, abs=1e-4), name


@pytest.mark.parametrize("name", but_slow(GANS, ("am_gan", "pytorch_gan")))
def test_a_gan_resumes(name, tmp_path, mnist, monkeypatch):
    monkeypatch.setattr(small_cnn, "default_epochs", lambda count: 1)
    run, output = resume(name, tmp_path, mnist)
    assert f"resumed at iteration {ITERATION}" in output
    assert "finished after 4 iterations" in output
    assert checkpoint_iterations(run / "checkpoint") == [2, 4]
    assert_same_table(run / "metrics.csv", old_run(name) / "metrics.csv")
    tables = {path.name for path in run.glob("*.csv")}
    assert tables >= {path.name for path in old_run(name).glob("*.csv")}


def test_a_classifier_resumes(tmp_path, mnist, monkeypatch):
    narrow = functools.partial(build_densenet, growth=2, depth=10)
    monkeypatch.setitem(classifiers._NETWORKS, "densenet", (narrow, 8))
    run, output = resume("classifiers", tmp_path, mnist)
    assert f"resumed after epoch {ITERATION}" in output
    assert_same_table(run / "log.csv", old_run("classifiers") / "log.csv", but=("seconds",))
    images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 1)).astype(np.float32)
    files = [folder / "classifier.keras" for folder in (run, old_run("classifiers"))]
    found, old = (KerasClassifier.load(file)(images).logits for file in files)
    np.testing.assert_allclose(found, old, rtol=1e-3, atol=1e-4)


def test_a_toy_is_done_again(tmp_path):
    run, (place,) = copy_of("toys", tmp_path)
    place = place.format(out=tmp_path)
    # A toy's flags.txt is compared line by line.
    file = run / "flags.txt"
    file.write_text("\n".join(sorted([place, *file.read_text().splitlines()])) + "\n")
    call("gan_intro.py", f"--flagfile={file}", "--auto_resume")
    assert_same_table(run / "losses.csv", old_run("toys") / "losses.csv")
    assert (run / "densities.png").exists()


def test_a_study_goes_on(tmp_path):
    run, _ = copy_of("toy_study", tmp_path)
    script, arguments = RUNS["toy_study"]
    call(script, *(text.format(out=tmp_path) for text in arguments))
    for file in ("results.csv", "settings.json"):
        assert (run / file).read_bytes() == (old_run("toy_study") / file).read_bytes()
    assert (run / "table.md").exists()


@pytest.mark.parametrize("name", GANS)
def test_a_checkpoint_gives_its_samples(name):
    run = RunDirectory(old_run(name))
    record = generator_record.read_record(run)
    generator = generator_record.restore_generator(run, record, ITERATION)
    size = generator.latent.size
    latents = np.random.default_rng(0).uniform(-1, 1, (8, size)).astype(np.float32)
    expected = np.load(run.path / "sample.npy")
    np.testing.assert_allclose(generator.sample(latents)[0], expected, rtol=1e-3, atol=1e-4)
    discriminator = generator_record.restore_discriminator(run, record, ITERATION)
    assert type(discriminator).__name__ == record["discriminator"]["class"]


@pytest.mark.parametrize("name", IMAGE_GANS)
def test_a_run_is_a_source_of_images(name):
    (images,) = run_source(str(old_run(name)), ITERATION).batches(4)
    assert images.shape == (4, *np.load(old_run(name) / "sample.npy").shape)
    assert np.isfinite(images).all()


def test_evaluate(tmp_path):
    """A run by an old classifier, which takes images of its size alone."""
    found = tmp_path / "found.jsonl"
    call(
        "evaluate.py",
        f"--samples={old_run('am_gan')}",
        f"--classifier={old_run('classifiers') / 'classifier.keras'}",
        *("--num_samples=60", "--metrics=is,am,fid"),
        *(f"--cache_dir={tmp_path / 'cache'}", f"--json={found}"),
    )
    record = json.loads(found.read_text())
    assert record["samples"]["iteration"] == ITERATION
    assert {"inception_score", "am_score", "fid"} <= set(record["results"])


def test_an_old_export_is_evaluated():
    (batch,) = saved_model_source(str(OLD_RUNS / "exported" / "2"), 8).batches(8)
    expected = np.load(OLD_RUNS / "exported" / "sample.npy")
    np.testing.assert_allclose(batch[0], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", but_slow([*GANS, "classifiers"], ("am_gan", "infogan")))
def test_export(name, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "check_saved_model", check_here)
    few = () if name == "classifiers" else ("--standing_batches=2",)
    output = call("export.py", f"--run_dir={old_run(name)}", f"--export_dir={tmp_path}", *few)
    assert "signatures serving_default" in output
    (folder,) = tmp_path.iterdir()
    assert (folder / "saved_model.pb").exists()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_describes_what_it_did(path):
    record = json.loads(path.read_text())
    for role in ("generator", "discriminator", "latent"):
        built = generator_record._rebuild(record, role, path)
        assert type(built).__name__ == record[role]["class"]
        assert json.loads(json.dumps(built.get_config())) == record[role]["config"]
