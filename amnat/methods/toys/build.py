"""The toy methods with their networks."""

from amnat.methods.toys.toy_auto_encoders import METHODS
from amnat.methods.toys.toy_networks import GaussianPointEncoder, PointNetwork
from amnat.rng import derive_seed


def build_toy_gan(name, dims, hidden, initial, latent, kind=None, squashed=False, **kwargs):
    """A toy method, not compiled.

    Args:
      name: of `toy_gan_options.METHOD_NAMES`.
      dims: of points; latents have as many entries.
      hidden: widths of every network's hidden layers.
      initial: of `PointNetwork`.
      latent: of `GANModel`.
      kind: the class, by default that of `name`.
      squashed: points are in [0, 1].
      **kwargs: of `ToyGAN`, with `seed`.

    Returns: ToyGAN.
    """
    seed = kwargs.get("seed", 0)

    def network(role, outputs, cls=PointNetwork, **options):
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
