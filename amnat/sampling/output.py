"""Writes samples: PNG files, a sheet, an .npz file, and a record of how they came about."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from amnat import json_text, sheets
from amnat.data.dataset import unscale
from amnat.errors import InputError
from amnat.files import output_folder, writing

import numpy as np
from PIL import Image

FORMATS = ("png", "sheet", "npz")
# More images make no sheet that one can look at.
MOST_ON_SHEET = 400


@dataclasses.dataclass(frozen=True)
class Samples:
    """What is written.

    Attributes:
      images: float [N, H, W, C] in [-1, 1].
      names: N names of PNG files, without ending.
      sheet: the `amnat.sheets.Sheet`.
      title: lines of the sheet's title.
      arrays: {name: array} that the .npz file has besides `images`.
      record: JSON values.
    """

    images: np.ndarray
    names: Sequence[str]
    sheet: sheets.Sheet
    title: Sequence[str]
    arrays: dict[str, np.ndarray]
    record: dict[str, Any]


@contextlib.contextmanager
def new_folder(path: str, flag: str) -> Iterator[pathlib.Path]:
    """A folder for results that is new or empty; a new one goes again if nothing was written.

    Raises: InputError that names `flag`.
    """
    folder = pathlib.Path(path).expanduser()
    was_there = folder.exists()
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"--{flag}={path}: holds files already; choose a new folder")
    try:
        yield output_folder(path, flag)
    finally:
        if not was_there:
            # One with files stays.
            with contextlib.suppress(OSError):
                folder.rmdir()


def write_samples(
    folder: pathlib.Path, samples: Samples, formats: Sequence[str], is_raw: bool, flag: str
) -> list[str]:
    """Writes samples into an empty folder; nothing is left there if that fails.

    Args:
      formats: names in FORMATS.
      is_raw: whether the sheet is a grid without title and labels.

    Returns: the names of what was written, one for all PNG files.
    Raises: OutputError that names `flag`.
    """
    with writing(f"--{flag}={folder}"):
        partial = pathlib.Path(tempfile.mkdtemp(dir=folder, prefix=".partial-"))
        try:
            written = _write(partial, samples, formats, is_raw)
            for file in sorted(partial.iterdir()):
                os.replace(file, folder / file.name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return written


def _write(
    folder: pathlib.Path, samples: Samples, formats: Sequence[str], is_raw: bool
) -> list[str]:
    written = []
    pixels = unscale(samples.images)
    if "png" in formats:
        for name, image in zip(samples.names, pixels, strict=True):
            Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(
                folder / f"{name}.png"
            )
        written.append(f"{len(samples.names)} PNG files")
    if "sheet" in formats:
        shown = _start(samples.sheet)
        sheets.save_image(folder / "sheet.png", *sheets.draw(shown, samples.title, is_raw))
        written.append("sheet.png")
    if "npz" in formats:
        arrays: dict[str, Any] = {"images": pixels} | samples.arrays
        np.savez_compressed(folder / "samples.npz", **arrays)
        written.append("samples.npz")
    text = json_text.dumps(samples.record, indent=1)
    (folder / "samples.json").write_text(text + "\n", encoding="utf-8")
    return [*written, "samples.json"]


def _start(sheet: sheets.Sheet) -> sheets.Sheet:
    """The sheet without the rows that are too many."""
    most = max(1, MOST_ON_SHEET // sheet.columns) * sheet.columns
    if len(sheet.images) <= most:
        return sheet
    about = f"{sheet.about}, the first {most}" if sheet.about else f"the first {most}"
    return dataclasses.replace(sheet, images=sheet.images[:most], about=about)
