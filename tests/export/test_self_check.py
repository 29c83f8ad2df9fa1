"""The process that reloads an export."""

import errno
import os
import subprocess
import sys

from amnat.errors import OutputError
from amnat.export import self_check

import numpy as np
import pytest


@pytest.mark.parametrize("safe_path", ["", "1"])
def test_it_imports_from_where_the_user_does(tmp_path, safe_path):
    """Only the script's own folder is no place to import from; it may not be there at all."""
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('the one in PYTHONPATH')")
    done = subprocess.run(
        [sys.executable, str(self_check.SCRIPT), "model", "plan"],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": safe_path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "the one in PYTHONPATH\n"


def test_a_full_temporary_folder_is_not_a_full_export_folder(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OutputError, match="temporary files in .*TMPDIR=FOLDER.*No space left"):
        self_check.check_saved_model(tmp_path, [])
