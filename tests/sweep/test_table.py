"""The table of a sweep, and the sentences under it."""

from amnat.sweep import table


def description(**values):
    means = {"iMaxIter": "iterations", "n_epochs": "epochs", "iFilterDimsG": "width"}
    means |= {"iFilterDimsD": "width", "LAB": "method", "batch_size": "batch"}
    return {
        "flags": {
            name: {"value": value, "means": means.get(name, ""), "compared": name != "log_every"}
            for name, value in values.items()
        }
    }


def test_only_other_settings_than_the_method_are_named():
    rows = {"a": description(LAB=True, log_every=1), "b": description(LAB=False, log_every=2)}
    assert table.differing_settings(rows) == "Rows do not differ in other settings than the method."
    assert table.differing_settings({"a": rows["a"]}) == ""


def test_settings_are_compared_across_scripts():
    rows = {
        "a": description(iMaxIter=100, iFilterDimsG=24, iFilterDimsD=16, drop=0.2),
        "b": description(iMaxIter=100, iFilterDimsG=24, iFilterDimsD=24, drop=0.5),
        "c": description(n_epochs=3, batch_size=32),
    }
    assert table.differing_settings(rows) == (
        "Besides the method, rows differ in: length (3 epochs: c, 100 iterations: the others); "
        "width (24/16: a, 24: b, no such flag: c); drop (0.2: a, 0.5: b); "
        "batch size (32: c, no such flag: the others)."
    )


def test_means_say_how_many_runs_they_are_of():
    rows = {"a": [{"fid": 1.0}, {"fid": 3.0}, {}], "b": []}
    lines = table.markdown(["fid"], rows, {}).splitlines()
    assert lines[2:] == ["| a | 3 | 2.000 ± 1.41 (2) |", "| b | 0 | - |"]


def test_one_seed_has_no_spread():
    (_, line) = table.legend([], ["3"], [])
    assert line == "There is one seed, 3, so nothing is known of the spread over runs."


def test_every_judge_is_named_once():
    record = {
        "classifier": {"kind": "small_cnn", "trained_on": "digits", "test_accuracy": 0.975},
        "samples": {"count": 2000},
        "reference": {"name": "digits", "count": 1437},
    }
    *_, last = table.legend([record, record], ["0", "1"], [])
    assert last == (
        "Judge: small_cnn trained on digits, test accuracy 97.50%. 2,000 images of each run "
        "against 1,437 of digits."
    )
