"""The rows of a sweep."""

from amnat.errors import InputError
from amnat.sweep import rows

import pytest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("none --a=1", "--row: none: no such flagfile"),
        ("wide:", "expected NAME: FLAGFILE --flag=value"),
        ("wide: --a=1", "expected NAME: FLAGFILE --flag=value"),
        ("am_gan_digits a=1", "'a=1' is no flag"),
        ("am_gan_digits --a='1", "No closing quotation"),
        ("..: am_gan_digits", "a name that can be a folder's"),
        ("README: flags/README.md", "no such flagfile|does not name a script"),
    ],
)
def test_rows_that_are_none(text, message):
    with pytest.raises(InputError, match=message):
        rows.parse_row(text)


def test_a_row():
    row = rows.parse_row("wide: am_gan_digits --width=x2 --fDropRate=0.5 --nobAMGAN")
    assert (row.name, row.flagfile.name) == ("wide", "am_gan_digits.flags")
    assert row.script.name == "am_gan.py" and row.shared == (("width", "x2"),)
    assert row.flags == ("--fDropRate=0.5", "--nobAMGAN")
    assert rows.parse_row("am_gan_digits").name == "am_gan_digits"


def test_two_rows_of_one_name():
    with pytest.raises(InputError, match="have the same name.*--row='another: am_gan_digits'"):
        rows.all_rows(["am_gan_digits"], ["am_gan_digits --lr=1"])
    found = rows.all_rows(["am_gan_digits"], ["second: am_gan_digits"])
    assert [row.name for row in found] == ["am_gan_digits", "second"]
