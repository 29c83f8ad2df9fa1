"""Trains the methods of tntrung/gan's distgan_toy1d on N(4, 1), side by side.

    python tools/distgan_toy1d.py
    python tools/distgan_toy1d.py --models=wgangp,distgan --anim_path=toy1d.gif

The original has constants instead of flags. The flags here have their names and values, except for
--models (its `model`) and the flags of all toys.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.distgan_toy1d import DistGANToy1DScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
