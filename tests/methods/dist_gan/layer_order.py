"""The variables of a network in the order in which the originals create them."""

from amnat.layers import BatchStatisticsNormalization


def ordered_variables(network):
    """(kind, variable) in the order of the original's creation, which is that of the layers."""
    found = []
    for layer in network.layers:
        if isinstance(layer, BatchStatisticsNormalization):
            found += [("offset", layer.offset), ("scale", layer.scale)]
        elif hasattr(layer, "w"):
            found += [("kernel", layer.w), ("bias", layer.b)]
    return [(kind, variable) for kind, variable in found if variable is not None]
