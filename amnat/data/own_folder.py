"""A user's own images as a data set: class folders or a flat folder, also in a .zip or a .tar."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from typing import NamedTuple

from amnat.data.archives import open_tree
from amnat.data.class_subset import listing
from amnat.data.dataset import Dataset
from amnat.data.file_reading import note
from amnat.data.folder import check_empty_classes, read_images
from amnat.data.image_listing import ENDINGS, list_images
from amnat.data.own_samples import UNLABELLED, Converter, split_rows, stacked, test_part_remark
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np

# The names of the folders of splits, in lower case.
_SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing", "val", "valid", "validation"), "test"),
}


class _Layout(NamedTuple):
    """Where the images of a source lie.

    Attributes:
      class_names: sorted.
      class_of: {name of an image of the split: its class}.
      parent: the folder that holds the class folders; None for images in one folder.
      has_splits: whether the source has folders train/ and test/.
    """

    class_names: list[str]
    class_of: dict[str, str]
    parent: str | None
    has_splits: bool


def load_own_folder(path: str, split: str, form: ImageForm, holds_out: bool) -> Dataset:
    """Reads a user's own images and converts them to one size.

    Images lie in one folder per class, or all in one folder, which is the class "unlabelled". They
    may lie in train/ and test/ (or val/) in either way. Without these folders, "train" is all
    images and "test" a tenth of each class (`split_rows`), which is only left out of "train" if
    `holds_out`. `image_listing.list_images` says which files are images. One line on stderr says
    what was done.

    Args:
      path: the folder, .zip or uncompressed .tar; "~" is expanded.
      split: "train" or "test".
      form: the size, how it is reached, and the channels.
      holds_out: whether the images to test on are left out of "train".

    Returns:
      uint8 images [N, H, W, C], class after class and by name within each class. Classes are sorted
      by their names. The data set is named after the last folder or the archive.

    Raises:
      InputError: if there is no image, images lie in and beside class folders, or images cannot be
        read; the message counts and names them.
    """
    path = os.path.expanduser(path)
    where = f"'{path}'"
    with open_tree(path) as tree:
        files = list_images(tree.names(), where)
        if not files.images:
            left_out = f"; {files.remark()}" if files.remark() else ""
            raise InputError(
                f"{where}: no images ({', '.join(ENDINGS)}) in it; expected images, or one folder "
                f"of images per class{left_out}"
            )
        layout = _layout(files.images, split, where)
        if layout.parent is not None:
            check_empty_classes(tree, layout.parent, layout.class_names)
        chosen = sorted(layout.class_of, key=lambda name: (layout.class_of[name], name))
        label_of = {name: label for label, name in enumerate(layout.class_names)}
        labels = np.array([label_of[layout.class_of[name]] for name in chosen], np.int32)
        if not layout.has_splits:
            rows = split_rows(labels, split, holds_out, where)
            chosen, labels = [chosen[row] for row in rows], labels[rows]
        converter = Converter(form, len(chosen), where)
        samples = stacked(read_images(tree, chosen, converter.from_file), form.channels)
    remarks = [converter.remark(samples.shape[3]), files.remark()]
    if split == "test" and not layout.has_splits:
        remarks.append(test_part_remark(holds_out))
    note(f"{where} ({split}): {'; '.join(filter(None, remarks))}")
    return Dataset(
        name=_name(path),
        split=split,
        samples=samples,
        labels=labels,
        num_classes=len(layout.class_names),
        class_names=tuple(layout.class_names),
    )


def _layout(names: Sequence[str], split: str, where: str) -> _Layout:
    """Finds out where the images lie, and takes those of the split."""
    folder_of = {name: posixpath.dirname(posixpath.normpath(name)) for name in names}
    folders = set(folder_of.values())
    root = posixpath.commonpath(list(folders)) if "" not in folders else ""
    first = {folder: _below(folder, root).partition("/")[0] for folder in folders}
    kinds = {folder: _SPLIT_FOLDERS.get(name.lower(), "") for folder, name in first.items()}
    if set(kinds.values()) != {"train", "test"}:
        class_of, parent = _classes(folder_of, where)
        return _Layout(sorted(set(class_of.values())), class_of, parent, False)
    parts = {}
    for kind in ("train", "test"):
        roots = sorted({first[folder] for folder in folders if kinds[folder] == kind})
        if len(roots) > 1:
            raise InputError(
                f"{where}: {listing(roots)} all hold images to {kind}; leave one of them there"
            )
        own = {name: folder for name, folder in folder_of.items() if kinds[folder] == kind}
        parts[kind] = _classes(own, where, posixpath.join(root, roots[0]))
    class_names = sorted(set(parts["train"][0].values()))
    unknown = sorted(set(parts["test"][0].values()) - set(class_names))
    if unknown:
        raise InputError(
            f"{where}: the images to test have the classes {listing(unknown)}, which those to "
            f"train do not have ({listing(class_names)})"
        )
    return _Layout(class_names, *parts[split], True)


def _classes(
    folder_of: dict[str, str], where: str, root: str | None = None
) -> tuple[dict[str, str], str | None]:
    """({image: its class}, the folder that holds the class folders, None if there are none)."""
    folders = set(folder_of.values())
    if len(folders) == 1 and root in (None, *folders):
        (folder,) = folders
        name = posixpath.basename(folder)
        plain = root is None and name and name.lower() not in _SPLIT_FOLDERS
        return dict.fromkeys(folder_of, name if plain else UNLABELLED), None
    if root is None:
        root = posixpath.commonpath(list(folders)) if "" not in folders else ""
    below = {name: _below(folder, root) for name, folder in folder_of.items()}
    classes = sorted({part.partition("/")[0] for part in below.values()} - {""})
    beside = sorted(name for name, part in below.items() if not part)
    if beside:
        raise InputError(
            f"{where}: {len(beside):,} of {len(below):,} images lie beside the class folders "
            f"{listing(classes)} ({', '.join(beside[:3])}{', ...' if beside[3:] else ''}); move "
            "them into a class folder"
        )
    parents = sorted({posixpath.dirname(folder) for folder in folders})
    if len(parents) > 1:
        raise InputError(
            f"{where}: class folders lie in '{parents[0]}' and in '{parents[1]}', expected one "
            "folder with all classes, or train/ and test/ with the same classes"
        )
    return below, root


def _below(folder: str, root: str) -> str:
    return folder[len(root) :].lstrip("/")


def _name(path: str) -> str:
    root = os.path.basename(os.path.abspath(path))
    return root if os.path.isdir(path) else os.path.splitext(root)[0]
