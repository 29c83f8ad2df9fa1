import gc
import shutil
import weakref

from amnat.errors import InputError
from amnat.serving.folders import open_folder
from amnat.serving.models import ServedModel
from amnat.serving.request_errors import RequestError

import pytest
from serving_cases import write_export


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """A folder with the versions 1 to 3."""
    folder = tmp_path_factory.mktemp("versions")
    for number in (1, 2, 3):
        write_export(folder, number)
    return folder


@pytest.fixture
def served(versions, tmp_path):
    """(model that serves version 1, the folder)."""
    shutil.copytree(versions / "1", tmp_path / "1")
    model = ServedModel(open_folder(str(tmp_path)))
    model.load_first()
    return model, tmp_path


def states(model):
    return {number: found.state for number, found in model.states(None).items()}


def test_a_new_version_is_served_once_it_rests_and_the_old_one_is_let_go(served, versions):
    model, folder = served
    assert model.refresh() is None
    old = weakref.ref(model.served(None).model)
    shutil.copytree(versions / "2", folder / "2")
    assert model.refresh() is None and model.served(None).number == 1
    assert model.refresh() == "shapes: version 2 is served"
    assert model.served(None).number == 2 and model.refresh() is None
    assert states(model) == {2: "AVAILABLE", 1: "END"}
    gc.collect()
    assert old() is None


def test_a_request_keeps_the_version_that_it_began_with(served, versions):
    model, folder = served
    held = model.served(1)
    shutil.copytree(versions / "2", folder / "2")
    model.refresh(), model.refresh()
    images = held.model.call("generate", _one_sample())["images"]
    assert images.shape[0] == 1


def _one_sample():
    import numpy as np

    return {"num_samples": np.int32(1), "seed": np.int64(0)}


def test_half_written_versions_are_left_alone_until_they_are_complete(served, versions):
    model, folder = served
    shutil.copytree(versions / "2", folder / "2", ignore=shutil.ignore_patterns("variables.data*"))
    for _ in range(3):
        assert model.refresh() is None
    assert states(model) == {1: "AVAILABLE"}
    name = "variables/variables.data-00000-of-00001"
    shutil.copy(versions / "2" / name, folder / "2" / name)
    assert model.refresh() is None
    assert model.refresh() == "shapes: version 2 is served"


def test_damaged_versions_are_tried_once_and_again_after_they_change(served, versions):
    model, folder = served
    shutil.copytree(versions / "3", folder / "3")
    graph = folder / "3" / "saved_model.pb"
    content = graph.read_bytes()
    graph.write_bytes(content[: len(content) // 2])
    model.refresh()
    assert "version 3 was not loaded" in model.refresh()
    assert model.refresh() is None and model.served(None).number == 1
    state = model.states(3)[3]
    assert (state.state, state.code) == ("END", "UNKNOWN")
    assert str(folder) not in state.message and "version 3" in state.message
    graph.write_bytes(content)
    model.refresh()
    assert model.refresh() == "shapes: version 3 is served"


def test_the_newest_version_that_can_be_loaded_comes_first(versions, tmp_path):
    shutil.copytree(versions / "1", tmp_path / "1")
    shutil.copytree(versions / "2", tmp_path / "2")
    (tmp_path / "2" / "saved_model.pb").write_bytes(b"no graph")
    model = ServedModel(open_folder(str(tmp_path)))
    model.load_first()
    assert model.served(None).number == 1
    shutil.rmtree(tmp_path / "1")
    with pytest.raises(InputError, match="cannot be loaded as a SavedModel"):
        ServedModel(open_folder(str(tmp_path))).load_first()


def test_a_version_that_is_not_served_is_not_found(served):
    model, _ = served
    with pytest.raises(RequestError, match=r"Servable not found for request: Specific\(shapes, 9"):
        model.served(9)
    with pytest.raises(RequestError, match="Could not find version 9 of model shapes"):
        model.states(9)


def test_a_model_whose_folder_is_gone_is_served_on(served):
    model, folder = served
    shutil.rmtree(folder)
    assert model.refresh() is None and model.served(None).number == 1
