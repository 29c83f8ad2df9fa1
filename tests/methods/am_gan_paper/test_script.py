"""tools/am_gan_reproduce.py: the original's flags and commands, its errors, a run, its resume."""

import dataclasses
import re
import shutil

from amnat import data
from amnat.errors import InputError
from amnat.methods.am_gan_paper.objective import METHODS
from amnat.training import flags as flag_defs
from amnat.training.run_directory import RunDirectory, checkpoint_iterations

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import flagfiles_of, loaded_script, run_script

FLAGFILES = flagfiles_of("am_gan_reproduce.py")

# name -> default of the original's code/main.py; the type is the default's.
ORIGINAL_FLAGS = {
    **{"sDataSet": "cifar10", "sResultTag": "test", "bLoadCheckpoint": False},
    **{"fLrIniG": 0.0004, "fLrIniD": 0.0004, "fLrDecay": 0.5, "iLrStep": 100000},
    **{"bLrStair": True, "iBatchRun": 1000000, "iBatchSize": 100},
    **{"GN": False, "GP": False, "WGAN": False, "LAB": True, "AC": True, "sharp_pow": 0.0},
    **{"D_AC_WEIGHT": 0.0, "G_AC_WEIGHT": 1.0, "DIST_AC_GEN_EVEN": False},
    **{"DIST_AC_GEN_ACGAN": False, "DECAY_WEIGHT": 0.0, "GN_WEIGHT": 0.0, "FAKE_LOGIT": False},
    **{"MODE": False, "bPredefined": False, "bUseClassLabel": True, "iUnlableClass": 20},
    **{"f2Smoothed": 1.0, "fkSmoothed": 1.0, "iInputNoisePow": 2.0, "fInputNoise": 0.1},
    **{"fInputNoiseMin": 0.1, "fLayerNoiseD": 0.0, "fLayerDropoutD": 0.3},
    **{"iKsizeG": 3, "iKsizeD": 3, "iFilterDimG": 192, "iFilterDimD": 128},
    **{"fDimIncreaseRate": 2.0, "oUp": "deconv", "oDown": "conv", "dfirst1": 1, "gfirst1": 1},
    **{"dfinal": "avgpool", "bUseUniformZ": False, "bNormalizeZ": False, "iTrainG": 1},
    **{"iTrainD": 1, "fBeta1G": 0.5, "fBeta1D": 0.5, "fBeta2G": 0.999, "fBeta2D": 0.999},
    **{"oOptG": "adam", "oOptD": "adam", "oActG": "lrelu", "oActD": "lrelu"},
    **{"oBnG": "bn", "oBnD": "bn", "iDimsC": 3, "iDimsZ": 100, "iResG": 0, "iResD": 0},
    **{"iMinSizeD": 4, "bUseLabel": True, "bUseUnlabel": False, "iNumLabelData": 400},
}

# The commands of the original's README, and the losses that each is meant to train.
COMMANDS = {
    "--LAB True --AC True": METHODS["am_gan"],
    "--LAB True --AC False": METHODS["label_gan"],
    "--LAB False --AC True --DIST_AC_GEN_EVEN True": METHODS["ac_gan_star_plus"],
    "--LAB False --AC True": METHODS["ac_gan_star"],
    "--LAB False --AC True --G_AC_WEIGHT 0.1": dataclasses.replace(
        METHODS["ac_gan_star"], g_class_weight=0.1
    ),
    "--LAB False --AC True --DIST_AC_GEN_ACGAN True": METHODS["ac_gan"],
    "--LAB False --AC False --D_AC_WEIGHT 0.1": METHODS["gan_star"],
    "--LAB False --AC False": METHODS["gan"],
    "--LAB True --AC True --iFilterDimD 192 --iFilterDimG 256": METHODS["am_gan"],
    "--LAB False --AC False --WGAN True": METHODS["wgan_gp"],
}


@pytest.fixture(scope="module")
def script():
    """The script as a module, with its flags defined."""
    with loaded_script("am_gan_reproduce.py") as module:
        yield module


def test_flags_of_the_original(script):
    for name, default in ORIGINAL_FLAGS.items():
        value = flags.FLAGS[name].default
        assert value == default and type(value) is type(default), name


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("condition", ["", " --bPredefined True --iResD 1"])
def test_commands_of_the_originals_readme(script, command, condition):
    with flagsaver.flagsaver():
        flag_defs.parse(["main.py", *(command + condition).split(), "--sResultTag", "AC_GAN*+"])
        script.check_flags()
        expected = dataclasses.replace(COMMANDS[command], predefined=bool(condition))
        assert script.objective() == expected
        assert flags.FLAGS.iResD == (1 if condition else 0)


