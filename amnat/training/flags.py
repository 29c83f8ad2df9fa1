"""absl flags that several scripts share, their checks, and the entry point of every script.

A script lists them as its own with `flags.adopt_module_key_flags(flag_defs)`. Loads no
TensorFlow: a script checks every flag and file before it does.
"""

import contextlib
import math
import os
import re
import sys
import tempfile
import warnings

import amnat
from amnat.errors import InputError
from amnat.evaluation import classifiers
from amnat.metrics import registry as suite
from amnat.training import cluster

from absl import app, flags, logging

FLAGS = flags.FLAGS

# In a script TensorFlow's native log is noise even at error level (missing CUDA libraries,
# optimisation passes that gave up); what goes wrong arrives as an exception.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = os.environ.get("AMNAT_TF_LOG_LEVEL", "3")

flags.DEFINE_string(
    "data_dir",
    None,
    "Folder with the published data set files, packed or unpacked. Default: dataset/ below the "
    "current folder, where missing files are downloaded to.",
)
flags.DEFINE_integer("seed", 0, "Of weights, data order and all noise.", lower_bound=0)
flags.DEFINE_enum("data_format", "NHWC", ["NHWC", "NCHW"], "Layout the convolutions compute in.")
flags.DEFINE_integer(
    "steps_per_execution",
    1,
    "Iterations inside one call of TensorFlow. More is faster for small networks; files and "
    "progress are written between calls.",
    lower_bound=1,
)
flags.DEFINE_integer("log_every", 100, "Iterations between log lines.", lower_bound=1)
flags.DEFINE_integer(
    "sample_every", 1000, "Iterations between sheets, curves and layer states.", lower_bound=1
)
flags.DEFINE_integer(
    "score_every", 10000, "Iterations between scores; 0 never scores.", lower_bound=0
)
flags.DEFINE_integer("score_samples", 50000, "Samples that a score is taken of.", lower_bound=100)
flags.DEFINE_list(
    "score_metrics",
    ["is", "am", "classes"],
    "Scores of images, by their names in tools/evaluate.py. Toy data has its own.",
)
flags.DEFINE_string(
    "score_classifier", classifiers.SMALL_CNN, "For the scores, as in tools/evaluate.py."
)
flags.DEFINE_integer("save_every", 1000, "Iterations between checkpoints.", lower_bound=1)
flags.DEFINE_integer("max_to_keep", 3, "Checkpoints to keep.", lower_bound=1)
flags.DEFINE_integer(
    "export_every",
    0,
    "Iterations between exports as SavedModels, into export/<iteration>/ of the run, as "
    "tools/export.py writes them; 0: never.",
    lower_bound=0,
)
flags.DEFINE_float(
    "ema_decay",
    0.0,
    "Keep an exponential moving average of the generator with this decay per update, in [0, 1), "
    "and sample from it; 0 for none.",
)
flags.DEFINE_boolean(
    "auto_resume",
    False,
    "Resume the run if it was started before, start it otherwise: for schedulers, which repeat a "
    "command.",
)
flags.DEFINE_enum(
    "strategy",
    "none",
    ["none", "one_device", "mirrored", "multi_worker", "parameter_server"],
    "tf.distribute strategy. mirrored splits each batch among the devices of this machine, "
    "multi_worker among those of all machines of TF_CONFIG. parameter_server is refused.",
)
flags.DEFINE_list(
    "devices",
    [],
    "Devices of the strategy on this machine, for instance GPU:0,GPU:1 (or CPU:0,CPU:1 to try it "
    "out). Default: all GPUs.",
)
flags.DEFINE_boolean(
    "sync_batch_norm",
    False,
    "Batch statistics are those of the whole batch instead of each device's part of it.",
)
flags.DEFINE_enum(
    "mixed_precision",
    "none",
    ["none", "bfloat16", "float16"],
    "Compute in 16 bits, with weights, losses and batch statistics in 32; float16 scales the "
    "losses.",
)
flags.DEFINE_boolean(
    "jit_compile",
    False,
    "Compile the step with XLA, or all steps of --steps_per_execution as one program; its random "
    "numbers are others. On a CPU it pays for long runs of the smallest networks, which then "
    "take seconds to start.",
)
flags.DEFINE_boolean(
    "deterministic", False, "Deterministic operations alone, on GPUs at a cost; CPUs are so anyway."
)
flags.DEFINE_float(
    "clip_norm", 0.0, "Scale each player's gradient down to this norm where it is larger; 0: never."
)
flags.DEFINE_enum(
    "nan_policy",
    "stop",
    ["stop", "rollback"],
    "Where a loss or a weight is not finite: stop, or restore the last checkpoint and go on with "
    "other noise.",
)
flags.DEFINE_boolean(
    "dry_run",
    False,
    "Print the resolved options, the parameter counts and the run directory, and stop.",
)


def require(condition, name, expected):
    """Raises InputError about the flag `name` unless `condition`."""
    if not condition:
        raise InputError(f"--{name}={FLAGS[name].value}: expected {expected}")


