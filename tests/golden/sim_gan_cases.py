"""Inputs of the golden numbers of the SimGAN and InfoGAN losses; needs numpy only.

Program and test both take them from here; sim_gan.npz holds results alone.
"""

import zlib

import numpy as np

ROWS, PATCHES, LABELS = 7, 4, 5
# Ranges of rows, the end excluded. The repository leaves the last row of a batch out.
RANGES = {
    "two groups": ((0, 3), (3, 7)),
    "last row left out": ((0, 3), (3, 6)),
    "one group": ((0, 7),),
    "three groups": ((0, 1), (1, 5), (5, 7)),
}
# Positive vectors, as sigmoids give, and ones of either sign.
KINDS = ("positive", "signed")
IPM = {
    "least squares": {"least_squares": True},
    "competitive": {"least_squares": True, "competitive": True},
    "least squares, importance": {"least_squares": True, "importance": True},
    "energy": {"least_squares": False},
    "energy, importance": {"least_squares": False, "importance": True},
}
IMAGE = (3, 4, 2)


def _state(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def vectors(kind, side):
    """float64 [ROWS, PATCHES]."""
    draw = _state(f"{kind}/{side}").standard_normal((ROWS, PATCHES))
    return 1.0 / (1.0 + np.exp(-draw)) if kind == "positive" else draw


def label_inputs():
    """(logits float64 [ROWS, LABELS], labels int64 [ROWS])."""
    state = _state("labels")
    return 3 * state.standard_normal((ROWS, LABELS)), state.randint(0, LABELS, ROWS)


def codes():
    """(estimate, code), float64 [ROWS, 3]."""
    return tuple(_state(f"code/{side}").uniform(-1, 1, (ROWS, 3)) for side in "ab")


def dragan_inputs():
    """Images [ROWS, *IMAGE], U of that shape, alpha [ROWS], a critic's weights [24, PATCHES]."""
    state = _state("dragan")
    shape = (ROWS, *IMAGE)
    return {
        "images": state.uniform(-1, 1, shape),
        "uniform": state.uniform(size=shape),
        "alpha": state.uniform(size=ROWS),
        "weights": state.standard_normal((int(np.prod(IMAGE)), PATCHES)) / 2,
    }
