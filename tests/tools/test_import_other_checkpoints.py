"""Checkpoints of AM-GANs-for-reproduce and msgan become runs; they are written under their names,
or by AM-GANs-for-reproduce itself."""

import os
import pathlib
import re

from amnat.compat import am_gan_reproduce_names, checkpoint_names, comparison, ms_gan_names
from amnat.compat.import_reproduce_script import ImportReproduceScript
from amnat.compat.originals import Configuration, am_gan_reproduce
from amnat.compat.processes import run_side
from amnat.errors import InputError
from amnat.methods.dist_gan.networks.families import Plan
from amnat.training.generator_record import read_record, restore_generator
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from reproduce_log import DEFAULTS, log_text
from script_runs import call_script, loaded_script, run_script

tf1 = tf.compat.v1
STEP, D_STEPS = 12, 24
# Shapes of the original's variables at widths 2, latents of 3 entries, ten classes, one channel.
LAYERS = {
    "generator/linear_wn_0": ([13, 128], 128),
    "generator/deconv_maybe_downsize_0/deconv2d_wn_0": ([3, 3, 4, 8], 4),
    "generator/deconv_maybe_downsize_1/deconv2d_wn_1": ([3, 3, 2, 4], 2),
    "generator/deconv_maybe_downsize_2/deconv2d_wn_2": ([3, 3, 1, 2], 1),
    "generator/deconv_maybe_downsize_3/deconv2d_wn_3": ([3, 3, 1, 1], 1),
    "discriminator/conv_maybe_downsize_0/conv2d_wn_0": ([3, 3, 1, 1], 1),
    "discriminator/conv_maybe_downsize_1/conv2d_wn_1": ([3, 3, 1, 2], 2),
    "discriminator/conv_maybe_downsize_2/conv2d_wn_2": ([3, 3, 2, 4], 4),
    "discriminator/conv_maybe_downsize_3/conv2d_wn_3": ([3, 3, 4, 8], 8),
    "discriminator/linear_wn_0": ([8, 12], 12),
}
NORMS = {"generator": (8, 4, 2, 1), "discriminator": (1, 2, 4, 8)}
LOG = """python main.py --LAB False

{'AC': True,
 'LAB': False,
 'bPredefined': True,
 'fLrIniG': 0.0003,
 'iBatchSize': 10,
 'iDimsZ': 3,
 'iTrainD': 2,
 'sDataSet': 'mnist',
 'sResultDir': '../result/',
 'sResultTag': 'theirs'}
"""


def reproduce_arrays(latents=13, channels=1, g_slots="RMSProp"):
    """{the original's name: array} of a run with Adam for D and, by default, rmsprop for G.

    Args:
      latents: entries of the generator's input.
      channels: of the discriminator's.
      g_slots: the name of the slots of G's optimizer.
    """
    shapes = {}
    for layer, (kernel, units) in LAYERS.items():
        shapes |= {f"{layer}/v": kernel, f"{layer}/g": [units], f"{layer}/b": [units]}
    shapes["generator/linear_wn_0/v"] = [latents, 128]
    shapes["discriminator/conv_maybe_downsize_0/conv2d_wn_0/v"] = [3, 3, channels, 1]
    for network, channels in NORMS.items():
        for i, count in enumerate(channels):
            shapes |= {f"{network}/bn_{i}/{name}": [count] for name in ("offset", "scale")}
    random, arrays = np.random.RandomState(5), {"am": np.zeros((10, 10), np.float32)}
    for name, shape in shapes.items():
        arrays[name] = random.uniform(0.5, 1.5, shape).astype(np.float32)
        player, slots = ("G", g_slots) if name.startswith("g") else ("D", "Adam")
        for suffix in (slots, f"{slots}_1"):
            value = random.uniform(0, 0.01, shape).astype(np.float32)
            arrays[f"optimizer/{player}/{name}/{suffix}"] = value
    arrays["optimizer/D/beta1_power"] = np.float32(0.5)
    arrays["optimizer/D/beta2_power"] = np.float32(0.9)
    steps = {"optimizer/G/g_global_step": STEP, "optimizer/D/d_global_step": D_STEPS}
    return arrays | {name: np.int32(step) for name, step in steps.items()}


