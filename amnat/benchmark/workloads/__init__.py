"""The workloads of tools/benchmark.py: each module of this package defines one as `WORKLOAD`.

To add a workload, add a file. This package does not load TensorFlow.
"""

import importlib
import pkgutil

from amnat.errors import InputError


def names():
    """All names, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name):
    """A `workload.Workload`; raises InputError for an unknown name."""
    if name not in names():
        raise InputError(f"--workloads={name}: expected all, or some of {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}").WORKLOAD