def require_finite(name, minimum=0.0, below=math.inf, positive=False):
    """Checks that a float flag is a number in [minimum, below), or > minimum with `positive`."""
    value = FLAGS[name].value
    good = math.isfinite(value) and value < below
    good = good and (value > minimum if positive else value >= minimum)
    bound = f"more than {minimum:g}" if positive else f"at least {minimum:g}"
    limit = "" if math.isinf(below) else f" and less than {below:g}"
    require(good, name, f"a number of {bound}{limit}")


def check_shared():
    """Checks the shared flags against one another; raises InputError."""
    require_finite("ema_decay", below=1.0)
    suite.check_names(FLAGS.score_metrics, "score_metrics")
    classifiers.check_spec(FLAGS.score_classifier, "score_classifier")
    require_finite("clip_norm")
    check_strategy()


def check_strategy():
    """Checks the flags about devices; raises InputError."""
    strategy, devices = FLAGS.strategy, FLAGS.devices
    if strategy == "parameter_server":
        raise InputError(
            "--strategy=parameter_server: its workers update the weights at any time, so that "
            "neither the turns of the players nor the noise of an iteration would be defined; "
            "expected multi_worker"
        )
    require(strategy != "none" or not devices, "devices", "--strategy=mirrored with it")
    for device in devices:
        good = re.fullmatch(r"(CPU|GPU):\d{1,3}", device) and devices.count(device) == 1
        require(good, "devices", "different names such as GPU:0,GPU:1 or CPU:0,CPU:1")
    if strategy == "one_device":
        require(len(devices) <= 1, "devices", "one of them with --strategy=one_device")
    is_distributed = strategy in ("mirrored", "multi_worker")
    require(
        is_distributed or not FLAGS.sync_batch_norm,
        "sync_batch_norm",
        "--strategy=mirrored or multi_worker with it",
    )
    require(
        not (is_distributed and FLAGS.jit_compile),
        "jit_compile",
        "--strategy=none or one_device with it: XLA compiles no sums over devices",
    )
    if strategy == "multi_worker":
        cluster.read_cluster()


def refuse_shared_but(names):
    """Raises InputError if the command line has a flag of this module that is not in `names`."""
    for flag in FLAGS.flags_by_module_dict()[__name__]:
        if flag.present and flag.name not in names:
            raise InputError(f"--{flag.name}: this script has no such flag (see --helpshort)")


def replay_flags():
    """The lines of a flagfile that replays this run.

    Holds the script's key flags, its own and those of this module that it takes, with the values
    in force, but those that say what to do with an earlier run.
    """
    ephemeral = {"bLoadCheckpoint", "resume", "auto_resume", "dry_run"}
    own = FLAGS.get_key_flags_for_module(sys.argv[0])
    kept = [flag for flag in own if flag.name not in ephemeral]
    return sorted(flag.serialize() for flag in kept if flag.value not in (None, []))


def _join_booleans(argv):
    """`--flag True` as `--flag=True`: TensorFlow 1 took the former, and old READMEs use it."""
    joined = []
    for word in argv:
        flag = joined[-1].lstrip("-") if joined else ""
        is_boolean = joined and joined[-1].startswith("-") and flag in FLAGS and FLAGS[flag].boolean
        if is_boolean and word.lower() in ("true", "false"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def parse(argv):
    """Parses the command line; an error is one line on stderr and exit status 2."""
    try:
        positional = FLAGS(_join_booleans(argv))
    except SystemExit:
        sys.exit(0)  # absl has printed the help that was asked for, with status 1
    except (flags.Error, OSError) as error:
        _fail(" ".join(str(error).split()) + " (see --helpshort)")
    if len(positional) > 1:
        _fail(f"unexpected argument {positional[1]!r}; flags start with -- (see --helpshort)")
    return positional


def _fail(message):
    script = os.path.basename(sys.argv[0])
    print(f"{script}: error: {message}", file=sys.stderr)
    sys.exit(2)


@contextlib.contextmanager
def _stderr_held_back():
    """Keeps what native code writes to stderr, and passes it on only if an exception leaves."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)


def load_tensorflow(small_operations=False):
    """Imports TensorFlow without the notices that it prints before its log level counts.

    Args:
      small_operations: the networks are small ones, of points: oneDNN is left off.
    """
    if small_operations:
        amnat.leave_onednn_off()
    with _stderr_held_back():
        import tensorflow as tf
        import tf_keras  # noqa: F401
    # Keras warns whenever writing files takes longer than an iteration.
    tf.get_logger().setLevel("ERROR")


def run(main):
    """Runs a script's `main()`: parses flags, turns InputError into one line and status 2.

    `main` returns the exit status, None for 0.
    """

    def guarded(_):
        warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
        if not FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        try:
            return main()
        except InputError as error:
            _fail(str(error))

    flags.FLAGS.set_gnu_getopt(True)
    app.run(guarded, flags_parser=parse)