def write(prefix, arrays, step=None):
    """Saves as the originals' Savers do."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tf1.Graph().as_default(), tf1.Session() as session:
        variables = [tf1.Variable(value, name=name) for name, value in arrays.items()]
        session.run(tf1.variables_initializer(variables))
        tf1.train.Saver(variables).save(session, str(prefix), step)


def write_quickly(prefix, arrays):
    """Writes the files that `write` does, without a graph, which takes seconds."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    whole = [""] * len(arrays)
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=list(arrays),
        shape_and_slices=whole,
        tensors=[tf.constant(value) for value in arrays.values()],
    )
    (prefix.parent / "checkpoint").write_text(f'model_checkpoint_path: "{prefix.name}"\n')


def reader_of(run, step):
    """(callable that reads a part of a run's checkpoint, the names in it)."""
    reader = tf.train.load_checkpoint(str(run / "checkpoint" / f"ckpt-{step}"))
    names = reader.get_variable_to_shape_map()

    def read(part):
        # Numbered layers are entries of lists: deconv0 is deconvs/0, bn0 is norms/0.
        key = f"model/{part}/"
        for kind, attribute in (("deconv", "deconvs"), ("conv", "convs"), ("bn", "norms")):
            key = re.sub(rf"/{kind}(\d+)/", rf"/{attribute}/\1/", key)
        (key,) = [name for name in names if name.startswith(f"{key}.ATTR")]
        return reader.get_tensor(key)

    return read


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """(the finished script, the run's folder, the original's arrays)."""
    folder, arrays = tmp_path_factory.mktemp("import"), reproduce_arrays()
    write(folder / "theirs_mnist" / "checkpoint" / "model", arrays, STEP)
    (folder / "theirs_mnist" / "log.txt").write_text(LOG)
    done = run_script(
        "import_checkpoint.py",
        f"--checkpoint={folder / 'theirs_mnist'}",
        f"--sResultDir={folder}",
        "--sDataSet=digits",
    )
    return done, folder / "theirs_digits", arrays


def test_flags_come_from_the_variables_and_the_log(reproduced):
    done, run, _ = reproduced
    assert done.returncode == 0, done.stderr
    found = set(run.joinpath("flags.txt").read_text().splitlines())
    expected = ["--iFilterDimG=2", "--iFilterDimD=2", "--iDimsZ=3", "--bPredefined", "--noLAB"]
    expected += ["--oOptG=rmsprop", "--oOptD=adam", "--fLrIniG=0.0003", "--iTrainD=2"]
    assert set(expected) <= found, found
    assert "--fLrIniG=0.0003  (from log.txt)" in done.stdout
    assert "am_gan_reproduce.py --resume=" in done.stdout.replace("'", "")


def test_every_variable_of_the_reproduction_arrives(reproduced):
    _, run, arrays = reproduced
    read = reader_of(run, STEP)
    for name in arrays:
        ours = am_gan_reproduce_names.our_name(name)
        if ours is None:
            continue
        np.testing.assert_array_equal(read(ours), arrays[name], name)
        player, slots = ("G", {"rms": "RMSProp", "momentum": "RMSProp_1"})
        if name.startswith("discriminator"):
            player, slots = ("D", {"m": "Adam", "v": "Adam_1"})
        for slot, suffix in slots.items():
            key = f"{ours}/.OPTIMIZER_SLOT/model/{player.lower()}_optimizer/{slot}"
            expected = arrays[f"optimizer/{player}/{name}/{suffix}"]
            np.testing.assert_array_equal(read(key), expected, key)
    assert read("d_optimizer/iter") == D_STEPS and read("g_optimizer/iter") == STEP
    assert read("iteration") == read("generator_updates") == STEP


@pytest.mark.slow
def test_the_reproduction_goes_on(reproduced):
    _, run, _ = reproduced
    done = run_script("am_gan_reproduce.py", f"--resume={run}", "--iBatchRun=13", "--score_every=0")
    assert done.returncode == 0, done.stderr
    assert (run / "finished").exists() and "after 14 iterations" in done.stdout


@pytest.fixture(scope="module")
def importing():
    """tools/import_checkpoint.py for checkpoints of AM-GANs-for-reproduce, in this process."""
    with loaded_script("import_checkpoint.py", ImportReproduceScript) as script:
        yield script


