"""Turns a checkpoint that one of the originals wrote into a run directory.

    python tools/import_checkpoint.py --checkpoint=AM-GAN2/result/test_v0_cifar10/checkpoint
    python tools/import_checkpoint.py --checkpoint=AM-GANs-for-reproduce/result/AM_GAN_cifar10
    python tools/import_checkpoint.py --checkpoint=msgan/output/FOLDER_OF_THE_RUN

The run can be sampled, scored (tools/evaluate.py), exported, and resumed:
    python tools/am_gan.py --flagfile=result/test_v0_cifar10/flags.txt --bLoadCheckpoint

The checkpoint decides whose flags the command has: those of tools/am_gan.py, am_gan_reproduce.py or
msdistgan.py. Widths, method and optimizer follow from the checkpoint; other flags come from the
original's log.txt or folder, unless the command line gives them.
"""

import sys

import amnat.start  # noqa: F401  (before the others)
from amnat.compat.import_choice import script_for
from amnat.compat.import_script import ImportScript as SCRIPT  # noqa: F401  (tests load it)
from amnat.training.main import run

if __name__ == "__main__":
    run(script_for(sys.argv[1:]))
