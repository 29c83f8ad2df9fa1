"""The gallery: its rows, its pictures and its document. A slow test trains two toys."""

import io

from amnat.errors import InputError
from amnat.report import gallery
from amnat.sweep.rows import all_rows, parse_row
from amnat.training.main import Script

import folders
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import ROOT, loaded_script, run_script

LINES = (ROOT / "flags" / "gallery.flags").read_text().splitlines()
ROWS = all_rows([], [line.removeprefix("--row=") for line in LINES if line.startswith("--row=")])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_its_script_accepts_a_row(row):
    with loaded_script(row.script.name) as script, flagsaver.flagsaver():
        assert isinstance(script, Script) and script.place_flags()
        arguments = script.arguments([f"--flagfile={row.flagfile}", *row.flags])
        flags.FLAGS([script.__file__, *arguments])
        script.check()


def test_a_row_that_trains_no_run():
    with pytest.raises(InputError, match="--row=a: sweep.py trains no run in a folder"):
        gallery.folder_flags(parse_row("a: sweep_digits"))
    with pytest.raises(InputError, match="--row=a: --length is a flag of sweeps only"):
        gallery.folder_flags(parse_row("a: am_gan_digits --length=3"))


@pytest.mark.parametrize(
    ("row", "takes_data"), [("a: distgan_toy2d_small", False), ("a: gan_digits", True)]
)
def test_only_scripts_with_data_sets_get_their_folder(row, takes_data, tmp_path):
    """The 2D toy has no --data_dir and refuses it."""
    calls = []

    class Processes:
        def call(self, script, words, log):
            calls.append(words)

    entry = gallery.Entry(parse_row(row), tmp_path / "a")
    has = gallery.folder_flags(entry.row)
    with pytest.raises(RuntimeError, match="it has no page"):
        gallery.train(entry, has, Processes(), "data")
    assert ("--data_dir=data" in calls[0]) == takes_data == has.takes_data


@pytest.mark.usefixtures("unasked")
def test_the_document_shows_what_is_done(tmp_path):
    rows = [parse_row(f"{name}: am_gan_digits --iMaxIter=9") for name in ("AM-GAN", "Not_yet")]
    found = [gallery.Entry(row, tmp_path / row.name) for row in rows]
    run = folders.write_run(tmp_path / "AM-GAN" / "run" / "am_gan_digits")
    assert not found[0].is_done
    (run.path / "report.html").touch()
    written = gallery.write_document(found, tmp_path / "gallery.md", "python tools/gallery.py")
    assert [path.name for path in written] == ["gallery.md", "AM-GAN.png"]
    text = written[0].read_text()
    assert (
        "## AM-GAN\n\n![am_gan on digits after 300 iterations](images/gallery/AM-GAN.png)" in text
    )
    assert "    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags --iMaxIter=9\n" in text
    assert "Not yet" not in text and "So far 1 of 2 are trained." in text
    assert f"`{run.path / 'report.html'}`" in text
    with Image.open(written[1]) as picture:
        assert picture.size == (60, 40)


def test_pictures_are_small(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (900, 900, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    content = gallery.small_picture(tmp_path / "noise.png")
    assert len(content) < 150_000
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (420, 420)


@pytest.mark.slow
def test_the_command(tmp_path):
    arguments = [
        "--row=line: distgan_toy1d --n_step=20 --log_every=10 --models=distgan",
        f"--gallery_dir={tmp_path / 'runs'}",
        f"--document={tmp_path / 'gallery.md'}",
        "--row=points: am_gan_toy --iMaxIter=100 --sample_every=50 --score_every=0",
    ]
    done = run_script("gallery.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "gallery.md").read_text()
    assert "## line" in text and "AM-GAN on toy" in text
    for name in ("line", "points"):
        assert (tmp_path / "images" / "gallery" / f"{name}.png").stat().st_size > 1000
    # A second call trains nothing again.
    logs = {path: path.read_bytes() for path in tmp_path.glob("runs/*/train.txt")}
    assert run_script("gallery.py", *arguments).returncode == 0
    assert {path: path.read_bytes() for path in logs} == logs
