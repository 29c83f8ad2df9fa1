"""amnat: activation-maximisation and negative-aware GANs on TensorFlow 2 and tf-keras.

Importing this package loads no TensorFlow; `amnat.models`, `amnat.layers`, ... do.
"""

import os
import sys

_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
# Tells processes that this one starts that the setting is not the user's.
_CHOSEN = "AMNAT_CHOSE_ONEDNN"

# On CPUs without AVX-512 VNNI TensorFlow leaves oneDNN off, which costs about 1.8 times the
# step time of the convolutional networks. It is read once, when TensorFlow loads; a user's own
# setting wins.
if _ONEDNN not in os.environ:
    os.environ |= {_ONEDNN: "1", _CHOSEN: "1"}


# Several runs share a GPU if each takes memory as it needs it; a user's own setting wins.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def leave_onednn_off():
    """Has TensorFlow, which must not be loaded yet, compute without oneDNN, unless the user chose.

    For networks of points: starting oneDNN's operations takes longer than their work.
    """
    if _CHOSEN in os.environ and "tensorflow" not in sys.modules:
        os.environ[_ONEDNN] = "0"


__version__ = "0.6.0"
