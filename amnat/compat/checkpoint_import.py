"""Reads a TensorFlow 1 checkpoint of an original into an amnat model."""

import re

from amnat.compat import am_gan2_names as names
from amnat.compat.checkpoint_names import find_checkpoint, listed
from amnat.errors import InputError

import numpy as np
import tensorflow as tf

__all__ = ["assign", "check", "check_variables", "find_checkpoint", "read_arrays", "recorded_flags"]

_FLAG_LINE = re.compile(r"(\w+):(.*)")


def read_arrays(prefix):
    """Reads a checkpoint as {name: array}; raises InputError if it cannot be read."""
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"--checkpoint={prefix}: cannot be read ({reason})") from error


def recorded_flags(prefix, known):
    """Reads {flag: text} from the original's log.txt, one folder above its checkpoints.

    Args:
      prefix: the prefix of the checkpoint.
      known: the names of the flags to look for.
    """
    log = prefix.parent.parent / "log.txt"
    if not log.is_file():
        return {}
    found = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _FLAG_LINE.fullmatch(line)
        if match and match[1] in known:
            # If the run was started several times, the last start counts.
            found[match[1]] = match[2]
    return found


def check(arrays, model, optimizer):
    """Raises InputError that names all variables that are unknown, missing or of another shape."""
    wanted = names.expected(model, optimizer)
    check_variables(arrays, wanted, {*names.UNREAD, names.STEP}, (names.STEP,))


def check_variables(arrays, wanted, ignored, counters=()):
    """Raises InputError that names all variables that are unknown, missing or of another shape.

    Args:
      arrays: {the original's name: array}.
      wanted: {the original's name: amnat's variable}.
      ignored: names that may be there and are not assigned to a variable.
      counters: those of them that must be there.
    """
    unknown = sorted(set(arrays) - set(wanted) - set(ignored))
    missing = sorted(set(wanted) - set(arrays)) + [n for n in counters if n not in arrays]
    wrong = [
        f"{name} {list(arrays[name].shape)} instead of {list(wanted[name].shape)}"
        for name in sorted(set(wanted) & set(arrays))
        if not _fits(arrays[name].shape, tuple(wanted[name].shape))
    ]
    problems = [
        f"{label}: {listed(found)}"
        for label, found in (("unknown", unknown), ("missing", missing), ("shape", wrong))
        if found
    ]
    if problems:
        raise InputError("--checkpoint: its variables do not fit the flags; " + "; ".join(problems))


def _fits(theirs, ours):
    return names.without_unit_axes(theirs) == names.without_unit_axes(ours)


def assign(arrays, model, optimizer, d_steps, g_steps):
    """Sets the model's weights, slots and counters; returns the number of completed iterations.

    Args:
      arrays: the checked result of `read_arrays`.
      model: the compiled model.
      optimizer: the original's oOpt.
      d_steps, g_steps: the original's iTrainD and iTrainG.
    """
    for name, variable in names.expected(model, optimizer).items():
        variable.assign(np.reshape(arrays[name], variable.shape))
    updates = int(arrays[names.STEP])
    iteration = updates // g_steps
    model.generator_updates.assign(updates)
    model.iteration.assign(iteration)
    model.g_optimizer.iterations.assign(updates)
    model.d_optimizer.iterations.assign(iteration * d_steps)
    return iteration
