"""Folders of exports: which versions they hold, and whether these are complete.

This module does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re

from amnat.errors import InputError
from amnat.export.metadata import read_metadata

GRAPH = "saved_model.pb"
_VARIABLES = "variables"
# TensorFlow Serving reads versions as 64-bit integers, and model names as what stands between
# slashes and before the colon of the method.
_LARGEST = 2**63 - 1
_NAME = re.compile(r"[^/:\s]+")
FLAG = "export_dir"


@dataclasses.dataclass(frozen=True)
class ModelFolder:
    """A folder to serve from.

    Attributes:
      name: name of the model in the paths of requests.
      path: the folder of numbered versions, or one version itself.
      is_version: whether it is one version; it is then the only one.
    """

    name: str
    path: pathlib.Path
    is_version: bool

    def versions(self) -> dict[int, pathlib.Path]:
        """{number: folder} of all versions, complete or not, from the largest number down."""
        if self.is_version:
            name = self.path.absolute().name
            return {int(name) if _is_number(name) else 1: self.path}
        try:
            names = [entry.name for entry in os.scandir(self.path) if entry.is_dir()]
        except OSError:
            return {}
        numbers = sorted((int(name) for name in names if _is_number(name)), reverse=True)
        folders = {int(name): self.path / name for name in names if _is_number(name)}
        return {number: folders[number] for number in numbers}


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and int(name) <= _LARGEST


def missing(version: pathlib.Path) -> str | None:
    """What a version lacks to be complete, as text; None if nothing is known to be missing.

    Raises: InputError if its metadata is damaged or of another version of amnat.
    """
    if not _has_content(version / GRAPH):
        return f"no {GRAPH}"
    variables = version / _VARIABLES
    if variables.is_dir():
        if not _has_content(variables / "variables.index"):
            return f"no {_VARIABLES}/variables.index"
        if not any(variables.glob("variables.data-*")):
            return f"no {_VARIABLES}/variables.data"
    read_metadata(version)
    return None


def _has_content(file: pathlib.Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def stamp(version: pathlib.Path) -> tuple[tuple[str, int, int], ...]:
    """What changes while files of a version are written: their names, sizes and times."""
    found = []
    for folder, _, names in os.walk(version):
        for name in names:
            path = os.path.join(folder, name)
            try:
                status = os.stat(path)
            except OSError:
                continue
            found.append((path, status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))


def open_folder(word: str) -> ModelFolder:
    """The folder of a word of --export_dir, FOLDER or NAME=FOLDER, with one complete version.

    Raises: InputError that says what was found and what was expected.
    """
    name, separator, text = word.partition("=")
    if not separator or "/" in name or pathlib.Path(word).expanduser().is_dir():
        name, separator, text = "", "", word
    path = pathlib.Path(text).expanduser()
    if not path.is_dir():
        what = "a file" if path.exists() else "no such folder"
        raise InputError(f"--{FLAG}={word}: {what}, expected the folder of an export")
    folder = ModelFolder("", path, (path / GRAPH).exists())
    version = _newest(folder, word)
    if separator and not _NAME.fullmatch(name):
        raise InputError(
            f"--{FLAG}={word}: the name {name!r}, expected one without '/', ':' and spaces"
        )
    return dataclasses.replace(folder, name=name or _default_name(path, version))


def _newest(folder: ModelFolder, word: str) -> pathlib.Path:
    """The complete version with the largest number; raises InputError if there is none."""
    versions = folder.versions()
    if not versions:
        raise InputError(
            f"--{FLAG}={word}: holds neither {GRAPH} nor numbered versions, expected an export of "
            f"tools/export.py{_hint(folder.path)}"
        )
    faults, errors = [], []
    for path in versions.values():
        try:
            fault = missing(path)
        except InputError as error:
            errors.append(error)
            continue
        if fault is None:
            return path
        faults.append(f"{path.name} has {fault}")
    if errors:
        raise errors[0]
    raise InputError(
        f"--{FLAG}={word}: is half written ({'; '.join(faults[:3])}), expected a complete export"
    )


def _hint(path: pathlib.Path) -> str:
    if any(path.glob(f"export/*/{GRAPH}")):
        return f"; {path / 'export'} is one"
    if (path / "generator.json").is_file():
        return f"; this is a run: python tools/export.py --run_dir={path} exports it"
    return ""


def _default_name(path: pathlib.Path, version: pathlib.Path) -> str:
    """The name of the run that was exported; otherwise that of the folder."""
    metadata = read_metadata(version) or {}
    parts = [str(metadata.get("run", "")), *reversed(path.absolute().parts)]
    for part in parts:
        if part != "export" and not part.isdecimal() and _NAME.fullmatch(part):
            return part
    return "default"
