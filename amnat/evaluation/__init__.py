"""Scores of sets of images: their sources, the classifier, and the reference."""
