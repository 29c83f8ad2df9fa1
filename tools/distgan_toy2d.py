"""Trains Dist-GAN on points in the plane as tntrung/gan's distgan_toy2d does, and others beside it.

    python tools/distgan_toy2d.py --num_epochs=20
    python tools/distgan_toy2d.py --models=gan,distgan --num_seeds=10

The points are the 25 modes of a grid (--data=square), a plus or a sine. The original has constants
instead of flags, and only Dist-GAN; the other methods are those of tools/distgan_toy1d.py. Of
2,000 samples the script prints, and writes to modes.csv, how many are near a mode (registered), the
modes with 20 of them or more (covered) and the others (missing); the latter the original prints as
its number of covered modes. For several seeds a table comes at the end.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.distgan_toy2d import DistGANToy2DScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
