"""Where each variable of a checkpoint of ZhimingZhou/AM-GAN2 goes.

    amnat                                    AM-GAN2                        what changes
    ---------------------------------------  -----------------------------  ---------------------
    {network}/{layer}/w                      the same                       nothing
    {network}/{layer}/b                      the same                       nothing
    {network}/{layer}/g                      the same                       axes of length 1 go
    {network}/{layer}/offset, .../scale      the same                       axes of length 1 go
    slot m of a variable (adam)              {variable}/Adam                as the variable
    slot v of a variable (adam)              {variable}/Adam_1              as the variable
    slot momentum of a variable (mom)        {variable}/Momentum            as the variable
    generator_updates                        global_step                    nothing
    iteration                                global_step                    / iTrainG
    steps of the generator's optimizer       global_step                    nothing
    steps of the discriminator's optimizer   global_step                    * iTrainD / iTrainG
    (follows from the steps)                 beta1_power, beta2_power,      not read
                                             beta1_power_1, beta2_power_1

{network} is generator or discriminator, {layer} a layer's scope: linear, deconv4_8, bn16, ... (toy
networks: linear0, bn0, ...). amnat keeps the original's names, and its order of the units of the
generator's first layer.
"""

import dataclasses

STEP = "global_step"
UNREAD = ("beta1_power", "beta2_power", "beta1_power_1", "beta2_power_1")
# {amnat's slot: suffix of AM-GAN2's}, by the original's oOpt.
SLOTS = {"adam": {"m": "/Adam", "v": "/Adam_1"}, "mom": {"momentum": "/Momentum"}, "sgd": {}}


@dataclasses.dataclass(frozen=True)
class Finding:
    """What the shapes and names of a checkpoint say of the flags of its run.

    Attributes:
      flags: {flag: value}.
      reasons: {flag: the variable that says so}.
    """

    flags: dict
    reasons: dict


def find_flags(shapes):
    """The flags that a checkpoint's variables decide.

    Args:
      shapes: {AM-GAN2's name: shape}.

    Returns: Finding; empty if the generator's or discriminator's output layer is missing.
    """
    found, reasons = {}, {}

    def note(flag, value, variable):
        found[flag], reasons[flag] = value, variable

    def take(flag, variable, axis):
        if len(shapes.get(variable, ())) > axis:
            note(flag, shapes[variable][axis], variable)

    is_image = "generator/deconv32/w" in shapes
    last = "discriminator/linear/w"
    if len(shapes.get(last, ())) == 2:
        note("bAMGAN", shapes[last][1] > 1, last)
        note("bUseWN", "discriminator/linear/g" in shapes, "discriminator/linear/g")
    if is_image:
        take("iDimsZ", "generator/linear/w", 0)
        take("iFilterDimsG", "generator/deconv32/w", 3)
        take("iFilterDimsD", "discriminator/conv32/w", 3)
    else:
        take("iDimsZ", "generator/linear0/w", 0)
        take("iFilterDimsG", "generator/linear0/w", 1)
        take("iFilterDimsD", "discriminator/linear0/w", 1)
    for name, slots in SLOTS.items():
        for suffix in slots.values():
            if last + suffix in shapes:
                note("oOpt", name, last + suffix)
    if "oOpt" not in found and found:
        note("oOpt", "sgd", "no slots")
    return Finding(found, reasons)


def expected(model, optimizer):
    """What a checkpoint of the model's run holds.

    Args:
      model: compiled `GANModel` of AM-GAN2's networks.
      optimizer: the original's oOpt.

    Returns: {AM-GAN2's name: amnat's variable}: weights and slots.
    """
    found = {}
    players = (
        (model.generator, model.g_optimizer),
        (model.discriminator, model.d_optimizer),
    )
    for network, its_optimizer in players:
        for name, variable in network.named_variables().items():
            theirs = f"{network.name}/{name}"
            found[theirs] = variable
            for slot, suffix in SLOTS[optimizer].items():
                found[theirs + suffix] = its_optimizer.get_slot(variable, slot)
    return found


def without_unit_axes(shape):
    """A shape without its axes of length one, in which the two sides may differ."""
    return tuple(size for size in shape if size != 1)
