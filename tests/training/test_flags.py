"""amnat.training.flags: which shared flags a script takes."""

import pytest
from script_runs import call_script, loaded_script

SCRIPTS = ("evaluate", "gan_intro", "nat_1d_study", "nat_2d", "sweep", "train_classifier")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shared_flag_that_a_script_does_not_take(script):
    with loaded_script(f"{script}.py") as module:
        done = call_script(module, "--score_every=5")
    expected = f"{script}.py: error: --score_every: this script has no such flag (see --helpshort)"
    assert (done.returncode, done.stderr.strip()) == (2, expected)
