"""The command `amnat`, and the installation that it comes with."""

import pathlib
import subprocess
import sys

from amnat import __main__ as console

import pytest
import script_runs

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = '''"""Says what it was given. More of it.

Not the first paragraph.
"""

import sys

print(__name__, *sys.argv, sys.path[0], sep="|")
if __name__ == "__main__":
    sys.exit(3)
'''


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A tools/ folder that stands for the checkout's."""
    (tmp_path / "pyproject.toml").touch()
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "first.py").write_text(SCRIPT)
    (folder / "bare.py").write_text("import nowhere\n")
    (folder / "other_name.py").symlink_to("first.py")
    monkeypatch.setattr(console, "ROOT", tmp_path)
    monkeypatch.setattr(console, "TOOLS", folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return folder


def call(monkeypatch, *arguments):
    """The exit status of `amnat ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["amnat", *arguments])
    try:
        return console.main()
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_lists_the_scripts(tools, monkeypatch, capsys, arguments):
    monkeypatch.setenv("COLUMNS", "100")
    assert call(monkeypatch, *arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["bare", "first  Says what it was given. Also as other_name."]


def test_lists_this_checkout_within_the_width(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert call(monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    named = [line.split()[0] for line in lines if line[:1].strip()]
    scripts = sorted(path.stem for path in console.TOOLS.glob("*.py") if not path.is_symlink())
    assert named[: len(scripts)] == scripts
    assert "msdistgan_mnist" in " ".join(lines)


def test_first_sentences(tmp_path):
    script = tmp_path / "script.py"
    script.write_text('"""Follows Goodfellow et al. 2014, with\nmore. Second.\n"""')
    assert console.first_sentence(script) == "Follows Goodfellow et al. 2014, with more."


@pytest.mark.parametrize("name", ["first", "other_name"])
def test_runs_a_script_as_python_does(tools, monkeypatch, capsys, name):
    assert call(monkeypatch, name, "--flag=1", "word") == 3
    path = tools / f"{name}.py"
    assert capsys.readouterr().out == f"__main__|{path}|--flag=1|word|{tools}\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("frist", "did you mean first?"),
        ("other-name", "did you mean other_name?"),
        ("zzz", "amnat alone lists them"),
        ("../tools/first", "amnat alone"),
    ],
)
def test_unknown_names(tools, monkeypatch, capsys, name, hint):
    assert call(monkeypatch, name) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"amnat: {name}: no such script") and hint in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("missing", ["tools", "pyproject.toml"])
def test_needs_a_checkout(tools, monkeypatch, capsys, missing):
    (tools.parent / missing).rename(tools.parent / "away")
    assert call(monkeypatch, "first") == 2
    errors = capsys.readouterr().err
    assert "editable install" in errors and errors.count("\n") == 1


def run_elsewhere(folder, *command):
    """Runs Python of this environment with `folder` as current one."""
    environment = script_runs.installed_environment()
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_environment_imports_this_checkout(tmp_path):
    code = "import amnat; print(amnat.__file__)"
    found = run_elsewhere(tmp_path, sys.executable, "-c", code)
    assert found.stdout == f"{ROOT / 'amnat' / '__init__.py'}\n", "run tools/setup.sh"


def test_command_equals_the_script(tmp_path):
    python = sys.executable
    script = run_elsewhere(tmp_path, python, ROOT / "tools" / "plot_series.py", "--helpshort")
    assert "--column" in script.stdout
    installed = pathlib.Path(python).with_name("amnat")
    for command in ([installed], [python, "-m", "amnat"]):
        found = run_elsewhere(tmp_path, *command, "plot_series", "--helpshort")
        assert (found.returncode, found.stdout) == (script.returncode, script.stdout)
