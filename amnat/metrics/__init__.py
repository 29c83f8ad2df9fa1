"""Scores of probability, feature and image arrays, and the classifiers that produce them."""
