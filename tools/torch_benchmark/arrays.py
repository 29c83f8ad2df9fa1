"""Work on arrays: FID of features, and batches of images."""

import layers
import torch
from work import Work


def fid(settings):
    """Returns a function that computes FID against the statistics of a reference, in float64."""
    features = torch.rand(settings["num_samples"], settings["num_features"])

    def statistics(rows):
        rows = rows.double()
        return rows.mean(0), torch.cov(rows.T)

    def factor(covariance):
        values, vectors = torch.linalg.eigh(covariance)
        return vectors * values.clamp_min(0.0).sqrt()

    reference = statistics(features[: len(features) // 2])

    def score():
        mean, covariance = statistics(features)
        difference = mean - reference[0]
        root = torch.linalg.svdvals(factor(covariance).T @ factor(reference[1])).sum()
        traces = covariance.trace() + reference[1].trace()
        return float(difference @ difference + traces - 2.0 * root)

    return Work(score)


def batches(settings):
    """Returns a function that makes a batch of images."""
    return Work(lambda *batch: batch, layers.random_batches(settings))
