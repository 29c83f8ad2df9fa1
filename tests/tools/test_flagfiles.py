"""flags/: every flagfile names its script and has its row in flags/README.md."""

import re

from amnat.training.main import Script

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import ROOT, loaded_script

FOLDER = ROOT / "flags"
NAMES = sorted(path.stem for path in FOLDER.glob("*.flags"))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_is_the_command(name):
    first = (FOLDER / f"{name}.flags").read_text().splitlines()[0]
    match = re.match(rf"#     python (tools/\w+\.py) --flagfile=flags/{name}\.flags( |$)", first)
    assert match and (ROOT / match[1]).is_file()


def test_the_list_is_complete():
    rows = re.findall(r"^\| `(\w+)\.flags` \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert sorted(rows) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_its_script_accepts_it(name):
    """All checks that need no file, those of flags that would change nothing included."""
    text = (FOLDER / f"{name}.flags").read_text()
    script_name = re.match(r"#     python tools/(\w+\.py) ", text)[1]
    with loaded_script(script_name) as script, flagsaver.flagsaver():
        if not isinstance(script, Script):
            pytest.skip(f"{script_name} is no training script")
        arguments = script.arguments([f"--flagfile={FOLDER / f'{name}.flags'}"])
        flags.FLAGS([script.__file__, *arguments])
        script.check()
