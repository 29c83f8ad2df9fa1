"""tools/serve.py: what it prints and refuses, and how it ends."""

import http.client
import json
import signal
import subprocess
import sys

from amnat.serving.script import bound

import pytest
from script_runs import ROOT, call_script, installed_environment, loaded_script

EXPORT = ROOT / "tests" / "old_runs" / "exported"


@pytest.fixture(scope="module")
def script():
    with loaded_script("serve.py") as found:
        yield found


def refused(script, *arguments):
    done = call_script(script, *arguments)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_wrong_commands_are_refused_in_a_line(script, tmp_path):
    (tmp_path / "empty").mkdir()
    for words, text in [
        ([], "--export_dir: expected the folder of an export"),
        ([str(tmp_path / "no")], "no such folder, expected the folder of an export"),
        ([str(tmp_path / "empty")], "holds neither saved_model.pb nor numbered versions"),
        ([EXPORT, "--port=70000"], "--port=70000: expected 0 to 65535"),
        ([EXPORT, "--threads=0"], "--threads"),
        ([EXPORT, "--host=no.such.host.invalid"], "expected one, such as 127.0.0.1"),
        ([EXPORT, "--host=203.0.113.7"], "expected an own address"),
        ([f"--export_dir=a={EXPORT},a={EXPORT}"], "two models are called a"),
    ]:
        assert text in refused(script, *words)


def test_a_port_in_use_is_named(script):
    with bound("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        text = refused(script, EXPORT, f"--port={port}")
    assert f"--port={port}: is in use on 127.0.0.1, expected a free port" in text


def test_a_half_written_export_is_named_with_what_it_lacks(script, tmp_path):
    (tmp_path / "5" / "variables").mkdir(parents=True)
    (tmp_path / "5" / "saved_model.pb").write_bytes(b"half")
    text = refused(script, tmp_path)
    assert "is half written (5 has no variables/variables.index), expected a complete" in text


def test_an_export_of_another_version_is_named(script, tmp_path):
    (tmp_path / "5" / "assets.extra").mkdir(parents=True)
    (tmp_path / "5" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "5" / "assets.extra" / "amnat_export.json").write_text('{"version": 9}')
    assert "version 9, expected 1; export the run again" in refused(script, tmp_path)


def test_a_damaged_graph_is_named(script, tmp_path):
    (tmp_path / "5").mkdir()
    (tmp_path / "5" / "saved_model.pb").write_bytes(b"no graph")
    text = refused(script, tmp_path, "--port=0")
    assert f"{tmp_path / '5'}: cannot be loaded as a SavedModel" in text


class Running:
    """tools/serve.py in a process of its own."""

    def __init__(self, *arguments):
        command = [sys.executable, str(ROOT / "tools" / "serve.py"), *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=installed_environment(),
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.split())
            if line.startswith("Ctrl-C"):
                break
        assert self.lines, self.process.communicate()
        self.address = next(words[1] for words in self.lines if words[0] == "page")

    def get(self, path):
        host, port = self.address.split("/")[2].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=120)
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())

    def end(self, number):
        """Sends a signal; returns (status, the rest of stdout, stderr)."""
        self.process.send_signal(number)
        out, errors = self.process.communicate()
        return self.process.returncode, out, errors


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_server_says_where_it_is_and_ends_when_told_to(number):
    server = Running(EXPORT, "--port=0")
    assert server.lines[0][:2] == ["model", "infogan_digits,"]
    assert server.address.startswith("http://127.0.0.1:")
    states = server.get("/v1/models/infogan_digits")["model_version_status"]
    assert states[0]["version"] == "2"
    assert server.end(number) == (0, "stopped\n", "")
