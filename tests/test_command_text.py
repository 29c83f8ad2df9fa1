"""Printed commands, which a shell has to read as they were meant."""

import os
import shlex
import sys

from amnat import command_text

import pytest


def test_paths_are_quoted(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "my tools" / "gan.py")])
    text = command_text.command("--resume=/a b/it's", "--n=1")
    _, *words = shlex.split(text)
    assert words == [str(tmp_path / "my tools" / "gan.py"), "--resume=/a b/it's", "--n=1"]


def test_a_script_of_tools_is_named_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(command_text.TOOLS.parent)
    assert shlex.split(command_text.command(script="gan.py"))[1] == "tools/gan.py"
    monkeypatch.chdir(tmp_path)
    assert shlex.split(command_text.command(script="gan.py"))[1] == str(
        command_text.TOOLS / "gan.py"
    )


@pytest.mark.parametrize("is_on_path", [True, False])
def test_the_interpreter_is_this_one(is_on_path, tmp_path, monkeypatch):
    (tmp_path / "python").touch(mode=0o755)
    other = str(tmp_path / "other" / "python")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3") if is_on_path else other)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin")
    assert shlex.split(command_text.command())[0] == ("python" if is_on_path else other)
