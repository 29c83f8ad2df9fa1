"""Exports the generator of a run as a SavedModel that serves without amnat.

    python tools/export.py --run_dir=result/am_gan_cifar10
    python tools/export.py --run_dir=RUN --export_dir=served/am_gan --tflite --export_discriminator
    python tools/export.py --run_dir=result/nat_classifier_mnist_small

Statistics of batches are replaced by standing ones: an image depends on its latent alone. The
export is reloaded in a process without amnat and compared with the run before it counts. Folders of
tools/nat_classifier.py and tools/train_classifier.py are exported as classifiers. See
docs/export.md.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat import data  # noqa: E402
from amnat.classifiers.run_directory import ClassifierRun  # noqa: E402
from amnat.data.class_subset import class_subset  # noqa: E402
from amnat.errors import InputError  # noqa: E402
from amnat.export.versions import check_version  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training.generator_record import FILE_NAME, read_record  # noqa: E402
from amnat.training.run_directory import (  # noqa: E402
    RunDirectory,
    checkpoint_damage,
    checkpoint_iterations,
    latest_checkpoint,
)

FLAGS = flags.FLAGS
# Larger ones are of no use: TensorFlow Serving reads versions as 64-bit integers.
MAX_VERSION = 2**63 - 1

flags.DEFINE_string("run_dir", None, "Folder of the run, of a GAN or a classifier.")
flags.DEFINE_string(
    "export_dir",
    None,
    "Folder that gets the SavedModel, as a numbered version. Default: export/ in the run's folder.",
)
flags.DEFINE_integer(
    "version",
    None,
    "Number of the version. Default: the checkpoint's iteration; 1 for a classifier.",
    lower_bound=0,
    upper_bound=MAX_VERSION,
)
flags.DEFINE_string("checkpoint", "latest", "latest, or an iteration.")
flags.DEFINE_enum(
    "ema", "auto", ["auto", "on", "off"], "Export the averaged generator; auto: if there is one."
)
flags.DEFINE_boolean(
    "batch_statistics",
    False,
    "Keep normalising with the statistics of each request's batch, as the originals do: an image "
    "depends on the others of its request, and one alone is degenerate.",
)
flags.DEFINE_integer(
    "standing_batches", 200, "Batches that standing statistics are averaged over.", lower_bound=1
)
flags.DEFINE_boolean(
    "layer_by_layer", False, "Measure each layer with standing statistics in those before it."
)
flags.DEFINE_boolean(
    "total_variance", False, "Standing variances include those of the batches' means."
)
flags.DEFINE_integer(
    "max_samples",
    1024,
    "Samples that one request to generate or generate_class, or images that one to translate, may "
    "ask for.",
    lower_bound=1,
    upper_bound=1_000_000,
)
flags.DEFINE_boolean(
    "export_discriminator",
    False,
    "Add classify, the discriminator's classes. Its standing statistics are taken over the "
    "training data, which has to be there.",
)
flags.DEFINE_boolean("tflite", False, "Add TensorFlow Lite files, in float32 and float16.")
flags.DEFINE_boolean("onnx", False, "Add an ONNX file; needs tf2onnx and onnxruntime.")
SHARED = ("data_dir",)
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
GENERATOR_FLAGS = (
    *("checkpoint", "ema", "batch_statistics", "standing_batches", "layer_by_layer"),
    *("total_variance", "max_samples", "export_discriminator"),
)


def check_flags():
    """Checks the flags that need no file; raises InputError."""
    flag_defs.refuse_shared_but(SHARED)
    flag_defs.require(FLAGS.run_dir, "run_dir", "the folder of a run")
    for name in ("layer_by_layer", "total_variance", "standing_batches"):
        if FLAGS.batch_statistics and FLAGS[name].present:
            raise InputError(f"--{name}: has no meaning with --batch_statistics")
    if FLAGS.onnx:
        from amnat.export.onnx_file import check_installed

        check_installed()


def find_run():
    """(`RunDirectory` or None, `ClassifierRun` or None) of --run_dir; raises InputError."""
    path = pathlib.Path(FLAGS.run_dir).expanduser()
    if not path.is_dir():
        raise InputError(f"--run_dir={FLAGS.run_dir}: no such folder")
    if (path / FILE_NAME).is_file():
        return RunDirectory(path), None
    run = ClassifierRun(path)
    if run.classifier_file.is_file():
        for name in GENERATOR_FLAGS:
            if FLAGS[name].present:
                raise InputError(f"--{name}: {path} is the run of a classifier, expected a GAN's")
        return None, run
    ended = "; the training of this classifier has not ended" if run.settings_file.is_file() else ""
    raise InputError(
        f"--run_dir={FLAGS.run_dir}: holds neither {FILE_NAME} (a run of a GAN) nor "
        f"{run.classifier_file.name} (of a classifier){ended}"
    )


def chosen_iteration(run):
    """The iteration of --checkpoint; raises InputError."""
    folder = run.checkpoints
    if FLAGS.checkpoint == "latest":
        iteration, warnings = latest_checkpoint(folder, "run_dir")
        for warning in warnings:
            print(f"warning: {warning}; taking checkpoint {iteration}", file=sys.stderr)
        return iteration
    kept = checkpoint_iterations(folder)
    if FLAGS.checkpoint not in map(str, kept):
        raise InputError(
            f"--checkpoint={FLAGS.checkpoint}: {folder} has "
            f"{', '.join(map(str, kept)) or 'none'}; expected one of them or latest"
        )
    damage = checkpoint_damage(folder, int(FLAGS.checkpoint))
    if damage:
        raise InputError(f"--checkpoint={FLAGS.checkpoint}: {damage}")
    return int(FLAGS.checkpoint)


def export_options():
    from amnat.export.generator_export import ExportOptions

    names = ExportOptions.__dataclass_fields__
    return ExportOptions(**{name: FLAGS[name].value for name in names})


def training_data(record):
    """What the run was trained on; raises InputError."""
    if not record.get("has_class_head", True):
        raise InputError(
            "--export_discriminator: the discriminator of this run tells no classes; leave it out"
        )
    dataset = data.load(record["data"], FLAGS.data_dir, "train")
    names = tuple(record["class_names"])
    return dataset if names == dataset.class_names else class_subset(dataset, names)


def gan_parts(run, record, iteration, dataset):
    """(signatures, requests, metadata, lines to print) of a run of a GAN; needs TensorFlow."""
    from amnat.export.classifier_export import DiscriminatorExport
    from amnat.export.exports import make_export
    from amnat.export.generator_export import run_metadata
    from amnat.training.generator_record import restore_discriminator, restore_generator

    use_ema = {"auto": None, "on": True, "off": False}[FLAGS.ema]
    restored = restore_generator(run, record, iteration, use_ema)
    options, size = export_options(), record["batch_size"]
    export = make_export(
        restored.generator, restored.latent, size, record["class_names"], restored.seed, options
    )
    signatures, requests = export.signatures, export.requests
    if dataset is not None:
        discriminator = restore_discriminator(run, record, iteration)
        judge = DiscriminatorExport(discriminator, dataset, size, options)
        signatures, requests = signatures + judge.signatures, requests + judge.requests
    metadata = export.metadata | run_metadata(
        run.path, iteration, restored.uses_ema, record["data"]
    )
    return signatures, requests, metadata, describe(export, metadata)


def describe(export, metadata):
    """What was exported, as lines."""
    statistics = metadata["statistics"]
    text = statistics["kind"]
    if text == "standing":
        text += (
            f", {statistics['layers']} layers, over {statistics['batches']} batches of "
            f"{statistics['batch_size']}"
        )
    lines = [
        f"run        {metadata['run']}, iteration {metadata['iteration']}"
        + (", averaged generator" if metadata["averaged"] else ""),
        f"statistics {text}",
    ]
    if export.price is not None:
        lines.append(f"           change samples by {export.price:.1%} of their spread")
    return lines


def classifier_parts(run):
    """As `gan_parts`, of the folder of a classifier."""
    from amnat.export.classifier_export import ClassifierExport
    from amnat.metrics.keras_classifier import KerasClassifier

    export = ClassifierExport(KerasClassifier.load(run.classifier_file))
    metadata = export.metadata | {"run": run.path.absolute().name}
    return export.signatures, export.requests, metadata, [f"run        {metadata['run']}"]


def conversions():
    """What --tflite and --onnx ask for."""
    found = []
    if FLAGS.tflite:
        from amnat.export.tflite import convert_to_tflite

        found += [convert_to_tflite(half) for half in (False, True)]
    if FLAGS.onnx:
        from amnat.export.onnx_file import convert_to_onnx

        found.append(convert_to_onnx)
    return found


def main():
    check_flags()
    run, classifier_run = find_run()
    record = iteration = dataset = None
    if run is not None:
        record, iteration = read_record(run), chosen_iteration(run)
        if FLAGS.export_discriminator:
            dataset = training_data(record)
    version = FLAGS.version if FLAGS.version is not None else iteration or 1
    export_dir = FLAGS.export_dir or (run or classifier_run).path / "export"
    folder = check_version(export_dir, version)

    flag_defs.load_tensorflow()
    from amnat.export.package import write_export
    from amnat.export.self_check import ExportMismatch

    if run is not None:
        signatures, requests, metadata, lines = gan_parts(run, record, iteration, dataset)
    else:
        signatures, requests, metadata, lines = classifier_parts(classifier_run)
    print("\n".join([*lines, "check in a process without amnat:"]), flush=True)
    try:
        report = write_export(folder, signatures, requests, metadata, conversions())
    except ExportMismatch as error:
        print(f"{error}\nerror: the export differs from the run; it was deleted", file=sys.stderr)
        return 1
    print("\n".join(report))
    print(f"signatures {', '.join(each.name for each in signatures)}\nexport     {folder}")
    return 0


if __name__ == "__main__":
    flag_defs.run(main)
