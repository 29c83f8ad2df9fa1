"""Scores generated images by Inception Score, AM Score, FID, KID, precision, recall and MS-SSIM.

    python tools/evaluate.py --samples=result/am_gan_mnist
    python tools/evaluate.py --samples=result/am_gan_cifar10 --checkpoint=all --metrics=is,fid
    python tools/evaluate.py --samples=images.npz --reference=cifar10 --classifier=inception:FILE.pb
    python tools/evaluate.py --reference=cifar10:test --classifier=inception:FILE.pb \\
        --save_statistics=cifar10_test.npz

It prints a table, and appends one line of JSON with every setting that the numbers depend on.
"""

import dataclasses
import datetime
import os
import pathlib
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat import data, json_text
from amnat.data import own_data
from amnat.data.dataset import SPLITS
from amnat.data.file_reading import note
from amnat.data.resizing import ImageForm
from amnat.errors import InputError, OutputError
from amnat.evaluation import classifiers, fid_statistics, sources
from amnat.evaluation.comparability import comparable_with, judge
from amnat.evaluation.resized_source import at_size_of
from amnat.files import cache_folder, output_file, writing
from amnat.metrics import registry
from amnat.metrics.frechet import feature_statistics
from amnat.training import figures
from amnat.training import flags as shared
from amnat.training import main as entry
from amnat.training.generator_record import import_plugins
from amnat.training.run_directory import RunDirectory, checkpoint_iterations
from amnat.training.run_lookup import is_run, meant, remembered_data_dir, why_no_run
from amnat.training.run_state import (
    CheckpointGone,
    choose_iteration,
    read_checkpoint,
    say_unfinished,
)

from absl import flags

FLAGS = flags.FLAGS
DEFAULTS = registry.Settings()
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "amnat")

flags.DEFINE_string(
    "samples",
    None,
    "What to score: a run directory, a SavedModel folder, an .npz or .npy file of images, a "
    "folder, .zip or .tar of images, or a data set as NAME or NAME:SPLIT.",
)
flags.DEFINE_string(
    "reference",
    None,
    "Real images: a data set as NAME or NAME:SPLIT, an .npz or .npy file, or a folder, .zip or "
    ".tar of images. Default: the training images of the run.",
)
flags.DEFINE_string(
    "checkpoint", "latest", "Checkpoint of a run: latest, an iteration, or all for curves."
)
flags.DEFINE_enum(
    "ema",
    "auto",
    ["auto", "on", "off"],
    "Use the averaged generator; auto uses it if the run has one.",
)
flags.DEFINE_list(
    "metrics",
    list(registry.METRICS),
    "Scores to compute: is (Inception Score), am (AM Score), fid, kid, prdc (precision, recall, "
    "density, coverage), ms_ssim (within classes), classes (the distribution over classes). By "
    "default, am, ms_ssim and classes are left out for ImageNet classifiers, whose classes are not "
    "those of the data.",
)
flags.DEFINE_string("classifier", classifiers.SMALL_CNN, classifiers.HELP)
flags.DEFINE_integer(
    "num_samples",
    50000,
    "Number of images to score. By default, all images of smaller files and data sets are scored.",
    lower_bound=2,
)
flags.DEFINE_integer(
    "reference_samples", 0, "Number of reference images; 0 means all of them.", lower_bound=0
)
flags.DEFINE_integer(
    "batch_size",
    0,
    "Number of images to generate at a time; with batch statistics, images depend on it. 0 means "
    "the training batch size, or 100 for a SavedModel.",
    lower_bound=0,
)
flags.DEFINE_integer("splits", DEFAULTS.splits, "Number of splits of Inception and AM Score.")
flags.DEFINE_integer("kid_subsets", DEFAULTS.kid_subsets, "Number of random subsets of KID.")
flags.DEFINE_integer(
    "kid_subset_size",
    DEFAULTS.kid_subset_size,
    "Number of images in each subset of KID. By "
    "default, it is smaller where there are fewer images, like --splits and --nearest_k.",
)
flags.DEFINE_integer(
    "nearest_k",
    DEFAULTS.nearest_k,
    "Number of neighbours for precision, recall, density and coverage.",
)
flags.DEFINE_integer(
    "prdc_samples",
    DEFAULTS.prdc_samples,
    "Maximum number of images of each side for precision, recall, density and coverage.",
)
flags.DEFINE_integer("ssim_images", DEFAULTS.ssim_images, "Number of images per class for MS-SSIM.")
flags.DEFINE_string(
    "cache_dir",
    CACHE,
    "Folder for trained classifiers and for the outputs of classifiers for references.",
)
flags.DEFINE_string(
    "json",
    None,
    "File to which the results are appended. Default: evaluations.jsonl in the run directory, or "
    "else in the current folder.",
)
flags.DEFINE_string(
    "save_statistics",
    None,
    "An .npz file for mean and covariance (mu, sigma) of the --classifier's features of the "
    "reference, for msgan_pytorch.py --fid_stat. Without --samples, nothing is scored.",
)
flags.DEFINE_list(
    "plugins",
    [],
    "Modules outside amnat to import first, with the classes of your own methods that runs and "
    "exports name.",
)
SHARED = ("data_dir", "seed")
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)


