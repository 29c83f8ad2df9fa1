"""The script's own checks; with AMNAT_ORIGINALS, a folder of checkouts, a whole comparison."""

import dataclasses
import hashlib
import json
import os
import pathlib

from amnat.compat import originals
from amnat.errors import InputError

import pytest
from absl import flags
from script_runs import loaded_script, run_script


def checkout(name):
    folder = os.environ.get("AMNAT_ORIGINALS")
    if not folder or not (pathlib.Path(folder) / name).is_dir():
        pytest.skip(f"set AMNAT_ORIGINALS to a folder with a checkout named {name}")
    return pathlib.Path(folder) / name


def test_one_line_and_status_2(tmp_path):
    done = run_script("compare.py", "--original=am_gan", cwd=tmp_path)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert len(done.stderr.strip().splitlines()) == 1
    assert "git clone https://github.com/ZhimingZhou/AM-GAN2" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "--original=None: expected a repository"),
        (["--original=other", "--original_dir=."], "expected one of am_gan, gan_intro, msgan"),
        (["--original=gan", "--original_dir=."], "tntrung/gan are older ones.*--original=msgan"),
        (["--original=am_gan", "--original_dir=nowhere"], "nowhere: no such folder; expected a"),
        (["--original=am_gan", "--original_dir=.", "--speed", "--train"], "without --speed"),
        (["--original=am_gan", "--original_dir=.", "--onednn=1"], "two of 0 and 1"),
    ],
)
def test_bad_input(arguments, expected):
    with loaded_script("compare.py") as script:
        flags.FLAGS(["compare.py", *arguments])
        with pytest.raises(InputError, match=expected):
            script.check_flags()


def test_configurations_by_name():
    with loaded_script("compare.py") as script:
        original = originals.module("am_gan").ORIGINAL
        flags.FLAGS(["compare.py", "--configs=sgd,mlp", "--full_width"])
        chosen = script.chosen_configurations(original)
        assert list(chosen) == ["sgd", "mlp"]
        assert chosen["sgd"].settings["oOpt"] == "sgd"
        assert "iFilterDimsG" not in chosen["sgd"].settings
        flags.FLAGS(["compare.py", "--configs=sgdd"])
        with pytest.raises(InputError, match="--configs=sgdd: expected all or some of am_gan"):
            script.chosen_configurations(original)


def test_checkout_is_checked_file_by_file(tmp_path):
    original = originals.module("gan_intro").ORIGINAL
    with pytest.raises(InputError, match="no file gan.py; expected a checkout of .* commit 441295"):
        originals.check_checkout(original, tmp_path)
    (tmp_path / "gan.py").write_text("raise SystemExit('never executed')\n")
    with pytest.raises(InputError, match="not the file of commit 441295.* git clone"):
        originals.check_checkout(original, tmp_path)


def test_windows_line_ends_are_the_same_file(tmp_path):
    original = originals.module("gan_intro").ORIGINAL
    text = b"one\ntwo\n"
    digest = hashlib.sha256(text).hexdigest()
    original = dataclasses.replace(original, files={"gan.py": digest})
    (tmp_path / "gan.py").write_bytes(text.replace(b"\n", b"\r\n"))
    assert originals.check_checkout(original, tmp_path) == tmp_path


def test_a_missing_folder_for_golden_files_is_told_before_anything_runs():
    with loaded_script("compare.py") as script:
        flags.FLAGS(["compare.py", "--configs=gan", "--write_golden=nowhere"])
        with pytest.raises(InputError, match="--write_golden=nowhere: no such folder"):
            script.compare(originals.module("gan_intro").ORIGINAL, pathlib.Path("nowhere"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("original", "folder", "configuration"),
    [("gan_intro", "gan-intro", "minibatch"), ("msgan", "msgan", "stacked_mnist")],
)
def test_both_sides_are_equal(tmp_path, original, folder, configuration):
    done = run_script(
        "compare.py",
        f"--original={original}",
        f"--original_dir={checkout(folder)}",
        f"--configs={configuration}",
        f"--out={tmp_path}",
        f"--write_golden={tmp_path}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / f"{original}.json").read_text())
    assert [entry["passed"] for entry in record["configurations"]] == [True]
    assert (tmp_path / f"{original}.html").read_text().startswith("<!doctype html>")
    golden = tmp_path / f"original_{original}_{configuration}.npz"
    assert golden.stat().st_size < 200_000


@pytest.mark.slow
def test_speed_and_scores_of_a_checkout(tmp_path):
    arguments = ["--original=gan_intro", f"--original_dir={checkout('gan-intro')}"]
    arguments += [f"--out={tmp_path}", "--iterations=20"]
    done = run_script("compare.py", *arguments, "--speed", "--rounds=1")
    assert done.returncode == 0, done.stdout + done.stderr
    sides = json.loads((tmp_path / "gan_intro_speed.json").read_text())["sides"]
    assert all(side["median_iterations_per_second"] > 0 for side in sides.values())
    done = run_script("compare.py", *arguments, "--train", "--seeds=2")
    assert done.returncode == 0, done.stdout + done.stderr
    scores = json.loads((tmp_path / "gan_intro_scores.json").read_text())["scores"]
    for runs in scores.values():
        assert len(runs) == 2 and runs[0] != runs[1]
