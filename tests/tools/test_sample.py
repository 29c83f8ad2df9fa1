"""tools/sample.py: draws from runs and exports, translations, reconstructions, and refusals."""

import json
import pathlib
import shutil

from amnat.export.copies import leave_noise_out
from amnat.methods.dist_gan.networks.dcgan import MSDCGANEncoder
from amnat.rng import RNG
from amnat.sampling import drawing, opened
from amnat.training.generator_record import (
    FILE_NAME,
    read_record,
    restore_discriminator,
    restore_generator,
)
from amnat.training.generator_sources import GeneratorSource, run_source
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from PIL import Image
from script_runs import call_script, loaded_script

OLD_RUNS = pathlib.Path(__file__).parent.parent / "old_runs"


def old_run(name):
    (folder,) = (OLD_RUNS / name).iterdir()
    return folder


@pytest.fixture(scope="module")
def script():
    with loaded_script("sample.py") as module:
        yield module


@pytest.fixture(scope="module")
def run_dir():
    """A run with dynamic labels."""
    return old_run("am_gan")


@pytest.fixture
def sample(script, tmp_path):
    """Runs the script; (what it printed, the folder that it wrote to, its arrays, its record)."""

    def call(source, *arguments, out="out"):
        folder = tmp_path / out
        flags = (f"--out={folder}", "--format=npz,sheet,png")
        finished = call_script(script, source, *flags, *arguments)
        assert finished.returncode == 0, finished.stderr
        with np.load(folder / "samples.npz") as arrays:
            arrays = dict(arrays)
        return finished.stdout, folder, arrays, json.loads((folder / "samples.json").read_text())

    return call


@pytest.fixture
def refused(script, tmp_path):
    """Runs the script, which has to end with one line; the line."""

    def call(source, *arguments, status=2):
        finished = call_script(script, source, f"--out={tmp_path / 'refused'}", *arguments)
        assert finished.returncode == status
        assert not (tmp_path / "refused").exists()
        # A note says that the old runs are not finished.
        (line,) = (
            each for each in finished.stderr.splitlines() if not each.startswith("note: the run")
        )
        return line

    return call


def test_images_are_those_that_evaluate_scores(sample, run_dir):
    printed, folder, arrays, record = sample(run_dir, "--count=12", "--seed=3")
    source = run_source(run_dir, 2, seed=3)
    expected = np.concatenate(list(source.batches(12)))
    np.testing.assert_array_equal(arrays["images"], np.rint(expected * 128 + 127.5).clip(0, 255))
    assert arrays["latents"].shape == (12, 2)
    assert (record["iteration"], record["seed"], record["class"]) == (2, 3, None)
    assert len(list(folder.glob("*.png"))) == 13
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.text["Title"] == "test_v0_digits, iteration 2, seed 3"
    assert f"folder     {folder}: 12 PNG files, sheet.png, samples.npz" in printed
    again = sample(run_dir, "--count=12", "--seed=3", out="again")
    np.testing.assert_array_equal(again[2]["images"], arrays["images"])


def test_a_class_by_the_class_head(sample, run_dir):
    """The class is told in whole batches, as in training."""
    source = run_source(run_dir, 2)
    run = RunDirectory(run_dir)
    record = read_record(run)
    judge = restore_discriminator(run, record, 2)
    leave_noise_out(judge)
    batches = [source.generate(source.latents(number)) for number in range(12)]
    classes = [judge(batch, rng=RNG(0, 0)).numpy()[:, :10].argmax(axis=1) for batch in batches]
    label = int(np.bincount(np.concatenate(classes)).argmax())
    printed, _, arrays, found = sample(run_dir, f"--class={label}", "--count=5")
    rows = np.concatenate(batches)[np.concatenate(classes) == label][:5]
    np.testing.assert_array_equal(arrays["images"], np.rint(rows * 128 + 127.5).clip(0, 255))
    assert found["class"] == str(label) and found["draws"] % 10 == 0
    assert f"class      {label}: 5 of {found['draws']} draws" in printed


