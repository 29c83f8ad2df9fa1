"""Makes scores.json: the scores of the original AM-GAN2, computed by its own common/score.py.

    git clone https://github.com/ZhimingZhou/AM-GAN2
    python tests/golden/make_scores.py --original_dir AM-GAN2 --out tests/golden/scores.json

Runs with what amnat itself needs. The original's helpers (common/utils.py) ask for removed parts
of SciPy, so a stand-in gives score.py the few names that it takes from them.
"""

import argparse
import importlib
import json
import pathlib
import sys
import types

import amnat  # noqa: F401  (sets TensorFlow's switches before it is imported)

import numpy as np
import scipy.linalg  # noqa: F401  (the original takes it for loaded)
import score_inputs
import tensorflow.compat.v1 as tf1


def load_original(folder):
    """The module common/score.py of a checkout of AM-GAN2."""
    utils = types.ModuleType("common.utils")
    utils.np, utils.tf = np, tf1
    utils.mean, utils.std = (lambda x: float(np.mean(x))), (lambda x: float(np.std(x)))
    utils.makedirs = lambda path: None
    sys.path.insert(0, str(folder))
    sys.modules["common.utils"] = utils
    return importlib.import_module("common.score")


def make(original):
    """All numbers, as plain floats."""
    splits = score_inputs.SPLITS
    record = {"inception": {}, "am": {}, "fid": {}}
    for name, (samples, reference) in score_inputs.probabilities().items():
        inception, am = original.InceptionScore, original.AMScore
        record["inception"][name] = {
            "unsplit": inception.inception_score_KL(samples),
            "split": inception.inception_score_split_std(samples, splits),
        }
        record["am"][name] = {
            "unsplit": am.am_score(samples, reference),
            "split": am.am_score_split_std(samples, reference, splits),
        }
    for name, (samples, reference) in score_inputs.features().items():
        record["fid"][name] = original.FID.get_FID_with_activations(samples, reference)
    # A copy: the original adds one to the images of its caller.
    record["ms_ssim"] = original.MSSSIM().msssim(
        score_inputs.images(), score_inputs.IMAGE_CLASSES, score_inputs.IMAGES_PER_CLASS
    )
    return record


def to_json(value):
    """Numpy numbers and tuples as JSON; a complex number (a singular FID) as its real part."""
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return float(np.real(value))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original_dir", type=pathlib.Path, required=True, help="AM-GAN2 checkout")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the .json file to write")
    flags = parser.parse_args()
    if not (flags.original_dir / "common" / "score.py").is_file():
        parser.error(f"--original_dir: {flags.original_dir} holds no common/score.py")
    text = json.dumps(to_json(make(load_original(flags.original_dir))), indent=1)
    flags.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