def metrics():
    """The names of the scores to compute."""
    if FLAGS["metrics"].present or not classifiers.is_imagenet(FLAGS.classifier):
        return FLAGS.metrics
    return [name for name in FLAGS.metrics if name not in ("am", "ms_ssim", "classes")]


def settings_for(num_samples, num_reference):
    """The scores' settings from the flags; those that were not given fit few images."""
    names = registry.Settings.__dataclass_fields__
    chosen = registry.Settings(**{name: FLAGS[name].value for name in names})
    given = [name for name in names if FLAGS[name].present]
    fitted, changes = registry.fitted(metrics(), num_samples, num_reference, chosen, given)
    if changes:
        fewest = f"{num_samples:,} images, {num_reference:,} of the reference"
        note(f"{', '.join(changes)}, because there are few images ({fewest})")
    registry.check(metrics(), num_samples, num_reference, fitted)
    return fitted


def own_form(flag):
    """The form of images that are given as folder=, tfds: or hf:: that of the run, if there is
    one."""
    if flag == "samples" or not is_run(FLAGS.samples):
        return None
    from amnat.training.generator_record import read_record

    record = read_record(RunDirectory(FLAGS.samples))
    shape, origin = record["sample_shape"], record.get("origin") or {}
    if len(shape) != 3:
        return None
    return ImageForm(shape[0], origin.get("resize", "crop"), shape[2])


def open_images(text, flag):
    """(Source, or None if it needs TensorFlow; data set or None) of --samples or --reference."""
    if own_data.parse(text) is not None:
        dataset = data.load(text, FLAGS.data_dir, form=own_form(flag))
        return sources.dataset_source(dataset), dataset
    name, _, split = text.partition(":")
    if name in data.names() and split in ("", *SPLITS):
        if os.path.exists(text):
            note(f"--{flag}={text} is the data set; ./{text} would be the folder or file")
        dataset = data.load(name, FLAGS.data_dir, split or "train")
        return sources.dataset_source(dataset), dataset
    shared.require(name not in data.names(), flag, f"a split of {name}: {', '.join(SPLITS)}")
    check_exists(text, flag)
    if os.path.isfile(text):
        if text.lower().endswith((".npz", ".npy")):
            return sources.npz_source(text), None
        if not text.lower().endswith((".zip", ".tar")):
            raise InputError(
                f"--{flag}={text}: a file of another kind; expected .npz or .npy images, or a "
                "folder, .zip or .tar of image files"
            )
    if is_run(text) or os.path.isfile(os.path.join(text, "saved_model.pb")):
        shared.require(flag == "samples", flag, "images, not a generator")
        return None, None
    reason = why_no_run(text)
    if reason:
        raise InputError(f"--{flag}={text}: {reason}")
    return sources.FolderSource(text), None


def check_exists(text, flag):
    """Raises InputError unless --samples or --reference is a path or begins as a data set."""
    is_data = own_data.parse(text) is not None or text.partition(":")[0] in data.names()
    if is_data or os.path.exists(text):
        return
    kinds = "run, file or folder" if flag == "samples" else "file or folder"
    known = f" ({', '.join(data.names())}; your own images: {own_data.FORMS})"
    hint = meant(text, data.names()) or known
    raise InputError(f"--{flag}={text}: no such {kinds}, and no data set{hint}")


def chosen_checkpoints():
    """The iterations that --checkpoint selects, if --samples is a run directory."""
    run = RunDirectory(FLAGS.samples)
    kept = checkpoint_iterations(run.checkpoints)
    wanted = [FLAGS.checkpoint]
    if FLAGS.checkpoint == "all" and kept:
        wanted = kept
        say_unfinished(run, kept[-1])
    return [choose_iteration(run, str(each), "samples", "latest or all") for each in wanted]


