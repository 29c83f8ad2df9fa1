"""A user's own images in every script: what takes them, what is recorded and read again."""

import dataclasses
import json
import os
import sys

from amnat.data import own_data
from amnat.errors import InputError
from amnat.training import flags as shared_flags
from amnat.training.generator_record import load_recorded_data
from amnat.training.main import parse
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import ROOT, loaded_script, run_script

# {script: (the flag of the data set, arguments without labels; None if it needs them)}
SCRIPTS = {
    "am_gan.py": ("sDataSet", "--nobAMGAN"),
    "nat_gan.py": ("sDataSet", None),
    "am_gan_reproduce.py": ("sDataSet", "--bUseClassLabel=False"),
    "gan.py": ("dataset", ""),
    "dcgan.py": ("dataset", ""),
    "ssl_gan.py": ("dataset", None),
    "infogan.py": ("dataset", ""),
    "msdistgan.py": ("db_name", ""),
    "train_classifier.py": ("dataset", None),
    "nat_classifier.py": ("dataset", None),
}
TINY = (
    *("--iMaxIter=4", "--iBatchSize=10", "--iFilterDimsG=2", "--iFilterDimsD=2", "--save_every=2"),
    *("--log_every=2", "--sample_every=2", "--score_every=0", "--image_resize=fit"),
)