SMALL = {"iFilterDimG": 2, "iFilterDimD": 2, "iDimsZ": 3, "iBatchSize": 10}
PREDEFINED = {"latents": 13}
UNLABELLED = {"bUseClassLabel": False, "iUnlableClass": 10}
FEW_LABELS = {"bUseUnlabel": True, "iNumLabelData": 20}
WGAN = {"WGAN": True, "LAB": False, "AC": False}
# What changes nothing in the original either, some of it out of amnat's bounds.
IDLE = {"fLrDecay": 1.0, "iLrStep": 5000, "fBeta1G": 0.9, "oOptG": "rmsprop", "GN": True}
IDLE |= {"iUnlableClass": 0, "bAugment": True, "DIST_AC_GEN_EVEN": True, "DIST_AC_GEN_ACGAN": True}
IDLE |= {"iIterCheckpoint": 1, "bLoadForEvaluation": True, "sEvaluateCheckpoint": "100"}
IDLE |= {"iSaveCount": 64}
NADAM = {"oOptG": "nadam", "oOptD": "nadam"}


LOGS = {
    "ordinary": ({"fLrIniG": 0.0002}, {}, {"fLrIniG": 0.0002}),
    "mnist": ({"sDataSet": "mnist", "bLoadCheckpoint": True}, {}, {}),
    "unlabelled": (UNLABELLED, {}, UNLABELLED),
    "few_labels": (FEW_LABELS, {}, FEW_LABELS),
    "predefined": ({"bPredefined": True}, PREDEFINED, {"bPredefined": True}),
    "wgan": (WGAN, {}, WGAN),
    "cgan": ({"CGAN": True}, PREDEFINED | {"channels": 11}, {"CGAN": True, "bPredefined": True}),
    "idle": (IDLE, {"g_slots": "RMSProp"}, {"fLrDecay": 1.0, "DIST_AC_GEN_ACGAN": True}),
    "nadam": (NADAM, {}, NADAM),
    # The original asks for oOptG where it chooses D's Nadam.
    "d_nadam": ({"oOptG": "nadam", "oOptD": "sgd"}, {}, NADAM),
}


def import_logged(script, folder, name, *flags):
    """Imports a checkpoint beside the log that the original writes; returns the finished call."""
    given, arrays, _ = LOGS[name]
    theirs = folder / "theirs"
    sizes = {"latents": 3, "g_slots": "Adam"} | arrays
    write_quickly(theirs / "checkpoint" / f"model-{STEP}", reproduce_arrays(**sizes))
    (theirs / "log.txt").write_text(log_text(**SMALL, **given))
    command = (f"--checkpoint={theirs}", f"--sResultDir={folder}", "--sDataSet=digits", *flags)
    return call_script(script, *command)


@pytest.mark.parametrize("name", LOGS)
def test_the_originals_own_log(importing, tmp_path, monkeypatch, name):
    monkeypatch.setattr(importing, "write", lambda prefix, arrays: 0)
    done = import_logged(importing, tmp_path, name)
    assert done.returncode == 0, done.stderr
    taken = dict(re.findall(r"^--(\w+)=(.*)  \(from", done.stdout, re.MULTILINE))
    idle = re.findall(r"^--(?:no)?(\w+).*: .*; its default is kept$", done.stdout, re.MULTILINE)
    found = {flag: value for flag, value in taken.items() if flag not in idle}
    for flag, value in LOGS[name][-1].items():
        assert found.pop(flag) == str(value)
    # The rest follows from the checkpoint.
    follows = {f"{kind}{player}" for kind in ("oOpt", "oBn", "iRes", "iKsize") for player in "GD"}
    assert set(found) <= {"bPredefined", *follows, *SMALL}
    assert set(idle) == (
        {"iLrStep", "fBeta1G", "GN", "DIST_AC_GEN_EVEN", "bAugment"} if name == "idle" else set()
    )
    assert "has no effect" not in done.stderr


