"""The port against numbers that the originals computed (tools/compare.py --write_golden)."""

import pathlib

from amnat.compat import amnat_tasks, golden, originals

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parent.parent / "golden"
FAST = (
    "am_gan_am_gan",
    "am_gan_mlp",
    "am_gan_reproduce_initialisation",
    "gan_intro_gan",
    "gan_intro_minibatch",
)
CASES = [
    pytest.param(original, name, marks=() if f"{original}_{name}" in FAST else pytest.mark.slow)
    for original in ("am_gan", "am_gan_reproduce", "gan_intro", "msgan")
    for name in originals.module(original).ORIGINAL.configurations
]
# The files hold float32 roundings of float64 results; after 20 iterations the schedule's rounding
# to float32 shows.
TOLERANCES = {"outputs": 1e-6, "losses": 1e-6, "gradients": 1e-6, "variables": 1e-6}


def test_each_configuration_has_one_file():
    expected = [golden.path_of(FOLDER, *case.values) for case in CASES]
    assert sorted(FOLDER.glob("original_*")) == sorted(expected)
    assert {f"{original}_{name}" for original, name in (c.values for c in CASES)} >= set(FAST)


@pytest.mark.parametrize(("original", "name"), CASES)
def test_the_originals_numbers(original, name):
    module = originals.module(original)
    header, expected = golden.read(golden.path_of(FOLDER, original, name))
    known = module.ORIGINAL.configurations[name].with_sizes(module.ORIGINAL.small)
    assert header["commit"] == module.ORIGINAL.commit
    assert (header["settings"], header["switches"]) == (known.settings, known.switches)
    job = {"task": "trace", "configuration": known, "iterations": 20, "recorded": (0, 1, 20)}
    found = amnat_tasks.run_job(module, None, job | {"dtype": "float64"})
    cancelled = set(module.ORIGINAL.cancelled(known))
    assert {key for key in expected if key.startswith("variables/")}
    for key, value in expected.items():
        kind, _, rest = key.partition("/")
        actual = golden.some(found[key])
        if kind == "gradients" and rest.partition("/")[2] in cancelled:
            # Zero by construction: rounding of float64.
            assert np.abs(actual).max() < 1e-12, key
            continue
        atol = TOLERANCES[kind] * np.abs(value).max()
        np.testing.assert_allclose(actual, value, rtol=0, atol=atol, err_msg=key)
