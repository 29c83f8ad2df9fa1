"""Trains a GAN on points in the plane beside its negative-aware form.

    python tools/nat_2d.py --data=circles
    python tools/nat_2d.py --data=toy --anim_path=toy.gif --anim_every=100

This is the 2D experiment of "Negative-Aware Training" (its web page), and the same on AM-GAN's
rings of Gaussians. Networks and losses are those of tools/gan_intro.py, but wider, with logarithms
that are taken from the logits and initial weights that suit the width.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.nat_2d_script import NAT2DScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