def test_a_class_that_does_not_turn_up(refused, run_dir, monkeypatch):
    monkeypatch.setattr(
        opened, "open_classes", lambda *_: (lambda latents, images: np.zeros(len(images)), 10)
    )
    line = refused(run_dir, "--class=3", "--count=2", "--max_draws=30", status=1)
    assert "class 3 turned up 0 times in 30 draws, and 2 are wanted; lower --count" in line


def test_a_class_in_the_latents(sample):
    """Of ordinary batches, so that batch statistics are those of training."""
    run = old_run("am_gan_paper")
    _, _, arrays, record = sample(run, "--class=3", "--count=4")
    labels = arrays["latents"][:, -10:].argmax(axis=1)
    assert labels.tolist() == [3] * 4 and record["draws"] > 4


def test_interpolation(sample, run_dir):
    _, folder, arrays, record = sample(run_dir, "--interpolate=4,9", "--count=6")
    ends = [run_source(run_dir, 2, seed=seed).latents(0).numpy()[0] for seed in (4, 9)]
    np.testing.assert_allclose(arrays["latents"][[0, -1]], ends, rtol=1e-5)
    assert record["interpolate"] == [4, 9] and len(arrays["images"]) == 6
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.text["Title"].endswith("from seed 4 to 9")


def test_latents_on_the_way_are_generated_among_ordinary_ones(run_dir, monkeypatch):
    """A batch of nothing but neighbours would have statistics unlike any batch of training."""
    source, seen = run_source(run_dir, 2), []
    generate = GeneratorSource.generate
    monkeypatch.setattr(
        GeneratorSource,
        "generate",
        lambda self, latents: seen.append(latents.numpy()) or generate(self, latents),
    )
    found = drawing.interpolate(source, (1, 2), 5)
    # The two ends, and the batches on the way, of which each holds two.
    assert [len(batch) for batch in seen] == [10] * 5
    for number, batch in enumerate(seen[2:]):
        part = found.latents[2 * number : 2 * number + 2]
        np.testing.assert_array_equal(batch[: len(part)], part)
        ordinary = source.with_seed(1).latents(number).numpy()
        np.testing.assert_array_equal(batch[len(part) :], ordinary[len(part) :])


def test_truncation(sample, run_dir):
    _, _, arrays, record = sample(run_dir, "--truncation=0.5", "--count=20")
    assert np.abs(arrays["latents"]).max() <= 0.5 and record["truncation"] == 0.5


def test_a_best_checkpoint_has_the_name_of_its_run(run_dir, tmp_path):
    best = shutil.copytree(run_dir, tmp_path / "small_run" / "best")
    name = title(best)
    assert name.startswith("best")
    (best / "best.json").write_text("{}")
    (tmp_path / "small_run" / "flags.txt").write_text("--seed=1\n")
    assert title(best) == name.replace("best", "small_run", 1)
    assert title(tmp_path / "small_run" / "best" / ".." / "best") == title(best)


def title(folder):
    return opened.open_path(str(folder), "latest").title


def test_exports(sample, refused):
    folder = OLD_RUNS / "exported"
    _, _, arrays, record = sample(folder, "--count=3", "--seed=2")
    assert arrays["images"].shape[0] == 3 and record["source"].endswith("exported/2")
    assert record["settings"]["statistics"]["kind"] == "standing"
    line = refused(folder, "--checkpoint=2")
    assert "--checkpoint=2" in line and "an export, which has only one" in line


