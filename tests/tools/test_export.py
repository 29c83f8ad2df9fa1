"""tools/export.py: what it writes and prints, what it refuses, exports while training."""

import json
import shutil

from amnat import data
from amnat.data import download
from amnat.errors import InputError, OutputError
from amnat.export import package
from amnat.export.versions import owned_version
from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator
from amnat.methods.am_gan.model import AMGAN
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.models import GAN, NormalLatent
from amnat.training import checkpoints, generator_record
from amnat.training.generator_sources import run_source, saved_model_source
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from absl import flags
from absl.testing import flagsaver
from export_cases import check_here, randomised
from script_runs import loaded_script, run_script, write_mnist

FEW = "--standing_batches=2"
BATCH = 8


def make_run(path, method=AMGAN, num_logits=11, ema=True):
    """A run directory on digits with checkpoints 2 and 5, of random weights."""
    run = RunDirectory(path)
    run.create(["--seed=1"])

    def generator(seed):
        return randomised(DCGANGenerator(1, 1).build_variables((4,)), seed)

    discriminator = DCGANDiscriminator(num_logits, 2).build_variables((32, 32, 1))
    model = method(
        generator(0),
        randomised(discriminator),
        NormalLatent(4),
        seed=1,
        ema_generator=generator(1) if ema else None,
        ema_decay=0.5,
    )
    generator_record.write_record(run, model, data.load("digits"), BATCH)
    for iteration in (2, 5):
        checkpoints.save(model, run.checkpoints, iteration, max_to_keep=2)
    return model


@pytest.fixture(scope="module")
def script():
    with loaded_script("export.py") as module:
        yield module


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "am_gan_digits"
    return path, make_run(path)


@pytest.fixture
def export(script):
    """Runs the script in this process; its exit status."""

    def run(*arguments):
        with flagsaver.flagsaver():
            flags.FLAGS(["export.py", *map(str, arguments)])
            return script.main()

    return run


@pytest.fixture
def here(monkeypatch):
    """The check runs in this process, which is faster."""
    monkeypatch.setattr(package, "check_saved_model", check_here)


def test_a_run_with_its_discriminator(export, run_dir, tmp_path, capsys):
    """With the check in a process of its own."""
    path, model = run_dir
    arguments = (f"--run_dir={path}", f"--export_dir={tmp_path}", FEW, "--export_discriminator")
    assert export(*arguments, "--max_samples=50") == 0
    shown = capsys.readouterr().out
    assert "am_gan_digits, iteration 5, averaged generator" in shown
    assert "standing, 4 layers, over 2 batches of 8" in shown
    assert shown.count(" ok\n") == 13 and "1,000 latents together" in shown
    assert "refused: expected 1 to 50" in shown and "100 images" in shown
    assert shown.splitlines()[-1].endswith(f"tools/serve.py {tmp_path}")
    assert [item.name for item in tmp_path.iterdir()] == ["5"]
    metadata = json.loads((tmp_path / "5" / "assets.extra" / "amnat_export.json").read_text())
    assert (metadata["iteration"], metadata["averaged"], metadata["data"]) == (5, True, "digits")
    assert metadata["class_names"] == list("0123456789")
    assert metadata["statistics"]["batches"] == 2 and metadata["statistics"]["batch_size"] == 8
    assert list(metadata["signatures"]) == ["serving_default", "generate", "classify"]

    loaded = tf.saved_model.load(str(tmp_path / "5"))
    images = tf.constant(data.load("digits", split="test").images[:20])
    found = loaded.signatures["classify"](images=images)["probabilities"].numpy()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert found.shape == (20, 10) and found.std(axis=0).min() > 1e-4
    with pytest.raises(InputError, match=r"5 exists already and is left as it is"):
        export(*arguments)


