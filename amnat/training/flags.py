"""absl flags that several scripts share, and their checks.

`amnat.training.main` runs a script with the shared flags that it takes. This module does not load
TensorFlow: a script checks every flag and file first.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Any

from amnat import data
from amnat.data import own_data
from amnat.data.dataset import Dataset
from amnat.data.registry import DEFAULT_DATA_DIR, DatasetInfo
from amnat.data.resizing import DEFAULT_SIZE, MAX_SIZE, MIN_SIZE, RESIZINGS, ImageForm
from amnat.errors import InputError
from amnat.evaluation import classifiers
from amnat.metrics import registry
from amnat.training import cluster, flag_paths, trackers
from amnat.training.acting_flags import acting
from amnat.training.declarations import (
    declaration,
    define_boolean,
    define_count,
    define_enum,
    define_float,
    define_integer,
    define_list,
    define_string,
    define_switch,
    spelled_out,
)
from amnat.training.flag_record import script_line
from amnat.training.run_directory import results_root

from absl import flags

FLAGS = flags.FLAGS

define_string(
    "data_dir",
    None,
    "Folder with the published data set files, packed or unpacked. Default: dataset/ in the "
    "current folder, to which missing files are downloaded.",
    fixed=False,
    paths=flag_paths.whole,
)
define_integer(
    "image_size",
    None,
    "Side of the images in pixels. Default: that of the data set, for your own images "
    f"{DEFAULT_SIZE}.",
    fixed=True,
    at_least=MIN_SIZE,
    at_most=MAX_SIZE,
)
define_enum(
    "image_resize",
    "crop",
    RESIZINGS,
    "How images of another size get theirs. crop: the largest square in the middle; fit: the whole "
    "image with black margins; stretch: the whole image, without its proportions.",
    fixed=True,
)
define_integer(
    "image_channels",
    None,
    "1: make images grey; 3: colour, where grey images have three equal channels. Default: as the "
    "data set is; of your own images, grey only if all are.",
    fixed=True,
    at_least=1,
    at_most=3,
)
define_integer(
    "seed",
    0,
    "Seed of the weights, the data order and all noise.",
    at_least=0,
    fixed=True,
)
define_enum(
    "data_format",
    "NHWC",
    ["NHWC", "NCHW"],
    "Layout that the convolutions compute in.",
    fixed=False,
)
define_count(
    "steps_per_execution",
    "Iterations in one TensorFlow call; files and progress are written between calls. auto is, on "
    "a GPU and for networks of points, the largest number up to 50 that divides the intervals of "
    "logs, sheets, scores, checkpoints and exports, and otherwise 1. A resumed run keeps its own.",
    at_least=1,
    fixed=False,
)
define_integer(
    "log_every",
    100,
    "Iterations between log lines.",
    at_least=1,
    fixed=False,
)
define_integer(
    "sample_every",
    1000,
    "Iterations between sample sheets, curves and layer states.",
    at_least=1,
    fixed=False,
)
define_boolean(
    "raw_sheets",
    False,
    "Write sheets of images as grids without gaps, title and labels, as for a paper.",
    fixed=False,
)
define_integer(
    "score_every",
    10000,
    "Iterations between scores; 0 means no scores.",
    at_least=0,
    fixed=False,
)
define_integer(
    "score_samples",
    50000,
    "Number of samples that are scored.",
    at_least=100,
    fixed=False,
)
define_list(
    "score_metrics",
    ["is", "am", "classes"],
    "Scores for images, by their names in tools/evaluate.py. Toy data has its own scores.",
    fixed=False,
)
define_list(
    "track",
    [],
    "Send rows and sheets to wandb (Weights & Biases) or mlflow, which have to be installed; their "
    "environment variables apply, such as WANDB_MODE=offline or MLFLOW_TRACKING_URI.",
    fixed=False,
)
define_string(
    "score_classifier",
    classifiers.SMALL_CNN,
    "Classifier for the scores, as in tools/evaluate.py.",
    fixed=False,
    paths=flag_paths.with_kind,
)
define_integer(
    "save_every",
    1000,
    "Iterations between checkpoints.",
    at_least=1,
    fixed=False,
)
define_integer(
    "max_to_keep",
    3,
    "Number of checkpoints to keep.",
    at_least=1,
    fixed=False,
)
define_integer(
    "export_every",
    0,
    "Iterations between SavedModel exports to export/<iteration>/ in the run directory, like those "
    "of tools/export.py; 0 means no exports.",
    at_least=0,
    fixed=False,
)
define_float(
    "ema_decay",
    0.0,
    "Decay per update of an exponential moving average of the generator, in [0, 1), which is then "
    "used for sampling; 0 means no average.",
    fixed=True,
    at_least=0,
    below=1,
)
define_boolean(
    "auto_resume",
    False,
    "Resume the run if it was started before, otherwise start it. This is for schedulers that "
    "repeat a command.",
    fixed=False,
    replayed=False,
)
define_string(
    "init_from",
    None,
    "Start a new run with the weights of another one: RUN_FOLDER, or RUN_FOLDER:ITERATION for a "
    "checkpoint before its newest. Their networks have to be the same; other flags may differ.",
    fixed=True,
    paths=flag_paths.of_run,
)
define_enum(
    "strategy",
    "none",
    ["none", "one_device", "mirrored", "multi_worker", "parameter_server"],
    "tf.distribute strategy. mirrored splits each batch among the devices of this machine, "
    "multi_worker among the devices of all machines in TF_CONFIG. parameter_server is refused.",
    fixed=False,
)
define_list(
    "devices",
    [],
    "Devices that the strategy uses on this machine, e.g. GPU:0,GPU:1 (or CPU:0,CPU:1 to try it "
    "out). Default: all GPUs.",
    fixed=False,
)
define_boolean(
    "sync_batch_norm",
    False,
    "Compute batch statistics over the whole batch instead of each device's part of it.",
    fixed=True,
)
define_enum(
    "mixed_precision",
    "none",
    ["none", "bfloat16", "float16"],
    "Compute in 16 bits, but keep weights, losses and batch statistics in 32 bits; float16 also "
    "scales the losses.",
    fixed=True,
)
define_switch(
    "jit_compile",
    "Compile the step with XLA, or all steps of --steps_per_execution as one program; of several "
    "devices, what each computes by itself. XLA draws different random numbers. auto compiles on a "
    "GPU, except with --deterministic and where XLA lacks an operation. A resumed run keeps its "
    "own. On a CPU it only pays off for long runs of the smallest networks.",
    fixed=False,
)
define_boolean(
    "deterministic",
    False,
    "Use only deterministic operations, which is slower on GPUs; CPUs are deterministic anyway.",
    fixed=False,
)
define_float(
    "clip_norm",
    0.0,
    "Scale each player's gradient down to this norm where it is larger; 0 means no clipping.",
    fixed=True,
    at_least=0,
)
define_enum(
    "nan_policy",
    "stop",
    ["stop", "rollback"],
    "What to do when a loss or a weight is not finite: stop, or restore the last checkpoint and go "
    "on with different noise (rollback).",
    fixed=False,
)
define_boolean(
    "report",
    True,
    "Write report.html into the folder of the run at its end: samples, curves, scores and commands "
    "on one page.",
    fixed=False,
    replayed=False,
)
define_boolean(
    "dry_run",
    False,
    "Print the resolved options, the parameter counts and the run directory, then exit.",
    fixed=False,
    replayed=False,
)


def value_of(name: str) -> Any:
    """The value of the flag `name`; None only if its default is None."""
    return FLAGS[name].value


def require(condition: object, name: str, expected: str) -> None:
    """Raises InputError about the flag `name` unless `condition` holds."""
    if not condition:
        value = FLAGS[name].value
        shown = ",".join(map(str, value)) if isinstance(value, list) else value
        raise InputError(f"--{name}={shown}: expected {expected}")


def require_finite(
    name: str, minimum: float = 0.0, below: float = math.inf, positive: bool = False
) -> None:
    """Checks that a float flag is a number in [minimum, below), or > minimum with `positive`."""
    value = value_of(name)
    good = math.isfinite(value) and value < below
    good = good and (value > minimum if positive else value >= minimum)
    bound = f"more than {minimum:g}" if positive else f"at least {minimum:g}"
    limit = "" if math.isinf(below) else f" and less than {below:g}"
    require(good, name, f"a number of {bound}{limit}")


def given(name: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where a flag stands in a command line: (index of its first word, number of words, value)."""
    found = []
    for index, word in enumerate(words):
        if word == "--":
            break
        text, equals, value = word.partition("=")
        if not word.startswith("-") or text.lstrip("-") != name:
            continue
        if equals:
            found.append((index, 1, value))
        elif index + 1 < len(words):
            found.append((index, 2, words[index + 1]))
    return found


