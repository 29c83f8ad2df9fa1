"""Draws scores against dropped modes, as AM-GANs-for-reproduce's code/synthetic.py does.

    python tools/dropped_modes.py --out=dropped_modes.png

For samples of certain classes, the logarithm of the Inception Score is the entropy of the classes
that are left. The figure shows it for 1 to --num_classes kept classes: with equal shares, with the
smallest or the largest classes first, and for random choices. The numbers go into a .csv beside it.
"""

import pathlib

import amnat.start  # noqa: F401  (before the others)
from amnat.errors import InputError
from amnat.files import output_file, writing
from amnat.training import flags as shared
from amnat.training.main import run_tool

from absl import flags

FLAGS = flags.FLAGS

flags.DEFINE_string("out", "dropped_modes.png", "The figure: a .png, .pdf or .svg file.")
flags.DEFINE_integer("num_classes", 100, "Number of classes.", lower_bound=2, upper_bound=1000)
flags.DEFINE_integer("draws", 1000, "Random choices for each number of classes.", lower_bound=1)
SHARED = ("seed",)
for shared_flag in SHARED:
    flags.declare_key_flag(shared_flag)
SUFFIXES = (".png", ".pdf", ".svg")


def main():
    shared.refuse_shared_but(SHARED)
    if not 0 <= FLAGS.seed < 2**32:
        raise InputError(f"--seed={FLAGS.seed}: expected 0 to {2**32 - 1}")
    if pathlib.Path(FLAGS.out).suffix not in SUFFIXES:
        raise InputError(f"--out={FLAGS.out}: expected a file that ends in {', '.join(SUFFIXES)}")
    path = output_file(FLAGS.out, "out")
    table = output_file(path.with_suffix(".csv"), "out")
    import dataclasses

    from amnat.drawing import save_figure
    from amnat.methods.am_gan_paper import dropped_modes

    found = dropped_modes.study(FLAGS.num_classes, FLAGS.draws, FLAGS.seed)
    columns = dataclasses.asdict(found)
    lines = [",".join(["kept", *columns])]
    for kept, row in enumerate(zip(*columns.values(), strict=True), 1):
        lines.append(",".join([str(kept), *(f"{value:.6f}" for value in row)]))
    with writing(f"--out={path}"):
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
        save_figure(dropped_modes.figure(found), path)
    print(f"{path}\n{table}")


if __name__ == "__main__":
    run_tool(main)