def check_flags():
    """Checks the flags without reading images; raises InputError."""
    shared.refuse_shared_but(SHARED)
    registry.check_names(FLAGS.metrics)
    classifiers.check_spec(FLAGS.classifier)
    if FLAGS.save_statistics is not None:
        fid_statistics.check_new(FLAGS.save_statistics, FLAGS.classifier, "save_statistics")
        if FLAGS.samples is None:
            shared.require(FLAGS.reference, "reference", "a data set, .npz file or folder")
            return
    shared.require(FLAGS.samples, "samples", "what to score")
    check_exists(FLAGS.samples, "samples")
    if FLAGS.reference is None:
        reason = "" if is_run(FLAGS.samples) else why_no_run(FLAGS.samples)
        if reason:
            raise InputError(f"--samples={FLAGS.samples}: {reason}")
        shared.require(is_run(FLAGS.samples), "reference", "a data set, .npz file or folder")


def open_reference():
    """(Source, data set or None) of --reference, or of the run's training data."""
    if FLAGS.reference:
        return open_images(FLAGS.reference, "reference")
    from amnat.training.generator_record import load_recorded_data, read_record

    record = read_record(RunDirectory(FLAGS.samples))
    train = load_recorded_data(record, FLAGS.data_dir)
    return sources.dataset_source(train), train


def use_data_of_run():
    """Takes the data folder that the run was trained from, unless --data_dir says another."""
    remembered = remembered_data_dir(RunDirectory(FLAGS.samples)) if is_run(FLAGS.samples) else None
    if FLAGS.data_dir is None and remembered:
        FLAGS.data_dir = remembered


def count_of(available, wanted, flag):
    """The number of images to use; `wanted` 0 means all."""
    if available is None:
        return wanted
    if wanted > available and FLAGS[flag].present:
        raise InputError(f"--{flag}={wanted}: there are {available} images")
    return min(wanted or available, available)


def generator_sources(iterations):
    """Yields (checkpoint or None, Source) for the generators in --samples; needs TensorFlow.

    Args:
      iterations: those of `chosen_checkpoints`, if --samples is a run directory.
    """
    from amnat.training.generator_sources import run_source, saved_model_source

    if not is_run(FLAGS.samples):
        yield None, saved_model_source(FLAGS.samples, FLAGS.batch_size, FLAGS.seed)
        return
    use_ema = {"auto": None, "on": True, "off": False}[FLAGS.ema]
    run = RunDirectory(FLAGS.samples)

    def read(iteration):
        return run_source(run.path, iteration, FLAGS.batch_size, FLAGS.seed, use_ema)

    for chosen in iterations:
        try:
            yield read_checkpoint(run, chosen, read, newest=FLAGS.checkpoint == "latest")
        except CheckpointGone as error:
            if FLAGS.checkpoint != "all":
                raise
            print(f"warning: {error}; it is left out", file=sys.stderr)


def load_test(train):
    """The test split of a data set, in the form of its training split."""
    origin = None if train.origin is None else dataclasses.asdict(train.origin)
    classes, shape = train.class_names, train.sample_shape
    return data.load_again(train.name, origin, shape, classes, FLAGS.data_dir, "test")


def make_evaluation(reference, train, num_reference, settings, cache_dir):
    """The `Evaluation` that the flags describe; needs TensorFlow."""
    from amnat.evaluation.evaluation import Evaluation

    classifier, identity = classifiers.open_classifier(
        FLAGS.classifier,
        reference,
        train,
        lambda: load_test(train),
        os.path.join(cache_dir, "classifiers"),
    )
    return Evaluation(
        metrics(), settings, classifier, identity, reference, num_reference, cache_dir
    )


def print_table(evaluation, title, scores):
    """Prints one line per result, with that of the reference itself if there is one."""
    samples = scores.record["samples"]
    count, available = samples["count"], samples.get("available", samples["count"])
    print(f"\n{title}: {count:,}{f' of {available:,}' if available > count else ''} images")
    print(f"reference {evaluation.reference.name}: {evaluation.num_reference:,} images")
    print(f"classifier {judge(evaluation.identity)}")
    print(f"{'score':28} {'value':>10} {'reference':>10}  better")
    for name, value in scores.results.items():
        own = evaluation.of_reference.get(name)
        own = " " * 10 if own is None else f"{own:10.4f}"
        print(f"{name:28} {value:10.4f} {own}  {registry.direction(name)}".rstrip())
    for name, reason in scores.failures.items():
        print(f"{name}: not taken: {reason}")
    print("\nto be compared with scores of")
    for line in comparable_with(scores.record, evaluation.metrics):
        print(f"  {line}")
    sys.stdout.flush()


