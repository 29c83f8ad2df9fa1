"""Animations from frames: GIF by Pillow, MP4 (H.264) by the ffmpeg inside imageio-ffmpeg's wheel.

This module does not load TensorFlow.
"""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Iterable

from amnat.errors import InputError

import numpy as np
from PIL import Image

SUFFIXES = (".gif", ".mp4")
GIF_COLORS = 64


def check_path(path: str | os.PathLike[str], flag: str, replace: bool = False) -> None:
    """Raises InputError unless an animation can be written to a file.

    Args:
      path: path of the file, the value of a flag.
      flag: the flag's name, for errors.
      replace: whether the file may exist already.
    """
    path = pathlib.Path(path).expanduser()
    where = f"--{flag}={path}"
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{where}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if path.exists() and not replace:
        raise InputError(f"{where}: exists already; choose another name")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"{where}: {path.parent} is not a writable folder")
    if path.suffix.lower() == ".mp4":
        try:
            import imageio_ffmpeg

            imageio_ffmpeg.get_ffmpeg_exe()
        except ImportError as error:
            raise InputError(
                f"{where}: MP4 needs imageio-ffmpeg ({error}); pip install imageio-ffmpeg, or "
                "write a .gif"
            ) from error
        except RuntimeError as error:
            raise InputError(f"{where}: imageio-ffmpeg has no ffmpeg here; write a .gif") from error


def write_animation(
    path: str | os.PathLike[str],
    frames: Iterable[np.ndarray],
    fps: int = 30,
    width: int | None = None,
) -> None:
    """Writes an animation atomically.

    Args:
      path: ends in .gif or .mp4.
      frames: iterable of uint8 [H, W, 3], all of the same size, H and W even; it is read one frame
        at a time.
      fps: frames per second; a GIF rounds the time of a frame to hundredths of a second.
      width: the width in pixels that wider frames are scaled down to; None for their own.
    """
    path = pathlib.Path(path).expanduser()
    handle, partial = tempfile.mkstemp(
        dir=path.parent, prefix=".partial-", suffix=path.suffix.lower()
    )
    os.close(handle)
    if width is not None:
        frames = (_narrowed(frame, width) for frame in frames)
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    try:
        write(partial, frames, fps)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _narrowed(frame: np.ndarray, width: int) -> np.ndarray:
    """A frame of at most this width, in its own proportions up to a pixel; its sides are even."""
    height, own, _ = frame.shape
    if own <= width:
        return frame
    size = [max(2, round(side * width / own / 2) * 2) for side in (own, height)]
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))


def _write_gif(path: str, frames: Iterable[np.ndarray], fps: int) -> None:
    images = (Image.fromarray(frame).quantize(GIF_COLORS) for frame in frames)
    milliseconds = max(10, round(100 / fps) * 10)
    first = next(images)
    first.save(path, save_all=True, append_images=images, duration=milliseconds, loop=0)


def _write_mp4(path: str, frames: Iterable[np.ndarray], fps: int) -> None:
    import imageio_ffmpeg

    writer = None
    try:
        for frame in frames:
            if writer is None:
                height, width, _ = frame.shape
                writer = imageio_ffmpeg.write_frames(
                    path, (width, height), fps=fps, codec="libx264", macro_block_size=2
                )
                writer.send(None)
            writer.send(frame.tobytes())
    finally:
        if writer is not None:
            writer.close()