@pytest.mark.parametrize("flagfile", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_train_what_they_say(script, flagfile):
    with flagsaver.flagsaver():
        flag_defs.parse(["am_gan_reproduce.py", f"--flagfile={flagfile}"])
        script.check_flags()
        name, tag = flags.FLAGS.sDataSet, flags.FLAGS.sResultTag
        method, _, variant = flagfile.stem.partition(f"_{name}")
        assert tag == method + variant
        expected = METHODS[method.removesuffix("_reproduce")]
        if variant == "_predefined":
            expected = dataclasses.replace(expected, predefined=True)
        elif variant == "_dec":
            expected = dataclasses.replace(expected, g_class_weight=0.1)
        assert script.objective() == expected
        assert flags.FLAGS.iResD == (1 if expected.predefined else 0)


def test_one_flagfile_per_row_of_the_papers_table():
    stems = {path.stem for path in FLAGFILES}
    both = ("ac_gan_star", "ac_gan_star_plus", "label_gan", "am_gan_reproduce")
    rows = [(method, "cifar10") for method in ("gan_reproduce", "gan_star", "ac_gan", *both)]
    rows += [(method, "tiny_imagenet") for method in both]
    for method, dataset in rows:
        assert {f"{method}_{dataset}", f"{method}_{dataset}_predefined"} <= stems
        assert dataset in data.names()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--WGAN", "--WGAN=True: expected --LAB=False"),
        ("--bPredefined --sharp_pow=2", "--sharp_pow=2.0: expected 0 with --bPredefined"),
        ("--bUseLabel=False", "--bUseLabel=False: expected labels, or --bUseClassLabel=False"),
        ("--bUseUniformZ --bNormalizeZ", "--bNormalizeZ=True: expected no --bUseUniformZ"),
        ("--PATH=x", "--PATH=x: expected it left out"),
        ("--sDataSet=toy", "--sDataSet=toy: expected a data set of 32x32 images"),
        ("--f2Smoothed=1.5", "--f2Smoothed=1.5: expected a number from 0 to 1"),
        ("--iMinSizeD=2", "--iMinSizeD=2: expected more than 2"),
        ("--iInputNoisePow=1.5", "--iInputNoisePow=1.5: expected a whole number"),
        ("--fLrIniD=0", "--fLrIniD=0.0: expected a number of more than 0"),
        ("--fLayerDropoutD=1", "--fLayerDropoutD=1.0: expected"),
        ("--iResD=-1", "--iResD=-1: expected a number of at least 0"),
        ("--DECAY_WEIGHT=nan", "--DECAY_WEIGHT=nan: expected"),
        ("--iBatchSize=0", "--iBatchSize=0: expected at least 1"),
    ],
)
def test_bad_flags(script, arguments, message):
    with flagsaver.flagsaver():
        flag_defs.parse(["am_gan_reproduce.py", "--sDataSet=digits", *arguments.split()])
        with pytest.raises(InputError) as error:
            script.check_flags()
    assert str(error.value).startswith(message)


def test_networks_without_filters_are_refused(script):
    with flagsaver.flagsaver():
        flag_defs.parse(["x", "--sDataSet=digits", "--iFilterDimD=1"])
        script.check_flags()
        with pytest.raises(InputError, match=r"--iFilterDimD: layers of \[0, 1, 2, 4\] filters"):
            script.build_model(script.load_data("train"))


def test_labelled_subset(script):
    with flagsaver.flagsaver():
        flag_defs.parse(["x", "--sDataSet=digits", "--bUseUnlabel", "--iNumLabelData=12"])
        chosen = script.load_data("train")
        np.testing.assert_array_equal(np.bincount(chosen.labels), np.full(10, 12))
        flag_defs.parse(["x", "--iNumLabelData=9"])
        with pytest.raises(InputError, match="--iNumLabelData=9: 90 labelled samples"):
            script.load_data("train")


def test_without_labels_the_model_has_the_asked_classes(script):
    with flagsaver.flagsaver():
        flag_defs.parse(
            ["x", "--sDataSet=digits", "--bUseClassLabel=False", "--iUnlableClass=7"]
            + ["--iFilterDimG=2", "--iFilterDimD=2"]
        )
        script.check_flags()
        model = script.build_model(script.load_data("train"))
        assert model.discriminator.linear.units == 9 and not model.objective.labelled


TINY = (
    *("--sDataSet=digits", "--iBatchRun=4", "--iBatchSize=10", "--seed=4"),
    *("--iFilterDimG=2", "--iFilterDimD=2", "--bPredefined", "--ema_decay=0.9"),
    *("--fInputNoise=0.3", "--log_every=1", "--sample_every=3", "--save_every=3"),
    *("--score_every=0", "--max_to_keep=5"),
)


@pytest.mark.slow
def test_a_run_and_its_resume(tmp_path):
    finished = run_script("am_gan_reproduce.py", *TINY, f"--sResultDir={tmp_path / 'whole'}")
    assert finished.returncode == 0, finished.stderr
    assert "finished after 5 iterations" in finished.stdout
    whole = RunDirectory(tmp_path / "whole" / "test_digits")
    metrics = whole.read_rows(whole.metrics_file)
    assert {"loss_dis_ac", "loss_gen_ac", "accuracy_real"} <= set(metrics)
    assert checkpoint_iterations(whole.checkpoints) == [3, 5]
    # As if it had been stopped after the third iteration.
    shutil.copytree(tmp_path / "whole", tmp_path / "stopped")
    stopped = RunDirectory(tmp_path / "stopped" / "test_digits")
    for path in stopped.checkpoints.glob("ckpt-5*"):
        path.unlink()
    resumed = run_script(
        *("am_gan_reproduce.py", *TINY, "--bLoadCheckpoint"),
        f"--sResultDir={tmp_path / 'stopped'}",
    )
    assert resumed.returncode == 0, resumed.stderr
    assert re.search("resumed at iteration 3", resumed.stdout)
    assert stopped.metrics_file.read_text() == whole.metrics_file.read_text()
    name = "ckpt-5.data-00000-of-00001"
    assert (stopped.checkpoints / name).read_bytes() == (whole.checkpoints / name).read_bytes()


def test_an_error_is_one_line(tmp_path):
    finished = run_script("am_gan_reproduce.py", "--WGAN", f"--sResultDir={tmp_path / 'x'}")
    assert finished.returncode == 2
    (line,) = finished.stderr.strip().splitlines()
    assert line == "am_gan_reproduce.py: error: --WGAN=True: expected --LAB=False with it"
    assert not (tmp_path / "x").exists()
