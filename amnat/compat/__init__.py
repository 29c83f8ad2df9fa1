"""Bridges: TF-GAN on current TensorFlow, TensorFlow 1 variable names, the original repositories."""
