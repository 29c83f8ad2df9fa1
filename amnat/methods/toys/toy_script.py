"""The base of the scripts that train toy models. This module does not load TensorFlow."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from amnat import command_text
from amnat.file_lock import may_be_owned, owned_folder
from amnat.methods.toys import animation, earlier, toy_run
from amnat.training import flag_paths, resumption, run_page, xla
from amnat.training.declarations import define_integer, define_string
from amnat.training.main import Script, load_tensorflow
from amnat.training.run_directory import results_root

from absl import flags

if TYPE_CHECKING:
    from amnat.methods.toys.toy_run import ToyModel

    import numpy as np

FLAGS = flags.FLAGS


class ToyScript(Script):
    """Trains toy models side by side in a new folder.

    A script defines --anim_every in addition to its own flags. None of them is declared as fixed,
    since no run is resumed: with --auto_resume a stopped run is repeated, and only with the same
    flags (`toy_run.open_folder`).

    Attributes:
      folder_name: the last part of the default --result_dir.
      shared_defaults: {shared flag: the script's own default}.
    """

    shared_flags: tuple[str, ...] = (
        *("seed", "log_every", "jit_compile", "auto_resume", "dry_run", "report"),
    )
    folder_name = ""
    shared_defaults: dict[str, int] = {}

    def define_flags(self) -> None:
        """Defines the flags that all toys have in common."""
        define_string(
            "anim_path",
            None,
            "Write an animation there, .gif or .mp4; an earlier one is kept as NAME.1.gif, ...",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )
        define_integer(
            "anim_fps",
            30,
            "Frames per second of the animation.",
            fixed=False,
            at_least=1,
            at_most=100,
            only_with="anim_path",
        )
        define_integer(
            "anim_width",
            None,
            "Scale the animation's frames down to this width in pixels. Default: as drawn.",
            fixed=False,
            at_least=64,
            only_with="anim_path",
        )
        define_string(
            "result_dir",
            str(results_root() / "result" / self.folder_name),
            "Folder of this run, which must be new. In the default one, an earlier run is kept "
            "under a number: FOLDER.1, ...",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )
        for name, default in self.shared_defaults.items():
            FLAGS.set_default(name, default)

    def place_flags(self) -> tuple[str, ...]:
        return ("result_dir",)

    def run_folder(self) -> pathlib.Path:
        return pathlib.Path(FLAGS.result_dir).expanduser()

    def note_repetition(self) -> None:
        """Says that a run which is to be resumed starts again."""
        if resumption.is_requested():
            again = f"the run in {self.run_folder()} has no checkpoints and starts again"
            print(f"note: {again}", file=sys.stderr)
            FLAGS["auto_resume"].value = True

    def check_flags(self) -> None:
        self.note_repetition()
        if FLAGS.anim_path:
            animation.check_path(FLAGS.anim_path, "anim_path", replace=True)

    def animations(self) -> list[pathlib.Path]:
        """The animation files that this call writes."""
        return [pathlib.Path(FLAGS.anim_path).expanduser()] if FLAGS.anim_path else []

    def page_folders(self, folder: pathlib.Path) -> list[pathlib.Path]:
        """The folders below that of the run which get a page; each has the tables of a run."""
        return [folder]

    def describe(self, folder: pathlib.Path) -> str:
        """The resolved options, as text."""
        raise NotImplementedError

    def train(self, folder: pathlib.Path) -> int:
        """Trains the models in a folder, and reports; returns the exit status.

        TensorFlow is already loaded.
        """
        raise NotImplementedError

    def main(self) -> int:
        """Does what the command line asks for; returns the exit status, 0 even after a signal."""
        folder = self.run_folder()
        # A folder that the user names may hold more than a run.
        numbered = not (FLAGS["result_dir"].present or FLAGS.auto_resume) and folder.is_dir()
        if (FLAGS.dry_run or not may_be_owned(folder)) and not numbered:
            # What can be refused without the lock leaves the folder untouched.
            toy_run.open_folder(folder, again=FLAGS.auto_resume)
        if FLAGS.dry_run:
            print(self.describe(folder))
            return 0
        with owned_folder(folder, "result_dir"):
            if numbered:
                _say_kept("run", earlier.keep_folder(folder))
            toy_run.open_folder(folder, again=FLAGS.auto_resume)
            for path in self.animations() if not FLAGS.auto_resume else ():
                _say_kept("animation", earlier.keep_file(path))
            print(self.describe(folder))
            return self._train(folder)

    def _train(self, folder: pathlib.Path) -> int:
        go_on = command_text.command(f"--resume={folder.absolute()}")
        again = f"this does the run again: {go_on}"
        load_tensorflow(small_operations=True)
        import tensorflow as tf

        xla.settle(bool(tf.config.get_visible_devices("GPU")), True, ())
        try:
            status = self.train(folder)
            for each in self.page_folders(folder) if status == 0 else ():
                run_page.write_page(each)
            return status
        except toy_run.Stopped as stopped:
            print(f"stopped by {stopped}; {again}")
            return 0
        except OSError as error:
            where = error.filename or folder
            print(f"error: {where}: {error.strerror}; {again}", file=sys.stderr)
            return 1

    def train_models(
        self,
        folder: pathlib.Path,
        models: Mapping[str, ToyModel],
        picture: Callable[[str], np.ndarray],
        figure_name: str,
        num_steps: int,
    ) -> int:
        """Trains {title: model} as the flags say; see `toy_run.train`. Returns the exit status."""
        return toy_run.train(
            toy_run.ToyRun(
                folder=folder,
                models=models,
                picture=picture,
                figure_name=figure_name,
                num_steps=num_steps,
                log_every=FLAGS.log_every,
                anim_every=FLAGS.anim_every,
                anim_path=FLAGS.anim_path,
                anim_fps=FLAGS.anim_fps,
                anim_width=FLAGS.anim_width,
            )
        )


def _say_kept(what: str, path: pathlib.Path | None) -> None:
    if path is not None:
        print(f"the earlier {what} is kept as {path}")
