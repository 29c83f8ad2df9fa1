"""What TensorBoard's HPARAMS tab finds of a sweep."""

from amnat.sweep import hparams

import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata


def test_settings_and_results(tmp_path):
    trials = [
        hparams.Trial("wide", "0", {"rate": 0.1, "negatives": ["a", "b"]}, {"fid": 3.5}),
        hparams.Trial("wide", "1", {"rate": 0.1}, {"fid": 4.5}),
    ]
    for _ in range(2):
        hparams.write_trials(tmp_path / "tensorboard", trials)
    folders = sorted((tmp_path / "tensorboard").glob("*/*"))
    assert [folder.name for folder in folders] == ["seed0", "seed1"]
    assert all(len(list(folder.iterdir())) == 1 for folder in folders)
    events = EventAccumulator(str(folders[0]))
    events.Reload()
    assert tf.make_ndarray(events.Tensors("fid")[0].tensor_proto) == 3.5
    found = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    settings = metadata.parse_session_start_info_plugin_data(found).hparams
    assert settings["row"].string_value == "wide" and settings["seed"].number_value == 0
    assert settings["rate"].number_value == 0.1 and settings["negatives"].string_value
