"""Turns a checkpoint that ZhimingZhou/AM-GAN2's code/AM-GAN.py wrote into a run directory.

    python tools/import_checkpoint.py --checkpoint=AM-GAN2/result/test_v0_cifar10/checkpoint

The run can be sampled, scored (tools/evaluate.py), exported, and resumed:
    python tools/am_gan.py --flagfile=result/test_v0_cifar10/flags.txt --bLoadCheckpoint

Flags are those of tools/am_gan.py. Widths, method and optimizer follow from the checkpoint, others
from the original's log.txt beside it, as far as the command line does not give them.
"""

import os
import pathlib
import sys
import tempfile

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from amnat.errors import InputError  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training.run_directory import RunDirectory  # noqa: E402

import am_gan  # noqa: E402

FLAGS = flags.FLAGS

flags.adopt_module_key_flags(am_gan)
flags.DEFINE_string(
    "checkpoint",
    None,
    "The checkpoint: the folder that the original wrote to (the newest is taken), or the path of "
    "one without its ending.",
)
# What the original's log.txt may say; where a run is kept is the user's to choose.
_FROM_LOG = (
    *("sDataSet", "sResultTag", "iMaxIter", "iBatchSize", "iTrainG", "iTrainD", "fLrIni"),
    *("fBeta1", "fBeta2", "fEpsilon", "oDecay", "oAct", "fDropRate"),
)


def complete_flags(prefix, arrays):
    """Sets the flags that the command line leaves open; prints where each comes from."""
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
        print("no log.txt of the original: what the checkpoint does not show is as by default")


def run_directory():
    """The new run's folder, checked; writes nothing."""
    tag = f"{FLAGS.sResultTag}_" if FLAGS.sResultTag else ""
    run = RunDirectory(pathlib.Path(FLAGS.sResultDir).expanduser() / f"{tag}{FLAGS.sDataSet}")
    run.check_new()
    return run


def write_run(run, model, dataset, iteration, source):
    """Writes the run directory, whole or not at all."""
    from amnat.training import checkpoints
    from amnat.training.generator_record import write_record

    lines = [line for line in flag_defs.replay_flags() if not line.startswith("--checkpoint")]
    run.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.path.parent, prefix=".importing-") as folder:
        partial = RunDirectory(pathlib.Path(folder) / run.path.name)
        partial.create(lines)
        write_record(partial, model, dataset, FLAGS.iBatchSize)
        checkpoints.save(model, partial.checkpoints, iteration, max_to_keep=1)
        partial.log(f"imported from {source}, a checkpoint of AM-GAN2 after {iteration} iterations")
        os.replace(partial.path, run.path)


def main():
    flag_defs.require(FLAGS.checkpoint, "checkpoint", "a checkpoint of AM-GAN2")
    flag_defs.load_tensorflow()
    from amnat.compat import checkpoint_import

    prefix = checkpoint_import.find_checkpoint(FLAGS.checkpoint)
    arrays = checkpoint_import.read_arrays(prefix)
    complete_flags(prefix, arrays)
    am_gan.check_flags()
    optimizers = ("adam", "mom", "sgd")
    flag_defs.require(FLAGS.oOpt in optimizers, "oOpt", "one that AM-GAN.py has")
    run = run_directory()
    dataset = am_gan.load_data("train")
    model = am_gan.build_model(dataset)
    checkpoint_import.check(arrays, model, FLAGS.oOpt)
    iteration = checkpoint_import.assign(arrays, model, FLAGS.oOpt, FLAGS.iTrainD, FLAGS.iTrainG)
    if FLAGS.dry_run:
        print(f"{len(arrays)} variables fit; {run.path} would hold iteration {iteration}")
        return 0
    write_run(run, model, dataset, iteration, prefix)
    print(f"{len(arrays)} variables of {prefix}, {iteration} iterations")
    print(f"run directory  {run.path}")
    print(f"resume         python tools/am_gan.py --flagfile={run.flags_file} --bLoadCheckpoint")
    print(f"score          python tools/evaluate.py --samples={run.path}")
    return 0


if __name__ == "__main__":
    flag_defs.run(main)
