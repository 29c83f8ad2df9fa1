"""Measures speed.

    python tools/benchmark.py --workloads=am_gan_cifar10 --originals=CHECKOUTS
    python tools/benchmark.py --workloads=am_gan_cifar10 --profile
    python tools/benchmark.py --scaling
    python tools/benchmark.py --roofline
    python tools/benchmark.py --saved_model=result/am_gan_cifar10/export/200001

Without --saved_model, it measures the speed of amnat. It compares it with the original repositories
in --originals, with equivalent PyTorch programs if PyTorch is installed, and with the floor: the
time that only the matrix products and convolutions need at the rate of a large matrix product.
Every measurement runs in a fresh process, and the sides alternate. Do not run anything else at the
same time.

With --saved_model, it measures latency and throughput of the model's serving_default for requests
of several sizes, one at a time and in this process, so the overhead of a server is not included.

TensorFlow uses all cores unless TF_NUM_INTRAOP_THREADS is set, and so does PyTorch unless
OMP_NUM_THREADS is set.
"""

import ast
import os
import pathlib

import amnat.start  # noqa: F401  (before the others)
from amnat.benchmark import measure, report, roofline, runs, scaling, workloads
from amnat.errors import InputError
from amnat.file_lock import owned_folder
from amnat.training import flags as shared
from amnat.training import gpu
from amnat.training import main as entry
from amnat.training.declarations import AUTO

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS
MODES = ("saved_model", "profile", "scaling", "roofline")
SHARED = ("data_format", "mixed_precision", "jit_compile", "steps_per_execution")

flags.DEFINE_list("workloads", ["all"], "What to measure: " + ", ".join(workloads.names()) + ".")
flags.DEFINE_integer(
    "rounds", 5, "Number of processes of each side; the sides alternate.", lower_bound=1
)
flags.DEFINE_integer(
    "calls", None, "Number of calls in each process. Default: that of the workload.", lower_bound=3
)
flags.DEFINE_boolean("small", False, "Use tiny sizes, to try out the tool.")
flags.DEFINE_list(
    "settings", [], "Settings that replace a workload's own: batch_size=50,generator_width=48."
)
flags.DEFINE_string(
    "originals", None, "Folder with checkouts of the originals, AM-GAN2 and gan-intro."
)
flags.DEFINE_boolean(
    "original_onednn", False, "Use oneDNN for the originals, which do not use it as published."
)
flags.DEFINE_string(
    "torch_python", None, "Python interpreter with PyTorch. Default: this one, if it has PyTorch."
)
flags.DEFINE_multi_enum(
    "torch_mode",
    None,
    list(runs.TORCH_SIDES),
    "How the PyTorch programs run: as they are, by torch.compile, or on a GPU as CUDA graphs. "
    "Default: eager, and on a GPU all three.",
)
flags.DEFINE_boolean(
    "profile",
    False,
    "Instead of timing, profile amnat's side, write a trace for TensorBoard and print the ten most "
    "expensive operations.",
)
flags.DEFINE_boolean(
    "scaling", False, "Instead, measure the cost against batch size, width and replicas."
)
flags.DEFINE_boolean(
    "roofline", False, "Instead, compute bounds from the operations and published peaks of GPUs."
)
flags.DEFINE_string(
    "out",
    str(ROOT / "result" / "benchmark"),
    "Folder for JSON, plots and traces, which is created if needed.",
)
flags.DEFINE_string("saved_model", None, "Folder of a SavedModel, e.g. from tools/export.py.")
flags.DEFINE_list("batch_sizes", ["1", "16", "128"], "--saved_model: samples per request.")
flags.DEFINE_float("seconds", 5.0, "--saved_model: duration of the measurement for each size.")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)


def check_flags():
    """Checks every flag; raises InputError. Returns the batch sizes of --saved_model."""
    shared.refuse_shared_but(SHARED)
    modes = [name for name in MODES if FLAGS[name].value]
    if len(modes) > 1:
        raise InputError(f"--{modes[1]}: expected it without --{modes[0]}")
    shared.require_finite("seconds", positive=True)
    sizes = FLAGS.batch_sizes
    good = sizes and all(size.isdigit() and 1 <= int(size) <= 100_000 for size in sizes)
    shared.require(good, "batch_sizes", "numbers from 1 to 100000")
    if FLAGS.saved_model and not os.path.isfile(os.path.join(FLAGS.saved_model, "saved_model.pb")):
        raise InputError(f"--saved_model={FLAGS.saved_model}: there is no saved_model.pb in it")
    if FLAGS.originals:
        shared.require(os.path.isdir(FLAGS.originals), "originals", "a folder of checkouts")
    return [int(size) for size in sizes]


def chosen():
    """The workloads in --workloads; raises InputError."""
    asked = FLAGS.workloads
    shared.require(asked, "workloads", "some of " + ", ".join(workloads.names()))
    return [workloads.get(name) for name in (workloads.names() if asked == ["all"] else asked)]


