"""Stand-ins for tensorflow_datasets and datasets, which the process that reads them imports.

They have what amnat calls of them, and read a JSON file; `write` puts them into a folder.
"""

import base64
import json

_COMMON = """
import base64, json, os

class Image:
    def __init__(self, decode=True):
        self.decode = decode

class ClassLabel:
    def __init__(self, names):
        self.names = names

def read(path):
    with open(path) as file:
        return json.load(file)

def features_of(content):
    made = {}
    for name, feature in content["features"].items():
        made[name] = Image() if feature == "image" else ClassLabel(feature) if feature else None
    return made
"""
_TFDS = """
import sys
from types import SimpleNamespace as Space

class SkipDecoding: pass

features = Space(Image=Image, ClassLabel=ClassLabel)
decode = Space(SkipDecoding=SkipDecoding)
core = Space(constants=Space(DATA_DIR="/nowhere"))
print("a library that prints")

class Builder:
    def __init__(self, folder):
        self.content = read(os.path.join(folder, "dataset_info.json"))
        counts = {name: len(rows) for name, rows in self.content["splits"].items()}
        splits = {name: Space(num_examples=count) for name, count in counts.items()}
        self.info = Space(features=features_of(self.content), splits=splits,
                          supervised_keys=self.content.get("supervised_keys"))

    def as_dataset(self, split, shuffle_files, decoders):
        assert not shuffle_files and all(isinstance(d, SkipDecoding) for d in decoders.values())
        for row in self.content["splits"][split]:
            yield {name: base64.b64decode(value) if name in decoders else value
                   for name, value in row.items()}

def builder_from_directory(folder):
    return Builder(folder)

def as_numpy(data):
    return data

def builder(name, data_dir, try_gcs):
    assert not try_gcs
    raise ValueError(f"no network to download {name}\\nwith many lines")
"""
_HF = """
__version__ = "VERSION"

class Dataset:
    def __init__(self, content, split):
        self.features, self.rows = features_of(content), content["splits"][split]

    def cast_column(self, name, feature):
        assert isinstance(feature, Image) and not feature.decode
        return self

    def select_columns(self, names):
        return self

    def unique(self, name):
        return list({row[name]: None for row in self.rows})

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        images = [name for name, feature in self.features.items() if isinstance(feature, Image)]
        for row in self.rows:
            files = {name: {"bytes": base64.b64decode(row[name]), "path": None} for name in images}
            yield row | files

def load_from_disk(path):
    content = read(os.path.join(path, "dataset_dict.json"))
    return {split: Dataset(content, split) for split in content["splits"]}

def load_dataset(name, config):
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["HF_DATASETS_OFFLINE"] == "1"
    raise ConnectionError(f"offline, and no {name} in the cache")

def disable_progress_bars():
    pass
"""


def write(folder, version="4.1.0"):
    """Writes both stand-ins into a folder for sys.path."""
    (folder / "tensorflow_datasets.py").write_text(_COMMON + _TFDS)
    (folder / "datasets.py").write_text(_COMMON + _HF.replace("VERSION", version))


def row(image, **values):
    """A row of a split: the content of an image file under "image", and other columns."""
    return {"image": base64.b64encode(image).decode()} | values


def write_tfds(folder, splits, features, **more):
    """Prepares a data set of the stand-in for tensorflow_datasets: a version's folder."""
    folder.mkdir(parents=True)
    content = {"splits": splits, "features": features} | more
    (folder / "dataset_info.json").write_text(json.dumps(content))
    name = "tensorflow_datasets.core.features.image_feature.Image"
    (folder / "features.json").write_text(json.dumps({"image": {"pythonClassName": name}}))


def write_hf(folder, splits, features):
    """Saves a data set of the stand-in for datasets."""
    folder.mkdir(parents=True)
    content = {"splits": splits, "features": features}
    (folder / "dataset_dict.json").write_text(json.dumps(content))
