"""Trains the 1D GAN of AYLIEN/gan-intro, or its negative-aware form, as its gan.py does.

    python tools/gan_intro.py --minibatch --anim-path=gan.mp4
    python tools/gan_intro.py --negatives=13:1,-6:2 --compare --anim_path=both.gif

It has the original's flags, with their names, defaults and meaning, in either spelling
(--num-steps, --num_steps), those of the negative-aware form, and some that several scripts share.
"""

import amnat.start  # noqa: F401  (before the others)
from amnat.methods.toys.gan_intro_script import GANIntroScript as SCRIPT
from amnat.training.main import run

if __name__ == "__main__":
    run(SCRIPT)
