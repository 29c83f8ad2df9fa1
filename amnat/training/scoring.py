"""Scores of generated samples during and after training."""

from amnat.metrics import am_score, inception_score, modes
from amnat.metrics.small_cnn import cached_small_cnn


class MixtureScorer:
    """Modes of a Gaussian mixture that samples find.

    Args:
      mixture: `amnat.data.GaussianMixture`.
    """

    def __init__(self, mixture):
        self.mixture = mixture

    def __call__(self, samples):
        """Scores float [N, D]; {name: number}."""
        mixture = self.mixture
        found = modes.mixture_modes(samples, mixture.means, mixture.stddevs, mixture.weights)
        return {
            "modes_found": found.modes_found,
            "share_within_3_stddev": found.share_within_3_stddev,
            "mode_kl": found.kl,
        }


class ClassifierScorer:
    """Scores by a small classifier that is trained on the data set, once, and cached.

    Such scores compare runs on one data set with one another. They are not the published
    Inception Scores, which the ImageNet network gives.

    Args:
      train, test: `amnat.data.Dataset`s.
      cache_dir: where the trained classifier is kept.
      seed: of the classifier.
    """

    def __init__(self, train, test, cache_dir, seed=0):
        self.classifier, self.accuracy = cached_small_cnn(cache_dir, train, test, seed)
        self.reference = self.classifier(train.images).probabilities
        self.reference_score = inception_score.inception_score(self.reference)

    def __call__(self, samples):
        """Scores float images [N, H, W, C] in [-1, 1]; {name: number}."""
        probabilities = self.classifier(samples).probabilities
        score = inception_score.inception_score(probabilities)
        labels = probabilities.argmax(axis=1)
        counts = modes.class_histogram(labels, self.classifier.num_classes).counts
        return {
            "inception_score": score,
            "share_of_real_score": score / self.reference_score,
            "am_score": am_score.am_score(probabilities, self.reference).score,
            "smallest_class_share": counts.min() / counts.sum(),
        }


def make_scorer(train, load_test, cache_dir):
    """The scorer that fits a data set.

    Args:
      train: `amnat.data.Dataset`.
      load_test: callable without arguments, gives the test split.
      cache_dir: see `ClassifierScorer`.
    """
    if train.mixture is not None:
        return MixtureScorer(train.mixture)
    return ClassifierScorer(train, load_test(), cache_dir)
