"""The log.txt of AM-GANs-for-reproduce, which holds all flags of its main.py in Python's form."""

import pprint

# The flags of code/main.py and their defaults.
# fmt: off
DEFAULTS = {
    "iIterCheckpoint": 10000, "iSamplesEvaluate": 50000, "bLoadCheckpoint": False,
    "bLoadForEvaluation": False, "fLrIniG": 0.0004, "fLrIniD": 0.0004, "fLrDecay": 0.5,
    "iLrStep": 100000, "bLrStair": True, "iBatchRun": 1000000, "iBatchSize": 100, "iSSIM": 10,
    "fLimitedD": 0.0, "fLimitedG": 1.0, "sDataSet": "cifar10", "sResultTag": "test",
    "GN": False, "GP": False, "WGAN": False, "CGAN": False, "LAB": True, "AC": True,
    "sharp_pow": 0.0, "D_AC_WEIGHT": 0.0, "G_AC_WEIGHT": 1.0, "DIST_AC_GEN_EVEN": False,
    "DIST_AC_GEN_ACGAN": False, "DECAY_WEIGHT": 0.0, "GN_WEIGHT": 0.0, "FAKE_LOGIT": False,
    "PATH": False, "MODE": False, "bPredefined": False, "bUseClassLabel": True,
    "iUnlableClass": 20, "f2Smoothed": 1.0, "fkSmoothed": 1.0, "generator": "generator",
    "discriminator": "discriminator", "sResultDir": "../result/", "sSourceDir": "../code/",
    "iInputNoisePow": 2, "fInputNoise": 0.1, "fInputNoiseMin": 0.1, "fLayerNoiseD": 0.0,
    "fLayerDropoutD": 0.3, "iKsizeG": 3, "iKsizeD": 3, "iFilterDimG": 192, "iFilterDimD": 128,
    "fDimIncreaseRate": 2.0, "oUp": "deconv", "oDown": "conv", "dfirst1": 1, "gfirst1": 1,
    "dfinal": "avgpool", "bAddHZ": False, "bUseUniformZ": False, "bNormalizeZ": False,
    "iTrainG": 1, "iTrainD": 1, "iWarmD": 0, "iWarmDIterPer": 10, "fBeta1G": 0.5, "fBeta1D": 0.5,
    "fBeta2G": 0.999, "fBeta2D": 0.999, "oOptG": "adam", "oOptD": "adam", "oActG": "lrelu",
    "oActD": "lrelu", "oBnG": "bn", "oBnD": "bn", "iDimsC": 3, "iDimsZ": 100, "iResG": 0,
    "iResD": 0, "iMinSizeD": 4, "bUseLabel": True, "bUseUnlabel": False, "iNumLabelData": 400,
    "sEvaluateCheckpoint": "", "bAugment": False, "sLogfileName": "log.txt", "iImageSize": 32,
    "Use32_MNIST": True, "iSaveCount": 100, "bCropImage": True, "iCenterCropSize": 108,
    "test": False, "debug": False,
}
# fmt: on


def set_by_the_original(values):
    """What main.py sets itself before it prints its flags."""
    name = f"{values['sResultTag']}_{values['sDataSet']}"
    folder = values["sResultDir"] + name
    found = {"logModel": "a", "sTestName": name, "sTestCaseDir": folder}
    found |= {"sSampleDir": f"{folder}/samples", "checkpoint_dir": f"{folder}/checkpoint"}
    found["sLogfileName"] = f"{folder}/log.txt"
    if values["sDataSet"] == "mnist":
        found |= {"Use32_MNIST": True, "iImageSize": 32, "iDimsC": 1}
    if not values["bUseClassLabel"]:
        found |= {"bUseLabel": False, "bUseUnlabel": True, "iNumLabelData": 0}
    elif not values["bUseUnlabel"]:
        found["iNumLabelData"] = 10**16
    if values["CGAN"]:
        found["bPredefined"] = True
    return found


def log_text(**given):
    """The beginning of the log of a run with these flags."""
    values = DEFAULTS | given
    values |= set_by_the_original(values)
    words = "".join(f"--{name} {value} " for name, value in given.items())
    start = f'CUDA_VISIBLE_DEVICES="x" python main.py {words}\n\n'
    return f"{start}{pprint.pformat(values)}\n[0,   0] d_loss: 1.0\n"
