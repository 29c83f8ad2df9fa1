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
flags.DEFINE_list(
    "only", [], "Names of the rows to train. Default: all. The document shows all that are trained."
)
flags.DEFINE_string("gallery_dir", str(ROOT / "result" / "gallery"), "Folder for the runs.")
flags.DEFINE_string(
    "document",
    str(ROOT / "docs" / "gallery.md"),
    "The document to write; its pictures go to images/gallery/ beside it.",
)
flags.declare_key_flag("data_dir")


def check_flags():
    """All rows; raises InputError."""
    shared.refuse_shared_but(("data_dir",))
    shared.require(FLAGS.row, "row", "at least one, or --flagfile=flags/gallery.flags")
    rows = all_rows([], FLAGS.row)
    names = [row.name for row in rows]
    for name in FLAGS.only:
        if name not in names:
            raise InputError(f"--only={name}: expected some of {', '.join(names)}")
    return rows


def main():
    from amnat.report.gallery import Entry, folder_flags, write_document

    rows = check_flags()
    document = output_file(FLAGS.document, "document")
    folder = pathlib.Path(FLAGS.gallery_dir).expanduser()
    found = [Entry(row, folder / row.name) for row in rows]
    chosen = [entry for entry in found if not FLAGS.only or entry.row.name in FLAGS.only]
    waiting = {entry: folder_flags(entry.row) for entry in chosen if not entry.is_done}
    with owned_folder(folder, "gallery_dir"):
        failed = train_all(waiting)
        command = "python tools/gallery.py --flagfile=flags/gallery.flags --data_dir=FOLDER"
        for path in write_document(found, document, command):
            print(path)
    return 1 if failed else 0


def train_all(waiting):
    """Trains entries, {entry: its `FolderFlags`}; returns whether one of them failed."""
    from amnat.report.gallery import train

    processes, failed = Processes(1), False
    for number, (entry, has) in enumerate(waiting.items(), 1):
        print(f"[{number}/{len(waiting)}] {entry.row.name}", flush=True)
        try:
            train(entry, has, processes, FLAGS.data_dir)
        except RuntimeError as error:
            print(f"failed: {entry.row.name}: {error}", file=sys.stderr)
            failed = True
    return failed


if __name__ == "__main__":
    run_tool(main)