def test_evaluate_draws_what_the_run_draws(export, here, run_dir, tmp_path):
    path, model = run_dir
    assert export(f"--run_dir={path}", f"--export_dir={tmp_path}", "--batch_statistics") == 0
    source = saved_model_source(str(tmp_path / "5"), seed=3)
    assert source.batch_size == BATCH
    assert source.settings["statistics"] == {"kind": "of each batch", "batch_size": BATCH}
    found = np.concatenate(list(source.batches(20)))
    expected = np.concatenate(list(run_source(path, 5, seed=3).batches(20)))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_mismatch_leaves_nothing(export, run_dir, tmp_path, monkeypatch, capsys):
    from amnat.export import generator_export

    def spoiled(network, input_shape):
        copy = serving_copy(network, input_shape)
        copy.bn8.offset.assign_add(tf.fill(copy.bn8.offset.shape, 1e-3))
        return copy

    serving_copy = generator_export.serving_copy
    monkeypatch.setattr(generator_export, "serving_copy", spoiled)
    assert export(f"--run_dir={run_dir[0]}", f"--export_dir={tmp_path / 'e'}", FEW) == 1
    shown = capsys.readouterr()
    assert "MISMATCH" in shown.err and "it was deleted" in shown.err
    assert not list((tmp_path / "e").iterdir())


def test_a_run_that_trains(export, here, run_dir, tmp_path, monkeypatch, capsys):
    """Its checkpoint is removed while it is read, and the next one is exported."""
    run = RunDirectory(shutil.copytree(run_dir[0], tmp_path / "run"))
    restore = generator_record.restore_generator

    def removed_first(run, record, iteration, use_ema):
        monkeypatch.setattr(generator_record, "restore_generator", restore)
        checkpoints.save(run_dir[1], run.checkpoints, iteration + 2, max_to_keep=1)
        return restore(run, record, iteration, use_ema)

    monkeypatch.setattr(generator_record, "restore_generator", removed_first)
    assert export(f"--run_dir={run.path}", "--batch_statistics") == 0
    assert [path.name for path in (run.path / "export").iterdir()] == ["7"]
    output, errors = capsys.readouterr()
    assert "iteration 7" in output
    assert "has not finished; its newest checkpoint is that of iteration 5" in errors
    monkeypatch.setattr(generator_record, "restore_generator", removed_first)
    with pytest.raises(InputError, match="ckpt-7: was removed while it was read"):
        export(f"--run_dir={run.path}", "--batch_statistics", "--checkpoint=7", "--version=1")


def test_a_version_that_another_process_writes(export, run_dir, tmp_path):
    with owned_version(tmp_path, 5):
        with pytest.raises(InputError, match="--export_dir: .* is in use by this process"):
            export(f"--run_dir={run_dir[0]}", f"--export_dir={tmp_path}")
        with owned_version(tmp_path, 6):
            pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["raises", "taken"])
def test_interrupted_writing_leaves_nothing(export, here, run_dir, tmp_path, monkeypatch, kind):
    def write(folder, *_):
        if kind == "raises":
            raise OSError(28, "No space left on device")
        (tmp_path / "2" / "theirs").mkdir(parents=True)
        return []

    monkeypatch.setattr(package, "_write" if kind == "raises" else "check_saved_model", write)
    arguments = (f"--run_dir={run_dir[0]}", f"--export_dir={tmp_path}", FEW, "--checkpoint=2")
    expected = OutputError if kind == "raises" else InputError
    with pytest.raises(expected, match="2:? cannot be written"):
        export(*arguments)
    left = sorted(item.name for item in tmp_path.rglob("*"))
    assert left == ([] if kind == "raises" else ["2", "theirs"])


def test_the_run_of_a_classifier(export, here, tmp_path):
    images = keras.Input((8, 8, 1))
    features = keras.layers.BatchNormalization()(keras.layers.Flatten()(images))
    logits = keras.layers.Dense(3, kernel_initializer="glorot_normal")(features)
    model = keras.Model(images, {"logits": logits, "features": features})
    randomised(model)
    run = tmp_path / "run"
    KerasClassifier(model, ["a", "b", "c"]).save(str(run / "classifier.keras"))
    assert export(f"--run_dir={run}", "--tflite") == 0
    folder = run / "export" / "1"
    loaded = tf.saved_model.load(str(folder))
    inputs = np.random.default_rng(1).uniform(-1, 1, (5, 8, 8, 1)).astype(np.float32)
    expected = tf.nn.softmax(model(inputs, training=False)["logits"])
    for name in ("serving_default", "classify"):
        found = loaded.signatures[name](images=tf.constant(inputs))["probabilities"]
        np.testing.assert_allclose(found, expected, atol=1e-6)
    sizes = [(folder / name).stat().st_size for name in ("model.tflite", "model_float16.tflite")]
    assert min(sizes) > 500
    with pytest.raises(InputError, match="--ema: .* is the run of a classifier"):
        export(f"--run_dir={run}", "--ema=on")


