"""Translates images between domains with one InfoGAN, after info-cycle-sim-gan (regan.py).

    python tools/info_cycle_sim_gan.py --flagfile=flags/info_cycle_mnist_inverted.flags
    python tools/info_cycle_sim_gan.py --dataset_name horse2zebra --img_size 128 --batch_size 32 \\
        --latent_dim 196 --sample_interval 4 --space_dim 8 --postfix blog_simgan128

The original's flags, with their names and defaults; what it fixes in its sources has flags, too,
and the others are shared by all scripts. Errors of translations are measured with every sheet.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.methods.translator import flags as info_cycle_flags  # noqa: E402
from amnat.methods.translator.domains import load_domains  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

info_cycle_flags.define(ROOT)


def load(source, split):
    """`Domains` of a split, of which the training one has what crops are taken of."""
    shape = (FLAGS.img_size, FLAGS.img_size, FLAGS.channels)
    crops = split == "train" and info_cycle_flags.crops(source)
    return load_domains(source, FLAGS.data_dir, split, shape, crops)


def open_run(source):
    """The run's directory and the iteration to start from."""
    # What the shared code reads.
    FLAGS.sample_every = FLAGS.sample_interval * FLAGS.n_steps
    name = source.folder_name + (f"_{FLAGS.postfix}" if FLAGS.postfix else "")
    return session.open_run(
        *(FLAGS.sResultDir, FLAGS.sResultTag, name, FLAGS.bLoadCheckpoint),
        info_cycle_flags.FIXED_BY_RUN,
    )


def build_model(dataset):
    """The compiled model; call it under the strategy's scope."""
    from amnat.methods.translator import build as info_cycle_building

    return info_cycle_building.build_model(dataset)


def main():
    source = info_cycle_flags.check()
    run, start = open_run(source)
    domains = load(source, "train")
    info_cycle_flags.check_domains(domains)
    seen = load(source, "test")
    if seen is None:
        print(
            f"warning: {FLAGS.dataset_name} has no test images; sheets and errors are of the "
            "training images",
            file=sys.stderr,
        )
        seen = domains
    named = zip(domains.data.class_names, domains.sizes, strict=True)
    sizes = ", ".join(f"{name} {size:,}" for name, size in named)
    print(f"domains        {sizes}", flush=True)
    measured = []

    def extra_callbacks(run, start, dataset, options):
        from amnat.methods.translator.errors import TranslationErrors
        from amnat.methods.translator.sheets import TranslationSheets

        every = options.sample_every
        measured.append(TranslationErrors(every, start, run, seen))
        return [TranslationSheets(every, start, run, seen.data, FLAGS.n_samples), *measured]

    def make_batches():
        from amnat.methods.translator.batches import DomainBatches

        return DomainBatches(domains, FLAGS.batch_size, FLAGS.n_steps)

    status = session.train(
        session.Session(
            run=run,
            start=start,
            dataset=domains.data,
            load_test=lambda: seen.data,
            batch_size=FLAGS.batch_size * FLAGS.n_classes,
            batch_size_flag="batch_size",
            num_iterations=info_cycle_flags.num_iterations(domains),
            build_model=build_model,
            extra_callbacks=extra_callbacks,
            make_batches=make_batches,
        )
    )
    if measured and measured[0].series.rows:
        print(measured[0].summary())
    return status


if __name__ == "__main__":
    flag_defs.run(main)
