"""The classifier interface: batching, and one clear error for each kind of bad image array."""

from amnat.errors import InputError
from amnat.metrics.classifier import Classifier, ClassifierOutput, check_images

import numpy as np
import pytest


class MeanColour(Classifier):
    """Two classes by brightness; remembers its batch sizes."""

    num_classes, class_names, image_shape, batch_size = 2, ("dark", "bright"), (4, 4, 3), 10

    def __init__(self):
        self.batches = []

    def _predict(self, images):
        self.batches.append(len(images))
        features = images.mean(axis=(1, 2))
        bright = 1 / (1 + np.exp(-features.sum(axis=1)))
        probabilities = np.stack([1 - bright, bright], axis=1)
        return ClassifierOutput(probabilities, np.log(probabilities), features)


def images(count, low=-1.0, high=1.0):
    return np.random.RandomState(0).uniform(low, high, (count, 4, 4, 3)).astype(np.float32)


@pytest.mark.parametrize("count, batches", [(1, [1]), (10, [10]), (25, [10, 10, 5])])
def test_batches_cover_every_image_once_and_in_order(count, batches):
    classifier = MeanColour()
    output = classifier(images(count))
    assert classifier.batches == batches
    np.testing.assert_array_equal(output.features, images(count).mean(axis=(1, 2)))
    assert [array.shape for array in output] == [(count, 2), (count, 2), (count, 3)]
    assert {array.dtype for array in output} == {np.dtype(np.float32)}


def test_other_float_types_and_rounding_are_accepted():
    assert check_images(images(3).astype(np.float64)).dtype == np.float32
    check_images(images(3) * np.float32(1.00001))


BAD_IMAGES = {
    "bytes": (np.zeros((5, 4, 4, 3), np.uint8), "type uint8.*scale bytes"),
    "0 to 255": (images(5, 0, 255), r"expected \[-1, 1\]; divide"),
    "a little outside": (1.01 * images(500), r"expected \[-1, 1\]$"),
    "NaN": (np.where(np.arange(3) == 1, np.nan, images(5)), "NaN"),
    "infinite": (np.where(np.arange(3) == 1, np.inf, images(5)), "NaN or infinite"),
    "channels first": (images(5).transpose(0, 3, 1, 2), r"\[5, 3, 4, 4\], expected \[N, 4, 4, 3\]"),
    "one image": (images(1)[0], r"shape \[4, 4, 3\]"),
    "grey": (images(5)[..., :1], r"expected \[N, 4, 4, 3\]"),
    "mixed sizes": ([images(1)[0], images(1)[0, :3]], "different sizes.*resize them first"),
    "none": (images(0), "no images"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_bad_images(name):
    array, message = BAD_IMAGES[name]
    classifier = MeanColour()
    with pytest.raises(InputError, match=message) as error:
        classifier(array)
    assert "\n" not in str(error.value)
    assert not classifier.batches


def test_the_message_calls_the_array_by_its_name():
    with pytest.raises(InputError, match="^samples.npz: "):
        check_images(np.zeros(3), name="samples.npz")


def test_warns_of_images_in_0_to_1():
    with pytest.warns(UserWarning, match=r"scaled to \[0, 1\]"):
        MeanColour()(images(64, 0, 1))


def test_any_size():
    with pytest.raises(InputError, match=r"expected \[N, any, any, 3\]"):
        check_images(images(2)[..., :1], (None, None, 3))
    check_images(images(2)[:, :2], (None, None, 3))
