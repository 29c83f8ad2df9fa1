"""Fashion-MNIST: ten kinds of clothes in the files and sizes of MNIST.

Source: https://github.com/zalandoresearch/fashion-mnist; Xiao, Rasul and Vollgraf, "Fashion-MNIST:
a Novel Image Dataset for Benchmarking Machine Learning Algorithms" (2017).
"""

from __future__ import annotations

import functools
import os

from amnat.data.idx import MNIST, IdxFamily, load_idx_family
from amnat.data.registry import register

FASHION_MNIST = IdxFamily(
    name="fashion_mnist",
    # Not data_dir itself: its files have the names of MNIST's, which are looked for there.
    folders=("fashion_mnist", "fashion-mnist", os.path.join("FashionMNIST", "raw")),
    files=MNIST.files,
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    checksums={
        "train-images-idx3-ubyte.gz": (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        "train-labels-idx1-ubyte.gz": (29_515, "25c81989df183df01b3e8a0aad5dffbe"),
        "t10k-images-idx3-ubyte.gz": (4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
        "t10k-labels-idx1-ubyte.gz": (5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    },
)

register(
    FASHION_MNIST.name,
    functools.partial(load_idx_family, FASHION_MNIST),
    num_classes=len(FASHION_MNIST.class_names),
    sample_shape=(32, 32, 1),
)
