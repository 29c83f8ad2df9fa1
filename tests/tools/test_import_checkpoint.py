"""Checkpoints of AM-GAN2 become runs: written here under its names, or by the original itself."""

import os
import pathlib

from amnat.compat import am_gan2_names, amnat_tasks, checkpoint_import, comparison
from amnat.compat.originals import Configuration, am_gan
from amnat.compat.processes import run_side
from amnat.errors import InputError
from amnat.training.generator_record import read_record, restore_generator
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
from script_runs import run_script

tf1 = tf.compat.v1
WIDTH_G, WIDTH_D, LATENT, LOGITS = 2, 1, 3, 11
# Shapes of the original's variables (code/AM-GAN.py, common/ops.py): one channel, NCHW.
KERNELS = {
    "generator/linear": ([3, 256], [1, 256], [256]),
    "generator/deconv4_8": ([3, 3, 8, 16], [1, 1, 8, 1], [8]),
    "generator/deconv8_16": ([3, 3, 4, 8], [1, 1, 4, 1], [4]),
    "generator/deconv16_32": ([3, 3, 2, 4], [1, 1, 2, 1], [2]),
    "generator/deconv32": ([3, 3, 1, 2], [1, 1, 1, 1], [1]),
    "discriminator/conv32": ([3, 3, 1, 1], [1, 1, 1, 1], [1]),
    "discriminator/conv32_16": ([3, 3, 1, 2], [1, 1, 1, 2], [2]),
    "discriminator/conv16_8": ([3, 3, 2, 4], [1, 1, 1, 4], [4]),
    "discriminator/conv8_4": ([3, 3, 4, 8], [1, 1, 1, 8], [8]),
    "discriminator/linear": ([8, 11], [1, 11], [11]),
}
NORMS = {
    "generator/bn4": 16,
    "generator/bn8": 8,
    "generator/bn16": 4,
    "generator/bn32": 2,
    "discriminator/bn16": 2,
    "discriminator/bn8": 4,
    "discriminator/bn4": 8,
}
STEP = 12


def original_arrays():
    """{the original's name: array} of a run with Adam, values that tell variables apart."""
    shapes = {}
    for layer, (w, g, b) in KERNELS.items():
        shapes |= {f"{layer}/w": w, f"{layer}/g": g, f"{layer}/b": b}
    for layer, channels in NORMS.items():
        shapes |= {f"{layer}/{name}": [1, channels, 1, 1] for name in ("offset", "scale")}
    random = np.random.RandomState(5)
    arrays = {}
    for name, shape in shapes.items():
        arrays[name] = random.uniform(0.5, 1.5, shape).astype(np.float32)
        arrays[f"{name}/Adam"] = random.normal(0, 0.01, shape).astype(np.float32)
        arrays[f"{name}/Adam_1"] = random.uniform(0, 0.01, shape).astype(np.float32)
    for player in ("", "_1"):
        arrays[f"beta1_power{player}"] = np.float32(0.5 ** (STEP + 1))
        arrays[f"beta2_power{player}"] = np.float32(0.999 ** (STEP + 1))
    return arrays | {"global_step": np.int32(STEP)}


def write_checkpoint(folder, arrays):
    """Saves as the original does: <folder>/checkpoint/model-12 and a log."""
    (folder / "checkpoint").mkdir(parents=True)
    with tf1.Graph().as_default(), tf1.Session() as session:
        variables = [tf1.Variable(value, name=name) for name, value in arrays.items()]
        session.run(tf1.variables_initializer(variables))
        tf1.train.Saver(variables).save(session, str(folder / "checkpoint" / "model"), STEP)
    (folder / "log.txt").write_text(
        "result/x/\nfLrIni:0.9\nfLrIni:0.002\niMaxIter:40\niBatchSize:10\niTrainD:2\nsDataSet:mnist\n"
        "fDropRate:0.25\nsResultTag:theirs\nunknown:1\n\nGenerator Total Parameter Count: 1\n"
    )
    return folder / "checkpoint"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """(the finished script, the run's folder, the original's arrays)."""
    folder = tmp_path_factory.mktemp("import")
    arrays = original_arrays()
    checkpoint = write_checkpoint(folder / "theirs", arrays)
    done = run_script(
        "import_checkpoint.py",
        f"--checkpoint={checkpoint}",
        f"--sResultDir={folder}",
        "--sDataSet=digits",
    )
    return done, folder / "theirs_digits", arrays


