"""The browser, and runs that are read without asking their scripts, which takes a second each."""

from amnat.report import run_reader
from amnat.report.flag_changes import Question

import pytest
from browser import browser, page  # noqa: F401  (fixtures)


@pytest.fixture(scope="module")
def unasked():
    """Runs are read as if their scripts were not known."""

    def question(script, flags_files):
        return Question(None, flags_files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_reader, "Question", question)
        yield
