"""Pictures inside a page: as they are where there is room, otherwise fewer, smaller ones."""

from __future__ import annotations

import base64
import dataclasses
import io
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, UnidentifiedImageError

# More sheets than this are not shown; each is encoded in some milliseconds.
MOST_FRAMES = 40
# The widths that are tried in turn, in pixels.
_WIDTHS = (720, 540, 400)
_QUALITY = 78


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Attributes:
      uri: the data: address of its bytes.
      width, height: of the original in pixels.
      label: what it shows.
      iteration: of a sample sheet; 0 for other pictures.
    """

    uri: str
    width: int
    height: int
    label: str
    iteration: int = 0


def sheet_frames(
    sheets: Sequence[tuple[int, pathlib.Path]], budget: int, label: str
) -> tuple[list[Picture], list[str]]:
    """The sample sheets of a run within a number of bytes; the last one is always among them.

    Args:
      sheets: [(iteration, path), ...] in order.
      budget: the largest number of characters of all addresses together.
      label: what a sheet shows, before its iteration.

    Returns: (pictures, sentences about what was left out or changed).
    """
    readable, notes = _readable(sheets)
    if not readable:
        return [], notes
    files = {path: path.stat().st_size for _, path in readable}
    whole = len(readable) <= MOST_FRAMES and sum(files.values()) * 4 / 3 <= budget
    if whole:
        chosen, contents = readable, [path.read_bytes() for _, path in readable]
    else:
        chosen, contents = _fitting(_spread(readable, MOST_FRAMES), budget)
    if len(chosen) < len(readable):
        notes.append(f"{len(chosen)} of {len(readable)} sample sheets are shown, evenly spread.")
    if not whole:
        notes.append("The sheets were made smaller for this page; samples/ has the originals.")
    frames = []
    for (iteration, path), content in zip(chosen, contents, strict=True):
        text = f"{label} after {iteration:,} iterations"
        frames.append(Picture(_address(content), *_size(path), text, iteration))
    return frames, notes


def other_pictures(paths: Sequence[pathlib.Path], budget: int) -> tuple[list[Picture], list[str]]:
    """As many pictures, in this order, as a number of bytes has room for.

    Returns: (pictures, sentences about those that were left out).
    """
    readable, notes = _readable([(0, path) for path in paths])
    found, left_out = [], []
    for _, path in readable:
        content = path.read_bytes()
        if len(content) * 4 / 3 > budget / 3:
            content = _smaller(path, _WIDTHS[0])
        uri = _address(content)
        if len(uri) > budget:
            left_out.append(path.name)
            continue
        budget -= len(uri)
        found.append(Picture(uri, *_size(path), path.stem.replace("_", " ")))
    if left_out:
        notes.append(f"Left out for their size: {', '.join(left_out)}.")
    return found, notes


def from_bytes(content: bytes, label: str) -> Picture:
    """The picture of a PNG file's bytes."""
    with Image.open(io.BytesIO(content)) as image:
        return Picture(_address(content), image.width, image.height, label)


def _fitting(
    sheets: Sequence[tuple[int, pathlib.Path]], budget: int
) -> tuple[list[tuple[int, pathlib.Path]], list[bytes]]:
    """(sheets, their bytes): smaller ones, and if that is not enough, fewer of them."""
    tried = _spread(sheets, 4)
    for width in _WIDTHS:
        size = sum(len(_address(_smaller(path, width))) for _, path in tried) / len(tried)
        if size * len(sheets) <= 0.9 * budget:
            break
    contents = [_smaller(path, width) for _, path in sheets]
    kept = list(range(len(sheets)))
    while len(kept) > 1 and sum(len(_address(contents[i])) for i in kept) > budget:
        kept = _spread(list(range(len(sheets))), len(kept) - 1)
    return [sheets[i] for i in kept], [contents[i] for i in kept]


def _readable(
    sheets: Sequence[tuple[int, pathlib.Path]],
) -> tuple[list[tuple[int, pathlib.Path]], list[str]]:
    found, broken = [], []
    for iteration, path in sheets:
        try:
            with Image.open(path) as image:
                image.verify()
            found.append((iteration, path))
        except (OSError, SyntaxError, UnidentifiedImageError):
            broken.append(path.name)
    return found, [f"No whole picture: {', '.join(broken)}."] if broken else []


def _size(path: pathlib.Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def _spread(items: Sequence, count: int) -> list:
    """At most `count` items, spread evenly, with the last one and, from two on, the first."""
    if count == 1:
        return [items[-1]]
    places = np.unique(np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int))
    return [items[place] for place in places]


def _smaller(path: pathlib.Path, widest: int) -> bytes:
    """A picture of at most `widest` pixels as WebP, or its own bytes if they are fewer."""
    own = path.read_bytes()
    with Image.open(path) as image:
        changed = image.convert("RGB")
    if changed.width > widest:
        height = max(1, round(changed.height * widest / changed.width))
        changed = changed.resize((widest, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    stream = io.BytesIO()
    changed.save(stream, "WEBP", quality=_QUALITY, method=1)
    return min(own, stream.getvalue(), key=len)


def _address(content: bytes) -> str:
    kind = "webp" if content[8:12] == b"WEBP" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