def test_a_translator(sample, refused, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        Image.new("L", (20, 30), 60 * number).save(photos / f"p{number}.png")
    run = old_run("translator")
    line = refused(run)
    assert "--images: expected a folder of images, which a translator needs" in line
    line = refused(run, f"--images={photos}")
    assert "--domain: expected the domain to go to: digits, inverted digits" in line
    line = refused(run, f"--images={photos}", "--domain=2")
    assert "--domain=2: expected 0 to 1 or a name: digits, inverted digits" in line
    line = refused(run, f"--images={photos}", "--domain=1", "--class=1")
    assert "--class: has no use with a translator" in line

    printed, folder, arrays, record = sample(run, f"--images={photos}", "--domain=inverted digits")
    assert "note       images of 20x30 were resized to 16x16" in printed
    assert record["domain"] == "inverted digits"
    assert {path.name for path in folder.glob("p*.png")} == {"p0.png", "p1.png", "p2.png"}
    opened_run = RunDirectory(run)
    found = read_record(opened_run)
    restored = restore_generator(opened_run, found, record["iteration"])
    images = (np.float32([0, 60, 120]) - 127.5) / 128
    images = images[:, None, None, None] * np.ones((3, 16, 16, 1), np.float32)
    latents = restored.latent.join(images, np.zeros((3, 4), np.float32), [1, 1, 1])
    expected = np.rint(restored.sample(latents).numpy() * 128 + 127.5).clip(0, 255)
    assert np.abs(arrays["images"] - expected).max() <= 1


def test_an_encoder(sample, refused, tmp_path):
    images = tmp_path / "images.npz"
    pixels = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1)).astype(np.uint8)
    np.savez(images, images=pixels)
    old = old_run("dist_gan")
    assert "records neither a translator nor an encoder" in refused(old, f"--images={images}")
    assert "the latents are uniform, expected standard normal" in refused(old, "--truncation=1")
    run = shutil.copytree(old, tmp_path / "run")
    record = json.loads((run / FILE_NAME).read_text())
    config = {"latent_size": record["latent_size"], "width": 1, "use_batch_norm": False}
    names = {"module": MSDCGANEncoder.__module__, "class": "MSDCGANEncoder", "config": config}
    (run / FILE_NAME).write_text(json.dumps(record | {"encoder": names}))
    _, folder, arrays, found = sample(run, f"--images={images}")
    assert arrays["images"].shape == (6, 28, 28, 3)
    assert arrays["latents"].shape == (6, record["latent_size"])
    source = run_source(run, found["iteration"])
    # In batches of the training batch size, the last one filled with the first images.
    made = source.generate(arrays["latents"][: source.batch_size])
    expected = np.rint(made * 128 + 127.5).clip(0, 255)
    assert np.abs(arrays["images"][: source.batch_size] - expected).max() <= 1
    assert "has no use with --images" in refused(run, f"--images={images}", "--interpolate=1,2")


@pytest.mark.parametrize(
    "flags, message",
    [
        (("--class=11",), "--class=11: expected 0 to 9"),
        (("--class=cat",), "--class=cat: expected 0 to 9"),
        (("--interpolate=1",), "--interpolate=1: expected two seeds"),
        (("--interpolate=1,2", "--count=1"), "--count=1: expected at least 2 with --interpolate"),
        (("--domain=x",), "--domain: is for translators"),
        (("--images=x",), "records neither a translator nor an encoder"),
        (("--format=jpg",), "--format=jpg: expected some of png, sheet, npz"),
        (("--checkpoint=3",), "--checkpoint=3:"),
        (("--max_draws=3",), "--max_draws=3: changes nothing"),
        (("--truncation=-1",), "--truncation=-1"),
    ],
)
def test_refusals(refused, run_dir, flags, message):
    assert message in refused(run_dir, *flags)


def test_sources_that_are_none(refused, tmp_path):
    assert "no run directory and no export; expected" in refused(tmp_path)
    assert "no such folder; expected" in refused(tmp_path / "x")
    assert "expected the folder of a run or of an export as the first word" in refused("--count=2")
    line = refused(old_run("am_gan_toy"))
    assert "generates arrays of shape [2], expected images" in line


def test_a_generator_without_classes(refused):
    line = refused(old_run("pytorch_gan"), "--class=1")
    assert "--class: neither the latents of" in line and "nor does it have a class head" in line


def test_files_are_not_overwritten(script, run_dir, tmp_path):
    (tmp_path / "mine.txt").touch()
    finished = call_script(script, run_dir, f"--out={tmp_path}")
    assert finished.returncode == 2 and "holds files already" in finished.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    finished = call_script(script, run_dir)
    assert "--out: expected a new folder" in finished.stderr
