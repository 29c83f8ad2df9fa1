"""tools/serve_load.py: what it prints and refuses."""

import socket

import pytest
from script_runs import ROOT, call_script, loaded_script, run_script

EXPORT = ROOT / "tests" / "old_runs" / "exported"


@pytest.fixture(scope="module")
def load_script():
    with loaded_script("serve_load.py") as found:
        yield found


def refused(script, *arguments):
    done = call_script(script, *arguments)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_the_load_needs_one_server(load_script):
    text = refused(load_script)
    assert "expected either --export_dir or --url" in text
    assert "either" in refused(load_script, "--export_dir=a", "--url=http://127.0.0.1:1")
    assert "expected http://HOST:PORT" in refused(load_script, "--url=somewhere")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "no server answers" in refused(load_script, f"--url=http://127.0.0.1:{port}")


@pytest.mark.slow
def test_a_short_load_is_answered_without_an_error():
    done = run_script(
        *("serve_load.py", f"--export_dir={EXPORT}", "--seconds=3", "--warm_up=3"),
        *("--clients=64", "--max_growth=0.5"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 errors" in done.stdout and "p99" in done.stdout and "memory" in done.stdout
