"""The toy methods with their networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amnat.methods.toys.toy_auto_encoders import METHODS
from amnat.methods.toys.toy_gans import ToyGAN
from amnat.methods.toys.toy_networks import GaussianPointEncoder, PointNetwork
from amnat.rng import derive_seed

if TYPE_CHECKING:
    from amnat.export.generators import Latent


def build_toy_gan(
    name: str,
    dims: int,
    hidden: Sequence[int],
    initial: str,
    latent: Latent,
    kind: type[ToyGAN] | None = None,
    squashed: bool = False,
    **kwargs: Any,
) -> ToyGAN:
    """Builds a toy method without compiling it.

    Args:
      name: a key of `methods.METHOD_NAMES`.
      dims: entries of a point; latents have as many.
      hidden: widths of every network's hidden layers.
      initial: see `PointNetwork`.
      latent: see `GANModel`.
      kind: the class; by default the class of `name`.
      squashed: whether points are in [0, 1].
      **kwargs: see `ToyGAN`, including `seed`.

    Returns: ToyGAN.
    """
    seed = kwargs.get("seed", 0)

    def network(
        role: str, outputs: int, cls: type[PointNetwork] = PointNetwork, **options: Any
    ) -> PointNetwork:
        made = cls(
            dims,
            outputs,
            hidden,
            initial=initial,
            name=role,
            seed=derive_seed(seed, role),
            **options,
        )
        return made.build_variables((dims,))

    encoder = None
    if name == "vaegan":
        encoder = network("encoder", dims, GaussianPointEncoder)
    elif name in ("rgan", "mdgan", "distgan"):
        encoder = network("encoder", dims)
    return (kind or METHODS[name])(
        network("generator", dims, squashed=squashed),
        network("discriminator", 1),
        latent,
        encoder=encoder,
        second_discriminator=network("second", 1) if name == "mdgan" else None,
        **kwargs,
    )
