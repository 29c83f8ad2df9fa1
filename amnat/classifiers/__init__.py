"""Classifiers: their training, also negative-aware, and how sure they are of their classes."""
