"""tools/am_gan_reproduce.py: the original's flags and commands, its errors, a run, its resume."""

import dataclasses
import json
import re
import shutil

from amnat import data
from amnat.errors import InputError
from amnat.methods.am_gan_paper import optimizer_flags
from amnat.methods.am_gan_paper.model import ClassAwareGAN
from amnat.methods.am_gan_paper.objective import METHODS
from amnat.methods.am_gan_paper.objective_flags import objective
from amnat.methods.am_gan_paper.pacing import PacedGAN
from amnat.methods.am_gan_paper.pacing_flags import Pacing, keep_unlimited, pacing
from amnat.training.declarations import declaration
from amnat.training.main import parse
from amnat.training.run_directory import RunDirectory, checkpoint_iterations, results_root

import numpy as np
import pytest
import tf_keras as keras
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from player_weights import player_weights
from script_runs import call_script, flagfiles_of, loaded_script, run_script

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
    **{"iIterCheckpoint": 10000, "iSamplesEvaluate": 50000, "generator": "generator"},
    **{
        "CGAN": False,
        "discriminator": "discriminator",
        "sSourceDir": "../code/",
        "sEvaluateCheckpoint": "",
    },
    **{"iSSIM": 10, "bLoadForEvaluation": False, "fLimitedD": 0.0, "fLimitedG": 1.0},
    **{"bAddHZ": False, "iWarmD": 0, "iWarmDIterPer": 10, "bAugment": False},
    **{"sLogfileName": "log.txt", "iImageSize": 32, "iSaveCount": 100, "iCenterCropSize": 108},
    **{"Use32_MNIST": True, "bCropImage": True, "test": False, "debug": False},
    **{"PATH": False, "sResultDir": "../result/"},
}
# Results lie beside the scripts, as originally, wherever these are called from.
OTHER_DEFAULTS = {"sResultDir": f"{results_root() / 'result'}/"}

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
    """The script, with its flags defined."""
    with loaded_script("am_gan_reproduce.py") as loaded:
        yield loaded


def test_flags_of_the_original(script):
    assert len(ORIGINAL_FLAGS) == 91
    for name, default in (ORIGINAL_FLAGS | OTHER_DEFAULTS).items():
        value = flags.FLAGS[name].default
        assert value == default and type(value) is type(default), name


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("condition", ["", " --bPredefined True --iResD 1"])
def test_commands_of_the_originals_readme(script, command, condition):
    with flagsaver.flagsaver():
        parse(["main.py", *(command + condition).split(), "--sResultTag", "AC_GAN*+"])
        script.check()
        expected = dataclasses.replace(COMMANDS[command], predefined=bool(condition))
        assert objective() == expected
        assert flags.FLAGS.iResD == (1 if condition else 0)


def test_other_names_of_shared_flags(script):
    with flagsaver.flagsaver():
        parse(["main.py", "--iIterCheckpoint=500", "--iSamplesEvaluate=200", "--score_every=7"])
        script.check()
        found = flags.FLAGS.score_every, flags.FLAGS.save_every, flags.FLAGS.score_samples
        assert found == (500, 50, 200)


def test_flags_without_effect_say_so(script, capsys):
    with flagsaver.flagsaver():
        parse(["main.py", "--iSaveCount=400", "--bCropImage=False", "--sSourceDir=elsewhere"])
        script.check()
    said = capsys.readouterr().err
    assert [name in said for name in ("iSaveCount", "bCropImage", "sSourceDir")] == [True] * 3