ERRORS = [
    ([], "--run_dir=None: expected the folder of a run"),
    (["--run_dir=nowhere"], "--run_dir=nowhere: no such folder"),
    (["--run_dir=EMPTY"], "holds neither generator.json .* nor classifier.keras"),
    (["--run_dir=RUN", "--checkpoint=3"], "--checkpoint=3: .* has 2, 5; expected one of them"),
    (["--run_dir=BARE"], "--run_dir: no checkpoint in"),
    (["--run_dir=RUN", "--ema=on", "--checkpoint=5"], None),
    (["--run_dir=RUN", "--batch_statistics", FEW], "--standing_batches: has no meaning"),
    (["--run_dir=RUN", "--export_dir=FILE"], "is not a writable folder"),
    (["--run_dir=RUN", "--seed=1"], "--seed: this script has no such flag"),
    (["--run_dir=GAN", "--export_discriminator"], "this run has no class head"),
    (["--run_dir=RUN", "--onnx"], "--onnx: needs nothing_like_it; pip install"),
]


@pytest.mark.parametrize(("arguments", "message"), ERRORS, ids=lambda value: str(value)[:40])
def test_errors_before_tensorflow(export, run_dir, tmp_path, monkeypatch, arguments, message):
    from amnat.export import onnx_file
    from amnat.training import main as entry

    class Loaded(Exception):
        pass

    def load():
        raise Loaded

    monkeypatch.setattr(entry, "load_tensorflow", load)
    monkeypatch.setattr(onnx_file, "PACKAGES", ("nothing_like_it",))
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "FILE").touch()
    RunDirectory(tmp_path / "BARE").create([])
    record = json.loads((run_dir[0] / "generator.json").read_text())
    (tmp_path / "BARE" / "generator.json").write_text(json.dumps(record))
    if "--run_dir=GAN" in arguments:
        make_run(tmp_path / "GAN", GAN, 1, ema=False)
    places = {"RUN": run_dir[0]} | {n: tmp_path / n for n in ("EMPTY", "FILE", "BARE", "GAN")}
    for name, path in places.items():
        arguments = [text.replace(f"={name}", f"={path}") for text in arguments]
    with pytest.raises(InputError if message else Loaded, match=message):
        export(*arguments)


def test_records_without_a_discriminator_still_serve(export, here, tmp_path):
    """Runs of the first version."""
    make_run(tmp_path / "run", ema=False)
    path = tmp_path / "run" / "generator.json"
    record = json.loads(path.read_text())
    del record["discriminator"], record["has_class_head"]
    path.write_text(json.dumps(record))
    arguments = (f"--run_dir={tmp_path / 'run'}", FEW)
    with pytest.raises(InputError, match="an early amnat version wrote it; resume the run"):
        export(*arguments, "--export_discriminator")
    assert export(*arguments, "--version=7") == 0
    assert (tmp_path / "run" / "export" / "7" / "saved_model.pb").is_file()


def test_exports_while_training(here, tmp_path, capsys):
    from amnat.training.export_callback import ExportGenerator

    model = make_run(tmp_path / "run")
    run = RunDirectory(tmp_path / "run")
    callback = ExportGenerator(10, 0, run, data.load("digits"), BATCH)
    callback.set_model(model)
    # Under the scope of a strategy, as in `fit`.
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        callback.act(10)
        callback.act(10)
    metadata = json.loads((run.path / "export/10/assets.extra/amnat_export.json").read_text())
    assert (metadata["iteration"], metadata["averaged"]) == (10, True)
    assert metadata["statistics"]["batches"] == 200
    assert "10 exists already and is left as it is" in capsys.readouterr().err
    log = run.log_file.read_text()
    assert log.count("EXPORT  ITER: 10") == 1 and log.count("WARNING") == 1


