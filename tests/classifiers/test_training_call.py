"""What the classifiers' scripts share: who opens a run, batches that devices cannot share."""

import json

from amnat.classifiers.options import ClassifierOptions
from amnat.classifiers.training import check_replicas
from amnat.classifiers.training_call import open_run
from amnat.errors import InputError

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script

CLUSTER = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}


@pytest.fixture
def taken(tmp_path):
    (tmp_path / "settings.json").write_text("{}")
    return tmp_path


def opened(folder, *arguments):
    with loaded_script("train_classifier.py"), flagsaver.flagsaver():
        flags.FLAGS(["train_classifier.py", *arguments])
        return open_run(folder, {"network": "small"})


def test_a_taken_folder_is_refused_but_to_workers_that_write_nothing(taken, monkeypatch):
    with pytest.raises(InputError, match="exists already: add --resume"):
        opened(taken)
    for index, refused in enumerate((True, False)):
        task = {"type": "worker", "index": index}
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER, "task": task}))
        if refused:
            with pytest.raises(InputError, match="exists already"):
                opened(taken, "--strategy=multi_worker")
        else:
            assert opened(taken, "--strategy=multi_worker")[1] == 0


def test_a_dry_run_needs_no_folder_of_its_own(taken):
    assert opened(taken, "--dry_run")[1] == 0


def test_resuming_takes_the_same_settings(taken):
    for flag in ("--resume", "--auto_resume"):
        with pytest.raises(InputError, match="has network None, not small"):
            opened(taken, flag)


def test_batches_that_do_not_divide():
    options = ClassifierOptions(epochs=1, batch_size=9, learning_rate=0.1, augment="none", seed=0)
    check_replicas(options, 3)
    with pytest.raises(InputError, match="--batch_size=9: expected a multiple of the 2 devices"):
        check_replicas(options, 2)
