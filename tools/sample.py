"""Draws images from a run or an export: by seed, by class, between two seeds; also translates.

    python tools/sample.py result/am_gan_digits --count=16 --class=3 --seed=7 --out=threes
    python tools/sample.py result/am_gan_digits/export --interpolate=1,2 --count=10 --out=between
    python tools/sample.py result/horse2zebra --images=photos --domain=zebra --out=zebras

It writes PNG files, a labelled sheet or an .npz file into a new folder, and a record of how they
came about. Without --class and --interpolate they are the images that tools/evaluate.py scores with
the same seed. Images of a class are taken from ordinary draws, by the latents where these hold a
class and by the discriminator's class head elsewhere.

A generator of a run normalises with the statistics of each batch, so an image depends on its whole
batch: images are generated in batches of the training batch size and then cut. An export has
standing statistics, and its images depend on their latents alone.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.sampling.script import SampleScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