def json_path():
    if FLAGS.json:
        return pathlib.Path(FLAGS.json).expanduser()
    folder = pathlib.Path(FLAGS.samples) if is_run(FLAGS.samples) else pathlib.Path()
    return folder / "evaluations.jsonl"


def append_record(record):
    """Appends a line to the JSON file; returns the OutputError if that is not possible."""
    try:
        with (
            writing(f"--json={json_path()}"),
            open(json_path(), "a", encoding="utf-8") as file,
        ):
            file.write(json_text.dumps(record) + "\n")
    except OutputError as error:
        # The numbers are still to be printed.
        return error
    return None


def draw_curves(rows, of_reference):
    """Draws one curve per result over the checkpoints; returns the folder of the plots."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name, float("nan")) for row in rows] for name in names}
    plots = RunDirectory(FLAGS.samples).plots
    for name in columns:
        if name != "iteration":
            path = plots / f"evaluation_{name}.png"
            figures.save_score_curve(path, columns, name, FLAGS.samples, of_reference.get(name))
    return plots


def score(source, iterations, num_samples, evaluation):
    """Scores the source, or every generator of --samples; returns the results in rows.

    Raises: OutputError at the end, if a record could not be written.
    """
    rows, failure = [], None
    for iteration, each in [(None, source)] if source else generator_sources(iterations):
        each = at_size_of(each, evaluation.reference, says=not rows)
        scores = evaluation(each, num_samples)
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        # The file comes first: whoever reads the table may not read to its end.
        failure = append_record({"time": now} | scores.record) or failure
        title = each.name if iteration is None else f"{each.name}, iteration {iteration}"
        print_table(evaluation, title, scores)
        rows.append({"iteration": iteration} | scores.results)
    if failure is not None:
        raise failure
    if not rows:
        raise InputError(f"--samples={FLAGS.samples}: all checkpoints were removed meanwhile")
    return rows


def save_statistics(evaluation):
    features, path = evaluation.classify_reference().features, FLAGS.save_statistics
    fid_statistics.write(path, feature_statistics(features), "save_statistics")
    print(f"\nstatistics of {len(features):,} images of {FLAGS.reference or 'the run'} in {path}")


def save_statistics_alone():
    reference, train = open_reference()
    count = count_of(reference.available, FLAGS.reference_samples, "reference_samples")
    shared.require(count >= 2, "reference", "at least 2 images")
    with cache_folder(FLAGS.cache_dir, not FLAGS["cache_dir"].present, "cache_dir") as cache_dir:
        entry.load_tensorflow()
        FLAGS.metrics = ["fid"]
        save_statistics(make_evaluation(reference, train, count, DEFAULTS, cache_dir))
    return 0


def main():
    check_flags()
    if FLAGS.samples is None:
        return save_statistics_alone()
    use_data_of_run()
    source, _ = open_images(FLAGS.samples, "samples")
    iterations = chosen_checkpoints() if source is None and is_run(FLAGS.samples) else []
    reference, train = open_reference()
    classifiers.check_classes(FLAGS.classifier, train)
    num_reference = count_of(reference.available, FLAGS.reference_samples, "reference_samples")
    available = source.available if source else None
    num_samples = count_of(available, FLAGS.num_samples, "num_samples")
    settings = settings_for(num_samples, num_reference)
    if source is not None:
        source = at_size_of(source, reference)
    output_file(json_path(), "json")

    is_default = not FLAGS["cache_dir"].present
    with cache_folder(FLAGS.cache_dir, is_default, "cache_dir") as cache_dir:
        entry.load_tensorflow()
        import_plugins(FLAGS.plugins)
        evaluation = make_evaluation(reference, train, num_reference, settings, cache_dir)
        rows = score(source, iterations, num_samples, evaluation)
        if FLAGS.save_statistics is not None:
            save_statistics(evaluation)
    print(f"\nappended to {json_path()}")
    if FLAGS.checkpoint == "all" and rows[0]["iteration"] is not None:
        print(f"curves in {draw_curves(rows, evaluation.of_reference)}")
    return 0


if __name__ == "__main__":
    entry.run_tool(main)
