"""Memory stays bounded at the size of published evaluations."""

import os
import subprocess
import sys

import pytest

LIMIT_GIB = 3.0

SCORES_50K = """
import itertools, resource
import numpy as np
from amnat.metrics.frechet import frechet_inception_distance
from amnat.metrics.inception_score import inception_score_splits
from amnat.metrics.kernel import kernel_inception_distance
from amnat.metrics.manifold import _distances

rng = np.random.default_rng(0)
samples, reference = (rng.standard_normal((50_000, 2048), dtype=np.float32) for _ in range(2))
frechet_inception_distance(samples, reference)
kernel_inception_distance(samples, reference, subsets=3)
# Every block of distances takes the same memory; all of them would take many minutes.
for block in itertools.islice(_distances(reference, samples), 2):
    np.partition(block, 5, axis=1), block < 1
inception_score_splits(np.full((50_000, 1008), 1 / 1008, np.float32))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
def test_50k_samples_of_2048_features():
    # Every thread of a library of matrix products has buffers of its own.
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    result = subprocess.run(
        [sys.executable, "-c", SCORES_50K],
        env=os.environ | threads,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(result.stdout) < LIMIT_GIB