def test_says_where_flags_come_from(imported):
    done, run, _ = imported
    assert done.returncode == 0, done.stderr
    flags = run.joinpath("flags.txt").read_text().splitlines()
    expected = ["--iFilterDimsG=2", "--iFilterDimsD=1", "--iDimsZ=3", "--bAMGAN", "--bUseWN"]
    expected += ["--oOpt=adam", "--sDataSet=digits", "--fLrIni=0.002", "--iTrainD=2"]
    assert set(expected) <= set(flags)
    assert "--fLrIni=0.002  (from log.txt)" in done.stdout
    assert not any(line.startswith("--checkpoint") for line in flags)


def test_every_kind_of_variable_arrives(imported):
    _, run, arrays = imported
    reader = tf.train.load_checkpoint(str(run / "checkpoint" / f"ckpt-{STEP}"))
    names = reader.get_variable_to_shape_map()

    def found(part):
        (key,) = [name for name in names if name.startswith(f"model/{part}/.ATTR")]
        return reader.get_tensor(key).ravel()

    for layer in (*KERNELS, *NORMS):
        for suffix in "wgb" if layer in KERNELS else ("offset", "scale"):
            name, player = f"{layer}/{suffix}", f"{layer[0]}_optimizer"
            np.testing.assert_array_equal(found(name), arrays[name].ravel(), name)
            for slot, theirs in (("m", "Adam"), ("v", "Adam_1")):
                key = (
                    f"model/{name}/.OPTIMIZER_SLOT/model/{player}/{slot}/.ATTRIBUTES/VARIABLE_VALUE"
                )
                value = reader.get_tensor(key).ravel()
                np.testing.assert_array_equal(value, arrays[f"{name}/{theirs}"].ravel(), key)
    assert found("d_optimizer/iter") == 2 * STEP and found("g_optimizer/iter") == STEP
    assert found("iteration") == found("generator_updates") == STEP


def test_the_generator_is_rebuilt(imported):
    _, run, arrays = imported
    directory = RunDirectory(run)
    generator = restore_generator(directory, read_record(directory), STEP).generator
    value = generator.named_variables()["deconv4_8/w"]
    np.testing.assert_array_equal(value, arrays["generator/deconv4_8/w"])


@pytest.mark.slow
def test_resumes(imported):
    _, run, _ = imported
    done = run_script(
        "am_gan.py", f"--flagfile={run / 'flags.txt'}", "--bLoadCheckpoint", "--iMaxIter=13"
    )
    assert done.returncode == 0, done.stderr
    assert (run / "finished").exists() and "after 14 iterations" in done.stdout


@pytest.fixture(scope="module")
def model():
    settings = {"sDataSet": "mnist", "iFilterDimsG": WIDTH_G, "iFilterDimsD": WIDTH_D}
    settings |= {"iDimsZ": LATENT, "iBatchSize": 2}
    return am_gan.Port(Configuration("", settings)).build()


def test_names_what_does_not_fit(model):
    arrays = original_arrays()
    checkpoint_import.check(arrays, model, "adam")
    arrays["generator/extra/w"] = arrays.pop("generator/deconv16_32/b")
    arrays["generator/bn8/scale"] = np.ones([1, 9, 1, 1], np.float32)
    del arrays["discriminator/bn4/offset/Adam_1"]
    with pytest.raises(InputError) as error:
        checkpoint_import.check(arrays, model, "adam")
    assert "unknown: generator/extra/w; " in str(error.value)
    missing = "missing: discriminator/bn4/offset/Adam_1, generator/deconv16_32/b; "
    assert missing in str(error.value)
    assert "shape: generator/bn8/scale [1, 9, 1, 1] instead of [8]" in str(error.value)


def test_without_a_step_counter(model):
    arrays = original_arrays()
    del arrays["global_step"]
    with pytest.raises(InputError, match="missing: global_step"):
        checkpoint_import.check(arrays, model, "adam")


def test_finds_the_newest_checkpoint_of_a_moved_folder(imported, tmp_path):
    folder = imported[1].parent / "theirs" / "checkpoint"
    expected = folder / f"model-{STEP}"
    state = folder / "checkpoint"
    state.write_text(f'model_checkpoint_path: "/elsewhere/checkpoint/model-{STEP}"\n')
    for given in (folder, expected, folder / f"model-{STEP}.index"):
        assert checkpoint_import.find_checkpoint(given) == expected
    for path in (tmp_path, tmp_path / "model-3"):
        with pytest.raises(InputError, match=f"--checkpoint={path}"):
            checkpoint_import.find_checkpoint(path)


