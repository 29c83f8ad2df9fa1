"""tools/am_gan.py: the original's flags, its errors, and whole runs."""

import gzip
import pickle
import re
import signal
import struct
import subprocess
import sys
import time

from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import ROOT, call_script, flagfiles_of, loaded_script, run_script

TINY = (
    *("--sDataSet=digits", "--iMaxIter=6", "--iBatchSize=10", "--seed=4"),
    *("--iFilterDimsG=1", "--iFilterDimsD=1"),
    *("--log_every=3", "--sample_every=3", "--save_every=3", "--score_every=0"),
)
FLAGFILES = flagfiles_of("am_gan.py")

# name -> (type, default) of the original's code/AM-GAN.py and code/AM-GAN-log-netstate.py.
ORIGINAL_FLAGS = {
    "sDataSet": (str, "cifar10"),
    "sResultTag": (str, "test_v0"),
    "bLoadCheckpoint": (bool, False),
    "sResultDir": (str, str(ROOT / "result") + "/"),
    "bAMGAN": (bool, True),
    "iMaxIter": (int, 1000000),
    "iBatchSize": (int, 100),
    "iTrainG": (int, 1),
    "iTrainD": (int, 1),
    "fLrIni": (float, 0.0004),
    "fBeta1": (float, 0.5),
    "fBeta2": (float, 0.999),
    "fEpsilon": (float, 1e-8),
    "oDecay": (str, "linear"),
    "oOpt": (str, "adam"),
    "oAct": (str, "lrelu"),
    "iDimsC": (int, 3),
    "iDimsZ": (int, 100),
    "iFilterDimsG": (int, 96),
    "iFilterDimsD": (int, 64),
    "fDropRate": (float, 0.3),
    "fWeightGP": (float, 0.0),
    "bUseWN": (bool, True),
    "fInitLayerStddev": (float, 1.0),
    "fInitWeightStddev": (float, 0.01),
    "GPU": (int, -1),
}


@pytest.fixture(scope="module")
def script():
    """The script as a module, with its flags defined."""
    with loaded_script("am_gan.py") as module:
        yield module


