"""tools/build_docs.py: the documents as a site, in which a broken link is a mistake."""

import json
import pathlib

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script

pytest.importorskip("mkdocs")


@pytest.fixture(scope="module")
def script():
    with loaded_script("build_docs.py") as module:
        yield module


def run(script, *arguments):
    with flagsaver.flagsaver():
        flags.FLAGS(["build_docs.py", *map(str, arguments)])
        return script.main()


def test_the_documents(script, tmp_path, capfd):
    assert run(script, f"--out={tmp_path / 'site'}") == 0
    assert capfd.readouterr().out.splitlines()[-1] == f"site {tmp_path / 'site' / 'index.html'}"
    page = (tmp_path / "site" / "reference" / "models.html").read_text(encoding="utf-8")
    assert 'id="amnat.models.base.GANModel"' in page and "discriminator_loss" in page
    tutorial = (tmp_path / "site" / "docs" / "tutorial.html").read_text(encoding="utf-8")
    assert "AM-GAN in ten minutes" in tutorial and "tutorial_1.png" in tutorial
    assert (tmp_path / "site" / "docs" / "tutorial_1.png").is_file()


@pytest.mark.parametrize("link", ["[text](nowhere.md)", "[text](BUILD.md#no-such-part)"])
def test_a_broken_link(script, tmp_path, monkeypatch, caplog, link):
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (root / "README.md").write_text(f"# Title\n\n{link}\n")
    (root / "BUILD.md").write_text("# Build\n")
    monkeypatch.setattr(script, "ROOT", root)
    monkeypatch.setattr(script, "write_reference", lambda target: [])
    monkeypatch.setattr(script, "navigation", lambda target, reference: ["README.md", "BUILD.md"])
    assert run(script, f"--out={tmp_path / 'site'}") == 1
    assert f"'README.md' contains a link '{link[7:-1]}'" in caplog.text
    (root / "README.md").write_text("# Title\n\n[text](BUILD.md#build)\n")
    assert run(script, f"--out={tmp_path / 'site'}") == 0


def test_a_notebook_becomes_a_page(script, tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "text"]},
        {
            "cell_type": "code",
            "source": ["1 + 1"],
            "outputs": [
                {"output_type": "stream", "text": ["printed\n"]},
                {"output_type": "display_data", "data": {"image/png": "aGFsbG8=\n"}},
                {"output_type": "execute_result", "data": {"text/plain": ["2"]}},
            ],
        },
    ]
    path = pathlib.Path(tmp_path / "book.ipynb")
    path.write_text(json.dumps({"cells": cells}))
    script.write_notebook(path)
    assert (tmp_path / "book_1.png").read_bytes() == b"hallo"
    text = (tmp_path / "book.md").read_text()
    assert text.startswith("# Title\ntext\n\n```python\n1 + 1\n```\n\n```text\nprinted\n```\n")
    assert "(book_1.png)" in text and text.endswith("```text\n2\n```\n")
