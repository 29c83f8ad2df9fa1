"""Measures speed.

    python tools/benchmark.py --saved_model=result/am_gan_cifar10/export/200001

Latency and throughput of a SavedModel's serving_default for requests of several sizes, in this
process and one at a time: what a server adds is not in it. TensorFlow takes all cores unless
TF_NUM_INTRAOP_THREADS says otherwise.
"""

import os
import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import flag_defs  # noqa: E402
from amnat.errors import InputError  # noqa: E402

FLAGS = flags.FLAGS

flags.DEFINE_string("saved_model", None, "Folder of a SavedModel, e.g. of tools/export.py.")
flags.DEFINE_list("batch_sizes", ["1", "16", "128"], "Samples per request.")
flags.DEFINE_float("seconds", 5.0, "To measure each size for.")


def check_flags():
    """The batch sizes; raises InputError."""
    flag_defs.refuse_shared_but(())
    flag_defs.require(FLAGS.saved_model, "saved_model", "the folder of a SavedModel")
    flag_defs.require_finite("seconds", positive=True)
    if not os.path.isfile(os.path.join(FLAGS.saved_model, "saved_model.pb")):
        raise InputError(f"--saved_model={FLAGS.saved_model}: there is no saved_model.pb in it")
    sizes = FLAGS.batch_sizes
    good = sizes and all(size.isdigit() and 1 <= int(size) <= 100_000 for size in sizes)
    flag_defs.require(good, "batch_sizes", "numbers from 1 to 100000")
    return [int(size) for size in sizes]


def main():
    batch_sizes = check_flags()
    flag_defs.load_tensorflow()
    from amnat.benchmark.saved_model import measure_saved_model

    loading, found = measure_saved_model(FLAGS.saved_model, batch_sizes, FLAGS.seconds)
    print(f"loaded in {loading:.2f} s; {os.cpu_count()} cores")
    print(f"{'batch':>6} {'median ms':>10} {'95% ms':>10} {'samples/s':>10} {'calls':>7}")
    for row in found:
        print(
            f"{row.batch_size:6} {row.median:10.2f} {row.percentile_95:10.2f} "
            f"{row.throughput:10.1f} {row.calls:7}"
        )
    return 0


if __name__ == "__main__":
    flag_defs.run(main)
