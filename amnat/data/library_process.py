"""The process that reads a data set through its library; see `amnat.data.library_data`."""

from __future__ import annotations

import json
import sys
from typing import Any

from amnat import json_text
from amnat.data.library_data import REFUSED
from amnat.data.library_examples import Examples
from amnat.data.own_samples import (
    UNLABELLED,
    Converter,
    split_rows,
    stacked,
    test_part_remark,
)
from amnat.data.resizing import ImageForm
from amnat.errors import InputError

import numpy as np


def convert(examples: Examples, request: dict[str, Any]) -> dict[str, Any]:
    """Writes samples.npy and labels.npy into the current folder; returns what result.json holds."""
    where = f"data set '{request['spec']}'"
    form = ImageForm(*request["form"])
    converter = Converter(form, examples.count, where)
    images: list[np.ndarray] = []
    values: list[int | None] = []
    for content, name, value in examples.rows:
        from_kind = converter.from_file if isinstance(content, bytes) else converter.from_array
        images.append(from_kind(content, name))  # type: ignore[arg-type]
        values.append(value)
    if not images:
        raise InputError(f"{where}: no images in it")
    labels, class_names = _labels(values, examples.class_names, where)
    samples = stacked(images, form.channels)
    remarks = [converter.remark(samples.shape[3])]
    if not examples.is_own_split:
        rows = split_rows(labels, request["split"], request["holds_out"], where)
        samples, labels = samples[rows], labels[rows]
        if request["split"] == "test":
            remarks.append(test_part_remark(request["holds_out"]))
    np.save("samples.npy", samples)
    np.save("labels.npy", labels)
    return {"class_names": class_names, "remark": "; ".join(remarks)}


def _labels(
    values: list[int | None], class_names: list[str] | None, where: str
) -> tuple[np.ndarray, list[str]]:
    """(labels, class names)."""
    if class_names is None:
        return np.zeros(len(values), np.int32), [UNLABELLED]
    labels = np.array([-1 if value is None else value for value in values], np.int32)
    unlabelled = int((labels < 0).sum())
    if unlabelled:
        raise InputError(
            f"{where}: {unlabelled:,} of {len(labels):,} images of this split have no label"
        )
    return labels, class_names


def main() -> int:
    """The process: reads a request on stdin, and writes files into the current folder."""
    request = json.load(sys.stdin)
    # Libraries that print must not disturb the answer.
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        if request["kind"] == "tfds":
            from amnat.data.tfds_reader import read_tfds as read
        else:
            from amnat.data.hf_reader import read_hf as read
        result = convert(read(request), request)
    except InputError as error:
        print(" ".join(str(error).split()), file=answer)
        return REFUSED
    with open("result.json", "w", encoding="utf-8") as file:
        file.write(json_text.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
