"""Measures only the input pipeline, and compares it with the iterations of a run if one is given.

python tools/input_rate.py --sDataSet=cifar10 --data_dir=FOLDER --iBatchSize=100 --run=RUN
"""

import pathlib
import re
import statistics

import amnat.start  # noqa: F401  (before the others)
from amnat import data
from amnat.errors import InputError
from amnat.training import flags as shared
from amnat.training import main as entry

from absl import flags

FLAGS = flags.FLAGS

flags.DEFINE_string("sDataSet", "cifar10", shared.data_help())
flags.DEFINE_integer("iBatchSize", 100, "Samples per batch.", lower_bound=1)
flags.DEFINE_integer("iTrainD", 1, "Batches per iteration.", lower_bound=1)
flags.DEFINE_float("seconds", 5.0, "How long to measure.")
flags.DEFINE_string("run", None, "Folder of a run whose log.txt has the time of an iteration.")
SHARED = ("data_dir",)
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)

_TIME = re.compile(r" time: ([\d.]+)")


def seconds_of_run():
    """The median seconds per iteration of --run without its first log line; None without --run."""
    if FLAGS.run is None:
        return None
    path = pathlib.Path(FLAGS.run).expanduser() / "log.txt"
    if not path.is_file():
        raise InputError(f"--run: no {path}; expected the folder of a training run")
    # TensorFlow writes its errors there as well, in any encoding.
    text = path.read_text(encoding="utf-8", errors="replace")
    times = [float(match[1]) for match in _TIME.finditer(text)][1:]
    if not times:
        raise InputError(f"--run: {path} has fewer than two lines with times")
    return statistics.median(times)


def main():
    shared.refuse_shared_but(SHARED)
    shared.require_finite("seconds", positive=True)
    step = seconds_of_run()
    shared.check_data("sDataSet")
    dataset = data.load(FLAGS.sDataSet, FLAGS.data_dir, "train")
    shared.require(
        FLAGS.iBatchSize <= dataset.num_samples,
        "iBatchSize",
        f"at most {dataset.num_samples}, the samples of {dataset.name}",
    )
    entry.load_tensorflow()
    from amnat.benchmark.input_rate import samples_per_second

    rate, seconds = samples_per_second(dataset, FLAGS.iBatchSize, FLAGS.iTrainD, FLAGS.seconds)
    print(f"input alone   {rate:,.0f} samples/s, {1000 * seconds:.3f} ms per iteration")
    if step is not None:
        print(f"the run       {1000 * step:.3f} ms per iteration; input {seconds / step:.2%} of it")
    return 0


if __name__ == "__main__":
    entry.run_tool(main)
