"""Sheets of images: the raw grid of the AM-GAN authors' code, and one with gaps, title and labels.

This module does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import pathlib
from collections.abc import Mapping, Sequence

from amnat.data.dataset import unscale

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

# Each pixel of a raw sheet is drawn three times as wide and high, as in the AM-GAN authors' code.
ENLARGEMENT = 3
EMPTY_CELL = 128
# Pixels: the larger side of a small image on a labelled sheet, the gap between images, the margin
# around everything.
CELL, GAP, MARGIN = 96, 3, 8
MAX_ENLARGEMENT = 8
# Images per row.
COLUMNS = 10
# The grey between images; it differs from black and from white images.
_BETWEEN = (176, 176, 176)
_TITLE_SIZE, _LABEL_SIZE = 15, 12
_LEAST_WIDTH = 240
_LONGEST_LABEL = 32
# Entries of the PNG files: their title, and the height of its lines, which the animation replaces.
TITLE_KEY, TITLE_HEIGHT_KEY = "Title", "TitleHeight"


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Images in rows, and what the rows and columns are.

    Attributes:
      images: float [N, H, W, C] in [-1, 1], C 1 or 3, row by row.
      columns: images per row.
      rows, row_name: a label for each row, and what all of them are, such as "class".
      column_labels, column_name: the same for the columns.
      is_empty: bool [N], the cells that have no image; None if all have one.
      about: a remark that follows the title.
    """

    images: np.ndarray
    columns: int = COLUMNS
    rows: Sequence[str] = ()
    row_name: str = ""
    column_labels: Sequence[str] = ()
    column_name: str = ""
    is_empty: np.ndarray | None = None
    about: str = ""


