"""Turns a checkpoint that ZhimingZhou/AM-GAN2's code/AM-GAN.py wrote into a run directory.

    python tools/import_checkpoint.py --checkpoint=AM-GAN2/result/test_v0_cifar10/checkpoint

The run can be sampled, scored (tools/evaluate.py), exported, and resumed:
    python tools/am_gan.py --flagfile=result/test_v0_cifar10/flags.txt --bLoadCheckpoint

The flags are those of tools/am_gan.py. Widths, method and optimizer follow from the checkpoint;
other flags come from the original's log.txt beside it, unless the command line gives them.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.compat.import_script import ImportScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
