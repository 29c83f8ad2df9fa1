"""The command tools/sample.py as a `Script`."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from amnat.errors import InputError
from amnat.sampling import opened as opening
from amnat.sampling import walks
from amnat.sampling.image_inputs import load_images
from amnat.sampling.output import FORMATS, Samples, new_folder, write_samples
from amnat.training import flags as shared
from amnat.training.declarations import (
    define_enum,
    define_float,
    define_integer,
    define_list,
    define_string,
)
from amnat.training.generator_record import import_plugins
from amnat.training.main import Script, load_tensorflow

from absl import flags

if TYPE_CHECKING:
    from amnat.sampling.opened import Opened

    import numpy as np

FLAGS = flags.FLAGS
# Flags that only drawing takes, and those that only images take.
_OF_DRAWING = ("class", "max_draws", "interpolate", "truncation", "batch_size")
_OF_TRANSLATION = ("domain", "code")


class SampleScript(Script):
    """Draws from generators, translates with translators, reconstructs with encoders."""

    shared_flags = ("seed", "raw_sheets")

    def define_flags(self) -> None:
        _define_source()
        _define_drawing()
        _define_images()

    def arguments(self, words: list[str]) -> list[str]:
        """The first word may be the source without its flag."""
        if words and not words[0].startswith("-"):
            return [f"--{opening.FLAG}={words[0]}", *words[1:]]
        return words

    def check_flags(self) -> None:
        if not FLAGS.source:
            raise InputError("expected the folder of a run or of an export as the first word")
        if not FLAGS.out:
            raise InputError("--out: expected a new folder for the samples")
        if not FLAGS.format or not set(FLAGS.format) <= set(FORMATS):
            words = ",".join(FLAGS.format)
            raise InputError(f"--format={words}: expected some of {', '.join(FORMATS)}")
        if FLAGS.interpolate:
            walks.parse_seeds(FLAGS.interpolate)
            shared.require(FLAGS.count >= 2, "count", "at least 2 with --interpolate")

    def main(self) -> int:
        """Samples, and returns the exit status."""
        opened = opening.open_path(FLAGS.source, FLAGS.checkpoint)
        images = check_use(opened)
        with new_folder(FLAGS.out, "out") as folder:
            load_tensorflow()
            import_plugins(FLAGS.plugins)
            from amnat.sampling.drawing import ClassNotFound
            from amnat.sampling.making import make_samples

            try:
                samples = make_samples(opened, images)
            except ClassNotFound as error:
                print(f"sample.py: error: {error}", file=sys.stderr)
                return 1
            report(opened, folder, samples)
        return 0


def _define_source() -> None:
    define_string(
        opening.FLAG,
        None,
        "What to sample from: the folder of a run or of an export. It may come first without the "
        "flag's name.",
        fixed=False,
    )
    define_string(
        "checkpoint", "latest", "Checkpoint of a run: latest or an iteration.", fixed=False
    )
    define_enum(
        "ema",
        "auto",
        ["auto", "on", "off"],
        "Use the averaged generator; auto uses it if the run has one.",
        fixed=False,
    )
    define_string("out", None, "New folder for the samples.", fixed=False)
    define_list(
        "format",
        ["png", "sheet"],
        "What to write: png (a file per image), sheet (sheet.png, all of them), npz (samples.npz: "
        "images as bytes, and latents).",
        fixed=False,
    )
    define_list(
        "plugins",
        [],
        "Modules outside amnat to import first, with the classes of your own methods that runs and "
        "exports name.",
        fixed=False,
    )


def _define_drawing() -> None:
    define_integer(
        "count",
        16,
        "Number of images. With --images it limits the images that are read; by default all are.",
        at_least=1,
        fixed=False,
    )
    define_string(
        "class",
        None,
        "Number or name of the class to draw. Where labels are dynamic, the discriminator's class "
        "head tells it.",
        fixed=False,
    )
    define_integer(
        "max_draws",
        20000,
        "The largest number of images to draw in search of those of a class.",
        at_least=1,
        fixed=False,
        only_with="class",
    )
    define_list(
        "interpolate",
        [],
        "SEED1,SEED2: images on the way from the first image of one seed to that of the other.",
        fixed=False,
    )
    define_float(
        "truncation",
        0.0,
        "Draw the entries of normal noise from [-truncation, truncation] only: images are closer "
        "to typical ones, and more alike. 0 means no truncation.",
        fixed=False,
        at_least=0,
    )
    define_integer(
        "batch_size",
        0,
        "Number of images to generate at a time; with batch statistics, images depend on it. 0 "
        "means the training batch size, or 100 for a SavedModel of another program.",
        fixed=False,
        at_least=0,
    )


def _define_images() -> None:
    define_string(
        "images",
        None,
        "Folder, .zip or .tar of images, or .npz file, to translate (translators) or to "
        "reconstruct (encoders).",
        fixed=False,
    )
    define_string("domain", None, "Number or name of the domain to translate to.", fixed=False)
    define_float(
        "code",
        0.0,
        "All entries of a translator's code.",
        fixed=False,
        at_least=-1,
        at_most=1,
        only_with="domain",
    )


def check_use(opened: Opened) -> tuple[np.ndarray, list[str], str] | None:
    """Checks the flags against what is sampled from, and reads --images; raises InputError."""
    if opened.is_translator:
        names = opened.class_names
        if not FLAGS.images:
            raise InputError("--images: expected a folder of images, which a translator needs")
        if FLAGS.domain is None:
            raise InputError(f"--domain: expected the domain to go to: {', '.join(names)}")
        opening.chosen(FLAGS.domain, names, len(names), "domain")
        _refuse(_OF_DRAWING, "has no use with a translator")
    else:
        _refuse(_OF_TRANSLATION, "is for translators, and this is none")
        if FLAGS["class"].value is not None:
            opening.check_class(opened, FLAGS["class"].value)
    if FLAGS.images is None:
        return None
    if not opened.is_translator:
        _refuse(("class", "max_draws", "interpolate", "truncation"), "has no use with --images")
        if not opened.has_encoder:
            raise InputError(
                f"--images: {opened.path} records neither a translator nor an encoder; leave it "
                "out (resuming a run of an early amnat version records its encoder)"
            )
    most = FLAGS.count if FLAGS["count"].present else 0
    return load_images(FLAGS.images, opening.image_shape(opened), most)


def _refuse(names: Sequence[str], reason: str) -> None:
    for name in names:
        if FLAGS[name].present:
            raise InputError(f"--{name}: {reason}; leave it out")


def report(opened: Opened, folder: pathlib.Path, samples: Samples) -> None:
    """Writes the samples, and prints where they are."""
    written = write_samples(folder, samples, FLAGS.format, FLAGS.raw_sheets, "out")
    if samples.record.get("remark"):
        print(f"note       {samples.record['remark']}")
    print(f"samples    {len(samples.images)} from {opened.path}")
    print(f"folder     {folder}: {', '.join(written)}")
