"""Trains Dist-GAN, SSGAN or MS-GAN on images, as the scripts of tntrung/msgan do.

    python tools/msdistgan.py --db_name=cifar10 --nnet_type=resnet --loss_type=hinge --ss_task=2

One script for all of msgan's msdistgan_<data set>.py, with their flags. --db_name chooses the data
set and all defaults that depend on it; called by one of the originals' names (a link to this file:
tools/msdistgan_stl10.py), it has that one's data set by default. Training ends with the scores,
and --is_train=0 scores a run that was trained before.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.dist_gan.script import DistGANScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
