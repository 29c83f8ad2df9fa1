"""The mapping from the variable names of AM-GANs-for-reproduce to amnat's.

    amnat                    the original
    -----------------------  ----------------------------------------------------------
    generator/linear         generator/linear_wn_0
    generator/deconv<i>      generator/deconv_maybe_downsize_<i>/deconv2d_wn_<i>
    discriminator/conv<i>    discriminator/conv_maybe_downsize_<i>/conv2d_wn_<i>
    .../bn<i>/offset, scale  .../bn_<i>/offset, scale
    .../ln<i>/offset, scale  .../ln_<i>/beta, gamma
    .../w, g, b              .../v, g, b

What else a checkpoint of the original holds:

    slots m and v (adam, nadam)              optimizer/G/{variable}/Adam, .../Adam_1 (D alike)
    slots rms and momentum (rmsprop)         optimizer/G/{variable}/RMSProp, .../RMSProp_1
    generator_updates, and the steps of      optimizer/G/g_global_step
    the generator's optimizer
    iteration                                optimizer/G/g_global_step / iTrainG
    steps of the discriminator's optimizer   optimizer/D/d_global_step
    (follows from the steps)                 optimizer/G/beta1_power, ...
    (the last targets, not read)             am

Kernels, gains, biases, scales and offsets have the same shape on both sides.
"""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from amnat.compat.am_gan2_names import Finding

_LAYER = re.compile(r"(?:\w+_maybe_downsize_\d+/)?(linear|deconv2d|conv2d)_wn_(\d+)/([vgb])")
_NORM = re.compile(r"(bn|ln)_(\d+)/(offset|scale|beta|gamma)")
_KINDS = {"deconv2d": "deconv", "conv2d": "conv"}
_VARIABLES = {"v": "w", "g": "g", "b": "b", "beta": "offset", "gamma": "scale"}


def our_name(name: str) -> str | None:
    """amnat's name of a variable of the original's networks, None if it is not one."""
    network, _, rest = name.partition("/")
    if network not in ("generator", "discriminator"):
        return None
    norm = _NORM.fullmatch(rest)
    if norm:
        return f"{network}/{norm[1]}{norm[2]}/{_VARIABLES.get(norm[3], norm[3])}"
    layer = _LAYER.fullmatch(rest)
    if not layer:
        return None
    kind, number, variable = layer.groups()
    if kind == "linear":
        return f"{network}/linear/{_VARIABLES[variable]}" if number == "0" else None
    return f"{network}/{_KINDS[kind]}{number}/{_VARIABLES[variable]}"


STEPS = {"G": "optimizer/G/g_global_step", "D": "optimizer/D/d_global_step"}
_ADAM = {"m": "Adam", "v": "Adam_1"}
# {oOpt: {amnat's slot: the original's}}. The NadamOptimizer of tf.contrib calls itself Adam, too.
SLOTS = {
    "adam": _ADAM,
    "nadam": _ADAM,
    "rmsprop": {"rms": "RMSProp", "momentum": "RMSProp_1"},
    "sgd": {},
}
UNREAD = ("am", *(f"optimizer/{p}/beta{i}_power" for p in "GD" for i in (1, 2)))
# Where the original's networks of 32x32 images double and halve the size: at least this often.
_DOUBLED, _HALVED = 2, 3
_RECORD = re.compile(r"[{ ]'(\w+)': (.*?)[,}]?")
Shapes = Mapping[str, Sequence[int]]


def their_names(names: Collection[str]) -> dict[str, str]:
    """{amnat's name: the original's} of the networks' variables among `names`."""
    pairs = ((our_name(name), name) for name in names)
    return {ours: theirs for ours, theirs in pairs if ours}


def slot_name(theirs: str, suffix: str) -> str:
    """The original's name of a slot of a variable, such as Adam."""
    player = "G" if theirs.startswith("generator/") else "D"
    return f"optimizer/{player}/{theirs}/{suffix}"


