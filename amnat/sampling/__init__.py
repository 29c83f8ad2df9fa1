"""Sampling from runs and exports: images by seed and class, interpolations, translations."""
