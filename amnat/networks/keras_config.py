"""What the configuration of a Keras model may hold, so that rebuilding it runs no foreign code.

A configuration is a list of layers by name, and some of them can run code: Lambda layers hold
Python code, "module" entries import any module and call any function in it, and the layers that
Keras makes from plain TensorFlow functions name these functions. `tf_keras` itself only refuses the
first kind.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import Any

from amnat.errors import InputError

KERAS_PACKAGES = ("keras", "tf_keras")
_FUNCTION_LAYERS = ("TFOpLambda", "SlicingOpLambda")
# These are pure functions of tensors, such as tf.math.add, but not tf.io.write_file or
# tf.load_op_library.
_PURE_FUNCTIONS = {
    *("__operators__", "linalg", "math", "nn", "image.resize"),
    *("cast", "clip_by_value", "concat", "expand_dims", "identity", "pad", "repeat", "reshape"),
    *("squeeze", "stack", "tile", "transpose"),
}


def check_config(
    config: Any, path: str | os.PathLike[str], modules: Sequence[str] = KERAS_PACKAGES
) -> None:
    """Raises InputError if a model's configuration (nested dicts and lists) could run code.

    Args:
      config: the configuration.
      path: its place, with which the error begins.
      modules: the modules whose classes it may name, with all modules in them.
    """
    if isinstance(config, list):
        for item in config:
            check_config(item, path, modules)
    if not isinstance(config, dict):
        return
    name, module = config.get("class_name"), config.get("module")
    if name is not None:
        _check_object(str(name), module, config, path, modules)
    for value in config.values():
        check_config(value, path, modules)


def _check_object(
    name: str,
    module: str | None,
    config: dict[str, Any],
    path: str | os.PathLike[str],
    modules: Sequence[str],
) -> None:
    if name == "function":
        # Keras' own functions have the module "builtins", which also contains those of Python.
        if module != "builtins" or hasattr(builtins, str(config.get("config"))):
            raise _refused(path, f"the function {module}.{config.get('config')}")
    elif not f"{module or 'keras'}.".startswith(tuple(f"{allowed}." for allowed in modules)):
        raise _refused(path, f"{name} of the module {module}")
    elif "Lambda" in (name, config.get("registered_name")):
        raise _refused(path, "a Lambda layer")
    elif name in _FUNCTION_LAYERS:
        function = str(config.get("config", {}).get("function", "__operators__"))
        if not {function, function.split(".")[0]} & _PURE_FUNCTIONS:
            raise _refused(path, f"the function tf.{function}")


def _refused(path: str | os.PathLike[str], what: str) -> InputError:
    return InputError(
        f"{path}: holds {what}, which could run any code; expected only layers of Keras; "
        "export it as a SavedModel folder if you trust it"
    )
