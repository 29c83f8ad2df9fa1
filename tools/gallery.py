"""Trains a short run of every method, and writes docs/gallery.md with a picture of each.

    python tools/gallery.py --flagfile=flags/gallery.flags
    python tools/gallery.py --flagfile=flags/gallery.flags --only=AM-GAN,DCGAN

Run it again after an interruption: it keeps finished runs and resumes the others.
"""

import pathlib
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat.errors import InputError
from amnat.file_lock import owned_folder
from amnat.files import output_file
from amnat.sweep.processes import Processes
from amnat.sweep.rows import all_rows
from amnat.training import flags as shared
from amnat.training.main import run_tool

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS

flags.DEFINE_multi_string(
    "row", [], "A method, as NAME: FLAGFILE --flag=value ...; a flagfile has it without quotes."
)
flags.DEFINE_list("only", [], "Names of the rows to train and to show. Default: all.")
flags.DEFINE_string("gallery_dir", str(ROOT / "result" / "gallery"), "Folder for the runs.")
flags.DEFINE_string(
    "document",
    str(ROOT / "docs" / "gallery.md"),
    "The document to write; its pictures go to images/gallery/ beside it.",
)
flags.declare_key_flag("data_dir")


def chosen_rows():
    """The rows of --row that --only names; raises InputError."""
    shared.refuse_shared_but(("data_dir",))
    shared.require(FLAGS.row, "row", "at least one, or --flagfile=flags/gallery.flags")
    rows = all_rows([], FLAGS.row)
    names = [row.name for row in rows]
    for name in FLAGS.only:
        if name not in names:
            raise InputError(f"--only={name}: expected some of {', '.join(names)}")
    return [row for row in rows if not FLAGS.only or row.name in FLAGS.only]


def main():
    from amnat.report.gallery import entries, train, write_document

    rows = chosen_rows()
    document = output_file(FLAGS.document, "document")
    folder = pathlib.Path(FLAGS.gallery_dir).expanduser()
    found = entries(rows, folder)
    failed = False
    with owned_folder(folder, "gallery_dir"):
        processes = Processes(1)
        for number, entry in enumerate(found, 1):
            print(f"[{number}/{len(found)}] {entry.row.name}", flush=True)
            try:
                train(entry, processes, FLAGS.data_dir)
            except RuntimeError as error:
                print(f"failed: {entry.row.name}: {error}", file=sys.stderr)
                failed = True
        command = "python tools/gallery.py --flagfile=flags/gallery.flags"
        for path in write_document(found, document, command):
            print(path)
    return 1 if failed else 0


if __name__ == "__main__":
    run_tool(main)