def find_flags(shapes: Shapes, recorded: Mapping[str, Any]) -> Finding:
    """Finds the flags that a checkpoint's variables determine.

    Layers of one width in a row can be read in several ways, and so can the slots of Adam; then the
    recorded flags decide, and without them the original's defaults.

    Args:
      shapes: {the original's name: shape}.
      recorded: {flag: value} from the original's log.
    """
    found: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    names = their_names(shapes)

    def note(flag: str, value: Any, variable: str) -> None:
        found[flag], reasons[flag] = value, names.get(variable, variable)

    def shape(variable: str) -> Sequence[int]:
        return shapes.get(names.get(variable, ""), ())

    def count(layer: str) -> int:
        return sum(re.fullmatch(rf"{layer}\d+/w", name) is not None for name in names)

    deconvs, convs = count("generator/deconv"), count("discriminator/conv")
    wide_end, first = int(recorded.get("gfirst1", 1)), int(recorded.get("dfirst1", 1))
    # Each doubling has a layer more, in front of the one that counts.
    pools = _DOUBLED + 1 if recorded.get("oUp") == "deconvpool" else 0
    place = deconvs - 2 - bool(wide_end) - bool(pools)
    last, end = "discriminator/linear/w", f"generator/deconv{place}/w"
    latent, head = shape("generator/linear/w"), shape(last)
    if len(latent) == len(head) == 2:
        classes, noise = head[1] - 2, int(recorded.get("iDimsZ", 100))
        given = recorded.get("bPredefined", recorded.get("CGAN", latent[0] == noise + classes))
        note("bPredefined", bool(given), "generator/linear/w")
        note("iDimsZ", latent[0] - classes * bool(given), "generator/linear/w")
    for flag, variable, axis in (
        ("iFilterDimG", end, 2),
        ("iFilterDimD", f"discriminator/conv{first}/w", 3),
        ("iKsizeG", end, 0),
        ("iKsizeD", "discriminator/conv0/w", 0),
    ):
        if len(shape(variable)) == 4:
            note(flag, shape(variable)[axis], variable)
    if deconvs and convs:
        count_g = deconvs - pools - _DOUBLED - 1 - bool(wide_end)
        note("iResG", max(0, count_g), "the generator's layers")
        if "iMinSizeD" not in recorded:
            note("iResD", max(0, convs - _HALVED - first), "the discriminator's layers")
    for player, variable in (("G", "generator/linear/w"), ("D", last)):
        if variable in names:
            optimizer = _optimizer(names[variable], shapes, recorded.get(f"oOpt{player}", "adam"))
            note(f"oOpt{player}", optimizer, f"slots of {names[variable]}")
            network = variable.partition("/")[0]
            norms = [n for n in ("bn", "ln") if f"{network}/{n}0/scale" in names]
            note(f"oBn{player}", norms[0] if norms else "none", f"the {network}'s layers")
    return Finding(found, reasons)


def _optimizer(variable: str, shapes: Shapes, recorded: str) -> str:
    """The optimizer whose slots a variable has, by the original's name of the variable."""

    def has(slots: Mapping[str, str]) -> bool:
        return any(slot_name(variable, slot) in shapes for slot in slots.values())

    if has(_ADAM):
        # With --oOptG=nadam and an oOptD other than adam and rmsprop, D has Nadam as well.
        return "adam" if recorded == "adam" else "nadam"
    return "rmsprop" if has(SLOTS["rmsprop"]) else "sgd"


def chosen_flags(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The flags of a log without those that the original's main.py has set itself.

    Args:
      recorded: {flag: value}, all that the log holds.
    """
    derived = set()
    if recorded.get("sDataSet") == "mnist":
        derived |= {"Use32_MNIST", "iImageSize", "iDimsC"}
    if not recorded.get("bUseClassLabel", True):
        derived |= {"bUseLabel", "bUseUnlabel"}
    if not (recorded.get("bUseLabel", True) and recorded.get("bUseUnlabel", False)):
        derived.add("iNumLabelData")
    if recorded.get("CGAN", False):
        derived.add("bPredefined")
    return {name: value for name, value in recorded.items() if name not in derived}


def recorded_flags(log: pathlib.Path, known: Collection[str]) -> dict[str, Any]:
    """{flag: value} from the original's log.txt, which holds the flags as Python's dict.

    Args:
      log: the path; there need be no such file.
      known: the names of the flags to look for.
    """
    if not log.is_file():
        return {}
    found = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _RECORD.fullmatch(line)
        if match and match[1] in known:
            try:
                # If the run was started several times, the last start counts.
                found[match[1]] = ast.literal_eval(match[2])
            except (ValueError, SyntaxError):
                continue
    return found