@pytest.mark.parametrize("flagfile", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_train_what_they_say(script, flagfile):
    with flagsaver.flagsaver():
        parse(["am_gan_reproduce.py", f"--flagfile={flagfile}"])
        script.check()
        name, tag = flags.FLAGS.sDataSet, flags.FLAGS.sResultTag
        method, _, variant = flagfile.stem.partition(f"_{name}")
        assert tag == method + variant
        expected = METHODS[method.removesuffix("_reproduce")]
        if variant == "_predefined":
            expected = dataclasses.replace(expected, predefined=True)
        elif variant == "_dec":
            expected = dataclasses.replace(expected, g_class_weight=0.1)
        assert objective() == expected
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
        ("--CGAN --GP", "--CGAN=True: expected no --WGAN and no --GP"),
        ("--CGAN --sharp_pow=2", "--sharp_pow=2.0: expected 0 with --CGAN"),
        ("--bPredefined --sharp_pow=2", "--sharp_pow=2.0: changes nothing with --bPredefined"),
        ("--bUseLabel=False", "--bUseLabel=False: expected labels, or --bUseClassLabel=False"),
        ("--bUseUniformZ --bNormalizeZ", "--bNormalizeZ: changes nothing with --bUseUniformZ"),
        ("--PATH", "--PATH=True: expected one class, not 10: --bUseClassLabel=False --iUnl"),
        ("--PATH --bUseClassLabel=False", "--PATH=True: expected one class, not 20"),
        (
            "--PATH --bUseClassLabel=False --iUnlableClass=1 --f2Smoothed=0.9",
            "--f2Smoothed=0.9: expected 1 with --PATH",
        ),
        ("--sDataSet=toyc", "--sDataSet=toyc: expected images: the original names toy data too"),
        ("--sDataSet=imagenet", "--sDataSet=imagenet: "),
        ("--fLimitedD=1", "--fLimitedD=1.0: expected less than 1"),
        ("--fLimitedG=0", "--fLimitedG=0.0: expected more than 0"),
        ("--iSSIM=1", "--iSSIM=1: expected at least 2"),
        ("--f2Smoothed=1.5", "--f2Smoothed=1.5: expected a number of at least 0 and at most 1"),
        ("--iMinSizeD=2", "--iMinSizeD=2: expected more than 2"),
        ("--iInputNoisePow=1.5", "--iInputNoisePow=1.5: expected a whole number"),
        ("--fLrIniD=0", "--fLrIniD=0.0: expected a number of more than 0"),
        ("--fLayerDropoutD=1", "--fLayerDropoutD=1.0: expected"),
        ("--iResD=-1", "--iResD=-1: expected at least 0"),
        ("--DECAY_WEIGHT=nan", "--DECAY_WEIGHT=nan: expected"),
        ("--iBatchSize=0", "--iBatchSize=0: expected at least 1"),
    ],
)
def test_bad_flags(script, arguments, message):
    with flagsaver.flagsaver():
        parse(["am_gan_reproduce.py", "--sDataSet=digits", *arguments.split()])
        with pytest.raises(InputError) as error:
            script.check()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--AC=False --G_AC_WEIGHT=0.1", "--G_AC_WEIGHT=0.1: changes nothing with --noAC"),
        ("--GN_WEIGHT=0.1", "--GN_WEIGHT=0.1: changes nothing with --noGN; it needs --GN"),
        ("--GN", "--GN: changes nothing with --GN_WEIGHT=0.0; it needs --GN_WEIGHT above 0"),
        ("--DIST_AC_GEN_EVEN --DIST_AC_GEN_ACGAN", "--DIST_AC_GEN_EVEN: changes nothing with"),
        ("{gan} --DIST_AC_GEN_EVEN", "--DIST_AC_GEN_EVEN: changes nothing here; it needs --LAB, "),
        ("{gan} --DIST_AC_GEN_ACGAN", "--DIST_AC_GEN_ACGAN: changes nothing here; it needs --LAB"),
        ("--AC=False --sharp_pow=2", "--sharp_pow=2.0: changes nothing here; it needs --AC"),
        ("--G_AC_WEIGHT=0 --sharp_pow=2", "--sharp_pow=2.0: changes nothing here; it needs --AC"),
        ("{gan} --fkSmoothed=0.9", "--fkSmoothed=0.9: changes nothing here; it needs a class loss"),
        (
            "--bUseClassLabel=False --AC=False --fkSmoothed=0.9",
            "--fkSmoothed=0.9: changes nothing here; it needs a class loss with one-hot targets",
        ),
        ("{gan} --WGAN --f2Smoothed=0.9", "--f2Smoothed=0.9: changes nothing here; it needs prob"),
        ("{gan} --WGAN --FAKE_LOGIT", "--FAKE_LOGIT: changes nothing with --WGAN"),
        ("{gan} --WGAN --PATH", "--PATH: changes nothing with --WGAN"),
        ("--fix_nadam", "--fix_nadam: changes nothing with --oOptG=adam"),
        ("--oOptG=nadam --fix_nadam", "--fix_nadam: changes nothing with --oOptD=adam"),
        ("--fix_penalty_gradient", "--fix_penalty_gradient: changes nothing here; it needs --GP"),
        ("--GP --oBnD=none --fix_penalty_gradient", "--fix_penalty_gradient: changes nothing here"),
        ("--bAugment", "--bAugment: changes nothing here; it needs --sDataSet=cifar10"),
        ("--fix_augment", "--fix_augment: changes nothing with --nobAugment"),
        ("--iWarmDIterPer=3", "--iWarmDIterPer=3: changes nothing with --iWarmD=0"),
        ("--oUp=resizen --bAddHZ", "--bAddHZ: changes nothing with --oUp=resizen"),
        ("--sEvaluateCheckpoint=4", "--sEvaluateCheckpoint=4: changes nothing with --nobLoadFor"),
        ("--iUnlableClass=7", "--iUnlableClass=7: changes nothing with --bUseClassLabel"),
        ("--iNumLabelData=9", "--iNumLabelData=9: changes nothing with --nobUseUnlabel"),
        ("--bUseClassLabel=False --bUseUnlabel", "--bUseUnlabel: changes nothing with --nobUse"),
        ("--fInputNoise=0 --fInputNoiseMin=0.2", "--fInputNoiseMin=0.2: changes nothing with"),
        (
            "--iInputNoisePow=3",
            "--iInputNoisePow=3.0: changes nothing here; it needs --fInputNoise",
        ),
        ("--fix_input_noise", "--fix_input_noise: changes nothing here; it needs --fInputNoise "),
        ("--fInputNoise=0 --fix_input_noise", "--fix_input_noise: changes nothing here; it needs"),
        ("--oOptG=sgd --fBeta1G=0.1", "--fBeta1G=0.1: changes nothing with --oOptG=sgd"),
        ("--oOptD=sgd --fBeta2D=0.1", "--fBeta2D=0.1: changes nothing with --oOptD=sgd"),
        ("--fLrDecay=1 --iLrStep=5", "--iLrStep=5: changes nothing with --fLrDecay=1.0"),
        ("--fLrDecay=1 --bLrStair=False", "--nobLrStair: changes nothing with --fLrDecay=1.0"),
    ],
)
def test_flags_that_change_nothing_are_refused(script, arguments, message):
    arguments = arguments.format(gan="--LAB=False --AC=False")
    with flagsaver.flagsaver():
        parse(["am_gan_reproduce.py", "--sDataSet=digits", *arguments.split()])
        with pytest.raises(InputError) as error:
            script.check()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        "--LAB=False --AC=False --D_AC_WEIGHT=0.1 --DIST_AC_GEN_ACGAN --sharp_pow=2",
        "--LAB=False --AC=True --WGAN --f2Smoothed=0.9 --GP",
        "--bUseClassLabel=False --fkSmoothed=0.9",
        "--GN --GN_WEIGHT=0.1 --oBnD=none --fix_penalty_gradient",
        "--fInputNoise=0.3 --fix_input_noise --iInputNoisePow=1.5",
        "--bUseClassLabel=False --bUseLabel=False",
        "--oOptG=nadam --fBeta1G=0.9 --oUp=deconvpool --bAddHZ --iWarmD=1 --iWarmDIterPer=2",
        "--sDataSet=cifar10 --bAugment --fix_augment",
        "--PATH --bUseClassLabel=False --iUnlableClass=1",
        "--oOptG=nadam --oOptD=sgd --fix_nadam",
    ],
)
def test_flags_that_act_are_taken(script, arguments):
    with flagsaver.flagsaver():
        parse(["am_gan_reproduce.py", "--sDataSet=digits", *arguments.split()])
        script.check()


