"""Finds a TensorFlow 1 checkpoint and whose it is, without TensorFlow, which takes seconds to load.

The .index file of a checkpoint is a table of LevelDB: blocks of sorted keys, each key without what
it shares with the one before, a block of the blocks' places, and a footer. TensorFlow does not
compress its blocks. What writes that file: tensorflow/core/util/tensor_bundle.
"""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterator, Sequence

from amnat.errors import InputError
from amnat.files import failure_reason, read_text
from amnat.training.run_directory import checkpoint_iterations

_FOOTER, _MAGIC = 48, bytes.fromhex("57fb808b247547db")
# More than the largest index of a GAN; a wrong file is not read whole.
_LARGEST = 64 << 20
_STATE = re.compile(r'^model_checkpoint_path: "(.*)"', re.MULTILINE)
_MOST_NAMED = 8
_NO_IMPORT = "evaluate.py, export.py and others read it directly, --resume=FOLDER goes on with it"
# {a part of a name that no other original has: the original}
_ORIGINALS = {
    r"(generator|discriminator)/.*(linear|conv2d)_wn_\d+/[vgb]": "am_gan_reproduce",
    r"(encoder|generator|discriminator)/\1/.*": "msgan",
    r"generator/linear0?/w": "am_gan",
}
_OTHERS = {
    r".*/\.ATTRIBUTES/VARIABLE_VALUE": "a checkpoint of TensorFlow 2; a run of amnat needs no "
    f"import: {_NO_IMPORT}",
    r"Block_\d+/layer_\d+/.*": "a DenseNet classifier, such as AM-GANs-for-reproduce's for its AM "
    "Score",
    r"conv1/Variable": "a classifier, such as msgan's for MNIST",
}
_EXPECTED = "expected a generator and a discriminator of AM-GAN2, AM-GANs-for-reproduce or msgan"


def find_checkpoint(path: str | os.PathLike[str]) -> pathlib.Path:
    """Finds the prefix of a checkpoint's files.

    Args:
      path: the prefix itself, its .index file, or a folder of the original: the one that its Saver
        wrote to, or one above it, in which case the newest checkpoint is used.

    Raises: InputError that says what was found.
    """
    path = pathlib.Path(path).expanduser()
    where = f"--checkpoint={path}"
    if path.is_dir():
        folder = _saver_folder(path)
        state = folder / "checkpoint"
        match = state.is_file() and _STATE.search(read_text(state))
        if not match:
            ours = _of_amnat(path)
            if ours:
                raise InputError(f"{where}: is {ours}, which needs no import: {_NO_IMPORT}")
            raise InputError(
                f"{where}: has no file 'checkpoint' that names the newest checkpoint; "
                f"{_content(path)}"
            )
        # The path in the file may be one on another machine.
        path = folder / os.path.basename(match[1])
    elif path.suffix == ".index":
        path = path.with_suffix("")
    if not path.with_name(path.name + ".index").is_file():
        raise InputError(f"{where}: no {path.name}.index; expected a TensorFlow 1 checkpoint")
    return path


def _saver_folder(path: pathlib.Path) -> pathlib.Path:
    """The folder below `path` that the original's Saver wrote to last; else `path` itself.

    AM-GAN2 and AM-GANs-for-reproduce write to checkpoint/, msgan to <data>/model/<iteration>/.
    """
    if (path / "checkpoint").is_dir():
        return path / "checkpoint"
    for pattern in ("[0-9]*", "model/[0-9]*", "*/model/[0-9]*"):
        found = [p for p in path.glob(pattern) if p.name.isdecimal()]
        found = [p for p in found if (p / "checkpoint").is_file()]
        if found:
            return max(found, key=lambda p: int(p.name))
    return path


def _of_amnat(folder: pathlib.Path) -> str:
    """What a folder, or the one that its checkpoint/ lies in, is if amnat wrote it; else ''."""
    run = folder.parent if folder.name == "checkpoint" else folder
    saved = any(checkpoint_iterations(each) for each in (folder, run / "checkpoint"))
    if not saved and not (run / "flags.txt").is_file():
        return ""
    kind = "a classifier" if (run / "settings.json").is_file() else "a run"
    return f"{kind} of amnat"


def _content(folder: pathlib.Path) -> str:
    found = sorted(p.name + "/" * p.is_dir() for p in folder.iterdir())
    return f"it holds {listed(found)}" if found else "it is empty"


def listed(found: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(found) - _MOST_NAMED
    return ", ".join(found[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def original_of(prefix: pathlib.Path) -> str:
    """The original that wrote a checkpoint: 'am_gan', 'am_gan_reproduce' or 'msgan'.

    Raises: InputError that says what the checkpoint is instead.
    """
    found = names(prefix)
    for pattern, original in _ORIGINALS.items():
        if any(re.fullmatch(pattern, name) for name in found):
            return original
    for pattern, what in _OTHERS.items():
        if any(re.fullmatch(pattern, name) for name in found):
            raise InputError(f"--checkpoint={prefix}: is {what}; {_EXPECTED}")
    raise InputError(f"--checkpoint={prefix}: holds {listed(found) or 'no variables'}; {_EXPECTED}")


def names(prefix: pathlib.Path) -> list[str]:
    """The names of a checkpoint's variables; raises InputError if its index cannot be read."""
    path = prefix.with_name(prefix.name + ".index")
    where = f"--checkpoint={prefix}"
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({failure_reason(error)})") from error
    if len(content) > _LARGEST or len(content) < _FOOTER or content[-8:] != _MAGIC:
        raise InputError(f"{where}: cannot be read (its .index is not one of TensorFlow)")
    try:
        found = [key for place in _index(content) for key, _ in _entries(_block(content, place))]
        return sorted(name.decode() for name in found if name)
    except (IndexError, ValueError) as error:
        raise InputError(f"{where}: cannot be read (its .index is damaged)") from error


def _index(content: bytes) -> Iterator[bytes]:
    """The places of the blocks with the variables."""
    footer = content[-_FOOTER:]
    _, start = _handle(footer, 0)
    place = footer[start:]
    for _, value in _entries(_block(content, place)):
        yield value


def _block(content: bytes, place: bytes) -> bytes:
    (offset, size), _ = _handle(place, 0)
    block = content[offset : offset + size]
    if len(block) != size or content[offset + size] != 0:
        raise ValueError("no uncompressed block")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of a block, whose last words are the places of the keys that are whole."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise ValueError("no block")
    key, position = b"", 0
    while position < end:
        shared, position = _varint(block, position)
        rest, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + rest]
        position += rest + length
        yield key, block[position - length : position]


def _handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    """((offset, size) of a block, the position after it)."""
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return (offset, size), position


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """(number, the position after it); the lowest seven bits come first."""
    number = 0
    for shift in range(0, 64, 7):
        byte = data[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
    raise ValueError("no number")
