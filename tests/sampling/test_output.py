"""What is written, and what is left where it cannot be."""

import json

from amnat import sheets
from amnat.errors import InputError, OutputError
from amnat.sampling import output
from amnat.sampling.making import columns_of, pair_sheet

import numpy as np
import pytest
from PIL import Image

IMAGES = np.linspace(-1, 1, 3)[:, None, None, None] * np.ones((3, 4, 4, 1), np.float32)


def samples(images=IMAGES):
    names = [f"{number:05d}" for number in range(len(images))]
    sheet = sheets.Sheet(images, 3, about="seed 0")
    arrays = {"latents": np.zeros((len(images), 2))}
    return output.Samples(images, names, sheet, ["run", "iteration 1"], arrays, {"seed": 0})


def test_all_formats(tmp_path):
    written = output.write_samples(tmp_path, samples(), output.FORMATS, False, "out")
    assert written == ["3 PNG files", "sheet.png", "samples.npz", "samples.json"]
    names = {"00000.png", "00001.png", "00002.png", "sheet.png", "samples.npz", "samples.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    with Image.open(tmp_path / "00001.png") as image:
        assert image.mode == "L" and image.size == (4, 4) and image.getpixel((0, 0)) == 128
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.text["Title"] == "run, iteration 1, seed 0"
    with np.load(tmp_path / "samples.npz") as arrays:
        assert arrays["images"].dtype == np.uint8 and arrays["latents"].shape == (3, 2)
    assert json.loads((tmp_path / "samples.json").read_text()) == {"seed": 0}


def test_chosen_formats_and_raw_sheets(tmp_path):
    output.write_samples(tmp_path, samples(IMAGES.repeat(3, 3)), ["sheet"], True, "out")
    assert {path.name for path in tmp_path.iterdir()} == {"sheet.png", "samples.json"}
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (36, 12) and not image.text


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OutputError, match="--out=.*: cannot be written .No space left"):
        output.write_samples(tmp_path, samples(), output.FORMATS, False, "out")
    assert not list(tmp_path.iterdir())


def test_folders(tmp_path):
    with output.new_folder(str(tmp_path / "a" / "b"), "out") as folder:
        (folder / "x").touch()
    assert (tmp_path / "a" / "b" / "x").exists()
    with (
        pytest.raises(InputError, match="--out=.*: holds files already"),
        output.new_folder(str(tmp_path / "a" / "b"), "out"),
    ):
        pass
    # A new folder that nothing was written to goes again, one that was there stays.
    with output.new_folder(str(tmp_path / "c"), "out"):
        pass
    assert not (tmp_path / "c").exists()
    (tmp_path / "d").mkdir()
    with output.new_folder(str(tmp_path / "d"), "out"):
        pass
    assert (tmp_path / "d").is_dir()
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match="--out=.*: files cannot be written there"),
        output.new_folder(str(tmp_path / "file"), "out"),
    ):
        pass


def test_a_sheet_of_very_many_images_shows_the_first(tmp_path):
    many = samples(np.zeros((900, 2, 2, 1), np.float32))
    output.write_samples(tmp_path, many, ["sheet"], True, "out")
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.height == 133 * 6


def test_columns_fill_their_rows_where_they_can():
    found = [columns_of(count) for count in (1, 7, 10, 12, 16, 17, 100)]
    assert found == [1, 7, 10, 6, 8, 10, 10]


def test_pairs_stand_below_each_other():
    images = np.arange(12, dtype=np.float32)[:, None, None, None] / 16
    sheet = pair_sheet(images, -images, ("input", "output"), "")
    assert sheet.columns == 10 and sheet.rows == ("input", "output") * 2
    cells = sheet.images.reshape(2, 2, 10) * 16
    np.testing.assert_array_equal(cells[0], [np.arange(10), -np.arange(10)])
    np.testing.assert_array_equal(cells[1][:, :2], [[10, 11], [-10, -11]])
    assert sheet.is_empty.reshape(2, 2, 10)[1, :, 2:].all() and sheet.is_empty.sum() == 16