@pytest.mark.slow
def test_the_flag_of_training_scripts(tmp_path):
    finished = run_script(
        "am_gan.py",
        *("--sDataSet=digits", "--iMaxIter=3", "--iBatchSize=10", "--iFilterDimsG=1"),
        *("--iFilterDimsD=1", "--score_every=0", "--export_every=2", f"--sResultDir={tmp_path}"),
    )
    assert finished.returncode == 0, finished.stderr
    folder = tmp_path / "test_v0_digits" / "export"
    assert sorted(item.name for item in folder.iterdir()) == ["2", "4"]


@pytest.mark.slow
def test_exit_status_and_one_line(tmp_path):
    finished = run_script("export.py", f"--run_dir={tmp_path}", cwd=tmp_path)
    assert finished.returncode == 2 and finished.stderr.count("\n") == 1
    assert finished.stderr.startswith("export.py: error: --run_dir=")


@pytest.mark.slow
def test_onnx(export, here, run_dir, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    assert export(f"--run_dir={run_dir[0]}", f"--export_dir={tmp_path}", FEW, "--onnx") == 0
    assert (tmp_path / "5" / "model.onnx").stat().st_size > 1000


@pytest.mark.parametrize("name", ["data_source", "data_path", "data_dir"])
def test_training_data_come_from_the_folder_of_the_run(script, tmp_path, name):
    files = tmp_path / "files"
    files.mkdir()
    write_mnist(files)
    run = RunDirectory(tmp_path / "run")
    run.create([f"--{name}={files}"])
    record = {"data": "mnist_28", "sample_shape": [28, 28, 1], "encoder": {}}
    record["class_names"] = [str(digit) for digit in range(10)]
    with flagsaver.flagsaver():
        flags.FLAGS(["export.py", "--export_encoder"])
        assert script.training_data(run, record).num_samples == 40
        flags.FLAGS.data_dir = str(tmp_path / "other")
        with download.forbidden(), pytest.raises(download.DownloadForbidden):
            script.training_data(run, record)


def test_a_run_with_its_encoder(export, here, run_dir, tmp_path, capsys):
    """The export encodes and reconstructs, also for tools/sample.py."""
    from amnat.methods.dist_gan.model import DistGAN, DistGANObjective
    from amnat.methods.dist_gan.networks.families import Plan
    from amnat.sampling import opened as opening

    run = RunDirectory(tmp_path / "dist_gan")
    run.create(["--seed=1"])
    plan = Plan("dcgan", (32, 32, 1), 4, 1, 1, 1)
    networks = [randomised(each()) for each in (plan.generator, plan.discriminator, plan.encoder)]
    model = DistGAN(*networks, objective=DistGANObjective("log", 0))
    digits = data.load("digits")
    generator_record.write_record(run, model, digits, BATCH)
    checkpoints.save(model, run.checkpoints, 3, max_to_keep=1)
    folder = tmp_path / "export"
    arguments = (f"--run_dir={run.path}", f"--export_dir={folder}", FEW)
    assert export(*arguments, "--version=1") == 0
    assert "encoder    not exported; --export_encoder adds it" in capsys.readouterr().out
    assert not opening.open_path(str(folder), "latest").has_encoder
    assert export(*arguments, "--version=2", "--export_encoder") == 0
    shown = capsys.readouterr().out
    assert "signatures serving_default, generate, encode, reconstruct" in shown
    assert "change reconstructions by " in shown

    found = opening.open_path(str(folder), "latest")
    assert found.has_encoder and opening.image_shape(found) == (32, 32, 1)
    source = opening.open_generator(found, 0, 0, None)
    latents, made = opening.open_encoder(found, source)(digits.images[:5])
    assert latents.shape == (5, 4) and made.shape == (5, 32, 32, 1)
    signatures = source.model.signatures
    expected = signatures["reconstruct"](images=tf.constant(digits.images[:5]))["images"]
    np.testing.assert_allclose(made, expected, atol=1e-5)
    with pytest.raises(InputError, match="--export_encoder: this run has no encoder"):
        export(f"--run_dir={run_dir[0]}", f"--export_dir={tmp_path / 'none'}", "--export_encoder")
