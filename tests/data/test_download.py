import hashlib
import http.server
import os
import threading

from amnat.data import download
from amnat.data.cache import locked
from amnat.errors import InputError

import pytest

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    requests = []

    def do_GET(self):
        self.requests.append(self.path)
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        announced = len(CONTENT)
        content = CONTENT
        if self.path == "/cut":
            content = CONTENT[:1000]
        if self.path == "/short":
            content, announced = CONTENT[:1000], 1000
        if self.path == "/long":
            content, announced = CONTENT + b"x", len(CONTENT) + 1
        if self.path == "/other":
            content = b"x" * len(CONTENT)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(urls, folder, **checksum):
    checksum = checksum or {"sha256": SHA256}
    return download.fetch(urls, "file.gz", len(CONTENT), str(folder), **checksum)


@pytest.mark.parametrize("checksum", [{"sha256": SHA256}, {"md5": MD5}], ids=["sha256", "md5"])
def test_a_file_arrives_whole_in_a_new_folder(server, tmp_path, checksum):
    folder = tmp_path / "a" / "b"
    path = fetch([server + "/file"], folder, **checksum)
    assert path == str(folder / "file.gz")
    assert (folder / "file.gz").read_bytes() == CONTENT
    assert os.listdir(folder) == ["file.gz"]


def test_a_file_that_several_need_is_downloaded_once(server, tmp_path):
    with locked(tmp_path / "file.gz"):
        threads = [
            threading.Thread(target=fetch, args=([server + "/once"], tmp_path)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert Handler.requests.count("/once") == 1
    assert os.listdir(tmp_path) == ["file.gz"]


def test_the_next_address_is_tried(server, tmp_path):
    urls = [f"{server}/{kind}" for kind in ("missing", "cut", "other", "file")]
    fetch(urls, tmp_path)
    assert os.listdir(tmp_path) == ["file.gz"]
    assert (tmp_path / "file.gz").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "kind, reason",
    [
        ("missing", "404"),
        ("cut", "1000"),
        ("short", "ended after 1000 of 256000 bytes"),
        ("long", "more than the expected 256000 bytes"),
        ("other", f"sha256 is {hashlib.sha256(b'x' * len(CONTENT)).hexdigest()}"),
    ],
)
def test_a_failure_says_all_and_leaves_nothing(server, tmp_path, kind, reason):
    url = f"{server}/{kind}"
    with pytest.raises(InputError, match=reason) as error:
        fetch([url], tmp_path / "a" / "b")
    message = str(error.value)
    for part in (str(tmp_path / "a" / "b" / "file.gz"), url, SHA256, "256,000 bytes"):
        assert part in message
    assert "\n" not in message
    assert os.listdir(tmp_path) == []


def test_a_failure_keeps_what_was_there(server, tmp_path):
    (tmp_path / "file.gz").write_text("old")
    with pytest.raises(InputError):
        fetch([server + "/other"], tmp_path)
    assert os.listdir(tmp_path) == ["file.gz"]
    assert (tmp_path / "file.gz").read_text() == "old"


def test_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(InputError, match="http://127.0.0.1:9/file.*put it into"):
        fetch(["http://127.0.0.1:9/file"], tmp_path)
    assert os.listdir(tmp_path) == []


def test_an_interrupt_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(download.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch([server + "/file"], tmp_path / "new")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be downloaded"):
        fetch([server + "/file"], tmp_path / "file" / "sub")


def test_exactly_one_checksum_is_needed(tmp_path):
    with pytest.raises(ValueError, match="sha256 or md5"):
        fetch(["http://127.0.0.1:9/"], tmp_path, sha256=SHA256, md5=MD5)
