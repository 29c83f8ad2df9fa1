"""The row of a paper that a flagfile names, in a sentence such as "The paper's FID is 11.40."."""

from __future__ import annotations

import pathlib
import re
import shlex

from amnat.training.run_directory import results_root

_SENTENCE = re.compile(r"The paper's ([A-Z][\w -]*?) is (\d+(?:\.\d+)?)")
# The names in the sentences, and the results of tools/evaluate.py that they are.
RESULTS = {"Inception Score": "inception_score", "FID": "fid", "AM Score": "am_score"}


def paper_row(flagfile: pathlib.Path) -> dict[str, float]:
    """{result name: number} of the paper, from the comments of a flagfile; {} without a row."""
    try:
        lines = flagfile.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    comments = [line.lstrip("# ") for line in lines if line.startswith("#")]
    found = _SENTENCE.findall(" ".join(comments))
    return {RESULTS[name]: float(number) for name, number in found if name in RESULTS}


def flagfile_of(command: str) -> pathlib.Path | None:
    """The flagfile in flags/ that a command line names; None if it names none of them."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    text = " ".join(words)
    match = re.search(r"--?flagfile[= ](\S+\.flags)", text)
    if match is None:
        return None
    path = results_root() / "flags" / pathlib.Path(match[1]).name
    return path if path.is_file() else None
