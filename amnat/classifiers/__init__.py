"""Classifiers: their training, negative-aware training, and how sure they are."""
