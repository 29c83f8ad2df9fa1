import json

from amnat.errors import InputError
from amnat.serving.folders import missing, open_folder, stamp

import pytest


def write_version(path, run="runs"):
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(b"graph")
    (path / "variables" / "variables.index").write_bytes(b"index")
    (path / "variables" / "variables.data-00000-of-00001").write_bytes(b"data")
    (path / "assets.extra").mkdir()
    metadata = {"version": 1, "run": run}
    (path / "assets.extra" / "amnat_export.json").write_text(json.dumps(metadata))
    return path


def test_versions_are_numbered_folders_from_the_largest_down(tmp_path):
    for name in ("2", "10", "1"):
        write_version(tmp_path / name)
    for name in (".partial-3", "latest", "99999999999999999999", "-5"):
        (tmp_path / name).mkdir()
    (tmp_path / "77").write_text("a file")
    folder = open_folder(str(tmp_path))
    assert list(folder.versions()) == [10, 2, 1]


def test_one_version_is_served_alone(tmp_path):
    write_version(tmp_path / "7")
    write_version(tmp_path / "8")
    assert list(open_folder(str(tmp_path / "7")).versions()) == [7]
    write_version(tmp_path / "mine")
    assert list(open_folder(str(tmp_path / "mine")).versions()) == [1]


def test_the_name_is_given_or_that_of_the_run_or_of_the_folder(tmp_path):
    write_version(tmp_path / "digits" / "export" / "1")
    path = tmp_path / "digits" / "export"
    assert open_folder(f"a.b={path}").name == "a.b"
    write_version(tmp_path / "rate=1" / "1", run="rate=1")
    assert open_folder(str(tmp_path / "rate=1")).name == "rate=1"
    assert open_folder(str(path)).name == "runs"
    (path / "1" / "assets.extra" / "amnat_export.json").unlink()
    assert open_folder(str(path)).name == "digits"


def test_folders_that_are_no_exports_are_named_with_what_was_expected(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    write_version(tmp_path / "run" / "export" / "5")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "generator.json").write_text("{}")
    write_version(tmp_path / "good" / "1")
    for word, words in [
        ("missing", "no such folder, expected the folder of an export"),
        ("file", "a file, expected the folder of an export"),
        ("empty", "holds neither saved_model.pb nor numbered versions, expected an export"),
        ("run", f"; {tmp_path / 'run' / 'export'} is one"),
        ("other", f"python tools/export.py --run_dir={tmp_path / 'other'}"),
    ]:
        with pytest.raises(InputError) as caught:
            open_folder(str(tmp_path / word))
        assert words in str(caught.value) and "--export_dir=" in str(caught.value)
    with pytest.raises(InputError, match="expected one without"):
        open_folder(f"a:b={tmp_path / 'good'}")


@pytest.mark.parametrize(
    "lost, words",
    [
        ("saved_model.pb", "1 has no saved_model.pb"),
        ("variables/variables.index", "1 has no variables/variables.index"),
        ("variables/variables.data-00000-of-00001", "1 has no variables/variables.data"),
    ],
)
def test_half_written_versions_are_named(tmp_path, lost, words):
    path = write_version(tmp_path / "1")
    assert missing(path) is None
    (path / lost).unlink()
    with pytest.raises(InputError, match="is half written") as caught:
        open_folder(str(tmp_path))
    assert words in str(caught.value) and "expected a complete export" in str(caught.value)


def test_a_complete_version_beside_a_half_written_one_will_do(tmp_path):
    write_version(tmp_path / "1")
    (tmp_path / "2").mkdir()
    assert list(open_folder(str(tmp_path)).versions()) == [2, 1]


def test_exports_of_another_version_of_amnat_are_named(tmp_path):
    path = write_version(tmp_path / "1")
    (path / "assets.extra" / "amnat_export.json").write_text('{"version": 99}')
    with pytest.raises(InputError, match="version 99, expected 1; export the run again"):
        open_folder(str(tmp_path))


def test_an_older_version_will_do_where_the_newest_has_damaged_metadata(tmp_path):
    write_version(tmp_path / "1", run="first")
    path = write_version(tmp_path / "2")
    (path / "assets.extra" / "amnat_export.json").write_text('{"version": ')
    assert open_folder(str(tmp_path)).name == "first"


def test_a_stamp_changes_with_the_files(tmp_path):
    path = write_version(tmp_path / "1")
    before = stamp(path)
    assert stamp(path) == before
    with open(path / "variables" / "variables.index", "ab") as file:
        file.write(b"more")
    assert stamp(path) != before
    assert stamp(tmp_path / "gone") == ()
