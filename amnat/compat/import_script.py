"""Turns a checkpoint of AM-GAN2 into a run directory: tools/import_checkpoint.py."""

import os
import pathlib
import tempfile

from amnat import command_text
from amnat.errors import InputError
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


class ImportScript(AMGANScript):
    """Has the flags of tools/am_gan.py and --checkpoint; it writes a run instead of training."""

    takes_resume = False

    def define_flags(self):
        super().define_flags()
        define_string(
            "checkpoint",
            None,
            "The checkpoint: the folder that the original wrote to (its newest checkpoint is "
            "used), or the path of a checkpoint without its ending.",
            fixed=False,
            replayed=False,
        )

    def call(self):
        """Reads the checkpoint first, because it determines values of flags; then checks them."""
        shared.require(FLAGS.checkpoint, "checkpoint", "a checkpoint of AM-GAN2")
        load_tensorflow()
        from amnat.compat import checkpoint_import

        prefix = checkpoint_import.find_checkpoint(FLAGS.checkpoint)
        arrays = checkpoint_import.read_arrays(prefix)
        complete_flags(prefix, arrays)
        self.check()
        shared.require(FLAGS.oOpt in OPTIMIZERS, "oOpt", "one that AM-GAN.py has")
        return self.write(prefix, arrays)

    def write(self, prefix, arrays):
        """Builds the model, assigns the checkpoint's values and writes the run."""
        from amnat.compat import checkpoint_import

        run = self.run_directory()
        dataset = self.load_data("train")
        shared.check_enough(dataset, FLAGS.iBatchSize, "iBatchSize")
        model = self.build_model(dataset)
        checkpoint_import.check(arrays, model, FLAGS.oOpt)
        steps = FLAGS.iTrainD, FLAGS.iTrainG
        iteration = checkpoint_import.assign(arrays, model, FLAGS.oOpt, *steps)
        if FLAGS.dry_run:
            print(f"{len(arrays)} variables fit; {run.path} would hold iteration {iteration}")
            return 0
        write_run(run, model, dataset, iteration, prefix)
        print(f"{len(arrays)} variables of {prefix}, {iteration} iterations")
        print(f"run directory  {run.path}")
        path = run.path.absolute()
        for label, argument, script in (
            ("resume", f"--resume={path}", "am_gan.py"),
            ("score", f"--samples={path}", "evaluate.py"),
        ):
            print(f"{label:14} {command_text.command(argument, script=script)}")
        return 0

    def run_directory(self):
        """Checks and returns the new run's folder; writes nothing."""
        folder = pathlib.Path(FLAGS.sResultDir).expanduser()
        run = RunDirectory(folder / self.run_name(), self.run_flags)
        run.check_new()
        return run


def complete_flags(prefix, arrays):
    """Sets the flags that the command line leaves open, and prints where each value comes from."""
    from amnat.compat import am_gan2_names, checkpoint_import

    recorded = checkpoint_import.recorded_flags(prefix, _FROM_LOG)
    finding = am_gan2_names.find_flags({name: value.shape for name, value in arrays.items()})
    for name, value in finding.flags.items():
        if FLAGS[name].present and FLAGS[name].value != value:
            raise InputError(
                f"--{name}={FLAGS[name].value}: the checkpoint has {value} "
                f"(by {finding.reasons[name]}); leave the flag out"
            )
    sources = {name: (text, "log.txt") for name, text in recorded.items()}
    sources |= {n: (v, finding.reasons[n]) for n, v in finding.flags.items()}
    for name, (value, source) in sorted(sources.items()):
        if not FLAGS[name].present:
            try:
                FLAGS[name].parse(str(value))
            except flags.Error as error:
                raise InputError(f"--{name}={value} of {source}: {error}") from error
            print(f"--{name}={FLAGS[name].value}  (from {source})")
    if not recorded:
        print("no log.txt of the original; flags that the checkpoint does not show keep defaults")


def write_run(run, model, dataset, iteration, source):
    """Writes the run directory atomically."""
    from amnat.training import checkpoints
    from amnat.training.generator_record import write_record

    run.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.path.parent, prefix=".importing-") as folder:
        partial = RunDirectory(pathlib.Path(folder) / run.path.name)
        # The run goes on as one of that script.
        partial.create([script_line("tools/am_gan.py"), *shared.replay_flags()[1:]])
        write_record(partial, model, dataset, FLAGS.iBatchSize)
        checkpoints.save(model, partial.checkpoints, iteration, max_to_keep=1)
        partial.log(f"imported from {source}, a checkpoint of AM-GAN2 after {iteration} iterations")
        try:
            os.replace(partial.path, run.path)
        except OSError:
            # Another process has begun a run there meanwhile.
            run.check_new()
            raise
