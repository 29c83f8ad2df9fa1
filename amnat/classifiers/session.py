"""What the scripts that train classifiers share: opening the run, training under a strategy.

Loads no TensorFlow before `make_strategy`.
"""

import sys

from amnat.classifiers.run_directory import ClassifierRun
from amnat.errors import InputError
from amnat.training import flags as flag_defs
from amnat.training import session

from absl import flags

FLAGS = flags.FLAGS

# The shared flags that these scripts take.
SHARED = (
    *("data_dir", "seed", "dry_run", "auto_resume"),
    *("strategy", "devices", "sync_batch_norm"),
)


def open_run(path, settings):
    """The run in a folder and the epochs that are done, as --resume and --auto_resume want it.

    Args:
      path: of the folder.
      settings: of `classifier_options.run_settings`.

    Returns: (ClassifierRun, epochs).
    Raises: InputError, see `ClassifierRun.open`.
    """
    run = ClassifierRun(path)
    resume = FLAGS.resume or (FLAGS.auto_resume and run.settings_file.exists())
    writes = session.worker() is None or session.worker().is_chief
    if not resume and (FLAGS.dry_run or not writes):
        # Workers that write nothing may find what the chief has begun.
        return run, 0
    start, warnings = run.open(settings, resume)
    for warning in warnings:
        print(f"warning: {warning}; falling back to epoch {start}", file=sys.stderr)
    return run, start


def make_strategy():
    """Loads TensorFlow; the strategy of the flags. Raises InputError if a device is missing."""
    flag_defs.load_tensorflow()
    from amnat.training import strategy

    return strategy.make_strategy(FLAGS.strategy, FLAGS.devices)


def train(strategy, train_set, test_set, options, run, settings, start, rate_flag, negatives=None):
    """Trains --network from epoch `start`, or says what --dry_run asks for.

    Args:
      strategy: of `make_strategy`.
      train_set, test_set: `amnat.data.Dataset`s of images.
      options: ClassifierOptions.
      run, start: of `open_run`.
      settings: as for `open_run`, written to the run.
      rate_flag: the flag that the advice about a loss that diverges names.
      negatives: `nat_training.NegativeBatches` or None.

    Returns:
      (exit status, ClassifierOutcome); the outcome is None unless the training has come to its
      end and this process is the one that reports it.
    Raises: InputError.
    """
    from amnat.classifiers.training import check_data, check_replicas, train_classifier
    from amnat.training.callbacks import NotFinite
    from amnat.training.strategy import is_chief, mean_over_workers

    check_data(train_set, test_set, options)
    check_replicas(options, strategy.num_replicas_in_sync)
    if FLAGS.dry_run:
        _print_parameters(train_set)
        return 0, None
    if mean_over_workers(strategy, start) != start:
        raise InputError(
            f"--resume: the workers found different checkpoints, this one that of epoch {start}; "
            f"all have to read one folder ({run.path})"
        )
    if is_chief(strategy):
        run.create(settings, start, flag_defs.replay_flags())
    try:
        outcome = train_classifier(
            *(FLAGS.network, train_set, test_set, options, run, start),
            negatives=negatives,
            strategy=strategy,
            sync_batch_norm=FLAGS.sync_batch_norm,
        )
    except NotFinite as error:
        print(f"error: {error}; try a lower --{rate_flag}", file=sys.stderr)
        return 1, None
    if outcome.epochs < options.epochs:
        print(
            f"stopped by {outcome.stopped_by.name} after {outcome.epochs} of {options.epochs} "
            f"epochs. Go on with --flagfile={run.flags_file} --resume"
        )
        return 0, None
    return 0, outcome if is_chief(strategy) else None


def _print_parameters(train_set):
    from amnat.networks import classifiers

    ones = [1.0] * train_set.sample_shape[-1]
    shape = train_set.sample_shape, train_set.num_classes
    model = classifiers.build(FLAGS.network, *shape, ones, ones, FLAGS.seed)
    print(f"parameters     {model.count_params():,}")