def test_the_help_says_why_a_flag_changes_nothing(script):
    for name in ORIGINAL_FLAGS:
        reason = declaration(name).no_effect
        if reason and name != "iDimsC":
            assert flags.FLAGS[name].help == f"Changes nothing, kept for old commands: {reason}."
    assert "data set" in flags.FLAGS["iDimsC"].help.lower()


@pytest.mark.parametrize(
    ("arguments", "recorded", "expected"),
    [
        ("--oOptG=nadam --oOptD=sgd", None, "nadam"),
        ("--oOptG=nadam --oOptD=sgd --fix_nadam", None, "sgd"),
        # A run that is older than the flag goes on as it was.
        ("--oOptG=nadam --oOptD=sgd", {"oOptD": "sgd"}, "sgd"),
        ("--oOptG=nadam --oOptD=sgd", {"oOptD": "sgd", "fix_nadam": "false"}, "nadam"),
        ("--oOptG=nadam", None, "adam"),
        ("--oOptD=nadam", None, "nadam"),
        ("--oOptG=nadam --oOptD=rmsprop", None, "rmsprop"),
    ],
)
def test_the_discriminators_optimizer(script, arguments, recorded, expected, capsys):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=digits", *arguments.split()])
        script.check()
        assert ("note: --oOptD=sgd" in capsys.readouterr().err) == (
            optimizer_flags.of_discriminator() != flags.FLAGS.oOptD
        )
        if recorded is not None:
            optimizer_flags.keep_sgd(recorded)
        assert optimizer_flags.of_discriminator() == expected


