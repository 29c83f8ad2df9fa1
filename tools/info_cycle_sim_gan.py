"""Translates images between domains with one InfoGAN, after info-cycle-sim-gan (regan.py).

    python tools/info_cycle_sim_gan.py --flagfile=flags/info_cycle_mnist_inverted.flags
    python tools/info_cycle_sim_gan.py --dataset_name horse2zebra --img_size 128 --batch_size 32 \\
        --latent_dim 196 --sample_interval 4 --space_dim 8 --postfix blog_simgan128

The first flags are the original's, with their names and defaults; what it fixes in its sources has
flags, too, and the others are shared by all scripts. It measures the errors of translations with
every sample sheet.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.translator.script import TranslatorScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
