"""Small networks to export, and a check that runs in this process."""

from amnat.export import reload_check, self_check
from amnat.export.package import _write

import numpy as np
import tensorflow as tf


class Plan(dict):
    """The arrays of a plan, by number."""

    def store(self, values):
        keys = {}
        for name, value in (values or {}).items():
            keys[name] = f"a{len(self)}"
            self[keys[name]] = value
        return keys


def answers(model, requests):
    """A line per request to a loaded SavedModel; raises ExportMismatch at the first bad one."""
    report = []
    for request in requests:
        arrays = Plan()
        planned = {
            "signature": request.signature,
            "inputs": arrays.store(request.inputs),
            "outputs": arrays.store(request.outputs),
            "repeated": request.repeated,
        }
        fine, outcome = self_check._judge(request, reload_check.run_request(model, planned, arrays))
        if not fine:
            raise self_check.ExportMismatch(f"{request.title}: {outcome}")
        report.append(f"{request.title} {outcome}")
    return report


def check_here(path, requests):
    """As `check_saved_model`, without a process of its own."""
    return answers(tf.saved_model.load(str(path)), requests)


class Unsaved:
    """The functions of an export, to be called as those of a loaded SavedModel."""

    def __init__(self, export):
        self.signatures = {each.name: each.function() for each in export.signatures}


def saved(export, folder):
    """Writes a SavedModel of an export and loads it; not checked."""
    folder.mkdir()
    _write(folder, export.signatures, export.metadata)
    return tf.saved_model.load(str(folder))


def randomised(network, seed=0):
    """Moves all trained weights away from their start, so that no scale is 1 and no offset 0."""
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        change = 0.3 * rng.standard_normal(variable.shape)
        variable.assign_add(tf.cast(change, variable.dtype))
    return network