def test_the_channels_of_old_command_lines_are_noted(script, capsys):
    with flagsaver.flagsaver():
        parse(["am_gan_reproduce.py", "--sDataSet=digits", "--iDimsC=1"])
        script.check()
    assert capsys.readouterr().err.startswith("note: --iDimsC=1 has no effect: the data set says")


def test_networks_without_filters_are_refused(script):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=digits", "--iFilterDimD=1"])
        script.check()
        with pytest.raises(InputError, match=r"--iFilterDimD: layers of \[0, 1, 2, 4\] filters"):
            script.build_model(script.load_data("train"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", None),
        ("--fLimitedD=-5 --fLimitedG=7", None),  # A probability is never there.
        ("--iWarmD=3 --iWarmDIterPer=5", Pacing(3, 5)),
        ("--fLimitedD=0.2", Pacing(d_limit=0.2)),
        ("--fLimitedG=0.8", Pacing(g_limit=0.8)),
        ("--LAB=False --AC=False --WGAN", Pacing(d_limit=0.0, g_limit=1.0)),
        ("--LAB=False --AC=False --WGAN --fLimitedD=-1e9", Pacing(g_limit=1.0)),
        ("--LAB=False --AC=False --WGAN --fLimitedD=-1e9 --fLimitedG=1e9", None),
    ],
)
def test_who_is_updated_when(script, arguments, expected, capsys):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=digits", "--iFilterDimG=2", "--iFilterDimD=2", *arguments.split()])
        script.check()
        assert pacing() == expected
        model = script.build_model(script.load_data("train"))
        assert isinstance(model, PacedGAN) == (expected is not None)
    told = "the critic learns only while its mean value" in capsys.readouterr().err
    assert told == (expected == Pacing(d_limit=0.0, g_limit=1.0))


def test_a_run_from_before_the_limits_goes_on_without(script):
    with flagsaver.flagsaver():
        parse(["x", "--LAB=False", "--AC=False", "--WGAN"])
        keep_unlimited({"fLimitedD": "0.0"})
        assert pacing() is not None
        keep_unlimited({"WGAN": "true"})
        assert pacing() is None


def test_ms_ssim_by_the_originals_flag(script):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=digits"])
        script.check()
        assert "ms_ssim" not in flags.FLAGS.score_metrics
        parse(["x", "--sDataSet=digits", "--iSSIM=6"])
        script.check()
        assert flags.FLAGS.score_metrics == ["is", "am", "classes", "ms_ssim"]
        assert script.score_settings().ssim_images == 6


