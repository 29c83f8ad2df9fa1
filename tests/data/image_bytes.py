"""Encoded images and archives of them, made on the spot."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image


def encoded(pixels, form="PNG", **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, form, **options)
    return stream.getvalue()


def flat(value, size=(4, 4), form="PNG") -> bytes:
    """One colour, a number for grey or three for RGB."""
    value = np.asarray(value, np.uint8)
    return encoded(np.broadcast_to(value, (*size, *value.shape)), form)


def write_tree(kind, folder, files: dict[str, bytes], name="photos") -> str:
    """Writes the files as a "folder", "zip" or "tar" in `folder`; returns its path."""
    if kind == "folder":
        for file, data in files.items():
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return str(folder / name)
    path = str(folder / f"{name}.{kind}")
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, data in files.items():
                archive.writestr(file, data)
        return path
    with tarfile.open(path, "w") as archive:
        for file, data in files.items():
            member = tarfile.TarInfo(file)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path