def refuse_repeated(name: str, reason: str) -> None:
    """Raises InputError if a flag that takes one value has several on the command line."""
    values = [value for _, _, value in given(name, sys.argv[1:])]
    if len(set(values)) > 1:
        raise InputError(f"--{name}: given {len(values)} times ({', '.join(values)}); {reason}")


def check_shared() -> None:
    """Checks the shared flags against one another; raises InputError."""
    registry.check_names(FLAGS.score_metrics, "score_metrics")
    trackers.check_trackers(FLAGS.track)
    classifiers.check_spec(FLAGS.score_classifier, "score_classifier")
    check_strategy()


def check_strategy() -> None:
    """Checks the flags about devices; raises InputError."""
    strategy, devices = FLAGS.strategy, FLAGS.devices
    if strategy == "parameter_server":
        raise InputError(
            "--strategy=parameter_server: its workers update the weights at any time, so neither "
            "the order of the players nor the noise of an iteration would be defined; "
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
    if strategy == "multi_worker":
        cluster.read_cluster()


def compile_obstacle() -> str:
    """Why XLA cannot compile a step with the shared flags; '' if it can."""
    if FLAGS.sync_batch_norm:
        return "--sync_batch_norm sums over devices within the step, which XLA cannot compile"
    return ""


def worker() -> cluster.Cluster | None:
    """The `cluster.Cluster` of this process; None without --strategy=multi_worker."""
    return cluster.read_cluster() if FLAGS.strategy == "multi_worker" else None


def known_replicas() -> int:
    """The number of devices of all machines, as far as flags and TF_CONFIG tell."""
    this = worker()
    return (len(FLAGS.devices) or 1) * (this.num_workers if this else 1)


def data_help(what: str = "Data set", only_images: bool = False) -> str:
    """The help of a flag that names a data set."""
    known = [name for name in data.names() if data.describe(name).is_image or not only_images]
    return f"{what}: {', '.join(known)}; {own_data.HELP}."


def check_data(name: str, only_images: bool = False) -> DatasetInfo:
    """Checks the flag with the name of the data set, and makes a path in it absolute.

    The run then records the absolute path, and finds its data from any folder.

    Raises:
      InputError: for an unknown data set, or points where images are needed.
    """
    try:
        info = data.describe(value_of(name))
    except InputError as error:
        raise InputError(f"--{name}: {error}") from error
    if only_images:
        require(info.is_image, name, "a data set of images")
    if info.own is not None:
        info = data.describe(info.own.absolute(FLAGS.data_dir or DEFAULT_DATA_DIR).spec)
        setattr(FLAGS, name, info.name)
    return info


def image_form() -> ImageForm:
    """The form of images that the flags of this module ask for."""
    return ImageForm(FLAGS.image_size, FLAGS.image_resize, FLAGS.image_channels)


def check_image_size(info: DatasetInfo, sizes: Collection[int], flag: str) -> None:
    """Raises InputError unless the images of a data set have a size that networks are made for.

    Args:
      info: the data set; nothing is checked for points.
      sizes: the sides in pixels.
      flag: the flag that names the data set.
    """
    known = ", ".join(map(str, sorted(sizes)))
    if not info.is_image:
        return
    if FLAGS.image_size is not None:
        require(FLAGS.image_size in sizes, "image_size", f"{known}, the sizes of the networks")
        return
    own = info.sample_shape[0] if info.sample_shape else DEFAULT_SIZE
    nearest = min(sizes, key=lambda size: abs(size - own))
    require(
        own in sizes,
        flag,
        f"images of {known} pixels, or --image_size={nearest} with it",
    )


def require_classes(dataset: Dataset, what: str, remedy: str) -> None:
    """Raises InputError if a data set has only one class.

    Args:
      dataset: the training split.
      what: what needs labels, as the beginning of a sentence.
      remedy: what to do instead.
    """
    if dataset.num_classes > 1:
        return
    sort = "sort the images into one folder per class, or " if dataset.is_own else ""
    raise InputError(
        f"{what} needs labels, but {dataset.name} has one class ('{dataset.class_names[0]}', "
        f"{dataset.num_samples:,} images), expected at least 2; {sort}{remedy}"
    )


def can_judge(dataset: Dataset) -> bool:
    """Whether --score_classifier can score samples: a classifier that is trained on the data set
    needs two classes."""
    return dataset.num_classes > 1 or FLAGS.score_classifier != classifiers.SMALL_CNN


def check_tag(name: str) -> None:
    """Raises InputError unless the flag `name` can be part of a folder's name."""
    tag = value_of(name)
    require("/" not in tag and tag not in (".", ".."), name, "a plain name")


def check_batch_size(name: str) -> None:
    """Raises InputError unless the batch size in the flag `name` divides among the devices."""
    replicas = known_replicas()
    batch_size = value_of(name)
    require(batch_size >= 1, name, "at least 1")
    require(batch_size % replicas == 0, name, f"a multiple of the {replicas} devices")


def check_enough(dataset: Dataset, batch_size: int, flag: str) -> None:
    """Raises InputError if a training split is smaller than a batch, whose size is in `flag`."""
    if batch_size > dataset.num_samples:
        raise InputError(
            f"--{flag}={batch_size} is larger than {dataset.name} ({dataset.num_samples} samples); "
            "choose a smaller one, or add samples"
        )


def shared_flags() -> list[str]:
    """The names of the flags that this module defines."""
    return [flag.name for flag in FLAGS.flags_by_module_dict()[__name__]]


def refuse_shared_but(names: Container[str], own_instead: Mapping[str, str] | None = None) -> None:
    """Raises InputError if the command line has a flag of this module that the script lacks.

    Args:
      names: the names of the flags that the script takes.
      own_instead: {shared flag: the script's own flag that replaces it}.
    """
    for name in shared_flags():
        if FLAGS[name].present and name not in names:
            own = (own_instead or {}).get(name)
            reason = f"has --{own} instead" if own else "has no such flag (see --helpshort)"
            raise InputError(f"--{name}: this script {reason}")


def run_name(tag: str, data_name: str) -> str:
    """The usual name of a run's folder: <tag>_<data set>, or without a tag only <data set>."""
    return f"{tag}_{data_name}" if tag else data_name


def replay_flags(
    module: str | None = None, effective: Callable[[str], Any] | None = None
) -> list[str]:
    """The lines of a flagfile that replays this run from any folder.

    The first one is a comment that names the script. The others are its key flags (its own and the
    shared ones that it takes) with their present values, except for flags that say what to do with
    an earlier run. Paths are absolute.

    Args:
      module: the script, by the name that absl has for it; by default the running script.
      effective: name -> effective value of a flag. If it is given, the lines have the defaults that
        the script derives, and lack flags that do not act beside the others.
    """
    module = sys.argv[0] if module is None else module
    lines, replaced = [], set()
    key_flags = FLAGS.get_key_flags_for_module(module)
    for each in key_flags:
        found = declaration(each.name)
        assert found is not None, f"--{each.name} is defined without a declaration"
        flag = each if effective is None else acting(each, effective)
        if flag is None:
            continue
        # An empty list is the default of most lists, and has to be said of others.
        is_given = flag.value is not None and (flag.value != [] or flag.default)
        if found.replayed and is_given:
            lines.append(spelled_out(flag))
            replaced.add(found.instead_of)
    takes_data = FLAGS["data_dir"] in key_flags and "data_dir" not in replaced
    if takes_data and FLAGS.data_dir is None and os.path.isdir(DEFAULT_DATA_DIR):
        lines.append(f"--data_dir={flag_paths.absolute(DEFAULT_DATA_DIR)}")
    return [script_line(_script_name(module)), *sorted(lines)]


def _script_name(module: str) -> str:
    """tools/NAME.py for a script of this checkout, for others the path."""
    path = os.path.realpath(module)
    tools = os.path.join(os.path.realpath(results_root()), "tools")
    return f"tools/{os.path.basename(module)}" if os.path.dirname(path) == tools else path
