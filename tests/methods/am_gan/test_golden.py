"""Whole iterations against an independent float64 implementation (tests/golden/README.md)."""

import am_gan_golden
import golden_runs
import numpy as np
import pytest

RUNS = [
    "image",
    "image_1channel",
    "image_sgd",
    "image_momentum",
    "image_exp",
    "image_gan",
    "image_two_d_steps",
    "image_scaled",
    "image_penalty",
    "mlp",
    "mlp_gan",
]


@pytest.mark.parametrize("name", RUNS)
def test_three_iterations_in_float64(name):
    golden = am_gan_golden.load(name)
    model = golden_runs.build(golden)
    step = golden_runs.replayed_train_step(model)
    for iteration in range(3):
        logs = step(
            golden_runs.batch(golden, iteration, "float64"),
            golden_runs.draws(golden, iteration, "float64"),
        )
        assert {f"log/{log}" for log in logs} == {key for key in golden if key.startswith("log/")}
        for log, value in logs.items():
            expected = golden[f"log/{log}"][iteration]
            tolerance = 1e-7 if log == "klr" else 1e-9  # the rate is logged in float32
            np.testing.assert_allclose(value, expected, tolerance, tolerance, err_msg=log)
        if iteration in (0, 2):
            for key, variable in golden_runs.variables(model).items():
                expected = golden[f"after{iteration + 1}/{key}"]
                np.testing.assert_allclose(variable, expected, 1e-9, 1e-9, err_msg=key)
