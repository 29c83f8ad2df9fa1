"""Writes a SavedModel with its metadata and warm-up requests atomically, after checking it."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import amnat
from amnat import json_text
from amnat.errors import InputError
from amnat.export.metadata import EXTRA, FILE_NAME, VERSION, describe_signature
from amnat.export.self_check import Request, check_saved_model
from amnat.export.signatures import Signature, describe
from amnat.export.warmup import FILE_NAME as WARMUP_FILE
from amnat.export.warmup import write_warmup_requests
from amnat.files import writing

import tensorflow as tf


def write_export(
    folder: str | os.PathLike[str],
    signatures: Sequence[Signature],
    requests: Sequence[Request],
    metadata: Mapping[str, Any],
    conversions: Iterable[Callable[[pathlib.Path, Signature, Request], str]] = (),
) -> list[str]:
    """Writes a SavedModel folder, and checks it in a process without amnat.

    Everything is written to a temporary folder beside it, which is renamed at the end, so a server
    that watches the parent folder never sees an incomplete export.

    Args:
      folder: the folder of the version, e.g. <export_dir>/1000; it must not exist.
      signatures: list of `Signature`; `serving_default` is the first.
      requests: list of `Request` for the check.
      metadata: dict of JSON values; the descriptions of the signatures are added.
      conversions: callables, (SavedModel folder, signature, Request) -> report line, that write
        additional files into the folder; they get the first signature and request.

    Returns: list of lines, the report of the check.
    Raises:
      ExportMismatch: if the SavedModel differs from the live model; nothing of it is left then.
      InputError: if the folder of versions cannot be created, or the version's own folder has been
        created in the meantime.
      OutputError: if the export cannot be written, e.g. because the disk is full.
    """
    folder = pathlib.Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
    except OSError as error:
        raise InputError(f"--export_dir: {folder.parent}: {error.strerror}") from error
    try:
        with writing(f"--export_dir: {folder}"):
            _write(partial, signatures, metadata)
        report = check_saved_model(partial, requests)
        with writing(f"--export_dir: {folder}"):
            report += [convert(partial, signatures[0], requests[0]) for convert in conversions]
            _sync(partial)
            os.chmod(partial, 0o755)
            _publish(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return report


def _publish(partial: pathlib.Path, folder: pathlib.Path) -> None:
    try:
        os.rename(partial, folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        raise InputError(
            f"--export_dir: {folder} cannot be written: it has been created in the meantime"
        ) from error


def _write(
    folder: pathlib.Path, signatures: Sequence[Signature], metadata: Mapping[str, Any]
) -> None:
    functions = {each.name: each.function() for each in signatures}
    traced = {name: function.get_concrete_function() for name, function in functions.items()}
    metadata = {
        "version": VERSION,
        "amnat": amnat.__version__,
        "tensorflow": tf.__version__,
        **metadata,
        "signatures": {
            each.name: describe_signature(each, traced[each.name].structured_outputs)
            for each in signatures
        },
    }
    text = json_text.dumps(metadata, indent=1) + "\n"
    description = describe(text)
    functions[description.name] = description.function()
    module = tf.Module()
    for name, function in functions.items():
        setattr(module, name, function)
    # The attribute keeps the variables: functions hold them weakly, and SavedModels by attributes.
    variables = [variable for function in traced.values() for variable in function.variables]
    module.model_variables = list({id(variable): variable for variable in variables}.values())
    with _quiet():
        tf.saved_model.save(module, str(folder), signatures=functions)
    extra = folder / EXTRA
    extra.mkdir()
    (extra / FILE_NAME).write_text(text, encoding="utf-8")
    write_warmup_requests(extra / WARMUP_FILE, [*signatures, description])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """A context without TensorFlow's message about the written path."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _sync(folder: pathlib.Path) -> None:
    """Flushes all files to the disk, before the folder is renamed."""
    for path in folder.rglob("*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
