"""Turns a checkpoint of an original into a run directory: tools/import_checkpoint.py.

The checkpoint decides whose flags the command has, because the runs go on as runs of that script.
"""

import os
import pathlib
import tempfile

from amnat import command_text
from amnat.compat import checkpoint_names
from amnat.errors import IdleFlagError, InputError
from amnat.methods.am_gan.script import AMGANScript
from amnat.training import flags as shared
from amnat.training.declarations import define_string
from amnat.training.flag_record import script_line
from amnat.training.main import load_tensorflow
from amnat.training.run_directory import RunDirectory

from absl import flags

FLAGS = flags.FLAGS

OPTIMIZERS = ("adam", "mom", "sgd")
# The flags that the original's log.txt may contain. The user chooses where the run is kept.
_FROM_LOG = (
    *("sDataSet", "sResultTag", "iMaxIter", "iBatchSize", "iTrainG", "iTrainD", "fLrIni"),
    *("fBeta1", "fBeta2", "fEpsilon", "oDecay", "oAct", "fDropRate"),
)


class Importing:
    """What the imports share, to put in front of a `Method` with the flags of its script.

    Attributes:
      original: the repository's name, for messages.
      key: its name in `checkpoint_names.original_of`.
      script: the file in tools/ whose runs the imported ones are.
      without_log: what is said if no flag could be read from a log or a folder's name.
      never_idle: flags of the original that act where amnat's are refused as idle.
    """

    original = ""
    key = ""
    script = ""
    without_log = "no log.txt of the original"
    never_idle = ()
    takes_resume = False

    def define_flags(self):
        super().define_flags()
        define_string(
            "checkpoint",
            None,
            "The checkpoint of AM-GAN2, AM-GANs-for-reproduce or msgan: the folder that the "
            "original wrote to (its newest checkpoint is used), or the path of a checkpoint "
            "without its ending.",
            fixed=False,
            replayed=False,
        )

    def call(self):
        """Reads the checkpoint first, because it determines values of flags; then checks them."""
        shared.require(
            FLAGS.checkpoint,
            "checkpoint",
            "a checkpoint of AM-GAN2, AM-GANs-for-reproduce or msgan",
        )
        prefix = checkpoint_names.find_checkpoint(FLAGS.checkpoint)
        if checkpoint_names.original_of(prefix) != self.key:
            raise InputError(
                "--checkpoint: expected on the command line itself, because it decides which "
                "flags the command has"
            )
        load_tensorflow()
        from amnat.compat import checkpoint_import

        arrays = checkpoint_import.read_arrays(prefix)
        taken = self.complete_flags(prefix, arrays)
        self.check_taken(taken)
        self.check_optimizers()
        return self.write(prefix, arrays)

    def recorded(self, prefix):
        """({flag: value}, their source) beside the checkpoint, such as the original's log.txt."""
        raise NotImplementedError

    def find_flags(self, arrays, recorded):
        """`am_gan2_names.Finding`: the flags that the variables determine."""
        raise NotImplementedError

    def check_optimizers(self):
        """Raises InputError for an optimizer that the original does not have."""

    def fits(self, arrays, model):
        """Raises InputError that names the variables that do not fit the model."""
        raise NotImplementedError

    def assign(self, prefix, arrays, model):
        """Sets the model's weights, slots and counters; returns the iterations that are done."""
        raise NotImplementedError

    def complete_flags(self, prefix, arrays):
        """Sets the flags that the command line leaves open, and prints where values come from.

        Returns: {name of a flag that was set: where its value comes from}.
        """
        recorded, source = self.recorded(prefix)
        finding = self.find_flags(arrays, recorded)
        for name, value in finding.flags.items():
            if FLAGS[name].present and FLAGS[name].value != value:
                raise InputError(
                    f"--{name}={FLAGS[name].value}: the checkpoint has {value} "
                    f"(by {finding.reasons[name]}); leave the flag out"
                )
        sources = {name: (value, source) for name, value in recorded.items()}
        sources |= {n: (v, finding.reasons[n]) for n, v in finding.flags.items()}
        taken = {}
        for name, (value, where) in sorted(sources.items()):
            if not FLAGS[name].present:
                try:
                    FLAGS[name].parse(str(value))
                except flags.Error as error:
                    raise InputError(f"--{name}={value} of {where}: {error}") from error
                print(f"--{name}={FLAGS[name].value}  (from {where})")
                taken[name] = where
        if not recorded:
            print(f"{self.without_log}; flags that the checkpoint does not show keep defaults")
        return taken

    def check_taken(self, taken):
        """Checks all flags. One of `taken` that changes nothing has its default again: the original
        allows that, and the user did not ask for it."""
        while True:
            try:
                return self.check()
            except IdleFlagError as error:
                if error.flag not in taken or error.flag in self.never_idle:
                    raise
                print(f"{error}; its default is kept")
                FLAGS[error.flag].unparse()

    def write(self, prefix, arrays):
        """Builds the model, assigns the checkpoint's values and writes the run."""
        run = self.run_directory()
        dataset = self.load_data("train")
        shared.check_enough(
            dataset, FLAGS[self.run_flags.batch_size].value, self.run_flags.batch_size
        )
        model = self.build_model(dataset)
        self.fits(arrays, model)
        iteration = self.assign(prefix, arrays, model)
        if FLAGS.dry_run:
            print(f"{len(arrays)} variables fit; {run.path} would hold iteration {iteration}")
            return 0
        self.write_run(run, model, dataset, iteration, prefix)
        print(f"{len(arrays)} variables of {prefix}, {iteration} iterations")
        print(f"run directory  {run.path}")
        path = run.path.absolute()
        for label, argument, script in (
            ("resume", f"--resume={path}", self.script),
            ("score", f"--samples={path}", "evaluate.py"),
        ):
            print(f"{label:14} {command_text.command(argument, script=script)}")
        return 0

    def run_directory(self):
        """Checks and returns the new run's folder; writes nothing."""
        folder = pathlib.Path(FLAGS[self.run_flags.result_dir].value).expanduser()
        run = RunDirectory(folder / self.run_name(), self.run_flags)
        run.check_new(can_resume=False)
        return run

    def write_run(self, run, model, dataset, iteration, source):
        """Writes the run directory atomically."""
        from amnat.training import checkpoints
        from amnat.training.generator_record import write_record

        run.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=run.path.parent, prefix=".importing-") as folder:
            partial = RunDirectory(pathlib.Path(folder) / run.path.name)
            # The run goes on as one of that script.
            partial.create([script_line(f"tools/{self.script}"), *shared.replay_flags()[1:]])
            write_record(partial, model, dataset, FLAGS[self.run_flags.batch_size].value)
            checkpoints.save(model, partial.checkpoints, iteration, max_to_keep=1)
            partial.log(
                f"imported from {source}, a checkpoint of {self.original} after {iteration} "
                "iterations"
            )
            try:
                os.replace(partial.path, run.path)
            except OSError:
                # Another process has begun a run there meanwhile.
                run.check_new(can_resume=False)
                raise


class ImportScript(Importing, AMGANScript):
    """Has the flags of tools/am_gan.py and --checkpoint; it writes a run instead of training."""

    original, key, script = "AM-GAN2", "am_gan", "am_gan.py"

    def recorded(self, prefix):
        from amnat.compat import checkpoint_import

        return checkpoint_import.recorded_flags(prefix, _FROM_LOG), "log.txt"

    def find_flags(self, arrays, recorded):
        from amnat.compat import am_gan2_names

        return am_gan2_names.find_flags({name: value.shape for name, value in arrays.items()})

    def check_optimizers(self):
        shared.require(FLAGS.oOpt in OPTIMIZERS, "oOpt", "one that AM-GAN.py has")

    def fits(self, arrays, model):
        from amnat.compat import checkpoint_import

        checkpoint_import.check(arrays, model, FLAGS.oOpt)

    def assign(self, prefix, arrays, model):
        from amnat.compat import checkpoint_import

        steps = FLAGS.iTrainD, FLAGS.iTrainG
        return checkpoint_import.assign(arrays, model, FLAGS.oOpt, *steps)
