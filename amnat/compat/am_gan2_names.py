"""The mapping from the variables of a ZhimingZhou/AM-GAN2 checkpoint to amnat's.

    amnat                                    AM-GAN2                        what changes
    ---------------------------------------  -----------------------------  ---------------------
    {network}/{layer}/w                      the same                       nothing
    {network}/{layer}/b                      the same                       nothing
    {network}/{layer}/g                      the same                       no axes of length 1
    {network}/{layer}/offset, .../scale      the same                       no axes of length 1
    slot m of a variable (adam)              {variable}/Adam                as for the variable
    slot v of a variable (adam)              {variable}/Adam_1              as for the variable
    slot momentum of a variable (mom)        {variable}/Momentum            as for the variable
    generator_updates                        global_step                    nothing
    iteration                                global_step                    / iTrainG
    steps of the generator's optimizer       global_step                    nothing
    steps of the discriminator's optimizer   global_step                    * iTrainD / iTrainG
    (follows from the steps)                 beta1_power, beta2_power,      not read
                                             beta1_power_1, beta2_power_1

{network} is generator or discriminator. {layer} is the scope of a layer: linear, deconv4_8, bn16,
... (toy networks: linear0, bn0, ...). amnat keeps the original's names, and its order of the units
in the generator's first layer.
"""

import dataclasses

STEP = "global_step"
UNREAD = ("beta1_power", "beta2_power", "beta1_power_1", "beta2_power_1")
# {amnat's slot: suffix of AM-GAN2's slot} for each value of the original's oOpt.
SLOTS = {"adam": {"m": "/Adam", "v": "/Adam_1"}, "mom": {"momentum": "/Momentum"}, "sgd": {}}


@dataclasses.dataclass(frozen=True)
class Finding:
    """The flags of a run, as far as the shapes and names in its checkpoint determine them.

    Attributes:
      flags: {flag: value}.
      reasons: {flag: the variable that determines it}.
    """

    flags: dict
    reasons: dict


def find_flags(shapes):
    """Finds the flags that a checkpoint's variables determine.

    Args:
      shapes: {AM-GAN2's name: shape}.

    Returns: Finding, which is empty if the generator's or discriminator's output layer is missing.
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
    """The variables that a checkpoint of the model's run should hold.

    Args:
      model: compiled `GANModel` with AM-GAN2's networks.
      optimizer: the original's oOpt.

    Returns: {AM-GAN2's name: amnat's variable} for all weights and slots.
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
    """A shape without its axes of length one, which the two sides may have differently."""
    return tuple(size for size in shape if size != 1)
