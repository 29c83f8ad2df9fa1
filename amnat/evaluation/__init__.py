"""Scoring sets of images: where they come from, which classifier judges, against what."""
