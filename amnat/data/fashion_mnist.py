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
    # data_dir itself is not searched, because the files have the same names as those of MNIST:
    # there, only files that say that they are of this data set are used.
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
        "train-images-idx3-ubyte.gz": (
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        "train-labels-idx1-ubyte.gz": (
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        "t10k-images-idx3-ubyte.gz": (
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        "t10k-labels-idx1-ubyte.gz": (
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    },
    own="fashion",
)

register(
    FASHION_MNIST.name,
    functools.partial(load_idx_family, FASHION_MNIST),
    num_classes=len(FASHION_MNIST.class_names),
    sample_shape=(32, 32, 1),
)