def write_images(folder, classes, count=12, size=(40, 60)):
    """PNG files of one colour each, in folders of these names or, for "", in the folder itself."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            colour = (label * 80, number * 20, 60)
            Image.new("RGB", size, colour).save(folder / name / f"{number:02}.png")
    return folder


@pytest.fixture
def call(tmp_path, monkeypatch):
    """A function (script, *arguments) that checks flags and data as before training."""
    monkeypatch.chdir(tmp_path)

    def run(name, *arguments):
        with loaded_script(name) as script, flagsaver.flagsaver():
            path = str(ROOT / "tools" / name)
            monkeypatch.setattr(sys, "argv", [path, *arguments])
            parse([path, *arguments])
            script.check()
            data = script.load_data("train")
            script.check_data(data)
            flag = SCRIPTS[name][0]
            script.load_data("test")
            return data, flags.FLAGS[flag].serialize()

    return run


@pytest.mark.parametrize("name", SCRIPTS)
def test_classes_are_taken_by_every_script(tmp_path, call, name):
    write_images(tmp_path / "pets", ["cat", "dog"], 80)
    flag, _ = SCRIPTS[name]
    more = ("--num_labels=2",) if name == "ssl_gan.py" else ()
    data, line = call(name, f"--{flag}=folder=pets", *more)
    assert data.class_names == ("cat", "dog")
    assert data.sample_shape[2] == 3
    # From any folder, a flagfile of the run finds the data.
    assert line == f"--{flag}=folder={tmp_path}/pets"


@pytest.mark.parametrize("name", SCRIPTS)
def test_unlabelled_images_are_taken_or_refused_with_a_remedy(tmp_path, call, name):
    write_images(tmp_path / "pets", [""])
    flag, without = SCRIPTS[name]
    if without is not None:
        data, _ = call(name, f"--{flag}=folder=pets", *without.split())
        assert (data.num_samples, data.class_names) == (12, ("unlabelled",))
    if without != "":
        message = (
            r"needs labels, but pets has one class \('unlabelled', 1[0-2] images\).*one folder"
        )
        with pytest.raises(InputError, match=message):
            call(name, f"--{flag}=folder=pets")


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("size", [-3, 0, 100_000])
def test_impossible_sizes_are_refused_before_anything_is_read(call, name, size):
    has_own = name in ("gan.py", "dcgan.py", "ssl_gan.py", "infogan.py")
    flag = "img_size" if has_own else "image_size"
    with pytest.raises(InputError, match=f"--{flag}={size}: expected at least 4 and at most 1024"):
        call(name, f"--{SCRIPTS[name][0]}=folder=nothing_there", f"--{flag}={size}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_path_as_a_data_set_is_answered_with_the_form(tmp_path, call, name):
    write_images(tmp_path / "pets", [""], 1)
    flag, _ = SCRIPTS[name]
    with pytest.raises(InputError, match=f"--{flag}.*own images: folder=PATH.*mean 'folder=pets'"):
        call(name, f"--{flag}=pets")


def test_three_images_are_less_than_a_batch(tmp_path, call):
    write_images(tmp_path / "pets", [""], 3)
    with loaded_script("am_gan.py") as script, flagsaver.flagsaver():
        parse(["am_gan.py", f"--sDataSet=folder={tmp_path}/pets", "--nobAMGAN"])
        data = script.load_data("train")
        with pytest.raises(InputError, match="--iBatchSize=100 is larger than pets .3 samples."):
            script.check_enough(data)


@pytest.mark.parametrize("size, shape, name", [
    (28, (28, 28, 3), "mnist"), (48, (48, 48, 3), "stl10"), (64, (64, 64, 3), "celeba"),
    (None, (32, 32, 3), "cifar10"),
])  # fmt: skip
def test_ms_gan_has_networks_for_the_sizes_of_its_data_sets(tmp_path, call, size, shape, name):
    from amnat.methods.dist_gan import flags as dist_gan_flags

    write_images(tmp_path / "pets", [""])
    bases = []
    given = () if size is None else (f"--image_size={size}",)
    with loaded_script("msdistgan.py") as script, flagsaver.flagsaver():
        parse(["msdistgan.py", f"--db_name=folder={tmp_path}/pets", *given])
        script.check()
        bases.append(dist_gan_flags.base())
        assert script.load_data("train").sample_shape == shape
        assert script.run_name().startswith("pets_distgan_")
    assert bases == [name]


def test_the_flags_for_images_are_refused_where_they_change_nothing(call):
    with pytest.raises(InputError, match="--image_size=48: changes nothing here; .*folder=PATH"):
        call("msdistgan.py", "--image_size=48")


def test_domains_are_the_classes_of_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "pets", ["cat", "dog"], 20)
    with loaded_script("info_cycle_sim_gan.py") as script, flagsaver.flagsaver():
        parse(["x", "--dataset_name=folder=pets", "--img_size=32", "--batch_size=16"])
        script.check()
        assert flags.FLAGS.dataset_name == f"folder={tmp_path}/pets"
        data = script.load_data("train")
        script.check_data(data)
        assert (data.name, data.class_names) == ("pets", ("cat", "dog"))
        # A tenth is shown on the sheets, and not trained on.
        assert (script.domains.sizes, script.seen.sizes) == ([18, 18], [2, 2])
        assert script.domains.larger.shape == (36, 35, 35, 3)
        assert script.run_name() == "info_cycle_pets"
        flags.FLAGS.dataset_name = f"folder={write_images(tmp_path / 'flat', [''])}"
        script.check_flags()
        with pytest.raises(InputError, match="one class, expected a folder for each domain"):
            script.load_data("train")


def test_repeated_lists_are_joined_and_a_flagfile_is_overridden(tmp_path):
    (tmp_path / "x.flags").write_text("--negatives=noise=3\n")
    with loaded_script("nat_classifier.py"), flagsaver.flagsaver():
        parse(["x", "--negatives=digits", "--lr=1", "--negatives", "folder=a,noise"])
        assert flags.FLAGS.negatives == ["digits", "folder=a", "noise"]
        assert flags.FLAGS.lr == 1
        parse(["x", f"--flagfile={tmp_path}/x.flags", "--negatives=digits"])
        assert flags.FLAGS.negatives == ["digits"]
        parse(["x", "--score_metrics=is", "--score_metrics=fid"])
        assert flags.FLAGS.score_metrics == ["is", "fid"]


def test_repeated_negatives_of_nat_gan_are_refused(monkeypatch):
    words = ["--sDataSet=digits", "--negatives=noise", "--negatives", "cifar10", "--iNegPerBatch=2"]
    with loaded_script("nat_gan.py") as script, flagsaver.flagsaver():
        monkeypatch.setattr(sys, "argv", ["nat_gan.py", *words])
        parse(sys.argv)
        with pytest.raises(InputError, match=r"--negatives: given 2 times \(noise, cifar10\)"):
            script.check()


@pytest.mark.parametrize("words, found", [
    (["--x=1", "-x", "2", "--xx=3", "y=4"], [(0, 1, "1"), (1, 2, "2")]),
    (["--x"], []),
    (["--", "--x=1"], []),
    (["x=1"], []),
])  # fmt: skip
def test_where_a_flag_stands(words, found):
    assert shared_flags.given("x", words) == found


def test_a_record_finds_the_data_of_its_run_from_any_folder(tmp_path, call, monkeypatch):
    write_images(tmp_path / "pets", ["cat", "dog"])
    data, _ = call("am_gan.py", "--sDataSet=folder=pets", "--image_resize=stretch")
    record = {
        "data": data.name,
        "origin": dataclasses.asdict(data.origin),
        "sample_shape": list(data.sample_shape),
        "class_names": list(data.class_names),
    }
    monkeypatch.chdir("/")
    again = load_recorded_data(json.loads(json.dumps(record)), None)
    assert np.array_equal(again.samples, data.samples)
    with pytest.raises(InputError, match="does not describe the run's data"):
        load_recorded_data({"data": "x"}, None)


@pytest.mark.slow
def test_a_run_is_resumed_scored_and_exported_from_another_folder(tmp_path):
    write_images(tmp_path / "pets", ["cat", "dog"], 30)
    (tmp_path / "elsewhere").mkdir()
    result = f"--sResultDir={tmp_path}/result"
    trained = run_script("am_gan.py", "--sDataSet=folder=pets", *TINY, result, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    line = "60 images of 40x60, resized to fit into 32x32, with black margins, in colour"
    assert line in trained.stderr
    run = RunDirectory(tmp_path / "result" / "test_v0_pets")
    assert run.recorded_flags()["sDataSet"] == f"folder={tmp_path}/pets"
    record = json.loads((run.path / "generator.json").read_text())
    assert record["origin"]["spec"] == f"folder={tmp_path}/pets"
    assert record["origin"]["resize"] == "fit"
    elsewhere = {"cwd": tmp_path / "elsewhere"}
    resumed = run_script(
        *("am_gan.py", f"--flagfile={run.flags_file}", "--iMaxIter=6", "--bLoadCheckpoint"),
        **elsewhere,
    )
    assert resumed.returncode == 0, resumed.stderr
    cache = f"--cache_dir={tmp_path}/cache"
    scored = run_script(
        *("evaluate.py", f"--samples={run.path}", "--metrics=is", "--num_samples=100", cache),
        *("--splits=1",),
        **elsewhere,
    )
    assert scored.returncode == 0, scored.stderr
    assert "reference pets: 60 images" in scored.stdout and line in scored.stderr
    exported = run_script(
        *("export.py", f"--run_dir={run.path}", "--export_discriminator", "--standing_batches=2"),
        **elsewhere,
    )
    assert exported.returncode == 0, exported.stderr
    assert "classify" in exported.stdout and line in exported.stderr
    assert os.path.isdir(own_data.parse(record["origin"]["spec"]).place)
