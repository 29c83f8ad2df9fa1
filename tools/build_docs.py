"""Builds the documents as a website, with a reference of the library made from its docstrings.

    python tools/build_docs.py
    python -m http.server --directory site

A broken link, or a docstring that cannot be read, ends it with status 1.
"""

import ast
import base64
import json
import logging
import pathlib
import shutil
import sys

import amnat.start  # noqa: F401  (before the others)
from amnat import json_text
from amnat.errors import InputError
from amnat.files import output_folder, scratch_folder
from amnat.training.main import run_tool

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS
# Files and folders whose texts link to one another; they keep their places.
PAGES = ("README.md", "BUILD.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "flags/README.md")
PAGES += ("tests/golden/README.md",)
# The packages of the reference, in the order of the layers, the highest first.
PACKAGES = ("methods", "models", "networks", "layers", "losses", "data", "metrics", "evaluation")
PACKAGES += (
    "training",
    "classifiers",
    "export",
    "sampling",
    "serving",
    "report",
    "sweep",
    "compat",
)

flags.DEFINE_string("out", str(ROOT / "site"), "Folder for the site; it is replaced.")


def copy_pages(target):
    """Copies the texts and pictures that the site shows."""
    for name in PAGES:
        source, place = ROOT / name, target / name
        if source.is_dir():
            shutil.copytree(source, place)
        elif source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
    for notebook in sorted((target / "docs").glob("*.ipynb")):
        write_notebook(notebook)


def write_notebook(path):
    """Writes a notebook's cells and their outputs beside it as Markdown and pictures."""
    lines = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        text = "".join(cell["source"])
        lines.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                picture = path.with_name(f"{path.stem}_{number}.png")
                picture.write_bytes(base64.b64decode("".join(data["image/png"])))
                lines.append(f"![What the cell shows]({picture.name})")
            else:
                shown = "".join(output.get("text", data.get("text/plain", "")))
                lines.append(f"```text\n{shown.rstrip()}\n```")
    path.with_suffix(".md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def modules_of(package):
    """The dotted names of a package's modules that have a docstring, sorted."""
    found = []
    for path in sorted((ROOT / "amnat" / package).rglob("*.py")):
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            words = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(words[:-1] if words[-1] == "__init__" else words))
    return found


def write_reference(target):
    """Writes a page of the reference for each package; returns the entries of the navigation."""
    folder = target / "reference"
    folder.mkdir()
    for package in PACKAGES:
        names = modules_of(package)
        if not names:
            raise InputError(f"amnat/{package}: it has no module with a docstring")
        text = "\n\n".join(f"## {name}\n\n::: {name}" for name in names)
        (folder / f"{package}.md").write_text(f"# amnat.{package}\n\n{text}\n", encoding="utf-8")
    return [{f"amnat.{package}": f"reference/{package}.md"} for package in PACKAGES]


def navigation(target, reference):
    """The entries of the menu: first the tutorial, then the documents, then the reference."""
    documents = sorted(path.name for path in (target / "docs").glob("*.md"))
    first = [name for name in ("tutorial.md", "tasks.md", "methods.md") if name in documents]
    rest = [name for name in documents if name not in first]
    return [
        {"amnat": "README.md"},
        *(f"docs/{name}" for name in first),
        {"Set up and build": "BUILD.md"},
        {"Flagfiles": "flags/README.md"},
        {"Documents": [f"docs/{name}" for name in rest]},
        {"Reference": reference},
        {"Contribute": ["CONTRIBUTING.md", "CHANGELOG.md"]},
    ]


def configuration(target, site, entries):
    """The settings of MkDocs."""
    options = {"show_root_heading": False, "show_root_toc_entry": False, "heading_level": 3}
    options |= {"show_source": False, "docstring_style": "google", "members_order": "source"}
    # Our docstrings list several parameters in one entry, which the parser takes for a mistake.
    options |= {"docstring_options": {"warnings": False}}
    python = {"paths": [str(ROOT)], "options": options}
    return {
        "site_name": "amnat",
        "docs_dir": str(target),
        "site_dir": str(site),
        "theme": {"name": "mkdocs", "color_mode": "auto", "user_color_mode_toggle": True},
        "nav": entries,
        "strict": True,
        "use_directory_urls": False,
        # Broken anchors count, too.
        "validation": {"links": {"anchors": "warn"}, "omitted_files": "info"},
        "markdown_extensions": ["tables", "fenced_code", {"toc": {"permalink": True}}],
        "plugins": ["search", {"mkdocstrings": {"handlers": {"python": python}}}],
    }


def build(out):
    """Builds the site into a folder that is replaced."""
    try:
        from mkdocs.commands.build import build as build_site
        from mkdocs.config import load_config
        from mkdocs.exceptions import Abort
    except ImportError as error:
        raise InputError(
            f"{error.name}: not installed; pip install mkdocs mkdocstrings-python"
        ) from error
    with scratch_folder("amnat-docs-") as scratch:
        target = scratch / "pages"
        target.mkdir()
        copy_pages(target)
        settings = configuration(target, out, navigation(target, write_reference(target)))
        (scratch / "mkdocs.yml").write_text(json_text.dumps(settings), encoding="utf-8")
        try:
            build_site(load_config(str(scratch / "mkdocs.yml")))
        except Abort as error:
            print(f"error: {error.message} (above)", file=sys.stderr)
            return 1
    print(f"site {out / 'index.html'}")
    return 0


def main():
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    return build(output_folder(FLAGS.out, "out"))


if __name__ == "__main__":
    run_tool(main)