def test_a_missing_folder_of_celeba(script, tmp_path):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=celebA", f"--data_dir={tmp_path}"])
        with pytest.raises(InputError, match="^--sDataSet=celebA: .*--sDataSet=celeba$"):
            script.check()


def test_names_of_folders(script, tmp_path):
    (tmp_path / "celebA").mkdir()
    for number in range(3):
        pixels = np.full((36, 40, 3), 60 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "celebA" / f"{number}.png")
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=celebA", f"--data_dir={tmp_path}", "--image_size=32"])
        script.check()
        dataset = script.load_data("train")
    assert dataset.num_classes == 1 and dataset.sample_shape == (32, 32, 3)


def test_another_name_of_tiny_imagenet(script):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=tiny"])
        script.check()
        assert flags.FLAGS.sDataSet == "tiny_imagenet"
        assert script.run_name() == "test_tiny_imagenet"


def test_augmentation_doubles_what_is_trained_on(script):
    samples = np.arange(2 * 2 * 3 * 1, dtype=np.uint8).reshape(2, 2, 3, 1)
    names = tuple("ab")
    dataset = data.Dataset("cifar10", "train", samples, np.int32([0, 1]), 2, names)
    with flagsaver.flagsaver():
        parse(["x", "--bAugment"])
        found = script.make_batches(dataset)(dataset, 4)
        images, labels = next(iter(found))
        remark = script.data_remark(dataset)
        parse(["x", "--bAugment", "--fix_augment"])
        mirrored, _ = next(iter(script.make_batches(dataset)(dataset, 4)))
    assert sorted(labels.numpy()) == [0, 0, 1, 1]

    def rows(batch):
        return {tuple(each) for each in np.uint8(np.reshape(batch, [4, -1]) * 128.0 + 127.5)}

    def expected(*versions):
        return {tuple(np.ravel(each)) for version in versions for each in version}

    assert remark == "4 with each one flipped" and script.data_remark(dataset) == ""
    assert rows(images) == expected(samples, samples[:, ::-1])
    assert rows(mirrored) == expected(samples, samples[:, :, ::-1])


def test_labelled_subset(script):
    with flagsaver.flagsaver():
        parse(["x", "--sDataSet=digits", "--bUseUnlabel", "--iNumLabelData=12"])
        chosen = script.load_data("train")
        np.testing.assert_array_equal(np.bincount(chosen.labels), np.full(10, 12))
        parse(["x", "--iNumLabelData=9"])
        with pytest.raises(InputError, match="--iNumLabelData=9: 90 labelled samples"):
            script.load_data("train")


def test_without_labels_the_model_has_the_asked_classes(script):
    with flagsaver.flagsaver():
        parse(
            ["x", "--sDataSet=digits", "--bUseClassLabel=False", "--iUnlableClass=7"]
            + ["--iFilterDimG=2", "--iFilterDimD=2"]
        )
        script.check()
        model = script.build_model(script.load_data("train"))
        assert model.discriminator.linear.units == 9 and not model.objective.labelled


def test_path_is_for_one_class(script):
    with flagsaver.flagsaver():
        parse(
            ["x", "--sDataSet=digits", "--bUseClassLabel=False", "--iUnlableClass=1", "--PATH"]
            + ["--iFilterDimG=2", "--iFilterDimD=2"]
        )
        script.check()
        dataset = script.load_data("train")
        script.check_data(dataset)
        model = script.build_model(dataset)
        assert model.discriminator.linear.units == 3 and model.objective.drawn_confidence
        # One's own images have a number of classes only once they are read.
        parse(["x", "--bUseClassLabel", "--iUnlableClass=20", "--LAB=False", "--AC=False"])
        with pytest.raises(InputError, match="--PATH=True: expected one class, not 10"):
            script.check_data(dataset)
        one = dataclasses.replace(
            dataset, labels=0 * dataset.labels, num_classes=1, class_names=("all",)
        )
        script.check_data(one)


