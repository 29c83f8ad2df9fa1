"""The metadata of an export, as readers find it."""

from amnat.errors import InputError
from amnat.export import metadata

import pytest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / metadata.EXTRA).mkdir()
    return tmp_path


def test_foreign_models_have_none(tmp_path):
    assert metadata.read_metadata(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"version": 9}', "version 9, expected 1"),
    ],
)
def test_damaged(folder, text, message):
    (folder / metadata.EXTRA / metadata.FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=message):
        metadata.read_metadata(folder)
