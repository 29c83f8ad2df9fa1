"""The command `amnat`, also `python -m amnat`: runs the scripts of this checkout's tools/ folder.

    amnat               lists them
    amnat NAME FLAGS    as python tools/NAME.py FLAGS

An installation without that folder beside it has no scripts, and the command says so.
"""

import ast
import difflib
import pathlib
import re
import runpy
import shutil
import sys
import textwrap

import amnat.start  # noqa: F401  (Ctrl-C and closed pipes)

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
HELP = ("help", "-h", "--help", "-?", "--helpshort", "--helpfull")
USAGE = "amnat NAME FLAGS runs tools/NAME.py; amnat NAME --help lists its flags."
NO_TOOLS = (
    "amnat: {} holds no tools/ folder; the command needs an editable install of a checkout: "
    "bash tools/setup.sh, or python -m pip install -e CHECKOUT"
)


def main() -> int:
    """Returns the exit status, unless the script itself exits."""
    arguments = sys.argv[1:]
    # Beside a package in site-packages, a folder tools/ could be anyone's.
    if not (TOOLS.is_dir() and (ROOT / "pyproject.toml").is_file()):
        print(NO_TOOLS.format(ROOT), file=sys.stderr)
        return 2
    if not arguments or arguments[0] in HELP:
        print(listing(), end="")
        return 0
    name = arguments[0]
    if name not in script_names():
        print(f"amnat: {unknown(name)}", file=sys.stderr)
        return 2
    run(TOOLS / f"{name}.py", arguments[1:])
    return 0


def script_names() -> list[str]:
    """The names that `amnat` takes, sorted."""
    return sorted(path.stem for path in TOOLS.glob("*.py"))


def listing() -> str:
    """The list of all scripts with their links, as text. It imports none of them."""
    width = shutil.get_terminal_size().columns
    links: dict[str, list[str]] = {name: [] for name in script_names()}
    for name in script_names():
        target = (TOOLS / f"{name}.py").resolve().stem
        if target != name and target in links:
            links[target].append(name)
            del links[name]
    indent = max(map(len, links)) + 2
    lines = []
    for name, others in links.items():
        text = first_sentence(TOOLS / f"{name}.py")
        if others:
            text += f" Also as {', '.join(others)}."
        lines += textwrap.wrap(
            f"{name:{indent}}{text}", width, subsequent_indent=" " * indent, break_on_hyphens=False
        )
    return "\n".join([*lines, "", USAGE, ""])


def first_sentence(path: pathlib.Path) -> str:
    """The first sentence of a script's docstring, on one line; "" if it has none."""
    docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    # "et al. 2015" does not end a sentence.
    sentence = re.match(r".*?[.?!](?= [A-Z]|$)", paragraph)
    return sentence.group() if sentence else paragraph


def unknown(name: str) -> str:
    """The error for a name that no script has, on one line."""
    close = difflib.get_close_matches(name.replace("-", "_"), script_names())
    hint = f"did you mean {' or '.join(close)}?" if close else "amnat alone lists them"
    return f"{name}: no such script in {TOOLS}; {hint}"


def run(script: pathlib.Path, arguments: list[str]) -> None:
    """Runs a script as Python does: under its path, which absl calls its flags by, with its folder
    first among the places to import from."""
    sys.argv[:] = [str(script), *arguments]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    sys.exit(main())
