"""Exports the generator of a run as a SavedModel that can be served without amnat.

    python tools/export.py --run_dir=result/am_gan_cifar10
    python tools/export.py --run_dir=RUN --export_dir=served/am_gan --tflite --export_discriminator
    python tools/export.py --run_dir=MSGAN_RUN --export_encoder
    python tools/export.py --run_dir=result/nat_classifier_mnist_small

Standing statistics replace batch statistics, so an image only depends on its latent. Before the
export is published, it is reloaded in a process without amnat and compared with the run. Folders of
tools/nat_classifier.py and tools/train_classifier.py are exported as classifiers. See
docs/export.md.
"""

import pathlib
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat.classifiers.run_directory import ClassifierRun
from amnat.command_text import command
from amnat.errors import InputError
from amnat.export.versions import owned_version
from amnat.training import flags as shared
from amnat.training import main as entry
from amnat.training.generator_record import (
    FILE_NAME,
    import_plugins,
    load_recorded_data,
    read_record,
)
from amnat.training.run_directory import RunDirectory
from amnat.training.run_lookup import remembered_data_dir
from amnat.training.run_state import CheckpointGone, choose_iteration

from absl import flags

FLAGS = flags.FLAGS
# Larger versions are useless, because TensorFlow Serving reads them as 64-bit integers.
MAX_VERSION = 2**63 - 1

flags.DEFINE_string("run_dir", None, "Folder of the run of a GAN or a classifier.")
flags.DEFINE_string(
    "export_dir",
    None,
    "Folder for the SavedModel, which is written as a numbered version. Default: export/ in the "
    "run's folder.",
)
flags.DEFINE_integer(
    "version",
    None,
    "Number of the version. Default: the checkpoint's iteration; 1 for a classifier.",
    lower_bound=0,
    upper_bound=MAX_VERSION,
)
flags.DEFINE_string("checkpoint", "latest", "Checkpoint to export: latest, or an iteration.")
flags.DEFINE_enum(
    "ema",
    "auto",
    ["auto", "on", "off"],
    "Export the averaged generator; auto exports it if there is one.",
)
flags.DEFINE_boolean(
    "batch_statistics",
    False,
    "Keep normalising with the statistics of each request's batch, as in training. An image then "
    "depends on the others of its request, and a single image is degenerate.",
)
flags.DEFINE_integer(
    "standing_batches",
    200,
    "Number of batches over which standing statistics are averaged.",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "layer_by_layer", False, "Measure each layer with standing statistics in the layers before it."
)
flags.DEFINE_boolean(
    "total_variance", False, "Include the variance of the batches' means in standing variances."
)
flags.DEFINE_integer(
    "max_samples",
    1024,
    "Maximum number of samples of one request to generate or generate_class, and of images of one "
    "request to translate.",
    lower_bound=1,
    upper_bound=1_000_000,
)
flags.DEFINE_boolean(
    "export_discriminator",
    False,
    "Add the signature classify, the discriminator's class head. Its standing statistics are "
    "measured on the training data, which must be available.",
)
flags.DEFINE_boolean(
    "export_encoder",
    False,
    "Add the signatures encode and reconstruct, for runs of Dist-GAN and MS-GAN. Standing "
    "statistics are measured on the training data, which must be available.",
)
flags.DEFINE_boolean("tflite", False, "Add TensorFlow Lite files in float32 and float16.")
flags.DEFINE_boolean("onnx", False, "Add an ONNX file, which needs tf2onnx and onnxruntime.")
flags.DEFINE_list(
    "plugins",
    [],
    "Modules outside amnat to import first, with the classes of your own methods that runs and "
    "exports name.",
)
SHARED = ("data_dir",)
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
GENERATOR_FLAGS = (
    *("checkpoint", "ema", "batch_statistics", "standing_batches", "layer_by_layer"),
    *("total_variance", "max_samples", "export_discriminator", "export_encoder"),
)


def check_flags():
    """Checks the flags that need no file; raises InputError."""
    shared.refuse_shared_but(SHARED)
    shared.require(FLAGS.run_dir, "run_dir", "the folder of a run")
    for name in ("layer_by_layer", "total_variance", "standing_batches"):
        if FLAGS.batch_statistics and FLAGS[name].present:
            raise InputError(f"--{name}: has no meaning with --batch_statistics")
    if FLAGS.onnx:
        from amnat.export.onnx_file import check_installed

        check_installed()


def find_run():
    """(`RunDirectory` or None, `ClassifierRun` or None) for --run_dir; raises InputError."""
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


def export_options():
    from amnat.export.generator_export import ExportOptions

    names = ExportOptions.__dataclass_fields__
    return ExportOptions(**{name: FLAGS[name].value for name in names})


