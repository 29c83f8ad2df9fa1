"""TF-GAN on current TensorFlow, TensorFlow 1 checkpoints, comparisons with the originals."""
