"""The default of TensorFlow's oneDNN, which differs between images and points."""

import os
import subprocess
import sys

import pytest

SHOW = "print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"


def setting(code, environment=()):
    """What a fresh process prints, TF_ENABLE_ONEDNN_OPTS, after `code`."""
    kept = {k: v for k, v in os.environ.items() if "ONEDNN" not in k}
    done = subprocess.run(
        [sys.executable, "-c", f"import os, subprocess, sys, amnat; {code}"],
        env=kept | dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()[-1]


@pytest.mark.parametrize(
    ("code", "environment", "expected"),
    [
        ("", {}, "1"),
        ("amnat.leave_onednn_off();", {}, "0"),
        ("amnat.leave_onednn_off();", {"TF_ENABLE_ONEDNN_OPTS": "1"}, "1"),
        ("", {"TF_ENABLE_ONEDNN_OPTS": "0"}, "0"),
        # TensorFlow has read it by then.
        ("sys.modules['tensorflow'] = 1; amnat.leave_onednn_off();", {}, "1"),
    ],
)
def test_the_users_setting_wins(code, environment, expected):
    assert setting(code + SHOW, environment) == expected


def test_a_process_that_is_started_has_its_own_choice():
    inner = f"import os, amnat; amnat.leave_onednn_off(); {SHOW}"
    assert setting(f"subprocess.run([sys.executable, '-c', {inner!r}], check=True)") == "0"


def test_a_benchmark_chooses_before_it_loads_tensorflow():
    code = (
        "from amnat.benchmark import task_worker;"
        "task_worker._choose_libraries({'workload': 'am_gan_toy'});"
        "assert 'tensorflow' not in sys.modules;"
    )
    assert setting(code + SHOW) == "0"
    assert setting(code.replace("am_gan_toy", "am_gan_cifar10") + SHOW) == "1"