def training_data(run, record):
    """The training data of a run, None if no part of the export needs it; raises InputError."""
    if FLAGS.export_discriminator and not record.get("has_class_head", True):
        raise InputError(
            "--export_discriminator: the discriminator of this run has no class head; leave it out"
        )
    if FLAGS.export_encoder and "encoder" not in record:
        raise InputError(
            "--export_encoder: this run has no encoder, which Dist-GAN and MS-GAN have; leave it "
            "out"
        )
    if FLAGS.export_discriminator or FLAGS.export_encoder:
        return load_recorded_data(record, FLAGS.data_dir or remembered_data_dir(run))
    return None


def gan_parts(run, record, iteration, dataset):
    """(signatures, requests, metadata, lines to print) for the run of a GAN; needs TensorFlow."""
    from amnat.export.classifier_export import DiscriminatorExport
    from amnat.export.encoder_export import EncoderExport
    from amnat.export.exports import make_export
    from amnat.export.generator_export import run_metadata
    from amnat.training.generator_record import (
        restore_discriminator,
        restore_encoder,
        restore_generator,
    )

    use_ema = {"auto": None, "on": True, "off": False}[FLAGS.ema]
    # All are read at once: a run that trains removes its checkpoints after a while.
    place = run, record, iteration
    restored = restore_generator(*place, use_ema)
    discriminator = restore_discriminator(*place) if FLAGS.export_discriminator else None
    encoder = restore_encoder(*place) if FLAGS.export_encoder else None
    options, size = export_options(), record["batch_size"]
    export = make_export(
        restored.generator, restored.latent, size, record["class_names"], restored.seed, options
    )
    others = []
    if discriminator is not None:
        others.append(DiscriminatorExport(discriminator, dataset, size, options))
    if encoder is not None:
        networks = encoder, restored.generator
        others.append(EncoderExport(*networks, record["latent_size"], dataset, size, options))
    signatures = [each for part in (export, *others) for each in part.signatures]
    requests = [each for part in (export, *others) for each in part.requests]
    metadata = export.metadata | run_metadata(
        run.path, iteration, restored.uses_ema, record["data"]
    )
    lines = describe(export, metadata)
    if encoder is not None and others[-1].price is not None:
        lines.append(f"           change reconstructions by {others[-1].price:.1%} of their spread")
    elif encoder is None and "encoder" in record:
        lines.append("encoder    not exported; --export_encoder adds it")
    return signatures, requests, metadata, lines


def describe(export, metadata):
    """The lines that describe the export."""
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
    """Like `gan_parts`, for the folder of a classifier."""
    from amnat.export.classifier_export import ClassifierExport
    from amnat.metrics.keras_classifier import KerasClassifier

    export = ClassifierExport(KerasClassifier.load(run.classifier_file))
    metadata = export.metadata | {"run": run.path.absolute().name}
    return export.signatures, export.requests, metadata, [f"run        {metadata['run']}"]


def conversions():
    """The conversions that --tflite and --onnx ask for."""
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
    if run is None:
        with owned_version(export_dir(classifier_run), FLAGS.version or 1) as folder:
            load()
            return write(folder, classifier_parts(classifier_run))
    while True:
        try:
            return export_gan(run)
        except CheckpointGone:
            # The run trains, and has written newer ones.
            if FLAGS.checkpoint != "latest":
                raise


def export_dir(run):
    return FLAGS.export_dir or run.path / "export"


def load():
    entry.load_tensorflow()
    import_plugins(FLAGS.plugins)


def export_gan(run):
    """Exports a checkpoint of a GAN's run; returns the exit status."""
    record, iteration = read_record(run), choose_iteration(run, FLAGS.checkpoint, "run_dir")
    dataset = training_data(run, record)
    version = iteration if FLAGS.version is None else FLAGS.version
    with owned_version(export_dir(run), version) as folder:
        load()
        return write(folder, gan_parts(run, record, iteration, dataset))


def write(folder, parts):
    """Writes the export; returns the exit status."""
    from amnat.export.package import write_export
    from amnat.export.self_check import ExportMismatch

    signatures, requests, metadata, lines = parts
    print("\n".join([*lines, "check in a process without amnat:"]), flush=True)
    try:
        report = write_export(folder, signatures, requests, metadata, conversions())
    except ExportMismatch as error:
        print(f"{error}\nerror: the export differs from the run; it was deleted", file=sys.stderr)
        return 1
    print("\n".join(report))
    print(f"signatures {', '.join(each.name for each in signatures)}\nexport     {folder}")
    print(f"try it     {command(folder.parent, script='serve.py')}")
    return 0


if __name__ == "__main__":
    entry.run_tool(main)
