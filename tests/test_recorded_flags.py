"""Every script has the flags that are recorded: the same names, types, defaults and choices.

tests/record_flags.py makes the record, and says when to make it again.
"""

import json
import pathlib
import runpy

import pytest

RECORDER = runpy.run_path(str(pathlib.Path(__file__).with_name("record_flags.py")))
RECORDED = json.loads(RECORDER["RECORD"].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found():
    return RECORDER["all_flags"]()


def test_every_script_is_recorded():
    assert sorted(RECORDED) == RECORDER["script_names"]()


@pytest.mark.parametrize("script", RECORDED)
def test_flags_are_those_recorded(script, found):
    assert set(found[script]) == set(RECORDED[script])
    for name, recorded in RECORDED[script].items():
        assert found[script][name] == recorded, f"--{name}"
