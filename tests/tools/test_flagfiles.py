"""flags/: every flagfile names its script and has its row in flags/README.md."""

import re

import pytest
from script_runs import ROOT

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
