"""Data sets that are named by a place: folder=PATH, tfds:NAME and hf:PATH."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from amnat.errors import InputError

FORMS = "folder=PATH, tfds:NAME[/CONFIG][:SPLIT], hf:PATH[?image=COLUMN&label=COLUMN]"
HELP = (
    "folder=PATH (your own images: a folder, .zip or .tar, with a folder per class or without), "
    "tfds:NAME[/CONFIG][:SPLIT] (TensorFlow Datasets), hf:PATH[?image=COLUMN&label=COLUMN] "
    "(Hugging Face datasets on disk)"
)
_PREFIX = re.compile(r"(folder)=|(tfds|hf):")
_TFDS = re.compile(r"(?P<name>[a-z]\w*(?:/\w[\w.-]*)?)(?::(?P<split>[A-Za-z]\w*))?")
_OPTIONS = ("image", "label", "split", "config")


@dataclass(frozen=True)
class OwnData:
    """A parsed specification.

    Attributes:
      kind: "folder", "tfds" or "hf".
      place: the path, or the name of a data set of the library.
      options: {option after the "?": value}; the split of tfds is among them.
    """

    kind: str
    place: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> str:
        """The specification that `parse` reads back."""
        options = dict(self.options)
        if self.kind == "folder":
            return f"folder={self.place}"
        split = f":{options.pop('split')}" if self.kind == "tfds" and "split" in options else ""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{self.kind}:{self.place}{split}" + (f"?{query}" if query else "")

    @property
    def label(self) -> str:
        """The specification as part of a folder's name: letters, digits, "_", "-" and "."."""
        text = self.place
        if self.kind != "tfds":
            text = os.path.basename(os.path.abspath(os.path.expanduser(text)))
            if self.kind == "folder" and text.lower().endswith((".zip", ".tar")):
                text = text[: -len(".zip")]
        text += "".join(f"_{value}" for name, value in self.options if name != "image")
        return re.sub(r"[^\w.-]+", "_", text).strip("_.") or self.kind

    def absolute(self, data_dir: str | os.PathLike[str] | None = None) -> OwnData:
        """The same with an absolute path, as it is recorded.

        A relative path is searched in the current folder, then in `data_dir`.
        """
        if self.kind == "tfds":
            return self
        path = os.path.expanduser(self.place)
        beside = os.path.join(os.path.expanduser(data_dir), path) if data_dir else path
        found = path if os.path.exists(path) else beside
        if self.kind == "hf" and not os.path.exists(found):
            return self
        found = found if os.path.exists(found) else path
        return OwnData(self.kind, os.path.abspath(found), self.options)


def parse(spec: str) -> OwnData | None:
    """Parses a specification; None for the name of a data set. Reads no file.

    Raises:
      InputError: if the beginning is that of a specification, but not the rest.
    """
    match = _PREFIX.match(spec.strip())
    if not match:
        return None
    kind, rest = match[1] or match[2], spec.strip()[match.end() :]
    if not rest:
        raise InputError(f"data set '{spec}': nothing after {match[0]}, expected {FORMS}")
    if kind == "folder":
        return OwnData(kind, rest)
    place, _, query = rest.partition("?")
    options = _parse_options(query, spec)
    if kind == "tfds":
        parts = _TFDS.fullmatch(place)
        if not parts:
            raise InputError(
                f"data set '{spec}': expected tfds:NAME[/CONFIG][:SPLIT], for instance "
                "tfds:oxford_flowers102 or tfds:emnist/letters:train"
            )
        place = parts["name"]
        options = {"split": parts["split"]} | options if parts["split"] else options
    return OwnData(kind, place, tuple(options.items()))


def hint(text: str) -> str:
    """What may be meant by a text that is not the name of a data set; "" or "; did you ...?"."""
    path = text.removeprefix("folder:")
    return f"; did you mean 'folder={path}'?" if looks_like_path(path) else ""


def looks_like_path(text: str) -> bool:
    """Whether a text that is not the name of a data set may be meant as a path."""
    return (
        os.sep in text
        or text.startswith(("~", "."))
        or text.lower().endswith((".zip", ".tar"))
        or os.path.exists(text)
    )


def _parse_options(query: str, spec: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in _OPTIONS or not value or name in options:
            raise InputError(
                f"data set '{spec}': '{part}', expected each of "
                f"{', '.join(f'{known}=...' for known in _OPTIONS)} at most once, joined by &"
            )
        options[name] = value
    return options
