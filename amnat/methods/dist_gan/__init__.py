"""Dist-GAN, SSGAN and MS-GAN, after msgan and msgan.pytorch."""
