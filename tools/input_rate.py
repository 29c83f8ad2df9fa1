"""Measures the input pipeline alone, beside the iterations of a run where one is given.

python tools/input_rate.py --sDataSet=cifar10 --data_dir=FOLDER --iBatchSize=100 --run=RUN
"""

import pathlib
import re
import statistics
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402

FLAGS = flags.FLAGS

flags.DEFINE_string("sDataSet", "cifar10", "Data set: " + ", ".join(data.names()) + ".")
flags.DEFINE_integer("iBatchSize", 100, "Samples per batch.", lower_bound=1)
flags.DEFINE_integer("iTrainD", 1, "Batches per iteration.", lower_bound=1)
flags.DEFINE_float("seconds", 5.0, "How long to measure.")
flags.DEFINE_string("run", None, "Folder of a run whose log.txt says what an iteration takes.")
SHARED = ("data_dir",)
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)

_TIME = re.compile(r" time: ([\d.]+)")


def seconds_of_run():
    """Median seconds per iteration of --run, the first log line left out; None without."""
    if FLAGS.run is None:
        return None
    path = pathlib.Path(FLAGS.run).expanduser() / "log.txt"
    if not path.is_file():
        raise InputError(f"--run: no {path}; expected the folder of a training run")
    times = [float(match[1]) for match in _TIME.finditer(path.read_text(encoding="utf-8"))][1:]
    if not times:
        raise InputError(f"--run: {path} has fewer than two lines with times")
    return statistics.median(times)


def main():
    flag_defs.refuse_shared_but(SHARED)
    flag_defs.require_finite("seconds", positive=True)
    step = seconds_of_run()
    dataset = data.load(FLAGS.sDataSet, FLAGS.data_dir, "train")
    flag_defs.require(
        FLAGS.iBatchSize <= dataset.num_samples,
        "iBatchSize",
        f"at most {dataset.num_samples}, the samples of {dataset.name}",
    )
    flag_defs.load_tensorflow()
    from amnat.benchmark.input_rate import samples_per_second

    rate, seconds = samples_per_second(dataset, FLAGS.iBatchSize, FLAGS.iTrainD, FLAGS.seconds)
    print(f"input alone   {rate:,.0f} samples/s, {1000 * seconds:.3f} ms per iteration")
    if step is not None:
        print(f"the run       {1000 * step:.3f} ms per iteration; input {seconds / step:.2%} of it")
    return 0


if __name__ == "__main__":
    flag_defs.run(main)