def test_flags_of_the_original(script):
    for name, (kind, default) in ORIGINAL_FLAGS.items():
        value = flags.FLAGS[name].default
        assert value == default and type(value) is kind, name


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Tiny CIFAR-10 and MNIST in their published formats."""
    folder = tmp_path_factory.mktemp("data")
    cifar = folder / "cifar-10-batches-py"
    cifar.mkdir()
    for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
        batch = {"data": np.zeros((40, 3072), np.uint8), "labels": [i % 10 for i in range(40)]}
        (cifar / name).write_bytes(pickle.dumps(batch, protocol=2))
    meta = {"label_names": [f"class {i}" for i in range(10)]}
    (cifar / "batches.meta").write_bytes(pickle.dumps(meta, protocol=2))
    for split in ("train", "t10k"):
        images = np.random.default_rng(0).integers(0, 256, (200, 28, 28)).astype(np.uint8)
        with gzip.open(folder / f"{split}-images-idx3-ubyte.gz", "wb") as file:
            file.write(struct.pack(">4i", 2051, *images.shape) + images.tobytes())
        with gzip.open(folder / f"{split}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(struct.pack(">2i", 2049, 200) + bytes(i % 10 for i in range(200)))
    return folder


@pytest.mark.parametrize("flagfile", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_parse_and_build(script, flagfile, data_dir, monkeypatch):
    from amnat.data import toy

    monkeypatch.setitem(toy.POINTS_PER_COMPONENT, "train", 100)
    with flagsaver.flagsaver():
        flags.FLAGS(["am_gan.py", f"--flagfile={flagfile}", f"--data_dir={data_dir}"])
        script.check_flags()
        dataset = script.load_data("train")
        model = script.build_model(dataset)
        batch = flags.FLAGS.iBatchSize
        assert (type(model).__name__ == "AMGAN") == flagfile.stem.startswith("am_gan")
        assert f"{flags.FLAGS.sResultTag}_{flags.FLAGS.sDataSet}" == flagfile.stem
        logits = model.discriminator.linear.units
        assert logits == (dataset.num_classes + 1 if flags.FLAGS.bAMGAN else 1)
        latents = np.zeros([2, flags.FLAGS.iDimsZ], np.float32)
        assert model.generator(latents).shape[1:] == dataset.sample_shape
        assert dataset.num_samples >= batch


def test_the_documented_flagfiles_are_there():
    assert {path.stem for path in FLAGFILES} >= {
        "am_gan_digits",
        "am_gan_mnist",
        "am_gan_cifar10",
        "gan_cifar10",
        "am_gan_toy",
        "gan_toy",
    }


def _run_path(folder):
    return folder / "test_v0_digits"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--sDataSet=cifar11", "unknown data set 'cifar11'.*did you mean 'cifar10'"),
        ("--oOpt=rmsprop", "--oOpt=rmsprop: value should be one of <adam|sgd|mom|"),
        ("--oAct=gelu", "--oAct=gelu: value should be one of"),
        ("--oDecay=cosine", "--oDecay=cosine: value should be one of <linear|exp|none>"),
        ("--iBatchSize=0", "--iBatchSize=0: expected at least 1"),
        ("--iBatchSize=5000", "--iBatchSize=5000 is larger than digits .1437 samples"),
        ("--iBatchSize=15 --strategy=mirrored --devices=CPU:0,CPU:1", "multiple of the 2 devices"),
        ("--fLrIni=-0.1", "--fLrIni=-0.1: expected a number of more than 0"),
        ("--fLrIni=nan", "--fLrIni=nan: expected a number"),
        ("--fBeta2=1.0", "--fBeta2=1.0: expected a number of at least 0 and less than 1"),
        ("--fDropRate=1", "--fDropRate=1.0: expected"),
        ("--fWeightGP=inf", "--fWeightGP=inf: expected"),
        ("--oDecay=exp --iMaxIter=9", "--iMaxIter=9: expected at least 10 with --oDecay=exp"),
        ("--ema_decay=1", "--ema_decay=1.0: expected"),
        ("--class_sheets --nobAMGAN", "--class_sheets=True: expected --bAMGAN and images with it"),
        ("--iMaxIter=many", "--iMaxIter=many"),
        ("--sResultTag=a/b", "--sResultTag=a/b: expected a plain name"),
        ("--bLoadCheckpoint", "no checkpoint in .*leave the flag out"),
        ("--iMaxIters=5", "Unknown command line flag 'iMaxIters'. Did you mean: iMaxIter"),
        ("stray", "unexpected argument 'stray'"),
        ("--flagfile=nowhere.flags", "nowhere.flags"),
        ("--flagfile={bad_flagfile}", "Unknown command line flag 'iFoo'"),
        ("--sDataSet=cifar10 --data_dir={bad_cifar}", "cifar-10-python.tar.gz"),
        ("--sDataSet=mnist --data_dir={bad_mnist}", "labels-idx1-ubyte"),
        ("--sResultDir={file}", "a file, expected a folder"),
    ],
)
def test_bad_input_is_one_line_and_status_2(script, tmp_path, data_dir, arguments, message):
    places = {"bad_flagfile": tmp_path / "bad.flags", "file": tmp_path / "file"}
    places["bad_flagfile"].write_text("--iFoo=3\n")
    places["file"].touch()
    places["bad_cifar"] = tmp_path / "cifar"
    places["bad_cifar"].mkdir()
    (places["bad_cifar"] / "cifar-10-python.tar.gz").write_bytes(b"\x1f\x8b truncated")
    places["bad_mnist"] = tmp_path / "mnist"
    places["bad_mnist"].mkdir()
    for path in data_dir.glob("*ubyte.gz"):
        content = gzip.decompress(path.read_bytes())
        cut = content[:-3] if "labels" in path.name else content
        (places["bad_mnist"] / path.name).write_bytes(gzip.compress(cut))
    before = sorted(tmp_path.rglob("*"))
    results = tmp_path / "results"
    finished = call_script(
        script, *TINY, f"--sResultDir={results}", *arguments.format(**places).split()
    )
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("am_gan.py: error: ")
    assert re.search(message.replace("|", r"\|"), line), line
    assert not results.exists() and sorted(tmp_path.rglob("*")) == before


def test_help_reads_without_error():
    finished = run_script("am_gan.py", "--helpshort")
    assert finished.returncode == 0
    assert "iFilterDimsG" in finished.stdout and "steps_per_execution" in finished.stdout


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    process = run_script("am_gan.py", *TINY, f"--sResultDir={folder}")
    assert process.returncode == 0, process.stderr
    return folder, process


def test_a_run(finished_run):
    folder, process = finished_run
    assert "finished after 7 iterations" in process.stdout
    assert "generator      " in process.stdout and "curves " in process.stdout
    lines = [line for line in process.stderr.replace("\r", "\n").splitlines() if line.strip()]
    assert all(line.startswith("training:") for line in lines), process.stderr
    run = RunDirectory(_run_path(folder))
    assert run.read_rows(run.metrics_file)["iteration"] == [3, 6, 7]
    assert checkpoint_iterations(run.checkpoints) == [3, 6, 7]
    assert "command line" in run.log_file.read_text()


def test_a_finished_run_is_not_overwritten(finished_run):
    folder, _ = finished_run
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    again = run_script("am_gan.py", *TINY, f"--sResultDir={folder}")
    assert again.returncode == 2 and "add --bLoadCheckpoint" in again.stderr
    other = run_script(
        "am_gan.py", *TINY, f"--sResultDir={folder}", "--bLoadCheckpoint", "--seed=5"
    )
    assert other.returncode == 2
    assert "--seed=5: the run in" in other.stderr and "has 4" in other.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.slow
def test_flags_txt_replays_the_run(finished_run, tmp_path):
    """Also after a stop: the replay is interrupted and resumed, and still is the same run."""
    folder, _ = finished_run
    flag_lines = f"--flagfile={_run_path(folder) / 'flags.txt'}"
    command = [flag_lines, f"--sResultDir={tmp_path}"]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tools" / "am_gan.py"), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    replay = RunDirectory(_run_path(tmp_path))
    deadline = time.monotonic() + 600
    while not checkpoint_iterations(replay.checkpoints) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert checkpoint_iterations(replay.checkpoints)
    resumed = run_script("am_gan.py", *command, "--bLoadCheckpoint")
    assert resumed.returncode == 0, resumed.stderr
    first = RunDirectory(_run_path(folder))
    assert replay.metrics_file.read_text() == first.metrics_file.read_text()
    name = "ckpt-7.data-00000-of-00001"
    assert (replay.checkpoints / name).read_bytes() == (first.checkpoints / name).read_bytes()
    sheet = "train_00_0006.png"
    assert (replay.samples / sheet).read_bytes() == (first.samples / sheet).read_bytes()


def test_dry_run_writes_nothing(script, tmp_path):
    finished = call_script(script, *TINY, f"--sResultDir={tmp_path / 'new'}", "--dry_run")
    assert finished.returncode == 0, finished.stderr
    assert f"run directory  {_run_path(tmp_path / 'new')}" in finished.stdout
    assert "parameters" in finished.stdout and "--iFilterDimsG=1" in finished.stdout
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_toy_finds_all_ten_modes(tmp_path):
    """At a third of the flagfile's length; docs/results_am_gan.md has the whole run's figures."""
    finished = run_script(
        "am_gan.py",
        f"--flagfile={ROOT / 'flags' / 'am_gan_toy.flags'}",
        f"--sResultDir={tmp_path}",
        *("--iMaxIter=3000", "--log_every=500", "--sample_every=3000"),
        *("--score_every=3000", "--save_every=3000"),
    )
    assert finished.returncode == 0, finished.stderr
    run = RunDirectory(tmp_path / "am_gan_toy")
    scores = run.read_rows(run.scores_file)
    assert scores["modes_found"] == [10]
    # The mixture itself has 0.989.
    assert scores["share_within_3_stddev"][0] > 0.5
    # No mode is missed by much: a mode with no sample at all costs 0.1 nats.
    assert scores["mode_kl"][0] < 0.1


def test_real_data_loads(script, real_data_dir):
    for name, shape in (("cifar10", (10000, 32, 32, 3)), ("mnist", (8000, 32, 32, 1))):
        with flagsaver.flagsaver():
            flags.FLAGS(["am_gan.py", f"--sDataSet={name}", f"--data_dir={real_data_dir}"])
            script.check_flags()
            assert script.load_data("train").samples.shape == shape
