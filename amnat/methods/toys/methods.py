"""The toy methods by name. This module does not load TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

from amnat.errors import InputError

METHOD_NAMES = {
    "gan": "GAN",
    "rgan": "RGAN",
    "mdgan": "MDGAN",
    "vaegan": "VAEGAN",
    "wgangp": "WGAN-GP",
    "distgan": "Dist-GAN",
}


def check_methods(names: Sequence[str], flag: str) -> None:
    """Raises InputError unless `names` are different keys of METHOD_NAMES, at least one."""
    for name in names:
        if name not in METHOD_NAMES:
            raise InputError(f"--{flag}: unknown '{name}', expected {', '.join(METHOD_NAMES)}")
    if not names or len(set(names)) < len(names):
        raise InputError(f"--{flag}={','.join(names)}: expected different names, at least one")