@pytest.mark.parametrize(
    "name",
    [each if each == "nadam" else pytest.param(each, marks=pytest.mark.slow) for each in LOGS],
)
def test_the_whole_import(importing, tmp_path, name):
    done = import_logged(importing, tmp_path, name)
    assert done.returncode == 0, done.stderr
    run = tmp_path / "test_digits"
    again = call_script(
        importing,
        f"--checkpoint={tmp_path / 'theirs'}",
        f"--sResultDir={tmp_path}",
        "--sDataSet=digits",
    )
    assert again.returncode == 2 and "exists already: choose another --sResultTag" in again.stderr
    if name == "nadam":
        read, arrays = reader_of(run, STEP), reproduce_arrays(latents=3, g_slots="Adam")
        for slot, suffix in (("m", "Adam"), ("v", "Adam_1")):
            found = read(f"generator/linear/w/.OPTIMIZER_SLOT/model/g_optimizer/{slot}")
            expected = arrays[f"optimizer/G/generator/linear_wn_0/v/{suffix}"]
            np.testing.assert_array_equal(found, expected)
    else:
        resumed = run_script("am_gan_reproduce.py", f"--resume={run}", "--dry_run")
        assert resumed.returncode == 0, resumed.stderr


def test_the_names_of_the_originals_flags(importing):
    assert set(importing.flag_names) > set(DEFAULTS)


NORMED, PLAIN = ("weights", "BatchNorm/beta", "BatchNorm/gamma"), ("weights", "biases")
DENSE = "flatten_fully_connected"
# Layers of msgan's DCGAN for 32x32 images, as modules/net_dcgan.py makes them.
MSGAN = {
    "encoder": {"Conv": PLAIN, "Conv_1": NORMED, "Conv_2": NORMED, "Conv_3": NORMED},
    "generator": {
        "Conv2d_transpose": NORMED,
        "Conv2d_transpose_1": NORMED,
        "Conv2d_transpose_2": NORMED,
        "Conv2d_transpose_3": PLAIN,
    },
    "discriminator": {"Conv": PLAIN, "Conv_1": NORMED, "Conv_2": NORMED, "Conv_3": NORMED},
}
HEADS = {
    "encoder": {DENSE: PLAIN},
    "generator": {DENSE: NORMED},
    "discriminator": {DENSE: PLAIN, f"{DENSE}_1": PLAIN},
}
FOLDER = "cifar10_distgan_dcgan_log_sstask_2_ld_1.00_lg_0.10_batch_8_niters_50"


def msgan_arrays():
    """{the original's name: array}: one channel, widths 2, latents of 5 entries, MS task."""
    plan = Plan("dcgan", (32, 32, 1), 5, 2, 2, 2, num_classes=5, style="images")
    networks = (plan.encoder(), plan.generator(), plan.discriminator())
    shapes = {
        f"{network.name}/{name}": tuple(variable.shape)
        for network in networks
        for name, variable in network.named_variables().items()
    }
    random, arrays = np.random.RandomState(6), {}
    for network, layers in MSGAN.items():
        for layer, kinds in (layers | HEADS[network]).items():
            inner = f"{layer}/fully_connected" if layer.startswith(DENSE) else layer
            for kind in kinds:
                name = f"{network}/{network}/{inner}/{kind}"
                shape = shapes[ms_gan_names.our_name(name, "images")]
                arrays[name] = random.uniform(0.5, 1.5, shape).astype(np.float32)
                if kind.endswith("beta"):
                    arrays[name.replace("beta", "moving_mean")] = np.zeros(shape, np.float32)
    return arrays


@pytest.fixture(scope="module")
def from_msgan(tmp_path_factory):
    """(the finished script, the run's folder, the original's arrays)."""
    folder, arrays = tmp_path_factory.mktemp("import"), msgan_arrays()
    write(folder / FOLDER / "cifar10" / "model" / "7" / "epoch_7.ckpt", arrays)
    (folder / "images").mkdir()
    for i in range(8):
        Image.new("L", (32, 32), 30 * i).save(folder / "images" / f"{i}.png")
    done = run_script(
        "import_checkpoint.py",
        f"--checkpoint={folder / FOLDER}",
        f"--out_dir={folder / 'ours'}",
        f"--db_name=folder={folder / 'images'}",
        *("--image_size=32", "--image_channels=1"),
    )
    return done, folder / "ours" / FOLDER.replace("cifar10", "images"), arrays


