"""Records name files in a way that holds in every folder."""

from amnat.training import flag_paths

import pytest


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    for name in ("negatives", "inner/negatives"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("list.txt", "judge.keras", "graph.pb"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (flag_paths.whole, "negatives", "{here}/negatives"),
        (flag_paths.whole, "apple2orange", "apple2orange"),
        (flag_paths.whole, "", ""),
        (flag_paths.of_classes, "folder=negatives", "folder={here}/negatives"),
        (flag_paths.of_classes, "folder=negatives[@nat]", "folder={here}/negatives[@nat]"),
        (flag_paths.of_classes, "cifar100[@list.txt]", "cifar100[@{here}/list.txt]"),
        (flag_paths.of_classes, "@list.txt", "@{here}/list.txt"),
        (flag_paths.of_classes, "mnist[0:5]", "mnist[0:5]"),
        (flag_paths.of_classes, "noise=20", "noise=20"),
        (flag_paths.with_kind, "judge.keras", "{here}/judge.keras"),
        (flag_paths.with_kind, "inception:graph.pb", "inception:{here}/graph.pb"),
        (flag_paths.with_kind, "small_cnn", "small_cnn"),
        (flag_paths.with_kind, "tfhub:https://host/module", "tfhub:https://host/module"),
    ],
)
def test_absolute_paths(here, kind, text, expected):
    assert kind(text, flag_paths.absolute_if_found) == expected.format(here=here)


@pytest.mark.parametrize(
    ("before", "now", "equal"),
    [
        ("folder={here}/negatives", "folder=negatives", True),
        ("folder={here}/inner/../negatives", "folder={here}/negatives", True),
        # As amnat 0.2 recorded it, in whatever folder.
        ("folder=negatives", "folder={here}/negatives", True),
        ("folder=../negatives[0:5]", "folder={here}/negatives[0:5]", True),
        ("folder=negatives[0:5]", "folder={here}/negatives[0:6]", False),
        ("folder=inner/negatives", "folder={here}/negatives", False),
        ("folder={here}/inner/negatives", "folder={here}/negatives", False),
        ("mnist", "folder={here}/negatives", False),
        ("folder=..", "folder={here}/negatives", False),
    ],
)
def test_the_same_files(here, before, now, equal):
    texts = (text.format(here=here) for text in (before, now))
    assert flag_paths.same(*texts, flag_paths.of_classes) is equal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("folder=faces", "folder=</>faces"),
        ("hf:some/set?label=kind", "hf:</>some/set?label=kind"),
        ("tfds:emnist/letters:train", "tfds:emnist/letters:train"),
        ("cifar10", "cifar10"),
    ],
)
def test_paths_of_data_sets(text, expected):
    assert flag_paths.of_data(text, lambda path: f"</>{path}") == expected
