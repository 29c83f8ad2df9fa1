"""Turns a checkpoint of AM-GANs-for-reproduce into a run; see `amnat.compat.import_script`."""

from amnat.compat import am_gan_reproduce_names as names
from amnat.compat.import_script import Importing
from amnat.methods.am_gan_paper.script import AMGANPaperScript
from amnat.training.declarations import declaration

import numpy as np
from absl import flags

FLAGS = flags.FLAGS

# The flags that say where a run lies, how to go on and what to score are the user's.
_USERS = ("sResultDir", "bLoadCheckpoint", "bLoadForEvaluation", "sEvaluateCheckpoint")
# The original takes any value of these, 1 to score at once.
_SCORING = ("iIterCheckpoint", "iSamplesEvaluate", "iSSIM")


class ImportReproduceScript(Importing, AMGANPaperScript):
    """Has the flags of tools/am_gan_reproduce.py and --checkpoint; it writes a run."""

    original, key = "AM-GANs-for-reproduce", "am_gan_reproduce"
    script = "am_gan_reproduce.py"
    # Without class labels, the original's discriminator still has the class as an input.
    never_idle = ("CGAN",)

    def recorded(self, prefix):
        """The flags that the user of the original chose: those that differ from the defaults, and
        that amnat has."""
        known = [name for name in self.flag_names if name not in _USERS]
        found = names.recorded_flags(prefix.parent.parent / "log.txt", known)
        chosen = names.chosen_flags(found).items()
        return {n: v for n, v in chosen if v != FLAGS[n].default and _acts(n, found)}, "log.txt"

    def find_flags(self, arrays, recorded):
        decide = ("bPredefined", "iDimsZ", "gfirst1", "dfirst1", "oUp", "oOptG", "oOptD")
        given = {name: FLAGS[name].value for name in decide if FLAGS[name].present}
        shapes = {name: value.shape for name, value in arrays.items()}
        return names.find_flags(shapes, recorded | given)

    def fits(self, arrays, model):
        from amnat.compat.checkpoint_import import check_variables

        check_variables(arrays, _expected(arrays, model), {*names.UNREAD, *_STEPS}, _STEPS)

    def assign(self, prefix, arrays, model):
        del prefix
        for name, variable in _expected(arrays, model).items():
            variable.assign(np.reshape(arrays[name], variable.shape))
        updates = int(arrays[names.STEPS["G"]])
        iteration = updates // FLAGS.iTrainG
        model.generator_updates.assign(updates)
        model.iteration.assign(iteration)
        model.g_optimizer.iterations.assign(updates)
        model.d_optimizer.iterations.assign(int(arrays[names.STEPS["D"]]))
        return iteration


_STEPS = tuple(names.STEPS.values())


def _acts(name, recorded):
    """Whether amnat can do anything with a flag of the original's log."""
    declared, value = declaration(name), recorded[name]
    if declared.no_effect or (name == "PATH" and value is False):
        return False
    if not isinstance(value, (int, float)) or declared.accepts(value):
        return True
    # A wrong value is the user's only if it was used.
    values = (recorded.get(c.name, FLAGS[c.name].value) for c in declared.only_with)
    used = all(c.holds(v) for c, v in zip(declared.only_with, values, strict=True))
    return used and name not in _SCORING


def _expected(arrays, model):
    """{the original's name: amnat's variable} for all weights and slots of the model."""
    theirs, found = names.their_names(arrays), {}
    for network, optimizer, player in (
        (model.generator, model.g_optimizer, "G"),
        (model.discriminator, model.d_optimizer, "D"),
    ):
        slots = names.SLOTS[FLAGS[f"oOpt{player}"].value]
        for name, variable in network.named_variables().items():
            # A variable that the checkpoint lacks is listed by amnat's name.
            name = theirs.get(f"{network.name}/{name}", f"{network.name}/{name}")
            found[name] = variable
            for slot, suffix in slots.items():
                found[names.slot_name(name, suffix)] = optimizer.get_slot(variable, slot)
    return found
