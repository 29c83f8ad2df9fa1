"""Animations from frames: GIF by Pillow, MP4 (H.264) by the ffmpeg inside imageio-ffmpeg's wheel.

Loads no TensorFlow.
"""

import os
import pathlib
import tempfile

from amnat.errors import InputError

from PIL import Image

SUFFIXES = (".gif", ".mp4")
GIF_COLORS = 64


def check_path(path, flag, replace=False):
    """Raises InputError unless an animation can be written to `path`, the value of `flag`.

    `replace` says whether it may replace one.
    """
    path = pathlib.Path(path).expanduser()
    where = f"--{flag}={path}"
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{where}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if path.exists() and not replace:
        raise InputError(f"{where}: exists already; choose another name")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"{where}: {path.parent} is no folder that can be written to")
    if path.suffix.lower() == ".mp4":
        import imageio_ffmpeg

        try:
            imageio_ffmpeg.get_ffmpeg_exe()
        except RuntimeError as error:
            raise InputError(f"{where}: imageio-ffmpeg has no ffmpeg here; write a .gif") from error


def write_animation(path, frames, fps=30):
    """Writes an animation, whole or not at all.

    Args:
      path: ends in .gif or .mp4.
      frames: iterable of uint8 [H, W, 3], all of one size, H and W even; taken one at a time.
      fps: frames per second; a GIF rounds the time of a frame to hundredths of a second.
    """
    path = pathlib.Path(path).expanduser()
    handle, partial = tempfile.mkstemp(
        dir=path.parent, prefix=".partial-", suffix=path.suffix.lower()
    )
    os.close(handle)
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    try:
        write(partial, frames, fps)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _write_gif(path, frames, fps):
    images = (Image.fromarray(frame).quantize(GIF_COLORS) for frame in frames)
    milliseconds = max(10, round(100 / fps) * 10)
    first = next(images)
    first.save(path, save_all=True, append_images=images, duration=milliseconds, loop=0)


def _write_mp4(path, frames, fps):
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
