"""The command tools/report.py as a `Script`."""

from __future__ import annotations

import pathlib

from amnat.errors import InputError
from amnat.report import sources
from amnat.report.rendering import check_place, write_page
from amnat.report.run_reader import read_runs
from amnat.training.declarations import define_float, define_list, define_string
from amnat.training.main import Script

from absl import flags

FLAGS = flags.FLAGS
FILE_NAME = "report.html"


class ReportScript(Script):
    """Writes the page of a run, of several, of a sweep, or of a comparison."""

    takes_resume = False

    def define_flags(self) -> None:
        define_list(
            "runs",
            [],
            "What to show: folders of runs or of a sweep, or one JSON file of tools/compare.py. "
            "They may come first without the flag's name.",
            fixed=False,
        )
        define_string(
            "out",
            None,
            f"The .html file. Default: {FILE_NAME} in the folder of the run or sweep, in the "
            "current folder for several, and beside a JSON file.",
            fixed=False,
        )
        define_float(
            "max_mb",
            5.0,
            "Megabytes that the page should not exceed: pictures are made smaller, or left out.",
            fixed=False,
            at_least=2,
        )

    def arguments(self, words: list[str]) -> list[str]:
        """The first words may be the runs without their flag."""
        count = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        return [*(f"--runs={word}" for word in words[:count]), *words[count:]]

    def check_flags(self) -> None:
        if not FLAGS.runs:
            raise InputError("expected the folder of a run as the first word (see --helpshort)")
        if FLAGS.out and pathlib.Path(FLAGS.out).suffix != ".html":
            raise InputError(f"--out={FLAGS.out}: expected a name that ends in .html")
        if any(map(sources.is_comparison, FLAGS.runs)) and len(FLAGS.runs) > 1:
            raise InputError("--runs: a JSON file of a comparison has a page of its own")

    def main(self) -> int:
        """Writes the page and prints its path; returns the exit status."""
        words = list(FLAGS.runs)
        if sources.is_comparison(words[0]):
            default = pathlib.Path(words[0]).expanduser().with_suffix(".html")
            path = _place(default)
            text = _comparison(words[0])
        else:
            folders = sources.find_folders(words)
            own = len(words) == 1
            parent = pathlib.Path(words[0]).expanduser() if own else pathlib.Path()
            path = _place(parent / FILE_NAME)
            text = _runs(folders, parent.absolute().name if own else "Several runs")
        write_page(path, text)
        print(f"page         {path} ({path.stat().st_size / 1e6:.1f} MB); open it in a browser")
        return 0


def _place(default: pathlib.Path) -> pathlib.Path:
    path = pathlib.Path(FLAGS.out).expanduser() if FLAGS.out else default
    check_place(path)
    return path


def _runs(folders: list[pathlib.Path], title: str) -> str:
    from amnat.report.run_page import run_page
    from amnat.report.several_page import several_page

    runs = read_runs(folders)
    size = int(FLAGS.max_mb * 1e6)
    return run_page(runs[0], size) if len(runs) == 1 else several_page(runs, title, size)


def _comparison(word: str) -> str:
    from amnat.report.comparison_page import comparison_page

    record = sources.read_comparison(word)
    try:
        return comparison_page(record)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(
            f"{word}: lacks what this version shows ({type(error).__name__}: {error}); compare "
            "again, or use the amnat version that wrote it"
        ) from error
