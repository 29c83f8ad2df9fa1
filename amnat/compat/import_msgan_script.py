"""Turns a checkpoint of tntrung/msgan into a run; see `amnat.compat.import_script`."""

from amnat.compat import ms_gan_names as names
from amnat.compat.import_script import Importing
from amnat.methods.dist_gan.script import DistGANScript
from amnat.training import flags as shared
from amnat.training.declarations import define_integer

from absl import flags

FLAGS = flags.FLAGS


class ImportMSGANScript(Importing, DistGANScript):
    """Has the flags of tools/msdistgan.py, --checkpoint and --iteration; it writes a run."""

    original, key, script = "msgan", "msgan", "msdistgan.py"
    without_log = "no folder with the original's name for a run"
    # The checks of msdistgan.py's flags read it.
    takes_resume = True

    def define_flags(self):
        super().define_flags()
        define_integer(
            "iteration",
            None,
            "Iterations before the checkpoint. Default: what its name says (epoch_N.ckpt).",
            fixed=False,
            at_least=0,
            replayed=False,
        )

    def check_flags(self):
        shared.require(not FLAGS.resume, "resume", "it left out: an import begins a run")
        super().check_flags()

    def recorded(self, prefix):
        found = names.folder_flags(prefix)
        if found.get("db_name") not in (None, "mnist-1k"):
            found.pop("k", None)
        # A name of a data set that amnat does not have is not the user's mistake.
        known = {n: v for n, v in found.items() if n != "db_name" or v in names.DATA_NAMES}
        return known, "the folder's name"

    def find_flags(self, arrays, recorded):
        shapes = {name: value.shape for name, value in arrays.items()}
        given = {"db_name": FLAGS.db_name} if FLAGS["db_name"].present else {}
        return names.find_flags(shapes, recorded | given)

    def fits(self, arrays, model):
        from amnat.compat.checkpoint_import import check_variables

        ignored = [name for name in arrays if names.UNREAD.fullmatch(name)]
        check_variables(arrays, _expected(arrays, model), ignored)

    def assign(self, prefix, arrays, model):
        found = names.step_of(prefix) if FLAGS.iteration is None else FLAGS.iteration
        shared.require(found is not None, "iteration", f"one, because {prefix.name} names none")
        for name, variable in _expected(arrays, model).items():
            variable.assign(arrays[name])
        model.iteration.assign(found)
        print("the original saves no optimizers: their moments start again at 0")
        return found


def _expected(arrays, model):
    """{the original's name: amnat's variable}; one that the checkpoint lacks has amnat's name."""
    theirs = names.their_names(arrays, names.style_of_names(arrays))
    return {
        theirs.get(f"{network.name}/{name}", f"{network.name}/{name}"): variable
        for network in (model.encoder, model.generator, model.discriminator)
        for name, variable in network.named_variables().items()
    }
