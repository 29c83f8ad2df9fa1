"""--resume=FOLDER: the flags of the run in a folder, which goes on there.

A script takes the flags of the folder's flags.txt; those that are given beside --resume come before
them. This module does not load TensorFlow.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Collection, Iterable

from amnat import command_text
from amnat.errors import InputError
from amnat.training import declarations, flag_record
from amnat.training.run_directory import read_flag_lines
from amnat.training.run_lookup import run_of_best

from absl import flags

FLAGS = flags.FLAGS


def is_requested() -> bool:
    """Whether --resume is given, with or without a folder."""
    return "resume" in FLAGS and bool(FLAGS["resume"].value)


def folder() -> pathlib.Path | None:
    """The absolute path of the folder that --resume names, or None."""
    value = FLAGS["resume"].value if "resume" in FLAGS else None
    if not isinstance(value, str):
        return None
    return pathlib.Path(os.path.abspath(os.path.expanduser(value)))


def _typed() -> str:
    """The flag as it was typed last: --resume, or its other name in the script."""
    names = ("resume", FLAGS["resume"].short_name)
    words = (word.lstrip("-").partition("=")[0] for word in sys.argv[1:] if word.startswith("-"))
    return f"--{([name for name in words if name in names] or ['resume'])[-1]}"


def adopt_flags(names: Collection[str]) -> None:
    """Gives flags that are not given the values of the run that --resume=FOLDER names.

    Args:
      names: the names of the script's flags.

    Raises: InputError if there is no such run, another script made it, or it is the copy of a
      run's best checkpoint.
    """
    path = folder()
    if path is None:
        return
    typed = f"{_typed()}={path}"
    file = path / flag_record.FILE_NAME
    if not path.is_dir():
        kind = "is a file" if path.exists() else "no such folder"
        raise InputError(f"{typed}: {kind}; expected the folder of a run")
    if not file.is_file():
        raise InputError(
            f"{typed}: no {file.name} in it; expected the folder of a run. If a run ended "
            "before it wrote anything, the same command starts it again"
        )
    parent = run_of_best(path)
    if parent is not None:
        raise InputError(
            f"{typed}: holds the best checkpoint of a run, which does not go on there; give the "
            f"run, {parent}"
        )
    lines = flag_record.read_lines(file)
    _check_script(path, flag_record.script_of(lines))
    given = {name for name in names if FLAGS[name].present}
    for name, text in read_flag_lines(lines).items():
        if name not in names:
            raise InputError(
                f"{typed}: {file} has --{name}, a flag that this script lacks; resume the "
                "run with the script, and the version of amnat, that made it"
            )
        found = declarations.declaration(name)
        if name in given or (found is not None and found.instead_of in given):
            continue
        try:
            FLAGS[name].parse(text)
        except flags.Error as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{typed}: {file}: --{name}={text}: {reason}") from error
        FLAGS[name].present += 1
        FLAGS[name].using_default_value = False


def _check_script(path: pathlib.Path, made_by: str | None) -> None:
    """Raises InputError if a run was made by another script than this one."""
    if made_by is None:
        return
    root = command_text.TOOLS.parent
    both = [os.path.realpath(root / made_by), os.path.realpath(sys.argv[0])]
    # A checkout may have moved.
    if not os.path.exists(both[0]):
        both = [os.path.basename(each) for each in both]
    if both[0] != both[1]:
        script = root / made_by if made_by.startswith("tools/") else made_by
        right = command_text.command(f"--resume={path}", script=script)
        raise InputError(f"{_typed()}={path}: another script made this run; use {right}")


def refuse_copy(run: pathlib.Path, places: Iterable[str]) -> None:
    """Raises InputError if flags.txt of a copied or moved run would make the original go on.

    Args:
      run: the folder of the run that the flags name.
      places: the flags that say where it lies.
    """
    for path in _flagfiles(sys.argv[1:]):
        copy = path.parent
        if path.name != flag_record.FILE_NAME or not (copy / "checkpoint").is_dir():
            continue
        if os.path.realpath(run_of_best(copy) or copy) == os.path.realpath(run):
            continue
        recorded = read_flag_lines(flag_record.read_lines(path))
        now = read_flag_lines(
            declarations.spelled_out(FLAGS[name]) for name in places if FLAGS[name].value
        )
        of_places = {name: text for name, text in recorded.items() if name in places}
        if not flag_record.differences(of_places, now):
            raise InputError(
                f"--flagfile={path}: names the run in {run}; go on with the one in {copy} by "
                f"{command_text.command(f'--resume={copy}')}, or give --resume={run}"
            )


def _flagfiles(words: list[str]) -> list[pathlib.Path]:
    found = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name == "flagfile":
            path = pathlib.Path(value if equals else following).expanduser()
            if path.is_file():
                found.append(path.absolute())
    return found
