"""One name for the length, the widths and the rates of all scripts, from their declarations."""

from amnat.errors import InputError
from amnat.sweep import shared_names
from amnat.sweep.describe import describe, description
from amnat.training import declarations
from amnat.training.method import Method

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import ROOT, loaded_script


@pytest.mark.parametrize("text", ["", "x", "0", "-3", "x0", "2.5", "many", "nan", "1e400"])
def test_shared_names_take_numbers_and_factors(text):
    with pytest.raises(InputError, match=f"--length={text}: expected a"):
        shared_names.Amount.parse("length", text)


def test_epochs_of_no_fixed_length():
    with pytest.raises(InputError, match="--length=9: gan_digits counts epochs of no fixed"):
        found = {"flags": {"n_epochs": {"value": 3, "means": "epochs"}}}
        found["iterations_per_epoch"] = None
        shared_names.translate("length", "9", found, "gan_digits")


def test_what_scripts_say_of_their_rows():
    """Every GAN script has a flag for its length and its rates, and GAN scripts are told apart."""
    found = describe(ROOT / "tools" / "gan.py", [f"--flagfile={ROOT}/flags/gan_digits.flags"], True)
    assert found["iterations_per_epoch"] == 1437 // 32 and found["result_dir"] == "sResultDir"
    assert shared_names.translate("length", "100", found, "gan") == ["--n_epochs=3"]
    assert shared_names.translate("width", "8", found, "gan") == []
    for flag, compared in [("lr", True), ("log_every", False), ("save_every", False)]:
        assert found["flags"][flag]["compared"] == compared
    with pytest.raises(InputError, match="neither a generator that a sweep could score nor"):
        describe(ROOT / "tools" / "nat_1d_study.py", [], False)
    with pytest.raises(InputError, match="Unknown command line flag 'iMaxIter'"):
        describe(ROOT / "tools" / "gan.py", ["--iMaxIter=3"], False)


def test_what_a_script_says_of_classifiers():
    with loaded_script("nat_classifier.py") as script, flagsaver.flagsaver():
        flags.FLAGS(["nat_classifier.py", "--dataset=digits", "--epochs=3"])
        found = description(script, True)
    assert (found["kind"], found["result_dir"]) == ("classifier", "out_dir")
    assert found["iterations_per_epoch"] is None
    assert found["flags"]["epochs"] == {"value": 3, "means": "epochs", "compared": True}
    assert found["flags"]["batch_size"]["means"] == "batch"
    assert not found["flags"]["out_dir"]["compared"] and found["flags"]["weight_decay"]["compared"]


def _scripts():
    names = sorted(path.name for path in (ROOT / "tools").glob("*.py"))
    return [name for name in names if "import run\n" in (ROOT / "tools" / name).read_text()]


@pytest.mark.parametrize("name", _scripts())
def test_every_method_has_a_length_and_a_rate(name):
    with loaded_script(name) as script:
        if not isinstance(script, Method):
            pytest.skip("its runs are not scored")
        found = [declarations.declaration(flag).means for flag in script.flag_names]
        assert sum(means in ("iterations", "epochs") for means in found) == 1
        assert "rate" in found
