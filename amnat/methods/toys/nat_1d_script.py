"""The 1D GAN with and without negatives over many seeds, as a `Script`: tools/nat_1d_study.py."""

from __future__ import annotations

import pathlib
import sys

from amnat.file_lock import owned_folder
from amnat.files import write_atomically
from amnat.training import flag_paths
from amnat.training import flags as shared
from amnat.training.declarations import define_boolean, define_integer, define_string
from amnat.training.main import Script, load_tensorflow
from amnat.training.run_directory import results_root

from absl import flags

FLAGS = flags.FLAGS


class NAT1DStudyScript(Script):
    """Measures many runs; an interrupted study goes on with the missing seeds."""

    def define_flags(self) -> None:
        define_integer(
            "num_seeds",
            20,
            "Number of seeds, which are 0, 1, ...",
            fixed=False,
            at_least=1,
            below=100_000,
        )
        define_integer(
            "num_steps", 5000, "Training steps per run.", fixed=True, at_least=1, means="iterations"
        )
        define_integer(
            "measure_every",
            25,
            "Steps between measurements; divides num_steps.",
            fixed=True,
            at_least=1,
        )
        define_boolean("minibatch", False, "As in tools/gan_intro.py.", fixed=True)
        define_boolean("fix_log_clamp", False, "As in tools/gan_intro.py.", fixed=True)
        define_string(
            "result_dir",
            str(results_root() / "result" / "nat_1d_study"),
            "Folder of the study.",
            fixed=False,
            paths=flag_paths.whole,
            writes=True,
        )

    def check_flags(self) -> None:
        shared.require(
            FLAGS.num_steps % FLAGS.measure_every == 0,
            "measure_every",
            f"a divisor of --num_steps={FLAGS.num_steps}",
        )

    def place_flags(self) -> tuple[str, ...]:
        return ("result_dir",)

    def main(self) -> int:
        with owned_folder(FLAGS.result_dir, "result_dir") as folder:
            load_tensorflow(small_operations=True)
            try:
                self._study(folder)
            except OSError as error:
                where = f"{error.filename or folder}: {error.strerror}"
                print(f"error: {where}; the same command goes on", file=sys.stderr)
                return 1
        return 0

    def _study(self, folder: pathlib.Path) -> None:
        from amnat.methods.toys.nat_1d_study import Settings, Study

        settings = Settings(
            FLAGS.num_steps, FLAGS.measure_every, FLAGS.minibatch, not FLAGS.fix_log_clamp
        )
        study = Study(folder, settings)
        write_atomically(folder / "flags.txt", "\n".join(shared.replay_flags()) + "\n")
        study.run(range(FLAGS.num_seeds), lambda line: print(line, flush=True))
        print(f"\n{study.write_report()}\n\nresults in {study.folder}")
