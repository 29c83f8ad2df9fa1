"""Paths inside the values of flags, which records spell out so that they hold in every folder.

A kind of value is a function (text, change) -> text that applies `change` to every path in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

Change = Callable[[str], str]
PathKind = Callable[[str, Change], str]

_IN_NEGATIVES = re.compile(r"(^\s*folder=|^\s*@|\[\s*@)([^\[\]]+)")
_IN_DATA = re.compile(r"(\s*folder=|\s*hf:)([^?]+)(\?.*)?", re.DOTALL)
# `amnat.evaluation.classifiers`: the names, and the kinds with a path.
_NAMES = ("small_cnn", "tfhub")
_OF_RUN = re.compile(r"(.*?)(:\d+)?", re.DOTALL)
_WITH_KIND = re.compile(r"(inception:|tfhub:|densenet:)?(.*)", re.DOTALL)


def whole(text: str, change: Change) -> str:
    """The whole value is a path; an empty one is none."""
    return change(text) if text else text


def of_classes(text: str, change: Change) -> str:
    """Negatives and classes: 'folder=PATH', 'folder=PATH[@FILE]', 'NAME[@FILE]', '@FILE'."""

    def replaced(match: re.Match[str]) -> str:
        path = match[2].strip()
        return match[1] + (path if match[1] != "folder=" and path == "nat" else change(path))

    return _IN_NEGATIVES.sub(replaced, text)


def of_data(text: str, change: Change) -> str:
    """Data sets: 'folder=PATH', 'hf:PATH?OPTIONS'; names of data sets have no path."""
    match = _IN_DATA.fullmatch(text)
    return f"{match[1]}{change(match[2])}{match[3] or ''}" if match else text


def with_kind(text: str, change: Change) -> str:
    """Classifiers: 'PATH' or 'KIND:PATH'; a web address is no path."""
    match = _WITH_KIND.fullmatch(text)
    assert match is not None, "it matches every text"
    is_path = match[2] and text not in _NAMES and "://" not in text
    return (match[1] or "") + change(match[2]) if is_path else text


def of_run(text: str, change: Change) -> str:
    """A run's folder and a checkpoint: 'PATH' or 'PATH:ITERATION'."""
    match = _OF_RUN.fullmatch(text)
    assert match is not None, "it matches every text"
    return change(match[1]) + (match[2] or "")


def absolute(path: str) -> str:
    """The absolute path."""
    return os.path.abspath(os.path.expanduser(path))


def absolute_if_found(path: str) -> str:
    """The absolute path of a file or folder that exists; other texts may name something else."""
    return absolute(path) if os.path.exists(os.path.expanduser(path)) else path


def same(first: str, second: str, kind: PathKind) -> bool:
    """Whether two values of a flag mean the same files, as far as their paths tell.

    Records of amnat 0.2 have relative paths, of a folder that is not known. Such a path is the same
    as an absolute one that ends with it.
    """
    forms, paths = [], []
    for text in (first, second):
        found: list[str] = []

        def noted(path: str, found: list[str] = found) -> str:
            found.append(path)
            return "\0"

        forms.append(kind(text, noted))
        paths.append(found)
    return forms[0] == forms[1] and all(map(_same_path, *paths))


def _same_path(first: str, second: str) -> bool:
    first, second = os.path.expanduser(first), os.path.expanduser(second)
    if os.path.isabs(first) == os.path.isabs(second):
        return os.path.realpath(first) == os.path.realpath(second)
    short, long = (second, first) if os.path.isabs(first) else (first, second)
    ending = [part for part in os.path.normpath(short).split(os.sep) if part not in (".", "..")]
    return bool(ending) and long.split(os.sep)[-len(ending) :] == ending
