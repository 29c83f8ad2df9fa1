"""Changes one thing of the code at a time and counts the changes that no test notices.

    pip install mutmut
    python tests/mutation.py --sample=250            a random sample of all changes
    python tests/mutation.py --sample=250 --only=3,7 the same sample's numbers 3 and 7 again
    python tests/mutation.py --sample=0 amnat/losses/dragan.py   all changes of one file

mutmut supplies the changes. Its own runner starts TensorFlow anew or forks while TensorFlow has
threads; here every change runs in a fork of a process that has loaded TensorFlow and not used it.
The tests of a module are its mirror in tests/, then the rest of that folder. They run on a copy of
the checkout and stop at the first failure; slow tests and those that start processes are left out.
"""

import argparse
import difflib
import itertools
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import libcst as cst
import libcst.matchers as m
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = (
    *("amnat/losses/*.py", "amnat/layers/*.py", "amnat/training/optimizers.py"),
    *("amnat/methods/*/*losses.py", "amnat/methods/*/build.py"),
)
COPIED = ("amnat", "tests", "tools", "flags", "pyproject.toml", "requirements.txt")
# What no test is expected to notice: types, messages and imports.
SKIPPED = (cst.Annotation, cst.Raise, cst.Import, cst.ImportFrom, cst.Decorator, cst.Assert)
SECONDS = 300


class Places(cst.CSTVisitor):
    """Collects (line, node, its replacements) of a module."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self):
        super().__init__()
        self.found = []

    def on_visit(self, node):
        if isinstance(node, SKIPPED) or m.matches(node, m.If(test=m.Name("TYPE_CHECKING"))):
            return False
        # A docstring, or another string that nothing reads.
        if m.matches(node, m.Expr(m.SimpleString() | m.ConcatenatedString())):
            return False
        changes = []
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                # The other changes of a string are those of its case.
                changes += list(operator(node))[: 1 if kind is cst.BaseString else None]
        if changes:
            line = self.get_metadata(PositionProvider, node).start.line
            self.found.append((line, node, changes))
        return super().on_visit(node)


def changes_of(path):
    """[(path, line, changed source), ...] with one list per place of the file."""
    wrapper = MetadataWrapper(cst.parse_module((ROOT / path).read_text(encoding="utf-8")))
    places = Places()
    wrapper.visit(places)
    return [
        [(path, line, wrapper.module, node, change) for change in changes]
        for line, node, changes in places.found
    ]


def tests_of(path):
    """The arguments of pytest that run a module's tests, in steps: its mirror, then the rest."""
    module = pathlib.PurePath(path)
    folder = pathlib.PurePath("tests", *module.parent.parts[1:])
    mirror = folder / f"test_{module.name}"
    steps = [[str(mirror)]] if (ROOT / mirror).exists() else []
    if module.name == "build.py":
        scripts = sorted((ROOT / folder).glob("test_*script*.py"))
        return [*steps, [str(script.relative_to(ROOT)) for script in scripts]]
    return steps if folder == pathlib.PurePath("tests/training") else [*steps, [str(folder)]]


def copy_checkout(folder):
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder / name)


def start_no_process(*arguments, **keywords):
    """Stands in for `subprocess.Popen`: a new process would take long, and import the original."""
    pytest.skip("starts a process")


def run_in_fork(folder, tests):
    """pytest's exit status, or -1 if its time is up; what it prints is in output.txt."""
    output = folder / "output.txt"
    process = os.fork()
    if process == 0:
        os.setpgid(0, 0)
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.chdir(folder)
        subprocess.Popen = start_no_process
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--no-header"]
        status = 3
        try:
            status = int(pytest.main([*options, *tests]))
        finally:
            os._exit(status)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return -1


def write(path, text, times=itertools.count(1_000_000_000)):  # noqa: B008  (counts on)
    """Writes a module with a time of its own, so that no older compiled form passes for it."""
    path.write_text(text, encoding="utf-8")
    time_of_file = next(times)
    os.utime(path, (time_of_file, time_of_file))


def try_change(folder, change):
    """Whether a test notices the change, and the change as a diff."""
    path, _, module, node, replacement = change
    old = module.code
    new = module.deep_replace(node, replacement).code
    diff = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0))[3:]
    target = folder / path
    write(target, new)
    try:
        compile(new, path, "exec")
        # The mirror alone first: the rest takes seconds to be collected.
        for tests in tests_of(path):
            status = run_in_fork(folder, tests)
            if status != 0:
                break
    except SyntaxError:
        return "invalid", diff
    finally:
        write(target, old)
    return ("survived" if status == 0 else "killed"), diff


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=250, help="changes to try; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--only", default="", help="numbers within the sample, with commas")
    parser.add_argument("files", nargs="*", help="modules; default: those of TARGETS")
    options = parser.parse_args()
    files = options.files or [
        str(path.relative_to(ROOT)) for target in TARGETS for path in sorted(ROOT.glob(target))
    ]
    chooser = random.Random(options.seed)
    places = [place for file in files for place in changes_of(file)]
    if options.sample:
        # One change per place: a place with many kinds of changes counts once.
        chosen = chooser.sample(places, min(options.sample, len(places)))
        changes = [chooser.choice(place) for place in chosen]
    else:
        changes = [change for place in places for change in place]
    numbered = list(enumerate(changes))
    if options.only:
        numbered = [numbered[int(number)] for number in options.only.split(",")]
    print(f"{len(numbered)} of {sum(map(len, places))} changes at {len(places)} places", flush=True)

    import amnat  # noqa: F401  (sets TensorFlow's switches)

    import matplotlib.pyplot  # noqa: F401
    import tensorflow_probability  # noqa: F401
    import tf_keras  # noqa: F401

    for name in [name for name in sys.modules if name.split(".")[0] == "amnat"]:
        del sys.modules[name]
    counts = dict.fromkeys(("killed", "survived", "invalid"), 0)
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(pathlib.Path(folder))
        for number, change in numbered:
            verdict, diff = try_change(pathlib.Path(folder), change)
            counts[verdict] += 1
            print(f"{number} {verdict} {change[0]}:{change[1]}", flush=True)
            if verdict == "survived":
                print("\n".join(f"    {line}" for line in diff), flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


if __name__ == "__main__":
    main()
