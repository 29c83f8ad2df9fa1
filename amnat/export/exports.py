"""Chooses the export of a generator, which depends on its latent."""

from __future__ import annotations

from typing import Any

from amnat.export.generator_export import GeneratorExport
from amnat.export.generators import Latent
from amnat.networks.network import Network


def make_export(generator: Network, latent: Latent, *args: Any, **kwargs: Any) -> GeneratorExport:
    """Makes the export of a generator, with the arguments of `GeneratorExport`.

    A latent with special parts has a method `export_class()` that imports and returns the class of
    its export; training does not need that class. All other latents use `GeneratorExport`.
    """
    cls = latent.export_class() if hasattr(latent, "export_class") else GeneratorExport
    return cls(generator, latent, *args, **kwargs)
