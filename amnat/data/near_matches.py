"""Finds the published files of a data set where a user has renamed, unpacked or moved them.

The loaders look for the published names first. What is found here is announced in one line, or
refused by name; nothing is downloaded beside a user's own files.
"""

from __future__ import annotations

import itertools
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from amnat.data import download as downloads
from amnat.data.archives import ZIP_ERRORS
from amnat.data.file_reading import check_data_dir, folder_state, note
from amnat.errors import InputError

_MAX_DEPTH = 3
_MAX_PER_FOLDER = 5_000
_MAX_ENTRIES = 50_000
_MAX_NAMED = 3
_PACKED = re.compile(r"(\.tar|\.tgz|\.zip|\.7z|\.rar|\.gz|\.bz2|\.xz|\.tbz2)+$")
# The number that browsers add to the name of a second download.
_COPY = re.compile(r"\s*\(\d+\)")
# Files that may hold a data set in a form that is not read.
_HOLDS_DATA = re.compile(
    r".*\.(tar|tgz|zip|7z|rar|gz|bz2|xz|npz|npy|pkl|pickle|mat|csv|parquet|h5|hdf5|bin|tfrecords?)$"
)
# The names of the arrays that amnat itself stores beside a data set.
_OWN_CACHE = re.compile(r".*_\d+x\d+\.npz")


@dataclass(frozen=True)
class Published:
    """How to recognise the files of a data set.

    Attributes:
      name: the registered name.
      files: the names of the files that one split needs.
      words: a pattern for the names of other files that may hold the data set, in the plain form
        of `plain`.
      others: a pattern for paths that belong to another data set with the same file names.
      compressed: whether each file may be compressed with gzip.
      distinctive: whether any one of the files shows that the data set is meant.
      other_splits: the names of the files of other splits.
    """

    name: str
    files: tuple[str, ...]
    words: str
    others: str = "$^"
    compressed: bool = False
    distinctive: bool = True
    other_splits: tuple[str, ...] = ()


def plain(name: str) -> str:
    """A name without its case, its punctuation and the number of a copy: "train-images"."""
    return re.sub(r"[\W_]+", "-", _COPY.sub("", name.lower())).strip("-")


def stem(name: str) -> str:
    """`plain` without the endings of archives."""
    return plain(_PACKED.sub("", _COPY.sub("", name.lower())))


def nearby(data_dir: str) -> tuple[str, ...]:
    """The paths of the files in a folder, up to three folders deep, the nearest first.

    Hidden ones are left out. Of folders with very many files, only some are listed.
    """
    found: list[str] = []
    level = [data_dir]
    for _ in range(_MAX_DEPTH + 1):
        files: list[str] = []
        folders: list[str] = []
        for folder in level:
            for path, is_folder in _entries(folder):
                (folders if is_folder else files).append(path)
        found += sorted(files)
        level = sorted(folders)
        if len(found) > _MAX_ENTRIES:
            break
    return tuple(found)


def _entries(folder: str) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            for entry in itertools.islice(entries, _MAX_PER_FOLDER):
                if not entry.name.startswith(".") and entry.name != "__MACOSX":
                    yield entry.path, entry.is_dir()
    # A folder that cannot be listed holds nothing that can be used.
    except OSError:
        return


def find_files(
    published: Published,
    data_dir: str,
    accept: Callable[[list[str]], bool] = lambda paths: True,
    refuse_parts: bool = True,
) -> list[str] | None:
    """The paths of the files of a split under other names or in other folders; None if there are
    none. A line on stderr says which are used.

    Args:
      published: the files.
      data_dir: the folder.
      accept: callable that says whether files of these names belong to the data set.
      refuse_parts: whether it is an error if only some of the files are found.

    Raises:
      InputError: if there are several sets of files, or some of a set are missing.
    """
    check_data_dir(published.name, data_dir)
    groups = {
        folder: found
        for folder, found in _groups(published, data_dir).items()
        if accept(list(found.values()))
    }
    whole = {
        folder: found for folder, found in groups.items() if len(found) == len(published.files)
    }
    if len(whole) > 1:
        folders = ", ".join(f"'{folder}'" for folder in sorted(whole)[:_MAX_NAMED])
        raise InputError(
            f"{published.name}: data_dir '{data_dir}' holds its files more than once, in "
            f"{folders}; choose one of these folders with --data_dir"
        )
    if whole:
        (found,) = whole.values()
        paths = [found[file] for file in published.files]
        named = ", ".join(f"'{path}'" for path in paths[:_MAX_NAMED])
        more = ", ..." if len(paths) > _MAX_NAMED else ""
        note(f"{published.name}: reads {named}{more}")
        return paths
    for folder, found in groups.items() if refuse_parts else ():
        missing = next(file for file in published.files if file not in found)
        if published.distinctive or len(found) > 1:
            path = next(iter(found.values()))
            raise InputError(
                f"{published.name}: '{folder}' has no {missing}, but its companion '{path}'; put "
                "all files into one folder, or take this one away"
            )
    return None