def test_a_damaged_checkpoint(imported, tmp_path):
    (tmp_path / "model-1.index").write_bytes(b"no table")
    with pytest.raises(InputError, match="cannot be read"):
        checkpoint_import.read_arrays(tmp_path / "model-1")


def test_finds_toy_networks_without_weight_norm_and_momentum():
    shapes = {
        "generator/linear0/w": (7, 5),
        "discriminator/linear0/w": (2, 6),
        "discriminator/linear/w": (6, 1),
        "discriminator/linear/w/Momentum": (6, 1),
    }
    assert am_gan2_names.find_flags(shapes).flags == {
        "bAMGAN": False,
        "bUseWN": False,
        "iDimsZ": 7,
        "iFilterDimsG": 5,
        "iFilterDimsD": 6,
        "oOpt": "mom",
    }


@pytest.fixture(scope="module")
def from_original(tmp_path_factory):
    """(what the original saved and sampled, the imported run); needs AMNAT_ORIGINALS."""
    folder = pathlib.Path(os.environ.get("AMNAT_ORIGINALS", "")) / "AM-GAN2"
    if not os.environ.get("AMNAT_ORIGINALS") or not folder.is_dir():
        pytest.skip("set AMNAT_ORIGINALS to a folder with a checkout named AM-GAN2")
    scratch = tmp_path_factory.mktemp("original")
    settings = {"sDataSet": "mnist", "iFilterDimsG": 2, "iFilterDimsD": 2, "iDimsZ": 4}
    settings |= {"iBatchSize": 8, "sResultTag": "theirs"}
    job = {"task": "train", "iterations": 3, "num_samples": 8, "save": True}
    job |= {"configuration": Configuration("", settings), "result_dir": str(scratch)}
    _, (theirs,) = run_side("original", am_gan.ORIGINAL, folder, [job], scratch)
    done = run_script(
        "import_checkpoint.py",
        f"--checkpoint={scratch / 'theirs_mnist' / 'checkpoint'}",
        f"--sResultDir={scratch}",
        "--sResultTag=ours",
        "--sDataSet=digits",
    )
    assert done.returncode == 0, done.stderr
    return theirs, scratch / "ours_digits"


def in_float64(network, inputs):
    """What a network with these weights computes in float64."""
    with amnat_tasks.precision("float64"):
        exact = type(network).from_config(network.get_config() | {"dtype": "float64"})
        exact.build_variables(inputs.shape[1:])
    for name, variable in exact.named_variables().items():
        variable.assign(tf.cast(network.named_variables()[name], tf.float64))
    return exact(tf.constant(inputs, tf.float64)).numpy()


@pytest.mark.slow
def test_a_checkpoint_that_the_original_wrote_gives_its_samples(from_original):
    theirs, path = from_original
    run = RunDirectory(path)
    restored = restore_generator(run, read_record(run), 3)
    samples = restored.sample(tf.constant(theirs["fixed_latents"])).numpy()
    # Judged as tools/compare.py judges one forward pass.
    rounding = np.abs(in_float64(restored.generator, theirs["fixed_latents"]) - samples).max()
    assert rounding <= comparison.SINGLE
    apart = np.abs(theirs["fixed_samples"] - samples).max()
    assert apart <= max(comparison.SINGLE, comparison.YARDSTICK * rounding), (apart, rounding)


@pytest.mark.slow
def test_a_checkpoint_that_the_original_wrote_goes_on(from_original):
    _, run = from_original
    export = run_script("export.py", f"--run_dir={run}")
    assert export.returncode == 0, export.stderr
    score = run_script(
        *("evaluate.py", f"--samples={run}", "--num_samples=100", "--metrics=is"),
        f"--cache_dir={run.parent}",
    )
    assert score.returncode == 0, score.stderr
    done = run_script(
        *("am_gan.py", f"--flagfile={run / 'flags.txt'}", "--bLoadCheckpoint", "--iMaxIter=4"),
        "--score_every=0",
    )
    assert done.returncode == 0, done.stderr
    assert (run / "finished").exists() and "after 5 iterations" in done.stdout
