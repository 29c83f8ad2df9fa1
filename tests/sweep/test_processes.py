"""The processes of a sweep: their logs, errors and ends."""

import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import time

from amnat.sweep.processes import Processes, Stopped

import pytest

SAVES = """
import pathlib, signal, sys, time
def save(*_): pathlib.Path(sys.argv[1]).write_text("saved"); sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(600)
"""


def test_processes_are_stopped_with_sigterm(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(SAVES)
    processes, log = Processes(2), tmp_path / "log.txt"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(processes.call, program, [str(tmp_path / "out")], log)
        while not log.exists() or "ready" not in log.read_text():
            assert not running.done()
            time.sleep(0.05)
        processes.stop()
        # It saved and ended well; the sweep sees that its run is not finished.
        assert running.result() is None
    assert (tmp_path / "out").read_text() == "saved"
    with pytest.raises(Stopped):
        processes.call(program, [str(tmp_path / "out")], log)


def test_a_process_that_fails(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("print('x.py: error: no such thing'); print('bye'); raise SystemExit(2)")
    with pytest.raises(RuntimeError, match="status 2: x.py: error: no such thing .see .*log.txt"):
        Processes(1).call(program, [], tmp_path / "log.txt")


SWEEP = """
import pathlib, sys
from amnat.sweep.processes import Processes
Processes(1).call(sys.argv[1], [sys.argv[2]], pathlib.Path(sys.argv[3]))
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv")
def test_runs_save_if_the_sweep_is_killed(tmp_path):
    program, out, log = tmp_path / "program.py", tmp_path / "out", tmp_path / "log.txt"
    program.write_text(SAVES)
    sweep = subprocess.Popen([sys.executable, "-c", SWEEP, *map(str, (program, out, log))])
    while not log.exists() or "ready" not in log.read_text():
        assert sweep.poll() is None
        time.sleep(0.05)
    os.kill(sweep.pid, signal.SIGKILL)
    sweep.wait()
    deadline = time.monotonic() + 300
    while not out.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert out.exists()
