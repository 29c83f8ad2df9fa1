"""The rows of papers that flagfiles name."""

import pathlib

from amnat.report import paper

import pytest

FLAGS = pathlib.Path(__file__).resolve().parent.parent.parent / "flags"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("am_gan_reproduce_cifar10", {"inception_score": 8.83}),
        ("ac_gan_star_cifar10_dec", {"inception_score": 7.19}),
        ("msgan_imagenet32", {"fid": 12.3}),
        ("am_gan_digits", {}),
    ],
)
def test_rows(name, row):
    assert paper.paper_row(FLAGS / f"{name}.flags") == row


def test_no_flagfile_states_a_number_of_a_paper_in_another_form():
    for path in FLAGS.glob("*.flags"):
        comments = [line.lstrip("# ") for line in path.read_text().splitlines() if line[:1] == "#"]
        text = " ".join(comments)
        stated = "The paper's Inception Score" in text or "The paper's FID" in text
        assert bool(paper.paper_row(path)) == stated, path


def test_flagfile_of_a_command():
    command = "/home/a/tools/am_gan.py --flagfile=flags/am_gan_digits.flags --seed=1"
    assert paper.flagfile_of(command) == FLAGS / "am_gan_digits.flags"
    assert paper.flagfile_of("tools/am_gan.py --flagfile=other/unknown.flags") is None
    assert paper.flagfile_of("tools/am_gan.py --sTag='unclosed") is None