def _groups(published: Published, data_dir: str) -> dict[str, dict[str, str]]:
    """{folder: {published name: path}}."""
    groups: dict[str, dict[str, str]] = {}
    wanted = {plain(file): file for file in published.files}
    others = re.compile(published.others)
    for path in nearby(data_dir):
        if others.search(plain(os.path.relpath(path, data_dir))):
            continue
        folder, name = os.path.split(path)
        name = name.removesuffix(".gz") if published.compressed else name
        file = wanted.get(plain(name))
        if file is None:
            continue
        # Some publishers put each file into a folder of the same name.
        if plain(os.path.basename(folder)).removesuffix("-gz") == plain(name):
            folder = os.path.dirname(folder)
        groups.setdefault(folder, {}).setdefault(file, path)
    return groups


def find_archives(
    published: Published, data_dir: str, names: Sequence[str], endings: Sequence[str], size: int
) -> list[str]:
    """The archives that may be the published one, under another name or in another folder.

    Args:
      published: the data set.
      data_dir: the folder.
      names: its names, as published or elsewhere.
      endings: the endings of archives that can be read.
      size: the published size, which is that of a renamed file too.
    """
    check_data_dir(published.name, data_dir)
    stems = {stem(name) for name in names}
    found = [
        path
        for path in nearby(data_dir)
        if os.path.basename(path).lower().endswith(tuple(endings))
        and (
            stem(os.path.basename(path)) in stems
            or re.search(published.words, stem(os.path.basename(path)))
            or _size(path) == size
        )
    ]
    return [path for path in found if not re.search(published.others, plain(path))]


def find_archive(
    published: Published, data_dir: str, names: Sequence[str], endings: Sequence[str], size: int
) -> str | None:
    """The nearest of `find_archives`, which a line on stderr announces; None if there is none."""
    found = find_archives(published, data_dir, names, endings, size)
    if not found:
        return None
    note(f"{published.name}: reads '{found[0]}' as {names[0]}")
    return found[0]


def find_zip(
    published: Published,
    data_dir: str,
    accept: Callable[[list[str]], bool] = lambda paths: True,
) -> tuple[str, list[str]] | None:
    """(a .zip of any name that holds all files of a split, their member names), or None."""
    for path in nearby(data_dir):
        relative = os.path.relpath(path, data_dir)
        if not path.lower().endswith(".zip") or re.search(published.others, plain(relative)):
            continue
        found = _members(published, path)
        members = [found[file] for file in published.files if file in found]
        if len(members) == len(published.files) and accept([path, *members]):
            return path, members
    return None


def _members(published: Published, path: str) -> dict[str, str]:
    """{published name: member} of a .zip; {} if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist(), key=lambda name: (name.count("/"), name))
    # The archive is only a suspect: damage is an error of whoever reads it.
    except ZIP_ERRORS:
        return {}
    found: dict[str, str] = {}
    wanted = {plain(file): file for file in published.files}
    for name in names:
        last = name.rpartition("/")[2]
        file = wanted.get(plain(last.removesuffix(".gz") if published.compressed else last))
        if file is not None and not re.search(published.others, plain(name)):
            found.setdefault(file, name)
    return found


def refuse_suspects(published: Published, data_dir: str, expected: str) -> None:
    """Raises InputError if files may hold the data set in a form that is not read."""
    packed = find_zip(published, data_dir)
    suspects = [packed[0]] if packed else []
    others = {plain(file) for file in (*published.files, *published.other_splits)}
    for path in nearby(data_dir):
        name = os.path.basename(path)
        known = plain(_PACKED.sub("", name.lower())) in others
        if (
            _HOLDS_DATA.fullmatch(name.lower())
            and re.search(published.words, plain(name))
            and not re.search(published.others, plain(os.path.relpath(path, data_dir)))
            and not _OWN_CACHE.fullmatch(name)
            and not known
            and path not in suspects
        ):
            suspects.append(path)
    if suspects:
        named = ", ".join(f"'{path}'" for path in suspects[:_MAX_NAMED])
        advice = "unpack it" if packed else "it is not read in this form"
        raise InputError(
            f"{published.name}: {named} may hold this data set ({advice}); expected {expected} in "
            f"'{data_dir}'; nothing is downloaded beside it, move it away to allow that"
        )


def download(
    name: str, data_dir: str, folder: str, files: Sequence[downloads.RemoteFile]
) -> list[str]:
    """Downloads published files into a folder in `data_dir`, and returns their paths.

    Raises:
      InputError: if it fails, or downloads are forbidden (`download.forbidden`); the message begins
        with what `data_dir` holds.
    """
    state = f"{name}: data_dir '{data_dir}' {folder_state(data_dir)}"
    dest_dir = os.path.join(data_dir, folder) if folder else data_dir
    total = sum(file.size for file in files) / 1e6
    named = ", ".join(file.name for file in files)
    what = f"{named} ({total:,.1f} MB, {files[0].urls[0]})"
    if downloads.is_forbidden():
        raise downloads.DownloadForbidden(
            f"{state}, so the run would download {what} into '{dest_dir}'; a dry run downloads "
            "nothing, and cannot check more without the data"
        )
    note(f"{state}; downloads {what} into '{dest_dir}'")
    try:
        return [file.fetch(dest_dir) for file in files]
    except InputError as error:
        raise InputError(f"{state}, and {error}") from error


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return -1
