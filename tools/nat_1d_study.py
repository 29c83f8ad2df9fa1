"""Measures the 1D GAN with and without negatives over many seeds: a table and a figure.

    python tools/nat_1d_study.py --fix_log_clamp

A run counts from the first step at which mean and standard deviation of the generated points are
both within 0.25 of the data's. Run it again after an interruption: seeds that are done stay.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

flags.DEFINE_integer("num_seeds", 20, "Seeds 0, 1, ...")
flags.DEFINE_integer("num_steps", 5000, "Training steps per run.")
flags.DEFINE_integer("measure_every", 25, "Steps between measurements; divides num_steps.")
flags.DEFINE_boolean("minibatch", False, "As in tools/gan_intro.py.")
flags.DEFINE_boolean("fix_log_clamp", False, "As in tools/gan_intro.py.")
flags.DEFINE_string("result_dir", str(ROOT / "result" / "nat_1d_study"), "Folder of the study.")


def main():
    flag_defs.refuse_shared_but(())
    flag_defs.require(1 <= FLAGS.num_seeds < 100_000, "num_seeds", "1 to 99999")
    for name in ("num_steps", "measure_every"):
        flag_defs.require(FLAGS[name].value >= 1, name, "at least 1")
    flag_defs.require(
        FLAGS.num_steps % FLAGS.measure_every == 0,
        "measure_every",
        f"a divisor of --num_steps={FLAGS.num_steps}",
    )
    flag_defs.load_tensorflow(small_operations=True)
    from amnat.methods.toys.nat_1d_study import Settings, Study

    settings = Settings(
        FLAGS.num_steps, FLAGS.measure_every, FLAGS.minibatch, not FLAGS.fix_log_clamp
    )
    study = Study(pathlib.Path(FLAGS.result_dir).expanduser(), settings)
    study.run(range(FLAGS.num_seeds), lambda line: print(line, flush=True))
    print(f"\n{study.write_report()}\n\nresults in {study.folder}")


if __name__ == "__main__":
    flag_defs.run(main)
