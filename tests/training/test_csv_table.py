"""Rows under their own names, new parts, and records of what the numbers depend on."""

import itertools
import json

from amnat.errors import InputError
from amnat.training import csv_table
from amnat.training.csv_table import CSVTable

import pytest

JUDGE, OTHER = ({"classifier": {"sha256": digest * 16}, "num_samples": 100} for digest in "ab")


@pytest.fixture
def table(tmp_path):
    reports = []
    table = CSVTable(tmp_path / "scores.csv", reports.append)
    table.reports = reports
    return table


def part(table, number):
    return (table.path.parent / f"scores_{number}.csv").read_text()


def test_a_row_in_another_order_goes_under_its_own_names(table):
    table.append({"iteration": 1, "is": 9, "classes": 10}, JUDGE)
    table.append({"iteration": 2, "classes": 10, "is": 8}, JUDGE)
    assert table.path.read_text() == "iteration,is,classes\n1,9,10\n2,8,10\n"
    assert table.reports == []


@pytest.mark.parametrize("names", list(itertools.permutations([("is", "fid"), ("fid",), ("is",)])))
def test_other_columns_begin_a_new_part(table, names):
    for iteration, columns in enumerate(names, start=1):
        table.append({"iteration": iteration} | dict.fromkeys(columns, iteration), JUDGE)
    for number, path in enumerate(table.parts(), start=1):
        columns = csv_table.read_columns(path)
        assert columns == {"iteration": [number]} | dict.fromkeys(names[number - 1], [number])
    assert [path.name for path in table.parts()] == ["scores.csv", "scores_2.csv", "scores_3.csv"]
    assert table.reports[0] == (
        f"{table.path.parent / 'scores_2.csv'} begins at iteration 2: scores.csv has other columns "
        f"({', '.join(names[0])})"
    )
    # The first one again: its own part goes on.
    table.append({"iteration": 4} | dict.fromkeys(names[0], 4), JUDGE)
    assert csv_table.read_columns(table.path)["iteration"] == [1, 4]
    assert len(table.reports) == 2


def test_what_the_numbers_depend_on_begins_a_new_part(table):
    table.append({"iteration": 1, "fid": 5}, JUDGE)
    table.append({"iteration": 2, "fid": 4}, OTHER)
    table.append({"iteration": 3, "fid": 3}, JUDGE | {"num_samples": 200})
    table.append({"iteration": 4, "fid": 2}, OTHER)
    assert table.path.read_text() == "iteration,fid\n1,5\n"
    assert part(table, 2) == "iteration,fid\n2,4\n4,2\n"
    assert part(table, 3) == "iteration,fid\n3,3\n"
    reasons = [text.partition(": ")[2] for text in table.reports]
    assert reasons == [
        "scores.csv was computed with classifier.sha256 aaaaaaaaaaaa, not bbbbbbbbbbbb",
        "scores_2.csv was computed with classifier.sha256 bbbbbbbbbbbb, not aaaaaaaaaaaa, "
        "num_samples 100, not 200",
    ]
    assert [csv_table.recorded(path) for path in table.parts()] == [
        JUDGE,
        OTHER,
        JUDGE | {"num_samples": 200},
    ]


def test_a_file_of_an_earlier_version_goes_on_and_gets_a_record(table):
    table.path.write_text("iteration,is,fid\n10,2,3\n")
    table.append({"iteration": 20, "fid": 2, "is": 3}, JUDGE)
    assert table.path.read_text() == "iteration,is,fid\n10,2,3\n20,3,2\n"
    record = json.loads(table.path.with_suffix(".json").read_text())
    assert record == {"depends_on": JUDGE, "known_from_iteration": 20}
    table.append({"iteration": 30, "fid": 2, "is": 3}, OTHER)
    assert part(table, 2) == "iteration,fid,is\n30,2,3\n"


def test_all_parts_forget(table):
    table.append({"iteration": 1, "fid": 5}, JUDGE)
    table.append({"iteration": 2, "fid": 4}, OTHER)
    table.append({"iteration": 3, "fid": 3}, JUDGE)
    table.forget_after(1)
    assert {path.name for path in table.path.parent.iterdir()} == {"scores.csv", "scores.json"}
    assert table.path.read_text() == "iteration,fid\n1,5\n"
    table.forget_after(0)
    assert list(table.path.parent.iterdir()) == []
    # Nothing is left of the first record either.
    table.append({"iteration": 1, "fid": 5})
    assert csv_table.recorded(table.path) is None


def test_rows_under_a_wrong_header_are_removed_with_a_word(table):
    """Earlier versions wrote them when a run was resumed with fewer scores."""
    table.path.write_text("iteration,is,fid\n1,2,3\n2,3\n3,2,3\n4,2")
    table.forget_after(9)
    assert table.path.read_text() == "iteration,is,fid\n1,2,3\n3,2,3\n"
    assert table.reports == [
        f"warning: {table.path}: 1 lines that do not fit its header are removed"
    ]


def test_other_tables_are_no_parts(table):
    for name in ("scores_data.csv", "scores_2.txt", "my_scores_2.csv"):
        table.path.with_name(name).write_text("iteration,x\n1,1\n")
    assert table.parts() == []


def test_reading(table):
    path = table.path
    assert csv_table.read_columns(path) == {} and csv_table.read_table(path) == []
    path.write_text("")
    assert csv_table.read_columns(path) == {}
    path.write_text("iteration,a\n1,\n2,0.5\n3,0.")
    columns = csv_table.read_columns(path)
    assert columns["iteration"] == [1, 2]
    assert columns["a"][0] != columns["a"][0] and columns["a"][1] == 0.5
    path.write_text("iteration,a\n1\n")
    with pytest.raises(ValueError, match="1 cells in a row, expected 2"):
        csv_table.read_columns(path)


def test_whole_tables_are_written_by_name(tmp_path):
    path = tmp_path / "table.csv"
    csv_table.write_table(path, [{"model": "a, b", "x": 1}, {"y": 3, "model": "c"}])
    assert path.read_text() == 'model,x,y\n"a, b",1,\nc,,3\n'
    assert csv_table.read_table(path)[1] == {"model": "c", "x": "", "y": "3"}


def test_a_table_of_another_version_is_refused(tmp_path):
    path = tmp_path / "modes.csv"
    assert csv_table.open_table(path, ("model", "seed"), "result_dir") == []
    path.write_text("seed,model\n1,gan\n")
    rows = csv_table.open_table(path, ("model", "seed"), "result_dir")
    assert rows == [{"seed": "1", "model": "gan"}]
    for text, message in [
        ("seed,model,modes\n1,gan,2\n", "has the columns seed, model, modes, expected model, seed"),
        ("seed,model\n1\n", "1 cells in a row, expected 2; choose another folder"),
    ]:
        path.write_text(text)
        with pytest.raises(InputError, match=f"--result_dir: .*{message}"):
            csv_table.open_table(path, ("model", "seed"), "result_dir")
