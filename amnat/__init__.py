"""amnat: activation-maximisation and negative-aware GANs on TensorFlow 2 and tf-keras.

Importing this package loads no TensorFlow; `amnat.models`, `amnat.layers`, ... do.
"""

import os

# On CPUs without AVX-512 VNNI TensorFlow leaves oneDNN off, which costs about 1.8 times the
# step time of the convolutional networks. It is read once, when TensorFlow loads; a user's own
# setting wins.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__version__ = "0.1.0"
