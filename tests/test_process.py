"""The process of a script: its standard streams, its environment and Ctrl-C."""

import ast
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = sorted(path for path in (ROOT / "tools").glob("*.py") if not path.is_symlink())
ENVIRONMENT = os.environ | {"PYTHONPATH": ":".join([str(ROOT), *sys.path])}


def start(folder, code, **options):
    """Starts a script that begins as those in tools/ do."""
    script = folder / "script.py"
    script.write_text(f"import amnat.start\n{code}")
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": ENVIRONMENT} | options
    return subprocess.Popen([sys.executable, str(script)], cwd=folder, **options)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_prepares_its_process_first(path):
    found = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module)
    others = [name for name in found if name.split(".")[0] not in sys.stdlib_module_names]
    assert others[0] == "amnat.start"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_does_not_end_the_work(tmp_path, unbuffered):
    code = """
for number in range(20000):
    print("line", number)
print("more", flush=True)
open("result", "w").write("whole")
print("end")
"""
    environment = ENVIRONMENT | {"PYTHONUNBUFFERED": unbuffered}
    process = start(tmp_path, code, env=environment)
    assert process.stdout.readline() == b"line 0\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0 and (tmp_path / "result").read_text() == "whole"


@pytest.mark.parametrize("printed", [1, 20000])
def test_a_full_disk_below_stdout_is_reported_at_the_end(tmp_path, printed):
    code = f"""
from amnat.training import main

def work():
    print("text\\n" * {printed})
    open("result", "w").write("whole")

main.run_tool(work)
"""
    with open("/dev/full", "w") as full:
        process = start(tmp_path, code, stdout=full)
        _, errors = process.communicate()
    expected = "script.py: error: what it printed could not be written: No space left on device\n"
    assert (process.returncode, errors.decode()) == (1, expected)
    assert (tmp_path / "result").read_text() == "whole"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_files_do_not_take_the_place_of_closed_streams(tmp_path, closed):
    code = """
import os, sys
with open("result", "w") as file:
    assert file.fileno() > 2
    print("text"); print("text", file=sys.stderr); sys.stdout.flush(); sys.stderr.flush()
    os.write(1, b"native"); os.write(2, b"native")
    file.write("whole")
"""
    script = tmp_path / "script.py"
    script.write_text(f"import amnat.start\n{code}")
    command = f"exec '{sys.executable}' '{script}' {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, check=False)
    assert done.returncode == 0 and (tmp_path / "result").read_text() == "whole"


def test_text_that_stdout_cannot_encode(tmp_path):
    code = "print('1 ± 2', chr(0xdcff))"
    environment = ENVIRONMENT | {"PYTHONIOENCODING": "ascii"}
    output, errors = start(tmp_path, code, env=environment).communicate()
    assert (output, errors) == (b"1 \\xb1 2 \\udcff\n", b"")


def test_the_backend_of_a_notebook_is_not_used(tmp_path):
    code = "import matplotlib; print(matplotlib.get_backend())"
    backend = "module://matplotlib_inline.backend_inline"
    output, errors = start(tmp_path, code, env=ENVIRONMENT | {"MPLBACKEND": backend}).communicate()
    assert (output.lower(), errors) == (b"agg\n", b"")


def test_a_library_leaves_the_backend_to_its_user(tmp_path):
    code = (
        "import matplotlib, os, sys, amnat, amnat.training.figures, amnat.training.main;"
        "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'], 'amnat.start' in "
        "sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT | {"MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "svg svg False False\n"


def interrupted(process, seconds=10.0):
    """Sends SIGINT once a process has printed a line; returns (status, stderr)."""
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=seconds)
    return process.returncode, errors.decode()


def test_an_interrupt_while_packages_are_loaded(tmp_path):
    # An import that would turn the exception into another one.
    (tmp_path / "slow.py").write_text("""
import time
print("now", flush=True)
try:
    time.sleep(60)
except BaseException:
    raise ImportError("initialisation failed")
""")
    found = interrupted(start(tmp_path, "import slow"))
    assert found == (130, "script.py: interrupted\n")


@pytest.mark.parametrize("loads", [False, True])
def test_an_interrupt_of_the_work(tmp_path, loads):
    code = f"""
import time
from amnat.training import main, native_log

def work():
    try:
        if {loads}:
            native_log.choose_level()
            with native_log.held_back():
                print("now", flush=True)
                time.sleep(60)
        print("now", flush=True)
        time.sleep(60)
    finally:
        open("cleaned", "w").close()

main.run_tool(work)
"""
    environment = {k: v for k, v in ENVIRONMENT.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    found = interrupted(start(tmp_path, code, env=environment))
    assert found == (130, "script.py: interrupted\n")
    # While native code is loaded there is nothing to clean up, and exceptions get lost.
    assert (tmp_path / "cleaned").exists() != loads


def test_an_ignored_interrupt_stays_ignored(tmp_path):
    code = "import time\nprint('now', flush=True)\ntime.sleep(0.3)\nprint('end')"
    process = start(tmp_path, code, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    time.sleep(0)
    assert interrupted(process) == (0, "")