def test_msgans_variables_arrive(from_msgan):
    done, run, arrays = from_msgan
    assert done.returncode == 0, done.stderr
    found = set(run.joinpath("flags.txt").read_text().splitlines())
    expected = ["--ef_dim=2", "--gf_dim=2", "--df_dim=2", "--noise_dim=5", "--ss_task=2"]
    expected += ["--nnet_type=dcgan", "--loss_type=log", "--batch_size=8", "--n_steps=50"]
    assert set(expected) <= found, found
    assert "saves no optimizers" in done.stdout
    reader = tf.train.load_checkpoint(str(run / "checkpoint" / "ckpt-7"))
    stored = [reader.get_tensor(name) for name in reader.get_variable_to_shape_map()]
    for name, value in arrays.items():
        if not ms_gan_names.UNREAD.fullmatch(name):
            assert any(np.array_equal(value, each) for each in stored), name
    assert reader_of(run, 7)("iteration") == 7
    directory = RunDirectory(run)
    generator = restore_generator(directory, read_record(directory), 7).generator
    for name, variable in generator.named_variables().items():
        theirs = ms_gan_names.their_names(arrays, "images")[f"generator/{name}"]
        np.testing.assert_array_equal(variable, arrays[theirs], name)


@pytest.mark.parametrize(
    ("files", "given", "said"),
    [
        (["flags.txt", "checkpoint/ckpt-5.json"], "", "a run of amnat"),
        (["flags.txt", "checkpoint/ckpt-5.json"], "checkpoint", "a run of amnat"),
        (["flags.txt", "log.txt"], "", "a run of amnat"),
        (["checkpoint/ckpt-5.json"], "", "a run of amnat"),
        (["flags.txt", "settings.json", "checkpoint/ckpt-1.json"], "", "a classifier of amnat"),
    ],
)
def test_a_run_of_amnat(tmp_path, files, given, said):
    (tmp_path / "checkpoint").mkdir()
    for name in files:
        (tmp_path / name).touch()
    message = (
        f": is {said}, which needs no import: evaluate.py, .* --resume=FOLDER goes on with it$"
    )
    with pytest.raises(InputError, match=message):
        checkpoint_names.find_checkpoint(tmp_path / given)


def test_a_folder_without_a_checkpoint(tmp_path):
    (tmp_path / "log.txt").touch()
    with pytest.raises(InputError, match="newest checkpoint; it holds log.txt$"):
        checkpoint_names.find_checkpoint(tmp_path)


def test_what_else_a_folder_holds(tmp_path):
    write(tmp_path / "model-1", {"Block_0/layer_0/weights": np.zeros(2, np.float32)})
    for given, said in (
        (tmp_path / "model-1", "is a DenseNet classifier"),
        (tmp_path.parent / "nowhere", "no nowhere.index; expected a TensorFlow 1 checkpoint"),
    ):
        done = run_script("import_checkpoint.py", f"--checkpoint={given}")
        assert done.returncode == 2 and said in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_checkpoint_that_the_reproduction_wrote_gives_its_samples(tmp_path):
    originals = os.environ.get("AMNAT_ORIGINALS", "")
    folder = pathlib.Path(originals) / "AM-GANs-for-reproduce"
    if not originals or not folder.is_dir():
        pytest.skip("set AMNAT_ORIGINALS to a folder with a checkout named AM-GANs-for-reproduce")
    settings = {"sDataSet": "mnist", "iFilterDimG": 2, "iFilterDimD": 2, "iDimsZ": 4}
    settings |= {"iBatchSize": 8, "sResultTag": "theirs", "bPredefined": True}
    job = {"task": "train", "iterations": 3, "num_samples": 8, "save": True}
    job |= {"configuration": Configuration("", settings), "result_dir": str(tmp_path)}
    _, (theirs,) = run_side("original", am_gan_reproduce.ORIGINAL, folder, [job], tmp_path)
    done = run_script(
        *("import_checkpoint.py", f"--checkpoint={tmp_path / 'theirs_mnist'}"),
        *(f"--sResultDir={tmp_path}", "--sResultTag=ours", "--sDataSet=digits"),
        *("--bPredefined", "--iBatchSize=8"),
    )
    assert done.returncode == 0, done.stderr
    run = RunDirectory(tmp_path / "ours_digits")
    restored = restore_generator(run, read_record(run), 3)
    samples = restored.sample(tf.constant(theirs["fixed_latents"])).numpy()
    apart = np.abs(theirs["fixed_samples"] - samples).max()
    assert apart <= comparison.YARDSTICK * comparison.SINGLE, apart
