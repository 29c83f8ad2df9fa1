"""Trains the methods of the AM-GAN paper's comparison, as AM-GANs-for-reproduce's main.py does.

    python tools/am_gan_reproduce.py --LAB True --AC True --sResultTag AM_GAN

Flags with capital letters are the original's, with its names, types, defaults and meaning, and the
commands of its README work unchanged; the others are shared by all scripts. --LAB and --AC choose
the method: both: AM-GAN; only --LAB: LabelGAN; only --AC: AC-GAN*; neither: GAN.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.am_gan_paper.script import AMGANPaperScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
