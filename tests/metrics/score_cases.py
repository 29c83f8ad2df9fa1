"""What several score tests share: the original's numbers and bad arrays."""

import json
import pathlib

import numpy as np

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "scores.json").read_text())

BAD_PROBABILITIES = {
    "rank 1": (np.array([0.5, 0.5]), "shape"),
    "no samples": (np.zeros((0, 10)), "shape"),
    "NaN": (np.array([[0.5, np.nan]]), "NaN"),
    "infinite": (np.array([[0.5, np.inf]]), "NaN or infinite"),
    "logits": (np.array([[2.0, -1.0]]), "softmax"),
    "not normalised": (np.array([[0.5, 0.9]]), "sums to 1.4"),
    "text": (np.array([["a", "b"]]), "expected numbers"),
}

BAD_FEATURES = {
    "rank 4": (np.zeros((5, 1, 1, 3)), r"expected numbers \[N, F\]"),
    "NaN": (np.array([[0.0, 1, np.nan]] * 5), "NaN"),
    "infinite": (np.array([[0.0, 1, -np.inf]] * 5), "NaN or infinite"),
    "no samples": (np.zeros((0, 3)), "shape"),
    "another number of features": (np.zeros((5, 4)), "4 per sample, expected the 3"),
}