def image_sheet(images: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Tiles images into one raw image, row by row.

    Args:
      images: float [N, H, W, C] in [-1, 1], C 1 or 3.

    Returns: uint8 [rows * H * 3, columns * W * 3, 3].
    """
    sheet = _cells(images, columns).swapaxes(1, 2)
    rows, height, columns, width, channels = sheet.shape
    sheet = sheet.reshape(rows * height, columns * width, channels)
    return sheet.repeat(ENLARGEMENT, axis=0).repeat(ENLARGEMENT, axis=1)


def class_sheet(
    images: np.ndarray, classes: np.ndarray, class_names: Sequence[str], columns: int = COLUMNS
) -> Sheet:
    """The first images of every class, one row per class, with empty cells for missing ones.

    Args:
      images: float [N, H, W, C] in [-1, 1], C 1 or 3.
      classes: int [N], in [0, K).
      class_names: K strings.
    """
    count = len(class_names) * columns
    cells = np.zeros((count, *images.shape[1:]), np.float32)
    is_empty = np.ones(count, bool)
    for label in range(len(class_names)):
        found = images[classes == label][:columns]
        cells[label * columns :][: len(found)] = found
        is_empty[label * columns :][: len(found)] = False
    return Sheet(cells, columns, class_names, "class", is_empty=is_empty)


def pair_sheet(images: np.ndarray, made: np.ndarray, labels: tuple[str, str], about: str) -> Sheet:
    """A sheet of rows of images, each above a row of what was made of them.

    Args:
      images, made: float [N, H, W, C] in [-1, 1].
      labels: of a row of images, and of a row of what was made.
      about: see `Sheet`.
    """
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    cells = np.zeros((rows, 2, columns, *images.shape[1:]), np.float32)
    is_empty = np.ones((rows, 2, columns), bool)
    for number, part in enumerate((images, made)):
        for index in range(len(images)):
            row, column = divmod(index, columns)
            cells[row, number, column] = part[index]
            is_empty[row, number, column] = False
    return Sheet(
        cells.reshape(-1, *images.shape[1:]),
        columns,
        labels * rows,
        is_empty=is_empty.reshape(-1),
        about=about,
    )


def raw_sheet(sheet: Sheet) -> np.ndarray:
    """The grid of a `Sheet` as `image_sheet` draws it; cells without an image are grey."""
    pixels = image_sheet(sheet.images, sheet.columns)
    if sheet.is_empty is not None:
        height, width = (ENLARGEMENT * side for side in sheet.images.shape[1:3])
        tiles = pixels.reshape(-1, height, sheet.columns, width, 3).swapaxes(1, 2)
        tiles[sheet.is_empty.reshape(-1, sheet.columns)] = EMPTY_CELL
    return pixels


def labelled_sheet(sheet: Sheet, title: Sequence[str]) -> tuple[np.ndarray, int]:
    """Draws a `Sheet` with gaps, its labels and a title.

    Small images are enlarged by a whole number, to about 96 pixels.

    Args:
      title: lines, of which those that are too long are wrapped.

    Returns: (uint8 [H, W, 3], the height of the title in pixels).
    """
    grid = _grid(sheet)
    label_font, title_font = _font(_LABEL_SIZE), _font(_TITLE_SIZE)
    rows = [_shortened(text) for text in sheet.rows]
    left = max((_width(text, label_font) for text in rows), default=0)
    left += (_LABEL_SIZE + 6 if sheet.row_name else 0) + (8 if rows else 0)
    above = (_line_height(label_font) if sheet.column_labels else 0) + (
        _line_height(label_font) if sheet.column_name else 0
    )
    width = max(2 * MARGIN + left + grid.shape[1], _LEAST_WIDTH)
    lines = [part for line in title for part in _wrapped(line, title_font, width - 2 * MARGIN)]
    top = MARGIN + len(lines) * _line_height(title_font)
    height = top + above + grid.shape[0] + 2 * MARGIN
    canvas = Image.new("RGB", (width, height), "white")
    corner = MARGIN + left, top + above + MARGIN
    canvas.paste(Image.fromarray(grid), corner)
    _draw_lines(canvas, lines, MARGIN)
    _draw_row_labels(canvas, sheet, rows, corner, grid.shape[0])
    _draw_column_labels(canvas, sheet, corner, grid.shape[1])
    return np.asarray(canvas), top


def draw(sheet: Sheet, title: Sequence[str], is_raw: bool) -> tuple[np.ndarray, dict[str, str]]:
    """Draws a `Sheet` with title and labels, or as a raw grid.

    Args:
      title: lines; empty ones are left out.

    Returns: (uint8 [H, W, 3], entries for `save_image`).
    """
    if is_raw:
        return raw_sheet(sheet), {}
    *first, last = title
    last = ", ".join(part for part in (last, sheet.about) if part)
    lines = [text for text in (*first, last) if text]
    pixels, height = labelled_sheet(sheet, lines)
    return pixels, _entries(lines, height)


def save_image(
    path: str | os.PathLike[str], pixels: np.ndarray, entries: Mapping[str, str] | None = None
) -> None:
    """Writes uint8 [H, W, 3] to a PNG file atomically.

    Args:
      entries: text entries of the file, {keyword: text}.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    text = PngImagePlugin.PngInfo()
    for keyword, value in (entries or {}).items():
        text.add_itxt(keyword, value)
    try:
        Image.fromarray(pixels).save(partial, format="PNG", pnginfo=text)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def with_caption(image: Image.Image, lines: Sequence[str]) -> Image.Image:
    """An image below lines of text; what does not fit its width is wrapped."""
    font = _font(_TITLE_SIZE)
    parts = [part for line in lines for part in _wrapped(line, font, image.width - 2 * MARGIN)]
    top = MARGIN + len(parts) * _line_height(font)
    canvas = Image.new("RGB", (image.width, image.height + top), "white")
    canvas.paste(image, (0, top))
    _draw_lines(canvas, parts, MARGIN)
    return canvas


def captioned(pixels: np.ndarray, title: Sequence[str]) -> tuple[np.ndarray, dict[str, str]]:
    """A picture, uint8 [H, W, 3], below the lines of its title; returns what `draw` returns."""
    image = with_caption(Image.fromarray(pixels), title)
    return np.asarray(image), _entries(title, image.height - len(pixels))


def _entries(title: Sequence[str], height: int) -> dict[str, str]:
    return {TITLE_KEY: ", ".join(title), TITLE_HEIGHT_KEY: str(height)}


def _cells(images: np.ndarray, columns: int) -> np.ndarray:
    """uint8 [rows, columns, H, W, 3] of float [N, H, W, C]; missing images are black."""
    count, *shape = images.shape
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, *shape), np.uint8)
    tiles[:count] = unscale(images)
    tiles = np.broadcast_to(tiles, (*tiles.shape[:3], 3))
    return tiles.reshape(rows, columns, *shape[:2], 3)