def test_a_new_run_starts_from_data(script):
    calls = []

    class Model:
        def initialize_from_data(self, batch_size):
            calls.append(batch_size)

    with flagsaver.flagsaver():
        parse(["x", "--iBatchSize=10"])
        script.start_model(Model(), None)
        parse(["x", "--data_dependent_init=False"])
        script.start_model(Model(), None)
    assert calls == [10]


def test_a_dry_run_does_not_start_from_data(script, monkeypatch, tmp_path):
    monkeypatch.setattr(ClassAwareGAN, "initialize_from_data", lambda *_: pytest.fail("it did"))
    done = call_script(script, *TINY, f"--sResultDir={tmp_path}", "--dry_run")
    assert done.returncode == 0, done.stderr
    assert "run directory" in done.stdout and not any(tmp_path.iterdir())


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


def test_a_checkpoint_is_scored_without_training(script, tmp_path):
    command = [*TINY, "--save_every=2", "--bAddHZ", f"--sResultDir={tmp_path}"]
    done = call_script(script, *command)
    assert done.returncode == 0, done.stderr
    run = RunDirectory(tmp_path / "test_digits")
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    judged = [*command, "--bLoadForEvaluation", "--iSamplesEvaluate=100", "--iSSIM=2"]
    layers = [keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Dense(10)]
    keras.Sequential([keras.Input((32, 32, 1)), *layers]).save(tmp_path / "judge.keras")
    judged += [f"--score_classifier={tmp_path / 'judge.keras'}", "--bLoadCheckpoint"]
    for checkpoint, iteration in (("", 5), ("2", 2)):
        asked = [f"--sEvaluateCheckpoint={checkpoint}"] if checkpoint else []
        done = call_script(script, *judged, *asked)
        assert done.returncode == 0, done.stderr
        assert f"100 samples at iteration {iteration}" in done.stdout
        record = json.loads((run.path / "evaluation.json").read_text())
        assert record["iteration"] == iteration and record["settings"]["ssim_images"] == 2
        assert record["results"]["inception_score"] >= 1
        assert record["ms_ssim_classes"] == "given"
        assert 0 <= record["reference_results"]["ms_ssim_max"] <= 1
        assert 0 <= record["results"]["ms_ssim_max"] <= 1
    done = call_script(script, *judged, "--iSSIM=90")
    reason = r"ms_ssim: not taken: MS-SSIM: \d+ images of class \d, expected 90; raise "
    assert re.search(f"{reason}--iSamplesEvaluate or lower --iSSIM\n", done.stdout), done.stderr
    done = call_script(script, *judged, "--sEvaluateCheckpoint=3")
    assert done.returncode == 2 and "--sEvaluateCheckpoint=3: " in done.stderr
    assert "has 2, 4, 5; expected" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.slow
def test_a_resumed_run_takes_other_rates(script, tmp_path):
    command = [*TINY, "--nobPredefined", "--save_every=1", f"--sResultDir={tmp_path}"]
    done = call_script(script, *command, "--iBatchRun=1")
    assert done.returncode == 0, done.stderr
    run = RunDirectory(tmp_path / "test_digits")
    before = player_weights(run, 2)
    rates = ("--fLrIniG=1e-30", "--fLrIniD=1e-30")
    done = call_script(script, *command, "--iBatchRun=2", "--bLoadCheckpoint", *rates)
    assert done.returncode == 0, done.stderr
    klr = run.read_rows(run.metrics_file)["klr"]
    np.testing.assert_allclose(klr, [0.4, 0.4, 1e-27], rtol=1e-5)
    after = player_weights(run, 3)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


def test_an_error_is_one_line(tmp_path):
    finished = run_script("am_gan_reproduce.py", "--WGAN", f"--sResultDir={tmp_path / 'x'}")
    assert finished.returncode == 2
    (line,) = finished.stderr.strip().splitlines()
    assert line == "am_gan_reproduce.py: error: --WGAN=True: expected --LAB=False with it"
    assert not (tmp_path / "x").exists()
