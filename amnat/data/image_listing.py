"""The rule that says which files of a folder or an archive are images, and what is left out.

Training, negatives and evaluation list images with it, so they count the same files.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from amnat.errors import InputError

# The endings of the names of images, in upper or lower case; the content decides on the format.
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".tif", ".tiff", ".gif")
# Images in formats that are not read. They are refused, because without them a class would be
# smaller than it looks, or empty.
_UNREAD = (
    *(".jp2", ".j2k", ".jpx", ".jxl", ".avif", ".heic", ".heif", ".ppm", ".pgm", ".pbm", ".pnm"),
    *(".tga", ".psd", ".exr", ".hdr", ".dng", ".cr2", ".nef", ".svg", ".ico"),
)
# What operating systems leave in folders.
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_MAX_EXAMPLES = 3


class Listing(NamedTuple):
    """The files of a source, sorted out.

    Attributes:
      images: the names of the images, in the order in which the source lists them.
      hidden: the names of hidden images.
      others: the names of all other files but those that operating systems leave behind.
    """

    images: list[str]
    hidden: list[str]
    others: list[str]

    def left_out(self) -> dict[str, int]:
        """{kind of file: number} of the hidden images and of each other ending."""
        endings = Counter(_ending(name) or "no ending" for name in self.others)
        hidden = {"hidden": len(self.hidden)} if self.hidden else {}
        return hidden | dict(sorted(endings.items()))

    def remark(self) -> str:
        """What was left out and why, for instance "left out 3 files: 2 hidden (a/._b.png, ...),
        1 .txt (notes.txt)"; "" if nothing was."""
        kinds = {"hidden": self.hidden} if self.hidden else {}
        for name in self.others:
            kinds.setdefault(_ending(name) or "without an ending", []).append(name)
        parts = [f"{len(names)} {kind} ({_examples(names)})" for kind, names in kinds.items()]
        total = len(self.hidden) + len(self.others)
        files = "file" if total == 1 else "files"
        return f"left out {total} {files}: {', '.join(parts)}" if parts else ""


def list_images(names: Iterable[str], where: str) -> Listing:
    """Sorts out the files of a folder or an archive by their names.

    An image is a file whose name ends in one of `ENDINGS`, in upper or lower case, and that is not
    hidden (`is_hidden`).

    Args:
      names: paths with "/" between their parts.
      where: the source, which begins error messages.

    Raises:
      InputError: for an image whose ending says that it is in a format that is not read.
    """
    found = Listing([], [], [])
    for name in names:
        hidden, ending = is_hidden(name), _ending(name)
        if ending in _UNREAD and not hidden:
            raise InputError(
                f"{where}: '{name}' is an image of a kind that is not read ({ending}); convert it "
                f"to one of {', '.join(ENDINGS)}, or take it away"
            )
        if ending in ENDINGS:
            (found.hidden if hidden else found.images).append(name)
        elif not hidden and posixpath.basename(name).lower() not in _LITTER:
            found.others.append(name)
    return found


def is_hidden(name: str) -> bool:
    """Whether a part of a path begins with a dot or is __MACOSX, macOS's folder of metadata.

    This includes ".ipynb_checkpoints", "._name.png", and paths that leave the archive.
    """
    parts = posixpath.normpath(name).split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _ending(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[1].lower()


def _examples(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_MAX_EXAMPLES])
    return shown + (", ..." if len(names) > _MAX_EXAMPLES else "")