def changes(found):
    """The changed settings from --settings and the shared flags, {name: value}.

    Raises InputError.
    """
    given = {name: FLAGS[name].value for name in SHARED if FLAGS[name].present}
    # What is left to the program is in the workloads' settings.
    given = {name: value for name, value in given.items() if value != AUTO}
    known = {name for workload in found for name in workload.settings}
    for text in FLAGS.settings:
        name, _, value = text.partition("=")
        if name not in known:
            raise InputError(
                f"--settings={text}: expected NAME=VALUE of {', '.join(sorted(known))}"
            )
        try:
            given[name] = int(ast.literal_eval(value))
        except (ValueError, SyntaxError, TypeError) as error:
            raise InputError(f"--settings={text}: expected a whole number") from error
    return given


def on_gpu():
    return bool(gpu.usable_gpus())


def say(line):
    print(f"  {line}", flush=True)


def compare(found, given, sides, out):
    record = measure.measure(
        found, sides, FLAGS.rounds, FLAGS.small, given, FLAGS.calls, report=say
    )
    print(report.table(record))
    report.write(out / "benchmark.json", record)
    report.plot(out / "benchmark.png", record)
    print(out / "benchmark.json", out / "benchmark.png", sep="\n")


def count(found, given):
    """The counted operations of the workloads with products, {workload: operations}."""
    return {
        workload.name: runs.run_amnat(
            {
                "task": "count",
                "workload": workload.name,
                "settings": workload.sized(FLAGS.small, on_gpu())[0] | given,
            }
        )[0]
        for workload in found
        if workload.floor == "float32"
    }


def show_roofline(found, given, out):
    counted = count(found, given)
    print(roofline.table(counted))
    report.write(out / "operations.json", counted)
    print(out / "operations.json")


def profile(found, given, out):
    for workload in found:
        settings, calls = workload.sized(FLAGS.small, on_gpu())
        request = {"task": "profile", "workload": workload.name, "settings": settings | given}
        request |= {"calls": FLAGS.calls or calls, "logdir": str(out / "profile" / workload.name)}
        result, _ = runs.run_amnat(request)
        total = sum(seconds for _, seconds, _ in result["operations"])
        print(f"{workload.name}: {result['calls']} calls in {result['seconds']:.3g} s")
        width = max([31, *(len(kind) for kind, _, _ in result["operations"][:10])]) + 1
        print(f"  {'operation':{width}}{'ms/call':>10}{'share':>8}{'per call':>10}")
        for kind, seconds, executions in result["operations"][:10]:
            print(
                f"  {kind:{width}}{1e3 * seconds / result['calls']:10.3f}{seconds / total:8.1%}"
                f"{executions / result['calls']:10.1f}"
            )
        print(f"  tensorboard --logdir {request['logdir']}")


def scale(given, sides, out):
    workload = workloads.get(scaling.WORKLOAD)
    record = scaling.measure(workload, sides, FLAGS.rounds, FLAGS.small, given, report=say)
    print(scaling.table(record))
    report.write(out / "scaling.json", record)
    scaling.plot(out / "scaling.png", record)
    print(out / "scaling.json", out / "scaling.png", sep="\n")


def serve(batch_sizes):
    entry.load_tensorflow()
    from amnat.benchmark.saved_model import measure_saved_model

    loading, found = measure_saved_model(FLAGS.saved_model, batch_sizes, FLAGS.seconds)
    print(f"loaded in {loading:.2f} s; {os.cpu_count()} cores")
    print(f"{'batch':>6} {'median ms':>10} {'95% ms':>10} {'samples/s':>10} {'calls':>7}")
    for row in found:
        print(
            f"{row.batch_size:6} {row.median:10.2f} {row.percentile_95:10.2f} "
            f"{row.throughput:10.1f} {row.calls:7}"
        )


def main():
    batch_sizes = check_flags()
    if FLAGS.saved_model:
        serve(batch_sizes)
        return 0
    found = chosen()
    given = changes(found)
    torch = None if FLAGS.profile or FLAGS.roofline else runs.find_torch(FLAGS.torch_python)
    modes = FLAGS.torch_mode or (list(runs.TORCH_SIDES) if on_gpu() else ["eager"])
    sides = runs.Sides(torch, FLAGS.originals, FLAGS.original_onednn, modes)
    for workload in found:
        sides.check(workload)
    with owned_folder(FLAGS.out, "out") as out:
        if FLAGS.profile:
            profile(found, given, out)
        elif FLAGS.roofline:
            show_roofline(found, given, out)
        elif FLAGS.scaling:
            scale(given, sides, out)
        else:
            compare(found, given, sides, out)
    return 0


if __name__ == "__main__":
    entry.run_tool(main)