def _grid(sheet: Sheet) -> np.ndarray:
    """The enlarged images with gaps, uint8 [H, W, 3]; white where there is no image."""
    cells = _cells(sheet.images, sheet.columns)
    rows, columns, height, width, _ = cells.shape
    factor = max(1, min(MAX_ENLARGEMENT, round(CELL / max(height, width))))
    is_empty = np.arange(rows * columns) >= len(sheet.images)
    if sheet.is_empty is not None:
        is_empty[: len(sheet.images)] |= sheet.is_empty
    cells = np.where(is_empty.reshape(rows, columns, 1, 1, 1), np.uint8(255), cells)
    cells = cells.repeat(factor, axis=2).repeat(factor, axis=3)
    high, wide = height * factor + GAP, width * factor + GAP
    grid = np.full((rows * high + GAP, columns * wide + GAP, 3), _BETWEEN, np.uint8)
    for row in range(rows):
        for column in range(columns):
            place = grid[row * high + GAP :, column * wide + GAP :]
            place[: high - GAP, : wide - GAP] = cells[row, column]
    return grid


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Matplotlib's own font is there wherever matplotlib is, and draws the same everywhere.
    path = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _width(text: str, font: ImageFont.FreeTypeFont) -> int:
    return math.ceil(font.getlength(text))


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    return sum(font.getmetrics()) + 2


def _shortened(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines of at most `width` pixels; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and _width(f"{lines[-1]} {word}", font) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _draw_lines(canvas: Image.Image, lines: Sequence[str], top: int) -> None:
    font, pen = _font(_TITLE_SIZE), ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + number * _line_height(font)), line, "black", font)


def _draw_row_labels(
    canvas: Image.Image, sheet: Sheet, rows: Sequence[str], corner: tuple[int, int], height: int
) -> None:
    """Writes the labels left of the grid, and their common name upright beside them."""
    pen, font = ImageDraw.Draw(canvas), _font(_LABEL_SIZE)
    x, y = corner
    count = -(-len(sheet.images) // sheet.columns)
    for row, text in enumerate(rows[:count]):
        middle = y + GAP / 2 + (row + 0.5) * (height - GAP) / count
        pen.text((x - 8, middle), text, "black", font, anchor="rm")
    if sheet.row_name:
        name = Image.new("RGB", (_width(sheet.row_name, font), _line_height(font)), "white")
        ImageDraw.Draw(name).text((0, 0), sheet.row_name, "black", font)
        name = name.transpose(Image.Transpose.ROTATE_90)
        canvas.paste(name, (MARGIN, y + max(0, (height - name.height) // 2)))


def _draw_column_labels(
    canvas: Image.Image, sheet: Sheet, corner: tuple[int, int], width: int
) -> None:
    """Writes the labels above the columns, and their common name above the labels."""
    pen, font = ImageDraw.Draw(canvas), _font(_LABEL_SIZE)
    x, y = corner
    step = (width - GAP) / sheet.columns
    for column, text in enumerate(sheet.column_labels[: sheet.columns]):
        while len(text) > 2 and _width(text, font) > step:
            text = _shortened(text, len(text) - 1)
        pen.text((x + GAP / 2 + (column + 0.5) * step, y - 3), text, "black", font, anchor="md")
    if sheet.column_name:
        above = _line_height(font) if sheet.column_labels else 0
        pen.text((x + width / 2, y - 3 - above), sheet.column_name, "black", font, anchor="md")
